"""Where a take goes: a track, a free place on it, and nothing that was there is touched."""

from collections.abc import Callable
from pathlib import Path

from max.fake_live import LiveSet
from max.fake_max import Max
from max.takes import LASTS_S, assert_same, take, written

Load = Callable[..., Max]


def test_a_dropped_file_goes_to_the_selected_scene(live: LiveSet, load: Load, song: Path):
    live.view.singles["selected_scene"] = live.song.lists["scenes"][2]
    max_ = load(live)
    max_.drop(str(song))
    path = take(max_)
    (clip,) = live.piano_clips()
    assert_same(clip, written(path, lambda second: 2 * second))
    assert clip.parent is live.song.lists["tracks"][1].lists["clip_slots"][2]
    assert clip.values["name"].startswith("my song é piano")


def test_a_click_on_a_clip_takes_the_place_of_a_dropped_file(live: LiveSet, load: Load, song: Path):
    clip = live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S)
    max_ = load(live)
    max_.drop("/music/another.wav")
    assert max_.told("source") == ["another"]
    live.click(clip)
    max_.until(lambda: max_.told("source") == ["My song"])
    take(max_)
    assert live.piano_clips()


def test_the_midi_effect_writes_to_its_own_track(live: LiveSet, load: Load, song: Path, midi_device: object):
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S))
    piano = live.track("Grand", midi=True)
    live.put_device(piano)
    take(load(live, device=midi_device))
    (clip,) = live.piano_clips()
    assert clip.parent.parent is piano
    assert len(live.song.lists["tracks"]) == 3


def test_again_makes_another_take_below_without_touching_the_first(live: LiveSet, load: Load, song: Path):
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 3, LASTS_S))
    max_ = load(live)
    take(max_)
    (first,) = live.piano_clips()
    notes = list(first.notes)
    max_.turn("difficulty", 1.4)
    max_.click("again")
    max_.until(lambda: len(live.piano_clips()) == 2 and max_.light == "idle")
    second = next(each for each in live.piano_clips() if each is not first)
    assert first.notes == notes
    assert len(second.notes) < len(notes)
    assert second.values["name"] == "My song piano, difficulty 1.4, seed 7"
    assert second.parent is live.song.lists["tracks"][1].lists["clip_slots"][4]  # in a scene that was made for it


def test_an_older_live_gets_a_session_clip_for_the_arrangement(load: Load, song: Path):
    live = LiveSet(version=(11, 3))
    live.put_device(live.track("Song"))
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), None, LASTS_S, end_time=20.0))
    max_ = load(live)
    path = take(max_)
    (clip,) = live.piano_clips()
    assert_same(clip, written(path, lambda second: 2 * second))
    assert clip.parent.kind == "ClipSlot"


def test_an_occupied_place_in_the_arrangement_gets_a_track_of_its_own(live: LiveSet, load: Load, song: Path):
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), None, LASTS_S, end_time=20.0))
    max_ = load(live)
    take(max_)
    max_.click("again")
    max_.until(lambda: len(live.piano_clips()) == 2 and max_.light == "idle")
    assert [each.parent.values["name"] for each in live.piano_clips()] == ["LEAP piano", "LEAP piano 2"]


def test_two_devices_work_at_once(live: LiveSet, load: Load, song: Path):
    first = live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S)
    second = live.audio_clip(live.song.lists["tracks"][1], str(song), 1, LASTS_S, name="Voice")
    one = load(live)
    live.put_device(live.song.lists["tracks"][1])
    other = load(live)
    live.click(first)
    one.click("arrange")
    live.click(second)
    other.click("arrange")

    def both_done() -> bool:
        one.step()
        return one.status.startswith("Done") and other.status.startswith("Done")

    other.until(both_done)
    assert sorted(each.values["name"].split()[0] for each in live.piano_clips()) == ["My", "Voice"]


def test_a_frozen_track_is_left_alone(live: LiveSet, load: Load, song: Path):
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S))
    frozen = live.track("LEAP piano", midi=True)
    frozen.values["is_frozen"] = 1
    take(load(live))
    (clip,) = live.piano_clips()
    assert clip.parent.parent is not frozen


def test_a_take_changes_nothing_but_its_own_clip(live: LiveSet, load: Load, song: Path):
    """What is written elsewhere would be steps of undo that nobody made."""
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S))
    piano = live.track("LEAP piano", midi=True)
    max_ = load(live)
    live.edits.clear()
    take(max_)
    (clip,) = live.piano_clips()
    assert clip.parent.parent is piano
    assert {number for name, number in live.edits if name != "add_new_notes"} == {clip.id}
    windows = len({words[2] for words in max_.heard if words[0] == "/leap/notes"})
    assert len([name for name, _ in live.edits if name == "add_new_notes"]) <= windows


def test_a_clip_beside_a_full_slot_goes_to_the_next_free_one(live: LiveSet, load: Load, song: Path):
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S))
    piano = live.track("LEAP piano", midi=True)
    kept = [piano.lists["clip_slots"][scene].put(live.midi_clip(piano, 4.0)) for scene in (0, 1)]
    take(load(live))
    (made,) = set(live.piano_clips()) - set(kept)
    assert made.parent is piano.lists["clip_slots"][2]
    assert not any(clip.notes for clip in kept)


def test_a_clip_without_a_name_is_called_as_its_file_is(live: LiveSet, load: Load, song: Path):
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S, name=""))
    take(load(live))
    assert live.piano_clips()[0].values["name"].startswith(f"{song.stem} piano, difficulty")


def test_the_name_says_what_was_asked_for_and_not_what_was_turned_since(slow: Max):
    slow.turn("difficulty", 2.346)
    slow.click("arrange")
    slow.turn("difficulty", 5.0)
    slow.until(lambda: slow.live.piano_clips())
    assert slow.live.piano_clips()[0].values["name"] == "My song piano, difficulty 2.35, seed 7"


def test_again_sees_what_was_changed_in_the_clip_since(live: LiveSet, load: Load, song: Path):
    source = live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S)
    live.click(source)
    max_ = load(live)
    take(max_)
    source.values["name"] = "Renamed"
    max_.click("again")
    max_.until(lambda: len(live.piano_clips()) == 2 and max_.light == "idle")
    assert live.piano_clips()[1].values["name"].startswith("Renamed")
