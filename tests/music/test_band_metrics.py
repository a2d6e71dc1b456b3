"""Figures of bands, by hand."""

from collections.abc import Iterable

import numpy as np
import pytest

from leap_models.music import band_metrics as metrics

BEAT, STEPS = 12, 48
MAJOR = (0, 2, 4, 5, 7, 9, 11)


def silence(tracks: int = 1, phrases: int = 1, bars: int = 4) -> np.ndarray:
    return np.zeros((phrases, bars, STEPS, 84, tracks), dtype=bool)


def with_notes(notes: Iterable[tuple[int, int, int]], track: int = 0, tracks: int = 1) -> np.ndarray:
    """A phrase of notes: first step, length, row."""
    phrase = silence(tracks)
    flat = phrase.reshape(-1, 84, tracks)
    for start, length, row in notes:
        flat[start : start + length, row, track] = True
    return phrase


def test_one_full_bar_of_four_leaves_three_quarters_empty():
    phrase = silence()
    phrase[0, 1] = True
    assert metrics.empty_bars(phrase).tolist() == [0.75]


def test_three_octaves_of_c_are_three_pitches_and_one_class():
    phrase = with_notes([(0, 4, 0), (4, 4, 12), (8, 4, 24)])
    assert metrics.used_pitches(phrase).tolist() == [3.0]
    assert metrics.used_pitch_classes(phrase).tolist() == [1.0]


def test_empty_bars_count_for_no_pitches():
    assert metrics.used_pitches(with_notes([(48, 4, 0)])).tolist() == [1.0]


@pytest.mark.parametrize(("length", "qualified"), [(1, 0.0), (2, 1.0), (3, 1.0)])
def test_at_twelve_steps_a_beat_two_steps_are_a_note(length: int, qualified: float):
    assert metrics.qualified_notes(with_notes([(7, length, 3)]), 12).tolist() == [qualified]


@pytest.mark.parametrize(("length", "qualified"), [(2, 0.0), (3, 1.0)])
def test_at_twenty_four_it_takes_three(length: int, qualified: float):
    assert metrics.qualified_notes(with_notes([(7, length, 3)]), 24).tolist() == [qualified]


def test_a_note_over_the_bar_line_is_one_note():
    assert metrics.qualified_notes(with_notes([(47, 2, 3), (100, 1, 3)]), 12).tolist() == [0.5]


def test_a_note_at_the_end_of_one_phrase_is_no_part_of_the_next():
    phrases = np.concatenate([with_notes([(191, 1, 3)]), with_notes([(0, 1, 3)])])
    assert metrics.qualified_notes(phrases, 12).tolist() == [0.0]


@pytest.mark.parametrize(("pitches", "rate"), [(2, 0.0), (3, 0.25)])
def test_polyphony_begins_with_three(pitches: int, rate: float):
    assert metrics.polyphonic_rate(with_notes([(0, 48, row) for row in range(pitches)])).tolist() == [rate]


@pytest.mark.parametrize("tonic", range(12))
def test_every_major_scale_is_in_scale(tonic: int):
    notes = [(4 * step, 4, tonic + row) for step, row in enumerate(MAJOR)]
    assert metrics.in_scale_rate(with_notes(notes)).tolist() == [1.0]


def test_a_note_outside_the_scale_lowers_it():
    notes = [(4 * step, 4, row) for step, row in enumerate((*MAJOR, 1))]
    assert metrics.in_scale_rate(with_notes(notes)).tolist() == [7 / 8]


@pytest.mark.parametrize(("steps", "rate"), [((0, 3, 6, 9), 1.0), ((1, 2, 4, 5), 0.1), ((0, 1 + 48), 0.55)])
def test_drums_on_sixteenths_are_regular(steps: tuple[int, ...], rate: float):
    notes = [(step, 1, 14) for step in steps]
    assert metrics.drum_pattern_rate(with_notes(notes), BEAT) == pytest.approx(rate)


def test_a_long_drum_is_struck_once():
    assert metrics.drum_pattern_rate(with_notes([(0, 12, 14)]), BEAT) == 1.0


def test_tracks_that_play_the_same_are_not_apart():
    phrase = with_notes([(0, 48, 0), (0, 48, 16)], 0, 2) | with_notes([(0, 48, 12), (0, 48, 28)], 1, 2)
    assert metrics.tonal_distance(phrase, 0, 1, BEAT) == pytest.approx(0.0, abs=1e-12)


def test_a_tritone_is_as_far_apart_as_geometry_says():
    # Six fifths are half a circle (2), six minor thirds whole circles and a half (2), six major thirds whole ones (0).
    phrase = with_notes([(0, 48, 0)], 0, 2) | with_notes([(0, 48, 6)], 1, 2)
    assert metrics.tonal_distance(phrase, 0, 1, BEAT) == pytest.approx(np.sqrt(2.0**2 + 2.0**2))


def test_beats_in_which_one_is_silent_do_not_count():
    phrase = with_notes([(0, 12, 0), (12, 12, 6)], 0, 2) | with_notes([(0, 12, 0)], 1, 2)
    assert metrics.tonal_distance(phrase, 0, 1, BEAT) == pytest.approx(0.0, abs=1e-12)


def test_tracks_of_other_phrases_are_further_apart():
    one = with_notes([(0, 192, 0), (0, 192, 4)], 1, 3) | with_notes([(0, 192, 12)], 2, 3)
    other = with_notes([(0, 192, 6), (0, 192, 10)], 1, 3) | with_notes([(0, 192, 18)], 2, 3)
    phrases = np.concatenate([one, other])
    own = metrics.tonal_distances(phrases, BEAT)
    assert metrics.tonal_distances(phrases, BEAT, order=[1, 0]) > own + 0.5


@pytest.mark.parametrize(
    "figure", [metrics.used_pitches, metrics.used_pitch_classes, metrics.in_scale_rate]
)
def test_nothing_can_be_said_of_silence_and_nothing_fails(figure):
    assert np.isnan(figure(silence(2))).all()


def test_silence_has_no_notes_no_pattern_and_no_harmony():
    assert np.isnan(metrics.qualified_notes(silence(), BEAT)).all()
    assert np.isnan(metrics.drum_pattern_rate(silence(), BEAT))
    assert np.isnan(metrics.tonal_distance(silence(2), 0, 1, BEAT))


def test_no_phrases_at_all_are_nothing_to_say():
    assert np.isnan(metrics.empty_bars(silence(2, phrases=0))).all()


def test_a_copy_is_at_distance_nothing_and_a_stranger_at_one():
    one, other = with_notes([(0, 9, 3)]), with_notes([(0, 9, 50)])
    packed = np.packbits(one.reshape(1, -1), axis=-1)
    assert metrics.nearest(np.concatenate([one, other]), packed).tolist() == [0.0, 1.0]


def test_half_of_it_shared_is_a_distance_of_two_thirds():
    one, other = with_notes([(0, 8, 3)]), with_notes([(4, 8, 3)])
    assert metrics.nearest(one, np.packbits(other.reshape(1, -1), axis=-1)).tolist() == pytest.approx([2 / 3])


def test_variety_is_the_share_of_cells_in_which_two_differ():
    phrases = np.concatenate([with_notes([(0, 10, 3)]), with_notes([(0, 10, 5)])])
    assert metrics.variety(phrases, np.random.default_rng(0)) == pytest.approx(20 / phrases[0].size)
