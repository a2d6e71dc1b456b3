"""`leap-bridge respond`: play into a MIDI port, stop, and be answered in time."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from leap_bridge.cli import flags
from leap_bridge.midi import ports
from leap_bridge.midi.responder import CHANNEL, PAUSE, Answerer, Responder
from leap_models import pipeline, registry
from leap_models.errors import BadParameter

MODEL = "lstm"


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Flags and an example."""
    for param in (pipeline.SEED, PAUSE, CHANNEL):
        parser.add_argument(flags.flag(param.name), default=str(param.default), help=flags.help_of(param))
    parser.add_argument("--midi-out", default="", metavar="NAME", help="part of the name of a port; default: LEAP out")
    parser.add_argument("--midi-in", default="", metavar="NAME", help="part of the name of a port; default: LEAP in")
    flags.add_model(parser, argv, MODEL)
    parser.epilog = "example: leap-bridge respond --model chorale --bpm 84"


def run(arguments: argparse.Namespace) -> None:
    """Listen and answer until Ctrl-C.

    Raises:
        BadParameter: the model does not go on where a clip ends, or a value is wrong.
        MissingDependency: there is no MIDI.
    """
    info = registry.describe(arguments.model)
    if info.instruments or not {"more", "bpm"} <= {each.name for each in info.params}:
        raise BadParameter(f"respond needs a model for piano that has the parameter more, {info.name} is none")
    params = info.check(flags.given(arguments, info))
    seed, channel = int(pipeline.SEED.parse(arguments.seed)), int(CHANNEL.parse(arguments.channel))
    pause = float(PAUSE.parse(arguments.pause))
    model = registry.load(info.name, arguments.device, Path(arguments.weights) if arguments.weights else None)
    opened = ports.open_ports(arguments.midi_out, arguments.midi_in)
    responder = Responder(
        opened, time.monotonic, Answerer(model, params, seed), float(params["bpm"]),
        int(params.get("beats_per_bar", 4)), pause, channel,
    )  # fmt: skip
    opened.listen(responder.receive)
    print(f"listening, and answering with {info.name}; Ctrl-C ends it", file=sys.stderr)
    try:
        responder.run()
    finally:
        responder.close()
        opened.close()
