"""Models that work on clips of notes, or make music of nothing: from MIDI items to items on tracks of the players."""

import pytest
import toy_clips
from fake_reaper import Host
from reaper_fixtures import AGAIN, ARRANGE, SELECTION, Music, Press, host, press, request
from reaper_project import Item, Marker, Tempo, Track

from leap_bridge.daemon import Daemon

__all__ = ["host", "press"]
NOTES = [(0.0, 1.0, 60), (2.0, 3.0, 64), (4.0, 5.0, 67)]


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch, toys: None) -> None:
    toy_clips.ship(monkeypatch)


@pytest.fixture(autouse=True)
def chosen(host: Host) -> None:
    """The person has chosen the toy that answers clips, which the window has heard of."""
    host.choose(model="toy_clips", clips="toy_band toy_clips", alone="toy_band toy_clips")


def starts(host: Host, item: Item) -> list[float]:
    return [note[0] for note in host.project.heard(item)]


def test_a_midi_item_is_answered_at_its_place_on_the_projects_beats(daemon: Daemon, host: Host, press: Press):
    host.project.tempo = Tempo(Marker(0.0, 120), Marker(4.0, 60, 3, 4))
    host.project.add_midi(NOTES, 8.0, position=2.0)  # two seconds at 120 beats a minute, the rest at 60
    press(ARRANGE).run()
    (result,) = host.project.results()
    assert (result.start_s, result.end_s) == pytest.approx((2.0, 8.0), abs=0.01)
    assert starts(host, result) == pytest.approx([2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0], abs=0.01)
    assert result.take.name == "Tune (LEAP toy_clips, seed 7)"
    assert [track.name for track in host.project.tracks] == ["Keys", "LEAP piano"]
    assert len(host.project.undo) == 1


def test_bars_that_are_added_lie_behind_the_item(daemon: Daemon, host: Host, press: Press):
    host.choose(**{"param.toy_clips.more": 2})
    host.project.add_midi(NOTES, 8.0, position=2.0)
    press(ARRANGE).run()
    (result,) = host.project.results()
    assert (result.start_s, result.end_s) == pytest.approx((2.0, 10.0), abs=0.01)
    assert starts(host, result)[-1] == pytest.approx(9.5, abs=0.01)


def test_only_the_time_selection_of_an_item_is_answered(daemon: Daemon, host: Host, press: Press):
    host.project.selection = (1.9, 5.9)
    host.project.add_midi(NOTES, 8.0, position=1.0)
    press(SELECTION).run()
    (result,) = host.project.results()
    assert result.start_s == pytest.approx(1.9)
    assert starts(host, result)[0] == pytest.approx(2.0, abs=0.01)


def test_each_player_of_a_band_gets_a_track(daemon: Daemon, host: Host, press: Press):
    host.choose(model="toy_band")
    host.project.add_midi(NOTES, 8.0)
    press(ARRANGE).run()
    press(AGAIN).run()
    assert [track.name for track in host.project.tracks] == [
        "Keys", "LEAP Drums", "LEAP Bass", "LEAP Drums", "LEAP Bass"
    ]  # fmt: skip
    drums, _again = host.project.on("LEAP Drums")
    assert {(note[2], note[3]) for note in host.project.heard(drums)} == {(9, 36)}
    assert [track.plugins for track in host.project.tracks[1:3]] == [[], ["ReaSynth"]]
    assert host.said[-1] == "LEAP: 14 notes in 2 items"  # eight drums, the item's own three, and bass behind them


def test_with_nothing_selected_music_is_made_at_the_cursor(daemon: Daemon, host: Host, press: Press):
    host.project.tempo = Tempo(Marker(0.0, 60))
    host.project.tracks = [Track("Drums"), Track("Song")]
    host.project.cursor_s, host.project.selected_tracks = 4.0, host.project.tracks[:1]
    press(ARRANGE).run()
    (result,) = host.project.results()
    assert [track.name for track in host.project.tracks] == ["Drums", "LEAP piano", "Song"]
    assert starts(host, result) == pytest.approx([4.0, 5, 6, 7, 8, 9, 10, 11], abs=0.01)
    assert (result.start_s, result.end_s) == pytest.approx((4.0, 12.0), abs=0.01)


def test_music_of_nothing_is_made_again_at_its_place_with_another_seed(daemon: Daemon, host: Host, press: Press):
    host.project.cursor_s = 4.0
    press(ARRANGE).run()
    host.project.cursor_s = 40.0
    host.project.results()[0].selected = True
    press(AGAIN).run()
    first, second = host.project.results()
    assert second.start_s == pytest.approx(first.start_s)
    assert second.track is not first.track
    assert [track.name for track in host.project.tracks] == ["LEAP piano", "LEAP piano"]
    assert "seed 7" not in second.take.name


def test_what_was_made_of_a_recording_is_a_clip_itself(
    daemon: Daemon, host: Host, press: Press, music: Music
):
    host.choose(model="toy")
    recording = host.project.add(music(4.0), 4.0)
    press(ARRANGE).run()
    host.choose(model="toy_clips")
    recording.selected, host.project.results()[0].selected = False, True
    press(ARRANGE).run()
    assert host.boxes == []
    assert [item.take.name.rpartition(" (")[2][:9] for item in host.project.results()] == ["LEAP 3, s", "LEAP toy_"]


def test_a_recording_is_nothing_to_such_a_model(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add(music(4.0), 4.0)
    press(ARRANGE).run()
    assert host.boxes == ["toy_clips works on MIDI items; an audio item is selected"]


def test_what_the_person_typed_goes_along(daemon: Daemon, host: Host, press: Press):
    host.choose(model="toy_band", **{"param.toy_band.track": "drums", "param.toy_band.more": 1})
    host.project.add_midi(NOTES, 8.0)
    press(ARRANGE).run()
    asked = request(daemon)
    assert (asked["track"], asked["more"], asked["seed"], asked["quantize"]) == ("drums", 1, 7, 1.0)
