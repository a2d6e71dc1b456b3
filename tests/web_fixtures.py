"""The Studio's door in this process, with the toy model and a page that is no more than its parts, and a browser."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from websockets.sync.client import connect

from leap_bridge.service import Service
from leap_bridge.settings import Limits, Settings
from leap_bridge.warm import Warm
from leap_bridge.web.server import WebServer
from leap_bridge.web.site import Site

LASTS = ("done", "cancelled", "failed")
PIECE = 65536


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A page as a build leaves it."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><html><head><title>LEAP</title></head><body></body></html>")
    (folder / "sw.js").write_text("self.skipWaiting()")
    (folder / "assets" / "main-Ab3_x-9z.js").write_text("export {}")
    (folder / "assets" / "ort-12345678.wasm").write_bytes(b"\0asm")
    (folder / "assets" / "ort-12345678.mjs").write_text("export {}")
    (folder / "assets" / "ort-12345678.mjs.br").write_bytes(b"packed by brotli")
    (folder / "assets" / "ort-12345678.mjs.gz").write_bytes(b"packed by gzip")
    (tmp_path / "secret.txt").write_text("not for pages")
    return folder


def soon(claim: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    """Whether something becomes true."""
    until_s = time.monotonic() + timeout_s
    while not claim() and time.monotonic() < until_s:
        time.sleep(0.02)
    return claim()


class Browser:
    """A page that is open. Use as a context manager."""

    def __init__(self, port: int, origin: str | None = "", **more: object) -> None:
        self._stack = ExitStack()
        self.socket = self._stack.enter_context(connect(
            f"ws://127.0.0.1:{port}/daemon", origin=f"http://127.0.0.1:{port}" if origin == "" else origin,
            compression=None, **more,  # type: ignore[arg-type]
        ))  # fmt: skip
        self.events: list[dict[str, Any]] = []
        self.pieces: dict[int, bytes] = {}
        self._answers: dict[int, dict[str, Any]] = {}
        self._last = 0
        self.welcome = self.hear()

    def hear(self, timeout_s: float = 20.0) -> dict[str, Any]:
        """The next message; pieces of files are put together."""
        while isinstance(message := self.socket.recv(timeout_s), bytes):
            number = int.from_bytes(message[:4], "big")
            self.pieces[number] = self.pieces.get(number, b"") + message[4:]
        said: dict[str, Any] = json.loads(message)
        if "event" in said:
            self.events.append(said)
        else:
            self._answers[said["id"]] = said
        return said

    def send(self, **fields: object) -> int:
        """Ask for something; gives its id."""
        self._last += 1
        self.socket.send(json.dumps({"id": self._last, **fields}))
        return self._last

    def answer(self, number: int) -> dict[str, Any]:
        """To that id: what is under `ok`, or under `error`."""
        while number not in self._answers:
            self.hear()
        found = self._answers.pop(number)
        return found.get("ok", found.get("error"))

    def ask(self, **fields: object) -> dict[str, Any]:
        """Ask, and wait for the answer."""
        return self.answer(self.send(**fields))

    def upload(self, path: Path, name: str = "") -> int:
        """Send a file; gives its id when it is there."""
        data = path.read_bytes()
        number = self.send(do="upload", name=name or path.name, bytes=len(data))
        for first in range(0, len(data), PIECE):
            self.socket.send(number.to_bytes(4, "big") + data[first : first + PIECE])
        assert self.answer(number) == {}
        return number

    def start(self, path: Path, **values: object) -> dict[str, Any]:
        """Start the toy on a recording; gives what was accepted, or the error."""
        return self.ask(do="start", model="toy", source=self.upload(path), values=values)

    def event(self, job: int, *names: str) -> dict[str, Any]:
        """The first of such events of a job, which may have come already."""
        while True:
            for event in self.events:
                if event.get("job") == job and event["event"] in names:
                    return event
            self.hear()

    def end(self, job: int) -> dict[str, Any]:
        """A job's last word."""
        return self.event(job, *LASTS)

    def file(self, job: int, wanted: str) -> tuple[dict[str, Any], bytes]:
        """A file of a result: its head, and the bytes; or the error, and nothing."""
        number = self.send(do="file", job=job, format=wanted)
        head = self.answer(number)
        while len(self.pieces.get(number, b"")) < head.get("bytes", 0):
            message = self.socket.recv(20.0)
            assert isinstance(message, bytes)
            self.pieces[number] = self.pieces.get(number, b"") + message[4:]
        return head, self.pieces.get(number, b"")

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


@pytest.fixture
def studio(toys: None, dist: Path) -> Iterator[Callable[..., WebServer]]:
    """Starts doors with services of their own, that are stopped at the end."""
    started: list[tuple[Service, WebServer]] = []

    def start(**limits: int) -> WebServer:
        settings = Settings(midi=False, studio=0, limits=Limits(**limits))
        service = Service(settings, Warm(1024, 0.0, "cpu"), 7 + len(started))
        web = WebServer(service, 0, Site(dist))
        started.append((service, web))
        service.start()
        web.start()
        return web

    yield start
    for service, web in started:
        service.close()
        web.stop()


@pytest.fixture
def web(studio: Callable[..., WebServer]) -> WebServer:
    return studio()


@pytest.fixture
def browser(web: WebServer) -> Iterator[Browser]:
    with Browser(web.port) as browser:
        yield browser


@pytest.fixture
def get(web: WebServer) -> Iterator[Callable[..., HTTPResponse]]:
    """Asks for a path as a browser does."""
    connections: list[HTTPConnection] = []

    def ask(path: str, method: str = "GET", **headers: str) -> HTTPResponse:
        connection = HTTPConnection("127.0.0.1", web.port, timeout=20)
        connections.append(connection)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": f"127.0.0.1:{web.port}", **headers}.items():
            if value:
                connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        return connection.getresponse()

    yield ask
    for connection in connections:
        connection.close()
