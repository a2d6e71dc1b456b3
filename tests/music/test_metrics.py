from dataclasses import dataclass

import numpy as np
import pytest

from leap_models.errors import BadParameter
from leap_models.music import metrics
from leap_models.music.grid import Grid
from leap_models.music.notes import Note

TIMES_S = np.arange(100) / 50  # two seconds
TUNE = np.repeat([60.0, 64.0, 67.0, 72.0], 25)
GRID = Grid(24000, 100, 1024, 512)


@dataclass(frozen=True)
class Chord:
    start_s: float
    end_s: float
    pitch_classes: tuple[int, ...]


C_THEN_G = (Chord(0.0, 1.0, (0, 4, 7)), Chord(1.0, 2.0, (2, 7, 11)))


def tune(by=0, first_s=0.0):
    """The notes of TUNE, `by` semitones higher, silent before `first_s`."""
    notes = (Note(max(first_s, i / 2), i / 2 + 0.5, pitch + by, 64) for i, pitch in enumerate((60, 64, 67, 72)))
    return tuple(note for note in notes if note.end_s > note.start_s)


def struck(*times_s):
    return tuple(Note(t, t + 0.1, 60, 64) for t in times_s)


@pytest.mark.parametrize(
    ("notes", "chroma", "pitch"),
    [
        (tune(), 1.0, 1.0),
        (tune(by=12), 1.0, 0.0),
        (tune(by=1), 0.0, 0.0),
        (tune(first_s=0.4), 0.8, 0.8),
        ((), 0.0, 0.0),
    ],
    ids=["the same", "an octave up", "a semitone up", "silent for the first fifth", "silence"],
)
def test_melody_accuracy_of_known_cases(notes, chroma, pitch):
    found = metrics.melody_accuracy(TIMES_S, TUNE, notes)
    assert (found.chroma, found.pitch) == pytest.approx((chroma, pitch))


def test_where_nobody_sings_nothing_is_counted():
    sung = np.where(TIMES_S < 0.4, np.nan, TUNE)
    assert metrics.melody_accuracy(TIMES_S, sung, tune()) == metrics.MelodyAccuracy(1.0, 1.0)


def test_music_that_ends_early_loses_the_rest_of_the_tune():
    assert metrics.melody_chroma_accuracy(TIMES_S, TUNE, tune()[:2]) == pytest.approx(0.5)


def test_a_song_without_a_tune_has_no_melody_accuracy():
    assert metrics.melody_chroma_accuracy(TIMES_S, np.full(100, np.nan), tune()) == 0.0


def test_only_the_top_line_counts_for_melody_accuracy():
    above = (Note(0.0, 1.0, 90, 64),)
    assert metrics.melody_chroma_accuracy(TIMES_S, TUNE, tuple(sorted((*tune(), *above)))) == pytest.approx(0.5)


def test_a_tune_sung_thirty_cents_flat_is_recognized():
    assert metrics.melody_accuracy(TIMES_S, TUNE - 0.3, tune()) == metrics.MelodyAccuracy(1.0, 1.0)


def test_times_and_pitches_must_fit():
    with pytest.raises(BadParameter, match="one shape"):
        metrics.melody_recall(TIMES_S, TUNE[1:], ())


def test_a_tune_hidden_in_the_bass_is_recalled():
    above = (Note(0.0, 2.0, 95, 64),)
    assert metrics.melody_recall(TIMES_S, TUNE, tuple(sorted((*tune(by=-24), *above)))) == 1.0


def test_half_of_the_tune_is_half_recalled():
    assert metrics.melody_recall(TIMES_S, TUNE, tune()[2:]) == 0.5


def test_the_top_pitch_is_that_of_the_highest_sounding_note():
    notes = (Note(0.0, 2.0, 50, 64), Note(1.0, 2.0, 70, 64))
    assert metrics.top_pitch([0.5, 1.0, 1.99, 2.0], notes).tolist() == pytest.approx([50, 70, 70, np.nan], nan_ok=True)


def test_a_third_held_into_the_next_chord_is_half_in_harmony():
    assert metrics.harmony_share((Note(0.5, 1.5, 64, 64),), C_THEN_G) == pytest.approx(0.5)


def test_a_note_both_chords_share_is_in_harmony():
    assert metrics.harmony_share((Note(0.5, 1.5, 67, 64),), C_THEN_G) == 1.0


def test_what_sounds_outside_all_chords_is_not_counted():
    assert metrics.harmony_share((Note(0.0, 1.0, 60, 64), Note(2.0, 9.0, 61, 64)), C_THEN_G) == 1.0


def test_silence_has_no_harmony():
    assert metrics.harmony_share((), C_THEN_G) == 0.0


def test_notes_found_within_fifty_milliseconds_count():
    late = tuple(Note(n.start_s + 0.04, n.end_s, n.pitch, 64) for n in tune())
    assert metrics.onset_f1(tune(), late) == 1.0


def test_one_missing_and_one_wrong_note_of_four():
    estimate = (*tune()[:2], Note(1.0, 1.5, 66, 64))
    assert metrics.onset_f1(tune(), estimate) == pytest.approx(2 * (2 / 3) * (2 / 4) / (2 / 3 + 2 / 4))


@pytest.mark.parametrize(("reference", "estimate", "f1"), [((), (), 1.0), (tune(), (), 0.0), ((), tune(), 0.0)])
def test_onset_f1_of_silence(reference, estimate, f1):
    assert metrics.onset_f1(reference, estimate) == f1


def test_sixteenths_are_on_the_grid_and_triplets_are_not():
    beats_s = np.arange(5) / 2
    assert metrics.grid_share([0.0, 0.125, 0.5, 1.5 + 0.5 / 3], beats_s) == 0.75


def test_forty_milliseconds_are_still_on_the_grid():
    assert metrics.grid_share([0.04, 0.96, 1.05], [0.0, 1.0]) == pytest.approx(2 / 3)


def test_the_grid_goes_on_beyond_the_beats():
    assert metrics.grid_share([-0.5, 7.25], [0.0, 1.0]) == 1.0


def test_no_onsets_are_on_no_grid():
    assert metrics.grid_share([], [0.0, 1.0]) == 0.0


def test_a_grid_needs_two_beats():
    with pytest.raises(BadParameter, match="at least two beats"):
        metrics.grid_share([0.0], [0.0])


@pytest.mark.parametrize("notes", [(), struck(1.0), struck(0.0, 0.5, 1.0, 1.5)], ids=["none", "one", "steady"])
def test_steady_music_is_coherent(notes):
    assert metrics.rgc(notes) == 0.0


def test_quarters_and_eighths_are_coherent():
    assert metrics.rgc(struck(0.0, 0.5, 0.75, 1.0, 1.5)) == pytest.approx(0.0, abs=1e-9)


def test_rgc_of_three_intervals_by_hand():
    # 0.5, 0.4 and 0.3 s. In units of 0.5: 1, 0.8, 0.6 -> 0.6 / 3; of 0.4: 1.25, 1, 0.75 -> 0.5 / 3;
    # of 0.3: 5/3, 4/3, 1 -> 2/9.
    assert metrics.rgc(struck(0.0, 0.5, 0.9, 1.2)) == pytest.approx(0.5 / 3)


def test_intervals_below_ten_milliseconds_are_no_unit():
    # 0.5 and 0.0045 s: 0.0045 would be a unit, so only 0.5 is tried: |0.009 - 0| / 2.
    assert metrics.rgc(struck(0.0, 0.5, 0.5045)) == pytest.approx(0.009 / 2)


def test_only_the_eight_commonest_intervals_count():
    times_s = np.cumsum([0.0, *([0.25] * 3), *np.repeat([0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0], 2), 0.333])
    assert metrics.rgc(struck(*times_s)) == pytest.approx(0.0, abs=1e-6)


def test_the_chroma_of_a_note_is_its_frames():
    chroma = metrics.note_chroma((Note(0.1, 0.3, 61, 64), Note(0.2, 0.3, 73, 64)), 10.0, 5)
    assert chroma[1].tolist() == [0.0, 1.0, 2.0, 0.0, 0.0]


def test_notes_are_like_their_own_chroma():
    assert metrics.chroma_similarity(tune(), metrics.note_chroma(tune(), 50.0, 100), 50.0) == pytest.approx(1.0)


def test_silence_is_like_nothing():
    assert metrics.chroma_similarity((), metrics.note_chroma(tune(), 50.0, 100), 50.0) == 0.0


def test_a_third_instead_of_a_triad_is_half_alike():
    song = np.zeros((12, 4))
    song[[0, 4]] = 1.0
    played = np.zeros((12, 4))
    played[[4, 7]] = 1.0
    assert metrics.chroma_similarity(played, song, 50.0) == pytest.approx(0.5)


def test_chromas_of_two_lengths_are_refused():
    with pytest.raises(BadParameter, match="one shape"):
        metrics.chroma_similarity(np.zeros((12, 3)), np.zeros((12, 4)), 50.0)


def test_steady_music_has_no_seams():
    found = metrics.seams(struck(*np.arange(0.0, 40.0, 0.25)), GRID, 40.0)
    assert found.border_onsets_per_s == pytest.approx(found.middle_onsets_per_s)
    assert (found.border_change, found.middle_change) == pytest.approx((0.0, 0.0))


def test_a_hole_and_another_key_at_every_border_are_heard():
    half = GRID.hop_s
    times_s = [t for t in np.arange(0.0, 40.0, 0.25).tolist() if 0.6 < t % half < half - 0.6]
    notes = tuple(Note(t, t + 0.25, 60 + 6 * (int(t / half) % 2), 64) for t in times_s)
    found = metrics.seams(notes, GRID, 40.0)
    assert (found.border_onsets_per_s, found.border_change) == (0.0, 1.0)
    assert found.middle_onsets_per_s == pytest.approx(4.0, abs=0.2)


def test_one_window_has_no_seam():
    with pytest.raises(BadParameter, match="two windows"):
        metrics.seams(tune(), GRID, 2.0)


def test_spearman_of_what_rises_and_what_falls():
    assert metrics.spearman([1, 2, 3], [1, 4, 9]) == pytest.approx(1.0)
    assert metrics.spearman([1, 2, 3], [9, 4, 1]) == pytest.approx(-1.0)


def test_spearman_with_one_pair_exchanged():
    assert metrics.spearman([1, 2, 3, 4, 5], [1, 2, 4, 3, 5]) == pytest.approx(0.9)


def test_spearman_with_a_tie():
    assert metrics.spearman([1, 2, 3], [1, 1, 2]) == pytest.approx(np.sqrt(3) / 2)


def test_what_never_changes_has_no_correlation():
    assert metrics.spearman([1, 2, 3], [7, 7, 7]) == 0.0
