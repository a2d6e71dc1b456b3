"""A job's folder: what was asked for, the .mid or the .wav, and the music exactly as it was made.

    request.json       what was asked for, so that it can be made again
    arrangement.mid    as far as it is made; whole when result.json is there
    sound.wav          instead of it, of a model that gives audio
    result.json        notes, pedals, tempo and warnings; times in seconds from the request's start
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from leap_bridge import __version__
from leap_models.errors import BadParameter
from leap_models.interface import Piece, Request
from leap_models.music.notes import Note, Notes, Pedal
from leap_models.music.tempo import TempoMap
from leap_models.paths import atomic
from leap_models.pipeline import Result

FILES = {"roll": "arrangement.mid", "audio": "sound.wav"}  # by what the model gives
REQUEST, RESULT = "request.json", "result.json"


@dataclass(frozen=True)
class Kept:
    """A result as it was kept.

    Args:
        request: of what was made last, which may be a part of the whole.
        source: path of the file it was made from.
        start_s: where in the source the times count from.
    """

    request: Request
    source: str
    start_s: float
    notes: Notes
    pedals: tuple[Pedal, ...]
    tempo: TempoMap
    duration_s: float
    windows: int
    warnings: tuple[str, ...]

    def result(self) -> Result:
        """As the pipeline gave it."""
        return Result(
            self.notes, self.pedals, self.tempo, self.duration_s, self.windows, self.request.seed, self.request,
            self.warnings,
        )  # fmt: skip


def write_request(folder: Path, request: Request, piece: Piece) -> None:
    """Note what was asked for; of a piece that is no file its notes too.

    Raises:
        UnwritableOutput: it cannot be written.
    """
    data: dict[str, Any] = {
        "version": __version__, "source": piece.source, "like": piece.like, "request": asdict(request)
    }  # fmt: skip
    if not piece.source and piece.notes:
        data |= _music(piece.notes, piece.pedals)
        data |= {} if piece.tempo is None else {"tempo": asdict(piece.tempo)}
    _write(folder / REQUEST, data)


def write_result(folder: Path, result: Result, source: str, start_s: float) -> None:
    """Keep a result.

    Args:
        start_s: where in the source its times count from.

    Raises:
        UnwritableOutput: it cannot be written.
    """
    _write(folder / RESULT, {
        "version": __version__,
        "source": source,
        "start_s": start_s,
        "request": asdict(result.request),
        "duration_s": result.duration_s,
        "windows": result.windows,
        "warnings": result.warnings,
        "tempo": asdict(result.tempo),
        **_music(result.notes, result.pedals),
    })  # fmt: skip


def _music(notes: Notes, pedals: tuple[Pedal, ...]) -> dict[str, object]:
    return {
        "pedals": [(pedal.start_s, pedal.end_s) for pedal in pedals],
        "notes": [(note.start_s, note.end_s, note.pitch, note.velocity, note.track) for note in notes],
    }


def read(folder: Path) -> Kept:
    """A result that was kept.

    Raises:
        BadParameter: there is none, or it is damaged.
    """
    path = folder / RESULT
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return _kept(data)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BadParameter(f"{path} is no result that can be kept") from error


def _kept(data: dict[str, Any]) -> Kept:
    tempo = data["tempo"]
    return Kept(
        request=Request(**data["request"]),
        source=data["source"],
        start_s=data["start_s"],
        notes=tuple(Note(*note) for note in data["notes"]),
        pedals=tuple(Pedal(*pedal) for pedal in data["pedals"]),
        tempo=TempoMap(tuple((s, b) for s, b in tempo["anchors"]), tempo["beats_per_bar"], tempo["downbeat"]),
        duration_s=data["duration_s"],
        windows=data["windows"],
        warnings=tuple(data["warnings"]),
    )


def _write(path: Path, data: dict[str, Any]) -> None:
    with atomic(path) as unfinished:
        unfinished.write_text(json.dumps(data) + "\n", encoding="utf-8")
