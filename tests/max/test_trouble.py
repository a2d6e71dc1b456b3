"""What the host and the daemon do behind one's back."""

import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from leap_bridge.daemon import Daemon
from leap_bridge.osc import replies
from leap_bridge.settings import Settings
from max import amxd
from max.conftest import meet
from max.fake_live import LiveSet
from max.fake_max import Max, Network

Load = Callable[..., Max]
Serve = Callable[..., Daemon]
LASTS_S = 4.0
SLOW = 7 / 7  # of the dial for the toy's faults


@pytest.fixture
def song(music: Callable[..., Path]) -> Path:
    return music(LASTS_S)


@pytest.fixture
def clicked(live: LiveSet, song: Path) -> LiveSet:
    """A set in which the song's clip was clicked."""
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S))
    return live


def test_a_new_model_is_not_given_the_parameters_of_the_old_one(clicked: LiveSet, load: Load, daemon: Daemon):
    max_ = load(clicked, model="leap")
    max_.choose("toy")
    max_.click("arrange")
    max_.until(lambda: max_.status.startswith("Done"))


@pytest.fixture
def slow(clicked: LiveSet, load: Load, daemon: Daemon, music: Callable[..., Path]) -> Max:
    """A device whose take lasts for seconds."""
    long = music(30.0, "long.wav")
    warped = {"warping": 1, "warp_markers": [(0.0, 0.0), (30.0, 60.0)], "end_marker": 60.0}  # no beat is looked for
    clicked.click(clicked.audio_clip(clicked.song.lists["tracks"][1], str(long), 0, 30.0, **warped))
    max_ = load(clicked)
    max_.turn("dial3", SLOW)
    assert max_.shown["value3"] == "slow"
    return max_


def jobs(daemon: Daemon) -> int:
    return len(daemon.service.live())


def test_nothing_clicked_is_said(live: LiveSet, load: Load, daemon: Daemon):
    max_ = load(live)
    max_.click("arrange")
    assert max_.status.startswith("Click an audio clip")


def test_a_file_that_is_gone_is_said_by_the_daemon(clicked: LiveSet, load: Load, daemon: Daemon, song: Path):
    song.unlink()
    max_ = load(clicked)
    max_.click("arrange")
    max_.until(lambda: "there is no file" in max_.status)
    assert max_.light == "idle"
    assert not clicked.piano_clips()


def test_silence_makes_no_clip(live: LiveSet, load: Load, daemon: Daemon, tmp_path: Path):
    path = tmp_path / "silence.wav"
    soundfile.write(path, np.zeros(16000, np.float32), 8000)
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(path), 0, 2.0))
    max_ = load(live)
    max_.click("arrange")
    max_.until(lambda: max_.status.startswith("No notes"))
    assert not live.piano_clips()
    assert len(live.song.lists["tracks"]) == 2


def test_cancel_keeps_what_is_written(slow: Max, daemon: Daemon):
    slow.click("arrange")
    slow.until(lambda: slow.live.piano_clips())
    slow.click("cancel")
    slow.until(lambda: slow.status.startswith("Cancelled"))
    assert slow.live.piano_clips()[0].notes
    slow.until(lambda: jobs(daemon) == 0)


@pytest.mark.parametrize("what", ["clip", "track"])
def test_a_deleted_clip_cancels_its_job(slow: Max, daemon: Daemon, what: str):
    slow.click("arrange")
    slow.until(lambda: slow.live.piano_clips())
    slot = slow.live.piano_clips()[0].parent
    if what == "clip":
        slot.call_delete_clip()
    else:
        slow.live.song.call_delete_track(slow.live.song.lists["tracks"].index(slot.parent))
    slow.until(lambda: "was deleted" in slow.status)
    slow.until(lambda: jobs(daemon) == 0)
    assert not slow.live.piano_clips()
    assert slow.light == "idle"


def test_a_device_that_is_deleted_takes_its_job_with_it(slow: Max, daemon: Daemon):
    slow.click("arrange")
    slow.until(lambda: jobs(daemon) == 1)
    slow.js.run("notifydeleted(); 0")
    slow.settle()
    slow.until(lambda: jobs(daemon) == 0)


def test_arrange_while_a_take_is_made_says_so(slow: Max, daemon: Daemon):
    slow.click("arrange")
    slow.until(lambda: jobs(daemon) == 1)
    slow.ahead(1.0)
    slow.click("arrange")
    assert slow.status.startswith("One take is being made already")
    assert jobs(daemon) == 1


def test_without_a_daemon_the_light_is_off_until_there_is_one(clicked: LiveSet, load: Load, serve: Serve):
    max_ = load(clicked, model="")
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


def test_a_port_that_somebody_else_has_is_left_to_them(
    live: LiveSet, load: Load, daemon: Daemon
):
    first = load(live, model="", chance=0.5)
    port = first.sent[0][2]
    first.__exit__()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", port))
        max_ = load(live, model="", chance=0.5)
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
    assert max_.hidden == {"dial4", "dial5", "dial6"}


def test_the_menu_has_the_models_that_arrange_recordings(live: LiveSet, load: Load, daemon: Daemon):
    assert load(live).menu == ["leap", "toy"]


def test_one_packet_is_no_larger_than_max_sends(live: LiveSet, load: Load, daemon: Daemon, song: Path):
    markers = [(second / 100, second / 50) for second in range(450)]
    live.click(live.audio_clip(
        live.song.lists["tracks"][0], str(song), 0, LASTS_S, warping=1, warp_markers=markers, end_marker=8.0,
    ))  # fmt: skip
    max_ = load(live)
    max_.click("arrange")
    max_.until(lambda: max_.status.startswith("Done"))  # the fake refuses packets that are too large
    assert sum(words[0] == "/leap/tempo" for words in max_.sent) == 5
