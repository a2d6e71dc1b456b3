"""A clip played with the sound of a dropped recording: from the button to an audio clip on a track of its own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_piano
from rendering_fixtures import RATE, scale, ship_piano, tone

from leap_models import transcribing
from leap_models.transcribing import BASIC_PITCH, Transcription
from max.fake_live import Clip, LiveSet
from max.fake_max import Max
from max.takes import LASTS_S, melody

Load = Callable[..., Max]
MODEL = "toy_piano"


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, toys: None) -> None:
    ship_piano(monkeypatch, tmp_path_factory.mktemp("piano"))


@pytest.fixture
def like(tmp_path: Path) -> Path:
    return tone(tmp_path / "my piano.wav")


def play(live: LiveSet, load: Load, like: Path, **more: object) -> Max:
    max_ = load(live, model=MODEL, **more)
    max_.drop(str(like))
    max_.click("arrange")
    max_.until(lambda: max_.status.startswith("Done") or max_.light == "idle")
    return max_


def heard(clip: Clip) -> np.ndarray:
    samples, rate = soundfile.read(clip.values["file_path"], dtype="float32")
    assert rate == RATE
    return samples


def test_a_midi_clip_becomes_an_audio_clip_on_a_track_of_its_own(live: LiveSet, load: Load, daemon, like: Path):
    source = melody(live)
    max_ = play(live, load, like)
    (sound,) = live.sounds()
    assert max_.status == "Done: sound, seed 7. "
    assert (sound.values["name"], sound.values["warping"]) == ("Tune like my piano, seed 7", 0)
    assert sound.parent is sound.parent.parent.lists["clip_slots"][1]
    assert [each.values["name"] for each in live.song.lists["tracks"]] == ["Song", "Voice", "Keys", "LEAP sound"]
    assert live.piano_clips() == [source]
    assert len(heard(sound)) == round((2.5 + toy_piano.TAIL_S) * RATE)  # the third note ends at beat 5, of 120 a minute
    assert float(np.abs(heard(sound)[: RATE // 4]).max()) > 0.01


def test_a_clip_of_the_arrangement_gets_its_sound_in_the_same_place(live: LiveSet, load: Load, daemon, like: Path):
    melody(live, None, start_time=16.0, end_time=32.0, looping=1, loop_end=8.0)
    play(live, load, like)
    (sound,) = live.sounds()
    assert (sound.parent.kind, sound.values["start_time"]) == ("Track", 16.0)
    assert len(heard(sound)) == round((4.0 + 2.5 + toy_piano.TAIL_S) * RATE)  # its loop is written out


def test_a_recording_is_played_by_the_notes_found_in_it(
    live: LiveSet, load: Load, song: Path, like: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(transcribing, "transcribe", lambda path, *rest: Transcription(scale(4.0), (), BASIC_PITCH))
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S))
    max_ = play(live, load, like)
    (sound,) = live.sounds()
    assert len(heard(sound)) == round(LASTS_S * RATE)
    assert "found in the recording by Basic Pitch" in max_.status


def test_another_take_goes_to_the_next_free_place(live: LiveSet, load: Load, daemon, like: Path):
    melody(live)
    max_ = play(live, load, like)
    max_.ahead(1.0)
    max_.click("newtake")
    max_.until(lambda: len(live.sounds()) == 2)
    assert [each.values["name"] for each in live.sounds()] == [f"Tune like my piano, seed {seed}" for seed in (7, 8)]
    assert [each.values["name"] for each in live.song.lists["tracks"]].count("LEAP sound") == 1


def test_a_live_that_cannot_make_audio_clips_is_told_where_the_file_is(load: Load, daemon, like: Path):
    live = LiveSet(version=(12, 0, 4))
    live.put_device(live.track("Song"))
    melody(live)
    max_ = play(live, load, like)
    assert "drag it from " in max_.status
    assert Path(max_.status.partition("drag it from ")[2]).name == "sound.wav"
    assert live.sounds() == []


def test_without_a_dropped_recording_it_says_what_is_missing(live: LiveSet, load: Load, daemon):
    melody(live)
    max_ = load(live, model=MODEL)
    max_.click("arrange")
    assert max_.status.startswith("Drop a recording of the sound")


def test_a_click_does_not_take_the_place_of_the_sound(live: LiveSet, load: Load, song: Path, like: Path):
    max_ = load(live, model=MODEL)
    max_.drop(str(like))
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S))
    max_.run(0.6)
    assert max_.told("source") == ["My song like my piano"]


def test_a_clip_without_notes_is_refused(live: LiveSet, load: Load, daemon, like: Path):
    melody(live).notes = []
    assert play(live, load, like).status == "The clip has no notes to play."


def test_cancel_keeps_what_was_made(live: LiveSet, load: Load, daemon, like: Path):
    clip = melody(live, end_marker=400.0, loop_end=400.0)
    clip.notes = [{"pitch": 60, "start_time": float(at), "duration": 0.5, "velocity": 90} for at in range(380)]
    max_ = load(live, model=MODEL)
    max_.drop(str(like))
    max_.turn("dial3", 1.0)
    assert max_.shown["value3"] == "slow"
    max_.click("arrange")
    max_.until(lambda: max_.told("front"))
    max_.click("cancel")
    max_.until(lambda: max_.status.startswith("Cancelled"))
    (sound,) = live.sounds()
    assert 0 < len(heard(sound)) < 190 * RATE


def test_lost_packets_lose_no_note(live: LiveSet, load: Load, daemon, like: Path):
    clip = melody(live, end_marker=200.0, loop_end=200.0)
    clip.notes = [{"pitch": 60, "start_time": float(at), "duration": 0.5, "velocity": 90} for at in range(190)]
    play(live, load, like, lost=0.2)
    (sound,) = live.sounds()
    loud = np.abs(heard(sound)[: 95 * RATE]).reshape(190, -1).max(axis=1)
    assert float(loud.min()) > 0.01
