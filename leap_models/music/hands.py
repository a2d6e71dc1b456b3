"""One hand at the keyboard: what it holds, what it can take, and what taking it would cost.

Costs are in one unit throughout: about the loss of a second of one held inner note.
"""

from dataclasses import dataclass, field
from math import inf

from leap_models.music.notes import LEFT, RIGHT, Note

CHORD_S = 0.035  # what a hand strikes within this time it holds at once; a little more than an onset group
SIXTEENTH_S = 0.120  # a note released earlier is heard as cut off: a sixteenth at 125 beats a minute
CUT_OFF = 1.5  # the cost of that
TUNE_HELD = 4.0  # the cost of releasing the highest note that sounds
HOME = (67.0, 50.0)  # MIDI numbers around which the right and the left hand begin
OVERLAP_S = 0.060  # so much of a legato note's end nobody misses
LEFT_ON_TOP = 0.4  # the cost of the left hand playing the tune
RESTS_S = 1.0  # a hand that has played nothing for so long is not in the other's way
FAR = (60, 62)  # below the first the right hand, above the second the left hand is away from its own part of the keys


@dataclass(frozen=True)
class Limits:
    """What a player of some level can do.

    Args:
        reach: semitones that one hand spans.
        fingers: keys that one hand holds.
        repeats_per_s: how often one key can be struck.
        strikes_per_s: how often a hand plays notes between tune and bass.
    """

    reach: int
    fingers: int
    repeats_per_s: float
    strikes_per_s: float


@dataclass(slots=True, eq=False)
class Key:
    """A key that was struck; `end_s` may come earlier than written, or later if a repetition was left out."""

    note: Note
    end_s: float
    released: bool = False

    @property
    def pitch(self) -> int:
        """MIDI number."""
        return self.note.pitch


@dataclass(frozen=True, slots=True)
class Wanted:
    """A note to be played, and what leaving it out would cost."""

    note: Note
    worth: float
    tune: bool = False
    inner: bool = False  # neither the tune nor the bass


@dataclass(frozen=True, slots=True)
class Plan:
    """What a hand would do with the notes it is offered."""

    taken: tuple[Note, ...] = ()
    released: tuple[Key, ...] = ()
    cost: float = 0.0
    lowest: float = inf  # of all it holds then; where it was, if that is nothing
    highest: float = -inf


@dataclass(slots=True)
class Hand:
    """Remembers what it holds and where it is."""

    side: int
    limits: Limits
    keys: list[Key] = field(default_factory=list)
    place: float = field(init=False)  # MIDI number in the middle of what it played last
    struck_s: float = -inf

    def __post_init__(self) -> None:
        self.place = HOME[self.side]

    def forget(self, now_s: float) -> None:
        """Keys that are up again no longer matter, unless they belong to the chord being played."""
        self.keys = [key for key in self.keys if key.end_s > now_s or key.note.start_s >= now_s - CHORD_S]

    def reaches(self, pitch: int) -> bool:
        """Whether it can hold this key with all that it holds."""
        pitches = [pitch, *(key.pitch for key in self.keys)]
        return max(pitches) - min(pitches) <= self.limits.reach and len(pitches) <= self.limits.fingers

    def plan(self, wanted: list[Wanted], now_s: float, top: Key | None) -> Plan:
        """Take what is worth more than the held notes it would cost, the dearest first.

        Args:
            wanted: dearest first.
            top: the key of the tune, if it is held.
        """
        fixed = [key.pitch for key in self.keys if key.note.start_s >= now_s - CHORD_S]
        loose = [key for key in self.keys if key.note.start_s < now_s - CHORD_S]
        taken: list[Note] = []
        released: list[Key] = []
        cost = 0.0
        for one in wanted:
            going = self._going(one, fixed, loose, now_s, top)
            price = inf if going is None else sum(release_cost(key, now_s, top) for key in going)
            cost += min(price, one.worth)
            if going is not None and price <= one.worth:
                taken.append(one.note)
                fixed.append(one.note.pitch)
                released += going
                loose = [key for key in loose if key not in going]
        held = fixed + [key.pitch for key in loose]
        idle = [self.place] if now_s - self.struck_s < RESTS_S else []
        low, high = min(held or idle, default=inf), max(held or idle, default=-inf)
        if self.side == LEFT and taken and wanted[0].tune and wanted[0].note.pitch >= FAR[0]:
            cost += LEFT_ON_TOP
        return Plan(tuple(taken), tuple(released), cost + self._effort(taken, low, high, now_s), low, high)

    def _going(
        self, one: Wanted, fixed: list[int], loose: list[Key], now_s: float, top: Key | None
    ) -> list[Key] | None:
        """Which held keys must go for this note; None: it cannot be played."""
        together = [*fixed, one.note.pitch]
        low, high = min(together), max(together)
        reach, fingers = self.limits.reach, self.limits.fingers
        if high - low > reach or len(together) > fingers:
            return None
        if one.inner and CHORD_S < now_s - self.struck_s < 1.0 / self.limits.strikes_per_s:
            return None
        going = [key for key in loose if high - key.pitch > reach or key.pitch - low > reach]
        spare = sorted((key for key in loose if key not in going), key=lambda key: release_cost(key, now_s, top))
        return going + spare[: max(0, len(spare) + len(together) - fingers)]

    def _effort(self, taken: list[Note], low: float, high: float, now_s: float) -> float:
        """The cost of getting there."""
        if not taken:
            return 0.0
        leap = max(0.0, abs((low + high) / 2.0 - self.place) - 4.0)
        away = sum(max(0, FAR[0] - n.pitch if self.side == RIGHT else n.pitch - FAR[1]) for n in taken)
        return min(3.0, 0.02 * leap / (0.1 + now_s - self.struck_s)) + 0.08 * away

    def follow(self, plan: Plan, now_s: float) -> list[Key]:
        """Do it; gives the keys that were struck."""
        for key in plan.released:
            key.end_s, key.released = now_s, True
        gone = set(map(id, plan.released))
        struck = [Key(note, note.end_s) for note in plan.taken]
        self.keys = [key for key in self.keys if id(key) not in gone] + struck
        if struck:
            self.place, self.struck_s = (plan.lowest + plan.highest) / 2.0, now_s
        return struck


def release_cost(key: Key, now_s: float, top: Key | None) -> float:
    """What is lost when a held key is let go now."""
    rest_s = max(0.0, key.end_s - now_s - OVERLAP_S)
    cost = min(rest_s, 1.0)
    if rest_s > 0.0 and now_s - key.note.start_s < SIXTEENTH_S:
        cost += CUT_OFF
    if key is top:
        cost += TUNE_HELD * min(1.0, rest_s / 0.25)
    return cost
