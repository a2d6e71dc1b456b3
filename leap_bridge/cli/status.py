"""`leap-bridge status`: how the daemon and its jobs are."""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from leap_bridge.osc.addresses import FROM_DAEMON
from leap_bridge.osc.client import Client
from leap_bridge.osc.codec import Message


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:  # noqa: ARG001
    """Flags and an example."""
    parser.epilog = "example: leap-bridge status --json"


def run(arguments: argparse.Namespace) -> None:
    """Print a line for the daemon and one for each job.

    Raises:
        NotRunning: no daemon runs.
    """
    with Client.running("leap-bridge status") as client:
        daemon, *states = client.status()
    found, jobs = named(daemon), [named(state) for state in states]
    if arguments.json:
        print(json.dumps({**found, "port": client.port, "jobs": jobs}))
        return
    models = found["models"] or "no model"
    print(
        f"leap-bridge {found['build']} on port {client.port}, up {_duration(found['uptime_s'])}, "
        f"{found['clients']} clients, {found['done']} jobs done, {models} loaded ({found['models_mb']:.0f} MB)"
    )
    for job in jobs:
        eta = "" if job["eta_s"] < 0 else f", eta {job['eta_s']:.0f} s"
        windows = f"{job['windows']} of {job['windows_total']} windows"
        print(f"job {job['job']}: {job['state']} {job['stage']}, {windows}{eta}  {job['path']}")


def named(message: Message) -> dict[str, Any]:
    """A message of the daemon as names and values, without the request's number."""
    names = [param.name for param in FROM_DAEMON[message.address].arguments]
    found = dict(zip(names, message.arguments, strict=False))
    return {name: value for name, value in found.items() if name not in ("request", "index", "total")}


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
