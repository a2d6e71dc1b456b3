"""From the button to the notes in the clip, through the patch as it is shipped and a real daemon over real UDP."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from leap_bridge.daemon import Daemon
from leap_models.music import midi
from max.fake_live import Clip, LiveSet
from max.fake_max import Max

Load = Callable[..., Max]
LASTS_S = 10.0


@pytest.fixture
def song(music: Callable[..., Path], daemon: Daemon) -> Path:
    return music(LASTS_S, "my song é.wav")


def take(max_: Max, button: str = "arrange") -> Path:
    """Press a button and wait for the end; the .mid that the daemon wrote."""
    max_.click(button)
    max_.until(lambda: max_.status.startswith("Done"))
    return Path(next(words[-1] for words in reversed(max_.heard) if words[0] == "/leap/done"))


def written(path: Path, beat_at: Callable[[float], float], semitones: int = 0) -> list[tuple[int, float, float, int]]:
    """The notes of a .mid as a clip should have them."""
    return sorted(
        (note.pitch + semitones, beat_at(note.start_s), beat_at(note.end_s), note.velocity)
        for note in midi.read(path).notes
    )


def played(clip: Clip) -> list[tuple[int, float, float, int]]:
    return sorted(
        (note["pitch"], note["start_time"], note["start_time"] + note["duration"], note["velocity"])
        for note in clip.notes
    )


def assert_same(clip: Clip, expected: list[tuple[int, float, float, int]], tolerance_beats: float = 0.004) -> None:
    found = played(clip)
    assert [(each[0], each[3]) for each in found] == [(each[0], each[3]) for each in expected]
    assert np.allclose([each[1:3] for each in found], [each[1:3] for each in expected], atol=tolerance_beats)
    assert len(found) > 20


def beats_through(markers: list[tuple[float, float]]) -> Callable[[float], float]:
    """Warp markers as a function, by means that are not the device's."""
    seconds, beats = np.array(markers).T

    def beat_at(second: float) -> float:
        index = int(np.clip(np.searchsorted(seconds, second) - 1, 0, len(seconds) - 2))
        slope = (beats[index + 1] - beats[index]) / (seconds[index + 1] - seconds[index])
        return float(beats[index] + (second - seconds[index]) * slope)

    return beat_at


def test_an_unwarped_clip_becomes_the_notes_of_the_mid(live: LiveSet, load: Load, song: Path):
    source = live.audio_clip(live.song.lists["tracks"][0], str(song), 1, LASTS_S)
    before = dict(source.values)
    live.click(source)
    max_ = load(live)
    path = take(max_)
    (clip,) = live.piano_clips()
    assert_same(clip, written(path, lambda second: 2 * second))
    assert clip.parent is live.song.lists["tracks"][1].lists["clip_slots"][1]
    assert clip.parent.parent.values["name"] == "LEAP piano"
    assert clip.values["name"] == "My song piano, difficulty 3, seed 7"
    assert clip.values["looping"] == 0
    assert max_.light == "idle"
    assert source.values == before


MARKERS = [(0.0, 0.0), (2.0, 4.0), (6.0, 10.0), (6.02, 10.04)]  # the last is Live's shadow


def test_notes_land_through_the_warp_markers(live: LiveSet, load: Load, song: Path):
    values = {"warping": 1, "warp_markers": MARKERS, "start_marker": 0.0, "end_marker": 16.0, "loop_end": 16.0}
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S, pitch_coarse=2, **values))
    path = take(load(live))
    (clip,) = live.piano_clips()
    expected = written(path, beats_through(MARKERS), semitones=2)
    assert_same(clip, [each for each in expected if each[1] < 16.0])


def test_a_lossy_network_changes_nothing(live: LiveSet, load: Load, song: Path):
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S))
    max_ = load(live, lost=0.15, doubled=0.1, swapped=0.1)
    path = take(max_)
    (clip,) = live.piano_clips()
    assert_same(clip, written(path, lambda second: 2 * second))
    assert max_.network.losses > 3


def test_a_looped_clip_of_the_arrangement_is_written_out(live: LiveSet, load: Load, song: Path):
    markers = [(0.0, 0.0), (10.0, 20.0)]
    source = live.audio_clip(
        live.song.lists["tracks"][0], str(song), None, LASTS_S, warping=1, warp_markers=markers, looping=1,
        start_marker=2.0, loop_start=4.0, loop_end=8.0, end_marker=20.0, start_time=32.0, end_time=44.0,
    )  # fmt: skip
    live.click(source)
    path = take(load(live))
    (clip,) = live.piano_clips()
    start_s = 1.0  # of the recording, where the clip starts
    once = written(path, lambda second: 2 * (second + start_s))
    rounds = [(2.0, 8.0, 0.0), (4.0, 8.0, 6.0), (4.0, 6.0, 10.0)]  # from, to, at
    expected = sorted(
        (pitch, begin - low + at, min(end, high) - low + at, velocity)
        for pitch, begin, end, velocity in once
        for low, high, at in rounds
        if low - 0.001 <= begin < high - 0.001
    )
    assert_same(clip, expected)
    assert (clip.values["start_time"], clip.values["end_time"]) == (32.0, 44.0)
    assert clip.parent.values["name"] == "LEAP piano"


def test_a_looped_clip_of_the_session_keeps_its_loop(live: LiveSet, load: Load, song: Path):
    markers = [(0.0, -1.0), (10.0, 19.0)]
    live.click(live.audio_clip(
        live.song.lists["tracks"][0], str(song), 0, LASTS_S, warping=1, warp_markers=markers, looping=1,
        start_marker=-1.0, loop_start=3.0, loop_end=11.0, end_marker=19.0,
    ))  # fmt: skip
    path = take(load(live))
    (clip,) = live.piano_clips()
    bar = 4.0  # the clip begins before beat 0, so everything moves on by a bar
    assert_same(clip, written(path, lambda second: 2 * second - 1.0 + bar))
    shape = ("start_marker", "loop_start", "loop_end", "looping")
    assert tuple(clip.values[name] for name in shape) == (-1.0 + bar, 3.0 + bar, 11.0 + bar, 1)


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


def test_a_new_take_has_the_next_seed(live: LiveSet, load: Load, song: Path):
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S))
    max_ = load(live)
    take(max_)
    first = played(live.piano_clips()[0])
    max_.click("newtake")
    max_.until(lambda: len(live.piano_clips()) == 2 and max_.light == "idle")
    assert max_.shown["seed"] == 8
    assert live.piano_clips()[1].values["name"].endswith("seed 8")
    assert played(live.piano_clips()[1]) != first


def test_loop_only_leaves_the_rest_of_a_session_clip_out(live: LiveSet, load: Load, song: Path):
    markers = [(0.0, 0.0), (10.0, 20.0)]
    live.click(live.audio_clip(
        live.song.lists["tracks"][0], str(song), 0, LASTS_S, warping=1, warp_markers=markers, looping=1,
        start_marker=0.0, loop_start=8.0, loop_end=16.0, end_marker=20.0,
    ))  # fmt: skip
    max_ = load(live)
    max_.turn("loop", 1.0)
    path = take(max_)
    (clip,) = live.piano_clips()
    assert_same(clip, written(path, lambda second: 2 * second + 8.0))
    assert min(each[1] for each in played(clip)) >= 8.0


def test_loop_only_in_the_arrangement_is_lives_loop_brace(live: LiveSet, load: Load, song: Path):
    live.song.values.update(loop_start=20.0, loop_length=8.0)
    live.click(
        live.audio_clip(live.song.lists["tracks"][0], str(song), None, LASTS_S, start_time=16.0, end_time=36.0)
    )
    max_ = load(live)
    max_.turn("loop", 1.0)
    path = take(max_)
    (clip,) = live.piano_clips()
    assert_same(clip, written(path, lambda second: 2 * second))
    assert (clip.values["start_time"], clip.values["end_time"]) == (20.0, 28.0)


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


def test_the_notes_on_the_screen_are_those_of_the_clip(live: LiveSet, load: Load, song: Path):
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S))
    max_ = load(live)
    take(max_)
    numbers = [word for words in max_.screen if words[0] == "notes" for word in words[1:]]
    assert sorted(numbers[::4]) == sorted(note["pitch"] for note in live.piano_clips()[0].notes)


def test_with_the_audio_engine_off_a_take_still_ends(live: LiveSet, load: Load, song: Path):
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S))
    max_ = load(live)
    max_.engine_on = False
    take(max_)
    assert live.piano_clips()[0].notes
