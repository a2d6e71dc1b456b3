"""The daemon serves the family with no line of host code: it is listed, described and run."""

import os
from pathlib import Path

import pytest
from small import clip, save_weights

from leap_bridge.osc.client import Client
from leap_bridge.osc.heard import Heard
from leap_models import registry
from leap_models.music import midi
from leap_models.music.tempo import TempoMap


@pytest.fixture
def generation(toys: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Registered, with weights where the daemon of the fixture `serve` looks for them."""
    monkeypatch.setitem(registry.FAMILIES, "score_sde", "leap_models.families.score_sde")
    save_weights(Path(os.environ["LEAP_BRIDGE_WEIGHTS"]) / "score_sde")


def exact(path: Path | str) -> set[tuple[float, float, int, int]]:
    return {(round(n.start_s, 3), round(n.end_s, 3), n.pitch, n.velocity) for n in midi.read(path).notes}


@pytest.mark.parametrize("more", [{"fill": "3:4"}, {"more": 2}])
@pytest.mark.parametrize("quantize", [0.0, 1.0])
def test_what_stays_of_a_clip_comes_through_as_it_was(
    generation: None, client: Client, tmp_path: Path, quantize: float, more: dict[str, object]
) -> None:
    path = tmp_path / "clip.mid"
    midi.write(path, clip(bars=8), TempoMap.steady(120))
    accepted = client.run("score_sde", str(path), "", steps=2, seed=3, quantize=quantize, **more)
    heard = Heard()
    for last in client.follow(int(accepted.arguments[1])):
        heard.is_new(last)
    kept = {note for note in exact(path) if "more" in more or not 3.97 <= note[0] < 7.97}
    assert kept < exact(str(last.arguments[4]))
    assert len(heard.notes()) == last.arguments[2] == len(midi.read(str(last.arguments[4])).notes)


def test_a_part_of_music_from_nothing_is_made_anew(generation: None, client: Client) -> None:
    wish = {"bars": 8, "bpm": 120.0, "steps": 2}
    first = client.last_word(int(client.run("score_sde", "", "", **wish, seed=3).arguments[1]))
    again = client.run("score_sde", "", "", **wish, seed=4, start_s=4.0, end_s=8.0, keep=int(first.arguments[0]))
    last = client.last_word(int(again.arguments[1]))
    before, after = exact(str(first.arguments[4])), exact(str(last.arguments[4]))
    assert {note for note in before if not 4.0 <= note[0] < 8.0} == {n for n in after if not 4.0 <= n[0] < 8.0}
    assert before != after


def test_music_from_nothing_comes_over_osc(generation: None, client: Client) -> None:
    accepted = client.run("score_sde", "", "", bars=2, bpm=120.0, steps=2, seed=3)
    last = client.last_word(int(accepted.arguments[1]))
    assert last.address == "/leap/done"
    assert midi.read(str(last.arguments[4])).notes
