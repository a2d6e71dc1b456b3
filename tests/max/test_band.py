"""A band: each player gets a clip of his own on a track of his name, all at one place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leap_bridge.daemon import Daemon
from leap_models.music import midi
from max.fake_live import Clip, LiveSet, Track
from max.fake_max import Max
from max.takes import melody, played, take

Load = Callable[..., Max]
MODEL = "toy_band"
PLAYERS = ["LEAP Drums", "LEAP Piano", "LEAP Guitar", "LEAP Bass", "LEAP Strings"]
DRUMS = 10  # their channel


@pytest.fixture(autouse=True)
def bands(clip_models: None, daemon: Daemon) -> None:
    """All tests here have a daemon with a band."""


def names(live: LiveSet) -> list[str]:
    return [track.values["name"] for track in live.song.lists["tracks"]]


def track_of(live: LiveSet, name: str) -> Track:
    return live.song.lists["tracks"][names(live).index(name)]


def clips_of(live: LiveSet, scene: int = 0) -> list[Clip]:
    """Of all players, in one scene."""
    return [track_of(live, name).lists["clip_slots"][scene].singles["clip"] for name in PLAYERS]


def parts(path: Path) -> list[list[tuple[int, float, float, int]]]:
    """The notes of a .mid as the players' clips should have them, at 120 beats a minute."""
    read = midi.read(path)
    assert [each.name for each in read.tracks] == [name.removeprefix("LEAP ") for name in PLAYERS]
    return [
        sorted((note.pitch, 2 * note.start_s, 2 * note.end_s, note.velocity) for note in read.notes if note.track == at)
        for at in range(len(PLAYERS))
    ]


def near(found: list[tuple], expected: list[tuple]) -> bool:
    return len(found) == len(expected) and all(
        one[0] == other[0] and one[1:] == pytest.approx(other[1:], abs=0.004)
        for one, other in zip(found, expected, strict=True)
    )


def test_each_player_has_a_clip_on_his_track(live: LiveSet, load: Load):
    path = take(load(live, model=MODEL))
    assert names(live) == ["Song", *PLAYERS, "Voice"]  # behind the device's own, in order
    clips = clips_of(live)
    assert all(near(played(clip), part) for clip, part in zip(clips, parts(path), strict=True))
    assert all(len(clip.notes) > 20 for clip in clips)
    assert {clip.values["name"] for clip in clips} == {"toy_band, seed 7"}
    assert {clip.values["length"] for clip in clips} == {32.0}


def test_a_part_that_is_given_is_played_as_it_is(live: LiveSet, load: Load):
    source = melody(live, scene=2)
    max_ = load(live, model=MODEL)
    max_.turn("dial1", 3 / 4)
    assert (max_.shown["label1"], max_.shown["value1"]) == ("track", "bass")
    path = take(max_)
    clips = clips_of(live, 2)
    assert [each[:3] for each in played(clips[3])] == [(60, 0.0, 1.0), (61, 2.0, 3.0), (62, 4.0, 5.0)]
    assert all(near(played(clip), part) for clip, part in zip(clips, parts(path), strict=True))
    assert {clip.values["name"] for clip in clips} == {"Tune toy_band, seed 7"}
    assert {clip.values["length"] for clip in clips} == {8.0}
    assert names(live) == ["Song", "Voice", "Keys", *PLAYERS]
    assert len(source.notes) == 4


def test_a_player_who_has_a_track_keeps_it(live: LiveSet, load: Load):
    bass, other = live.track("LEAP bass", midi=True), live.track("LEAP Drummachine", midi=True)
    take(load(live, model=MODEL))
    assert bass.lists["clip_slots"][0].singles["clip"].notes
    assert not other.lists["clip_slots"][0].singles["clip"]
    assert names(live) == ["Song", *PLAYERS[:3], "Voice", "LEAP bass", "LEAP Strings", "LEAP Drummachine"]


def test_all_go_to_the_scene_where_all_have_room(live: LiveSet, load: Load):
    bass = live.track("LEAP Bass", midi=True)
    kept = [bass.lists["clip_slots"][scene].put(live.midi_clip(bass, 4.0)) for scene in (0, 2)]
    max_ = load(live, model=MODEL)
    take(max_)
    assert all(clip.notes for clip in clips_of(live, 1))
    max_.ahead(1.0)
    max_.click("newtake")
    max_.until(lambda: max_.status.startswith("Done") and "seed 8" in max_.status)
    assert {clip.values["name"] for clip in clips_of(live, 3)} == {"toy_band, seed 8"}
    assert not any(clip.notes for clip in kept)


def test_in_the_arrangement_all_are_under_the_clip(live: LiveSet, load: Load):
    melody(live, None, start_time=16.0, end_time=24.0)
    bass = live.track("LEAP Bass", midi=True)
    there = live.midi_clip(bass, 8.0, is_arrangement_clip=1, start_time=20.0, end_time=28.0)
    bass.lists["arrangement_clips"].append(there)
    take(load(live, model=MODEL))
    made = [clip for track in live.song.lists["tracks"][3:] for clip in track.lists["arrangement_clips"] if clip.notes]
    assert [clip.parent.values["name"] for clip in made] == [*PLAYERS[:3], "LEAP Bass 2", "LEAP Strings"]
    assert {(clip.values["start_time"], clip.values["end_time"]) for clip in made} == {(16.0, 24.0)}


def test_the_screen_shows_all_notes_with_their_channels(live: LiveSet, load: Load):
    max_ = load(live, model=MODEL)
    take(max_)
    numbers = [word for words in max_.screen if words[0] == "notes" for word in words[1:]]
    assert len(numbers[::4]) == sum(len(clip.notes) for clip in clips_of(live))
    assert set(numbers[3::4]) == {DRUMS, 1, 2, 3, 4}


def test_it_says_that_instruments_are_missing(live: LiveSet, load: Load):
    max_ = load(live, model=MODEL)
    take(max_)
    assert max_.status.endswith("Put instruments on the LEAP tracks.")


def test_cancel_keeps_what_all_have_played(live: LiveSet, load: Load):
    max_ = load(live, model=MODEL)
    max_.turn("dial2", 0.5)
    max_.turn("dial4", 1.0)
    assert (max_.shown["value2"], max_.shown["value4"]) == ("65", "slow")
    max_.click("arrange")
    max_.until(lambda: "LEAP Strings" in names(live))
    max_.click("cancel")
    max_.until(lambda: max_.status.startswith("Cancelled"))
    counts = {len(clip.notes) for clip in clips_of(live)}
    assert len(counts) == 1
    assert 0 < counts.pop() < 65 * 4


def test_a_band_whose_bass_is_deleted_stops(live: LiveSet, load: Load, daemon: Daemon):
    max_ = load(live, model=MODEL)
    max_.turn("dial2", 0.5)
    max_.turn("dial4", 1.0)
    max_.click("arrange")
    max_.until(lambda: "LEAP Strings" in names(live))
    track_of(live, "LEAP Bass").lists["clip_slots"][0].call_delete_clip()
    max_.until(lambda: "was deleted" in max_.status)
    max_.until(lambda: not daemon.service.live())
    assert max_.light == "idle"


def test_lost_packets_lose_no_players_note(live: LiveSet, load: Load):
    max_ = load(live, model=MODEL, lost=0.15, doubled=0.1, swapped=0.1)
    path = take(max_)
    assert all(near(played(clip), part) for clip, part in zip(clips_of(live), parts(path), strict=True))
