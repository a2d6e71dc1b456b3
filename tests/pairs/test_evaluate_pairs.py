"""Melody chroma accuracy: the five cases that its definition was checked with, and LEAP beside people's covers."""

from pathlib import Path

import numpy as np
import pytest
from pair_songs import band, cover, late, sound

from leap_models.errors import BadParameter
from leap_models.music.metrics import melody_accuracy
from leap_models.music.notes import Note, Notes
from leap_models.training.evaluate_pairs import measured, table
from leap_models.training.pairs.example import columns
from leap_models.training.pairs.listening import hear_song
from leap_models.training.table import summary

TIMES_S = np.arange(0, 10, 0.02)
SUNG = np.full(len(TIMES_S), 60.0)
REST = np.where(TIMES_S < 2.0, np.nan, SUNG)


def line(pitch: int, start_s: float = 0.0) -> Notes:
    return (Note(start_s, 10.0, pitch, 90),)


@pytest.mark.parametrize(
    ("tune", "notes", "chroma", "pitch"),
    [
        (SUNG, line(60), 1.0, 1.0), (SUNG, line(72), 1.0, 0.0), (SUNG, line(61), 0.0, 0.0),
        (REST, line(60), 1.0, 1.0), (SUNG, line(60, 2.0), 0.8, 0.8),
    ],
    ids=["the same", "an octave up", "a semitone up", "the tune rests first", "the notes rest first"],
)  # fmt: skip
def test_the_five_cases(tune: np.ndarray, notes: Notes, chroma: float, pitch: float):
    found = melody_accuracy(TIMES_S, tune, notes)
    assert (found.chroma, found.pitch) == (chroma, pitch)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One test song of 16 s with a cover in another key and time."""
    folder = tmp_path_factory.mktemp("dataset")
    samples = sound(band(bars=8))
    played = tuple(Note(late(n.start_s), late(n.end_s), n.pitch + 2, n.velocity) for n in cover(bars=8))
    np.savez(
        folder / "a_0.npz", samples=np.round(samples * 32767).astype(np.int16), split=np.array("test"),
        melody=np.zeros((0, 4)), tune=hear_song(samples).tune, raw=columns(played),
    )  # fmt: skip
    return folder


def test_a_cover_is_judged_as_it_was_played_and_aligned(dataset: Path):
    rows = list(measured(dataset, lambda truth: cover(bars=8), 0))
    found = rows[0]["systems"]
    assert found["cover"]["aligned"] > 0.8
    assert found["cover"]["aligned"] > found["cover"]["raw"] + 0.5
    assert found["leap"]["raw"] == pytest.approx(found["leap"]["aligned"], abs=0.12)
    assert set(summary(rows)) == {"leap", "cover", "template"}
    assert "the same, aligned" in table(rows)


def test_examples_of_something_else_are_refused(tmp_path: Path):
    np.savez(tmp_path / "b_0.npz", samples=np.zeros(10, np.int16), split=np.array("test"))
    with pytest.raises(BadParameter, match="prepare pairs"):
        list(measured(tmp_path, lambda truth: (), 0))
