"""How device and daemon find each other, and what the device knows after a set was loaded."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from leap_bridge.daemon import Daemon
from leap_bridge.osc import replies
from leap_bridge.settings import Settings
from leap_models import registry
from max import amxd
from max.conftest import meet
from max.fake_live import LiveSet
from max.fake_max import Max
from max.network import Network

Load = Callable[..., Max]
Serve = Callable[..., Daemon]
LUCK = "Math.random = function () { return 0.5; };"


def test_a_new_model_is_not_given_the_parameters_of_the_old_one(clicked: LiveSet, load: Load, daemon: Daemon):
    max_ = load(clicked, model="leap")
    max_.choose("toy")
    max_.click("arrange")
    max_.until(lambda: max_.status.startswith("Done"))


def test_without_a_daemon_the_light_is_off_until_there_is_one(
    live: LiveSet, load: Load, serve: Serve, music: Callable[..., Path]
):
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(music(4.0)), 0, 4.0))
    max_ = load(live, model="")
    max_.run(0.2)
    assert max_.light == "off"
    max_.click("arrange")
    assert max_.status == "The daemon is off."
    serve()
    for _ in range(6):  # its port is found in its endpoint file
        max_.ahead(1.1)
        max_.run(0.3)
    meet(max_, "toy")
    assert max_.light == "idle"
    max_.ahead(1.0)
    max_.click("arrange")
    max_.until(lambda: max_.status.startswith("Done"))


def test_a_daemon_that_was_restarted_does_not_know_the_take(slow: Max, daemon: Daemon):
    slow.click("arrange")
    slow.until(lambda: slow.live.piano_clips())
    port = daemon.port
    slow.network = Network(lost=1.0)  # it crashed, and could not say goodbye
    daemon.stop()
    slow.run(0.1)
    slow.network = Network()
    again = Daemon(Settings(port=port, midi=False))
    again.start()
    slow.ahead(5.1)
    slow.until(lambda: slow.status.startswith("The daemon was restarted"))
    again.stop()
    assert slow.live.piano_clips()[0].notes
    assert slow.light == "idle"


def test_a_daemon_that_is_gone_turns_the_light_off(clicked: LiveSet, load: Load, daemon: Daemon):
    max_ = load(clicked)
    daemon.stop()
    for _ in range(4):
        max_.ahead(5.0)
        max_.run(0.3)
    assert max_.light == "off"


def test_a_daemon_of_another_version_is_said(
    live: LiveSet, load: Load, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(replies, "__version__", "9.9.9")
    max_ = load(live)
    assert "the daemon of 9.9.9" in max_.status
    assert "leap-bridge install max" in max_.status


def test_a_daemon_of_another_protocol_is_said(live: LiveSet, load: Load, daemon: Daemon):
    max_ = load(live, model="", before="CONTRACT.protocol = 99;")
    max_.until(lambda: "speaks protocol" in max_.status)
    assert "leap-bridge install max" in max_.status
    assert max_.light == "off"


def test_a_daemon_with_a_token_is_told_it(live: LiveSet, load: Load, serve: Serve):
    serve(token="a secret")
    assert load(live).light == "idle"


def test_a_port_that_somebody_else_has_is_left_to_them(
    live: LiveSet, load: Load, daemon: Daemon
):
    first = load(live, model="", before=LUCK)
    port = first.sent[0][2]
    first.__exit__()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", port))
        max_ = load(live, model="", before=LUCK)
        assert max_.sent[0][2] == port
        for _ in range(6):
            max_.ahead(1.1)
            max_.run(0.3)
        meet(max_, "toy")
        assert max_.sent[-1][0] != "/leap/hello" or max_.sent[-1][2] != port


def test_before_live_is_ready_nothing_is_asked_of_it(live: LiveSet, audio_device: amxd.Device):
    asked = []
    at = live.at
    live.at = lambda place: asked.append(place) or at(place)  # type: ignore[method-assign]
    with Max(audio_device, live) as max_:
        max_.turn("difficulty", 2.0)
        max_.click("arrange")
        max_.drop("/music/song.wav")
        assert not asked
        assert not max_.sent


def test_what_is_saved_with_the_set_comes_back(clicked: LiveSet, load: Load, daemon: Daemon):
    before = load(clicked)
    before.turn("dial1", 4 / 9)  # of the toy's steps, from 1 to 10
    before.turn("difficulty", 4.5)
    assert before.shown["value1"] == "5"
    before.__exit__()
    after = load(clicked, model="", saved=before)
    after.until(lambda: after.shown.get("menu") == "toy")
    after.run(0.3)
    after.click("arrange")
    after.until(lambda: after.status.startswith("Done"))
    asked = next(words for words in after.sent if words[0] == "/leap/arrange")
    assert asked[5] == 4.5
    assert asked[asked.index("model") + 1] == "toy"
    assert asked[asked.index("steps") + 1] == 5


def test_another_model_gets_its_own_defaults_on_the_dials(live: LiveSet, load: Load, daemon: Daemon):
    max_ = load(live)
    max_.turn("dial1", 1.0)
    max_.choose("leap")
    max_.until(lambda: max_.shown["label1"] not in (" ", "steps"))
    max_.ahead(1.0)
    max_.choose("toy")
    max_.until(lambda: max_.shown["label1"] == "steps")
    assert max_.shown["value1"] == "2"
    assert max_.hidden == {"page", "word", *(f"dial{index}" for index in range(4, 13))}


def test_the_menu_has_all_models(live: LiveSet, load: Load, clip_models: None, daemon: Daemon):
    assert load(live).menu == list(registry.available())
    assert {"leap", "toy", "toy_band", "toy_clip"} <= set(registry.available())
