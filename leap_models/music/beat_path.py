"""The most likely sequence of beats through the activations, with a tempo that may drift but seldom jumps.

A beat at frame t that ends an interval of k frames scores what the network heard at t and what was best k frames
before; so the search looks at every frame and every interval, and needs no more than the longest interval behind it.
The path back from the newest frame is read at any time; what lies some seconds behind it hardly ever changes.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leap_models.music.beat_network import FRAME_RATE

Floats = npt.NDArray[np.float64]

SHORTEST, LONGEST = 12, 60  # frames between beats: 250 to 50 bpm
_LATE_S = 0.003  # by which the network hears a beat after it began, in the mean over rendered songs
KEPT_S = 30.0  # how far back what was heard is remembered

# All in nats. Found by a random search on rendered pop songs, with and without drums.
_GAIN = -1.1  # of a beat where the network is undecided: a tempo must earn its beats, or fewer would do
_SIDE = 0.6  # share of an activation that counts one frame off
_FLOOR = 0.05  # no silence speaks louder against a beat than this probability
_USUAL_BPM = (66.0, 140.0)
_UNUSUAL = 0.5  # lost per beat and octave outside
_REACH = 4  # frames by which an interval may differ from the one before
_DRIFT = 0.4  # lost when it does
_BEND = 60.0  # lost per relative change beyond one frame, which rounding explains
_JUMP = 30.0  # lost for any other change of tempo
_FRESH = 1.0  # lost for it after a rest, when a new tempo is as good as the old one
_REST = (100, 5)  # frames: from 2 s before a beat until it begins
_QUIET = 0.15  # no probability of a beat in a rest is more


@dataclass(frozen=True)
class Path:
    """Beats in the order of time, one entry each.

    Args:
        times_s: finer than frames.
        strengths: 0..1, what the network heard there.
    """

    times_s: Floats
    strengths: Floats

    def between(self, start_s: float, end_s: float) -> "Path":
        """The beats in [start_s, end_s)."""
        return self.chosen((self.times_s >= start_s) & (self.times_s < end_s))

    def chosen(self, which: npt.NDArray[np.bool_]) -> "Path":
        """The beats for which `which` is true."""
        return Path(self.times_s[which], self.strengths[which])

    def __len__(self) -> int:
        return len(self.times_s)


def joined(first: Path, second: Path) -> Path:
    """The beats of both, the second's after the first's."""
    times_s = np.concatenate([first.times_s, second.times_s])
    return Path(times_s, np.concatenate([first.strengths, second.strengths]))


class BeatPath:
    """Activations in, frame by frame; the best path out."""

    def __init__(self) -> None:
        self._intervals = np.arange(SHORTEST, LONGEST + 1)
        self._own_cost = _unusual(self._intervals)
        self._moves, self._move_costs = _moves(self._intervals)
        self._columns = np.arange(len(self._intervals))
        kept = round(KEPT_S * FRAME_RATE)
        self._heard = np.zeros(0)  # probability of any beat in the frames that are kept
        self._first = 0  # frame of the first of them
        self._next = 1  # frame to be scored next; the first has no neighbour and cannot be a beat
        self._scores = np.full((LONGEST, len(self._intervals)), 0.0)  # of paths that go on with an interval
        self._ends = np.full((LONGEST, len(self._intervals)), -np.inf)  # of paths that end here; by frame % LONGEST
        self._came_by = np.zeros((kept, len(self._intervals)), np.int8)  # interval before the one that goes on

    def push(self, activations: npt.NDArray[np.float32]) -> None:
        """Take the next frames, (frames, 2); each is used when the one after it is there."""
        self._heard = np.concatenate([self._heard, activations.sum(axis=1, dtype=np.float64)])
        until = self._first + len(self._heard) - 1
        if until > self._next:
            gains = _gains(self._heard[self._next - 1 - self._first :])
            jumps = _jumps(self._heard, np.arange(self._next, until) - self._first)
            for start in range(0, len(gains), SHORTEST):
                part = slice(start, start + SHORTEST)
                self._step(self._next + start, gains[part], jumps[part])
            self._next = until
        surplus = len(self._heard) - len(self._came_by)
        if surplus > 0:
            self._heard = self._heard[surplus:]
            self._first += surplus

    def finish(self) -> None:
        """No more frames come."""
        self.push(np.zeros((1, 2), np.float32))

    def trace(self) -> Path:
        """The beats of the best path so far, as far back as it is kept."""
        newest = self._next - 1
        order = np.arange(max(1, newest - LONGEST + 1), newest + 1)
        if not len(order):
            return Path(*np.zeros((2, 0)))
        place, column = np.unravel_index(self._ends[order % LONGEST].argmax(), (len(order), len(self._columns)))
        frame, frames = int(order[place]), []
        while frame > self._first:
            frames.append(frame)
            frame -= int(self._intervals[column])
            column = self._came_by[frame % len(self._came_by), column]
        return self._path(np.array(frames[::-1], np.int64))

    def _step(self, first: int, gains: Floats, jump_costs: Floats) -> None:
        """Score at most SHORTEST frames at once: none of them can be the beat before another."""
        frames = np.arange(first, first + len(gains))
        before = (frames[:, None] - self._intervals) % LONGEST
        ends = self._scores[before, self._columns] + (self._own_cost + gains[:, None])  # (frames, intervals)
        padded = np.concatenate([ends, np.full((len(ends), 1), -np.inf)], axis=1)
        options = padded[:, self._moves] + self._move_costs  # (frames, intervals, moves)
        by = options.argmax(axis=2)
        scores = np.take_along_axis(options, by[:, :, None], axis=2)[:, :, 0]
        best = ends.argmax(axis=1)[:, None]
        jumps = np.take_along_axis(ends, best, axis=1) + jump_costs[:, None]
        rows = frames % LONGEST
        self._ends[rows] = ends
        self._scores[rows] = np.maximum(scores, jumps)
        came_by = np.where(jumps > scores, best, self._moves[self._columns, by])
        self._came_by[frames % len(self._came_by)] = came_by

    def _path(self, frames: npt.NDArray[np.int64]) -> Path:
        places = frames - self._first
        heard = self._heard
        logs = np.log(np.maximum(heard, 1e-3))
        left, middle, right = (logs[np.clip(places + step, 0, len(logs) - 1)] for step in (-1, 0, 1))
        # The top of the parabola through three neighbours.
        bend = np.minimum(left - 2 * middle + right, -1e-9)
        offsets = np.clip(0.5 * (left - right) / bend, -0.5, 0.5)
        around = [np.clip(places + step, 0, len(heard) - 1) for step in (-1, 0, 1)]
        strengths = np.max([heard[place] for place in around], axis=0)
        return Path((frames + offsets) / FRAME_RATE - _LATE_S, strengths)


def _gains(heard: Floats) -> Floats:
    """What a beat gains at each frame but the first and the last: log odds, from the frame and its neighbours."""
    near = _SIDE * np.maximum(heard[:-2], heard[2:])
    probability = np.clip(np.maximum(near, heard[1:-1]), _FLOOR, 0.99)
    gains: Floats = np.log(probability / (1.0 - probability)) + _GAIN
    return gains


def _jumps(heard: Floats, places: npt.NDArray[np.int64]) -> Floats:
    """What a jump to another tempo costs at some frames."""
    start, end = _REST
    padded = np.concatenate([np.zeros(start), heard])
    loudest = np.lib.stride_tricks.sliding_window_view(padded, start - end)[places].max(axis=1)
    costs: Floats = np.where(loudest > _QUIET, -_JUMP, -_FRESH)
    return costs


def _unusual(intervals: npt.NDArray[np.int64]) -> Floats:
    bpm = 60.0 * FRAME_RATE / intervals
    low, high = _USUAL_BPM
    costs: Floats = -_UNUSUAL * np.maximum(0.0, np.maximum(np.log2(low / bpm), np.log2(bpm / high)))
    return costs


def _moves(intervals: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Floats]:
    """For each interval those that may come before it, and what that costs; both (intervals, 2 * _REACH + 1).

    Beyond the shortest and the longest, the number of intervals stands for none.
    """
    count = len(intervals)
    steps = np.arange(-_REACH, _REACH + 1)
    steps = steps[np.argsort(np.abs(steps), kind="stable")]  # among equals, the tempo stays
    before = np.arange(count)[:, None] + steps
    costs = -(_DRIFT * (steps != 0) + _BEND * np.maximum(0, np.abs(steps) - 1) / intervals[:, None])
    return np.where((before >= 0) & (before < count), before, count), costs
