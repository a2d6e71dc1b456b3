"""`leap-bridge arrange AUDIO`: a recording in, a piano arrangement out."""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from leap_bridge.cli import flags, remote
from leap_bridge.cli.bar import Bar, Events
from leap_bridge.cli.outputs import Outputs, say
from leap_bridge.osc.client import Client
from leap_models import pipeline, registry
from leap_models.checkpoint import read_card
from leap_models.interface import Request, Value, Values
from leap_models.music.difficulty import EDGES, Edges, measure
from leap_models.paths import weights_folder
from leap_models.pipeline import Result
from leap_models.progress import Progress

EXAMPLE = "example: leap-bridge arrange song.mp3 --difficulty 2 --preview song.piano.wav"


@dataclass(frozen=True)
class Report:
    """What `arrange` says when it is done; with `--json` these are the keys."""

    path: str
    preview: str | None
    plot: str | None
    musicxml: str | None
    notes: int
    seed: int
    start_s: float
    duration_s: float
    seconds: float
    real_time_factor: float
    model: str
    conditioner: str | None
    difficulty: float | None
    difficulty_measured: float
    bpm: float
    quantize: float
    windows: int
    params: dict[str, Value]
    warnings: tuple[str, ...]


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Flags and an example."""
    parser.add_argument("audio", metavar="AUDIO", help="wav, flac, ogg or mp3; m4a, aac and videos with ffmpeg or PyAV")
    parser.add_argument("-o", "--output", metavar="OUT.mid", help="default: AUDIO with the ending .piano.mid")
    parser.add_argument("--preview", metavar="OUT.wav", help="also write how it sounds")
    parser.add_argument("--plot", metavar="OUT.png", help="also write how it looks, as a piano roll")
    parser.add_argument("--musicxml", metavar="OUT.musicxml", help="also write it as a score")
    parser.add_argument("--local", action="store_true", help="do it in this process even when a daemon runs")
    parser.add_argument("--start", default="0", metavar="TIME", help="where to begin: seconds or m:s; default 0")
    parser.add_argument("--end", metavar="TIME", help="where to end; default the end of the song")
    add_request(parser)
    flags.add_model(parser, argv)
    parser.epilog = EXAMPLE


def add_request(parser: argparse.ArgumentParser) -> None:
    """The flags of every arrangement, whatever its model and source."""
    for param in (pipeline.SEED, pipeline.QUANTIZE):
        parser.add_argument(flags.flag(param.name), default=str(param.default), help=flags.help_of(param))
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")
    parser.add_argument("--events", action="store_true", help="print what happens, one JSON object a line")


def run(arguments: argparse.Namespace) -> None:
    """Arrange, write, and say where it is."""
    source = Path(arguments.audio)
    outputs = Outputs(
        Path(arguments.output) if arguments.output else source.with_name(source.stem + ".piano.mid"),
        *(Path(path) if path else None for path in (arguments.preview, arguments.plot, arguments.musicxml)),
    )
    end_s = None if arguments.end is None else flags.seconds("end", arguments.end)
    is_usual = arguments.weights is None and arguments.device == "auto"
    daemon = remote.find() if is_usual and not arguments.local else None
    report = arrange(source, outputs, arguments, flags.seconds("start", arguments.start), end_s, daemon)
    show(report, arguments.json or arguments.events)


def arrange(
    source: Path,
    outputs: Outputs,
    arguments: argparse.Namespace,
    start_s: float = 0.0,
    end_s: float | None = None,
    daemon: Client | None = None,
) -> Report:
    """Arrange the file as the flags of `add_request` and `flags.add_model` say, and write the outputs.

    Args:
        daemon: who is to do it; None: this process.
    """
    began_s = time.perf_counter()
    info = registry.describe(arguments.model)
    request = Request(
        model=info.name,
        params=flags.given(arguments, info),
        seed=int(pipeline.SEED.parse(arguments.seed)),
        start_s=start_s,
        end_s=end_s,
        quantize=float(pipeline.QUANTIZE.parse(arguments.quantize)),
    )
    with Events() if arguments.events else Bar() as bar:
        piece = pipeline.open_piece(source)
        params = pipeline.check(info, piece, request)  # before the weights are loaded
        outputs.check(arguments.force)
        weights = Path(arguments.weights) if arguments.weights else weights_folder(info.name)
        if daemon is not None:
            result = remote.run(daemon, source, request, bar)
        else:
            result = pipeline.run(registry.load(info.name, arguments.device, weights), piece, request, bar)
        bar(Progress("writing", 0, 1))
        outputs.write(result, source.name)
    return _report(outputs, result, params, _edges(weights), time.perf_counter() - began_s)


def show(report: Report, as_json: bool) -> None:
    """Print the report; warnings go to stderr as well."""
    if as_json:
        print(json.dumps(asdict(report)))
        return
    say(report.warnings, (report.path, report.preview, report.plot, report.musicxml))
    conditioner = f", conditioner {report.conditioner}" if report.conditioner else ""
    asked = "" if report.difficulty is None else f" (asked {report.difficulty:g})"
    print(
        f"{report.notes} notes in {report.duration_s:.1f} s of music at {report.bpm:.0f} beats a minute, "
        f"difficulty {report.difficulty_measured:.1f}{asked}, seed {report.seed}\n"
        f"made by {report.model}{conditioner} in {report.seconds:.1f} s, {report.real_time_factor:.2f} of real time"
    )


def _edges(weights: Path) -> Edges:
    """The scores that the model's levels mean, if its checkpoint says so."""
    scores = read_card(weights).config.get("edges")
    return EDGES if scores is None else Edges(tuple(scores))


def _report(outputs: Outputs, result: Result, params: Values, edges: Edges, seconds: float) -> Report:
    def name(path: Path | None) -> str | None:
        return None if path is None else str(path)

    beats = result.tempo.beat_at(result.duration_s) - result.tempo.beat_at(0.0)
    return Report(
        path=str(outputs.midi),
        preview=name(outputs.preview),
        plot=name(outputs.plot),
        musicxml=name(outputs.musicxml),
        notes=len(result.notes),
        seed=result.seed,
        start_s=result.request.start_s,
        duration_s=round(result.duration_s, 3),
        seconds=round(seconds, 3),
        real_time_factor=round(seconds / result.duration_s, 4),
        model=result.request.model,
        conditioner=str(params["conditioner"]) if "conditioner" in params else None,
        difficulty=float(params["difficulty"]) if "difficulty" in params else None,
        difficulty_measured=round(measure(result.notes, 0.0, result.duration_s, edges, result.tempo), 2),
        bpm=round(60 * beats / result.duration_s, 1),
        quantize=result.request.quantize,
        windows=result.windows,
        params=dict(params),
        warnings=result.warnings,
    )
