"""The daemon serves the family with no line of host code: it is listed, described and run."""

import os
from pathlib import Path

import pytest
from small import save_weights

from leap_bridge.osc.client import Client
from leap_models import registry
from leap_models.music import midi


@pytest.fixture
def generation(toys: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Registered, with weights where the daemon of the fixture `serve` looks for them."""
    monkeypatch.setitem(registry.FAMILIES, "score_sde", "leap_models.families.score_sde")
    save_weights(Path(os.environ["LEAP_BRIDGE_WEIGHTS"]) / "score_sde")


def test_music_from_nothing_comes_over_osc(generation: None, client: Client) -> None:
    accepted = client.run("score_sde", "", "", bars=2, bpm=120.0, steps=2, seed=3)
    last = client.last_word(int(accepted.arguments[1]))
    assert last.address == "/leap/done"
    assert midi.read(str(last.arguments[4])).notes
