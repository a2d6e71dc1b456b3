"""Jobs: what was ordered, and what has become of it."""

import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from leap_bridge import results
from leap_bridge.events import LAST, Event, Failed, Finished, Listener, Progressed, Queued, Stopped, Stretched
from leap_models.interface import Piece, Request
from leap_models.music.tempo import TempoMap
from leap_models.progress import Progress


class State(StrEnum):
    """Of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDS = {Finished: State.DONE, Failed: State.FAILED, Stopped: State.CANCELLED}
_FIRST = TempoMap.steady(120)  # stands in stretches for their tempo


@dataclass(frozen=True)
class Order:
    """What is to be made, checked.

    Args:
        windows: how many windows it will have.
        start_s: where in the source the result begins.
        duration_s: of the result.
        keep: the folder of an earlier result, whose music outside the request stays; None: there is none.
        target: where a copy of the result is wanted, or None.
        gives: "roll" or "audio", as `ModelInfo`.
    """

    request: Request
    piece: Piece
    windows: int
    start_s: float
    duration_s: float
    keep: Path | None = None
    target: Path | None = None
    gives: str = "roll"


@dataclass
class Job:
    """One order, and what has become of it. Its methods may be called from any thread.

    Args:
        owner: whoever asked; jobs of one owner wait for each other.
        folder: where its files are.
    """

    number: int
    owner: str
    order: Order
    folder: Path
    state: State = State.QUEUED
    windows: int = 0  # that are final
    notes: int = 0
    progress: Progress | None = None
    _said: list[Event] = field(default_factory=list)
    _stretches: dict[int, Stretched] = field(default_factory=dict)  # by window
    _tempo: TempoMap | None = None
    _listeners: list[Listener] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def path(self) -> Path:
        """Of the result, so far or whole."""
        return self.folder / results.FILES[self.order.gives]

    @property
    def live(self) -> bool:
        """It waits or runs."""
        return self.state in (State.QUEUED, State.RUNNING)

    @property
    def stopping(self) -> bool:
        """Somebody asked it to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """It is to stop at the next unit of work."""
        self._stop.set()

    def say(self, event: Event) -> None:
        """Note what happened and tell the listeners."""
        with self._lock:
            if not self.live or (isinstance(event, Queued) and self.state != State.QUEUED):
                return  # its last word was said; or it began while others were told that they wait
            self._note(event)
            for listener in self._listeners:
                listener(event)
            if not self.live:
                self._listeners.clear()

    def listen(self, listener: Listener) -> None:
        """Tell somebody everything that was said, and whatever will be."""
        with self._lock:
            for event in self.said():
                listener(event)
            if self.live:
                self._listeners.append(listener)

    def leave(self, listener: Listener) -> None:
        """Tell them no more."""
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def said(self) -> tuple[Event, ...]:
        """What it said so far but its progress, in order."""
        with self._lock:
            return tuple(
                replace(event, tempo=self._tempo) if isinstance(event, Stretched) and self._tempo else event
                for event in self._said
            )

    def stretch(self, window: int) -> Stretched | None:
        """The notes of a window, without the tempo; None if it is not final yet."""
        with self._lock:
            return self._stretches.get(window)

    def last(self) -> Event | None:
        """Its last word, if it was said."""
        with self._lock:
            return self._said[-1] if self._said and isinstance(self._said[-1], LAST) else None

    def _note(self, event: Event) -> None:
        if isinstance(event, Progressed):
            self.progress = event.progress
            return
        if isinstance(event, Queued):
            return
        if isinstance(event, Stretched):
            self.windows, self.notes, self._tempo = event.window + 1, event.total, event.tempo
            event = replace(event, tempo=_FIRST)  # only the last is kept: they grow, and hold all that went before
            self._stretches[event.window] = event
        if isinstance(event, LAST):
            self.state = ENDS[type(event)]
        self._said.append(event)
