"""`leap-bridge describe MODEL`: what a model takes, gives and can be told."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from leap_models import registry
from leap_models.interface import ModelInfo


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:  # noqa: ARG001
    """Flags and an example."""
    parser.add_argument("model", metavar="MODEL", help="one of " + ", ".join(registry.available()))
    parser.epilog = "example: leap-bridge describe leap"


def run(arguments: argparse.Namespace) -> None:
    """Print what the model says of itself."""
    info = registry.describe(arguments.model)
    if arguments.json:
        print(json.dumps(as_json(info)))
        return
    grid = info.grid
    print(f"{info.name}: {info.summary}")
    takes = " and ".join(sorted(info.takes))
    print(f"  takes       {'nothing' if not takes else f'{takes}, or nothing' if info.alone else takes}")
    print(f"  gives       {info.gives}, {info.tracks} track{'' if info.tracks == 1 else 's'}")
    print(f"  window      {grid.window_s:g} s every {grid.hop_s:g} s, audio at {grid.sample_rate} Hz")
    print(f"  licence     {info.licence}")
    print(f"  trained on  {info.trained_on}")
    print("  parameters")
    for param in info.params:
        print(f"    {param.name:14} {param.described}. {param.help}")


def as_json(info: ModelInfo) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "name": info.name, "family": info.family, "takes": sorted(info.takes), "alone": info.alone, "gives": info.gives,
        "tracks": info.tracks, "licence": info.licence, "trained_on": info.trained_on, "summary": info.summary,
        "grid": {**asdict(info.grid), "window_s": info.grid.window_s, "hop_s": info.grid.hop_s},
        "params": [{**asdict(param), "allowed": param.allowed} for param in info.params],
    }  # fmt: skip
