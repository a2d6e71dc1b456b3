"""The page over HTTP: whose requests are answered, with which headers, and how long a browser keeps what it got."""

import socket
import time
from collections.abc import Callable
from http.client import HTTPResponse
from pathlib import Path

import pytest

from leap_bridge.service import Service
from leap_bridge.settings import Settings
from leap_bridge.warm import Warm
from leap_bridge.web.server import WebServer
from leap_bridge.web.site import Site
from leap_models.errors import FileMissing, PortTaken

Get = Callable[..., HTTPResponse]


def test_the_page_is_isolated_so_that_wasm_gets_threads(get: Get):
    page = get("/")
    assert page.status == 200
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page.headers["Cross-Origin-Embedder-Policy"] == "require-corp"


def test_the_page_is_told_where_the_daemon_is(get: Get):
    assert b'<meta name="leap-daemon" content="/daemon">' in get("/").read()


def test_the_page_may_load_nothing_from_elsewhere(get: Get, web: WebServer):
    policy = dict(each.split(" ", 1) for each in get("/").headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert policy["connect-src"].split()[1] == f"ws://127.0.0.1:{web.port}"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/assets/main-Ab3_x-9z.js", "text/javascript; charset=utf-8"),
        ("/assets/ort-12345678.mjs", "text/javascript; charset=utf-8"),
        ("/assets/ort-12345678.wasm", "application/wasm"),
    ],
)
def test_a_file_is_called_what_it_is(get: Get, path: str, kind: str):
    assert get(path).headers["Content-Type"] == kind


def test_a_hashed_file_is_kept_for_ever(get: Get):
    assert "immutable" in get("/assets/main-Ab3_x-9z.js").headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/", "/index.html", "/sw.js"])
def test_page_and_service_worker_are_asked_for_again(get: Get, path: str):
    first = get(path)
    assert first.headers["Cache-Control"] == "no-cache"
    again = get(path, If_None_Match=first.headers["ETag"])
    assert (again.status, again.read()) == (304, b"")


def test_a_changed_file_is_sent_again(get: Get, dist: Path):
    tag = get("/sw.js").headers["ETag"]
    (dist / "sw.js").write_text("self.skipWaiting(); 2")
    assert get("/sw.js", If_None_Match=tag).read() == b"self.skipWaiting(); 2"


@pytest.mark.parametrize(
    ("accepts", "packing", "body"),
    [
        ("gzip, deflate, br", "br", b"packed by brotli"),
        ("gzip", "gzip", b"packed by gzip"),
        ("br;q=0, gzip", "gzip", b"packed by gzip"),
        ("", None, b"export {}"),
    ],
)
def test_a_file_that_lies_there_packed_is_sent_packed(get: Get, accepts: str, packing: str | None, body: bytes):
    found = get("/assets/ort-12345678.mjs", Accept_Encoding=accepts)
    assert (found.headers["Content-Encoding"], found.read()) == (packing, body)
    assert found.headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_a_browser_may_take_its_time(web: WebServer, dist: Path):
    body = b"music" * 4_000_000
    (dist / "large.bin").write_bytes(body)
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.sendall(f"GET /large.bin HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\n\r\n".encode())
        time.sleep(3.0)  # longer than the library waits for a connection to be closed
        received = b"".join(iter(lambda: connection.recv(2**20), b""))
    assert received.endswith(body)
    assert len(received) - len(body) == received.index(b"\r\n\r\n") + 4


def test_a_browser_that_never_takes_its_file_holds_no_stop_up(studio: Callable[..., WebServer], dist: Path):
    (dist / "large.bin").write_bytes(b"music" * 4_000_000)
    web = studio()
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as connection:
        connection.sendall(f"GET /large.bin HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\n\r\n".encode())
        connection.recv(1)
        began_s = time.monotonic()
        web.stop()
        assert time.monotonic() - began_s < 5.0


def test_head_tells_the_length_and_sends_nothing(get: Get):
    head = get("/sw.js", "HEAD")
    assert (head.status, head.headers["Content-Length"], head.read()) == (200, "18", b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_else_can_be_done(get: Get, method: str):
    assert get("/", method).status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/nothing.js", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/../../secret.txt",
        "//etc/passwd", "/assets/..%5c..%5csecret.txt", "/%00", "/C:/secret.txt", "/assets", "/assets/",
        "/daemons", "/.%2e/secret.txt", "/index.html/x",
    ],
)  # fmt: skip
def test_what_is_not_in_the_folder_is_not_there(get: Get, path: str):
    found = get(path)
    assert found.status == 404
    assert b"not for pages" not in found.read()


def test_a_link_out_of_the_folder_leads_nowhere(get: Get, dist: Path):
    (dist / "link.txt").symlink_to(dist.parent / "secret.txt")
    assert get("/link.txt").status == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1", "localhost:1", "", "[::1]:1"])
def test_a_foreign_host_gets_nothing(get: Get, host: str):
    found = get("/", Host=host)
    assert found.status == 403
    assert b"LEAP</title>" not in found.read()


def test_this_computer_goes_by_two_names(get: Get, web: WebServer):
    assert get("/", Host=f"localhost:{web.port}").status == 200
    assert get("/", Host=f"LOCALHOST:{web.port}").status == 200


def test_a_page_that_was_not_built_says_how(tmp_path: Path):
    (tmp_path / "studio").mkdir()
    with pytest.raises(FileMissing, match="leap-bridge studio --build"):
        Site(tmp_path / "studio" / "dist")


def test_a_port_that_is_taken_is_one_line(web: WebServer, dist: Path, home: Path):
    service = Service(Settings(midi=False), Warm(1024, 0.0, "cpu"))
    with pytest.raises(PortTaken, match=f"127.0.0.1:{web.port}"):
        WebServer(service, web.port, Site(dist))
