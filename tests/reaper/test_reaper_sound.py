"""Notes played with the sound of a recording: from the selected items to an audio item on a track of its own."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_piano
from fake_reaper import Host
from reaper_fixtures import AGAIN, ARRANGE, CANCEL, SELECTION, Music, Press, host, press, request
from reaper_project import Item, Marker, Tempo
from rendering_fixtures import RATE, scale, ship_piano, tone

from leap_bridge.daemon import Daemon
from leap_models import transcribing
from leap_models.transcribing import BASIC_PITCH, Transcription

__all__ = ["host", "press"]
MODEL = "toy_piano"
NOTES = [(0.0, 1.0, 60), (2.0, 3.0, 64), (4.0, 5.0, 67)]


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, toys: None) -> None:
    ship_piano(monkeypatch, tmp_path_factory.mktemp("piano"))


@pytest.fixture
def like(tmp_path: Path, host: Host) -> Path:
    """A recording of a piano; the person has chosen the toy that plays."""
    host.choose(model=MODEL, plays=MODEL)
    return tone(tmp_path / "my piano.wav")


def loud(item: Item) -> np.ndarray:
    """The loudest sample in each tenth of a second."""
    samples, rate = soundfile.read(item.take.source.path, dtype="float32")
    assert rate == RATE
    count = len(samples) // (RATE // 10)
    return np.abs(samples[: count * (RATE // 10)]).reshape(count, -1).max(axis=1)


def sounding(item: Item) -> list[float]:
    """When it begins to sound, in seconds of the project."""
    on = loud(item) > 0.01
    return [item.start_s + float(at) / 10 for at in np.flatnonzero(on & ~np.concatenate([[False], on[:-1]]))]


def test_a_midi_item_is_played_like_the_recording_selected_with_it(daemon, host: Host, press: Press, like: Path):
    host.project.add_midi(NOTES, 8.0, position=3.0)
    host.project.add(like, 2.0)
    press(ARRANGE).run()
    (sound,) = host.project.sounds()
    assert sounding(sound) == pytest.approx([3.0, 4.0, 5.0])
    assert sound.values["D_LENGTH"] == pytest.approx(2.5 + toy_piano.TAIL_S, abs=0.001)
    assert sound.take.name == "Tune (LEAP like my piano.wav, seed 7)"
    assert [track.name for track in host.project.tracks] == ["Keys", "LEAP sound", "Song 2"]
    assert host.said[-1] == "LEAP: 1 sound"
    assert len(host.project.undo) == 1
    assert host.project.results() == []


def test_tempo_changes_are_followed(daemon, host: Host, press: Press, like: Path):
    host.project.tempo = Tempo(Marker(0.0, 120), Marker(2.0, 60))
    host.project.add_midi(NOTES, 8.0, position=1.0)  # a second at 120 beats a minute, the rest at 60
    host.project.add(like, 2.0)
    press(ARRANGE).run()
    assert sounding(host.project.sounds()[0]) == pytest.approx([1.0, 2.0, 4.0])


def test_a_looped_item_is_played_as_long_as_it_lasts(daemon, host: Host, press: Press, like: Path):
    host.project.add_midi(NOTES[:1], 4.0, loops=True, length_s=7.0)
    host.project.add(like, 2.0)
    press(ARRANGE).run()
    assert sounding(host.project.sounds()[0]) == pytest.approx([0.0, 2.0, 4.0, 6.0])


def test_the_pedal_holds_and_what_is_muted_does_not_sound(daemon, host: Host, press: Press, like: Path):
    item = host.project.add_midi(NOTES, 8.0)
    item.take.controls, item.take.muted = [(0.0, 64, 127), (3.6 * 960, 64, 0), (0.0, 1, 99)], {2}
    host.project.add(like, 2.0)
    press(ARRANGE).run()
    (sound,) = host.project.sounds()
    on = loud(sound) > 0.01
    assert on[:17].all()
    assert not on[19:].any()


def test_only_the_time_selection_is_played(daemon, host: Host, press: Press, like: Path):
    host.project.selection = (0.9, 1.9)
    host.project.add_midi(NOTES, 8.0)
    host.project.add(like, 2.0)
    press(SELECTION).run()
    (sound,) = host.project.sounds()
    assert sound.start_s == 0.9
    assert sounding(sound) == pytest.approx([1.0])


def test_a_recording_is_played_by_the_notes_found_in_it(
    daemon: Daemon, host: Host, press: Press, like: Path, music: Music, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(transcribing, "transcribe", lambda path, *rest: Transcription(scale(4.0), (), BASIC_PITCH))
    host.choose(**{f"param.{MODEL}.like": like})
    host.project.add(music(4.0), 2.0, position=5.0, rate=2.0)
    press(ARRANGE).run()
    (sound,) = host.project.sounds()
    assert (sound.start_s, sound.take.value("D_PLAYRATE")) == (5.0, 2.0)
    assert sound.values["D_LENGTH"] == pytest.approx(2.0, abs=0.001)
    assert request(daemon)["end_s"] == 4.0
    assert "found in the recording by Basic Pitch" in host.console[0]


def test_what_is_missing_is_told(daemon, host: Host, press: Press, like: Path):
    host.project.add_midi(NOTES, 8.0)
    press(ARRANGE).run()
    assert "select the recording whose sound is wanted" in host.boxes[0]
    for _ in range(2):
        host.project.add(like, 2.0)
    press(ARRANGE).run()
    assert host.boxes[1].startswith("Select only one recording")


def test_again_plays_like_the_last_time_with_another_seed(daemon, host: Host, press: Press, like: Path):
    item, recording = host.project.add_midi(NOTES, 8.0), host.project.add(like, 2.0)
    press(ARRANGE).run()
    recording.selected = item.selected = False
    host.project.sounds()[0].selected = True
    press(AGAIN).run()
    first, second = host.project.sounds()
    assert first.track is not second.track
    assert "seed 7" in first.take.name
    assert second.take.name.startswith("Tune (LEAP like my piano.wav, seed ")
    assert second.take.name != first.take.name


def test_a_player_that_is_not_known_as_one_yet_is_found_out(daemon, host: Host, press: Press, like: Path):
    host.choose(plays="")
    host.project.add_midi(NOTES, 8.0)
    host.project.add(like, 2.0)
    press(ARRANGE).run()
    assert sounding(host.project.sounds()[0]) == pytest.approx([0.0, 1.0, 2.0])


def test_a_midi_item_is_nothing_to_arrange(daemon, host: Host, press: Press, like: Path):
    host.choose(model="toy")
    host.project.add_midi(NOTES, 8.0)
    press(ARRANGE).run()
    assert host.boxes == ["Tune is MIDI; select an audio item"]


def test_cancel_keeps_what_was_made(daemon, host: Host, press: Press, like: Path):
    host.choose(**{f"param.{MODEL}.fault": "slow"})
    host.project.add_midi([(at, at + 0.5, 60) for at in range(400)], 400.0)
    host.project.add(like, 2.0)
    script = press(ARRANGE).run(until=lambda: any("arranging" in said and ", 0 of" not in said for said in host.said))
    press(CANCEL)
    script.run()
    (sound,) = host.project.sounds()
    assert 0.0 < sound.values["D_LENGTH"] < 190.0
    assert host.said[-1] == "LEAP: 1 sound, 1 cancelled"


def test_many_notes_come_in_parts(daemon, host: Host, press: Press, like: Path):
    host.project.add_midi([(at, at + 0.5, 60) for at in range(95)], 96.0)
    host.project.add(like, 2.0)
    press(ARRANGE).run()
    assert len(sounding(host.project.sounds()[0])) == 95
