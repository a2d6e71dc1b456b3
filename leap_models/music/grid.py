"""The grid that a piece is cut on: windows of equal length that overlap by at most a half."""

import math
from dataclasses import dataclass

from leap_models.errors import BadParameter

_TINY = 1e-6  # of a frame: what arithmetic with seconds may lose


def exact_div(dividend: int, divisor: int) -> int:
    """Divide whole numbers and refuse to round.

    Raises:
        BadParameter: there is a remainder, or the divisor is not positive.
    """
    if divisor <= 0 or dividend % divisor:
        raise BadParameter(f"{dividend} is not a whole multiple of {divisor}")
    return dividend // divisor


@dataclass(frozen=True)
class Grid:
    """Windows of `frames` frames, one every `hop` frames. LEAP: Grid(24000, 100, 1024, 512).

    Half a window <= hop <= a window, so at most two windows overlap and linear ramps sum to one.

    Args:
        sample_rate: audio samples per second, a whole multiple of `frame_rate`.
        frame_rate: roll frames per second.
        frames: length of a window.
        hop: from the start of a window to the start of the next, in frames.

    Raises:
        BadParameter: the numbers do not fit together.
    """

    sample_rate: int
    frame_rate: int
    frames: int
    hop: int

    def __post_init__(self) -> None:
        exact_div(self.sample_rate, self.frame_rate)
        if self.sample_rate <= 0 or self.frames <= 0:
            raise BadParameter(f"sample_rate and frames must be positive, got {self.sample_rate} and {self.frames}")
        if not self.frames <= 2 * self.hop <= 2 * self.frames:
            raise BadParameter(f"hop must be from half a window to a window of {self.frames} frames, got {self.hop}")

    @property
    def samples_per_frame(self) -> int:
        """Audio samples in one frame."""
        return exact_div(self.sample_rate, self.frame_rate)

    @property
    def samples(self) -> int:
        """Audio samples in a window."""
        return self.frames * self.samples_per_frame

    @property
    def hop_samples(self) -> int:
        """Audio samples from the start of a window to the start of the next."""
        return self.hop * self.samples_per_frame

    @property
    def overlap(self) -> int:
        """Frames that a window shares with the next."""
        return self.frames - self.hop

    @property
    def window_s(self) -> float:
        """Length of a window in seconds."""
        return self.frames / self.frame_rate

    @property
    def hop_s(self) -> float:
        """Seconds from the start of a window to the start of the next."""
        return self.hop / self.frame_rate

    def total_frames(self, duration_s: float) -> int:
        """How many frames a piece of that length has; a begun frame counts.

        Raises:
            BadParameter: the length is negative or not a number.
        """
        if not 0.0 <= duration_s < math.inf:
            raise BadParameter(f"duration_s must be at least 0, got {duration_s}")
        return math.ceil(duration_s * self.frame_rate - _TINY)

    def count_frames(self, total: int) -> int:
        """How many windows cover `total` frames; at least one."""
        return max(0, -(-(total - self.frames) // self.hop)) + 1

    def count(self, duration_s: float) -> int:
        """How many windows cover a piece of that length; at least one."""
        return self.count_frames(self.total_frames(duration_s))

    def start_s(self, index: int) -> float:
        """Where window `index` begins, in seconds from the start of the piece."""
        return index * self.hop / self.frame_rate
