"""From what a model sounds like to sound that will not change: windows are crossfaded, window by window."""

import numpy as np

from leap_models.intake import Intake
from leap_models.music.audio import Samples
from leap_models.music.windows import Joiner


class Mixer:
    """Behind a model that gives audio: windows in, final samples out, no later than the next window.

    Attributes:
        until_s: what was given out so far lasts so long.
        peak: of what was given out.
    """

    def __init__(self, source: Intake) -> None:
        grid = source.grid
        self._source, self._rate = source, grid.sample_rate
        self._joiner = Joiner(grid, None, grid.samples_per_frame)
        self._silence = np.zeros(grid.samples, np.float32)
        self._given = 0  # samples
        self.peak = 0.0

    @property
    def until_s(self) -> float:
        """See the class."""
        return self._given / self._rate

    def push(self, index: int, samples: Samples | None) -> Samples:
        """Take the next window, None for silence; the last brings all that is left, to the end of the piece."""
        joined = self._joiner.push(self._silence if samples is None else samples)
        if index == self._source.count - 1:
            rest = np.concatenate((joined, self._joiner.finish()))
            joined = rest[: max(0, round(self._source.duration_s * self._rate) - self._given)]
        self._given += len(joined)
        self.peak = max(self.peak, float(np.abs(joined).max(initial=0.0)))
        return joined
