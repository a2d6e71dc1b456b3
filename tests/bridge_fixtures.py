"""A daemon in this process, with the toy model, and clients of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_family
from bridge_raw import Raw

from leap_bridge.daemon import Daemon
from leap_bridge.osc.client import Client
from leap_bridge.settings import Settings
from leap_models import paths, registry

RATE = toy_family.GRID.sample_rate


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folders are in the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LEAP_BRIDGE_HOME", str(folder))
    return folder


@pytest.fixture
def toys(
    monkeypatch: pytest.MonkeyPatch, toy_weights: Path, tmp_path_factory: pytest.TempPathFactory, home: Path
) -> None:
    """The toy is registered, with its weights, beside the beat tracker's."""
    monkeypatch.setitem(registry.FAMILIES, "toy", "toy_family")
    folder = tmp_path_factory.mktemp("shipped")
    (folder / "toy").symlink_to(toy_weights)
    (folder / "beats").symlink_to(paths.weights_folder("beats"))
    monkeypatch.setenv("LEAP_BRIDGE_WEIGHTS", str(folder))


@pytest.fixture
def serve(toys: None) -> Iterator[Callable[..., Daemon]]:
    """Starts daemons that are stopped at the end."""
    started: list[Daemon] = []

    def start(**changed: object) -> Daemon:
        daemon = Daemon(Settings(port=0, **{"midi": False, **changed}))  # type: ignore[arg-type]
        daemon.start()
        started.append(daemon)
        return daemon

    yield start
    for daemon in reversed(started):
        daemon.stop()


@pytest.fixture
def daemon(serve: Callable[..., Daemon]) -> Daemon:
    return serve()


@pytest.fixture
def client(daemon: Daemon) -> Iterator[Client]:
    with Client("127.0.0.1", daemon.port, "test") as client:
        yield client


@pytest.fixture
def raw(daemon: Daemon) -> Iterator[Raw]:
    raw = Raw(daemon.port)
    raw.hello()
    yield raw
    raw.close()


@pytest.fixture
def music(tmp_path: Path) -> Callable[[float], Path]:
    """Recordings of noise, so that the toy plays all the time."""

    def make(seconds: float, name: str = "music.wav") -> Path:
        samples = np.random.default_rng(7).uniform(-0.5, 0.5, round(seconds * RATE)).astype(np.float32)
        soundfile.write(tmp_path / name, samples, RATE)
        return tmp_path / name

    return make
