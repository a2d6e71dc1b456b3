"""LEAP as a whole, with tiny random networks: what goes in, what comes out, what it remembers."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from leap_models import checkpoint, registry
from leap_models.checkpoint import Card
from leap_models.errors import DamagedWeights
from leap_models.families.leap import describe
from leap_models.families.leap.chords import ChordConfig, ChordHead
from leap_models.families.leap.dit import Dit, DitConfig
from leap_models.families.leap.grounding import Grounding, GroundingConfig
from leap_models.families.leap.listening import ListenerConfig
from leap_models.families.leap.melody import MelodyConfig, MelodyHead
from leap_models.families.leap.model import LeapConfig, State
from leap_models.families.leap.vae import Vae, VaeConfig
from leap_models.interface import Model, Window
from leap_models.music.tempo import TempoMap

CHORDS, GROUNDING = ChordConfig(width=8, dilations=(1, 2)), GroundingConfig(width=8, planes=5)
CONFIG = LeapConfig(
    melody=MelodyConfig(width=8, context=8, dilations=(1, 2)),
    vae=VaeConfig(encoder_widths=(8, 8, 16), decoder_widths=(8, 8, 16), decoder_blocks=(1, 1, 1)),
    dit=DitConfig(width=32, depth=2, heads=2, hidden=48, listener=ListenerConfig(planes=5)),
    edges=(1.0, 2.0, 3.0, 4.0, 5.0), chords=CHORDS, grounding=GROUNDING,
)
PARAMS = describe().check({"melody": 0.0, "steps": 2, "level_guidance": 1.5})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose zero layers are filled, so that everything has an effect."""
    torch.manual_seed(0)
    networks: dict[str, torch.nn.Module] = {
        "melody": MelodyHead(CONFIG.melody), "vae": Vae(CONFIG.vae), "dit": Dit(CONFIG.dit),
        "chords": ChordHead(CHORDS), "grounding": Grounding(GROUNDING),
    }
    for parameter in (*networks["dit"].parameters(), *networks["grounding"].parameters()):
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.2)
    states = {name: network.state_dict() for name, network in networks.items()}
    tensors = {f"{name}.{key}": value for name, state in states.items() for key, value in state.items()}
    made = tmp_path_factory.mktemp("leap")
    checkpoint.save(made, Card("leap", asdict(CONFIG), "nothing", "MIT", 0), tensors, half=True)
    return made


@pytest.fixture(scope="module")
def model(folder: Path) -> Model:
    return registry.load("leap", "cpu", folder)


def window(index: int = 0, seed: int = 0) -> Window:
    noise = np.random.default_rng(seed).normal(0, 0.1, 245_760).astype(np.float32)
    return Window(index, index * 5.12, noise, None, TempoMap.steady(120))


def run(model: Model, given: Window, previous: Window | None = None, seed: int = 0, **params: float) -> Window:
    rng = np.random.default_rng([seed, given.index])
    return model.run_window(given, previous, {**PARAMS, **params}, rng, lambda: None)


def test_a_window_becomes_a_roll_of_1024_frames(model: Model) -> None:
    roll = run(model, window()).roll
    assert roll is not None
    assert roll.sounding.shape == (1, 128, 1024)


def test_nothing_sounds_where_a_piano_has_no_keys(model: Model) -> None:
    roll = run(model, window()).roll
    assert roll is not None
    assert not roll.sounding[:, :21].any()
    assert not roll.sounding[:, 109:].any()


def test_the_same_seed_gives_the_same_roll(model: Model) -> None:
    first, again = run(model, window()).roll, run(model, window()).roll
    assert first is not None
    assert again is not None
    assert np.array_equal(first.sounding, again.sounding)


def test_another_seed_gives_another_roll(model: Model) -> None:
    first, other = run(model, window()).roll, run(model, window(), seed=1).roll
    assert first is not None
    assert other is not None
    assert not np.allclose(first.sounding, other.sounding, atol=1e-3)


def test_without_temperature_every_seed_gives_one_roll(model: Model) -> None:
    one, other = (run(model, window(), seed=seed, temperature=0.0).roll for seed in (0, 1))
    assert one is not None
    assert other is not None
    assert np.array_equal(one.sounding, other.sounding)


def test_what_was_played_before_is_heard_by_the_next_window(model: Model) -> None:
    one, two = (run(model, window(0, seed=seed)) for seed in (1, 2))
    after_one, after_two = (run(model, window(1), replace(before, roll=None)).roll for before in (one, two))
    assert after_one is not None
    assert after_two is not None
    assert not np.allclose(after_one.sounding, after_two.sounding, atol=1e-3)


def test_difficulty_changes_what_is_played(model: Model) -> None:
    easy, hard = run(model, window(), difficulty=1.0).roll, run(model, window(), difficulty=5.0).roll
    assert easy is not None
    assert hard is not None
    assert not np.allclose(easy.sounding, hard.sounding, atol=1e-3)


def test_it_ticks_once_a_step_and_twice_more(model: Model) -> None:
    ticks: list[int] = []
    model.run_window(window(), None, PARAMS, np.random.default_rng(0), lambda: ticks.append(1))
    assert len(ticks) == model.ticks(PARAMS) == 4


def test_weights_of_another_size_are_refused(folder: Path, tmp_path: Path) -> None:
    card, tensors = checkpoint.read_card(folder), checkpoint.load(folder).tensors
    wider = asdict(replace(CONFIG, dit=replace(CONFIG.dit, width=64)))
    checkpoint.save(tmp_path, replace(card, config=wider), tensors)
    with pytest.raises(DamagedWeights, match="do not fit the config"):
        registry.load("leap", "cpu", tmp_path)


def test_at_another_difficulty_it_need_not_listen_again(model: Model):
    names: list[str] = []
    heard: dict[str, np.ndarray] = {}

    def recall(name: str, make: Callable[[], np.ndarray]) -> np.ndarray:
        names.append(name)
        return heard.setdefault(name, make() if name not in heard else heard[name])

    first = run(model, replace(window(), recall=recall))
    again = run(model, replace(window(), recall=recall), difficulty=5.0)
    fresh = run(model, window(), difficulty=5.0)
    assert names == 2 * ["nmp  first", "nmp  second"]
    assert np.array_equal(again.roll.sounding, fresh.roll.sounding)
    assert not np.array_equal(first.roll.sounding, fresh.roll.sounding)


def test_the_transformer_is_asked_for_what_calibration_found_at_a_level(folder: Path, tmp_path: Path) -> None:
    harder = replace(CONFIG, asked=(2.0, 3.0, 4.0, 5.0, 6.0))
    checkpoint.save(tmp_path, Card("leap", asdict(harder), "nothing", "MIT", 0), checkpoint.load(folder).tensors)
    moved, plain = registry.load("leap", "cpu", tmp_path), registry.load("leap", "cpu", folder)
    second, third = run(moved, window(), difficulty=2.0).state, run(plain, window(), difficulty=3.0).state
    assert isinstance(second, State)
    assert isinstance(third, State)
    np.testing.assert_array_equal(second.latents, third.latents)


def test_harmony_changes_what_sounds(model: Model):
    free, strict = (run(model, window(), harmony=harmony).roll for harmony in (0.0, 1.0))
    assert not np.array_equal(strict.sounding, free.sounding)


def test_a_model_without_chords_still_plays(folder: Path, tmp_path: Path):
    planes = replace(CONFIG.dit, listener=ListenerConfig(planes=3))
    plain = replace(CONFIG, dit=planes, chords=None, grounding=None)
    tensors = {
        name: values[:, :3] if name == "dit.listener.keys.0.weight" else values
        for name, values in checkpoint.load(folder).tensors.items() if name.split(".")[0] in ("melody", "vae", "dit")
    }
    checkpoint.save(tmp_path, Card("leap", asdict(plain), "nothing", "MIT", 0), tensors)
    old = registry.load("leap", "cpu", tmp_path)
    free, strict = (run(old, window(), harmony=harmony).roll for harmony in (0.0, 1.0))
    assert np.array_equal(strict.sounding, free.sounding)
