"""The only thing a door talks to: jobs are asked for, listened to, played and cancelled here."""

import contextlib
import itertools
import logging
import queue
import re
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from leap_bridge.events import Failed, Finished, Queued, Stopped
from leap_bridge.job_queue import JobQueue
from leap_bridge.jobs import Job
from leap_bridge.midi.ports import open_ports
from leap_bridge.orders import Wish, prepare
from leap_bridge.runner import Runner
from leap_bridge.settings import Settings
from leap_bridge.stage import Stage
from leap_bridge.warm import MB, Warm
from leap_models.errors import Busy, Cancelled, InternalError, LeapError, OutOfMemory
from leap_models.memory import Memory

log = logging.getLogger(__name__)
IDLE_S = 0.5  # how often a worker without work looks round
DAY_S = 86_400.0
_FOLDER = re.compile(r"[0-9a-f]{8}-\d{5,}")  # of a job: the daemon's session, and the job's number


@dataclass(frozen=True)
class Status:
    """How the daemon is. `jobs` are those that run and wait, in this order."""

    uptime_s: float
    queued: int
    running: int
    jobs: tuple[Job, ...]
    done: int
    models: tuple[str, ...]
    models_mb: float


class Service:
    """Jobs, one at a time, for whoever asks. Its methods may be called from any thread.

    Attributes:
        stage: where jobs are played.
    """

    def __init__(self, settings: Settings, warm: Warm, session: int = 0) -> None:
        self.settings, self.warm, self.session = settings, warm, session
        self.stage = Stage(settings.jobs_folder, lambda: open_ports(settings.midi_out, settings.midi_in))
        self._queue = JobQueue(settings.limits)
        self._memory = Memory(settings.cache_mb * MB)
        self._runner = Runner(warm, self._memory)
        self._numbers = itertools.count(1)
        self._pace: dict[str, float] = {}  # model -> seconds of work for a second of music
        self._began_s = time.monotonic()
        self._desk: queue.Queue[Callable[[], None] | None] = queue.Queue(settings.limits.queue)
        self._threads = [
            threading.Thread(target=self._work, name="worker", daemon=True),
            threading.Thread(target=self._receive, name="desk", daemon=True),
        ]
        self._closed = False
        self._swept_s = float("-inf")

    def start(self) -> None:
        """Begin to work."""
        if self.settings.midi:
            self.stage.start()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Cancel everything and come to rest."""
        self._closed = True
        self.stage.close()
        for job in self._queue.live():
            self.cancel(job.number)
        self._queue.close()
        with contextlib.suppress(queue.Full):  # then its thread looks up by itself, after what it is at
            self._desk.put_nowait(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=10.0)

    def submit(self, wish: Wish, owner: str) -> Job:
        """Check a wish and put it into the queue; `listen` to what becomes of it.

        Raises:
            Busy: the queue is full.
            LeapError: the wish cannot be carried out, and why.
        """
        if self._closed:
            raise Busy("the daemon is about to stop")
        order = prepare(wish, self.settings.limits)
        number = next(self._numbers)
        folder = self.settings.jobs_folder / f"{self.session:08x}-{number:05d}"
        job = Job(number, owner, order, folder)
        self._queue.submit(job)
        log.info("job %d of %s: %s of %s", number, owner, order.request.model, order.piece.source)
        self.tell_positions()
        return job

    def submit_later(self, wish: Wish, owner: str, answer: Callable[[Job | LeapError], None]) -> None:
        """The same, on a thread of its own, since a file may take long to open.

        Raises:
            Busy: too many wait to be looked at.
        """

        def look() -> None:
            try:
                answer(self.submit(wish, owner))
            except LeapError as error:
                answer(error)
            except Exception as error:
                log.exception("a request could not be looked at")
                answer(InternalError(f"{type(error).__name__}: {error}"))

        try:
            self._desk.put_nowait(look)
        except queue.Full as error:
            raise Busy("too many requests wait to be looked at") from error

    def find(self, number: int) -> Job:
        """A job that waits, runs, or ended not long ago.

        Raises:
            UnknownJob: there is none of that number.
        """
        return self._queue.find(number)

    def live(self) -> tuple[Job, ...]:
        """The running job and the waiting ones, in the order in which they will run."""
        return self._queue.live()

    def position(self, job: Job) -> int:
        """How many jobs come before it."""
        return self._queue.position(job)

    def cancel(self, number: int) -> Job:
        """Have a job stop; it says so when it has.

        Raises:
            UnknownJob: there is none of that number.
        """
        job = self.find(number)
        job.stop()
        if self._queue.withdraw(job):
            job.say(Stopped(job.number, 0, ""))
            self.tell_positions()
        return job

    def status(self) -> Status:
        """How it is."""
        running, waiting = self._queue.now()
        return Status(
            uptime_s=time.monotonic() - self._began_s,
            queued=len(waiting),
            running=0 if running is None else running.number,
            jobs=waiting if running is None else (running, *waiting),
            done=self._queue.done,
            models=self.warm.names(),
            models_mb=self.warm.size_mb(),
        )

    def _receive(self) -> None:
        while (look := self._desk.get()) is not None and not self._closed:
            try:
                look()
            except Exception:
                log.exception("a request could not be looked at")

    def _work(self) -> None:
        try:
            self._prepare()
        except Exception:
            log.exception("the worker could not prepare itself")
        while not self._closed:
            job = self._queue.take(IDLE_S)
            if job is None:
                self.warm.unload_idle()
                self._sweep()
                continue
            try:
                self.tell_positions()
                self._carry_out(job)
            except Exception:  # a listener's mistake must not stop the others' work
                log.exception("job %d", job.number)
            finally:
                self._queue.let_go(job)

    def _prepare(self) -> None:
        self._sweep()
        for name in self.settings.preload:
            try:
                with self.warm.lend(name):
                    pass
            except LeapError as error:
                log.error("cannot preload %s: %s", name, error)

    def _carry_out(self, job: Job) -> None:
        began_s = time.monotonic()
        try:
            self._runner.run(job)
        except Cancelled:
            job.say(Stopped(job.number, job.windows, str(job.path) if job.windows else ""))
        except LeapError as error:
            self._fail(job, error)
        except MemoryError as error:
            self._fail(job, OutOfMemory(f"not enough memory: {error}"))
        except Exception as error:
            log.exception("job %d", job.number)
            self._fail(job, InternalError(f"{type(error).__name__}: {error}"))
        if isinstance(job.last(), Finished):
            self._pace[job.order.request.model] = (time.monotonic() - began_s) / max(1.0, job.order.duration_s)
        log.info("job %d %s after %.1f s", job.number, job.state, time.monotonic() - began_s)

    def _fail(self, job: Job, error: LeapError) -> None:
        log.warning("job %d failed: %s: %s", job.number, error.code, error)
        if isinstance(error, OutOfMemory):
            self.warm.unload_all()
            self._memory.clear()
        job.say(Failed(job.number, error.code, " ".join(str(error).split())))

    def tell_positions(self) -> None:
        """Tell all who wait how long it will be; called when that changes, and now and then."""
        running, waiting = self._queue.now()
        eta_s: float | None = 0.0
        if running is not None:
            eta_s = running.progress.eta_s if running.progress is not None else None
        for index, job in enumerate(waiting):
            position = index + (running is not None)
            job.say(Queued(job.number, position, len(waiting) + (running is not None), eta_s))
            pace = self._pace.get(job.order.request.model)
            eta_s = None if eta_s is None or pace is None else eta_s + pace * job.order.duration_s

    def _sweep(self) -> None:
        """Remove results that are older than they are to be kept; once a day, when there is nothing else to do."""
        if time.monotonic() - self._swept_s < DAY_S:
            return
        self._swept_s = time.monotonic()
        folder, days = self.settings.jobs_folder, self.settings.keep_days
        if days and folder.is_dir():
            oldest_s = time.time() - days * DAY_S
            for each in folder.iterdir():
                ours = _FOLDER.fullmatch(each.name) and each.is_dir() and not each.is_symlink()
                if ours and each.stat().st_mtime < oldest_s:
                    shutil.rmtree(each, ignore_errors=True)


