"""A Live set with a song in it, and a device on the song's track."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import soundfile
from conftest import ROOT

from leap_bridge.daemon import Daemon
from leap_models import paths, registry
from max import amxd, toy_clip
from max.fake_live import LiveSet
from max.fake_max import Max
from max.network import Network
from max.takes import LASTS_S

SLOW = 7 / 7  # of the dial for the toy's faults
FOLDER = ROOT / "max_for_live"


@pytest.fixture(scope="session")
def audio_device() -> amxd.Device:
    return amxd.read(FOLDER / "LEAP.amxd")


@pytest.fixture(scope="session")
def midi_device() -> amxd.Device:
    return amxd.read(FOLDER / "LEAP MIDI.amxd")


@pytest.fixture(params=["LEAP.amxd", "LEAP MIDI.amxd"])
def device(request: pytest.FixtureRequest) -> amxd.Device:
    return amxd.read(FOLDER / request.param)


@pytest.fixture
def live() -> LiveSet:
    """Two audio tracks, the device on the first."""
    live = LiveSet()
    live.put_device(live.track("Song"))
    live.track("Voice")
    return live


@pytest.fixture
def song(music: Callable[..., Path], daemon: Daemon) -> Path:
    """A recording, and a daemon to arrange it."""
    return music(LASTS_S, "my song é.wav")


@pytest.fixture
def clicked(live: LiveSet, song: Path) -> LiveSet:
    """The set, with the song in a slot and clicked."""
    lasts_s = soundfile.info(song).duration
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, lasts_s))
    return live


@pytest.fixture
def clip_models(toys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the other toy: one that goes on from a clip, and a band. Ask for it before the daemon."""
    for name in ("toy_clip", "toy_band"):
        monkeypatch.setitem(registry.FAMILIES, name, f"max.{name}")
        toy_clip.save_weights(paths.weights_folder() / name)


@pytest.fixture
def load(audio_device: amxd.Device) -> Iterator[Callable[..., Max]]:
    """Puts a device into a set and, with a daemon, waits until they have met."""
    loaded: list[Max] = []

    def load(
        live: LiveSet,
        *,
        device: amxd.Device = audio_device,
        model: str = "toy",
        saved: Max | None = None,
        before: str = "",
        **network: float,
    ) -> Max:
        max_ = Max(device, live, paths.config_folder() / "endpoint.json", Network(**network))
        loaded.append(max_)
        max_.js.run(f"{before}; 0")
        if saved is not None:
            max_.restore(saved)
        max_.load()
        if model:
            meet(max_, model)
        return max_

    yield load
    for each in loaded:
        each.__exit__()


@pytest.fixture
def slow(clicked: LiveSet, load: Callable[..., Max], daemon: Daemon, music: Callable[..., Path]) -> Max:
    """A device whose take lasts for seconds."""
    long = music(30.0, "long.wav")
    warped = {"warping": 1, "warp_markers": [(0.0, 0.0), (30.0, 60.0)], "end_marker": 60.0}  # no beat is looked for
    clicked.click(clicked.audio_clip(clicked.song.lists["tracks"][1], str(long), 0, 30.0, **warped))
    max_ = load(clicked)
    max_.turn("dial3", SLOW)
    assert max_.shown["value3"] == "slow"
    return max_


def meet(max_: Max, model: str) -> None:
    """Wait until the daemon was found and has described a model."""
    max_.until(lambda: model in max_.menu)
    max_.choose(model)
    max_.until(lambda: max_.shown.get("label1", " ") != " ")
