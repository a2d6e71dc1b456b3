"""The daemon serves the family with no line of host code: it is listed, described and run."""

import json
import os
from pathlib import Path

import pytest
from bridge_raw import Raw
from small import clip, save_weights

from leap_bridge.osc.client import Client
from leap_bridge.osc.heard import Heard
from leap_models.music import midi
from leap_models.music.tempo import TempoMap


@pytest.fixture
def generation(toys: None) -> None:
    """Small weights where the daemon of the fixture `serve` looks for them."""
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


def sent_clip(raw: Raw) -> None:
    """Two bars in three at 90 beats a minute: a map of the beats, and notes that are no file."""
    raw.send("/leap/tempo", 40, 5, 0, 1, 3, 0.0, 0.0, 0.0, 2.0, 3.0)
    assert raw.wait("/leap/tempo").arguments == (40, 5, 0)
    raw.send("/leap/score", 41, 6, 0, 1, 60, 0.0, 0.6, 80, 67, 3.3, 0.6, 90)
    assert raw.wait("/leap/score").arguments == (41, 6, 0)


def test_a_hosts_clip_goes_on_in_its_own_bars(generation: None, raw: Raw) -> None:
    sent_clip(raw)
    raw.send("/leap/run", 50, "score_sde", "", "", "score", 6, "tempo", 5, "more", 2, "steps", 2)
    assert raw.wait("/leap/accepted").arguments[6] == pytest.approx(8.0)  # four bars of two seconds
    last = raw.wait("/leap/done", "/leap/error")
    assert {(0.0, 0.6, 60, 80), (3.3, 3.9, 67, 90)} < exact(str(last.arguments[4]))


def test_a_clip_that_says_no_tempo_has_bars_of_two_seconds(generation: None, raw: Raw) -> None:
    sent_clip(raw)
    raw.send("/leap/run", 50, "score_sde", "", "", "score", 6, "more", 1, "steps", 2)
    assert raw.wait("/leap/accepted").arguments[6] == pytest.approx(6.0)


def test_what_was_made_of_a_clip_can_be_made_again(generation: None, raw: Raw) -> None:
    sent_clip(raw)
    raw.send("/leap/run", 50, "score_sde", "", "", "score", 6, "tempo", 5, "steps", 2)
    folder = Path(str(raw.wait("/leap/done", "/leap/error").arguments[4])).parent
    kept = json.loads((folder / "request.json").read_text())
    assert kept["notes"] == [[0.0, 0.6, 60, 80, 0], [3.3, 3.9, 67, 90, 0]]
    assert (kept["tempo"]["beats_per_bar"], kept["source"]) == (3, "")


def test_hosts_are_told_what_a_model_is_given(generation: None, client: Client) -> None:
    takes = {row.arguments[3]: row.arguments[4] for row in client.ask_all("/leap/models")}
    assert (takes["score_sde"], takes["toy"]) == ("notes nothing", "audio")


def test_hosts_are_told_which_hand_has_which_channel(generation: None, client: Client) -> None:
    rows = [row.arguments[3:] for row in client.ask_all("/leap/tracks", "score_sde")]
    assert rows == [("Right hand", 1, 0, 0), ("Left hand", 2, 0, 0)]


def test_music_from_nothing_comes_over_osc(generation: None, client: Client) -> None:
    accepted = client.run("score_sde", "", "", bars=2, bpm=120.0, steps=2, seed=3)
    last = client.last_word(int(accepted.arguments[1]))
    assert last.address == "/leap/done"
    assert midi.read(str(last.arguments[4])).notes
