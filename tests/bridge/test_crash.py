"""What goes wrong around a job costs that job, and not the next one."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import toy_family
from bridge_raw import Raw

from leap_bridge import endpoint
from leap_bridge.daemon import Daemon
from leap_bridge.endpoint import Endpoint
from leap_bridge.osc.client import Client, find_running
from leap_bridge.osc.codec import Message
from leap_bridge.settings import Settings
from leap_models.errors import AlreadyRunning, NotRunning, UnwritableOutput

Music = Callable[..., Path]


def ask(raw: Raw, path: Path, *pairs: object) -> None:
    ask.request += 1
    raw.send("/leap/arrange", ask.request, str(path), 0.0, 0.0, 3.0, 7, "model", "toy", *pairs)
    raw.wait("/leap/accepted")


ask.request = 100


def ended(raw: Raw) -> str:
    """The code of the error that a job ends with; "" if it is done."""
    last = raw.wait("/leap/done", "/leap/cancelled", "/leap/error")
    return "" if last.address == "/leap/done" else str(last.arguments[2])


def the_next_works(raw: Raw, music: Music) -> bool:
    ask(raw, music(2.0, "next.wav"))
    return ended(raw) == ""


@pytest.mark.parametrize(
    ("fault", "code"), [("memory", "out_of_memory"), ("bug", "internal_error"), ("nan", "internal_error")]
)
def test_a_model_that_goes_wrong(raw: Raw, music: Music, fault: str, code: str):
    ask(raw, music(3.0), "fault", fault)
    assert ended(raw) == code
    assert the_next_works(raw, music)


def test_memory_that_is_not_there_while_a_model_is_loaded(
    raw: Raw, music: Music, monkeypatch: pytest.MonkeyPatch
):
    def load(folder: Path, device: str) -> object:
        raise MemoryError("no more")

    with monkeypatch.context() as context:
        context.setattr(toy_family, "load", load)
        ask(raw, music(3.0))
        assert ended(raw) == "out_of_memory"
    assert the_next_works(raw, music)


def test_after_too_little_memory_nothing_stays_loaded(raw: Raw, daemon: Daemon, music: Music):
    ask(raw, music(3.0), "fault", "memory")
    ended(raw)
    assert daemon.service.warm.names() == ()


def test_a_recording_that_is_removed_while_it_is_read(raw: Raw, music: Music):
    path = music(60.0)
    ask(raw, path, "fault", "slow")
    raw.wait("/leap/window")
    path.unlink()
    assert ended(raw) == "unreadable_audio"
    assert the_next_works(raw, music)


def test_a_recording_that_is_cut_while_it_is_read(raw: Raw, music: Music):
    path = music(60.0)
    ask(raw, path, "fault", "slow")
    raw.wait("/leap/window")
    with path.open("r+b") as stream:
        stream.truncate(1000)
    assert ended(raw) == "unreadable_audio"
    assert the_next_works(raw, music)


def test_a_folder_of_results_that_is_removed(raw: Raw, daemon: Daemon, music: Music):
    ask(raw, music(60.0), "fault", "slow")
    raw.wait("/leap/window")
    shutil.rmtree(daemon.settings.jobs_folder)
    assert ended(raw) == "unwritable_output"
    assert the_next_works(raw, music)


def test_a_full_disk(raw: Raw, music: Music, monkeypatch: pytest.MonkeyPatch):
    def write_bytes(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(Path, "write_bytes", write_bytes)
        ask(raw, music(3.0))
        last = raw.wait("/leap/done", "/leap/error")
    assert last.arguments[2] == "unwritable_output"
    assert "No space left on device" in last.arguments[3]
    assert the_next_works(raw, music)


def test_a_second_daemon_says_who_runs(daemon: Daemon):
    with pytest.raises(AlreadyRunning, match=rf"on port {daemon.port} as process \d+"):
        Daemon(Settings(port=0))


def test_the_endpoint_file_says_where_the_daemon_is(daemon: Daemon):
    assert find_running() == daemon.endpoint
    assert endpoint.read() == daemon.endpoint


def test_a_clean_stop_takes_the_endpoint_file_away(serve: Callable[..., Daemon]):
    with Daemon(Settings(port=0)):
        assert endpoint.path().exists()
    assert not endpoint.path().exists()


@pytest.mark.parametrize("pid", [2**22 + 1, 1])
def test_an_endpoint_file_that_a_crash_left_is_no_daemon(home: Path, pid: int, toys: None):
    with Raw(1) as nobody:  # a port on which nobody answers
        endpoint.write(Endpoint("127.0.0.1", nobody.port, pid, 7, "/nowhere"))
        assert find_running(0.3) is None
    with Daemon(Settings(port=0)) as daemon:
        assert endpoint.read() == daemon.endpoint


def test_a_daemon_that_cannot_start_leaves_nothing_behind(toys: None, home: Path, tmp_path: Path):
    (tmp_path / "file").touch()
    before = set(threading.enumerate())
    daemon = Daemon(Settings(port=0, midi=False, mailbox=tmp_path / "file" / "mailbox"))
    with pytest.raises(UnwritableOutput):
        daemon.start()
    assert set(threading.enumerate()) == before
    assert not endpoint.path().exists()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", daemon.endpoint.port))


@pytest.mark.parametrize("pid", ['"1"', "0", "-1", "null"])
def test_an_endpoint_file_with_a_strange_process_is_no_daemon(home: Path, pid: str):
    endpoint.path().parent.mkdir(parents=True)
    rest = '"host": "127.0.0.1", "port": 9510, "session": 1, "mailbox": ""'
    endpoint.path().write_text(f'{{"pid": {pid}, {rest}}}')
    assert find_running() is None


def test_a_damaged_endpoint_file_is_no_daemon(home: Path):
    endpoint.path().parent.mkdir(parents=True)
    endpoint.path().write_text('{"port": 9510}')
    assert endpoint.read() is None
    with pytest.raises(NotRunning):
        Client.running("test")


def test_a_daemon_that_stops_cancels_its_jobs(serve: Callable[..., Daemon], music: Music):
    with Daemon(Settings(port=0)) as daemon:
        raw = Raw(daemon.port)
        raw.hello()
        ask(raw, music(60.0), "fault", "slow")
        raw.wait("/leap/window")
    assert raw.wait("/leap/cancelled")
    raw.close()


def test_old_results_are_removed_and_nothing_else(home: Path, serve: Callable[..., Daemon], music: Music):
    folder = home / "data" / "jobs"
    ours, new, own = {"00000001-00001", "00000001-100000"}, {"00000001-00002"}, {"my own folder", "vacation-photo"}
    for name in ours | new | own:
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (time.time() - 40 * 86400 * (name not in new),) * 2)
    raw = Raw(serve().port)
    with raw:
        raw.hello()
        ask(raw, music(2.0))
        assert ended(raw) == ""
    names = {path.name for path in folder.iterdir()}
    assert new | own <= names
    assert not ours & names


def test_a_bug_in_a_handler_costs_one_message(raw: Raw, daemon: Daemon, monkeypatch: pytest.MonkeyPatch):
    def broken() -> None:
        raise KeyError("a bug")

    with monkeypatch.context() as context:
        context.setattr(daemon.service, "status", broken)
        raw.send("/leap/status", 5, 0)
        assert raw.wait("/leap/error") == Message("/leap/error", (5, 0, "internal_error", "KeyError: 'a bug'"))
    raw.send("/leap/status", 6, 0)
    assert raw.wait("/leap/daemon").arguments[0] == 6
