"""What sounds when: notes sampled over time."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from leap_models.music.notes import Note

_Floats = npt.NDArray[np.float64]


def top_pitch(times_s: npt.ArrayLike, notes: Iterable[Note]) -> _Floats:
    """The highest pitch that sounds at each of the (rising) times; NaN: silence."""
    frames_s = np.asarray(times_s, np.float64)
    top = np.full(len(frames_s), -1.0)
    for note in notes:
        first, end = np.searchsorted(frames_s, (note.start_s, note.end_s))
        np.maximum(top[first:end], note.pitch, out=top[first:end])
    return np.where(top < 0.0, np.nan, top)


def sounding_classes(times_s: npt.ArrayLike, notes: Iterable[Note]) -> npt.NDArray[np.bool_]:
    """Which pitch classes sound at each of the (rising) times. (12, times)"""
    frames_s = np.asarray(times_s, np.float64)
    sounds = np.zeros((12, len(frames_s)), bool)
    for note in notes:
        first, end = np.searchsorted(frames_s, (note.start_s, note.end_s))
        sounds[note.pitch % 12, first:end] = True
    return sounds


def note_chroma(notes: Iterable[Note], frame_rate: float, frames: int) -> _Floats:
    """How many keys of each pitch class are down in the middle of each frame. (12, frames)"""
    middles_s = (np.arange(frames) + 0.5) / frame_rate
    chroma = np.zeros((12, frames))
    for note in notes:
        first, end = np.searchsorted(middles_s, (note.start_s, note.end_s))
        chroma[note.pitch % 12, first:end] += 1.0
    return chroma


def cosine(one: _Floats, other: _Floats) -> _Floats:
    """Of each frame; 0 where one is silent. (12, frames) twice -> (frames,)"""
    size = np.linalg.norm(one, axis=0) * np.linalg.norm(other, axis=0)
    return np.asarray((one * other).sum(axis=0) / np.where(size > 0.0, size, 1.0))
