import math

import numpy as np
import pytest

from leap_models.errors import BadParameter
from leap_models.music.notes import Note, Notes
from leap_models.music.tempo import SHORTEST_BEATS, Quantizer, TempoMap, quantize

C4, E4 = 60, 64
AT_120 = TempoMap.steady(120)
RITARDANDO = TempoMap(((1.0, 0.0), (3.0, 4.0), (6.0, 8.0)))  # 120 bpm, then 80


def test_steady_120_has_a_beat_every_half_second() -> None:
    assert [AT_120.second_at(beat) for beat in (0, 1, 7.5)] == [0.0, 0.5, 3.75]


def test_first_s_is_where_beat_0_is() -> None:
    assert TempoMap.steady(60, first_s=0.25).beat_at(2.25) == 2.0


@pytest.mark.parametrize(
    ("second", "beat"), [(-1.0, -4.0), (1.0, 0.0), (2.0, 2.0), (3.0, 4.0), (4.5, 6.0), (9.0, 12.0)]
)
def test_beats_are_linear_between_and_beyond_anchors(second: float, beat: float) -> None:
    assert RITARDANDO.beat_at(second) == pytest.approx(beat, abs=1e-12)


def test_second_at_undoes_beat_at() -> None:
    for second in np.linspace(-5, 20, 57):
        assert RITARDANDO.second_at(RITARDANDO.beat_at(second)) == pytest.approx(second, abs=1e-12)


def test_many_beats_at_once_are_the_same_beats() -> None:
    seconds = np.linspace(-5, 20, 50).reshape(5, 10)
    expected = [[RITARDANDO.beat_at(second) for second in row] for row in seconds]
    np.testing.assert_allclose(RITARDANDO.beats_at(seconds), expected, atol=1e-12)


def test_many_seconds_at_once_are_the_same_seconds() -> None:
    beats = np.linspace(-5, 20, 50)
    np.testing.assert_allclose(RITARDANDO.beats_at(RITARDANDO.seconds_at(beats)), beats, atol=1e-12)


@pytest.mark.parametrize(("second", "bpm"), [(0.0, 120.0), (2.0, 120.0), (3.0, 80.0), (100.0, 80.0)])
def test_bpm_is_that_of_the_segment(second: float, bpm: float) -> None:
    assert RITARDANDO.bpm_at(second) == pytest.approx(bpm)


def test_shifted_moves_every_beat() -> None:
    assert RITARDANDO.shifted(0.5).second_at(6.0) == RITARDANDO.second_at(6.0) + 0.5


@pytest.mark.parametrize(
    "anchors", [(), ((0.0, 0.0),), ((0.0, 0.0), (0.0, 1.0)), ((0.0, 0.0), (1.0, 0.0)), ((0.0, 0.0), (math.inf, 1.0))]
)
def test_anchors_that_do_not_rise_are_refused(anchors: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(BadParameter):
        TempoMap(anchors)


@pytest.mark.parametrize("bpm", [0.0, -120.0, math.nan])
def test_a_tempo_that_is_not_positive_is_refused(bpm: float) -> None:
    with pytest.raises(BadParameter, match="bpm must be more than 0"):
        TempoMap.steady(bpm)


def test_a_late_note_moves_to_its_sixteenth() -> None:
    (note,) = quantize([Note(0.52, 0.77, C4, 80)], AT_120, 1.0)
    assert (note.start_s, note.end_s) == (0.5, 0.75)


def test_half_strength_moves_half_way() -> None:
    (note,) = quantize([Note(0.54, 0.79, C4, 80)], AT_120, 0.5)
    assert note.start_s == pytest.approx(0.52)


def test_strength_0_changes_nothing() -> None:
    notes = (Note(0.013, 0.02, C4, 80), Note(0.014, 5.0, C4, 80))
    assert quantize(notes, AT_120, 0.0) == notes


def test_a_short_note_becomes_a_32nd() -> None:
    (note,) = quantize([Note(0.5, 0.51, C4, 80)], AT_120, 1.0)
    assert note.length_s == 0.0625


def test_a_note_keeps_its_length() -> None:
    (note,) = quantize([Note(0.52, 0.85, C4, 80)], AT_120, 1.0)
    assert note.length_s == pytest.approx(0.33)


def test_no_note_moves_before_the_beginning() -> None:
    (note,) = quantize([Note(0.01, 0.5, C4, 80)], TempoMap.steady(120, first_s=0.02 + 0.07), 1.0)
    assert note.start_s == pytest.approx(0.09)


def test_two_notes_of_one_key_on_one_step_stay_two_a_32nd_apart() -> None:
    first, second = quantize([Note(0.48, 0.5, C4, 80), Note(0.51, 0.6, C4, 70)], AT_120, 1.0)
    assert (first.start_s, first.end_s, second.start_s) == (0.5, 0.5625, 0.5625)


def test_chords_come_together() -> None:
    notes = quantize([Note(0.49, 0.9, C4, 80), Note(0.51, 0.9, E4, 80)], AT_120, 1.0)
    assert {note.start_s for note in notes} == {0.5}


def test_an_eighth_grid_has_two_steps_a_beat() -> None:
    (note,) = quantize([Note(0.6, 0.9, C4, 80)], AT_120, 1.0, steps_per_beat=2)
    assert note.start_s == 0.5


@pytest.mark.parametrize("strength", [-0.1, 1.1, math.nan])
def test_a_strength_out_of_range_is_refused(strength: float) -> None:
    with pytest.raises(BadParameter, match="from 0 to 1"):
        Quantizer(strength)


def restless(seed: int, count: int = 400) -> Notes:
    """Notes on few keys, often struck again at once, none overlapping another of its key."""
    rng = np.random.default_rng(seed)
    free = dict.fromkeys(range(60, 66), 0.0)
    notes = []
    for _ in range(count):
        pitch = int(rng.integers(60, 66))
        start = free[pitch] + float(rng.choice([0.0, rng.uniform(0.0, 0.6)]))
        free[pitch] = start + float(rng.uniform(0.02, 1.0))
        notes.append(Note(start, free[pitch], pitch, 80))
    return tuple(sorted(notes))


def overlaps(notes: Notes) -> int:
    last_end: dict[int, float] = {}
    count = 0
    for note in sorted(notes):
        count += note.start_s < last_end.get(note.pitch, -1.0)
        last_end[note.pitch] = note.end_s
    return count


@pytest.mark.parametrize("strength", [0.3, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_no_two_notes_of_one_key_overlap(seed: int, strength: float) -> None:
    assert overlaps(quantize(restless(seed), RITARDANDO, strength)) == 0


def test_every_note_is_at_least_a_32nd() -> None:
    notes = quantize(restless(9), AT_120, 0.6)
    assert min(note.length_s for note in notes) >= SHORTEST_BEATS * 0.5 - 1e-12


def in_pieces(notes: Notes, strength: float, hop_s: float = 5.12) -> tuple[list[Notes], list[float]]:
    quantizer, parts, untils = Quantizer(strength), [], []
    for index in range(math.ceil(notes[-1].start_s / hop_s) + 1):
        inside = [note for note in notes if index * hop_s <= note.start_s < (index + 1) * hop_s]
        parts.append(quantizer.push(inside, RITARDANDO, (index + 1) * hop_s))
        untils.append(quantizer.until_s)
    return [*parts, quantizer.finish()], untils


@pytest.mark.parametrize("strength", [0.4, 1.0])
def test_notes_that_arrive_in_pieces_get_the_onsets_of_the_whole(strength: float) -> None:
    notes = restless(11)
    parts, _ = in_pieces(notes, strength)
    arrived = [(note.start_s, note.pitch) for note in sum(parts, ())]
    assert arrived == [(note.start_s, note.pitch) for note in quantize(notes, RITARDANDO, strength)]


def test_notes_that_arrive_in_pieces_do_not_overlap() -> None:
    parts, _ = in_pieces(restless(12), 1.0)
    assert overlaps(sum(parts, ())) == 0


def test_nothing_begins_before_until_once_that_was_said() -> None:
    parts, untils = in_pieces(restless(13), 1.0)
    for part, until_s in zip(parts[1:], untils, strict=True):
        assert all(note.start_s >= until_s - 1e-9 for note in part)


def test_where_the_beat_is_not_clear_notes_stay() -> None:
    quantizer = Quantizer(1.0)
    tempo = TempoMap.steady(120)
    assert quantizer.push([Note(0.03, 0.2, 60, 80)], tempo, 0.25, clear=False) == (Note(0.03, 0.2, 60, 80),)
    assert quantizer.push([Note(0.28, 0.4, 60, 80)], tempo, 1.0)[0].start_s == pytest.approx(0.25)


def test_between_the_steps_of_slow_beats_there_are_others() -> None:
    slow = TempoMap.steady(60)
    assert quantize([Note(0.13, 0.5, 60, 80)], slow, 1.0)[0].start_s == pytest.approx(0.125)
    assert quantize([Note(0.07, 0.5, 60, 80)], slow, 1.0)[0].start_s == pytest.approx(0.0)
    assert quantize([Note(0.13, 0.5, 60, 80)], TempoMap.steady(80), 1.0)[0].start_s == pytest.approx(0.1875)
