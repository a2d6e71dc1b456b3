"""`leap-bridge transcribe AUDIO`: the notes of a recording, as they are played."""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from leap_bridge.cli import flags
from leap_bridge.cli.bar import Bar
from leap_bridge.cli.outputs import Outputs, say
from leap_models import transcribing
from leap_models.errors import BadParameter
from leap_models.interface import Request
from leap_models.music import audio
from leap_models.music.beats import BeatTracker
from leap_models.music.tempo import TempoMap
from leap_models.pipeline import Result, open_piece
from leap_models.progress import Clock, Progress
from leap_models.transcribing import NAMES, READER, Transcription

RATE = 24_000  # at which the beat is followed


@dataclass(frozen=True)
class Report:
    """What `transcribe` says when it is done; with `--json` these are the keys."""

    path: str
    plot: str | None
    notes: int
    pedals: int
    reader: str
    start_s: float
    duration_s: float
    bpm: float
    seconds: float
    real_time_factor: float
    warnings: tuple[str, ...]


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:  # noqa: ARG001
    """Flags and an example."""
    parser.add_argument("audio", metavar="AUDIO", help="a recording; a piano's is read best")
    parser.add_argument("-o", "--output", metavar="OUT.mid", help="default: AUDIO with the ending .notes.mid")
    parser.add_argument("--plot", metavar="OUT.png", help="also write how it looks, as a piano roll")
    parser.add_argument("--start", default="0", metavar="TIME", help="where to begin: seconds or m:s; default 0")
    parser.add_argument("--end", metavar="TIME", help="where to end; default the end of the recording")
    add_reader(parser)
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")
    parser.epilog = "example: leap-bridge transcribe piano.wav -o piano.mid"


def add_reader(parser: argparse.ArgumentParser) -> None:
    """The flag that says who finds notes."""
    choices = "|".join(READER.choices)
    parser.add_argument("--reader", default=READER.default, metavar=choices, help=flags.help_of(READER))


def run(arguments: argparse.Namespace) -> None:
    """Find the notes, write them, and say where they are."""
    began_s = time.perf_counter()
    source, reader = Path(arguments.audio), str(READER.parse(arguments.reader))
    outputs = Outputs(
        Path(arguments.output) if arguments.output else source.with_name(source.stem + ".notes.mid"),
        plot=Path(arguments.plot) if arguments.plot else None,
    )
    start_s = flags.seconds("start", arguments.start)
    end_s = None if arguments.end is None else flags.seconds("end", arguments.end)
    whole_s = open_piece(source).duration_s
    if not start_s < whole_s or (end_s is not None and end_s <= start_s):
        raise BadParameter(f"start must be before the end, and before {whole_s:.2f} s, got {start_s:g} s")
    outputs.check(arguments.force)
    with Bar() as bar:
        found = transcribing.transcribe(source, Clock(bar, None), start_s, end_s, reader)
        tempo = _tempo(source, start_s, end_s)
        bar(Progress("writing", 0, 1))
        result = _result(found, tempo, start_s, min(whole_s, end_s or whole_s) - start_s)
        outputs.write(result, source.name)
    _show(_report(outputs, result, found, time.perf_counter() - began_s), arguments.json)


def _tempo(path: Path, start_s: float, end_s: float | None) -> TempoMap:
    """The recording's beat, so that bars of the file are its bars."""
    tracker = BeatTracker(RATE)
    for block in audio.stream(path, RATE, start_s, end_s):
        tracker.push(block)
    return tracker.finish()


def _result(found: Transcription, tempo: TempoMap, start_s: float, duration_s: float) -> Result:
    moved = transcribing.earlier(found, start_s)
    empty = () if found.notes else ("no notes were found",)
    request = Request("", start_s=start_s)
    return Result(moved.notes, moved.pedals, tempo, duration_s, 0, 0, request, (*found.warnings, *empty))


def _report(outputs: Outputs, result: Result, found: Transcription, seconds: float) -> Report:
    beats = result.tempo.beat_at(result.duration_s) - result.tempo.beat_at(0.0)
    return Report(
        path=str(outputs.midi),
        plot=None if outputs.plot is None else str(outputs.plot),
        notes=len(result.notes),
        pedals=len(result.pedals),
        reader=found.reader,
        start_s=result.request.start_s,
        duration_s=round(result.duration_s, 3),
        bpm=round(60 * beats / result.duration_s, 1),
        seconds=round(seconds, 3),
        real_time_factor=round(seconds / result.duration_s, 4),
        warnings=result.warnings,
    )


def _show(report: Report, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(report)))
        return
    say(report.warnings, (report.path, report.plot))
    reader = NAMES[report.reader]
    print(f"{report.notes} notes in {report.duration_s:.1f} s, found by {reader} in {report.seconds:.1f} s")
