"""From the button to the notes in the clip, through the patch as it is shipped and a real daemon over real UDP."""

from collections.abc import Callable
from pathlib import Path

from max.fake_live import LiveSet
from max.fake_max import Max
from max.takes import LASTS_S, assert_same, beats_through, played, take, written

Load = Callable[..., Max]


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


def test_a_lossy_network_changes_nothing(live: LiveSet, load: Load, song: Path):
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S))
    max_ = load(live, lost=0.15, doubled=0.1, swapped=0.1)
    path = take(max_)
    (clip,) = live.piano_clips()
    assert_same(clip, written(path, lambda second: 2 * second))
    assert max_.network.losses > 3
