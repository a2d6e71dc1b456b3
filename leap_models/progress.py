"""How far a run is, and whether it is to go on."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from leap_models.errors import Cancelled


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Args:
        stage: "decoding", "listening", "arranging" or "writing".
        done, total: in units of work of this stage.
        eta_s: seconds left of the stage, once there is something to judge by.
    """

    stage: str
    done: int
    total: int
    eta_s: float | None = None


class Clock:
    """Counts units of work, tells the caller, and stops the run when asked to."""

    def __init__(self, progress: Callable[[Progress], None] | None, cancelled: Callable[[], bool] | None) -> None:
        self._progress, self._cancelled = progress, cancelled
        self._done = self._total = 0
        self._started_s = time.monotonic()

    def say(self, stage: str) -> None:
        """A stage without units begins."""
        if self._progress is not None:
            self._progress(Progress(stage, 0, 1))

    def start(self, total: int) -> None:
        """The music is being listened to; `total` units of work lie ahead."""
        self._total = total
        self.say("listening")

    def heard(self, done_s: float, whole_s: float) -> None:
        """So many seconds of a recording were listened to for its notes, before any unit of work."""
        if self._progress is not None:
            self._progress(Progress("listening", round(done_s), max(1, round(whole_s))))

    def check(self) -> None:
        """Stop here if asked to.

        Raises:
            Cancelled: somebody asked.
        """
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("the run was cancelled")

    def tick(self) -> None:
        """One unit of work is done.

        Raises:
            Cancelled: somebody asked to stop.
        """
        self.check()
        self.skip(1)

    def skip(self, units: int) -> None:
        """So many units need not be done, or are."""
        if self._done == 0:
            self._started_s = time.monotonic()
        self._done += units
        if self._progress is not None:
            spent_s = time.monotonic() - self._started_s
            eta_s = spent_s / self._done * (self._total - self._done) if self._done > units else None
            self._progress(Progress("arranging", self._done, self._total, eta_s))
