"""What `generate` does for a band: takes, ways between two of them, and files with a track for each player."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from leap_models import pipeline
from leap_models.errors import BadParameter
from leap_models.interface import ModelInfo, Param, Request, Values
from leap_models.music import band_pictures, midi, pianoroll_file
from leap_models.music.bars import Bars
from leap_models.music.notes import Notes
from leap_models.paths import atomic
from leap_models.pipeline import Result

ENDINGS = (".mid", ".npz", ".png", ".npy")
STEPS = Param("steps_between", 9, 2, 256, help="how many takes lie on the way, both ends among them")
BETWEEN_HELP = "takes on the way from one to the other: seeds, or .npz files of earlier takes"
LOWEST, HIGHEST = 24, 108  # MIDI numbers that pictures show


def between(info: ModelInfo, params: Values, ends: Sequence[str], count: int) -> list[Request]:
    """A request for each take on the way from one to another.

    Args:
        ends: two, each a seed, or the path of a take that was written by `write`.

    Raises:
        BadParameter: the model knows no ways between takes, or one of the ends is neither.
    """
    if not any(each.name == "towards" for each in info.params):
        raise BadParameter(f"a way between takes needs a model with the parameter towards, {info.name} has none")
    seed, towards = (_seed(each) for each in ends)
    places = [index / (count - 1) for index in range(count)]
    return [Request(info.name, {**params, "towards": towards, "position": place}, seed) for place in places]


def _seed(text: str) -> int:
    path = Path(text)
    if path.suffix != ".npz":
        return int(pipeline.SEED.parse(text))
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return int(arrays["seed"])
    except (OSError, ValueError, LookupError) as error:
        raise BadParameter(f"a way between takes needs seeds or .npz files of takes, got {text}") from error


def write(path: Path, notes: Notes, result: Result, info: ModelInfo) -> None:
    """All four files, or none: MIDI, piano rolls for pypianoroll with the seed, a picture, velocities as an array."""
    names = [path.with_suffix(end) for end in ENDINGS]
    rolls, tempo = _rolls(notes, result, info), result.tempo
    bpm = 60.0 * (tempo.beat_at(result.duration_s) - tempo.beat_at(0.0)) / result.duration_s
    with ExitStack() as stack:
        score, arrays, picture, array = (stack.enter_context(atomic(name)) for name in names)
        midi.write_played(score, notes, tempo, info.instruments)
        pianoroll_file.write(
            arrays, rolls, info.instruments, info.steps_per_beat, info.steps_per_beat * tempo.beats_per_bar, bpm,
            result.seed,
        )  # fmt: skip
        band_pictures.write(picture, band_pictures.picture(_cells(rolls, result, info)[None], 1, 1, coloured=True))
        with array.open("wb") as stream:
            np.save(stream, rolls, allow_pickle=False)


def write_grid(path: Path, takes: Sequence[Notes], result: Result, info: ModelInfo) -> None:
    """All takes in one picture, each track below the other."""
    cells = [_cells(_rolls(notes, result, info), result, info) for notes in takes]
    columns = int(np.ceil(len(cells) ** 0.5))
    band_pictures.write(path, band_pictures.picture(np.stack(cells), -(-len(cells) // columns), columns))


def silent(notes: Notes, result: Result, info: ModelInfo) -> tuple[str, ...]:
    """A line that names those who play nothing, though nobody left them out; none if everybody plays."""
    heard, left_out = {note.track for note in notes}, str(result.request.params.get("without", ""))
    names = [each.name.lower() for track, each in enumerate(info.instruments) if track not in heard]
    missing = [name for name in names if name not in left_out]
    return (f"seed {result.seed}: no {', no '.join(missing)}",) if missing else ()


def _rolls(notes: Notes, result: Result, info: ModelInfo) -> np.ndarray:
    """(tracks, steps, 128) velocities of whole bars."""
    bars = Bars(result.tempo)
    beats = result.tempo.beat_at(result.duration_s) - bars.origin
    steps = max(1, round(beats / result.tempo.beats_per_bar)) * result.tempo.beats_per_bar * info.steps_per_beat
    return pianoroll_file.velocities(notes, result.tempo, bars.origin, info.steps_per_beat, info.tracks, steps)


def _cells(rolls: np.ndarray, result: Result, info: ModelInfo) -> np.ndarray:
    """(bars, steps, pitches, tracks) 0..1."""
    shown = rolls[:, :, LOWEST:HIGHEST].astype(np.float32) / 127.0
    per_bar = result.tempo.beats_per_bar * info.steps_per_beat
    cells: np.ndarray = shown.reshape(len(rolls), -1, per_bar, HIGHEST - LOWEST).transpose(1, 2, 3, 0)
    return cells
