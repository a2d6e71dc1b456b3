"""What was worked out before is not worked out again, and gives the same."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_family
from conftest import RATE, beeps, piece_of

from leap_models import intake, pipeline
from leap_models.errors import Cancelled
from leap_models.interface import Model, Piece, Request, Tick, Values, Window
from leap_models.memory import Memory, fingerprint
from leap_models.music.beats import BeatTracker

REQUEST = Request("toy", {"difficulty": 3.0})


class Listening:
    """The toy, which also listens to every window, and counts how often it has to."""

    def __init__(self, model: Model) -> None:
        self._model, self.info = model, model.info
        self.runs = self.listened = 0

    def ticks(self, params: Values) -> int:
        return self._model.ticks(params)

    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        self.runs += 1
        heard = window.recall("energy", self._listen)
        assert heard.shape == (4,)
        return self._model.run_window(window, previous, params, rng, tick)

    def _listen(self) -> np.ndarray:
        self.listened += 1
        return np.zeros(4, np.float32)


@pytest.fixture
def model(toy_model: Model) -> Listening:
    return Listening(toy_model)


def noise(seconds: float) -> Piece:
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, round(seconds * RATE)).astype(np.float32)
    return piece_of(samples)


@pytest.mark.parametrize(
    "again",
    [REQUEST, replace(REQUEST, seed=5), replace(REQUEST, quantize=1.0), replace(REQUEST, params={"difficulty": 5.0})],
)
def test_a_result_from_memory_is_the_same(model: Listening, again: Request):
    memory = Memory(2**20)
    pipeline.run(model, noise(6.0), REQUEST, memory=memory)
    assert pipeline.run(model, noise(6.0), again, memory=memory) == pipeline.run(model, noise(6.0), again)


@pytest.mark.parametrize("again", [replace(REQUEST, seed=5), replace(REQUEST, params={"difficulty": 5.0})])
def test_another_seed_or_difficulty_does_not_listen_again(model: Listening, again: Request):
    memory = Memory(2**20)
    pipeline.run(model, noise(6.0), REQUEST, memory=memory)
    listened, runs = model.listened, model.runs
    pipeline.run(model, noise(6.0), again, memory=memory)
    assert (model.listened, model.runs) == (listened, 2 * runs)


def test_another_quantize_does_not_even_ask_the_model(model: Listening):
    memory = Memory(2**20)
    pipeline.run(model, noise(6.0), REQUEST, memory=memory)
    runs = model.runs
    result = pipeline.run(model, noise(6.0), replace(REQUEST, quantize=1.0), memory=memory)
    assert model.runs == runs
    assert result.notes


def test_another_recording_is_listened_to(model: Listening):
    memory = Memory(2**20)
    pipeline.run(model, noise(3.0), REQUEST, memory=memory)
    listened = model.listened
    pipeline.run(model, piece_of(beeps(3.0)), REQUEST, memory=memory)
    assert model.listened > listened


def test_from_memory_a_run_can_still_be_cancelled(model: Listening):
    memory = Memory(2**20)
    pipeline.run(model, noise(3.0), REQUEST, memory=memory)
    with pytest.raises(Cancelled):
        pipeline.run(model, noise(3.0), REQUEST, cancelled=lambda: True, memory=memory)


def test_the_beat_of_a_file_is_followed_once(
    model: Listening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    soundfile.write(tmp_path / "song.wav", beeps(6.0), RATE)
    memory, made = Memory(2**20), []
    monkeypatch.setattr(intake, "BeatTracker", lambda rate: made.append(rate) or BeatTracker(rate))
    piece = pipeline.open_piece(tmp_path / "song.wav")
    first = pipeline.run(model, piece, REQUEST, memory=memory)
    second = pipeline.run(model, piece, replace(REQUEST, seed=1), memory=memory)
    assert made == [toy_family.GRID.sample_rate]
    assert first.tempo == second.tempo == pipeline.run(model, piece, replace(REQUEST, seed=1)).tempo


def test_a_copy_of_a_file_is_the_same_recording(tmp_path: Path):
    memory = Memory(2**20)
    for name in ("a.wav", "b.wav"):
        soundfile.write(tmp_path / name, beeps(1.0), RATE)
    prints = {fingerprint(pipeline.open_piece(tmp_path / name), memory) for name in ("a.wav", "b.wav")}
    assert len(prints) == 1


def test_a_file_that_was_changed_is_another_recording(tmp_path: Path):
    memory, path = Memory(2**20), tmp_path / "a.wav"
    soundfile.write(path, beeps(1.0), RATE)
    piece = pipeline.open_piece(path)
    before = fingerprint(piece, memory)
    soundfile.write(path, beeps(2.0), RATE)
    assert fingerprint(piece, memory) != before


def test_memory_is_bounded_and_forgets_the_oldest():
    memory = Memory(250)
    for key in "abc":
        memory.put(key, key, 100)
        memory.get("a", str)
    assert [memory.get(key, str) for key in "abc"] == ["a", None, "c"]
    assert memory.size_bytes == 200


def test_what_is_larger_than_the_memory_is_not_kept():
    memory = Memory(100)
    memory.put("a", "a", 101)
    assert memory.get("a", str) is None


def test_a_value_put_twice_counts_once():
    memory = Memory(100)
    memory.put("a", "a", 60)
    memory.put("a", "b", 70)
    assert (memory.get("a", str), memory.size_bytes) == ("b", 70)
