"""Music for two hands: notes that no pianist could reach are left out, held notes are let go in time.

`Player` is sequential: it takes notes as they come and gives final ones. However they are pushed, the result is the
same. What is struck within 30 ms is one group. A group is shared out between a low and a high hand; where it cannot be
played, inner notes go first, and the highest and the lowest note last.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from leap_models.errors import BadParameter
from leap_models.music.hands import Hand, Key, Limits, Plan, Wanted
from leap_models.music.notes import LEFT, RIGHT, Note, Notes

REACH = 14  # semitones, a major ninth: what one hand is asked to span at once
FINGERS = 5  # of one hand
GROUP_S = 0.030  # notes struck within this time of the first are struck together
LEVELS = {  # by level, 1 to 5; between them the table is interpolated
    "reach": (7, 9, 12, 13, REACH),
    "fingers": (2, 3, 4, FINGERS, FINGERS),
    "repeats_per_s": (4.0, 5.0, 7.0, 10.0, 15.0),
    "strikes_per_s": (6.0, 8.0, 11.0, 15.0, 25.0),
}
TOP, BOTTOM, UPPER, INNER = 20.0, 8.0, 2.5, 1.2  # what it costs to leave out the tune, the bass, the highest of a group
CROSSING = 1.5  # what it costs when the left hand reaches over the right; more the further
_TINY_S = 1e-9


def limits(level: float) -> Limits:
    """What a player of that level can do.

    Raises:
        BadParameter: the level is out of range.
    """
    if not 1.0 <= level <= 5.0:
        raise BadParameter(f"level must be from 1 to 5, got {level}")
    found = {name: float(np.interp(level, range(1, 6), row)) for name, row in LEVELS.items()}
    return Limits(int(found["reach"]), int(found["fingers"]), found["repeats_per_s"], found["strikes_per_s"])


def make_playable(notes: Iterable[Note], level: float) -> Notes:
    """The notes as two hands of that level can play them; see `Player`."""
    player = Player(level)
    return player.push(sorted(notes), 0.0) + player.finish()


def onset_groups(notes: Iterable[Note]) -> Iterator[tuple[Note, ...]]:
    """The notes struck together, in order of time."""
    group: list[Note] = []
    for note in sorted(notes):
        if group and note.start_s - group[0].start_s > GROUP_S + _TINY_S:
            yield tuple(group)
            group = []
        group.append(note)
    if group:
        yield tuple(group)


def playable(group: Sequence[Note]) -> bool:
    """Whether two hands, one above the other, can strike these notes at once."""
    keys = sorted(note.pitch for note in group)
    return any(_fits(keys[:split]) and _fits(keys[split:]) for split in range(len(keys) + 1))


def _fits(keys: list[int]) -> bool:
    return not keys or (len(keys) <= FINGERS and keys[-1] - keys[0] <= REACH)


def unplayable_groups(notes: Iterable[Note]) -> int:
    """How many onset groups no two hands can play."""
    return sum(not playable(group) for group in onset_groups(notes))


class Player:
    """Two hands that play what comes, as well as their level allows.

    Every note given out is marked `RIGHT` or `LEFT`. What each hand holds at any moment is within its reach and its
    fingers. Held notes are released early where a hand must go elsewhere, if possible not before a sixteenth; the
    highest sounding note is not released for an inner one. A key struck again ends its earlier note; struck again
    too fast, the earlier note lasts instead.

    Args:
        level: 1.0 to 5.0.

    Raises:
        BadParameter: the level is out of range.
    """

    def __init__(self, level: float) -> None:
        self._limits = limits(level)
        self._right, self._left = Hand(RIGHT, self._limits), Hand(LEFT, self._limits)
        self._coming: deque[Note] = deque()
        self._waiting: list[tuple[Key, Hand]] = []  # played, and not given out
        self._struck: dict[int, tuple[Key, Hand]] = {}  # by pitch, the last time
        self._pushed_s = self._until_s = float("-inf")

    @property
    def until_s(self) -> float:
        """Every note that begins before this time has been given out."""
        return self._until_s

    def push(self, notes: Iterable[Note], until_s: float) -> Notes:
        """Take the next notes, in the order of their onsets; give those that can no longer change.

        Args:
            until_s: every note that begins before has been pushed.
        """
        self._coming.extend(notes)
        self._pushed_s = max(self._pushed_s, until_s)
        self._play(self._pushed_s)
        now_s = min(self._pushed_s, self._coming[0].start_s) if self._coming else self._pushed_s
        open_s = [key.note.start_s for key, _ in self._waiting if not self._is_final(key, now_s)]
        self._until_s = min([now_s, *open_s])
        return self._give(self._until_s)

    def finish(self) -> Notes:
        """The rest."""
        self._play(float("inf"))
        self._until_s = float("inf")
        return self._give(self._until_s)

    def _play(self, until_s: float) -> None:
        """Play every group that is complete."""
        while self._coming and self._coming[0].start_s + GROUP_S + _TINY_S < until_s:
            last_s = self._coming[0].start_s + GROUP_S + _TINY_S
            group = [self._coming.popleft()]
            while self._coming and self._coming[0].start_s <= last_s:
                group.append(self._coming.popleft())
            self._play_group(group)

    def _is_final(self, key: Key, now_s: float) -> bool:
        return max(key.end_s, key.note.start_s + 1.0 / self._limits.repeats_per_s) <= now_s

    def _give(self, until_s: float) -> Notes:
        ready = [(key, hand) for key, hand in self._waiting if key.note.start_s < until_s]
        self._waiting = [(key, hand) for key, hand in self._waiting if key.note.start_s >= until_s]
        return tuple(
            sorted(Note(key.note.start_s, key.end_s, key.pitch, key.note.velocity, hand.side) for key, hand in ready)
        )

    def _play_group(self, group: list[Note]) -> None:
        now_s = group[0].start_s
        for hand in (self._right, self._left):
            hand.forget(now_s)
        fresh = [note for note in _once_each(group) if not self._is_repetition(note)]
        wanted, top = self._wanted(fresh, now_s)
        left, right = min(self._plans(wanted, now_s, top), key=lambda plans: _total(*plans))
        for hand, plan in ((self._left, left), (self._right, right)):
            struck = [(key, hand) for key in hand.follow(plan, now_s)]
            self._waiting += struck
            self._struck.update((key.pitch, (key, hand)) for key, hand in struck)

    def _is_repetition(self, note: Note) -> bool:
        """Whether its key was struck too little before; else the key, if it is down, comes up for it."""
        if note.pitch not in self._struck:
            return False
        key, hand = self._struck[note.pitch]
        if note.start_s - key.note.start_s < 1.0 / self._limits.repeats_per_s - _TINY_S:
            if key in hand.keys or (not key.released and hand.reaches(key.pitch)):
                hand.keys += [] if key in hand.keys else [key]
                key.end_s = max(key.end_s, note.end_s)
            return True
        if key.end_s > note.start_s:
            key.end_s = note.start_s
            hand.keys = [held for held in hand.keys if held is not key]
        return False

    def _wanted(self, fresh: list[Note], now_s: float) -> tuple[list[Wanted], Key | None]:
        """The notes of a group, low to high, with their worth; and the key of the tune, if it is held."""
        held = [key for hand in (self._left, self._right) for key in hand.keys if key.end_s > now_s + 0.1]
        top = max(held, key=lambda key: key.pitch, default=None)
        highest, lowest = (top.pitch, min(key.pitch for key in held)) if top else (-1, 128)

        def worth(index: int) -> float:
            note = fresh[index]
            if index == len(fresh) - 1 and note.pitch > highest:
                return TOP
            if index == 0 and note.pitch < lowest:
                return BOTTOM
            return (UPPER if index == len(fresh) - 1 else INNER) + note.velocity / 127.0

        worths = [worth(index) for index in range(len(fresh))]
        return [Wanted(n, w, tune=w == TOP, inner=w < BOTTOM) for n, w in zip(fresh, worths, strict=True)], top

    def _plans(self, wanted: list[Wanted], now_s: float, top: Key | None) -> Iterator[tuple[Plan, Plan]]:
        """What the left and the right hand would do, for each way of sharing the notes out."""
        for split in range(len(wanted) + 1):
            low = sorted(wanted[:split], key=lambda one: (-one.worth, one.note.pitch))
            high = sorted(wanted[split:], key=lambda one: (-one.worth, -one.note.pitch))
            yield self._left.plan(low, now_s, top), self._right.plan(high, now_s, top)


def _once_each(group: list[Note]) -> list[Note]:
    """Low to high; of two notes on one key the first, as loud and as long as the two."""
    best: dict[int, Note] = {}
    for note in group:
        first = best.get(note.pitch, note)
        end_s, velocity = max(first.end_s, note.end_s), max(first.velocity, note.velocity)
        best[note.pitch] = Note(first.start_s, end_s, note.pitch, velocity, note.track)
    return [best[pitch] for pitch in sorted(best)]


def _total(left: Plan, right: Plan) -> float:
    over = left.highest - right.lowest
    return left.cost + right.cost + (CROSSING + 0.15 * over if over > 0 else 0.0)
