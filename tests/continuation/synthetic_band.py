"""Songs that a test makes up: four chords that come again, and five players who each do with them as they do."""

import numpy as np

from leap_models.music.players import BASS, DRUMS, GUITAR, PIANO, STRINGS
from leap_models.training.continuation_bands import SHAPE, Songs, packed

CHORDS = {"C": (0, 4, 7), "Dm": (2, 5, 9), "Em": (4, 7, 11), "F": (5, 9, 12), "G": (7, 11, 14), "Am": (9, 12, 16)}
EIGHTH, QUARTER = 6, 12  # steps
KICK, SNARE, HAT = 36, 38, 42


def songs(count: int = 8, bars: int = 16, seed: int = 0) -> Songs:
    """So many songs of so many bars, in C major."""
    rng = np.random.default_rng(seed)
    return Songs([packed(song(bars, rng)) for _ in range(count)])


def song(bars: int, rng: np.random.Generator) -> np.ndarray:
    """(bars, steps, pitches, tracks); the order of the chords, and who does what, are chance."""
    cells = np.zeros((bars, SHAPE.steps, SHAPE.pitches, SHAPE.tracks), dtype=bool)
    names = [str(each) for each in rng.choice(list(CHORDS), 4)]
    broken, busy = bool(rng.integers(2)), bool(rng.integers(2))
    for bar in range(bars):
        root, third, fifth = CHORDS[names[bar % 4]]
        chord = (root, third, fifth)
        for at in range(0, SHAPE.steps, EIGHTH):
            strike(cells, bar, at, 36 + root + (12 if at % 24 == 18 else 0), BASS)
            for pitch in (chord[at // EIGHTH % 3],) if broken else (chord if at % QUARTER == 0 else ()):
                strike(cells, bar, at, 60 + pitch, PIANO)
            strike(cells, bar, at, HAT, DRUMS, 1)
            for pitch in chord if busy or at % QUARTER == 0 else ():
                strike(cells, bar, at, 48 + pitch, GUITAR)
        for pitch in chord:
            strike(cells, bar, 0, 60 + pitch, STRINGS, SHAPE.steps)
        for at in (0, 24):
            strike(cells, bar, at, KICK, DRUMS, 1)
            strike(cells, bar, at + QUARTER, SNARE, DRUMS, 1)
    return cells


def strike(cells: np.ndarray, bar: int, at: int, pitch: int, track: int, steps: int = EIGHTH) -> None:
    """A key held for almost so many steps, so that the next strike of it is one."""
    cells[bar, at : at + max(1, steps - 1), pitch - SHAPE.lowest, track] = True
