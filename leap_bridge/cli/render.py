"""`leap-bridge render NOTES.mid --like REFERENCE`: notes, or a recording's, with the sound of another recording."""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from leap_bridge.cli import flags
from leap_bridge.cli.bar import Bar
from leap_bridge.cli.outputs import Sounds, say
from leap_bridge.cli.transcribe import add_reader
from leap_models import pipeline, reference, registry, scores, transcribing
from leap_models.errors import BadParameter
from leap_models.interface import Model, ModelInfo, Piece, Request, Value
from leap_models.music import audio, spectra
from leap_models.music.audio import Audio, Samples
from leap_models.music.sound_pictures import Row
from leap_models.music.spectra import LogMel
from leap_models.pipeline import Result
from leap_models.progress import Clock, Progress
from leap_models.transcribing import NAMES, READER

MODEL = "timbre"
EAR = "ear"  # parameter of a model whose room has two sides


@dataclass(frozen=True)
class Report:
    """What `render` says when it is done; with `--json` these are the keys.

    Args:
        colour_db: how far the mean spectrum is from the reference's: see `spectra.colour_distance_db`.
        target_colour_db, target_db: the same from the target's, and moment by moment; None without one.
        reader: who found the notes, if they were found in a recording.
    """

    path: str
    plot: str | None
    source: str
    like: str
    notes: int
    reader: str | None
    colour_db: float
    target_colour_db: float | None
    target_db: float | None
    sample_rate: int
    channels: int
    seed: int
    start_s: float
    duration_s: float
    seconds: float
    real_time_factor: float
    model: str
    windows: int
    params: dict[str, Value]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Heard:
    """What is compared and drawn."""

    made: LogMel
    like: LogMel
    target: LogMel | None


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Flags and an example."""
    parser.add_argument("source", metavar="NOTES.mid", help="what is played: a MIDI file, or a recording of a piano")
    parser.add_argument("--like", required=True, metavar="REFERENCE", help="a recording: some seconds of the sound")
    parser.add_argument("-o", "--output", metavar="OUT.wav", help="default: NOTES with the ending .rendered.wav")
    parser.add_argument("--plot", metavar="OUT.png", help="also draw spectrograms of the reference and the result")
    parser.add_argument("--target", metavar="TRUE.wav", help="the true sound, if there is one, to compare with")
    parser.add_argument("--start", default="0", metavar="TIME", help="where to begin: seconds or m:s; default 0")
    parser.add_argument("--end", metavar="TIME", help="where to end; default the end of the notes")
    parser.add_argument("--seed", default=str(pipeline.SEED.default), help=flags.help_of(pipeline.SEED))
    add_reader(parser)
    parser.add_argument("--stereo", action="store_true", help="the room as two ears hear it, in two channels")
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")
    flags.add_model(parser, argv, MODEL)
    parser.epilog = "example: leap-bridge render clip.mid --like piano.wav -o clip.wav"


def run(arguments: argparse.Namespace) -> None:
    """Play, write, and say where it is.

    Raises:
        BadParameter: the model does not play notes, or a value is wrong.
    """
    began_s = time.perf_counter()
    info = registry.describe(arguments.model)
    if not scores.plays(info) or info.gives != "audio":
        raise BadParameter(f"render needs a model that plays notes, {info.name} does not")
    request = Request(
        model=info.name,
        params=flags.given(arguments, info),
        seed=int(pipeline.SEED.parse(arguments.seed)),
        start_s=flags.seconds("start", arguments.start),
        end_s=None if arguments.end is None else flags.seconds("end", arguments.end),
    )
    source, reader = Path(arguments.source), str(READER.parse(arguments.reader))
    outputs = Sounds(
        Path(arguments.output) if arguments.output else source.with_name(source.stem + ".rendered.wav"),
        Path(arguments.plot) if arguments.plot else None,
    )
    piece = scores.recital(source, info, arguments.like)
    request = replace(request, params=pipeline.check(info, piece, request))
    outputs.check(arguments.force)
    weights = Path(arguments.weights) if arguments.weights else None
    with Bar() as bar:
        found = transcribing.find(piece, request, Clock(bar, None), reader=reader) if piece.unheard else None
        played = piece if found is None else transcribing.noted(piece, found)
        model = registry.load(info.name, arguments.device, weights)
        result, channels = _made(model, played, request, arguments.stereo, bar)
        bar(Progress("writing", 0, 1))
        heard = _heard(result, played, arguments.target, info)
        outputs.write(channels, info.grid.sample_rate, _rows(outputs, heard, played))
    read_by = None if found is None else found.reader
    _show(_report(outputs, result, len(channels), heard, played, read_by, began_s), arguments.json)


def _made(model: Model, piece: Piece, request: Request, stereo: bool, bar: Bar) -> tuple[Result, list[Samples]]:
    """What one ear hears, the left one of two; and the sound of each channel.

    Raises:
        BadParameter: the model has one ear.
    """
    if not stereo:
        result = pipeline.run(model, piece, request, bar)
        return result, [_sound(result).samples]
    if EAR not in request.params:
        raise BadParameter(f"--stereo needs a model with two ears, {model.info.name} has one")
    both = [
        pipeline.run(model, piece, replace(request, params={**request.params, EAR: ear}), bar)
        for ear in ("left", "right")
    ]
    return both[0], [_sound(each).samples for each in both]


def _sound(result: Result) -> Audio:
    assert result.audio is not None  # of a model that gives audio
    return result.audio


def _heard(result: Result, piece: Piece, target: str | None, info: ModelInfo) -> Heard:
    made, rate = _sound(result), info.grid.sample_rate
    true = None if target is None else audio.read(target, rate, result.request.start_s, result.request.end_s)
    return Heard(
        spectra.log_mel(made.samples, rate),
        spectra.log_mel(reference.read(piece, rate).samples, rate),
        None if true is None else spectra.log_mel(true.samples, rate),
    )


def _rows(outputs: Sounds, heard: Heard, piece: Piece) -> list[Row]:
    rows = [
        Row(heard.like, f"the reference: {Path(piece.like).name}"), Row(heard.made, f"the result: {outputs.wav.name}")
    ]  # fmt: skip
    return rows if heard.target is None else [*rows, Row(heard.target, "the target")]


def _report(
    outputs: Sounds, result: Result, channels: int, heard: Heard, piece: Piece, reader: str | None, began_s: float
) -> Report:
    target, seconds = heard.target, time.perf_counter() - began_s
    return Report(
        path=str(outputs.wav),
        plot=None if outputs.plot is None else str(outputs.plot),
        source=piece.source,
        like=piece.like,
        notes=len(piece.notes),
        reader=reader,
        colour_db=round(spectra.colour_distance_db(heard.made, heard.like), 2),
        target_colour_db=None if target is None else round(spectra.colour_distance_db(heard.made, target), 2),
        target_db=None if target is None else round(spectra.distance_db(heard.made, target), 2),
        sample_rate=_sound(result).sample_rate,
        channels=channels,
        seed=result.seed,
        start_s=result.request.start_s,
        duration_s=round(result.duration_s, 3),
        seconds=round(seconds, 3),
        real_time_factor=round(seconds / result.duration_s, 4),
        model=result.request.model,
        windows=result.windows,
        params=dict(result.request.params),
        warnings=result.warnings,
    )


def _show(report: Report, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(report)))
        return
    say(report.warnings, (report.path, report.plot))
    found = f", found by {NAMES[report.reader]}" if report.reader else ""
    print(
        f"{report.notes} notes{found}, in {report.duration_s:.1f} s of sound, {report.colour_db:.1f} dB from the "
        f"reference's mean spectrum\nmade by {report.model} in {report.seconds:.1f} s, "
        f"{report.real_time_factor:.2f} of real time"
    )
