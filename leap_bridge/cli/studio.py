"""`leap-bridge studio`: the arranger as a page in a browser, served to this computer."""

import argparse
import json
import sys
import threading
import webbrowser
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection, HTTPException

from leap_bridge import settings
from leap_bridge.cli import flags, stopping
from leap_bridge.settings import STUDIO_PORT
from leap_bridge.web import guard
from leap_models.errors import AlreadyRunning, PortTaken
from leap_models.params import Param

LOOK_S = 2.0  # for whoever has the port
MOST_BYTES = 2**20
MARK = b'name="leap-daemon"'  # in the page that this program serves
PORT = Param("port", STUDIO_PORT, 0, 65535, help="of 127.0.0.1 to serve the page on; 0 takes any that is free")


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:  # noqa: ARG001
    """Flags and an example."""
    parser.add_argument("--port", help=flags.help_of(PORT))
    parser.add_argument("--open", action=argparse.BooleanOptionalAction, default=True, help="open it in the browser")
    parser.add_argument("--build", action="store_true", help="make the page from its sources with npm, and leave")
    parser.add_argument("--device", help="where models run: auto, cpu, cuda, cuda:1, mps")
    parser.epilog = "a daemon serves it too: leap-bridge serve --studio; example: leap-bridge studio --no-open"


def run(arguments: argparse.Namespace) -> None:
    """Serve the page until somebody interrupts it or closes its window."""
    if arguments.build:
        _build(arguments.json)
        return
    wanted = settings.load()
    if arguments.port is not None:
        wanted = replace(wanted, studio=int(PORT.parse(arguments.port)))
    if arguments.device is not None:
        wanted = replace(wanted, device=arguments.device)
    from leap_bridge.web.alone import Studio

    stopped = threading.Event()
    try:
        alone = Studio(wanted)
    except PortTaken:
        _refer(STUDIO_PORT if wanted.studio is None else wanted.studio, arguments.open)
        raise
    stopping.call(stopped.set)
    with alone as studio:
        if arguments.json:
            print(json.dumps({"event": "listening", "url": studio.url}), flush=True)
        else:
            print(f"LEAP Studio is at {studio.url} (Ctrl-C ends it)", file=sys.stderr, flush=True)
        if arguments.open:
            show(studio.url)
        while not stopped.wait(timeout=1.0):  # with a time-out, so that signals are noticed on Windows
            pass


def _refer(port: int, wants_it_open: bool) -> None:
    """If it is the Studio that has a port, show that one.

    Raises:
        AlreadyRunning: it is.
    """
    url = f"http://{guard.HOST}:{port}/"
    with closing(HTTPConnection(guard.HOST, port, timeout=LOOK_S)) as connection:
        try:
            connection.request("GET", "/")
            is_ours = MARK in connection.getresponse().read(MOST_BYTES)
        except (OSError, HTTPException):
            return
    if is_ours:
        if wants_it_open:
            show(url)
        raise AlreadyRunning(f"LEAP Studio is served already, at {url}")


def _build(as_json: bool) -> None:
    from leap_bridge.web.build import build
    from leap_models.families.leap.export import export
    from leap_models.paths import weights_folder

    folder = build(lambda models: export(weights_folder("leap"), models, force=True))
    print(json.dumps({"path": str(folder)}) if as_json else folder)


def show(url: str) -> None:
    """Open a page in a browser that has a window; one that takes over the terminal is not opened."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(url)
