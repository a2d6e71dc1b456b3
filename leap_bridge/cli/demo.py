"""`leap-bridge demo`: the song that comes with the program, rendered and arranged in the current folder."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import soundfile

from leap_bridge import demo_band, demo_song
from leap_bridge.cli import flags
from leap_bridge.cli.arrange import add_request, arrange, show
from leap_bridge.cli.outputs import Outputs
from leap_models.paths import atomic, refuse_existing

SONG = "demo.wav"


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Flags and an example."""
    add_request(parser)
    flags.add_model(parser, argv)
    parser.epilog = f"writes {SONG}, demo.piano.mid, demo.piano.wav and demo.piano.png; example: leap-bridge demo"


def run(arguments: argparse.Namespace) -> None:
    """Render the band, arrange it, and say where everything is."""
    song = Path.cwd() / SONG
    outputs = Outputs(*(song.with_suffix(".piano" + suffix) for suffix in (".mid", ".wav", ".png")))
    refuse_existing(song, arguments.force)
    outputs.check(arguments.force)
    with atomic(song) as unfinished, unfinished.open("wb") as stream:
        soundfile.write(stream, demo_band.render(demo_song.band()), demo_band.RATE, subtype="PCM_16", format="WAV")
    report = arrange(song, outputs, arguments)
    as_json = arguments.json or arguments.events
    if not as_json:
        print(song)
    show(report, as_json)
