"""How far it is: a bar on stderr, redrawn at most ten times a second and only where a person watches, or JSON lines."""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from types import TracebackType

from leap_models.progress import Progress

WIDTH = 30  # characters of the bar itself
PERIOD_S = 0.1


class Bar:
    """Shows `Progress`; wipes itself away at the end. Use as a context manager and a callback."""

    def __init__(self) -> None:
        self._stream = sys.stderr
        self._shown = self._stream.isatty()
        self._drawn_s = float("-inf")
        self._stage = ""

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown and self._stage:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def say(self, event: str, values: Mapping[str, object]) -> None:
        """Something happened; a bar does not show it."""

    def __call__(self, progress: Progress) -> None:
        """Draw, unless it was drawn just now."""
        now_s = time.monotonic()
        if not self._shown or (progress.stage == self._stage and now_s - self._drawn_s < PERIOD_S):
            return
        self._stage, self._drawn_s = progress.stage, now_s
        self._stream.write("\r\x1b[K" + line(progress))
        self._stream.flush()


class Events(Bar):
    """Prints what happens on stdout, one JSON object a line; progress at most ten times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = False

    def say(self, event: str, values: Mapping[str, object]) -> None:
        """Print it."""
        print(json.dumps({"event": event, **values}), flush=True)

    def __call__(self, progress: Progress) -> None:
        """Print how far it is, unless that was printed just now."""
        now_s = time.monotonic()
        if progress.stage != self._stage or now_s - self._drawn_s >= PERIOD_S:
            self._stage, self._drawn_s = progress.stage, now_s
            self.say("progress", asdict(progress))


def line(progress: Progress) -> str:
    """'arranging  [##########--------------------]  33 %  eta 12 s'."""
    share = progress.done / progress.total if progress.total else 0.0
    full = round(WIDTH * share)
    eta = "" if progress.eta_s is None else f"  eta {progress.eta_s:.0f} s"
    return f"{progress.stage:10} [{'#' * full}{'-' * (WIDTH - full)}] {100 * share:3.0f} %{eta}"
