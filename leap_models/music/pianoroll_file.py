"""Piano rolls of several tracks as the `.npz` files that the package pypianoroll saves and loads.

A file holds, for each track, velocities (steps, 128) as a sparse matrix in columns, the tempo of each step, which steps
begin a bar, and `info.json` with names and programs. Source of the format: pypianoroll 1.0.
"""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csc_matrix

from leap_models.music.notes import PITCHES, Notes, TrackInfo
from leap_models.music.tempo import TempoMap

_ARRAYS = ("data", "indices", "indptr", "shape")


def velocities(
    notes: Notes, tempo: TempoMap, origin: float, steps_per_beat: int, tracks: int, steps: int
) -> np.ndarray:
    """(tracks, steps, 128) uint8 of notes, steps counted from a beat. What lies outside is left out."""
    found = np.zeros((tracks, steps, PITCHES), dtype=np.uint8)
    for note in notes:
        begin, end = ((tempo.beat_at(at) - origin) * steps_per_beat for at in (note.start_s, note.end_s))
        start = max(0, int(np.floor(begin + 0.5)))
        if note.track < tracks:
            found[note.track, start : max(start + 1, int(np.floor(end + 0.5))), note.pitch] = note.velocity
    return found


def write(
    path: Path,
    rolls: np.ndarray,
    instruments: Sequence[TrackInfo],
    steps_per_beat: int,
    steps_per_bar: int,
    bpm: float,
    seed: int = 0,
) -> None:
    """Write rolls.

    Args:
        path: an unfinished file of `paths.atomic`.
        rolls: (tracks, steps, 128) velocities, 0 for silence.
        seed: of the take; pypianoroll does not look at it.

    Raises:
        OSError: the file cannot be written.
    """
    steps = rolls.shape[1]
    info: dict[str, object] = {"resolution": steps_per_beat, "name": "leap-bridge"}
    arrays = {"tempo": np.full((steps, 1), bpm), "downbeat": (np.arange(steps) % steps_per_bar == 0)[:, None]}
    arrays["seed"] = np.array(seed)
    for number, (roll, each) in enumerate(zip(rolls, instruments, strict=True)):
        info[str(number)] = {"program": each.program, "is_drum": each.is_drum, "name": each.name}
        sparse = csc_matrix(roll.astype(np.uint8))
        arrays |= {f"pianoroll_{number}_csc_{name}": np.asarray(getattr(sparse, name)) for name in _ARRAYS}
    with path.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("info.json", json.dumps(info))
