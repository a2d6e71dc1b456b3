"""The key of some notes.

Source: Krumhansl & Kessler 1982, whose listeners rated how well each pitch class fits a key.
"""

import numpy as np

from leap_models.errors import BadParameter
from leap_models.music.notes import Notes

TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
NAMES = (*TONICS, *(f"{tonic}m" for tonic in TONICS))  # 12 major keys, then 12 minor ones
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_PROFILES = np.array([np.roll(profile, tonic) for profile in (_MAJOR, _MINOR) for tonic in range(12)])
MOVES = range(-5, 7)  # semitones by which music comes into any key
_STEPS = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))
SCALES = np.array([[(step - tonic) % 12 in scale for step in range(12)] for scale in _STEPS for tonic in range(12)])


def key_of(weights: np.ndarray) -> int:
    """The number in `NAMES` of the key that fits best.

    Args:
        weights: (12,) how much of each pitch class there is, C first.
    """
    centred = _PROFILES - _PROFILES.mean(axis=1, keepdims=True)
    fit = centred @ (weights - weights.mean()) / np.sqrt((centred**2).sum(axis=1))
    return int(np.argmax(fit))


def pitch_classes(notes: Notes) -> np.ndarray:
    """(12,) seconds for which each pitch class sounds."""
    found: np.ndarray = np.bincount(
        [note.pitch % 12 for note in notes], [note.length_s for note in notes], minlength=12
    ).astype(np.float64)
    return found


def number_of(name: str) -> int:
    """The number of a key's name.

    Raises:
        BadParameter: no such key.
    """
    if name not in NAMES:
        raise BadParameter(f"key must be one of {', '.join(NAMES)}, got {name}")
    return NAMES.index(name)


def to_white_keys(key: int) -> int:
    """The semitones, one of `MOVES`, by which music of a key comes into C major or A minor."""
    tonic = key % 12 + (3 if key >= 12 else 0)  # of the major key with the same notes
    return (-tonic - MOVES.start) % 12 + MOVES.start


def transposed(key: int, semitones: int) -> int:
    """The key of the same music, moved."""
    return key // 12 * 12 + (key + semitones) % 12
