"""What goes wrong round the daemon ends in one error with its code, and the next job works."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import toy_family
from bridge_raw import Raw
from processes import Process

from leap_bridge.daemon import Daemon
from leap_bridge.osc.client import Client
from leap_bridge.osc.codec import Message
from leap_models.errors import LeapError, NotRunning, UnknownJob

Music = Callable[..., Path]
LAST = ("/leap/done", "/leap/cancelled", "/leap/error")


def begin(raw: Raw, path: Path, **pairs: object) -> int:
    """A slow job whose first notes have come; its number."""
    more = [word for pair in {"model": "toy", "fault": "slow", **pairs}.items() for word in pair]
    raw.send("/leap/arrange", 5, str(path), 0.0, 0.0, 3.0, 7, *more)
    job = int(raw.wait("/leap/accepted").arguments[1])
    raw.wait("/leap/notes")
    return job


def the_error(raw: Raw) -> Message:
    """The job's last word, which is an error and comes once."""
    last = raw.wait(*LAST)
    assert last.address == "/leap/error"
    raw.send("/leap/models", 99)
    assert [message.address for message in raw.until("/leap/model") if message.address in LAST] == []
    return last


def assert_the_next_job_works(raw: Raw, path: Path) -> None:
    raw.send("/leap/arrange", 6, str(path), 0.0, 0.0, 3.0, 7, "model", "toy")
    assert raw.wait(*LAST).address == "/leap/done"


def test_a_recording_that_is_deleted(raw: Raw, music: Music):
    path = music(20.0)
    job = begin(raw, path)
    path.unlink()
    assert the_error(raw).arguments[1:3] == (job, "unreadable_audio")
    assert_the_next_job_works(raw, music(2.0))


def test_a_recording_that_is_truncated(raw: Raw, music: Music):
    path = music(20.0)
    job = begin(raw, path)
    os.truncate(path, 20_000)
    assert the_error(raw).arguments[1:3] == (job, "unreadable_audio")
    assert_the_next_job_works(raw, music(2.0))


def test_an_output_folder_that_is_removed(raw: Raw, music: Music, home: Path):
    path = music(20.0)
    job = begin(raw, path)
    shutil.rmtree(home / "data" / "jobs")
    assert the_error(raw).arguments[1:3] == (job, "unwritable_output")
    assert_the_next_job_works(raw, path)


def test_memory_that_is_not_enough(raw: Raw, music: Music, monkeypatch: pytest.MonkeyPatch):
    path = music(3.0)
    with monkeypatch.context() as patch:
        patch.setattr(toy_family.Toy, "_play", greedy)
        raw.send("/leap/arrange", 5, str(path), 0.0, 0.0, 3.0, 7, "model", "toy")
        assert the_error(raw).arguments[2] == "out_of_memory"
    assert_the_next_job_works(raw, path)


def greedy(toy: object, *_: object) -> np.ndarray:
    """Ask torch's own allocator for more than there is."""
    import torch

    return torch.zeros(2**50).numpy()


def test_a_bug_in_a_model(raw: Raw, music: Music):
    path = music(3.0)
    raw.send("/leap/arrange", 5, str(path), 0.0, 0.0, 3.0, 7, "model", "toy", "fault", "bug")
    assert the_error(raw).arguments[2] == "internal_error"
    assert_the_next_job_works(raw, path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a quarter of a megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if not sys.platform.startswith("linux") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full(serve: Callable[..., Daemon], music: Music, small_disk: Path):
    raw = Raw(serve(jobs=small_disk / "jobs").port)
    raw.hello()
    path = music(20.0)
    job = begin(raw, path)
    full = small_disk / "full"
    with full.open("wb", buffering=0) as stream:
        while stream.write(bytes(4096)) if free(small_disk) else 0:
            pass
    assert the_error(raw).arguments[1:3] == (job, "unwritable_output")
    full.unlink()
    assert_the_next_job_works(raw, path)
    raw.close()


def free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def test_kill_and_restart(home: Path, music: Music):
    path = music(20.0)
    with Process(home) as first, Client("127.0.0.1", first.port, "test") as client:
        job = int(client.arrange(str(path), 0.0, 0.0, 3.0, 7, model="toy", fault="slow").arguments[1])
        next(message for message in client.follow(job) if message.address == "/leap/notes")
        first.kill()
        with pytest.raises(NotRunning):
            list(client.follow(job))
        killed = client.session
    with Process(home) as second, Client("127.0.0.1", second.port, "test") as client:
        assert client.session != killed
        with pytest.raises(UnknownJob):
            client.ask("/leap/need", job, 0, 0)
        again = int(client.arrange(str(path), 0.0, 0.0, 3.0, 7, model="toy").arguments[1])
        assert client.last_word(again).address == "/leap/done"


def test_a_clean_stop_leaves_no_endpoint(home: Path):
    with Process(home) as daemon:
        assert (home / "config" / "endpoint.json").exists()
        assert daemon.stop() == 0
    assert not (home / "config" / "endpoint.json").exists()


@pytest.fixture
def heard_hangup() -> Iterator[None]:
    """Programs started now hear SIGHUP, even if the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
@pytest.mark.usefixtures("heard_hangup")
def test_closing_its_window_is_a_clean_stop(home: Path):
    with Process(home) as daemon:
        assert daemon.stop(signal.SIGHUP) == 0
    assert not (home / "config" / "endpoint.json").exists()


def test_a_client_hears_soon_that_the_daemon_was_killed(home: Path):
    with Process(home) as daemon, Client("127.0.0.1", daemon.port, "test", patience_s=2.0) as client:
        daemon.kill()
        began_s = time.monotonic()
        with pytest.raises(LeapError):
            client.ask("/leap/models")
        assert time.monotonic() - began_s < 5.0
