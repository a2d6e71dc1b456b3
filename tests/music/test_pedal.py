"""When the foot goes down."""

import itertools

import pytest

from leap_models.music.notes import LEFT, RIGHT, Note, Notes
from leap_models.music.pedal import DOWN_S, find_pedals
from leap_models.music.tempo import TempoMap

TEMPO = TempoMap.steady(120)  # a bar is two seconds


def broken(pitches: tuple[int, ...], start_s: float = 0.0, step_s: float = 0.5) -> list[Note]:
    return [
        Note(start_s + i * step_s, start_s + (i + 0.9) * step_s, pitch, 70, LEFT) for i, pitch in enumerate(pitches)
    ]


def bars(*chords: tuple[int, ...]) -> Notes:
    return tuple(note for bar, chord in enumerate(chords) for note in broken(chord, 2.0 * bar))


def test_a_broken_chord_is_held_together():
    (pedal,) = find_pedals(bars((36, 43, 48, 52)), TEMPO)
    assert (pedal.start_s, pedal.end_s) == (pytest.approx(DOWN_S), pytest.approx(1.95))


def test_the_pedal_changes_with_the_bass():
    ends = [pedal.end_s for pedal in find_pedals(bars((36, 43, 48, 43), (41, 48, 53, 48)), TEMPO)]
    assert 2.0 in [pytest.approx(end) for end in ends]


def test_the_pedal_changes_where_the_bass_moves_in_the_middle_of_a_bar():
    starts = [pedal.start_s for pedal in find_pedals(bars((36, 43, 41, 48)), TEMPO)]
    assert starts == [pytest.approx(DOWN_S), pytest.approx(1.0 + DOWN_S)]


def test_the_foot_is_up_when_a_new_harmony_is_struck():
    pedals = find_pedals(bars((36, 43, 48, 43), (41, 48, 53, 48), (43, 50, 55, 50)), TEMPO)
    assert len(pedals) > 2
    assert all(before.end_s < after.start_s for before, after in itertools.pairwise(pedals))


def test_a_scale_in_the_bass_stays_dry():
    assert find_pedals(bars((36, 38, 40, 41)), TEMPO) == ()


def test_a_run_of_the_right_hand_stays_dry():
    run = [Note(0.125 * i, 0.125 * (i + 1), 72 + i, 80, RIGHT) for i in range(16)]
    assert find_pedals(tuple(sorted([*bars((36, 43, 48, 52)), *run])), TEMPO) == ()


def test_block_chords_need_no_pedal():
    chord = tuple(Note(0.0, 2.0, pitch, 70, LEFT) for pitch in (36, 43, 48))
    assert find_pedals(chord, TEMPO) == ()


def test_no_notes_need_no_pedal():
    assert find_pedals((), TEMPO) == ()
