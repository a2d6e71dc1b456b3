"""The timbre family as a model that windows are handed to."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_timbre import RATE, SMALL, passage, rms

from leap_models import checkpoint
from leap_models.config import to_dict
from leap_models.errors import BadParameter, DamagedWeights
from leap_models.families import timbre
from leap_models.families.timbre.config import build
from leap_models.families.timbre.model import Timbre
from leap_models.families.timbre.score import as_tensors, score_frames
from leap_models.interface import Window
from leap_models.music.notes import Notes
from leap_models.music.windows import join

GRID = timbre.GRID
DEFAULTS = timbre.describe().check({})


@pytest.fixture(scope="module")
def model() -> Timbre:
    torch.manual_seed(0)
    return Timbre(build(SMALL["ddsp"]), SMALL["ddsp"])


def window(notes: Notes, index: int = 0) -> Window:
    reference = np.random.default_rng(1).standard_normal(RATE).astype(np.float32)
    return Window(index, GRID.start_s(index), None, None, None, notes=notes, reference=reference)


def run(model: Timbre, given: Window, previous: Window | None = None, **params: float) -> Window:
    values = timbre.describe().check(params)
    return model.run_window(given, previous, values, np.random.default_rng(0), lambda: None)


def sound(model: Timbre, notes: Notes, **params: float) -> np.ndarray:
    made = run(model, window(notes), **params).audio
    assert made is not None
    return made


def test_a_window_of_sound_is_as_long_as_the_grid_says(model):
    made = sound(model, passage(3.0))
    assert (made.shape, made.dtype) == ((GRID.samples,), np.float32)


def test_neighbouring_windows_agree_where_they_overlap(model):
    notes = passage(9.0)
    first, second = (run(model, window(notes, index)).audio for index in (0, 1))
    overlap = GRID.samples - GRID.hop_samples
    assert rms(first[-overlap:] - second[:overlap]) < 0.01 * rms(first[-overlap:])


def test_windows_join_to_what_one_long_window_is(model):
    notes = passage(9.0)
    windows = [run(model, window(notes, index)).audio for index in (0, 1)]
    joined = join(windows, GRID, 2 * GRID.hop_samples, GRID.samples_per_frame)
    with torch.inference_mode():
        heard = model.network.listen(torch.from_numpy(window(()).reference)[None])
        whole = model.network.play(as_tensors([score_frames(notes, (), 0.0, 2400)]), heard)[0].numpy()
    assert rms(joined - whole) < 0.01 * rms(whole)


def test_the_reference_is_listened_to_once(model):
    asked: list[str] = []

    def recall(name, make):
        asked.append(name)
        return make()

    first = run(model, replace(window(passage(6.0)), recall=recall))
    run(model, replace(window(passage(6.0), 1), recall=recall), first)
    assert len(asked) == 1


def test_it_counts_as_many_ticks_as_it_says(model):
    count = []
    model.run_window(window(()), None, DEFAULTS, np.random.default_rng(0), lambda: count.append(1))
    assert len(count) == model.ticks(DEFAULTS)


def test_loudness_is_in_decibels(model):
    notes = passage(1.0)
    assert rms(sound(model, notes, loudness=-20.0)) == pytest.approx(0.1 * rms(sound(model, notes)), rel=1e-4)


def test_without_dynamics_soft_notes_are_as_loud_as_loud_ones(model):
    soft, loud = (tuple(replace(note, velocity=velocity) for note in passage(1.0)) for velocity in (20, 110))
    assert rms(sound(model, soft, dynamics=0.0)) == pytest.approx(rms(sound(model, loud, dynamics=0.0)), rel=1e-4)


@pytest.mark.parametrize(("name", "value"), [("room", 0.0), ("release", 4.0), ("brightness", 3.0), ("tuning", 20.0)])
def test_every_touch_is_heard(model, name, value):
    notes = passage(1.0)
    plain, touched = sound(model, notes), sound(model, notes, **{name: value})
    assert rms(plain - touched) > 0.01 * rms(plain)


def test_two_ears_hear_one_piano_in_two_rooms(model):
    notes = passage(1.0)
    left, right = (sound(model, notes, ear=ear) for ear in ("left", "right"))
    assert 0.0 < rms(left - right) < rms(left)
    assert np.array_equal(*(sound(model, notes, ear=ear, room=0.0) for ear in ("left", "right")))


def test_weights_that_cannot_be_touched_say_so():
    contour = Timbre(build(SMALL["contour"]), SMALL["contour"])
    with pytest.raises(BadParameter, match="room works with weights of the variant ddsp, these are contour"):
        run(contour, window(passage(1.0)), room=0.5)


@pytest.mark.parametrize("variant", ["contour", "concat_skips"])
def test_other_variants_fill_windows_too(variant):
    made = run(Timbre(build(SMALL[variant]), SMALL[variant]), window(passage(1.0))).audio
    assert made.shape == (GRID.samples,)


def saved(folder: Path, model: Timbre) -> Path:
    card = checkpoint.Card("timbre", to_dict(SMALL["ddsp"]), "nothing", "MIT", 0)
    state = {f"network.{name}": value for name, value in model.network.state_dict().items()}
    checkpoint.save(folder, card, state)
    return folder


def test_a_model_that_was_saved_and_loaded_sounds_the_same(model, tmp_path):
    loaded = timbre.load(saved(tmp_path, model), "cpu")
    assert np.array_equal(sound(loaded, passage(1.0)), sound(model, passage(1.0)))


def test_weights_hold_nothing_that_can_be_made_again(model):
    assert sum(value.numel() for value in model.network.state_dict().values()) < 400_000


def test_weights_of_another_network_are_refused(model, tmp_path):
    folder = saved(tmp_path, model)
    card = checkpoint.read_card(folder)
    config = {**card.config, "ddsp": {"partials": 41, "width": 32}}
    checkpoint.save(folder, replace(card, config=config), dict(checkpoint.load(folder).tensors))
    with pytest.raises(DamagedWeights, match="do not fit"):
        timbre.load(folder, "cpu")
