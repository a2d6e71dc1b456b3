"""`leap-bridge doctor`: what does not work here, and how to mend it."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict

from leap_bridge import settings

MARKS = {"ok": "ok     ", "note": "note   ", "failed": "FAILED "}


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:  # noqa: ARG001
    """Flags and an example."""
    parser.add_argument("--model", default="leap", help="what the rehearsal asks to arrange; default leap")
    parser.epilog = "exits with 1 if something failed; example: leap-bridge doctor --json"


def run(arguments: argparse.Namespace) -> int:
    """Print what is found as it is found; 1 if something failed."""
    from leap_bridge.doctor import examine
    from leap_models import registry

    registry.describe(arguments.model)
    failed = False
    for finding in examine(settings.load(), arguments.model):
        failed |= finding.state == "failed"
        if arguments.json:
            print(json.dumps(asdict(finding)), flush=True)
            continue
        print(f"{MARKS[finding.state]} {finding.name}: {finding.text}", flush=True)
        if finding.mend:
            print(f"         {finding.mend}", flush=True)
    return int(failed)
