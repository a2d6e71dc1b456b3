"""`leap-bridge install HOST`: copy what runs inside a host to where the host looks for it."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from leap_bridge.install import HOSTS, install


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:  # noqa: ARG001
    """Flags and an example."""
    parser.add_argument("host", metavar="HOST", help=f"one of {', '.join(HOSTS)}")
    parser.add_argument("--to", metavar="FOLDER", help="the host's folder, if it is not where it usually is")
    given = "; ".join(f"{name}: {host.given}" for name, host in HOSTS.items())
    parser.epilog = f"--to takes, for {given}; example: leap-bridge install {next(iter(HOSTS))}"


def run(arguments: argparse.Namespace) -> None:
    """Copy, and say what a person does then.

    Raises:
        BadParameter, FileMissing, UnwritableOutput: it cannot be done.
    """
    done = install(arguments.host, Path(arguments.to).expanduser().absolute() if arguments.to else None)
    if arguments.json:
        print(json.dumps({**asdict(done), "folder": str(done.folder)}))
        return
    print(f"{len(done.files)} files are in {done.folder}. Nothing was registered; what is left to do:")
    for number, step in enumerate(done.steps, 1):
        print(f"{number}. {step}")
