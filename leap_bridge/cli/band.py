"""`leap-bridge band` and `interpolate A B`: new music for five players, and a walk between two takes of it."""

import argparse
from collections.abc import Sequence

from leap_bridge.cli import bands, flags, generate
from leap_bridge.cli.outputs import add_extras
from leap_models import pipeline, registry
from leap_models.errors import BadParameter

MODEL = "musegan"
EXAMPLES = {"band": "band --bars 16 --key Am --count 3", "interpolate": "interpolate 3 8 --steps 5 -o way.mid"}


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Flags and an example; what has no flag here is as `generate` has it by default."""
    verb = parser.prog.rpartition(" ")[2]
    if verb == "interpolate":
        for end in ("A", "B"):
            parser.add_argument(end.lower(), metavar=end, help="a take: its seed, or the .npz file of an earlier one")
        parser.add_argument("--steps", dest="steps_between", default=str(bands.STEPS.default), help=bands.STEPS.help)
        parser.set_defaults(seed=str(pipeline.SEED.default), count=str(generate.COUNT.default))
    else:
        for param in (pipeline.SEED, generate.COUNT):
            parser.add_argument(flags.flag(param.name), default=str(param.default), help=flags.help_of(param))
        parser.set_defaults(steps_between=str(bands.STEPS.default))
    parser.set_defaults(clip=None, between=None)
    parser.add_argument("-o", "--output", metavar="OUT.mid", help=f"default: {verb}.mid")
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")
    add_extras(parser)
    flags.add_model(parser, argv, MODEL)
    parser.epilog = f"example: leap-bridge {EXAMPLES[verb]}"


def run(arguments: argparse.Namespace) -> None:
    """Make every take, write it, and say where it is.

    Raises:
        BadParameter: the model is no band, or a value is wrong.
    """
    info = registry.describe(arguments.model)
    if not info.instruments:
        raise BadParameter(f"{arguments.command} needs a band, {info.name} is none")
    if arguments.command == "interpolate":
        arguments.between = [arguments.a, arguments.b]
    arguments.output = arguments.output or f"{arguments.command}.mid"
    generate.run(arguments)
