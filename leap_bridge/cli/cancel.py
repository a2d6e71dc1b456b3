"""`leap-bridge cancel JOB`: stop a job of the daemon."""

import argparse
import json
from collections.abc import Sequence

from leap_bridge.cli.status import named
from leap_bridge.osc.client import Client
from leap_models.errors import BadParameter
from leap_models.params import Param

JOB = Param("job", 1, 1, help="number of the job, as `leap-bridge status` shows it")


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:  # noqa: ARG001
    """Flags and an example."""
    parser.add_argument("job", metavar="JOB", help=JOB.help)
    parser.epilog = "example: leap-bridge cancel 12"


def run(arguments: argparse.Namespace) -> None:
    """Stop it and say what is left of it.

    Raises:
        NotRunning: no daemon runs.
        UnknownJob: there is no such job.
        BadParameter: it has ended already.
    """
    job = int(JOB.parse(arguments.job))
    with Client.running("leap-bridge cancel") as client:
        state = named(client.ask("/leap/status", job))["state"]
        if state not in ("queued", "running"):
            raise BadParameter(f"job {job} has ended already: it is {state}")
        client.cancel(job)
        last = client.last_word(job)
    if last.address != "/leap/cancelled":
        raise BadParameter(f"job {job} ended before it could be cancelled")
    found = named(last)
    if arguments.json:
        print(json.dumps(found))
    else:
        kept = f", {found['windows']} windows are kept in {found['path']}" if found["path"] else ""
        print(f"cancelled job {job}{kept}")
