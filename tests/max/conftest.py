"""A Live set with a song in it, and a device on the song's track."""

from collections.abc import Callable, Iterator

import pytest
from conftest import ROOT

from leap_models import paths
from max import amxd
from max.fake_live import LiveSet
from max.fake_max import Max, Network

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
def load(audio_device: amxd.Device) -> Iterator[Callable[..., Max]]:
    """Puts a device into a set and, with a daemon, waits until they have met."""
    loaded: list[Max] = []

    def load(
        live: LiveSet,
        *,
        device: amxd.Device = audio_device,
        model: str = "toy",
        saved: Max | None = None,
        chance: float | None = None,
        **network: float,
    ) -> Max:
        max_ = Max(device, live, paths.config_folder() / "endpoint.json", Network(**network))
        loaded.append(max_)
        if chance is not None:
            max_.js.run(f"Math.random = function () {{ return {chance}; }}; 0")
        if saved is not None:
            max_.restore(saved)
        max_.load()
        if model:
            meet(max_, model)
        return max_

    yield load
    for each in loaded:
        each.__exit__()


def meet(max_: Max, model: str) -> None:
    """Wait until the daemon was found and has described a model."""
    max_.until(lambda: model in max_.menu)
    max_.choose(model)
    max_.until(lambda: max_.shown.get("label1", " ") != " ")
