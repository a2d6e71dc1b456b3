"""A MIDI clip goes on, and music comes from nothing: from the button to a clip beside the one that was clicked."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leap_bridge.daemon import Daemon
from max.fake_live import Clip, LiveSet
from max.fake_max import Max
from max.takes import LASTS_S, assert_same, melody, played, take, written

Load = Callable[..., Max]
MODEL = "toy_clip"
MORE = (8 / 512) ** (1 / 3)  # of the dial: eight bars


@pytest.fixture(autouse=True)
def clips(clip_models: None, daemon: Daemon) -> None:
    """All tests here have a daemon with a model that takes clips."""


def made(live: LiveSet, source: Clip | None = None) -> list[Clip]:
    return [clip for clip in live.piano_clips() if clip is not source]


def go_on(max_: Max, button: str = "arrange") -> Path:
    """A take with eight bars more."""
    max_.turn("dial7", MORE)
    return take(max_, button)


def test_a_clip_goes_on_beside_itself(live: LiveSet, load: Load):
    source = melody(live)
    notes = played(source)
    path = go_on(load(live, model=MODEL))
    (clip,) = made(live, source)
    assert_same(clip, written(path, lambda second: 2 * second))
    assert {each[:3] for each in played(clip)} > {(60, 0.0, 1.0), (61, 2.0, 3.0), (62, 4.0, 5.0)}
    assert clip.parent is live.song.lists["tracks"][3].lists["clip_slots"][1]
    assert clip.parent.parent.values["name"] == "LEAP piano"
    assert clip.values["name"] == "Tune toy_clip, seed 7"
    assert clip.values["length"] == 8.0 + 8 * 4.0  # its notes take two bars
    assert played(source) == notes


def test_the_daemon_hears_the_songs_beats(live: LiveSet, load: Load):
    live.song.values.update(tempo=90.0, signature_numerator=3)
    melody(live)
    max_ = load(live, model=MODEL)
    go_on(max_)
    tempo = next(words for words in max_.sent if words[0] == "/leap/tempo")
    assert tempo[5:7] == [3, 0]
    assert tempo[7:] == pytest.approx([0.0, 0.0, 60 / 90, 1.0])
    (clip,) = (each for each in live.piano_clips() if each.values["name"].startswith("Tune toy_clip"))
    assert clip.values["length"] == 6.0 + 8 * 3.0  # two bars of three, and eight more
    assert {(60, 0.0), (61, 2.0), (62, 4.0)} < {each[:2] for each in played(clip)}


def test_what_was_played_stays_to_the_tick_and_what_is_made_is_on_the_grid(live: LiveSet, load: Load):
    live.song.values["tempo"] = 97.0
    source = melody(live)
    at = [0.013, 2.0171, 4.1]
    source.notes = [
        {"pitch": 70 + number, "start_time": start, "duration": 0.777, "velocity": 80, "mute": 0}
        for number, start in enumerate(at)
    ]
    go_on(load(live, model=MODEL))
    found = played(made(live, source)[0])
    kept = [each for each in found if each[0] >= 70]
    assert [each[1] for each in kept] == pytest.approx(at, abs=1e-9)
    assert [each[2] - each[1] for each in kept] == pytest.approx([0.777] * 3, abs=1e-9)
    assert {each[1] % 1.0 for each in found if each[0] < 70} == {0.0}


def test_seven_eighths_are_counted_in_eighths(live: LiveSet, load: Load):
    live.song.values.update(signature_numerator=7, signature_denominator=8)
    source = melody(live)
    go_on(load(live, model=MODEL))
    assert made(live, source)[0].values["length"] == 7.0 + 8 * 3.5  # of quarters


def test_a_clip_is_never_shorter_than_its_source(live: LiveSet, load: Load):
    source = melody(live, end_marker=16.0, loop_end=16.0, looping=1)  # its last two bars are silent
    take(load(live, model=MODEL))
    (clip,) = made(live, source)
    assert (clip.values["length"], clip.values["looping"], clip.values["loop_end"]) == (16.0, 1, 16.0)


def test_a_clip_that_starts_later_goes_on_from_its_first_bar(live: LiveSet, load: Load):
    source = melody(live, start_marker=2.0, loop_start=2.0)
    source.notes = [{**note, "start_time": note["start_time"] + 12.0} for note in source.notes]
    source.values.update(start_marker=13.0, loop_start=13.0, end_marker=20.0, loop_end=20.0)
    take(load(live, model=MODEL))
    (clip,) = made(live, source)
    assert [each[:2] for each in played(clip)] == [(61, 2.0), (62, 4.0)]
    assert (clip.values["start_marker"], clip.values["length"]) == (1.0, 8.0)


def test_loop_only_takes_the_clips_loop(live: LiveSet, load: Load):
    source = melody(live, looping=1, loop_start=4.0)
    max_ = load(live, model=MODEL)
    max_.turn("loop", 1.0)
    go_on(max_)
    (clip,) = made(live, source)
    assert {each[:2] for each in played(clip) if each[1] < 4.0} == {(62, 0.0)}
    assert clip.values["length"] == 4.0 + 8 * 4.0


def test_a_clip_of_the_arrangement_goes_on_where_it_is(live: LiveSet, load: Load):
    source = melody(live, None, start_time=18.0, end_time=26.0)
    max_ = load(live, model=MODEL)
    go_on(max_)
    (clip,) = made(live, source)
    assert (clip.values["start_time"], clip.parent.values["name"]) == (18.0, "LEAP piano")
    assert clip.values["end_time"] == 18.0 + 6.0 + 8 * 4.0  # up to the bar line at 24, and eight bars
    tempo = next(words for words in max_.sent if words[0] == "/leap/tempo")
    assert tempo[6] == -2.0  # the bar began two beats before


def test_a_place_where_the_longer_clip_would_reach_another_is_left_alone(live: LiveSet, load: Load):
    source = melody(live, None, start_time=16.0, end_time=24.0)
    piano = live.track("LEAP piano", midi=True)
    there = live.midi_clip(piano, 4.0, is_arrangement_clip=1, start_time=32.0, end_time=36.0)
    piano.lists["arrangement_clips"].append(there)
    go_on(load(live, model=MODEL))
    (clip,) = set(made(live, source)) - {there}
    assert clip.parent.values["name"] == "LEAP piano 2"


def test_music_from_nothing_goes_to_the_selected_scene(live: LiveSet, load: Load):
    live.view.singles["selected_scene"] = live.song.lists["scenes"][2]
    live.song.values["tempo"] = 90.0
    max_ = load(live, model=MODEL)
    assert max_.told("source") == ["from nothing"]
    path = take(max_)
    (clip,) = live.piano_clips()
    assert_same(clip, written(path, lambda second: 1.5 * second))
    assert {each[1] % 1.0 for each in played(clip)} == {0.0}  # on Live's beats
    assert clip.parent is live.song.lists["tracks"][1].lists["clip_slots"][2]
    assert clip.values["name"] == "toy_clip, seed 7"
    assert (clip.values["length"], clip.values["looping"]) == (32.0, 1)


def test_the_scene_is_the_one_that_was_selected_when_it_began(live: LiveSet, load: Load):
    max_ = load(live, model=MODEL)
    max_.click("arrange")
    live.view.singles["selected_scene"] = live.song.lists["scenes"][3]
    max_.until(lambda: max_.status.startswith("Done"))
    assert live.piano_clips()[0].parent is live.song.lists["tracks"][1].lists["clip_slots"][0]


def test_the_midi_effect_writes_to_its_own_track(live: LiveSet, load: Load, midi_device: object):
    piano = live.track("Grand", midi=True)
    live.put_device(piano)
    take(load(live, device=midi_device, model=MODEL))
    assert live.piano_clips()[0].parent.parent is piano


def test_an_audio_clip_is_refused_in_one_line(live: LiveSet, load: Load, song: Path):
    live.click(live.audio_clip(live.song.lists["tracks"][0], str(song), 0, LASTS_S))
    max_ = load(live, model=MODEL)
    max_.click("arrange")
    assert max_.status == "toy_clip takes a MIDI clip. For music from nothing click an empty slot."
    assert max_.light == "idle"


def test_a_dropped_file_is_not_what_it_takes(live: LiveSet, load: Load):
    max_ = load(live, model=MODEL)
    max_.drop("/music/song.wav")
    assert max_.status == "toy_clip takes no file: click a MIDI clip."
    assert max_.told("source") == ["from nothing"]


def test_a_midi_clip_is_not_again_a_recording(live: LiveSet, load: Load):
    melody(live)
    max_ = load(live, model=MODEL)
    take(max_)
    max_.choose("toy")
    max_.until(lambda: max_.shown["label1"] == "steps")
    max_.click("again")
    assert max_.status == "toy takes an audio clip, or a dropped song."


def test_a_clip_without_notes_is_refused(live: LiveSet, load: Load):
    melody(live).notes = []
    max_ = load(live, model=MODEL)
    max_.click("arrange")
    max_.until(lambda: max_.status)
    assert max_.status == "The clip has no notes to play."
    assert max_.light == "idle"


def test_another_take_goes_to_the_next_free_slot(live: LiveSet, load: Load):
    source = melody(live)
    max_ = load(live, model=MODEL)
    go_on(max_)
    (first,) = made(live, source)
    notes = played(first)
    max_.ahead(1.0)
    max_.click("newtake")
    max_.until(lambda: len(made(live, source)) == 2 and max_.light == "idle")
    second = made(live, source)[1]
    assert played(first) == notes != played(second)
    assert second.values["name"] == "Tune toy_clip, seed 8"
    assert second.parent is first.parent.parent.lists["clip_slots"][2]


def test_again_hears_what_was_changed_in_the_clip(live: LiveSet, load: Load):
    source = melody(live)
    max_ = load(live, model=MODEL)
    take(max_)
    source.notes.append({"pitch": 90, "start_time": 1.0, "duration": 1.0, "velocity": 80, "mute": 0})
    max_.ahead(1.0)
    max_.click("again")
    max_.until(lambda: len(made(live, source)) == 2 and max_.light == "idle")
    assert 90 in {each[0] for each in played(made(live, source)[1])}


def test_cancel_keeps_what_is_written(live: LiveSet, load: Load):
    max_ = load(live, model=MODEL)
    max_.turn("dial1", 0.5)  # 64 bars
    max_.turn("dial9", 1.0)
    assert max_.shown["value1"] == "65"
    max_.click("arrange")
    max_.until(lambda: live.piano_clips())
    max_.click("cancel")
    max_.until(lambda: max_.status.startswith("Cancelled"))
    (clip,) = live.piano_clips()
    assert 0 < len(clip.notes) < 65 * 4
    assert clip.values["length"] == 65 * 4.0


def test_a_lossy_network_changes_nothing(live: LiveSet, load: Load):
    source = melody(live)
    max_ = load(live, model=MODEL, lost=0.15, doubled=0.1, swapped=0.1)
    path = go_on(max_)
    assert_same(made(live, source)[0], written(path, lambda second: 2 * second))


def test_dials_beyond_six_are_on_another_page(live: LiveSet, load: Load):
    max_ = load(live, model=MODEL)
    first = [f"dial{index}" for index in range(1, 7)]
    second = [f"dial{index}" for index in range(7, 10)]
    labels = [max_.shown[f"label{place}"] for place in range(1, 7)]
    assert labels == ["bars", "key", "density", "register", "fill low", "fill high"]
    assert "page" not in max_.hidden
    assert not max_.hidden & set(first)
    assert max_.hidden > set(second)
    max_.turn("dial7", MORE)
    max_.click("page")
    assert [max_.shown[f"label{place}"] for place in range(1, 7)] == ["more", "steps", "fault", " ", " ", " "]
    assert max_.shown["value1"] == "8"
    assert max_.hidden > set(first)
    assert not max_.hidden & set(second)
    max_.ahead(1.0)
    max_.click("page")
    assert max_.shown["label1"] == "bars"


def test_the_dials_say_words_and_small_numbers(live: LiveSet, load: Load):
    max_ = load(live, model=MODEL)
    assert max_.shown["value1"] == "8"
    max_.turn("dial2", 2 / 3)
    assert max_.shown["value2"] == "F#"
    take(max_)
    asked = next(words for words in max_.sent if words[0] == "/leap/arrange")
    assert asked[asked.index("key") + 1] == "F#"
    assert asked[asked.index("bars") + 1] == 8
    assert not {"bpm", "beats_per_bar"} & set(asked)  # which the song says


def test_a_free_word_is_typed(live: LiveSet, load: Load):
    source = melody(live)
    max_ = load(live, model=MODEL)
    assert max_.shown["word_label"] == "fill"
    max_.type("1:2 ")
    take(max_)
    asked = next(words for words in max_.sent if words[0] == "/leap/arrange")
    assert asked[asked.index("fill") + 1] == "1:2"
    assert made(live, source)


def test_what_is_typed_is_saved_with_the_set(live: LiveSet, load: Load):
    before = load(live, model=MODEL)
    before.type("3:4")
    before.turn("dial7", MORE)
    take(before)
    before.__exit__()
    after = load(live, model="", saved=before)
    after.until(lambda: after.told("steps"))
    assert after.shown["word"] == "3:4"
    after.click("page")
    assert after.shown["value1"] == "8"


def test_a_model_without_difficulty_shows_no_such_dial(live: LiveSet, load: Load):
    max_ = load(live, model=MODEL)
    assert "difficulty" in max_.hidden
    max_.choose("toy")
    max_.until(lambda: max_.shown["label1"] == "steps")
    assert not max_.hidden & {"difficulty"}
    assert {"word", "page"} < max_.hidden


def test_the_screen_says_what_to_click(live: LiveSet, load: Load):
    max_ = load(live, model=MODEL)
    assert max_.told("steps") == ["Click a MIDI clip, or an empty slot.", "Turn the dials."]


def test_a_click_on_a_midi_clip_is_shown(live: LiveSet, load: Load):
    max_ = load(live, model=MODEL)
    melody(live)
    max_.until(lambda: max_.told("source") == ["Tune"])
    live.click(None)
    max_.until(lambda: max_.told("source") == ["from nothing"])
