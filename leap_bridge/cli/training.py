"""`leap-bridge prepare`, `train` and `evaluate`: thin covers of `leap_models.training`, imported when asked for.

`leap_models.training.<verb>` has `TASKS`, the names of what it can work on; `Options`, a frozen dataclass whose fields
become flags; and `run(task, options)`, which logs what it does and returns its report as plain data.
"""

import argparse
import json
import logging
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from leap_bridge.cli import flags
from leap_models.errors import BadParameter, MissingDependency


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:  # noqa: ARG001
    """Flags and an example.

    Raises:
        MissingDependency: something that only training needs is not installed.
    """
    verb = parser.prog.rpartition(" ")[2]
    module = _module(verb)
    parser.add_argument("task", metavar="TASK", help="one of " + ", ".join(module.TASKS))
    if verb == "prepare":
        parser.add_argument("folder", metavar="DATA", nargs="?", help="the same as --data")
    flags.add_fields(parser, module.Options)
    parser.epilog = f"example: leap-bridge {verb} {module.TASKS[0]}"


def run(arguments: argparse.Namespace) -> None:
    """Do it, logging to stderr, and print the report.

    Raises:
        BadParameter: no such task.
    """
    module = _module(arguments.command)
    if arguments.task not in module.TASKS:
        raise BadParameter(f"task must be one of {', '.join(module.TASKS)}, got {arguments.task}")
    if getattr(arguments, "folder", None) is not None:
        arguments.data = arguments.folder
    logging.getLogger("leap_models").setLevel(logging.INFO)
    report = module.run(arguments.task, flags.read_fields(arguments, module.Options))
    if arguments.json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"{name}: {value}")


def _module(verb: str) -> ModuleType:
    try:
        return import_module(f"leap_models.training.{verb}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("leap_models"):
            raise
        raise MissingDependency(
            f'{verb} needs {error.name}, which is not installed: pip install "leap-bridge[train]"'
        ) from error
