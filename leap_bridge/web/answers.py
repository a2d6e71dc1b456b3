"""What the page is told: plain data that becomes JSON. `leap_bridge/studio/src/daemon/wire.ts` reads it."""

from dataclasses import asdict
from typing import Any

from leap_bridge import __version__, results
from leap_bridge.events import Event, Failed, Finished, Progressed, Queued, Stopped, Stretched, Warned
from leap_bridge.jobs import Job
from leap_bridge.orders import options
from leap_bridge.service import Status
from leap_bridge.settings import Limits
from leap_bridge.web.asked import FORMATS, NOT_VALUES
from leap_models import registry
from leap_models.errors import LeapError
from leap_models.interface import ModelInfo
from leap_models.music.midi_writer import HANDS
from leap_models.music.notes import Note, TrackInfo
from leap_models.music.tempo import TempoMap
from leap_models.params import Param

PROTOCOL = 1
KINDS = {bool: "bool", int: "int", float: "float", str: "word"}

Json = dict[str, Any]


def welcome(limits: Limits) -> Json:
    """The first word."""
    told = {"upload_bytes": limits.upload_bytes, "piece_s": limits.piece_s}
    return {"event": "welcome", "protocol": PROTOCOL, "version": __version__, "limits": told}


def ok(number: int, found: Json | None = None) -> Json:
    """A request was carried out."""
    return {"id": number, "ok": found or {}}


def refusal(number: int, error: LeapError) -> Json:
    """It was not, and why."""
    return {"id": number, "error": _error(error.code, str(error))}


def models() -> Json:
    """All of them, each with what it can be told."""
    return {"models": [model(registry.describe(name)) for name in registry.available()]}


def model(info: ModelInfo) -> Json:
    """What a model is."""
    everybody = [each for each in options(info) if each.name not in NOT_VALUES]
    return {
        "name": info.name, "family": info.family, "summary": info.summary, "licence": info.licence,
        "trained_on": info.trained_on, "takes": sorted(info.takes), "alone": info.alone, "gives": info.gives,
        "window_s": info.grid.window_s, "hop_s": info.grid.hop_s, "tracks": _tracks(info), "formats": formats(info),
        "params": [*(_param(each, "model") for each in info.params), *(_param(each, "request") for each in everybody)],
    }  # fmt: skip


def formats(info: ModelInfo) -> list[str]:
    """The files that can be had of a result."""
    return ["wav"] if info.gives == "audio" else list(FORMATS)


def _tracks(info: ModelInfo) -> list[Json]:
    if info.gives == "audio":
        return []
    parts = info.instruments or tuple(TrackInfo(name) for name in HANDS)
    return [
        {"name": part.name, "channel": channel + 1, "program": part.program, "drums": part.is_drum}
        for part, channel in zip(parts, info.channels, strict=True)
    ]


def _param(param: Param, section: str) -> Json:
    return {**asdict(param), "kind": KINDS[type(param.default)], "allowed": param.allowed, "section": section}


def status(found: Status) -> Json:
    """How the service is."""
    return {
        "uptime_s": round(found.uptime_s, 1), "queued": found.queued, "running": found.running, "done": found.done,
        "models": list(found.models), "models_mb": round(found.models_mb, 1),
    }  # fmt: skip


def accepted(job: Job, position: int) -> Json:
    """The request is a job now."""
    order = job.order
    return {
        "job": job.number, "windows": order.windows, "position": position, "start_s": order.start_s,
        "duration_s": order.duration_s, "seed": order.request.seed,
    }  # fmt: skip


def of_event(event: Event, job: Job) -> Json:
    """What a job says.

    Raises:
        BadParameter: its result was deleted meanwhile.
    """
    match event:
        case Queued(number, position, total, eta_s):
            return _progress(number, "queued", position, total, eta_s)
        case Progressed(number, progress):
            return _progress(number, progress.stage, progress.done, progress.total, progress.eta_s)
        case Stretched():
            return {
                "event": "stretch", "job": event.job, "window": event.window, "windows": event.windows,
                "until_s": event.until_s, "tempo": _tempo(event.tempo), "notes": [_note(note) for note in event.notes],
            }  # fmt: skip
        case Warned(number, text):
            return {"event": "warning", "job": number, "text": text}
        case Finished():
            return _finished(event, job)
        case Stopped(number, windows, _path):
            return {"event": "cancelled", "job": number, "windows": windows}
        case Failed(number, code, message):
            return {"event": "failed", "job": number, "error": _error(code, message)}
    raise AssertionError(event)


def _finished(event: Finished, job: Job) -> Json:
    """With the pedals and the beat of all of it, which are known now."""
    kept = results.read(job.folder)
    return {
        "event": "done", "job": event.job, "windows": event.windows, "seed": event.seed,
        "duration_s": kept.duration_s, "tempo": _tempo(kept.tempo),
        "pedals": [(pedal.start_s, pedal.end_s) for pedal in kept.pedals],
    }  # fmt: skip


def _progress(job: int, stage: str, done: int, total: int, eta_s: float | None) -> Json:
    return {"event": "progress", "job": job, "stage": stage, "done": done, "total": total, "eta_s": eta_s}


def _note(note: Note) -> tuple[float, ...]:
    return note.start_s, note.end_s, note.pitch, note.velocity, note.track


def _tempo(tempo: TempoMap) -> Json:
    return {"anchors": tempo.anchors, "beats_per_bar": tempo.beats_per_bar, "downbeat": tempo.downbeat}


def _error(code: str, message: str) -> Json:
    return {"code": code, "message": " ".join(message.split())}
