"""One page that is connected: what it asks for is done, what its jobs say is told, and when it goes all of it goes."""

import asyncio
import json
import logging
import shutil
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from leap_bridge.events import LAST, Event, Progressed, Queued
from leap_bridge.jobs import Job
from leap_bridge.orders import Wish
from leap_bridge.service import Service
from leap_bridge.web import answers, asked
from leap_bridge.web.answers import Json
from leap_bridge.web.asked import Ask, Cancel, Drop, File, Forget, Models, Start, Upload
from leap_bridge.web.asked import Status as AskStatus
from leap_bridge.web.files import ready
from leap_bridge.web.sending import Wire, aside, send
from leap_bridge.web.uploads import Uploads
from leap_models.errors import BadMessage, BadParameter, InternalError, LeapError, UnknownJob

log = logging.getLogger(__name__)
PROGRESS_S = 0.1  # between two messages about a job's progress
MOST_FILES = 8  # that are made or sent at once
MOST_JOBS = 32  # whose results are there at once; the oldest go first


@dataclass
class Started:
    """A job of the page."""

    job: Job
    told_s: float = float("-inf")
    stage: str = ""


class Page:
    """Lives in the loop of the server; only `_call` may be called from other threads.

    Args:
        name: owner of its jobs.
        folder: for what it uploads.
        wire: to the browser.
    """

    def __init__(self, service: Service, name: str, folder: Path, wire: Wire) -> None:
        self._service, self._name, self._wire = service, name, wire
        self._uploads = Uploads(folder, service.settings.limits.upload_bytes)
        self._jobs: dict[int, Started] = {}
        self._out: deque[Callable[[], Json]] = deque()
        self._more = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._files: set[asyncio.Task[None]] = set()
        self._closed = False

    async def tell(self) -> None:
        """Send what there is to say, for as long as the page is there."""
        self._say(partial(answers.welcome, self._service.settings.limits))
        while True:
            await self._more.wait()
            self._more.clear()
            while self._out:
                try:
                    message = json.dumps(self._out.popleft()())
                except Exception:  # a result that was deleted before it could be told, or a bug, must not end the rest
                    log.exception("%s cannot be told something", self._name)
                    continue
                await self._wire.send(message)

    def receive(self, message: str | bytes) -> None:
        """Do what a message asks for; whatever is wrong with it is told."""
        number = 0
        try:
            if isinstance(message, bytes):
                number, piece = asked.piece(message)
                self._piece(number, piece)
            else:
                number = asked.id_of(message)
                self._do(asked.read(message))
        except LeapError as error:
            self._refuse(number, error)
        except Exception as error:
            log.exception("a bug in what a message of %s does", self._name)
            self._refuse(number, InternalError(f"{type(error).__name__}: {error}"))

    def close(self) -> None:
        """The page has gone: its jobs are cancelled, and its files deleted, of a running job when it has stopped."""
        self._closed = True
        for task in self._files:
            task.cancel()
        for started in list(self._jobs.values()):
            if started.job.live:
                self._service.cancel(started.job.number)
            else:
                self._remove(started.job)
        self._uploads.close()

    def clear(self) -> None:
        """Delete the files of jobs that have not said their last word, at the end of everything."""
        for started in list(self._jobs.values()):
            self._remove(started.job)

    @property
    def empty(self) -> bool:
        """Whether nothing of it is left."""
        return self._closed and not self._jobs

    def _do(self, ask: Ask) -> None:
        match ask:
            case Models():
                self._say(lambda: answers.ok(ask.id, answers.models()))
            case AskStatus():
                self._say(lambda: answers.ok(ask.id, answers.status(self._service.status())))
            case Upload():
                self._uploads.begin(ask.id, ask.name, ask.bytes)  # the answer comes when it is whole
            case Drop():
                self._uploads.drop(ask.file)
                self._say(lambda: answers.ok(ask.id))
            case Start():
                self._start(ask)
            case Cancel():
                self._service.cancel(self._job(ask.job).number)
                self._say(lambda: answers.ok(ask.id))
            case File():
                self._send_file(ask)
            case Forget():
                self._forget(ask)
            case _:
                raise AssertionError(ask)

    def _piece(self, number: int, piece: memoryview) -> None:
        if self._uploads.push(number, piece) is not None:
            self._say(lambda: answers.ok(number))

    def _start(self, ask: Start) -> None:
        """Have a wish looked at; its answer comes when it was."""
        limits = self._service.settings.limits
        if len(ask.notes) > limits.notes:
            raise BadParameter(f"a score may have {limits.notes} notes, got {len(ask.notes)}")
        read = [self._uploads.whole(number) for number in (ask.source, ask.like) if number]
        paths = {upload.id: str(upload.path) for upload in read}
        wish = Wish(
            ask.model,
            paths.get(ask.source, ""),
            values={**ask.values, **self._like(paths.get(ask.like))},
            tempo=ask.tempo,
            keep=self._job(ask.keep).folder if ask.keep else None,
            notes=ask.notes,
            pedals=ask.pedals,
        )
        looked_at = -ask.id  # stands for the job until it has a number
        for upload in read:
            upload.jobs.add(looked_at)

        def answer(found: Job | LeapError) -> None:
            if not self._call(partial(self._answer, ask, found)) and isinstance(found, Job):
                self._service.cancel(found.number)

        try:
            self._service.submit_later(wish, self._name, answer)
        except LeapError:
            for upload in read:
                upload.jobs.discard(looked_at)
            raise

    @staticmethod
    def _like(path: str | None) -> dict[str, object]:
        return {} if path is None else {"like": path}

    def _answer(self, ask: Start, found: Job | LeapError) -> None:
        read = [self._uploads.find(number) for number in (ask.source, ask.like) if number]
        for upload in read:
            if upload is not None:
                upload.jobs.discard(-ask.id)
                if isinstance(found, Job):
                    upload.jobs.add(found.number)
        if isinstance(found, LeapError):
            self._refuse(ask.id, found)
            if self._closed:
                self._uploads.close()
            return
        position = self._service.position(found)
        self._say(lambda: answers.ok(ask.id, answers.accepted(found, position)))
        started = self._jobs[found.number] = Started(found)
        found.listen(lambda event: self._hear_later(started, event))
        if self._closed:  # it went while its file was opened
            self._service.cancel(found.number)

    def _hear_later(self, started: Started, event: Event) -> None:
        """Called by whatever thread does the job."""
        self._call(partial(self._hear, started, event))

    def _hear(self, started: Started, event: Event) -> None:
        if self._is_too_soon(started, event):
            return
        self._say(partial(answers.of_event, event, started.job))
        if isinstance(event, LAST):
            self._uploads.let_go(started.job.number)
            if self._closed:
                self._remove(started.job)
            else:
                self._remove_old()

    def _is_too_soon(self, started: Started, event: Event) -> bool:
        """Whether a message about progress would come too soon after the one before, of the same stage."""
        if not isinstance(event, (Progressed, Queued)):
            return False
        now_s, stage = time.monotonic(), event.progress.stage if isinstance(event, Progressed) else "queued"
        if stage == started.stage and now_s - started.told_s < PROGRESS_S:
            return True
        started.told_s, started.stage = now_s, stage
        return False

    def _job(self, number: int) -> Job:
        """A job of this page.

        Raises:
            UnknownJob: there is none of that number.
        """
        if number not in self._jobs:
            raise UnknownJob(f"this page has no job {number}")
        return self._jobs[number].job

    def _forget(self, ask: Forget) -> None:
        job = self._job(ask.job)
        if job.live:
            raise BadParameter(f"job {job.number} is {job.state}; cancel it first")
        self._remove(job)
        self._say(lambda: answers.ok(ask.id))

    def _remove_old(self) -> None:
        ended = [started.job for started in self._jobs.values() if not started.job.live]
        for job in ended[:-MOST_JOBS]:
            self._remove(job)

    def _remove(self, job: Job) -> None:
        shutil.rmtree(job.folder, ignore_errors=True)
        self._jobs.pop(job.number, None)

    def _send_file(self, ask: File) -> None:
        job = self._job(ask.job)
        if len(self._files) >= MOST_FILES:
            raise BadParameter(f"{MOST_FILES} files are on their way already")
        task = self._loop.create_task(self._file(ask, job))
        self._files.add(task)
        task.add_done_callback(self._files.discard)

    async def _file(self, ask: File, job: Job) -> None:
        try:
            await send(await aside(lambda: ready(job, ask.format)), ask.id, self._wire)
        except LeapError as error:
            self._refuse(ask.id, error)

    def _refuse(self, number: int, error: LeapError) -> None:
        level = logging.WARNING if isinstance(error, BadMessage) else logging.INFO
        log.log(level, "%s: %s: %s", self._name, error.code, error)
        self._say(lambda: answers.refusal(number, error))

    def _say(self, message: Callable[[], Json]) -> None:
        if not self._closed:
            self._out.append(message)
            self._more.set()

    def _call(self, act: Callable[[], None]) -> bool:
        """Do something in the loop, from any thread; False if that has ended."""
        try:
            self._loop.call_soon_threadsafe(act)
        except RuntimeError:
            return False
        return True
