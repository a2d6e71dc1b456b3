"""Seconds and beats: what the device makes of a clip's markers, held against numbers and against chance."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from max import amxd
from max.conftest import FOLDER
from max.engine import Script

SCRIPT = Script(amxd.read(FOLDER / "LEAP.amxd").text("leap_device.js"), {})
FACTS = {
    "path": "/song.wav", "name": "song", "color": 0, "warping": True, "warpMode": 4, "markers": [[0, 0], [60, 120]],
    "startMarker": 0, "endMarker": 120, "loopStart": 0, "loopEnd": 120, "looping": False, "arrangement": False,
    "startTime": 0, "endTime": 0, "lengthS": 60, "pitchCoarse": 0, "pitchFine": 0, "bpm": 120, "signature": [4, 4],
}  # fmt: skip
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

steps = st.lists(
    st.tuples(st.floats(0.01, 20.0), st.floats(0.01, 40.0)), min_size=2, max_size=30
)  # (seconds, beats) from a marker to the next


def markers(first: tuple[float, float], distances: list[tuple[float, float]]) -> list[list[float]]:
    found = [list(first)]
    for seconds, beats in distances:
        found.append([found[-1][0] + seconds, found[-1][1] + beats])
    return found


def js(code: str, **values: object) -> object:
    return SCRIPT.run(code, **values)


def reading(code: str, spread: dict | None = None, **changed: object) -> object:
    facts = {**FACTS, **changed}
    return js(f"var r = new Reading(dukpy.facts, dukpy.range); {code}", facts=facts, range=spread)


@QUICK
@given(first=st.tuples(st.floats(-5, 5), st.floats(-50, 50)), distances=steps, second=st.floats(-30.0, 600.0))
def test_a_second_comes_back_through_any_warp_markers(first, distances, second):
    anchors = markers(first, distances)
    code = "var m = new TimeMap(dukpy.anchors); m.secondAt(m.beatAt(dukpy.second))"
    assert js(code, anchors=anchors, second=second) == pytest.approx(second, abs=1e-6)


@QUICK
@given(first=st.tuples(st.floats(-5, 5), st.floats(-50, 50)), distances=steps, beat=st.floats(-60.0, 1200.0))
def test_a_beat_comes_back_through_any_warp_markers(first, distances, beat):
    anchors = markers(first, distances)
    code = "var m = new TimeMap(dukpy.anchors); m.beatAt(m.secondAt(dukpy.beat))"
    assert js(code, anchors=anchors, beat=beat) == pytest.approx(beat, abs=1e-6)


@QUICK
@given(distances=steps, seconds=st.lists(st.floats(-10.0, 600.0), min_size=2, max_size=2, unique=True))
def test_later_seconds_are_on_later_beats(distances, seconds):
    anchors = markers((0.0, 0.0), distances)
    early, late = sorted(seconds)
    code = "var m = new TimeMap(dukpy.a); [m.beatAt(dukpy.e), m.beatAt(dukpy.l)]"
    found = js(code, a=anchors, e=early, l=late)
    assert found[0] <= found[1]


@QUICK
@given(
    start=st.floats(0.0, 20.0), loop=st.tuples(st.floats(0.0, 20.0), st.floats(0.5, 20.0)), length=st.floats(0.5, 80.0)
)
def test_the_rounds_of_a_loop_fill_the_arranged_clip_without_a_gap(start, loop, length):
    loop_start, loop_end = loop[0], loop[0] + loop[1]
    passes = reading(
        "r.passes", arrangement=True, looping=True, startMarker=start, loopStart=loop_start, loopEnd=loop_end,
        startTime=8, endTime=8 + length,
    )  # fmt: skip
    at = 0.0
    for each in passes:
        assert each["at"] == pytest.approx(at, abs=1e-9)
        at += each["to"] - each["from"]
    assert at == pytest.approx(length, abs=1e-9)


def test_the_last_warp_marker_only_gives_the_tempo_of_the_end():
    anchors = [[0.0, 0.0], [10.0, 20.0], [10.015625, 20.0625]]  # 240 beats a minute behind second 10
    assert js("new TimeMap(dukpy.a).beatAt(11.0)", a=anchors) == pytest.approx(24.0)


def test_an_unwarped_clip_has_its_markers_in_seconds():
    found = reading("[r.startS, r.endS, r.shape.length]", warping=False, startMarker=2.0, endMarker=12.0, bpm=90)
    assert found == pytest.approx([2.0, 12.0, 15.0])


def test_an_unwarped_clip_that_is_transposed_up_an_octave_plays_twice_as_fast():
    placed = reading("r.place(60, 3.0, 4.0, 80)", warping=False, startMarker=1.0, endMarker=9.0, pitchCoarse=12)
    assert placed == [{"pitch": 72, "start_time": 2.0, "duration": 1.0, "velocity": 80}]


def test_a_warped_clip_that_is_transposed_keeps_its_speed():
    (placed,) = reading("r.place(60, 3.0, 4.0, 80)", pitchCoarse=-3, pitchFine=-40)
    assert (placed["pitch"], placed["start_time"], placed["duration"]) == (57, 6.0, 2.0)


def test_re_pitch_sounds_as_high_as_the_tempo_makes_it():
    (placed,) = reading("r.place(60, 3.0, 4.0, 80)", warpMode=3, bpm=120 * 2 ** (2 / 12), pitchCoarse=7)
    assert placed["pitch"] == 62


def test_a_note_that_sounds_over_the_end_is_cut_there():
    (placed,) = reading("r.place(60, 59.0, 61.0, 80)", endMarker=119)
    assert placed["start_time"] + placed["duration"] == pytest.approx(119)


def test_a_note_behind_the_end_is_left_out():
    assert reading("r.place(60, 59.6, 61.0, 80)", endMarker=119) == []


def test_a_pitch_beyond_midi_comes_back_by_an_octave():
    assert reading("r.place(127, 1, 2, 80)", pitchCoarse=1)[0]["pitch"] == 116


def test_a_clip_that_starts_before_its_recording_asks_from_its_first_second():
    assert reading("[r.startS, r.shape.start]", startMarker=-3) == [0, 1]  # beats move on by a bar of four


def test_a_clip_without_music_between_its_markers_says_so():
    with pytest.raises(Exception, match="no music between"):
        reading("r", startMarker=130, endMarker=140)


def test_the_daemon_gets_the_clips_own_beats():
    found = reading("r.tempo()", signature=[3, 4])
    assert found == {"anchors": [[0, 0], [60, 120]], "beatsPerBar": 3, "downbeat": 0}


def test_bars_of_the_arrangement_are_those_of_the_song():
    found = reading("r.tempo()", arrangement=True, startMarker=5, startTime=16, endTime=32)
    assert (found["downbeat"] - (5 - 16)) % 4 == 0


def test_seven_eighths_are_counted_in_eighths():
    found = reading("r.tempo()", signature=[7, 8])
    assert found["beatsPerBar"] == 7
    assert found["anchors"][1] == [60, 240]


def test_the_song_tempo_says_nothing_about_an_unwarped_recording():
    assert reading("r.tempo()", warping=False, endMarker=60) is None


@pytest.mark.parametrize(
    ("path", "home"),
    [
        ("Macintosh HD:/Users/ann/Music/Ableton/LEAP.amxd", "/Users/ann"),
        ("/Users/ann/Music/LEAP.amxd", "/Users/ann"),
        ("C:/Users/Ann B/Documents/LEAP.amxd", "C:/Users/Ann B"),
        ("C:\\Users\\Ann B\\Documents\\LEAP.amxd", "C:/Users/Ann B"),
        ("/Volumes/Music/LEAP.amxd", ""),
    ],
)
def test_the_home_folder_is_read_off_the_devices_path(path: str, home: str):
    assert js("homeOf(dukpy.path)", path=path) == home


@pytest.mark.parametrize(
    ("words", "count"), [(["id", 3, "id", 9], 2), (["id", 0], 0), ([], 0)]
)
def test_ids_are_found_in_lives_lists(words: list, count: int):
    code = "ids({get: function () { return dukpy.words; }}, 'tracks').length"
    assert js(code, words=words) == count


@pytest.mark.parametrize("words", ['"My Song"', "My Song"])
def test_texts_come_with_and_without_quotes(words: str):
    assert js("text({get: function () { return [dukpy.words]; }}, 'name')", words=words) == "My Song"


@pytest.mark.parametrize("as_text", [True, False])
def test_warp_markers_come_as_a_text_or_as_a_dictionary(as_text: bool):
    code = """
        var found = {warp_markers: [{beat_time: 4, sample_time: 2}]};
        warpMarkers({get: function () { return [dukpy.text ? JSON.stringify(found) : found]; }})
    """
    assert js(code, text=as_text) == [[2, 4]]


def test_a_dial_reaches_every_word_and_both_ends_of_a_range():
    word = {"name": "c", "kind": "word", "default": "b", "choices": ["a", "b", "c"], "low": -1e30, "high": 1e30}
    whole = {"name": "s", "kind": "int", "default": 8, "choices": [], "low": 1, "high": 200}
    code = "[0, 0.5, 1].map(function (p) { return valueAt(dukpy.param, p); })"
    assert js(code, param=word) == ["a", "b", "c"]
    assert js(code, param=whole) == [1, 101, 200]


@pytest.mark.parametrize("high", [200, 512, 2**31 - 1])
@pytest.mark.parametrize("default", [1, 8, 200])
def test_a_dial_at_a_default_gives_the_default(default: int, high: int):
    param = {"name": "s", "kind": "int", "default": default, "choices": [], "low": 1, "high": high}
    code = "valueAt(dukpy.param, Number(positionOf(dukpy.param, dukpy.param['default']).toPrecision(7)))"
    assert js(code, param=param) == default


def test_small_numbers_of_a_wide_range_are_far_apart_on_a_dial():
    param = {"name": "bars", "kind": "int", "default": 8, "choices": [], "low": 1, "high": 512}
    code = "[0, 0.2, 0.25, 0.5, 1].map(function (p) { return valueAt(dukpy.param, p); })"
    assert js(code, param=param) == [1, 5, 9, 65, 512]


def test_unknown_limits_are_infinite_nowhere():
    param = {"name": "s", "kind": "float", "default": 1.0, "choices": [], "low": 0.0, "high": 1e30}
    assert all(math.isfinite(js(f"valueAt(dukpy.param, {position})", param=param)) for position in (0, 0.3, 1))
