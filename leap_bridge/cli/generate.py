"""`leap-bridge generate [CLIP.mid]`: music from nothing, or a clip varied, continued, or with bars filled in."""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from leap_bridge.cli import bands, flags
from leap_bridge.cli.bar import Bar
from leap_bridge.cli.outputs import Extras, add_extras, extras
from leap_models import pipeline, registry, scores
from leap_models.errors import BadParameter, UnwritableOutput
from leap_models.families.score_sde import plan
from leap_models.families.score_sde.passage import Shape
from leap_models.interface import ModelInfo, Param, Piece, Request, Value, Values
from leap_models.music import midi, plot
from leap_models.music.notes import Notes
from leap_models.music.roll import notes_to_roll
from leap_models.music.tempo import TempoMap
from leap_models.paths import atomic, refuse_existing
from leap_models.pipeline import Result

MODEL = "score_sde"
ENDINGS = (".mid", ".npz", ".png")
ROLL_RATE = 100  # frames a second of the .npz
COUNT = Param("count", 1, 1, 256, help="how many samples; their seeds count up from --seed")


@dataclass(frozen=True)
class Sample:
    """One file of each kind, and what is in it; with `--json` these are the keys."""

    path: str
    npz: str
    png: str
    notes: int
    seed: int
    duration_s: float
    seconds: float
    warnings: tuple[str, ...]
    preview: str | None = None
    musicxml: str | None = None


@dataclass(frozen=True)
class Report:
    """What `generate` says when it is done; with `--json` these are the keys."""

    model: str
    source: str
    params: dict[str, Value]
    samples: tuple[Sample, ...]
    grid: str | None


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Flags and an example."""
    parser.add_argument("clip", metavar="CLIP.mid", nargs="?", help="what is varied, continued or filled")
    parser.add_argument("-o", "--output", metavar="OUT.mid", help="default: CLIP.new.mid, or generated.mid")
    for param in (pipeline.SEED, COUNT):
        parser.add_argument(flags.flag(param.name), default=str(param.default), help=flags.help_of(param))
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")
    add_extras(parser)
    flags.add_model(parser, argv, MODEL)
    parser.add_argument("--between", nargs=2, metavar=("A", "B"), help=bands.BETWEEN_HELP)
    parser.add_argument("--steps-between", default=str(bands.STEPS.default), help=flags.help_of(bands.STEPS))
    parser.add_argument("--vary", dest="param_variation", metavar="VARIATION", help="the same as --variation")
    parser.epilog = "example: leap-bridge generate --fill 4:8 clip.mid"


def run(arguments: argparse.Namespace) -> None:
    """Make every sample, write it, and say where it is.

    Raises:
        BadParameter: the model does not make music from nothing, or a value is wrong.
    """
    info = registry.describe(arguments.model)
    if not info.alone:
        raise BadParameter(f"generate needs a model that makes music from nothing, {info.name} takes a source")
    params = info.check(flags.given(arguments, info))
    seed, count = int(pipeline.SEED.parse(arguments.seed)), int(COUNT.parse(arguments.count))
    requests = [Request(info.name, params, seed + index) for index in range(count)]
    if arguments.between:
        requests = bands.between(info, params, arguments.between, int(bands.STEPS.parse(arguments.steps_between)))
    count = len(requests)
    piece = scores.clip(arguments.clip, params, info) if arguments.clip else scores.nothing(params)
    outputs, wanted = _outputs(arguments, count), extras(arguments)
    beside = [wanted.numbered(number) for number in range(1, count + 1)] if count > 1 else [wanted]
    grid = outputs[0].with_name(_stem(arguments).name + ".grid.png") if count > 1 else None
    endings = bands.ENDINGS if info.instruments else ENDINGS
    names = [each.with_suffix(end) for each in outputs for end in endings]
    for path in (*names, *_some(grid), *(path for each in beside for path in each.paths)):
        check(path, arguments.force)
    if piece.notes and info.name == MODEL:
        plan.plan(piece.notes, _tempo(piece), Shape(), params)  # refuses what it cannot fill, before loading
    for request in requests:
        pipeline.check(info, piece, request)
    model = registry.load(info.name, arguments.device, Path(arguments.weights) if arguments.weights else None)
    samples, rows = [], []
    for request, path, more in zip(requests, outputs, beside, strict=True):
        began_s = time.perf_counter()
        with Bar() as bar:
            result = pipeline.run(model, piece, request, bar)
        notes = _whole(piece, result, params, info)
        samples.append(written(path, notes, result, time.perf_counter() - began_s, info, more))
        rows.append(plot.Row(notes, f"seed {request.seed}"))
    if grid is not None:
        with atomic(grid) as unfinished:
            if info.instruments:
                bands.write_grid(unfinished, [row.notes for row in rows], result, info)
            else:
                plot.write_grid(unfinished, rows, result.tempo)
    show(Report(info.name, piece.source, dict(params), tuple(samples), str(grid) if grid else None), arguments.json)


def show(report: Report, as_json: bool) -> None:
    """Print the report; warnings go to stderr as well."""
    if as_json:
        print(json.dumps(asdict(report)))
        return
    for sample in report.samples:
        for warning in sample.warnings:
            print(f"leap-bridge: warning: {warning}", file=sys.stderr)
        for path in (sample.path, sample.npz, sample.png, sample.preview, sample.musicxml):
            if path is not None:
                print(path)
    if report.grid is not None:
        print(report.grid)
    notes, seconds = (sum(getattr(each, name) for each in report.samples) for name in ("notes", "seconds"))
    print(f"{notes} notes in {len(report.samples)} samples, made by {report.model} in {seconds:.1f} s")


def _whole(piece: Piece, result: Result, params: Values, info: ModelInfo) -> Notes:
    """The result, with what stays of a clip exactly as it was."""
    if info.name != MODEL:
        return result.notes
    return plan.merged(piece.notes, _tempo(piece), params, result.notes) if piece.notes else result.notes


def _tempo(piece: Piece) -> TempoMap:
    assert piece.tempo is not None  # a clip and nothing both have one
    return piece.tempo


def written(path: Path, notes: Notes, result: Result, seconds: float, info: ModelInfo, more: Extras) -> Sample:
    """Write a take: all its files, or none; then what else is wanted of it."""
    if info.instruments:
        bands.write(path, notes, result, info)
    else:
        _write(path, notes, result)
    more.write(notes, result.tempo, path.stem, info.instruments)
    names = [path.with_suffix(end) for end in ENDINGS]
    return Sample(
        path=str(names[0]), npz=str(names[1]), png=str(names[2]), notes=len(notes), seed=result.seed,
        duration_s=round(result.duration_s, 3), seconds=round(seconds, 3),
        warnings=(*result.warnings, *bands.silent(notes, result, info)),
        preview=str(more.preview) if more.preview else None, musicxml=str(more.musicxml) if more.musicxml else None,
    )  # fmt: skip


def _write(path: Path, notes: Notes, result: Result) -> None:
    names = [path.with_suffix(end) for end in ENDINGS]
    roll = notes_to_roll(notes, ROLL_RATE, max(1, round(result.duration_s * ROLL_RATE)))
    planes = {"sounding": roll.sounding[0], "onset": roll.onset[0], "velocity": roll.velocity[0]}
    with ExitStack() as stack:
        score, arrays, picture = (stack.enter_context(atomic(name)) for name in names)
        midi.write(score, notes, result.tempo)
        with arrays.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, rate=np.array(ROLL_RATE), **planes)
        plot.write(picture, notes, result.tempo, f"seed {result.seed}")


def _stem(arguments: argparse.Namespace) -> Path:
    """The path of the outputs without their ending.

    Raises:
        BadParameter: the output is to be no .mid.
    """
    if arguments.output:
        path = Path(arguments.output)
        if path.suffix.lower() != ".mid":
            raise BadParameter(f"the output must end in .mid, got {path.name}")
        return path.with_suffix("")
    if arguments.clip:
        clip = Path(arguments.clip)
        return clip.with_name(clip.stem + ".new")
    return Path("generated")


def _outputs(arguments: argparse.Namespace, count: int) -> list[Path]:
    stem = _stem(arguments)
    names = [stem.name] if count == 1 else [f"{stem.name}-{number}" for number in range(1, count + 1)]
    return [stem.with_name(name + ".mid") for name in names]


def _some(path: Path | None) -> Iterator[Path]:
    if path is not None:
        yield path


def check(path: Path, force: bool) -> None:
    """Refuse a path that could not be written, or would lose something.

    Raises:
        OutputExists: something is there, and `force` is not given.
        UnwritableOutput: it is a folder, or lies in none.
    """
    refuse_existing(path, force)
    if path.is_dir() or not path.parent.is_dir():
        raise UnwritableOutput(f"cannot write {path}: there is no folder {path.parent}")
