"""`leap-bridge studio` and `leap-bridge serve --studio` as programs."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from conftest import ROOT, Outcome
from web_fixtures import Browser

from leap_bridge.cli import studio as command

Program = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def program(home: Path, dist: Path) -> Iterator[Program]:
    """Starts `leap-bridge` with the given words; it is killed at the end if it still runs."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        (home / "config").mkdir(parents=True, exist_ok=True)
        (home / "config" / "settings.yaml").write_text("midi: false\n")
        environment = {**os.environ, "LEAP_BRIDGE_HOME": str(home), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(ROOT / "tests" / "web" / "web_cli.py"), str(dist), *words]
        started.append(
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield start
    for each in started:
        if each.poll() is None:
            each.kill()
        each.communicate()


def listening(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdout is not None
    found: dict[str, object] = json.loads(process.stdout.readline())
    return found


def port_of(url: object) -> int:
    return int(str(url).rstrip("/").rpartition(":")[2])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_studio_serves_its_page_until_it_is_interrupted(program: Program, home: Path, number: int):
    process = program("studio", "--no-open", "--port", "0", "--json")
    port = port_of(listening(process)["url"])
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    connection.close()
    with Browser(port) as browser:
        assert "models" in browser.ask(do="models")
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert err.splitlines()[-1] == "leap_bridge.web.server: studio 1 is closed"


def test_a_daemon_serves_the_page_when_asked(program: Program):
    process = program("serve", "--studio", "0", "--port", "0", "--json")
    with Browser(port_of(listening(process)["studio"])) as browser:
        assert browser.ask(do="status")["running"] == 0
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0


def test_a_taken_port_is_one_line(program: Program):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = program("studio", "--no-open", "--port", str(port))
        _out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    why = f"cannot serve the Studio on 127.0.0.1:{port}: Address already in use; give another port"
    assert err.splitlines() == [f"leap-bridge: port_taken: {why}"]


def test_the_studio_that_is_there_already_is_named(program: Program):
    port = port_of(listening(program("studio", "--no-open", "--port", "0", "--json"))["url"])
    second = program("studio", "--no-open", "--port", str(port))
    _out, err = second.communicate(timeout=20)
    assert second.returncode == 3
    assert err.splitlines() == [
        f"leap-bridge: already_running: LEAP Studio is served already, at http://127.0.0.1:{port}/"
    ]


@pytest.mark.parametrize("words", [["studio", "--no-open"], ["serve", "--studio", "0", "--port", "0"]])
def test_a_page_that_was_not_built_is_one_line(
    cli: Callable[..., Outcome], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
):
    monkeypatch.setattr("leap_bridge.web.site.BUILT", tmp_path / "studio" / "dist")
    outcome = cli(*words)
    assert outcome.code == 1
    assert outcome.error_lines == [
        f"leap-bridge: file_not_found: the page is not built, there is no {tmp_path / 'studio' / 'dist'}; "
        "build it: leap-bridge studio --build"
    ]


def test_what_has_no_sources_cannot_be_built(
    cli: Callable[..., Outcome], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("leap_bridge.web.site.BUILT", tmp_path / "studio" / "dist")
    assert cli("studio", "--build").error_lines == [
        f"leap-bridge: file_not_found: no sources of the page are in {tmp_path / 'studio'}; "
        "build it in a checkout, and install from there"
    ]


@pytest.mark.parametrize("words", [["studio", "--port", "x"], ["studio", "--port", "70000"]])
def test_a_port_that_cannot_be_is_one_line(cli: Callable[..., Outcome], home: Path, words: list[str]):
    outcome = cli(*words)
    assert outcome.code == 1
    assert outcome.error_lines[0].startswith("leap-bridge: bad_parameter: port must be a whole number from 0 to 65535")


def test_a_browser_with_a_window_is_opened(monkeypatch: pytest.MonkeyPatch):
    opened: list[str] = []

    class Window:
        def open(self, url: str) -> bool:
            opened.append(url)
            return True

    monkeypatch.setattr(command.webbrowser, "get", Window)
    command.show("http://127.0.0.1:9511/")
    assert opened == ["http://127.0.0.1:9511/"]


def test_no_browser_takes_over_the_terminal(monkeypatch: pytest.MonkeyPatch):
    lynx = command.webbrowser.GenericBrowser("a program that is not there")
    monkeypatch.setattr(lynx, "open", lambda _url: pytest.fail("it was opened"))
    monkeypatch.setattr(command.webbrowser, "get", lambda: lynx)
    command.show("http://127.0.0.1:9511/")


def test_a_daemon_that_serves_no_page_loads_nothing_for_it():
    program = (
        "import sys, leap_bridge.daemon, leap_bridge.cli.serve;"
        "print([name for name in ('websockets', 'asyncio', 'leap_bridge.web') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
