"""The voices of a score: times as sixteenths, chords, and rests between them, cut where bar lines are."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from leap_models.music.notes import Note
from leap_models.music.tempo import TempoMap

STEPS = 4  # of a beat, the finest that is written
LENGTHS = (  # steps, name, dots; longest first
    (16, "whole", 0), (12, "half", 1), (8, "half", 0), (6, "quarter", 1), (4, "quarter", 0), (3, "eighth", 1),
    (2, "eighth", 0), (1, "16th", 0),
)  # fmt: skip


@dataclass(frozen=True)
class Chord:
    """What one hand plays from one step to another, within a bar. No pitches: a rest."""

    start: int
    steps: int
    pitches: tuple[int, ...]
    tied_from: bool = False
    tied_to: bool = False


def voice_of(notes: Iterable[Note], tempo: TempoMap, first: int, is_drum: bool = False) -> list[Chord]:
    """What is struck together, in order.

    Args:
        first: the step that starts are counted from; see `first_step`.
        is_drum: nobody hears when one ends: it lasts until the next strike or beat.
    """
    chords = _chords(notes, tempo, first)
    if not is_drum:
        return chords
    beats = [(chord.start // STEPS + 1) * STEPS for chord in chords]
    following = [chord.start for chord in chords[1:]]
    ends = [min(pair) for pair in zip(beats, [*following, *beats[-1:]], strict=True)]
    return [replace(chord, steps=end - chord.start) for chord, end in zip(chords, ends, strict=True)]


def first_step(tempo: TempoMap) -> int:
    """The step, counted from beat 0, of the last bar line at or before second 0."""
    bars = (tempo.beat_at(0.0) - tempo.downbeat) / tempo.beats_per_bar
    return round(STEPS * (tempo.downbeat + tempo.beats_per_bar * math.floor(bars + 1e-6)))


def _chords(notes: Iterable[Note], tempo: TempoMap, first: int) -> list[Chord]:
    """One hand's chords; starts count from the first bar line."""
    struck: dict[int, list[tuple[int, int]]] = {}  # start -> (end, pitch)
    for note in notes:
        start = max(0, round(STEPS * tempo.beat_at(note.start_s)) - first)
        end = max(start + 1, round(STEPS * tempo.beat_at(note.end_s)) - first)
        struck.setdefault(start, []).append((end, note.pitch))
    starts = sorted(struck)
    chords = []
    for start, following in zip_longest(starts, starts[1:]):
        end = max(end for end, _ in struck[start])
        end = end if following is None else min(end, following)
        chords.append(Chord(start, end - start, tuple(sorted({pitch for _, pitch in struck[start]}))))
    return chords


def in_bars(chords: list[Chord], bar: int, end: int) -> Iterator[Chord]:
    """The same with rests between, cut at bar lines into lengths that can be written, and tied."""
    at = 0
    for chord in [*chords, Chord(end, 0, ())]:
        yield from _cut(Chord(at, chord.start - at, ()), bar)
        yield from _cut(chord, bar)
        at = chord.start + chord.steps


def _cut(chord: Chord, bar: int) -> Iterator[Chord]:
    at, left = chord.start, chord.steps
    while left:
        room = min(left, bar - at % bar)
        steps = next(steps for steps, _, _ in LENGTHS if steps <= room)
        yield Chord(at, steps, chord.pitches, tied_from=at > chord.start, tied_to=left > steps)
        at, left = at + steps, left - steps
