"""`leap-bridge models`: which models there are."""

import argparse
import json
from collections.abc import Sequence

from leap_bridge.cli.describe import as_json
from leap_models import registry

HEADER = ("model", "takes", "gives", "licence", "")


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:  # noqa: ARG001
    """Flags and an example."""
    parser.epilog = "example: leap-bridge models --json"


def run(arguments: argparse.Namespace) -> None:
    """Print a line for each model."""
    infos = [registry.describe(name) for name in registry.available()]
    if arguments.json:
        print(json.dumps([as_json(info) for info in infos]))
        return
    rows = [HEADER] + [
        (info.name, " and ".join(sorted(info.takes)) or "nothing", info.gives, info.licence, info.summary)
        for info in infos
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
