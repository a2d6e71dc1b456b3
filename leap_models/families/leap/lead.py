"""The tune on top: where a melody was clearly heard, the roll plays it and nothing above it.

A listener forgives a figure that differs from the recording's, but not a tune that is missing. The melody head hears
it on real recordings better than the transformer, taught on rendered ones, writes it. A pianist plays a low voice an
octave or two higher, so the octave is one in which the transformer wrote it, and where tunes lie on a piano.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leap_models.families.leap.conditioner import RATE
from leap_models.families.leap.melody import KEYS, LOWEST_PITCH, decode
from leap_models.music.roll import Roll

SHORTEST_S = 0.1  # of a note of the tune; shorter ones are glides
EARLY_S, LATE_S = 0.08, 0.12  # an onset of the roll this near is the tune's own
SURE = 0.95  # likelihood that a note of the tune gets
SOFTEST = 0.6  # of full velocity, for a note of the tune that the roll did not have
OCTAVES = (-1, 0, 1, 2)
REGISTER, SPREAD = 76, 5.0  # a MIDI number and semitones: where tunes lie on a piano, chosen on validation songs
FLOOR = 1e-5

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LeadNote:
    """A note of the tune, in frames of features; `certainty` is 0..1."""

    first: int
    end: int
    pitch: int
    certainty: float


def line(melody: Floats) -> Iterator[LeadNote]:
    """The tune in a stretch.

    Args:
        melody: (frames, 88) how likely each key carries the melody, 50 frames a second.
    """
    voiced = np.clip(melody.sum(axis=1), FLOOR, 1.0 - FLOOR)
    pitches = decode(np.log(np.maximum(melody, FLOOR)), np.log(voiced / (1.0 - voiced)))
    keys = np.where(np.isnan(pitches), -1, pitches).astype(np.int64)
    edges = np.flatnonzero(np.diff(keys, prepend=-2, append=-2))
    for first, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        pitch = int(keys[first])
        if pitch >= 0 and end - first >= SHORTEST_S * RATE:
            yield LeadNote(first, end, pitch, float(melody[first:end, pitch - LOWEST_PITCH].mean()))


def octaves(roll: Roll, tune: Sequence[LeadNote]) -> Floats:
    """How much speaks for moving a tune by each of `OCTAVES`: that the roll plays it there, and that it lies well.

    Returns:
        (octaves,) seconds for which it is played, those away from the register of tunes counting less.
    """
    played = np.zeros(len(OCTAVES), np.float32)
    for note in tune:
        first, end = _frames(note, roll)
        for index, pitch in enumerate(note.pitch + 12 * np.array(OCTAVES)):
            if LOWEST_PITCH <= pitch < LOWEST_PITCH + KEYS:
                fitness = np.exp(-0.5 * ((pitch - REGISTER) / SPREAD) ** 2)
                played[index] += fitness * roll.sounding[0, pitch, first:end].sum() / roll.rate
    return played


def follow(roll: Roll, tune: Sequence[LeadNote], octave: int, firmness: float) -> Roll:
    """A roll that plays a tune on top.

    Args:
        roll: one track.
        octave: how many the tune is moved by.
        firmness: 0 changes nothing, 1 plays all of the tune, what lies between only what is as certain as 1 - firmness.
    """
    if firmness <= 0.0:
        return roll
    sounding, onset, velocity = (plane.copy() for plane in (roll.sounding, roll.onset, roll.velocity))
    for note in tune:
        pitch = note.pitch + 12 * octave
        if note.certainty >= 1.0 - firmness and LOWEST_PITCH <= pitch < LOWEST_PITCH + KEYS:
            first, end = _frames(note, roll)
            _clear_above(sounding[0], onset[0], pitch, first, end)
            _play(sounding[0], onset[0], velocity[0], pitch, first, end, roll.rate)
    return Roll(sounding, onset, velocity, roll.rate)


def _frames(note: LeadNote, roll: Roll) -> tuple[int, int]:
    return round(note.first * roll.rate / RATE), round(note.end * roll.rate / RATE)


def _clear_above(sounding: Floats, onset: Floats, pitch: int, first: int, end: int) -> None:
    """Silence what lies above a note of the tune, but for its octaves."""
    above = np.arange(pitch + 1, LOWEST_PITCH + KEYS)
    above = above[(above - pitch) % 12 != 0]
    sounding[above, first:end] = 0.0
    onset[above, first:end] = 0.0


def _play(
    sounding: Floats, onset: Floats, velocity: Floats, pitch: int, first: int, end: int, rate: int
) -> None:
    near = slice(max(0, first - round(EARLY_S * rate)), first + round(LATE_S * rate))
    struck = int(onset[pitch, near].argmax()) + near.start
    begin = first
    if onset[pitch, struck] >= 0.5:
        begin, onset[pitch, struck] = struck, max(onset[pitch, struck], SURE)
    elif first > 0:  # a note that goes on from before the window is not struck again
        onset[pitch, first] = SURE
        sounding[pitch, first - 1] = 0.0
    sounding[pitch, begin:end] = np.maximum(sounding[pitch, begin:end], SURE)
    velocity[pitch, begin:end] = np.maximum(velocity[pitch, begin:end], SOFTEST)
