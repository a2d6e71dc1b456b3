"""Passages: notes on a grid of sixteenths, as the planes that the networks see, and back.

Two kinds of planes, both with the lowest key in row 0 and time last:

- two channels, -1 where nothing is: in the first the velocity (0..1) where a key is struck, in the second 1 while it
  sounds;
- one channel, 0 where nothing is: the velocity while a key sounds. A key struck again needs a step of silence before.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from leap_models.music.notes import Note, Notes
from leap_models.music.tempo import TempoMap

STEPS_PER_BEAT = 4
PLACES = 8  # numbers that say where in beat and bar a step lies
START, LENGTH, PITCH, VELOCITY = range(4)  # columns of step notes
LOWEST_KEY, HIGHEST_KEY = 21, 108  # of a piano
_SOFTEST = 0.08  # velocity of a generated note, at least

StepNotes = np.ndarray  # (notes, 4) int64: start and length in steps, MIDI pitch, velocity 1..127


@dataclass(frozen=True)
class Shape:
    """Of a passage.

    Args:
        lowest: MIDI number of row 0.
        rows: keys.
        steps: sixteenths.
        channels: 1 or 2, see the module.
    """

    lowest: int = 21
    rows: int = 88
    steps: int = 128
    channels: int = 2

    @property
    def planes(self) -> tuple[int, int, int]:
        """(channels, rows, steps)."""
        return self.channels, self.rows, self.steps

    @property
    def empty(self) -> float:
        """What a cell holds where nothing is."""
        return -1.0 if self.channels == 2 else 0.0

    def moved(self, semitones: int) -> "Shape":
        """The rows that show music as if it were so much higher."""
        return replace(self, lowest=self.lowest - semitones)

    def holds(self, pitch: int) -> bool:
        """Whether it has a row for a key."""
        return self.lowest <= pitch < self.lowest + self.rows


@dataclass(frozen=True)
class Reading:
    """Above what a cell is a note.

    Args:
        struck: in the first channel: a key is struck or, with one channel, sounds.
        again: in the first channel: a key that sounds is struck again.
        sounding: in the second channel: it still sounds.
    """

    struck: float = -0.45
    again: float = -0.2
    sounding: float = 0.0


def on_steps(notes: Iterable[Note], tempo: TempoMap, origin: float) -> StepNotes:
    """Notes on the nearest sixteenths, counted from a beat; each lasts at least one. Sorted by start, then pitch.

    Of notes of one key that fall on one step, the longest stays.
    """
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for note in notes:
        begin, end = ((tempo.beat_at(at) - origin) * STEPS_PER_BEAT for at in (note.start_s, note.end_s))
        start = int(np.floor(begin + 0.5))
        length = max(1, int(np.floor(end + 0.5)) - start)
        found[start, note.pitch] = max(found.get((start, note.pitch), (0, 0)), (length, note.velocity))
    rows = [(start, length, pitch, velocity) for (start, pitch), (length, velocity) in sorted(found.items())]
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


def off_steps(notes: StepNotes, tempo: TempoMap, origin: float) -> Notes:
    """Step notes in seconds."""
    def second(step: int) -> float:
        return tempo.second_at(origin + step / STEPS_PER_BEAT)

    rows = notes.tolist()
    return tuple(sorted(Note(second(at), second(at + length), pitch, loud) for at, length, pitch, loud in rows))


def draw(notes: StepNotes, shape: Shape, first: int = 0) -> np.ndarray:
    """(channels, rows, steps) float32 of the notes from step `first` on. Keys without a row are left out."""
    planes = np.full(shape.planes, shape.empty, np.float32)
    inside = (notes[:, START] < first + shape.steps) & (notes[:, START] + notes[:, LENGTH] > first)
    for start, length, pitch, velocity in notes[inside].tolist():
        row, begin = pitch - shape.lowest, start - first
        if not 0 <= row < shape.rows:
            continue
        span = np.s_[row, max(0, begin) : begin + length]
        if shape.channels == 1:
            if begin > 0:
                planes[0, row, begin - 1] = 0.0
            planes[0][span] = velocity / 127.0
        else:
            planes[1][span] = 1.0
            if begin >= 0:
                planes[0, row, begin] = velocity / 127.0
    return planes


def read(planes: np.ndarray, shape: Shape, reading: Reading, first: int = 0) -> StepNotes:
    """The notes that are struck in planes whose step 0 is step `first`.

    A hole of one step in what sounds is none, unless a key is struck behind it.
    """
    struck = planes[0] > reading.struck
    if shape.channels == 1:
        sounding, again = struck, np.zeros_like(struck)
    else:
        sounding, again = _without_holes(planes[1] > reading.sounding, struck), planes[0] > reading.again
    found = []
    for row in np.flatnonzero(struck.any(axis=1)).tolist():
        end = 0
        for start in np.flatnonzero(struck[row]).tolist():
            if start < end and not again[row, start]:
                continue
            stops = np.flatnonzero(~sounding[row, start + 1 :] | again[row, start + 1 :])
            end = start + 1 + (int(stops[0]) if len(stops) else planes.shape[-1] - start - 1)
            loudness = float(np.clip(planes[0, row, start], _SOFTEST, 1.0))
            found.append((first + start, end - start, shape.lowest + row, max(1, round(127 * loudness))))
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 4)


def _without_holes(sounding: np.ndarray, struck: np.ndarray) -> np.ndarray:
    filled = sounding.copy()
    filled[:, 1:-1] |= sounding[:, :-2] & sounding[:, 2:] & ~struck[:, 2:]
    return filled


def places(first: int, steps: int, beats_per_bar: int) -> np.ndarray:
    """(steps, PLACES) float32: which sixteenth of the beat, and where in the bar. Step 0 begins a bar."""
    step = np.arange(first, first + steps)
    bar = step % (STEPS_PER_BEAT * beats_per_bar) / (STEPS_PER_BEAT * beats_per_bar)
    in_bar = [np.sin(2 * np.pi * bar), np.cos(2 * np.pi * bar), bar == 0, np.full(steps, beats_per_bar / 4.0)]
    return np.concatenate([np.eye(STEPS_PER_BEAT)[step % STEPS_PER_BEAT], np.stack(in_bar, axis=1)], axis=1).astype(
        np.float32
    )
