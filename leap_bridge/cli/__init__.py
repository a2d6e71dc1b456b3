"""The command line. The only place that prints, and the one where errors become a line and an exit code.

Exit codes: 0 done, 1 the caller's mistake or an interrupt, 2 ours, 3 a daemon runs already. On stdout stands what was
asked for (with `--json` JSON objects); progress, warnings and errors go to stderr.
"""

import argparse
import json
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn

from leap_bridge import __version__
from leap_models.errors import AlreadyRunning, BadParameter, Cancelled, InternalError, LeapError, UserError


@dataclass(frozen=True)
class Command:
    """A subcommand: a module with `add(parser, argv)` and `run(arguments)`, imported when it is asked for.

    `run` may return an exit code.

    Args:
        resumes: after an interrupt the same command goes on where it stopped.
    """

    module: str
    help: str
    resumes: bool = False


COMMANDS: dict[str, Command] = {
    "arrange": Command("leap_bridge.cli.arrange", "make a piano arrangement of a recording"),
    "catalogue": Command("leap_bridge.cli.catalogue", "arrange every song of a folder or a list", resumes=True),
    "serve": Command("leap_bridge.cli.serve", "run the daemon that hosts and other commands talk to"),
    "studio": Command("leap_bridge.cli.studio", "arrange in a browser: a page, served to this computer"),
    "status": Command("leap_bridge.cli.status", "say how the daemon and its jobs are"),
    "cancel": Command("leap_bridge.cli.cancel", "stop a job of the daemon"),
    "doctor": Command("leap_bridge.cli.doctor", "find out what does not work here, and how to mend it"),
    "support-bundle": Command("leap_bridge.cli.support_bundle", "zip the log and the versions for a report"),
    "install": Command("leap_bridge.cli.install", "copy what runs inside a host to where the host looks for it"),
    "demo": Command("leap_bridge.cli.demo", "arrange the song that comes with the program"),
    "models": Command("leap_bridge.cli.models", "list the models"),
    "describe": Command("leap_bridge.cli.describe", "say what a model takes, gives and can be told"),
    "generate": Command("leap_bridge.cli.generate", "make music from nothing, or vary, continue or fill a clip"),
    "band": Command("leap_bridge.cli.band", "make new music for drums, piano, guitar, bass and strings"),
    "interpolate": Command("leap_bridge.cli.band", "walk from one take of a band to another"),
    "continue": Command("leap_bridge.cli.continuation", "go on where a melody or a song ends"),
    "morph": Command("leap_bridge.cli.continuation", "go from one clip to another, passage by passage"),
    "accompany": Command("leap_bridge.cli.continuation", "put a band to a piano, or to another player"),
    "respond": Command("leap_bridge.cli.respond", "answer in time what is played into a MIDI port"),
    "render": Command("leap_bridge.cli.render", "play notes with the sound of a recording"),
    "transcribe": Command("leap_bridge.cli.transcribe", "write the notes of a recording as a MIDI file"),
    "plot": Command("leap_bridge.cli.plot", "draw a MIDI file as a piano roll"),
    "export": Command("leap_bridge.cli.export", "write a model's networks as ONNX"),
    "prepare": Command("leap_bridge.cli.training", "make training data", resumes=True),
    "train": Command("leap_bridge.cli.training", "train a network", resumes=True),
    "evaluate": Command("leap_bridge.cli.training", "measure a model beside its baselines"),
}


class Parser(argparse.ArgumentParser):
    """argparse whose complaints are errors of ours."""

    def error(self, message: str) -> NoReturn:
        """Instead of printing the usage and leaving.

        Raises:
            BadParameter: always.
        """
        raise BadParameter(f"{message} (see {self.prog} --help)")


def entry() -> NoReturn:
    """The `leap-bridge` program."""
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    code = 0
    try:
        code = _run(argv)
        sys.stdout.flush()
    except BrokenPipeError:  # `leap-bridge models | head -1`: the reader has gone, and that is no mistake of anyone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        command = COMMANDS.get(_chosen(argv))
        resumes = command is not None and command.resumes
        kept = "what is finished stays, the same command goes on" if resumes else "nothing was written"
        return _report(Cancelled(f"interrupted; {kept}"), argv)
    except LeapError as error:
        return _report(error, argv)
    except Exception as error:  # noqa: BLE001  a bug is one line here too
        message = f"{type(error).__name__}: {error} (run again with --debug for details)"
        return _report(InternalError(message), argv, error)
    return code


def build(argv: Sequence[str]) -> Parser:
    """The parser of a command line. Only the module of the command that `argv` names is imported, and has flags."""
    parser = Parser(prog="leap-bridge", description="Turns a recording into a playable piano arrangement.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    chosen = _chosen(argv)
    for name, command in COMMANDS.items():
        described = command.help[0].upper() + command.help[1:] + "."
        sub = commands.add_parser(name, help=command.help, description=described, allow_abbrev=False)
        sub.add_argument("--json", action="store_true", help="print one JSON object")
        sub.add_argument("--debug", action="store_true", help="show details of errors")
        if name == chosen:
            import_module(command.module).add(sub, argv)
    return parser


def _chosen(argv: Sequence[str]) -> str:
    """The name of the command, or of none."""
    return next((word for word in argv if not word.startswith("-")), "")


def _run(argv: Sequence[str]) -> int:
    arguments = build(argv).parse_args(argv)
    logging.basicConfig(level=logging.DEBUG if arguments.debug else logging.WARNING, format="%(name)s: %(message)s")
    return import_module(COMMANDS[arguments.command].module).run(arguments) or 0


def _report(error: LeapError, argv: Sequence[str], cause: Exception | None = None) -> int:
    message = " ".join(str(error).split())
    print(f"leap-bridge: {error.code}: {message}", file=sys.stderr)
    if "--debug" in argv:
        traceback.print_exception(cause or error)
    if "--json" in argv:
        print(json.dumps({"error": {"code": error.code, "message": message}}))
    if isinstance(error, AlreadyRunning):
        return 3
    return 1 if isinstance(error, (UserError, Cancelled)) else 2
