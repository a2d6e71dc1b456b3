"""What every family keeps: shapes, units of work, chance from the seed alone, and stopping when told."""

import importlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import toy_piano

from leap_models import checkpoint, paths, registry
from leap_models.errors import Cancelled
from leap_models.interface import Model, Window
from leap_models.music.notes import Note
from leap_models.music.roll import empty_roll
from leap_models.music.tempo import TempoMap

TOYS = {"toy": "toy_family", "toy_piano": "toy_piano"}
NAMES = (*registry.available(), *TOYS)


@pytest.fixture(scope="module", params=NAMES)
def model(
    request: pytest.FixtureRequest, toy_weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Model]:
    name = request.param
    with pytest.MonkeyPatch.context() as patch:
        for toy, module in TOYS.items():
            patch.setitem(registry.FAMILIES, toy, module)
        package = registry.FAMILIES[name]
        if find_spec(package) is None or not hasattr(importlib.import_module(package), "describe"):
            pytest.skip(f"the package of {name} is not there yet")
        folder = toy_weights if name == "toy" else paths.weights_folder(name)
        if name == "toy_piano":
            folder = toy_piano.save_weights(tmp_path_factory.mktemp("weights") / name)
        if not (folder / checkpoint.CARD).exists():
            pytest.skip(f"the weights of {name} are not there yet")
        yield registry.load(name, "cpu", folder)


def window_of(model: Model, index: int = 0) -> Window:
    """A window with four beats of a chord, quiet between them."""
    grid = model.info.grid
    time_s = np.arange(grid.samples) / grid.sample_rate
    chord = sum(np.sin(2 * np.pi * hz * time_s) for hz in (220.0, 277.2, 329.6))
    audio = (0.2 * chord * np.exp(-4 * (time_s % 0.5))).astype(np.float32)
    info = model.info
    return Window(
        index=index,
        start_s=grid.start_s(index),
        audio=audio if "audio" in info.takes and not info.has_reference else None,
        roll=empty_roll(grid.frame_rate, grid.frames, info.tracks) if "notes" in info.takes else None,
        tempo=TempoMap.steady(120),
        notes=(Note(0.1, 0.6, 57, 90), Note(0.5, grid.window_s + 1.0, 61, 70)) if info.has_reference else (),
        reference=np.concatenate((audio, audio[: grid.hop_samples])) if info.has_reference else None,
    )


class Ticks:
    def __init__(self, stop_at: int | None = None) -> None:
        self.count, self.stop_at = 0, stop_at

    def __call__(self) -> None:
        self.count += 1
        if self.count == self.stop_at:
            raise Cancelled("stop")


def run(
    model: Model, seed: int = 0, previous: Window | None = None, index: int = 0, ticks: Ticks | None = None
) -> Window:
    params = model.info.check({})
    return model.run_window(
        window_of(model, index), previous, params, np.random.default_rng([seed, index]), ticks or Ticks()
    )


def planes(window: Window) -> bytes:
    """What came back, byte by byte."""
    if window.audio is not None and window.reference is not None:
        return window.audio.tobytes()
    assert window.roll is not None
    return b"".join(plane.tobytes() for plane in (window.roll.sounding, window.roll.onset, window.roll.velocity))


def test_a_model_says_what_a_person_needs(model: Model):
    info = model.info
    assert all((info.licence, info.trained_on, info.summary, *(param.help for param in info.params)))


def test_describe_says_what_the_loaded_model_says(model: Model, monkeypatch: pytest.MonkeyPatch):
    for toy, module in TOYS.items():
        monkeypatch.setitem(registry.FAMILIES, toy, module)
    assert registry.describe(model.info.name) == model.info


def test_the_defaults_are_allowed(model: Model):
    info = model.info
    assert info.check({param.name: param.default for param in info.params}) == info.check({})


def test_a_window_comes_back_as_the_info_says(model: Model):
    result = run(model)  # the guard checks shapes, kinds and ranges
    if model.info.gives == "audio":
        assert result.audio is not None
        assert float(np.abs(result.audio).max()) > 0.0
    else:
        assert result.roll is not None
        assert result.roll.rate == model.info.grid.frame_rate


def test_ticks_are_counted_as_announced(model: Model):
    ticks = Ticks()
    run(model, ticks=ticks)
    assert ticks.count == model.ticks(model.info.check({}))


def test_the_same_seed_gives_the_same_bytes(model: Model):
    assert planes(run(model, seed=5)) == planes(run(model, seed=5))


def test_what_ran_before_changes_nothing(model: Model):
    first = planes(run(model, seed=5))
    run(model, seed=6)
    assert planes(run(model, seed=5)) == first


def test_another_seed_gives_another_window(model: Model):
    if model.info.gives == "audio":
        pytest.skip("notes that are given sound as they sound")
    assert planes(run(model, seed=5)) != planes(run(model, seed=6))


def test_the_next_window_goes_on_from_the_last(model: Model):
    first = run(model)
    assert run(model, previous=first, index=1).index == 1


def test_a_window_stops_at_the_tick_that_says_so(model: Model):
    ticks = Ticks(stop_at=1)
    with pytest.raises(Cancelled):
        run(model, ticks=ticks)
    assert ticks.count == 1
