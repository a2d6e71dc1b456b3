"""What the service says, as messages of the contract."""

from collections.abc import Iterable, Sequence

from leap_bridge import __version__
from leap_bridge.events import Event, Failed, Finished, Progressed, Queued, Stopped, Stretched, Warned
from leap_bridge.jobs import Job
from leap_bridge.midi.control import Turned
from leap_bridge.midi.desk import Playing
from leap_bridge.orders import options
from leap_bridge.osc.addresses import NO_LIMIT, NOTES_PER_PART, PROTOCOL, WHOLE_WINDOW
from leap_bridge.osc.codec import Argument, Message
from leap_bridge.service import Status
from leap_models.errors import BadParameter, LeapError
from leap_models.interface import ModelInfo
from leap_models.music.midi_writer import HANDS
from leap_models.music.notes import Note, TrackInfo
from leap_models.params import Param

KINDS = {bool: "bool", int: "int", float: "float", str: "word"}
UNKNOWN_S = -1.0


def welcome(request: int, session: int) -> Message:
    """The answer to a hello."""
    return Message("/leap/welcome", (request, PROTOCOL, __version__, __version__, session))


def error(request: int, job: int, wrong: LeapError) -> Message:
    """Why something did not work."""
    return Message("/leap/error", (request, job, wrong.code, " ".join(str(wrong).split())))


def models(request: int, infos: Sequence[ModelInfo]) -> Iterable[Message]:
    """A message for each model."""
    for index, info in enumerate(infos):
        takes = " ".join([*sorted(info.takes), *(["nothing"] if info.alone else [])])
        yield Message("/leap/model", (
            request, index, len(infos), info.name, takes, info.gives, info.tracks,
            info.grid.window_s, info.grid.hop_s, info.licence, info.summary,
        ))  # fmt: skip


def describe(request: int, info: ModelInfo) -> Iterable[Message]:
    """A message for each thing that a model, and every model, can be told."""
    params = (*info.params, *options(info))
    for index, param in enumerate(params):
        yield Message("/leap/param", (request, index, len(params), *_param(param)))


def tracks(request: int, info: ModelInfo) -> Iterable[Message]:
    """A message for each part that a model plays: of a piano one for each hand.

    Raises:
        BadParameter: it plays none, but gives sound.
    """
    if info.gives != "roll":
        raise BadParameter(f"tracks are those of models that give notes, {info.name} gives {info.gives}")
    parts = info.instruments or tuple(TrackInfo(name) for name in HANDS)
    for index, (part, channel) in enumerate(zip(parts, info.channels, strict=True)):
        yield Message("/leap/track", (
            request, index, len(parts), part.name, channel + 1, part.program, int(part.is_drum)
        ))  # fmt: skip


def _param(param: Param) -> tuple[Argument, ...]:
    default = int(param.default) if isinstance(param.default, bool) else param.default
    low = -NO_LIMIT if param.low is None else float(param.low)
    high = NO_LIMIT if param.high is None else float(param.high)
    return (param.name, KINDS[type(param.default)], default, low, high, param.unit, param.help, *param.choices)


def accepted(request: int, job: Job, position: int) -> Message:
    """The request is a job now."""
    order = job.order
    return Message("/leap/accepted", (
        request, job.number, order.windows, order.piece.source, position, order.start_s, order.duration_s,
        order.request.seed,
    ))  # fmt: skip


def parts(event: Stretched, part: int = WHOLE_WINDOW) -> tuple[Message, ...]:
    """The notes of a window, in parts; a window without notes has one empty part.

    Raises:
        BadParameter: there is no such part.
    """
    count = max(1, -(-len(event.notes) // NOTES_PER_PART))
    if not WHOLE_WINDOW <= part < count:
        raise BadParameter(f"part must be from 0 to {count - 1}, got {part}")
    wanted = range(count) if part == WHOLE_WINDOW else (part,)
    return tuple(
        Message("/leap/notes", (event.job, event.window, each, count, *_notes(event, each))) for each in wanted
    )


def _notes(event: Stretched, part: int) -> Iterable[Argument]:
    for note in event.notes[part * NOTES_PER_PART : (part + 1) * NOTES_PER_PART]:
        yield from _note(note, event.channels[note.track])


def _note(note: Note, channel: int) -> tuple[Argument, ...]:
    return note.pitch, float(note.start_s), float(note.end_s - note.start_s), note.velocity, channel + 1


def of_event(event: Event) -> tuple[Message, ...]:
    """What a job says."""
    match event:
        case Queued(job, position, total, eta_s):
            return (_progress(job, "queued", position, total, eta_s),)
        case Progressed(job, progress):
            return (_progress(job, progress.stage, progress.done, progress.total, progress.eta_s),)
        case Stretched():
            whole = Message("/leap/window", (event.job, event.window, float(event.until_s), event.total, event.path))
            return (*parts(event), whole)
        case Warned(job, text):
            return (Message("/leap/warning", (job, text)),)
        case Finished(job, windows, notes, seed, path):
            return (Message("/leap/done", (job, windows, notes, seed, path)),)
        case Stopped(job, windows, path):
            return (Message("/leap/cancelled", (job, windows, path)),)
        case Failed(job, code, message):
            return (Message("/leap/error", (0, job, code, message)),)
    raise AssertionError(event)


def _progress(job: int, stage: str, done: int, total: int, eta_s: float | None) -> Message:
    return Message("/leap/progress", (job, stage, done, total, UNKNOWN_S if eta_s is None else float(eta_s)))


def daemon(request: int, status: Status, clients: int) -> Message:
    """How the daemon is."""
    return Message("/leap/daemon", (
        request, int(status.uptime_s), clients, status.queued, status.running, status.done,
        float(status.models_mb), " ".join(status.models), __version__,
    ))  # fmt: skip


def job_state(request: int, index: int, total: int, job: Job) -> Message:
    """How a job is."""
    progress = job.progress
    stage, done, units = (progress.stage, progress.done, progress.total) if progress else ("", 0, 0)
    eta_s = UNKNOWN_S if progress is None or progress.eta_s is None else float(progress.eta_s)
    order = job.order
    return Message("/leap/job", (
        request, index, total, job.number, str(job.state), stage, done, units, eta_s, job.windows, order.windows,
        order.request.model, order.piece.source,
    ))  # fmt: skip


def playing(request: int, event: Playing) -> Message:
    """How a job is played."""
    return Message("/leap/playing", (request, event.job, str(event.state)))


def turned(request: int, event: Turned) -> Message:
    """Where a knob stands."""
    value = int(event.value) if isinstance(event.value, bool) else event.value
    return Message("/leap/turned", (request, event.knob.controller, event.knob.model, event.knob.param.name, value))
