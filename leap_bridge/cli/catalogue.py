"""`leap-bridge catalogue SONGS`: every song of a folder or a list arranged, on this computer or on many."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from leap_bridge import catalogue
from leap_bridge.catalogue import Order
from leap_bridge.cli import flags
from leap_models import pipeline, registry
from leap_models.errors import BadParameter
from leap_models.interface import Request
from leap_models.paths import weights_folder

EXAMPLE = "example: leap-bridge catalogue songs -o arranged --difficulty 2 --cluster local --workers 4"


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Flags and an example."""
    parser.add_argument("songs", metavar="SONGS", help="a folder of recordings, or a text file with one a line")
    parser.add_argument("-o", "--output", metavar="FOLDER", default="arranged", help="default arranged")
    parser.add_argument("--workers", default="1", help="processes; default 1")
    parser.add_argument(
        "--cluster", default="", help="local, or tcp://host:port of a Dask scheduler; default: processes of this one"
    )
    for param in (pipeline.SEED, pipeline.QUANTIZE):
        parser.add_argument(flags.flag(param.name), default=str(param.default), help=flags.help_of(param))
    parser.add_argument("--force", action="store_true", help="arrange those anew that are there")
    flags.add_model(parser, argv)
    parser.epilog = EXAMPLE


def run(arguments: argparse.Namespace) -> int:
    """Arrange what is not there yet; a line for each, on stdout with `--json` as JSON. 1 if one could not be.

    Raises:
        BadParameter: no recordings, or a flag that cannot be.
    """
    from leap_models.training.cluster import each

    orders = _orders(arguments)
    todo = {str(order.target): order for order in orders if arguments.force or not order.target.exists()}
    failed = 0
    for done in each(catalogue.arrange, todo, arguments.cluster, _workers(arguments.workers)):
        failed += bool(done.error)
        if arguments.json:
            print(json.dumps(asdict(done)), flush=True)
        elif done.error:
            print(f"leap-bridge: {done.song}: {done.error}", file=sys.stderr)
        else:
            print(done.path, flush=True)
    if not arguments.json:
        print(f"{len(todo) - failed} arranged, {len(orders) - len(todo)} were there, {failed} could not be")
    return 1 if failed else 0


def _orders(arguments: argparse.Namespace) -> list[Order]:
    where, out = Path(arguments.songs), Path(arguments.output)
    found = catalogue.songs(where)
    if not found:
        raise BadParameter(f"there is no recording in {where}")
    info = registry.describe(arguments.model)
    request = Request(
        info.name, flags.given(arguments, info), int(pipeline.SEED.parse(arguments.seed)),
        quantize=float(pipeline.QUANTIZE.parse(arguments.quantize)),
    )  # fmt: skip
    weights = Path(arguments.weights) if arguments.weights else weights_folder(info.name)
    places = catalogue.targets(found, where, out)
    return [
        Order(song, place, request, arguments.device, weights, arguments.force)
        for song, place in zip(found, places, strict=True)
    ]


def _workers(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1024:
        raise BadParameter(f"workers must be from 1 to 1024, got {text}")
    return int(text)
