"""What many tests need: a toy model, a small recording, a command line that can be called."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_family
from bridge_fixtures import client, daemon, home, music, raw, serve, toys
from web_fixtures import browser, dist, get, studio, web

from leap_bridge.cli import main
from leap_models import registry
from leap_models.interface import Model, Piece
from leap_models.music import synth
from leap_models.music.audio import Audio
from leap_models.music.tempo import TempoMap

__all__ = [  # fixtures of the daemon, and of the Studio's door
    "browser", "client", "daemon", "dist", "get", "home", "music", "raw", "serve", "studio", "toys", "web"
]  # fmt: skip
ROOT = Path(__file__).resolve().parent.parent
RATE = 8000  # the toy's


@dataclass(frozen=True)
class Outcome:
    """What a command left on the screen."""

    code: int
    out: str
    err: str

    @property
    def error_lines(self) -> list[str]:
        return [line for line in self.err.splitlines() if not line.startswith("leap-bridge: warning:")]


@pytest.fixture(scope="session")
def toy_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_family.save_weights(tmp_path_factory.mktemp("weights") / "toy")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> str:
    """The toy is registered for this test."""
    monkeypatch.setitem(registry.FAMILIES, "toy", "toy_family")
    return "toy"


@pytest.fixture
def toy_model(toy: str, toy_weights: Path) -> Model:
    return registry.load(toy, "cpu", toy_weights)


@pytest.fixture
def no_soundfont(monkeypatch: pytest.MonkeyPatch) -> None:
    """Previews are played by NumPy alone, so that they last the same on every computer."""
    monkeypatch.setattr(synth, "find_soundfont", lambda: None)


def beeps(seconds: float, rate: int = RATE) -> np.ndarray:
    """Half-second beeps with half a second of silence between."""
    time_s = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * 440 * time_s) * (time_s % 1.0 < 0.5)).astype(np.float32)


def piece_of(samples: np.ndarray, rate: int = RATE, tempo: TempoMap | None = None) -> Piece:
    """A piece in memory; its beat is given, so that no test waits for the tracker."""
    audio = Audio(samples=samples, sample_rate=rate, duration_s=len(samples) / rate)
    return Piece(audio, (), tempo or TempoMap.steady(120), audio.duration_s, "test")


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Five seconds of beeps."""
    path = tmp_path / "song.wav"
    soundfile.write(path, beeps(5.0), RATE)
    return path


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], no_soundfont: None) -> Callable[..., Outcome]:
    """Runs `leap-bridge` with the given words in this process."""

    def call(*words: object) -> Outcome:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Outcome(code, *capsys.readouterr())

    return call


@pytest.fixture
def arrange(cli: Callable[..., Outcome], toy: str, toy_weights: Path) -> Callable[..., Outcome]:
    """`leap-bridge arrange` with the toy."""
    return lambda *words: cli("arrange", "--model", toy, "--weights", toy_weights, *words)


@pytest.fixture
def folder_before(tmp_path: Path) -> Callable[[], set[str]]:
    """The names in the test's folder, hidden ones too."""
    return lambda: {path.name for path in tmp_path.rglob("*")}
