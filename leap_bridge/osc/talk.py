"""Listeners of jobs: what a job says goes to the client who asked for it."""

from collections.abc import Callable
from dataclasses import dataclass

from leap_bridge.events import LAST, Event, Progressed, Queued
from leap_bridge.osc import replies
from leap_bridge.osc.clients import Place

PROGRESS_S = 0.1  # between two messages about a job's progress


@dataclass
class Talk:
    """Tells a client what its job says."""

    place: Place
    request: int
    clock: Callable[[], float]
    told_s: float = float("-inf")

    def __call__(self, event: Event) -> None:
        if isinstance(event, (Progressed, Queued)):
            now_s = self.clock()
            if now_s - self.told_s < PROGRESS_S:
                return
            self.told_s = now_s
        for message in replies.of_event(event):
            self.place.send(message)
        if isinstance(event, LAST):
            self.place.carrier.ended(self.place.host, self.request)


@dataclass(frozen=True)
class LastWord:
    """Tells somebody how a job ended."""

    place: Place

    def __call__(self, event: Event) -> None:
        if isinstance(event, LAST):
            for message in replies.of_event(event):
                self.place.send(message)
