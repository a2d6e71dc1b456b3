"""A small song that tests play with: sixteen bars of a tune over broken chords."""

from leap_models.music.notes import Note, Notes
from leap_models.music.tempo import TempoMap

TEMPO = TempoMap.steady(120.0)  # half a second to a beat
CHORDS = ((0, 4, 7), (9, 0, 4), (5, 9, 0), (7, 11, 2))  # C, Am, F, G
TUNE = (72, 76, 79, 76, 76, 72, 76, 81, 77, 81, 84, 81, 79, 74, 77, 74)  # one note a beat, four bars
BARS = 16
END_S = BARS * 2.0


def melody() -> Notes:
    return tuple(Note(beat / 2, beat / 2 + 0.45, TUNE[beat % 16], 90) for beat in range(4 * BARS))


def accompaniment() -> Notes:
    """Bass octaves on half bars, two chord notes below middle C on beats, sixteenths of the chord above it."""
    notes = []
    for bar in range(BARS):
        chord = CHORDS[bar % 4]
        for half in (0.0, 1.0):
            bass = 36 + chord[0]
            notes += [Note(bar * 2 + half, bar * 2 + half + 0.95, key, 80) for key in (bass, bass + 12)]
        for step in range(16):
            start_s = bar * 2 + step / 8
            notes.append(Note(start_s, start_s + 0.12, 60 + chord[step % 3], 60))
            if step % 4 == 0:
                notes += [Note(start_s, start_s + 0.4, 48 + pitch, 64) for pitch in chord if pitch != chord[0]]
    return tuple(sorted(notes))


def arrangement() -> Notes:
    return tuple(sorted((*melody(), *accompaniment())))
