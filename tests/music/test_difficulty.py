import time
from dataclasses import astuple, replace
from itertools import pairwise

import numpy as np
import pytest
import song

from leap_models.errors import BadParameter
from leap_models.music.difficulty import EDGES, Edges, Features, features, measure, reduce, score
from leap_models.music.notes import Note
from leap_models.music.playability import make_playable, unplayable_groups
from leap_models.music.tempo import TempoMap

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)
WINDOW_S = 10.24


def random_notes(rng, count):
    starts_s = np.sort(rng.uniform(0.0, WINDOW_S, count)).tolist()
    return tuple(sorted(
        Note(start_s, start_s + float(rng.uniform(0.05, 2.0)), int(rng.integers(21, 109)), 64) for start_s in starts_s
    ))  # fmt: skip


def chords_of(notes):
    return {start_s: [n for n in notes if n.start_s == start_s] for start_s in {note.start_s for note in notes}}


def test_silence_is_level_one():
    assert measure((), 0.0, WINDOW_S) == 1.0


def test_an_empty_stretch_is_refused():
    with pytest.raises(BadParameter, match="must end after it starts"):
        measure((), 3.0, 3.0)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("tempo", [None, TempoMap.steady(97.0)], ids=["no beat", "97 bpm"])
def test_no_feature_falls_when_a_note_is_added(seed, tempo):
    rng = np.random.default_rng(seed)
    notes = random_notes(rng, int(rng.integers(1, 120)))
    missing = int(rng.integers(len(notes)))
    fewer, all_ = (
        np.array(astuple(features(some, 0.0, WINDOW_S, tempo)))
        for some in (notes[:missing] + notes[missing + 1 :], notes)
    )
    assert (all_ >= fewer - 1e-12).all()


@pytest.mark.parametrize("name", Features.__dataclass_fields__)
def test_the_score_grows_with_every_feature(name):
    assert score(replace(Features(), **{name: 1.0})) > score(Features()) == 0.0


def test_two_octaves_struck_at_once_by_two_hands_need_no_reach():
    assert features((Note(0.0, 1.0, 48, 64), Note(0.0, 1.0, 72, 64)), 0.0, 1.0).reach == 0.0


def test_the_reach_of_a_chord_is_that_of_its_kindest_split():
    chord = tuple(Note(0.0, 1.0, pitch, 64) for pitch in (40, 47, 60, 69))
    assert features(chord, 0.0, 1.0).reach == 9.0


def test_a_scale_in_c_has_no_accidentals():
    scale = tuple(Note(i / 4, i / 4 + 0.2, pitch, 64) for i, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72)))
    assert features(scale, 0.0, 2.0).accidentals_per_s == 0.0


def test_c_sharp_in_a_scale_of_c_is_one_accidental():
    pitches = (60, 62, 64, 65, 67, 69, 71, 72, 65, 61)
    scale = tuple(Note(i / 5, i / 5 + 0.2, pitch, 64) for i, pitch in enumerate(pitches))
    assert features(scale, 0.0, 2.0).accidentals_per_s == 0.5


def test_a_right_hand_jumping_two_octaves_leaps():
    jumps = tuple(Note(i / 4, i / 4 + 0.2, 76 + 24 * (i % 2), 64) for i in range(8))
    assert features(jumps, 0.0, 2.0).leaps_per_s == 3.5


def test_bass_and_tune_in_turn_are_no_leaps():
    turns = tuple(Note(i / 4, i / 4 + 0.2, 40 + 36 * (i % 2), 64) for i in range(8))
    assert features(turns, 0.0, 2.0).leaps_per_s == 0.0


def test_repeating_one_key_eight_times_a_second_is_measured():
    notes = tuple(Note(i / 8, i / 8 + 0.1, 60, 64) for i in range(16))
    assert features(notes, 0.0, 2.0).repeats_per_s == pytest.approx(8.0)


def test_notes_off_the_beat_weigh_and_notes_on_it_do_not():
    on, off = (tuple(Note(beat / 2 + by, beat / 2 + by + 0.1, 60, 64) for beat in range(4)) for by in (0.0, 0.125))
    assert [features(notes, 0.0, 2.0, song.TEMPO).offbeat_per_s for notes in (on, off)] == [0.0, 2.0]


def test_only_notes_that_begin_in_the_stretch_count():
    assert features(song.arrangement(), song.END_S, song.END_S + 5.0) == Features()


def test_level_five_of_the_edges_is_the_limit():
    assert (EDGES.level(0.0), EDGES.level(EDGES.scores[2]), EDGES.level(99.0)) == (1.0, 3.0, 5.0)


def test_edges_are_quantiles_of_the_scores():
    assert Edges.of(np.linspace(0.0, 10.0, 101)).scores == pytest.approx((1.0, 3.0, 5.0, 7.0, 9.0))


def test_edges_that_do_not_rise_are_refused():
    with pytest.raises(BadParameter, match="5 rising scores"):
        Edges((1.0, 2.0, 2.0, 3.0, 4.0))


def test_the_measured_difficulty_rises_with_the_level_asked_for():
    reduced = [reduce(song.arrangement(), level, song.TEMPO) for level in LEVELS]
    scores = [score(features(notes, 0.0, song.END_S, song.TEMPO)) for notes in reduced]
    assert scores == sorted(set(scores))


def test_levels_between_lie_between():
    counts = [len(reduce(song.arrangement(), level, song.TEMPO, song.melody())) for level in np.arange(1.0, 5.1, 0.25)]
    assert counts == sorted(counts)


@pytest.mark.parametrize("level", LEVELS)
def test_every_note_of_the_tune_stays_at_every_level(level):
    assert set(song.melody()) <= set(reduce(song.arrangement(), level, song.TEMPO, song.melody()))


def test_without_being_told_the_tune_it_is_the_top_line():
    assert set(song.melody()) <= set(reduce(song.arrangement(), 1.0, song.TEMPO))


def test_the_easiest_left_hand_plays_one_root_every_half_bar():
    bass = [note for note in reduce(song.arrangement(), 1.0, song.TEMPO, song.melody()) if note.pitch < 60]
    roots = [song.CHORDS[bar % 4][0] for bar in range(song.BARS) for _ in range(2)]
    assert [(note.start_s, note.pitch % 12) for note in bass] == list(zip(range(32), roots, strict=True))


def test_the_easiest_left_hand_plays_one_note_at_a_time():
    bass = [note for note in reduce(song.arrangement(), 1.0, song.TEMPO, song.melody()) if note.pitch < 60]
    assert all(a.end_s <= b.start_s for a, b in pairwise(bass))


def test_the_easiest_level_is_tune_and_bass_alone():
    assert all(len(chord) <= 2 for chord in chords_of(reduce(song.arrangement(), 1.0, song.TEMPO)).values())


def test_level_two_adds_at_most_one_note_a_beat():
    assert all(len(chord) <= 3 for chord in chords_of(reduce(song.arrangement(), 2.0, song.TEMPO)).values())


def test_level_three_moves_in_eighths():
    notes = reduce(song.arrangement(), 3.0, song.TEMPO, song.melody())
    assert {note.start_s % 0.25 for note in notes} == {0.0}


def test_level_five_is_everything():
    assert reduce(song.arrangement(), 5.0, song.TEMPO, song.melody()) == song.arrangement()


def test_a_bass_note_that_anticipates_the_bar_is_moved_onto_it():
    early = Note(1.75, 3.8, 36, 80)
    notes = tuple(sorted((*song.melody()[:16], early)))
    assert [note.start_s for note in reduce(notes, 1.0, song.TEMPO, song.melody()[:16]) if note.pitch == 36] == [2.0]


def test_a_bass_note_a_whole_beat_late_stays_where_its_chord_is():
    late = tuple(Note(bar * 2 + (0.5 if bar == 2 else 0.0), bar * 2 + 2.0, 36 + bar, 80) for bar in range(4))
    kept = reduce(tuple(sorted((*song.melody()[:16], *late))), 1.0, song.TEMPO, song.melody()[:16])
    assert [note.start_s for note in kept if note.pitch < 60] == [0.0, 2.0, 4.5, 6.0]


def test_a_tempo_map_that_is_a_beat_off_moves_no_bass_note():
    off = TempoMap(song.TEMPO.anchors, downbeat=1.0)
    right, wrong = (reduce(song.arrangement(), 1.0, tempo, song.melody()) for tempo in (song.TEMPO, off))
    assert wrong == right


def test_where_the_tune_rests_other_notes_take_its_place():
    tune = song.melody()[:16]
    fill = tuple(Note(12.0 + i / 2, 12.4 + i / 2, 84 + i % 3, 70) for i in range(8))
    assert set(fill) <= set(reduce(tuple(sorted((*tune, *fill))), 1.0, song.TEMPO, tune))


def test_music_without_a_tune_keeps_its_highest_notes():
    fill = tuple(Note(i / 2, i / 2 + 0.4, 84 + i % 3, 70) for i in range(4))
    assert reduce(fill, 1.0, song.TEMPO, ()) == fill


def test_in_three_four_the_bass_comes_once_a_bar():
    waltz = TempoMap.steady(120.0, beats_per_bar=3)
    bass = tuple(Note(beat / 2, beat / 2 + 0.4, 40, 80) for beat in range(12))
    tune = tuple(Note(beat / 2, beat / 2 + 0.4, 72 + beat % 5, 80) for beat in range(12))
    kept = [note.start_s for note in reduce(tuple(sorted((*bass, *tune))), 1.0, waltz, tune) if note.pitch == 40]
    assert kept == [0.0, 1.5, 3.0, 4.5]


def test_one_key_is_never_struck_while_it_sounds():
    notes = reduce(song.arrangement(), 3.5, song.TEMPO)
    by_key = {pitch: [note for note in notes if note.pitch == pitch] for pitch in {note.pitch for note in notes}}
    assert all(a.end_s <= b.start_s for same in by_key.values() for a, b in pairwise(same))


@pytest.mark.parametrize("level", [0.9, 5.1, float("nan")])
def test_a_level_out_of_range_is_refused(level):
    with pytest.raises(BadParameter, match="level must be from 1 to 5"):
        reduce(song.arrangement(), level, song.TEMPO)


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_reduces_to_nothing(level):
    assert reduce((), level, song.TEMPO) == ()


@pytest.mark.parametrize("level", LEVELS)
def test_a_reduction_that_was_made_playable_is(level):
    assert unplayable_groups(make_playable(reduce(song.arrangement(), level, song.TEMPO), level)) == 0


def test_reducing_and_measuring_a_song_takes_a_moment():
    arrangement = song.arrangement()
    began_s = time.process_time()
    measure(reduce(arrangement, 2.5, song.TEMPO), 0.0, WINDOW_S, tempo=song.TEMPO)
    assert time.process_time() - began_s < 0.25  # measured: 0.01
