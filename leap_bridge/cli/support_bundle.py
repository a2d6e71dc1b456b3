"""`leap-bridge support-bundle`: the log and the versions in one file, for a report."""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

from leap_bridge import bundle
from leap_models.paths import refuse_existing


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:  # noqa: ARG001
    """Flags and an example."""
    parser.add_argument("-o", "--output", metavar="OUT.zip", help="default: leap-bridge-support-DATE.zip, here")
    parser.add_argument("--force", action="store_true", help="overwrite a file that exists")
    parser.epilog = "read it before you send it: the log names your files; example: leap-bridge support-bundle"


def run(arguments: argparse.Namespace) -> None:
    """Write it, and say where it is."""
    path = Path(arguments.output or time.strftime("leap-bridge-support-%Y%m%d-%H%M%S.zip")).absolute()
    names = bundle.write(refuse_existing(path, arguments.force))
    print(json.dumps({"path": str(path), "files": names}) if arguments.json else path)
