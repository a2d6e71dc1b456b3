"""Songs of half a minute and their covers, made of sines: what the tests of pairs lay over each other."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from leap_models.music import midi
from leap_models.music.additive import play_additive
from leap_models.music.notes import Note, Notes
from leap_models.music.tempo import TempoMap

RATE = 22_050
BEAT_S = 0.5
CHORDS = ((0, 4, 7), (9, 0, 4), (5, 9, 0), (7, 11, 2), (2, 5, 9), (4, 7, 11))


def tune(seed: int, bars: int) -> Notes:
    """A melody in C on and between beats."""
    rng = np.random.default_rng(seed)
    scale = (67, 69, 71, 72, 74, 76, 77, 79)
    notes, beat = [], 0.0
    while beat < 4 * bars:
        length = float(rng.choice([0.5, 1.0, 1.5]))
        notes.append(Note(beat * BEAT_S, (beat + 0.95 * length) * BEAT_S, int(rng.choice(scale)), 100))
        beat += length
    return tuple(notes)


def chords(seed: int, bars: int) -> list[tuple[int, int, int]]:
    rng = np.random.default_rng([seed, 1])
    return [CHORDS[int(rng.integers(len(CHORDS)))] for _bar in range(bars)]


def band(seed: int = 0, bars: int = 13) -> Notes:
    """What the song plays: the tune, a bass on every beat, chords on off-beats."""
    notes = list(tune(seed, bars))
    for bar, classes in enumerate(chords(seed, bars)):
        for beat in range(4):
            at_s = (4 * bar + beat) * BEAT_S
            notes.append(Note(at_s, at_s + 0.4, 36 + classes[0], 90))
            notes += [Note(at_s + 0.25, at_s + 0.45, 48 + each, 60) for each in classes]
    return tuple(sorted(notes))


def cover(seed: int = 0, bars: int = 13) -> Notes:
    """What the pianist plays: the tune, and chords broken in eighths."""
    notes = list(tune(seed, bars))
    for bar, classes in enumerate(chords(seed, bars)):
        for step in range(8):
            at_s = (8 * bar + step) * BEAT_S / 2
            notes.append(Note(at_s, at_s + 0.24, 48 + classes[(0, 1, 2, 1)[step % 4]], 64))
    return tuple(sorted(notes))


def late(second: float) -> float:
    """The cover's time for a time of the song as it was written: slower, and not evenly so."""
    return 0.7 + 1.04 * second + 0.3 * math.sin(second / 4)


def moved(notes: Notes, semitones: int = 0, warp: Callable[[float], float] = float) -> Notes:
    """In another key, at other times."""
    return tuple(sorted(
        replace(n, pitch=n.pitch + semitones, start_s=warp(n.start_s), end_s=warp(n.end_s)) for n in notes
    ))  # fmt: skip


def sound(notes: Notes, cents: float = 0.0) -> np.ndarray:
    """(samples,); tuned otherwise, it is faster or slower."""
    length_s = max(note.end_s for note in notes) + 0.3
    samples = play_additive(notes, (), RATE, round(length_s * RATE))
    if cents:
        import soxr

        samples = soxr.resample(samples, 1.0, 2 ** (-cents / 1200))
    return (0.8 * samples / np.abs(samples).max()).astype(np.float32)


def write_song(path: Path, notes: Notes, cents: float = 0.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound(notes, cents), RATE)
    return path


def write_cover(path: Path, notes: Notes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    midi.write(path, notes, TempoMap.steady(120))
    return path
