"""The files that can be had of a result; what is not there yet is made of it, beside it."""

from dataclasses import dataclass
from pathlib import Path

from leap_bridge import results
from leap_bridge.jobs import Job, State
from leap_bridge.web.answers import formats
from leap_models import registry
from leap_models.errors import BadParameter
from leap_models.interface import ModelInfo
from leap_models.music import score, synth
from leap_models.paths import atomic

KINDS = {"mid": "audio/midi", "wav": "audio/wav", "musicxml": "application/vnd.recordare.musicxml+xml"}


@dataclass(frozen=True)
class Ready:
    """A file: where it is, what a person calls it, what it is."""

    path: Path
    name: str
    kind: str


def ready(job: Job, wanted: str) -> Ready:
    """A file of a job's result, made if need be, which may take some seconds.

    Raises:
        BadParameter: there is no such file of it, not yet, or not any more.
        UnwritableOutput: it cannot be made.
    """
    info = registry.describe(job.order.request.model)
    if wanted not in formats(info):
        raise BadParameter(f"{info.name} gives {' and '.join(formats(info))}, got {wanted[:20]!r}")
    if job.path.suffix == f".{wanted}":
        path = job.path
        if not path.is_file():
            raise BadParameter(f"of job {job.number} there is nothing yet, or it is deleted")
    else:
        path = _made(job, wanted, info)
    return Ready(path, f"{title(job)}.{wanted}", KINDS[wanted])


def title(job: Job) -> str:
    """What a result is called: 'song.piano'."""
    model = job.order.request.model
    source = Path(job.order.piece.source).stem if job.order.piece.source else ""
    word = "piano" if model == "leap" else model
    return f"{source}.{word}" if source else f"{word}-{job.order.request.seed}"


def _made(job: Job, wanted: str, info: ModelInfo) -> Path:
    path = job.path.with_suffix(f".{wanted}")
    if path.is_file():
        return path
    if job.state is not State.DONE:
        raise BadParameter(f"a .{wanted} can be had when the job is done, it is {job.state}")
    kept = results.read(job.folder)
    if wanted == "wav":
        with atomic(path) as unfinished:
            synth.write(unfinished, kept.notes, kept.pedals, instruments=info.instruments)
    else:
        score.write(path, kept.notes, kept.tempo, title(job), info.instruments)
    return path
