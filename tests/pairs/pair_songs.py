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


def broken_off(seed: int = 0) -> Notes:
    """A cover that stops after a third, and ends with a chord when the song does."""
    last = tuple(Note(25.0, 26.0, pitch, 64) for pitch in (49, 54, 61, 66))
    return (*(note for note in cover(seed) if note.start_s < 8.0), *last)


def recitative(seed: int = 3) -> Notes:
    """Chords that follow each other as nobody could beat time to."""
    rng = np.random.default_rng(seed)
    notes, at_s = [], 0.3
    while at_s < 26.0:
        length_s = float(rng.uniform(0.8, 3.0))
        classes, top = CHORDS[int(rng.integers(6))], int(rng.choice([67, 69, 71, 72, 74, 76]))
        notes += [Note(at_s, at_s + 1.1 * length_s, pitch, 80) for pitch in (top, *(48 + each for each in classes))]
        at_s += length_s
    return tuple(sorted(notes))


def swelling(notes: Notes, rise_s: float = 0.25) -> np.ndarray:
    """(samples,): every note swells and fades, so that none is struck."""
    sounds = np.zeros(round((max(note.end_s for note in notes) + 0.3) * RATE))
    for note in notes:
        first, end = round(note.start_s * RATE), round(note.end_s * RATE)
        at, turns = np.arange(end - first), 440.0 * 2 ** ((note.pitch - 69) / 12) * np.arange(end - first) / RATE
        loud = np.minimum(1.0, at / (rise_s * RATE)) * np.minimum(1.0, (end - first - at) / (rise_s * RATE))
        tone = np.sin(2 * np.pi * turns) + 0.3 * np.sin(4 * np.pi * turns)
        sounds[first:end] += note.velocity / 127 * loud * tone
    return (0.8 * sounds / np.abs(sounds).max()).astype(np.float32)


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
