"""A song of eight bars that the training tests play."""

import numpy as np

from leap_models.music.notes import Note
from leap_models.training.pop909 import Chord, Song

BEAT_S = 0.5


def song(bars: int = 8) -> Song:
    """C, a minor, F, G in 4/4 at 120 bpm; the tune climbs the scale, the piano plays triads on the beat."""
    roots = ((0, (0, 4, 7)), (9, (9, 0, 4)), (5, (5, 9, 0)), (7, (7, 11, 2)))
    chords, piano, melody = [], [], []
    for bar in range(bars):
        start_s = bar * 4 * BEAT_S
        bass, classes = roots[bar % 4]
        chords.append(Chord(start_s, start_s + 4 * BEAT_S, bass, tuple(sorted(classes))))
        piano.append(Note(start_s, start_s + 4 * BEAT_S, 36 + bass, 70))
        for beat in range(4):
            at_s = start_s + beat * BEAT_S
            piano += [Note(at_s, at_s + 0.45, 48 + each, 60) for each in classes]
            melody.append(Note(at_s, at_s + 0.4, 72 + (0, 2, 4, 5)[beat], 100))
    beats_s = np.arange(4 * bars + 4) * BEAT_S
    return Song(
        "001", tuple(melody), (), tuple(sorted(piano)), beats_s, np.arange(0, len(beats_s), 4), 4, tuple(chords)
    )
