"""Prepared examples, read back for training."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from leap_models.errors import BadParameter
from leap_models.families.leap.rolls import NoteArray
from leap_models.music.difficulty import LEVELS, Edges
from leap_models.music.tempo import TempoMap
from leap_models.training.examples import note_array
from leap_models.training.leap_dit import WINDOW_S, Excerpt


def paths(folder: Path, split: str) -> list[Path]:
    """The examples of a split, in order.

    Raises:
        BadParameter: there are none.
    """
    found = [path for path in sorted(folder.glob("*.npz")) if str(np.load(path)["split"]) == split]
    if not found:
        raise BadParameter(f"{folder} has no examples of the {split} songs: run leap-bridge prepare leap.bands")
    return found


def targets(examples: Sequence[Path]) -> Iterator[NoteArray]:
    """What to play in every example, at every level."""
    for path in examples:
        with np.load(path) as arrays:
            for level in LEVELS:
                notes = note_array(arrays[f"target_{level:g}"])
                if len(notes):
                    yield notes


def edges(examples: Sequence[Path]) -> Edges:
    """The difficulty scores at which levels lie, from the windows of the training songs."""
    scores = [np.load(path)[f"scores_{level:g}"] for path in examples for level in LEVELS]
    return Edges.of(np.concatenate(scores))


def excerpts(examples: Sequence[Path], difficulty: Edges) -> list[Excerpt]:
    """Examples with their features, those long enough for a window.

    Raises:
        BadParameter: an example has not been listened to.
    """
    found = []
    for path in examples:
        heard = path.with_suffix(".features.npy")
        if not heard.exists():
            raise BadParameter(f"{heard} is missing: run leap-bridge prepare leap.features")
        with np.load(path) as arrays:
            excerpt = excerpt_of(path.stem, dict(arrays), np.load(heard), difficulty)
        if excerpt.duration_s > WINDOW_S + 1.0:
            found.append(excerpt)
    return found


def chords(path: Path) -> np.ndarray:
    """(chords, 4) of an example: start_s, end_s, bass, mask of pitch classes."""
    with np.load(path) as arrays:
        known: np.ndarray = arrays["chords"]
    return known


def tempo_of(arrays: dict[str, np.ndarray]) -> TempoMap:
    """The true beats of an example."""
    anchors = tuple((float(second), float(beat)) for beat, second in enumerate(arrays["beats_s"]))
    return TempoMap(anchors, int(arrays["beats_per_bar"]), float(arrays["downbeats"][0]))


def excerpt_of(name: str, arrays: dict[str, np.ndarray], features: np.ndarray, difficulty: Edges) -> Excerpt:
    """An example as it is taught."""
    played = [note_array(arrays[f"target_{level:g}"]) for level in LEVELS]
    levels = [np.array([difficulty.level(float(score)) for score in arrays[f"scores_{level:g}"]]) for level in LEVELS]
    return Excerpt(name, features, tuple(played), tuple(levels), tempo_of(arrays))
