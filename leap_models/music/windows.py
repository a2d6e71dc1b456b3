"""Cutting a piece into windows on a grid, and joining windows with a linear crossfade. Time is the last axis.

`join(cut(x)) == x`, exactly: where two windows agree, their crossfade is what they agree on. Frames of a roll are
cut and joined as they are; for audio, say how many samples a frame has: `cut(samples, grid, grid.samples_per_frame)`.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter
from leap_models.music.grid import Grid
from leap_models.music.roll import Roll

Array = npt.NDArray[np.float32]


def cut(array: Array, grid: Grid, per_frame: int = 1) -> tuple[Array, ...]:
    """Cut (..., length) into windows (..., grid.frames * per_frame); the last is padded with zeros.

    Args:
        per_frame: how many entries of the last axis make a frame.
    """
    length, size, hop = array.shape[-1], grid.frames * per_frame, grid.hop * per_frame
    count = grid.count_frames(-(-length // per_frame))
    padding = [(0, 0)] * (array.ndim - 1) + [(0, (count - 1) * hop + size - length)]
    padded = np.pad(array, padding)
    return tuple(padded[..., index * hop : index * hop + size] for index in range(count))


def join(windows: Iterable[Array], grid: Grid, total: int, per_frame: int = 1) -> Array:
    """Crossfade windows (..., grid.frames * per_frame) into (..., total).

    Raises:
        BadParameter: there are no windows, too few for `total`, or one of the wrong length.
    """
    joiner = Joiner(grid, total, per_frame)
    parts = [joiner.push(window) for window in windows]
    joined = np.concatenate([*parts, joiner.finish()], axis=-1)
    if joined.shape[-1] != total:
        raise BadParameter(f"{len(parts)} windows hold {joined.shape[-1]} frames, {total} were asked for")
    return joined


class Joiner:
    """`join`, one window at a time.

    Args:
        total: where the piece ends; what windows hold beyond it is left out. None: nothing is.
        per_frame: how many entries of the last axis make a frame.
    """

    def __init__(self, grid: Grid, total: int | None = None, per_frame: int = 1) -> None:
        self._size, self._hop = grid.frames * per_frame, grid.hop * per_frame
        overlap = self._size - self._hop
        self._ramp = np.arange(1, overlap + 1, dtype=np.float32) / np.float32(overlap + 1)  # weight of the newer window
        self._left = total
        self._tail: Array | None = None  # (..., overlap): what the next window may still change
        self._tail_confidence: Array | None = None

    def push(self, window: Array, confidence: Array | None = None) -> Array:
        """Take the next window, give the frames that no later window can change: (..., hop).

        Args:
            confidence: of the window's shape: how much each entry counts against that of the other window; give it
                with every window or with none.

        Raises:
            BadParameter: the window is not as long as the grid says.
        """
        if window.shape[-1] != self._size:
            raise BadParameter(f"a window must have {self._size} frames, got {window.shape[-1]}")
        overlap = self._size - self._hop
        joined = window.copy()
        if self._tail is not None:
            weight = self._weight(None if confidence is None else confidence[..., :overlap])
            joined[..., :overlap] = self._tail + weight * (window[..., :overlap] - self._tail)
        self._tail = joined[..., self._hop :]
        self._tail_confidence = None if confidence is None else confidence[..., self._hop :]
        return self._trimmed(joined[..., : self._hop])

    def finish(self) -> Array:
        """The frames behind the last hop: (..., overlap).

        Raises:
            BadParameter: no window was pushed.
        """
        if self._tail is None:
            raise BadParameter("there are no windows to join")
        return self._trimmed(self._tail)

    def _weight(self, newer: Array | None) -> Array:
        if newer is None or self._tail_confidence is None:
            return self._ramp
        rising, falling = self._ramp * newer, (1 - self._ramp) * self._tail_confidence
        both = rising + falling
        return np.where(both > 0, rising / np.maximum(both, np.finfo(np.float32).tiny), self._ramp)

    def _trimmed(self, joined: Array) -> Array:
        if self._left is None:
            return joined
        joined = joined[..., : self._left]
        self._left -= joined.shape[-1]
        return joined


class RollJoiner:
    """The same for rolls. Velocity is crossfaded by how surely each window hears the note.

    So a note that only one of two windows hears becomes less sure, but not quieter.

    Args:
        total: where the piece ends, in frames; None: with the last window.
    """

    def __init__(self, grid: Grid, total: int | None = None) -> None:
        self._rate = grid.frame_rate
        self._sounding, self._onset, self._velocity = (Joiner(grid, total) for _ in range(3))

    def push(self, roll: Roll) -> Roll:
        """Take the next window's roll, give the frames that no later window can change.

        Raises:
            BadParameter: the roll is not as long as the grid says, or of another rate.
        """
        if roll.rate != self._rate:
            raise BadParameter(f"a roll of {self._rate} frames per second is expected, got {roll.rate}")
        return Roll(
            self._sounding.push(roll.sounding),
            self._onset.push(roll.onset),
            self._velocity.push(roll.velocity, confidence=roll.sounding),
            self._rate,
        )

    def finish(self) -> Roll:
        """The frames behind the last hop.

        Raises:
            BadParameter: no window was pushed.
        """
        return Roll(self._sounding.finish(), self._onset.finish(), self._velocity.finish(), self._rate)
