"""Simpler versions of an arrangement: the tune and the bass stay, what lies between them is thinned.

A level between two whole ones is the lower one with some of the notes by which the upper one is richer, those on
strong beats first. Between phrases of the tune the highest other notes take its place, so that the right hand is never
idle for long.

| level | bass              | other notes                             | tune between phrases |
|-------|-------------------|-----------------------------------------|----------------------|
| 1     | root, half bars   | none                                    | one note a beat      |
| 2     | half bars         | one chord note a beat                   | two                  |
| 3     | beats             | two on beats, one on other eighths      | all                  |
| 4     | eighths           | three on beats, two on other sixteenths | all                  |
| 5     | as it was         | as it was                               | all                  |

Conventions: beats count from the first bar line of the tempo map; a slot is one step of a level's grid.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter
from leap_models.music.notes import Note, Notes
from leap_models.music.tempo import TempoMap
from leap_models.music.texture import BASS_BELOW, Part, half_bar, on_the_bass, take_apart
from leap_models.music.voices import top_line, without

LOWEST, HIGHEST = 1, 5
EARLY_BEATS = 0.15  # how far before a slot a note may be struck and still belong to it, and not be moved
AHEAD_BEATS = 0.55  # a note struck so little before a slot of a beat or more and held into it anticipates it

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Tier:
    """The rules of one level.

    Args:
        bass_step, step, lead_step: in beats, of the bass, of the notes between, and of what replaces a resting
            tune; 0: all.
        chord, between: how many notes between bass and tune in a step that begins a beat, and in another.
        reach: how far they may lie from the bass or from the tune, in semitones.
        loose: they keep their times, and may lie above the tune.
    """

    bass_step: float
    step: float
    chord: int
    between: int
    reach: int
    lead_step: float
    loose: bool = False


_TIERS = {
    1: _Tier(2.0, 1.0, 0, 0, 0, 1.0),
    2: _Tier(2.0, 1.0, 1, 1, 9, 0.5),
    3: _Tier(1.0, 0.5, 2, 1, 12, 0.0),
    4: _Tier(0.5, 0.25, 3, 2, 14, 0.0, loose=True),
}
_ROOT, _MAJOR, _MINOR = 1.2, (0, 4, 7), (0, 3, 7)
_TRIADS = np.zeros((24, 12))
for _row in range(24):
    _TRIADS[_row, (np.array(_MAJOR if _row < 12 else _MINOR) + _row) % 12] = (_ROOT, 1.0, 1.0)


@dataclass(frozen=True)
class _Kept:
    """Which notes of a part a level has, and from which beat to which."""

    index: _Ints
    start: _Floats
    end: _Floats

    def only(self, chosen: _Ints | npt.NDArray[np.bool_]) -> "_Kept":
        """Some of them: by their places, or by a mask."""
        return _Kept(self.index[chosen], self.start[chosen], self.end[chosen])


def _joined(*several: _Kept) -> _Kept:
    columns = ([getattr(kept, name) for kept in several] for name in ("index", "start", "end"))
    return _Kept(*(np.concatenate(column) for column in columns))


def reduce(notes: Notes, level: float, tempo: TempoMap, melody: Notes | None = None) -> Notes:
    """The arrangement as somebody of that level would play it.

    Args:
        notes: the whole arrangement, sorted by time.
        level: 1.0 (first year) to 5.0 (everything).
        melody: the tune, which is kept note by note; None: the top line of `notes`.

    Raises:
        BadParameter: the level is out of range.
    """
    if not LOWEST <= level <= HIGHEST:
        raise BadParameter(f"level must be from {LOWEST} to {HIGHEST}, got {level}")
    tune = top_line(notes) if melody is None else melody
    rest = without(notes, tune)
    if level == HIGHEST or not rest:
        return _without_clashes((*tune, *rest))
    tempo = on_the_bass(rest, tempo)
    part = take_apart(rest, tune, tempo)
    lower = int(level)
    kept = _between(part, _level(part, lower, tempo), _level(part, lower + 1, tempo), level - lower)
    return _without_clashes((*tune, *_placed(part, kept, tempo)))


def _slots(part: Part, step: float) -> _Ints:
    """The slot each note belongs to: the one it is struck in, or the one it anticipates."""
    slot = np.floor((part.start + EARLY_BEATS) / step).astype(np.int64)
    if step >= 1.0:
        following = (slot + 1) * step
        slot += (following - part.start <= AHEAD_BEATS) & (part.end >= following + 0.25)
    return slot


def _level(part: Part, level: int, tempo: TempoMap) -> _Kept:
    """What one whole level has of the part."""
    if level == HIGHEST:
        return _Kept(np.arange(len(part.pitch)), part.start, part.end)
    tier = _TIERS[level]
    if tier.bass_step == 2.0:
        tier = replace(tier, bass_step=half_bar(tempo))
    triad = _triads(part)
    lead = _leads(part, tier)
    bass = _bass(part, tier, triad)
    others = _others(part, tier, triad, np.concatenate([lead, bass.index]), bass)
    as_was = _Kept(lead, part.start[lead], part.end[lead])
    return _joined(as_was, bass, others)


def _triads(part: Part) -> _Ints:
    """The triad (root + 12 if minor) that fits best what is struck in each note's half bar."""
    half = np.floor((part.start + EARLY_BEATS) / 2.0).astype(np.int64)
    half -= half.min()
    weight = np.clip(part.end - part.start, 0.1, 2.0)
    cells = np.bincount(half * 12 + part.pitch % 12, weight, (half.max() + 1) * 12).reshape(-1, 12)
    return np.asarray((cells @ _TRIADS.T).argmax(axis=1)[half])


def _first_of(slot: _Ints, priority: _Floats, index: _Ints, count: int | _Ints = 1) -> _Ints:
    """Of the notes `index`, at most `count` in each one's slot: those of the lowest priority number."""
    order = index[np.lexsort((priority[index], slot[index]))]
    _, first, number = np.unique(slot[order], return_index=True, return_counts=True)
    most = np.broadcast_to(count, slot.shape)[order]
    return np.asarray(order[np.arange(len(order)) - np.repeat(first, number) < most])


def _leads(part: Part, tier: _Tier) -> _Ints:
    index = np.flatnonzero(part.lead)
    if tier.lead_step == 0.0:
        return index
    return np.sort(_first_of(_slots(part, tier.lead_step), -part.pitch.astype(np.float64), index))


def _bass(part: Part, tier: _Tier, triad: _Ints) -> _Kept:
    """The lowest note of each slot, or the root above it; long notes where the steps are long."""
    slot = _slots(part, tier.bass_step)
    root = part.pitch % 12 == triad % 12
    priority = part.pitch + 4.0 * abs(part.start - slot * tier.bass_step) - 7.0 * root
    index = _first_of(slot, priority, np.flatnonzero((part.pitch < BASS_BELOW) & ~part.lead))
    if tier.loose:
        return _Kept(index, part.start[index], part.end[index])
    start = _on_grid(part.start[index], slot[index], tier.bass_step)
    end = start + np.maximum((part.end - part.start)[index], tier.bass_step)
    following = np.append(start[1:], np.inf)
    if tier.bass_step >= 2.0:
        end = np.minimum(following, start + 2.0 * tier.bass_step)
    return _Kept(index, start, np.minimum(end, following))


def _on_grid(start: _Floats, slot: _Ints, step: float) -> _Floats:
    """Where a note is moved: to the start of its slot, or, far from that, to the nearest eighth."""
    slot_start = slot.astype(np.float64) * step
    away = abs(start - slot_start)
    return np.where(away <= EARLY_BEATS, start, np.where(away <= AHEAD_BEATS, slot_start, np.round(start * 2.0) / 2.0))


def _others(part: Part, tier: _Tier, triad: _Ints, taken: _Ints, bass: _Kept) -> _Kept:
    """The notes between bass and tune that say most about the harmony."""
    slot = _slots(part, tier.step)
    slot_start = slot * tier.step
    last = np.searchsorted(bass.start, slot_start + EARLY_BEATS + 1e-9, side="right") - 1
    floor = np.where(last >= 0, part.pitch[bass.index][last], 0) if len(bass.index) else np.zeros(len(slot), np.int64)
    third = np.where(triad < 12, 4, 3)
    above_root = (part.pitch - triad) % 12
    value = np.select([above_root == third, above_root == 7, above_root == 0], [0.0, 0.5, 2.0], 5.0)
    priority = value + 2.0 * abs(part.start - slot_start) / tier.step + 0.1 * np.maximum(part.pitch - floor - 12, 0)
    free = np.ones(len(slot), bool)
    free[taken] = False
    free &= (part.pitch > floor) & (np.minimum(part.pitch - floor, abs(part.tune - part.pitch)) <= tier.reach)
    if not tier.loose:
        free &= ~(part.sung & (part.pitch >= part.tune))
    if tier.chord == 1:
        free &= part.pitch % 12 != floor % 12
    index = _first_of(slot, priority, np.flatnonzero(free), np.where(slot_start % 1.0 == 0.0, tier.chord, tier.between))
    if tier.loose:
        return _Kept(index, part.start[index], part.end[index])
    start = _on_grid(part.start[index], slot[index], tier.step)
    return _Kept(index, start, start + np.maximum((part.end - part.start)[index], min(tier.step, 0.5)))


def _between(part: Part, lower: _Kept, upper: _Kept, share: float) -> _Kept:
    """`lower` with `share` of what `upper` has more, strong beats first, and without that share of what it lacks."""
    if share == 0.0:
        return lower
    spread = (np.arange(len(part.pitch)) * 0.6180339887) % 1.0  # evenly over the song, the same for every share
    gone = ~np.isin(lower.index, upper.index) & (spread[lower.index] < share)
    both = np.isin(upper.index, lower.index)
    new = np.flatnonzero(~both)
    beat = upper.start[new]
    weakness = np.select([abs(beat % step) < EARLY_BEATS for step in (2.0, 1.0, 0.5)], [0.0, 1.0, 2.0], 3.0)
    order = new[np.argsort(weakness + spread[upper.index[new]], kind="stable")]
    added = order[: round(share * len(new))]
    near = upper if share >= 0.5 else lower
    stays = np.isin(near.index, upper.index if near is lower else lower.index)
    alone = ~gone & ~np.isin(lower.index, upper.index)
    return _joined(near.only(stays), lower.only(alone), upper.only(added))


def _placed(part: Part, kept: _Kept, tempo: TempoMap) -> Iterable[Note]:
    """The kept notes at their beats; those that were not moved are the very notes that were given."""
    start_s = tempo.seconds_at(kept.start + tempo.downbeat)
    end_s = tempo.seconds_at(kept.end + tempo.downbeat)
    for index, begin, stop in zip(kept.index.tolist(), start_s.tolist(), end_s.tolist(), strict=True):
        note = part.notes[index]
        moved = abs(begin - note.start_s) > 1e-6 or abs(stop - note.end_s) > 1e-6
        yield Note(max(0.0, begin), stop, note.pitch, note.velocity, note.track) if moved else note


def _without_clashes(notes: Iterable[Note]) -> Notes:
    """One note at a time on each key: a note ends where its key is struck again, which then is held for both."""
    last: dict[int, Note] = {}
    done: list[Note] = []
    for note in sorted(notes):
        held = last.get(note.pitch)
        if held is not None and note.start_s - held.start_s < 0.05:
            last[note.pitch] = held if held.end_s >= note.end_s else replace(held, end_s=note.end_s)
            continue
        last[note.pitch] = note
        if held is not None and held.end_s > note.start_s:
            last[note.pitch] = note if note.end_s >= held.end_s else replace(note, end_s=held.end_s)
            held = replace(held, end_s=note.start_s)
        if held is not None:
            done.append(held)
    return tuple(sorted((*done, *last.values())))
