"""The Studio over HTTP and WebSocket, on this computer only. One thread, one loop."""

import asyncio
import contextlib
import itertools
import logging
import shutil
import socket
import sys
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from weakref import WeakSet

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from leap_bridge.service import Service
from leap_bridge.web import guard
from leap_bridge.web import site as sites
from leap_bridge.web.page import Page
from leap_bridge.web.site import SOCKET, Site
from leap_models import paths
from leap_models.errors import PortTaken

log = logging.getLogger(__name__)
DAY_S = 86_400.0
SLOWEST_S = 600.0  # a browser that has much else to do takes a file of the page in that time
SILENT_S = 120.0  # a computer that is very busy lets a page answer so late
CLOSE_S = 2.0  # for a page to say goodbye
MOST_MESSAGE_BYTES = 8 * 2**20  # a score of as many notes as a file may hold
QUIET = logging.getLogger(f"{__name__}.socket")  # of the library, which tells every connection that came to nothing
QUIET.setLevel(logging.CRITICAL)


class WebServer:
    """Serves the page and talks to those who opened it.

    Args:
        port: 0 takes any that is free.

    Raises:
        FileMissing: the page was not built.
        PortTaken: another program has the port.
    """

    def __init__(self, service: Service, port: int, site: Site | None = None) -> None:
        self._service, self._site = service, site or Site()
        self._socket = _bound(port)
        self.port = int(self._socket.getsockname()[1])
        self._uploads = paths.data_folder() / "studio" / f"{service.session:08x}"
        self._numbers = itertools.count(1)
        self._pages: set[Page] = set()
        self._answered: WeakSet[ServerConnection] = WeakSet()  # who take a file, perhaps still
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="studio", daemon=True)

    @property
    def url(self) -> str:
        """Of the page. By number, since a name may lead elsewhere first."""
        return f"http://{guard.HOST}:{self.port}/"

    def start(self) -> None:
        """Begin to serve."""
        _sweep(self._uploads.parent)
        self._thread.start()
        self._listening.wait(timeout=10.0)

    def stop(self) -> None:
        """Close all connections, and delete what pages have left; jobs are best stopped before."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(timeout=10.0)
        if not self._thread.is_alive():
            self._loop.close()
        self._socket.close()
        shutil.rmtree(self._uploads, ignore_errors=True)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except Exception:
            log.exception("the Studio stopped")

    async def _serve(self) -> None:
        async with serve(
            self._connected, sock=self._socket, process_request=self._requested, server_header=None, compression=None,
            max_size=MOST_MESSAGE_BYTES, open_timeout=SLOWEST_S, close_timeout=CLOSE_S,
            ping_timeout=SILENT_S, logger=QUIET,
        ):  # fmt: skip
            log.info("the Studio is at %s", self.url)
            self._listening.set()
            await self._stopping.wait()
            for connection in self._answered:
                connection.transport.abort()  # or a slow download would hold the end up
        for page in self._pages:
            page.clear()

    def _requested(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer a browser; None lets it open a WebSocket."""
        response = self._answer(connection, request)
        if response is not None:
            connection.close_timeout = SLOWEST_S  # the library counts the sending of an answer as closing
            self._answered.add(connection)
        return response

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        host = _header(request, "Host")
        wrong = guard.wrong_host(host, self.port)
        is_socket = request.path.partition("?")[0] == SOCKET
        if not wrong and is_socket:
            wrong = guard.wrong_origin(_header(request, "Origin"), str(host))
        if wrong:
            log.warning("refused %s: %s", connection.remote_address, wrong)
            return _response(sites.plain(403, wrong), "")
        if is_socket:
            self._pages = {page for page in self._pages if not page.empty}
            if len(self._pages) >= self._service.settings.limits.clients:
                return _response(sites.plain(503, "too many pages are open"), str(host))
            return None
        method = getattr(request, "method", "GET")
        if method not in ("GET", "HEAD"):
            return _response(sites.plain(405, f"there is nothing to {method[:20]} here"), str(host))
        accepts, known = _header(request, "Accept-Encoding") or "", _header(request, "If-None-Match")
        return _response(self._site.answer(request.path, accepts, known), str(host), method == "HEAD")

    async def _connected(self, connection: ServerConnection) -> None:
        name = f"studio {next(self._numbers)}"
        page = Page(self._service, name, self._uploads / name.replace(" ", "-"), _Wire(connection))
        self._pages.add(page)
        log.info("%s is open", name)
        telling = asyncio.ensure_future(page.tell())
        try:
            async for message in connection:
                page.receive(message)
        except ConnectionClosed as error:
            log.info("%s: %s", name, error)
        finally:
            telling.cancel()
            page.close()
            log.info("%s is closed", name)
            with contextlib.suppress(asyncio.CancelledError):
                await telling


@dataclass(frozen=True)
class _Wire:
    """To a page. What is said when it has gone is lost; the loop that reads from it notices."""

    connection: ServerConnection

    async def send(self, message: str | bytes) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self.connection.send(message)


def _header(request: Request, name: str) -> str | None:
    """Of a request; one that is there twice is as wrong as one that is not there."""
    values = request.headers.get_all(name)
    return values[0] if len(values) == 1 else None


def _response(page: sites.Page, host: str, head: bool = False) -> Response:
    body = page.read()
    headers = Headers({
        **sites.ISOLATED, "Content-Security-Policy": sites.policy(host), **page.headers, "Connection": "close",
    })  # fmt: skip
    if page.status != HTTPStatus.NOT_MODIFIED:
        headers["Content-Length"] = str(len(body))
    return Response(page.status, HTTPStatus(page.status).phrase, headers, b"" if head else body)


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # not while connections of before fade away
        bound.bind((guard.HOST, port))
        bound.listen()
    except OSError as error:
        bound.close()
        where = f"{guard.HOST}:{port}"
        raise PortTaken(f"cannot serve the Studio on {where}: {error.strerror or error}; give another port") from error
    return bound


def _sweep(folder: Path) -> None:
    """Delete what a crash left behind; another process may have the folder of today."""
    if folder.is_dir():
        for each in folder.iterdir():
            with contextlib.suppress(OSError):
                if each.stat().st_mtime < time.time() - DAY_S:
                    shutil.rmtree(each)
