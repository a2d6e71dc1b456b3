"""What of a piece is to be made, cell by cell, and what stays."""

import re
from dataclasses import dataclass, replace

import numpy as np

from leap_models.errors import BadParameter
from leap_models.families.score_sde.passage import PITCH, START, STEPS_PER_BEAT, Shape, StepNotes, on_steps
from leap_models.interface import Values
from leap_models.music.bars import Bars
from leap_models.music.notes import LEFT, Notes
from leap_models.music.tempo import TempoMap

_SPAN = re.compile(r"(\d{1,6}):(\d{1,6})")


@dataclass(frozen=True)
class Plan:
    """Steps are sixteenths from the first bar line on.

    Args:
        clip: on steps; no notes for music from nothing.
        spans: first and end step of what is made.
        low, high: MIDI pitches of what is made.
        variation: less than 1 starts from the clip under a part of the noise.
    """

    clip: StepNotes
    spans: tuple[tuple[int, int], ...]
    low: int
    high: int
    variation: float

    def missing(self, shape: Shape, first: int) -> np.ndarray:
        """bool (rows, steps): the cells of a passage from step `first` on that are made."""
        step = np.arange(first, first + shape.steps)
        pitch = shape.lowest + np.arange(shape.rows)
        times = np.zeros(shape.steps, dtype=bool)
        for begin, end in self.spans:
            times |= (step >= begin) & (step < end)
        return times[None, :] & ((pitch >= self.low) & (pitch <= self.high))[:, None]

    def replaces(self, start: int, pitch: int) -> bool:
        """Whether a note of the clip gives way."""
        return self.low <= pitch <= self.high and any(begin <= start < end for begin, end in self.spans)

    def next_missing(self, step: int) -> tuple[int, int] | None:
        """The first step from `step` on of which something is made, and the end of that stretch."""
        found = [(max(step, begin), end) for begin, end in self.spans if end > step]
        return min(found, default=None)


def plan(notes: Notes, tempo: TempoMap, shape: Shape, params: Values) -> Plan:
    """What a request makes of a clip, or of nothing.

    Raises:
        BadParameter: the bars to fill are none, or not the clip's.
    """
    bars = Bars(tempo)
    clip = on_steps((note for note in notes if note.start_s >= 0.0), tempo, bars.origin)
    clip = clip[clip[:, START] >= 0]
    for_ever = 2**31
    if not notes:
        return Plan(clip, ((0, for_ever),), 0, 127, 1.0)
    per_bar, count = STEPS_PER_BEAT * tempo.beats_per_bar, bars.count(notes)
    behind = (count * per_bar, for_ever)
    if not params["fill"] and not params["more"]:
        return Plan(clip, ((0, for_ever),), 0, 127, float(params["variation"]))
    spans = [_span(str(params["fill"]), count, per_bar)] if params["fill"] else []
    low, high = int(params["fill_low"]), int(params["fill_high"])
    if not any(low <= row + shape.lowest <= high for row in range(shape.rows)):
        raise BadParameter(f"fill_low must be at most fill_high, and one of them a piano's key, got {low} and {high}")
    return Plan(clip, (*spans, behind), low, high, 1.0)


def _span(text: str, count: int, per_bar: int) -> tuple[int, int]:
    match = _SPAN.fullmatch(text.strip())
    first, last = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= first <= last <= count:
        raise BadParameter(f"fill must be FIRST:LAST, bars from 1 to {count} of the clip, got {text}")
    return (first - 1) * per_bar, last * per_bar


def kept(notes: Notes, tempo: TempoMap, wanted: Plan) -> Notes:
    """The notes of the clip that stay, exactly where they were."""
    origin = Bars(tempo).origin
    if wanted.variation < 1.0 or not notes:
        return ()
    starts = on_starts(notes, tempo, origin)
    return tuple(n for n, start in zip(notes, starts, strict=True) if not wanted.replaces(start, n.pitch))


def merged(clip: Notes, tempo: TempoMap, params: Values, result: Notes) -> Notes:
    """What was made of a clip, with the clip's own notes exactly as they were wherever they stay.

    A run moves them to frames of its roll, onto the beat and within two hands' reach.

    Args:
        result: of the run.
    """
    wanted = plan(clip, tempo, Shape(), params)
    if wanted.variation < 1.0:
        return result
    starts = on_starts(result, tempo, Bars(tempo).origin)
    made = (note for note, start in zip(result, starts, strict=True) if wanted.replaces(start, note.pitch))
    own = (replace(note, track=min(note.track, LEFT)) for note in kept(clip, tempo, wanted))
    return tuple(sorted((*own, *made)))


def on_starts(notes: Notes, tempo: TempoMap, origin: float) -> list[int]:
    """The steps on which notes begin."""
    beats = tempo.beats_at([note.start_s for note in notes]) - origin
    return [int(step) for step in np.floor(beats * STEPS_PER_BEAT + 0.5)]


def made_cells(notes: StepNotes, missing: np.ndarray, shape: Shape, first: int) -> StepNotes:
    """Of notes read from a passage, those that are struck in cells that were made."""
    if not len(notes):
        return notes
    found: StepNotes = notes[missing[notes[:, PITCH] - shape.lowest, notes[:, START] - first]]
    return found
