"""What ends a program that runs until it is told to stop."""

import signal
from collections.abc import Callable
from types import FrameType

STOPS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # the last two when the window is closed that it was started in


def call(stop: Callable[[], None]) -> None:
    """Have `stop` called by whatever ends a program, but by what its starter has it ignore, as nohup does."""

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        stop()

    for each in signal.valid_signals():
        if getattr(each, "name", "") in STOPS and signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, handle)
