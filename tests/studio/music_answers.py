"""What Python answers to the cases that LEAP Studio's TypeScript must answer alike; cases and answers are JSON.

Notes are `[start_s, end_s, pitch, velocity, track]`. A roll is `[frames, {plane: {row: [value, frames, ...]}}]` with
runs of equal values in thousandths; or, if it was drawn by a network, planes as base64 of little-endian float32.
"""

import base64
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from leap_models import pipeline
from leap_models.families import leap
from leap_models.intake import Intake
from leap_models.interface import Request
from leap_models.music import difficulty, midi, score
from leap_models.music.grid import Grid
from leap_models.music.notes import PITCHES, Note, Notes, Pedal
from leap_models.music.pedal import find_pedals
from leap_models.music.playability import Player
from leap_models.music.roll import NoteReader, Roll, empty_roll
from leap_models.music.tempo import Quantizer, TempoMap
from leap_models.music.windows import RollJoiner
from leap_models.reading import Chain

Json = Any
PLANES = ("sounding", "onset", "velocity")


def answer(kind: str, given: Json) -> Json:
    """What Python gives."""
    return ANSWERS[kind](given)


def roll_of(written: Json, rate: int, tracks: int = 1) -> Roll:
    """A roll as a case writes it."""
    frames, planes = written
    roll = empty_roll(rate, frames, tracks)
    for name, rows in planes.items():
        plane = getattr(roll, name).reshape(-1, frames)
        if isinstance(rows, str):
            plane[:] = np.frombuffer(base64.b64decode(rows), "<f4").reshape(plane.shape)
            continue
        for row, runs in rows.items():
            plane[int(row)] = np.repeat([value / 1000 for value in runs[::2]], runs[1::2])
    return roll


def written_roll(roll: Roll) -> Json:
    """A roll's rows in which something is not 0, as float32 numbers."""
    rows = {name: getattr(roll, name).reshape(roll.tracks * PITCHES, roll.frames) for name in PLANES}
    kept = {
        name: {str(row): plane[row].tolist() for row in np.flatnonzero(plane.any(axis=1))}
        for name, plane in rows.items()
    }
    return [roll.frames, kept]


def notes_of(written: Sequence[Sequence[float]]) -> Notes:
    """Notes as a case writes them."""
    return tuple(
        Note(start_s, end_s, int(pitch), int(velocity), int(track))
        for start_s, end_s, pitch, velocity, track in written
    )


def written_notes(notes: Sequence[Note]) -> Json:
    """The way back."""
    return [list(astuple(note)) for note in notes]


def tempo_of(written: Json) -> TempoMap:
    """A tempo map as a case writes it: anchors, beats per bar, downbeat."""
    anchors, beats_per_bar, downbeat = written
    return TempoMap(tuple((float(second), float(beat)) for second, beat in anchors), beats_per_bar, float(downbeat))


def written_tempo(tempo: TempoMap) -> Json:
    """The way back."""
    return [[list(anchor) for anchor in tempo.anchors], tempo.beats_per_bar, tempo.downbeat]


def _finite(second: float) -> float | None:
    return second if np.isfinite(second) else None


def _join(given: Json) -> Json:
    rate = given["grid"][1]
    joiner = RollJoiner(Grid(*given["grid"]), given["total"])
    pieces = [joiner.push(roll_of(window, rate, given["tracks"])) for window in given["windows"]]
    return [written_roll(piece) for piece in (*pieces, joiner.finish())]


def _read(given: Json) -> Json:
    reader = NoteReader(given["offset_s"], given["on"], given["off"], given["min_s"], given["longest_s"])
    found = []
    for piece in given["pieces"]:
        notes = reader.push(roll_of(piece, given["rate"], given["tracks"]))
        found.append([written_notes(notes), reader.until_s])
    return [*found, [written_notes(reader.finish()), reader.until_s]]


def _tempo(given: Json) -> Json:
    tempo = tempo_of(given["tempo"])
    return {
        "beats": [tempo.beat_at(second) for second in given["seconds"]],
        "seconds": [tempo.second_at(beat) for beat in given["beats"]],
        "bpm": [tempo.bpm_at(second) for second in given["seconds"]],
        "beats_at_once": tempo.beats_at(given["seconds"]).tolist(),
        "seconds_at_once": tempo.seconds_at(given["beats"]).tolist(),
        "shifted": written_tempo(tempo.shifted(given["shift"])),
    }


def _quantize(given: Json) -> Json:
    quantizer = Quantizer(given["strength"], given["steps"])
    found = []
    for push in given["pushes"]:
        notes = quantizer.push(notes_of(push["notes"]), tempo_of(push["tempo"]), push["until_s"], push["clear"])
        found.append([written_notes(notes), quantizer.until_s])
    return [*found, [written_notes(quantizer.finish()), quantizer.until_s]]


def _play(given: Json) -> Json:
    player = Player(given["level"])
    found = []
    for push in given["pushes"]:
        notes = player.push(notes_of(push["notes"]), push["until_s"])
        found.append([written_notes(notes), _finite(player.until_s)])
    return [*found, [written_notes(player.finish()), _finite(player.until_s)]]


def _pedal(given: Json) -> Json:
    return [list(astuple(pedal)) for pedal in find_pedals(notes_of(given["notes"]), tempo_of(given["tempo"]))]


def _difficulty(given: Json) -> Json:
    notes, tempo = notes_of(given["notes"]), None if given["tempo"] is None else tempo_of(given["tempo"])
    found = difficulty.features(notes, given["start_s"], given["end_s"], tempo)
    edges = difficulty.Edges(tuple(given["edges"]))
    level = difficulty.measure(notes, given["start_s"], given["end_s"], edges, tempo)
    return {"features": asdict(found), "score": difficulty.score(found), "level": level}


def _midi(given: Json) -> Json:
    pedals = tuple(Pedal(*pedal) for pedal in given["pedals"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mid"
        midi.write(path, notes_of(given["notes"]), tempo_of(given["tempo"]), pedals=pedals)
        return base64.b64encode(path.read_bytes()).decode()


def _score(given: Json) -> Json:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.musicxml"
        score.write(path, notes_of(given["notes"]), tempo_of(given["tempo"]), given["title"])
        return path.read_text(encoding="utf-8")


def _arrange(given: Json) -> Json:
    """All that comes behind the model: `steps` say what is known of the piece after each window."""
    grid = Grid(*given["grid"])
    source = SimpleNamespace(grid=grid)
    chain = Chain(cast(Intake, source), 1)

    def reads() -> Any:
        for index, (window, step) in enumerate(zip(given["windows"], given["steps"], strict=True)):
            source.count, source.duration_s = len(given["windows"]), step["duration_s"]
            source.tempo, source.warnings = tempo_of(step["tempo"]), tuple(step["warnings"])
            spans = given["unclear"] if step.get("clear", True) else [(0.0, np.inf)]
            source.is_clear = lambda start_s, end_s, spans=spans: not any(a < end_s and start_s < b for a, b in spans)
            yield chain.push(index, None if window is None else roll_of(window, grid.frame_rate))

    info = leap.describe()
    request = Request("leap", {"difficulty": given["difficulty"]}, quantize=given["quantize"])
    stretches = tuple(pipeline._finished(reads(), Quantizer(given["quantize"]), Player(given["difficulty"])))
    result = pipeline.collect(info, request, stretches)
    return {
        "stretches": [[written_notes(each.notes), each.until_s, list(each.warnings)] for each in stretches],
        "pedals": [list(astuple(pedal)) for pedal in result.pedals],
        "tempo": written_tempo(result.tempo),
        "duration_s": result.duration_s,
        "warnings": list(result.warnings),
    }


ANSWERS: dict[str, Callable[[Json], Json]] = {
    "join": _join,
    "read": _read,
    "tempo": _tempo,
    "quantize": _quantize,
    "play": _play,
    "pedal": _pedal,
    "difficulty": _difficulty,
    "midi": _midi,
    "score": _score,
    "arrange": _arrange,
}
