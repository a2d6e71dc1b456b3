"""New music for a part of an arrangement: what lies outside stays, and both seams are joined.

A note belongs to the side on which it begins. One that sounds across a seam is held until its hand has something else
to do. Within a moment of a seam, where both sides would strike at once, what was kept wins.
"""

import math
from collections.abc import Iterable
from dataclasses import replace

from leap_models.music.notes import Note, Notes, Pedal
from leap_models.music.playability import GROUP_S


class Splicer:
    """Takes the new notes as they become final, and gives the whole arrangement in order.

    Args:
        kept: the arrangement so far, sorted; what begins between `start_s` and `end_s` is left out.
    """

    def __init__(self, kept: Notes, start_s: float, end_s: float) -> None:
        self._start_s, self._end_s = start_s, end_s
        self._before = [note for note in kept if note.start_s < start_s]
        self._after = [note for note in kept if note.start_s >= end_s]
        self._new: list[Note] = []
        self._given_s = -math.inf  # what begins before has been given
        self.until_s = -math.inf  # every note that begins before is final

    def push(self, notes: Iterable[Note], until_s: float) -> Notes:
        """Take the next new notes; give those of the arrangement that are final.

        Args:
            until_s: all new notes that begin before it have been pushed; infinite at the end.
        """
        self._new += [held for note in notes if (held := self._fitted(note)) is not None]
        before = [self._held(note, self._new) for note in self._before]
        open_s = [note.start_s for note in before if note.end_s > max(until_s, self._start_s)]
        self.until_s = min([until_s, *open_s])
        ready = [n for n in (*before, *self._new, *self._after) if self._given_s <= n.start_s < self.until_s]
        self._given_s = max(self._given_s, self.until_s)
        return tuple(sorted(ready))

    def _fitted(self, note: Note) -> Note | None:
        """A new note beside what is kept; None if there is no place for it."""
        if not self._start_s <= note.start_s < self._end_s:
            return None
        kept = (*self._before[-24:], *self._after[:24])  # many more than two hands can strike at once
        if any(abs(note.start_s - each.start_s) < GROUP_S for each in kept):
            return None
        return self._held(note, self._after)

    def _held(self, note: Note, following: Iterable[Note]) -> Note:
        """The note, until its hand or its key is needed on the other side of the seam."""
        seam_s = self._start_s if note.start_s < self._start_s else self._end_s
        if note.end_s <= seam_s:
            return note
        ends = (
            each.start_s for each in following
            if each.start_s >= seam_s and (each.track == note.track or each.pitch == note.pitch)
        )  # fmt: skip
        return replace(note, end_s=min([note.end_s, *ends]))


def splice_pedals(kept: Iterable[Pedal], new: Iterable[Pedal], start_s: float, end_s: float) -> tuple[Pedal, ...]:
    """The new pedal between `start_s` and `end_s`, the kept one outside; a press that crosses a seam is cut there."""
    cut = [
        *(Pedal(each.start_s, min(each.end_s, start_s)) for each in kept if each.start_s < start_s),
        *(Pedal(max(each.start_s, start_s), min(each.end_s, end_s)) for each in new if each.start_s < end_s),
        *(Pedal(max(each.start_s, end_s), each.end_s) for each in kept if each.end_s > end_s),
    ]
    return tuple(sorted((each for each in cut if each.end_s > each.start_s), key=lambda each: each.start_s))
