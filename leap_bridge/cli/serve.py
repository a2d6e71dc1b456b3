"""`leap-bridge serve`: the daemon, until it is told to stop."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from leap_bridge import logs, settings
from leap_bridge.cli import flags, stopping
from leap_bridge.service_files import MANAGERS, print_for
from leap_bridge.settings import STUDIO_PORT, Settings
from leap_models import paths
from leap_models.params import Param

NUMBERS = {
    "port": Param("port", 9510, 0, 65535, help="to listen on; 0 takes any that is free"),
    "idle_unload": Param("idle_unload", 900.0, 0.0, unit="s", help="unload a model that nobody needed for so long"),
    "memory": Param("memory", 4096, 1, unit="MB", help="for the weights of loaded models"),
    "cache": Param("cache", 256, 0, unit="MB", help="for what was heard in recordings"),
}
FIELDS = {"port": "port", "idle_unload": "idle_unload_s", "memory": "memory_mb", "cache": "cache_mb"}
STUDIO = Param("studio", STUDIO_PORT, 0, 65535)


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:  # noqa: ARG001
    """Flags and an example."""
    parser.add_argument("--host", help="address to listen on; any but 127.0.0.1 needs --token")
    for name, param in NUMBERS.items():
        parser.add_argument(flags.flag(name), metavar=name.rpartition("_")[2].upper(), help=flags.help_of(param))
    parser.add_argument(
        "--studio", nargs="?", const=str(STUDIO.default), metavar="PORT",
        help=f"serve the Studio's page to this computer, on port {STUDIO.default} or another one",
    )  # fmt: skip
    parser.add_argument("--token", help="what clients must say in their hello")
    parser.add_argument("--device", help="where models run: auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--preload", action="append", metavar="MODEL", help="load a model before the first request")
    parser.add_argument("--mailbox", metavar="FOLDER", help="for clients without sockets")
    parser.add_argument("--jobs", metavar="FOLDER", help="where results are kept")
    parser.add_argument("--log-level", help="debug, info, warning or error")
    parser.add_argument(
        "--print-service", nargs="?", const="auto", metavar="|".join(MANAGERS),
        help="print a file that has this system start the daemon, with these flags, and exit",
    )  # fmt: skip
    parser.epilog = "flags come before settings.yaml in the config folder; example: leap-bridge serve --preload leap"


def run(arguments: argparse.Namespace) -> None:
    """Serve until somebody interrupts it, stops it, or closes its window."""
    wanted = given(arguments)
    if arguments.print_service is not None:
        command = (sys.executable, "-m", "leap_bridge", "serve", *words(arguments))
        print(print_for(arguments.print_service, command, paths.variables()), end="")
        return
    from leap_bridge.daemon import Daemon

    daemon = Daemon(wanted)
    stopping.call(daemon.request_stop)
    with daemon:
        if arguments.json:
            told = {"studio": daemon.studio.url} if daemon.studio else {}
            told |= asdict(replace(daemon.endpoint, token=""))
            print(json.dumps({"event": "listening", **told}), flush=True)
        else:
            where = f"{daemon.endpoint.host}:{daemon.port}"
            print(f"listening on {where}, log in {logs.path()}", file=sys.stderr, flush=True)
            if daemon.studio:
                print(f"LEAP Studio is at {daemon.studio.url}", file=sys.stderr, flush=True)
        daemon.wait()


def words(arguments: argparse.Namespace) -> tuple[str, ...]:
    """The flags that were given, to be given again from any folder."""
    found: list[str] = []
    for name, value in vars(arguments).items():
        if value is not None and name not in ("command", "json", "debug", "print_service"):
            for each in value if isinstance(value, list) else [value]:
                path = name in ("mailbox", "jobs")
                found += [flags.flag(name), str(Path(each).expanduser().absolute()) if path else str(each)]
    return tuple(found)


def given(arguments: argparse.Namespace) -> Settings:
    """The settings file with what the flags say.

    Raises:
        BadParameter, ConfigError: a flag or the file is wrong.
    """
    changed: dict[str, object] = {
        FIELDS[name]: param.parse(getattr(arguments, name))
        for name, param in NUMBERS.items()
        if getattr(arguments, name) is not None
    }
    for name in ("host", "token", "device", "log_level"):
        if getattr(arguments, name) is not None:
            changed[name] = getattr(arguments, name)
    for name in ("mailbox", "jobs"):
        if getattr(arguments, name) is not None:
            changed[name] = Path(getattr(arguments, name)).expanduser().absolute()
    if arguments.studio is not None:
        changed["studio"] = STUDIO.parse(arguments.studio)
    if arguments.preload:
        changed["preload"] = tuple(arguments.preload)
    return replace(settings.load(), **changed)  # type: ignore[arg-type]
