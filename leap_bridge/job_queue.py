"""The queue that jobs wait in: bounded, and fair between those who ask."""

import threading
from collections import OrderedDict
from functools import partial

from leap_bridge.events import LAST, Event
from leap_bridge.jobs import Job, State
from leap_bridge.settings import Limits
from leap_models.errors import Busy, UnknownJob


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

        The queue is the first to hear the job's last word, so that whoever hears it finds the job ended here too.

        Raises:
            Busy: the queue is full.
        """
        job.listen(partial(self._hear, job))
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
        """Take a job out that still waits, which is to say its last word now; False if it does not wait."""
        with self._changed:
            if job not in self._waiting:
                return False
            self._waiting.remove(job)
            self._ended[job.number] = job
            return True

    def let_go(self, job: Job) -> None:
        """Nobody works on the job any more, whether or not it has said its last word."""
        with self._changed:
            if self._running is job:
                self._running = None
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

    def now(self) -> tuple[Job | None, tuple[Job, ...]]:
        """The one that runs and those that wait, at the same moment."""
        with self._changed:
            return self._running, self.waiting()

    def live(self) -> tuple[Job, ...]:
        """Running and waiting."""
        running, waiting = self.now()
        return waiting if running is None else (running, *waiting)

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
        raise UnknownJob(f"there is no job {number}; the last {self._limits.remembered_jobs} are remembered")

    def _hear(self, job: Job, event: Event) -> None:
        if isinstance(event, LAST):
            with self._changed:
                self.done += 1
                self.let_go(job)

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
