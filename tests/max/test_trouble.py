"""What the host and the daemon do behind one's back."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from leap_bridge.daemon import Daemon
from max.fake_live import LiveSet, Slot
from max.fake_max import Max
from max.network import Network
from max.takes import LASTS_S

Load = Callable[..., Max]


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


def test_cancel_is_said_again_when_it_was_lost(slow: Max, daemon: Daemon):
    slow.click("arrange")
    slow.until(lambda: slow.live.piano_clips())
    slow.network = Network(lost=1.0)
    slow.click("cancel")
    slow.network = Network()
    slow.until(lambda: slow.status.startswith("Cancelled"))
    assert jobs(daemon) == 0


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


def test_what_live_refuses_is_said_and_ends_the_job(
    slow: Max, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Slot, "call_create_clip", lambda slot, length: None)
    slow.click("arrange")
    slow.until(lambda: slow.status == "Live did not let the clip be made.")
    slow.until(lambda: jobs(daemon) == 0)
    assert slow.light == "idle"


def test_a_source_that_is_deleted_is_arranged_to_the_end(slow: Max, daemon: Daemon):
    slow.click("arrange")
    slow.until(lambda: jobs(daemon) == 1)
    slow.live.song.lists["tracks"][1].lists["clip_slots"][0].call_delete_clip()
    slow.until(lambda: slow.status.startswith("Done"))


def test_a_device_that_is_deleted_takes_its_job_with_it(slow: Max, daemon: Daemon):
    slow.click("arrange")
    slow.until(lambda: jobs(daemon) == 1)
    slow.js.run("notifydeleted(); 0")
    slow.settle()
    slow.until(lambda: jobs(daemon) == 0)


def test_an_error_that_answers_a_question_does_not_end_the_take(slow: Max, daemon: Daemon):
    slow.click("arrange")
    slow.until(lambda: slow.live.piano_clips())
    job = next(words[2] for words in slow.heard if words[0] == "/leap/accepted")
    slow.hear("/leap/error", 3, job, "bad_parameter", "window must be less than 2, which are final, got 2")
    slow.until(lambda: slow.status.startswith("Done"))


def test_an_error_of_the_job_ends_the_take_with_its_words(slow: Max, daemon: Daemon):
    slow.turn("dial3", 1 / 7)  # nan
    slow.click("arrange")
    slow.until(lambda: slow.light == "idle" and slow.status)
    assert not slow.status.startswith("Done")


def test_arrange_while_a_take_is_made_says_so(slow: Max, daemon: Daemon):
    slow.click("arrange")
    slow.until(lambda: jobs(daemon) == 1)
    slow.ahead(1.0)
    slow.click("arrange")
    assert slow.status.startswith("One take is being made already")
    assert jobs(daemon) == 1


def test_one_packet_is_no_larger_than_max_sends(live: LiveSet, load: Load, daemon: Daemon, song: Path):
    markers = [(second / 100, second / 50) for second in range(450)]
    live.click(live.audio_clip(
        live.song.lists["tracks"][0], str(song), 0, LASTS_S, warping=1, warp_markers=markers, end_marker=8.0,
    ))  # fmt: skip
    max_ = load(live)
    max_.click("arrange")
    max_.until(lambda: max_.status.startswith("Done"))  # the fake refuses packets that are too large
    assert sum(words[0] == "/leap/tempo" for words in max_.sent) == 5
