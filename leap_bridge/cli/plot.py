"""`leap-bridge plot FILE`: a MIDI file as a picture."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from leap_models.music import midi, plot
from leap_models.paths import atomic, refuse_existing


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:  # noqa: ARG001
    """Flags and an example."""
    parser.add_argument("midi", metavar="FILE.mid")
    parser.add_argument("-o", "--output", metavar="OUT.png", help="default: FILE with the ending .png")
    parser.add_argument("--force", action="store_true", help="overwrite a file that exists")
    parser.epilog = "example: leap-bridge plot song.piano.mid"


def run(arguments: argparse.Namespace) -> None:
    """Draw it, and say where it is."""
    source = Path(arguments.midi)
    output = Path(arguments.output) if arguments.output else source.with_suffix(".png")
    refuse_existing(output, arguments.force)
    read = midi.read(source)
    with atomic(output) as unfinished:
        plot.write(unfinished, read.notes, read.tempo, source.name)
    print(json.dumps({"path": str(output), "notes": len(read.notes)}) if arguments.json else output)
