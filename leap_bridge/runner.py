"""One job from beginning to end: its folder, its stretches as they become final, its result."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from leap_bridge import results
from leap_bridge.events import Finished, Progressed, Stretched, Warned
from leap_bridge.fill import filled
from leap_bridge.jobs import Job
from leap_bridge.regenerate import completed, spliced
from leap_bridge.warm import Warm
from leap_models import pipeline
from leap_models.errors import UnreadableAudio
from leap_models.interface import Model, ModelInfo
from leap_models.memory import Memory
from leap_models.music import midi, wav
from leap_models.music.midi_draft import Draft
from leap_models.paths import atomic, made, refuse_existing
from leap_models.pipeline import Result, Stretch
from leap_models.progress import Progress


class Runner:
    """Carries jobs out, one at a time."""

    def __init__(self, warm: Warm, memory: Memory) -> None:
        self._warm, self._memory = warm, memory

    def run(self, job: Job) -> None:
        """Do it, and say how it goes.

        Raises:
            LeapError: it went wrong, or it was cancelled.
        """
        order = job.order
        made(job.folder)
        results.write_request(job.folder, order.request, order.piece)
        job.say(Progressed(job.number, Progress("decoding", 0, 1)))
        kept = None if order.keep is None else results.read(order.keep)
        with self._warm.lend(order.request.model) as model:
            draft = _Sound(job.path, model.info) if order.gives == "audio" else _Score(job.path, model.info)
            stretches = self._stream(job, model, kept, draft)
            result = pipeline.collect(model.info, order.request, stretches)
        job.say(Progressed(job.number, Progress("writing", 0, 1)))
        self._finish(job, result if kept is None else completed(result, kept, order), draft)

    def _stream(self, job: Job, model: Model, kept: results.Kept | None, draft: "_Draft") -> list[Stretch]:
        """Say every stretch as it becomes final; gives them all, without the sound, which is in the draft."""
        order, source, stretches = job.order, _Source(job.order.piece.source), list[Stretch]()

        def progress(progress: Progress) -> None:
            job.say(Progressed(job.number, progress))

        made = pipeline.stream(
            model, order.piece, order.request, progress, lambda: job.stopping, self._memory
        )  # fmt: skip
        made_now = filled(made, order)
        for stretch in made_now if kept is None else spliced(made_now, kept, order):
            source.check()
            stretches.append(replace(stretch, audio=None))
            draft.push(stretch)
            job.say(_stretched(job, stretch, str(job.path), model.info.channels))
        source.check_length(stretches[-1].until_s, order.duration_s)
        return stretches

    def _finish(self, job: Job, result: Result, draft: "_Draft") -> None:
        path = job.path
        draft.finish(result)
        results.write_result(job.folder, result, job.order.piece.source, job.order.start_s)
        if job.order.target is not None:
            refuse_existing(job.order.target)
            with atomic(job.order.target) as unfinished:
                shutil.copyfile(path, unfinished)
            path = job.order.target
        for warning in result.warnings:
            job.say(Warned(job.number, warning))
        job.say(Finished(job.number, result.windows, len(result.notes), result.seed, str(path)))


class _Draft(Protocol):
    """The result so far, as a file that is valid at any time."""

    def push(self, stretch: Stretch) -> None:
        """Add a stretch."""

    def finish(self, result: Result) -> None:
        """All has come."""


class _Score:
    """A .mid."""

    def __init__(self, path: Path, info: ModelInfo) -> None:
        self._path, self._info = path, info
        self._draft = Draft(path, info.instruments, info.channels)

    def push(self, stretch: Stretch) -> None:
        self._draft.push(stretch.notes, stretch.tempo, stretch.until_s)

    def finish(self, result: Result) -> None:
        midi.write_played(self._path, result.notes, result.tempo, self._info.instruments, result.pedals)


class _Sound:
    """A .wav."""

    def __init__(self, path: Path, info: ModelInfo) -> None:
        self._draft = wav.Draft(path, info.grid.sample_rate)

    def push(self, stretch: Stretch) -> None:
        if stretch.audio is not None:
            self._draft.push(stretch.audio)

    def finish(self, result: Result) -> None:  # noqa: ARG002  (all of it is in the draft)
        self._draft.finish()


def _stretched(job: Job, stretch: Stretch, path: str, channels: tuple[int, ...]) -> Stretched:
    total = job.notes + len(stretch.notes)
    return Stretched(
        job.number, stretch.window, stretch.windows, stretch.notes, stretch.until_s, stretch.tempo, total, path,
        channels,
    )  # fmt: skip


class _Source:
    """Watches the file that is read."""

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None  # music from nothing has no file
        self._size = self._size_now()

    def check(self) -> None:
        """Refuse to go on when it is not there any more, or another one.

        Raises:
            UnreadableAudio: it was changed.
        """
        size = self._size_now()
        if size != self._size:
            what = "removed" if size is None else f"changed from {self._size} to {size} bytes"
            raise UnreadableAudio(f"{self._path} was {what} while it was read")

    def check_length(self, duration_s: float, promised_s: float) -> None:
        """Refuse what ended much earlier than its head said.

        Raises:
            UnreadableAudio: it did.
        """
        if duration_s < 0.9 * promised_s - 1.0:
            raise UnreadableAudio(f"{self._path} ends after {duration_s:.1f} s, its head says {promised_s:.1f} s")

    def _size_now(self) -> int | None:
        return self._path.stat().st_size if self._path is not None and self._path.exists() else None
