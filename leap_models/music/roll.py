"""Rolls: notes as three planes over time, and the way back.

Three planes rather than one, because a roll of velocities alone melts repeated notes into held ones and, where two
windows that disagree are crossfaded, leaves ghosts: quiet notes that neither window meant.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter
from leap_models.music.events import LOOKAHEAD_FRAMES, Kind, find_events
from leap_models.music.notes import PITCHES, Note, Notes

Plane = npt.NDArray[np.float32]  # (tracks, 128, frames), 0..1, row = MIDI number


@dataclass(frozen=True, eq=False)
class Roll:
    """Notes as planes of one shape (tracks, 128, frames), float32 in 0..1.

    Args:
        sounding: how surely a note sounds.
        onset: how surely a note is struck in this very frame.
        velocity: velocity / 127 while the note sounds; means nothing where `sounding` is low.
        rate: frames per second.

    Raises:
        BadParameter: the planes differ in shape, or the shape is not (tracks, 128, frames).
    """

    sounding: Plane
    onset: Plane
    velocity: Plane
    rate: int

    def __post_init__(self) -> None:
        shapes = [plane.shape for plane in (self.sounding, self.onset, self.velocity)]
        if len(set(shapes)) > 1 or len(shapes[0]) != 3 or shapes[0][1] != PITCHES:
            raise BadParameter(f"the planes of a roll must be of one shape (tracks, 128, frames), got {shapes}")
        if self.rate <= 0:
            raise BadParameter(f"the rate of a roll must be positive, got {self.rate}")

    @property
    def tracks(self) -> int:
        """How many tracks."""
        return int(self.sounding.shape[0])

    @property
    def frames(self) -> int:
        """How many frames."""
        return int(self.sounding.shape[2])

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return self.frames / self.rate

    def part(self, first: int, end: int | None = None) -> "Roll":
        """The frames from `first` up to, without, `end`: views, not copies."""
        cut = np.s_[:, :, first:end]
        return Roll(self.sounding[cut], self.onset[cut], self.velocity[cut], self.rate)

    def followed_by(self, other: "Roll") -> "Roll":
        """This roll and then the other."""
        return Roll(
            np.concatenate((self.sounding, other.sounding), axis=-1),
            np.concatenate((self.onset, other.onset), axis=-1),
            np.concatenate((self.velocity, other.velocity), axis=-1),
            self.rate,
        )


def empty_roll(rate: int, frames: int, tracks: int = 1) -> Roll:
    """A roll in which nothing sounds."""
    sounding, onset, velocity = np.zeros((3, tracks, PITCHES, frames), np.float32)
    return Roll(sounding, onset, velocity, rate)


def notes_to_roll(notes: Iterable[Note], rate: int, frames: int, tracks: int = 1, offset_s: float = 0.0) -> Roll:
    """Draw notes on a new roll. A key struck again while it sounds ends its earlier note.

    Args:
        rate: frames per second; times are rounded to frames, and a note has at least one.
        tracks: 1 puts all notes on one track, whichever theirs is.
        offset_s: the time of frame 0. A note that began before it sounds from frame 0, without an onset.

    Raises:
        BadParameter: a pitch outside 0..127, or a track that the roll has not.
    """
    roll = empty_roll(rate, frames, tracks)
    for note in sorted(notes):
        track = 0 if tracks == 1 else note.track
        if not (0 <= note.pitch < PITCHES and 0 <= track < tracks):
            raise BadParameter(f"pitch must be 0..127 and track 0..{tracks - 1}, got {note.pitch} and {note.track}")
        first = math.floor((note.start_s - offset_s) * rate + 0.5)
        end = max(first + 1, math.floor((note.end_s - offset_s) * rate + 0.5))
        if first < frames and end > 0:
            _draw(roll, track, note, first, end)
    return roll


def roll_to_notes(roll: Roll, offset_s: float = 0.0, on: float = 0.5, off: float = 0.3, min_s: float = 0.05) -> Notes:
    """Read a whole roll at once; see `NoteReader`."""
    reader = NoteReader(offset_s, on, off, min_s)
    return reader.push(roll) + reader.finish()


class NoteReader:
    """Reads a roll that arrives in pieces; however it is cut, the notes are the same.

    A note begins at a peak of the onset plane of at least `on`, or, where there is none, where `sounding` rises
    through `on`. It ends where `sounding` falls below `off`, or where its key is struck again. A second onset within
    `min_s` is the same one. Its velocity is the mean over its frames, weighted by how surely it sounds.

    Args:
        offset_s: the time of the first frame.
        on, off: thresholds, 0 < off <= on <= 1.
        min_s: shorter notes are dropped.
        longest_s: a note still sounding after that ends there, so that nothing waits for it; None: no limit.

    Raises:
        BadParameter: thresholds or lengths out of range.
    """

    def __init__(
        self,
        offset_s: float = 0.0,
        on: float = 0.5,
        off: float = 0.3,
        min_s: float = 0.05,
        longest_s: float | None = None,
    ) -> None:
        if not 0.0 < off <= on <= 1.0:
            raise BadParameter(f"thresholds must be 0 < off <= on <= 1, got off {off} and on {on}")
        if min_s < 0.0 or (longest_s is not None and longest_s <= min_s):
            raise BadParameter(f"lengths must be 0 <= min_s < longest_s, got {min_s} and {longest_s}")
        self._offset_s, self._on, self._off = offset_s, on, off
        self._min_s, self._longest_s = min_s, longest_s
        self._kept: Roll | None = None  # from the frame `_first` on: what may still be needed
        self._first = 0  # the frame of the piece at which `_kept` begins
        self._decided = 0  # the first frame of the piece that is not decided
        self._begun: dict[int, int] = {}  # row -> frame of the piece at which its note began
        self._spent: set[int] = set()  # rows of notes cut at `longest_s` that have not fallen silent
        self._ended: list[Note] = []  # not given out, because an earlier note still sounds

    @property
    def until_s(self) -> float:
        """Every note that begins before this time has been given out."""
        rate = 1 if self._kept is None else self._kept.rate
        return self._offset_s + min([self._decided, *self._begun.values()]) / rate

    def push(self, roll: Roll) -> Notes:
        """Take the next frames; give the notes that became final, in the order of their onsets.

        Raises:
            BadParameter: the rate or the number of tracks changed.
        """
        if self._kept is None:
            lead = empty_roll(roll.rate, LOOKAHEAD_FRAMES, roll.tracks)  # so that frame 0 has a past
            self._kept, self._first = lead, -LOOKAHEAD_FRAMES
        if (roll.rate, roll.tracks) != (self._kept.rate, self._kept.tracks):
            raise BadParameter("every part of a roll must have the same rate and the same number of tracks")
        self._kept = self._kept.followed_by(roll)
        self._decide(self._first + self._kept.frames - LOOKAHEAD_FRAMES)
        return self._give()

    def finish(self) -> Notes:
        """The rest; notes still sounding end with the roll."""
        if self._kept is None:
            return ()
        end = self._first + self._kept.frames
        self._kept = self._kept.followed_by(empty_roll(self._kept.rate, LOOKAHEAD_FRAMES, self._kept.tracks))
        self._decide(end)
        for row in list(self._begun):
            self._end(row, end)
        return self._give()

    def _decide(self, end: int) -> None:
        """Follow every row from the first undecided frame up to, without, `end`."""
        kept = self._kept
        if kept is None or end <= self._decided:
            return
        first = self._decided - self._first
        stop = end - self._first + LOOKAHEAD_FRAMES
        part = kept.part(first - LOOKAHEAD_FRAMES, stop)
        for event in find_events(part.sounding, part.onset, self._on, self._off):
            self._follow(event.row, event.frame + self._decided, event.kind)
        for row, began in list(self._begun.items()):
            self._expire(row, began, end)
        self._decided = end
        needed = min([end - LOOKAHEAD_FRAMES, *self._begun.values()])
        self._kept, self._first = kept.part(needed - self._first), needed

    def _follow(self, row: int, frame: int, kind: Kind) -> None:
        if row in self._begun:
            self._expire(row, self._begun[row], frame)
        if kind is Kind.FALL:
            self._spent.discard(row)
            self._end(row, frame)
        elif row not in self._begun:
            if kind is Kind.STRIKE or row not in self._spent:
                self._spent.discard(row)
                self._begun[row] = frame
        elif kind is Kind.STRIKE and not self._short(frame - self._begun[row]):
            self._end(row, frame)
            self._begun[row] = frame

    def _expire(self, row: int, began: int, frame: int) -> None:
        """End the note of `row` if it has lasted `longest_s` by `frame`."""
        if self._longest_s is None or self._kept is None:
            return
        last = began + max(1, int(self._longest_s * self._kept.rate + 1e-6))
        if frame >= last:
            self._end(row, last)
            self._spent.add(row)

    def _end(self, row: int, frame: int) -> None:
        began = self._begun.pop(row, None)
        kept = self._kept
        if began is None or kept is None or self._short(frame - began):
            return
        track, pitch = divmod(row, PITCHES)
        span = np.s_[track, pitch, began - self._first : frame - self._first]
        sure = kept.sounding[span].astype(np.float64)
        velocity = float(np.average(kept.velocity[span], weights=sure))
        start_s, end_s = self._offset_s + began / kept.rate, self._offset_s + frame / kept.rate
        self._ended.append(Note(start_s, end_s, pitch, min(127, max(1, round(127 * velocity))), track))

    def _short(self, frames: int) -> bool:
        rate = 1 if self._kept is None else self._kept.rate
        return frames < self._min_s * rate - 1e-6

    def _give(self) -> Notes:
        until_s = self.until_s
        ready = tuple(sorted(note for note in self._ended if note.start_s < until_s))
        self._ended = [note for note in self._ended if note.start_s >= until_s]
        return ready


def _draw(roll: Roll, track: int, note: Note, first: int, end: int) -> None:
    begin = max(first, 0)
    loudness = note.velocity / 127
    if first >= 0 and roll.onset[track, note.pitch, first] == 0.0:
        roll.sounding[track, note.pitch, first:] = 0.0  # notes come in order, so only earlier ones sound here
        roll.velocity[track, note.pitch, first:] = 0.0
        roll.onset[track, note.pitch, first] = 1.0
    roll.sounding[track, note.pitch, begin:end] = 1.0
    roll.velocity[track, note.pitch, begin:end] = loudness
