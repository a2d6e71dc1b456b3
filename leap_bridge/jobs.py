"""Jobs, and the queue they wait in: bounded, and fair between those who ask."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from leap_bridge.events import LAST, Event, Failed, Finished, Listener, Progressed, Queued, Stopped, Stretched
from leap_bridge.settings import Limits
from leap_models.errors import Busy, UnknownJob
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


@dataclass(frozen=True)
class Order:
    """What is to be made, checked.

    Args:
        windows: how many windows it will have.
        start_s: where in the source the result begins.
        duration_s: of the result.
        keep: the folder of an earlier result, whose music outside the request stays; None: there is none.
        target: where a copy of the .mid is wanted, or None.
    """

    request: Request
    piece: Piece
    windows: int
    start_s: float
    duration_s: float
    keep: Path | None = None
    target: Path | None = None


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
            if not self.live:
                return  # its last word was said
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


_FIRST = TempoMap.steady(120)


class JobQueue:
    """Jobs that wait, run, or ended not long ago.

    The next job is the oldest of the owner whose turn was longest ago, so that one who asks for much does not keep
    others waiting.
    """

    def __init__(self, limits: Limits) -> None:
        self.done = 0  # jobs that ended, in whatever way
        self._limits = limits
        self._waiting: list[Job] = []
        self._running: Job | None = None
        self._ended: OrderedDict[int, Job] = OrderedDict()
        self._turns: dict[str, int] = {}  # owner -> the number of its last turn
        self._turn = 0
        self._changed = threading.Condition(threading.RLock())
        self._closed = False

    def submit(self, job: Job) -> int:
        """Put a job into the queue; gives its position: how many jobs come before.

        Raises:
            Busy: the queue is full.
        """
        with self._changed:
            own = sum(each.owner == job.owner for each in self._waiting)
            if len(self._waiting) >= self._limits.queue:
                raise Busy(f"{len(self._waiting)} jobs wait already, which is as many as there may")
            if own >= self._limits.queue_per_client:
                raise Busy(f"{own} jobs of yours wait already, which is as many as there may")
            self._waiting.append(job)
            self._changed.notify_all()
            return self.position(job)

    def take(self, timeout_s: float) -> Job | None:
        """The next job, which runs from now on; None if there is none for so long, or the queue was closed."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._closed, timeout_s)
            if not self._waiting or self._closed:
                return None
            job = self.waiting()[0]
            self._waiting.remove(job)
            self._turn += 1
            self._turns[job.owner] = self._turn
            self._forget_turns()
            self._running, job.state = job, State.RUNNING
            return job

    def withdraw(self, job: Job) -> bool:
        """Take a job out that still waits; False if it does not."""
        with self._changed:
            if job not in self._waiting:
                return False
            self._waiting.remove(job)
            return True

    def end(self, job: Job) -> None:
        """The job has said its last word."""
        with self._changed:
            if self._running is job:
                self._running = None
            self.done += 1
            self._ended[job.number] = job
            while len(self._ended) > 1 and self._too_many():
                self._ended.popitem(last=False)

    def close(self) -> None:
        """No job will be taken any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def waiting(self) -> tuple[Job, ...]:
        """In the order in which they will run, if nobody else asks."""
        with self._changed:
            left, turns, turn, order = list(self._waiting), dict(self._turns), self._turn, []
            while left:
                job = min(left, key=lambda each: turns.get(each.owner, 0))  # the first of those is the oldest
                left.remove(job)
                order.append(job)
                turn += 1
                turns[job.owner] = turn
            return tuple(order)

    def running(self) -> Job | None:
        """The one that runs."""
        return self._running

    def live(self) -> tuple[Job, ...]:
        """Running and waiting."""
        with self._changed:
            running = self._running
            return ((running,) if running is not None and running.live else ()) + self.waiting()

    def position(self, job: Job) -> int:
        """How many jobs come before it."""
        live = self.live()
        return live.index(job) if job in live else 0

    def find(self, number: int) -> Job:
        """A job that waits, runs, or ended not long ago.

        Raises:
            UnknownJob: there is none of that number.
        """
        with self._changed:
            for job in self.live():
                if job.number == number:
                    return job
            if number in self._ended:
                return self._ended[number]
            if self._running is not None and self._running.number == number:  # it has just said its last word
                return self._running
        raise UnknownJob(f"there is no job {number}; the last {self._limits.remembered_jobs} are remembered")

    def ended(self) -> int:
        """How many jobs that ended are remembered."""
        return len(self._ended)

    def _too_many(self) -> bool:
        notes = sum(job.notes for job in self._ended.values())
        return len(self._ended) > self._limits.remembered_jobs or notes > self._limits.remembered_notes

    def _forget_turns(self) -> None:
        """Owners who went long ago count as new."""
        if len(self._turns) > 4 * self._limits.clients:
            waiting = {job.owner for job in self._waiting}
            oldest = sorted((owner for owner in self._turns if owner not in waiting), key=self._turns.__getitem__)
            for owner in oldest[: len(oldest) // 2]:
                del self._turns[owner]
