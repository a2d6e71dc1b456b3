"""Notes on sixteenths, as planes and back; bars and keys."""

import numpy as np
import pytest
from small import clip

from leap_models.families.score_sde.config import CLASSIC, MUSIC
from leap_models.families.score_sde.passage import Reading, Shape, draw, off_steps, on_steps, places, read
from leap_models.music.bars import Bars
from leap_models.music.keys import NAMES, SCALES, key_of, pitch_classes, transposed
from leap_models.music.notes import Note
from leap_models.music.tempo import TempoMap

TEMPO = TempoMap.steady(120)


def random_notes(count: int, rng: np.random.Generator) -> np.ndarray:
    """Notes of which none overlaps another of its key; some follow at once."""
    found, free = [], np.zeros(128, dtype=int)
    for _ in range(count):
        pitch, length = int(rng.integers(21, 109)), int(rng.integers(1, 9))
        start = int(free[pitch] + rng.choice([0, 1, 5]))
        if start + length <= 128:
            found.append((start, length, pitch, int(rng.integers(11, 128))))
            free[pitch] = start + length
    return np.array(sorted(found))


def test_what_is_drawn_is_read_again_note_for_note() -> None:
    notes = random_notes(400, np.random.default_rng(0))
    assert np.array_equal(read(draw(notes, MUSIC.shape), MUSIC.shape, MUSIC.reading), notes)


def test_a_cell_becomes_one_note_of_its_pitch_and_times() -> None:
    shape = Shape(56, 28, 28, 1)
    planes = np.zeros(shape.planes, np.float32)
    planes[0, 5, 8:12] = 0.5
    (note,) = off_steps(read(planes, shape, CLASSIC.reading), TEMPO, 0.0)
    assert (note.pitch, note.start_s, note.end_s) == (61, pytest.approx(1.0), pytest.approx(1.5))


def test_a_repeated_note_stays_two_notes_in_one_channel_too() -> None:
    notes = np.array([[0, 4, 60, 80], [4, 4, 60, 80]])
    assert len(read(draw(notes, CLASSIC.shape), CLASSIC.shape, CLASSIC.reading)) == 2


def test_planes_hold_no_more_than_the_loudest_velocity() -> None:
    notes = np.array([[0, 8, 60, 127], [2, 8, 60, 127]])
    assert float(draw(notes, CLASSIC.shape).max()) == 1.0


def test_every_note_gets_a_sixteenth_however_short() -> None:
    grace = Note(1.0, 1.01, 60, 64)
    assert on_steps([grace], TEMPO, 0.0).tolist() == [[8, 1, 60, 64]]


def test_a_note_that_began_before_sounds_from_the_first_step_and_is_not_struck() -> None:
    planes = draw(np.array([[0, 10, 60, 64]]), MUSIC.shape, first=4)
    assert planes[1, 39, :6].tolist() == [1.0] * 6
    assert not (planes[0] > -1.0).any()


def test_a_bar_of_three_beats_begins_every_twelve_steps() -> None:
    assert np.flatnonzero(places(0, 40, 3)[:, 6]).tolist() == [0, 12, 24, 36]


def test_the_bars_of_a_clip_are_counted_to_its_last_note() -> None:
    assert Bars(TempoMap.steady(120, 3)).count(clip(5, beats_per_bar=3)) == 5


def test_a_note_held_a_little_over_the_bar_line_makes_no_new_bar() -> None:
    assert Bars(TEMPO).count((Note(0.0, 2.05, 60, 64),)) == 1


def test_bars_are_counted_from_the_bar_line_before_the_beginning() -> None:
    pickup = TempoMap.steady(120, first_s=0.5)  # bar 1 begins after one beat
    assert Bars(pickup).second_at(0) == pytest.approx(-1.5)


@pytest.mark.parametrize("key", range(24))
def test_a_scale_with_its_chord_is_heard_in_its_key(key: int) -> None:
    tonic = key % 12
    chord = [tonic, (tonic + (4 if key < 12 else 3)) % 12, (tonic + 7) % 12]
    weights = SCALES[key] + np.bincount([*chord, tonic], minlength=12)
    assert NAMES[key_of(weights.astype(float))] == NAMES[key]


def test_pitch_classes_are_weighed_by_how_long_they_sound() -> None:
    weights = pitch_classes((Note(0, 1, 60, 64), Note(0, 3, 67, 64), Note(1, 2, 72, 64)))
    assert (weights[0], weights[7]) == (2.0, 3.0)


def test_transposing_keeps_major_and_minor() -> None:
    assert NAMES[transposed(NAMES.index("Am"), 3)] == "Cm"


def cells(*struck: tuple[int, float], sounds: tuple[int, ...]) -> np.ndarray:
    planes = np.full(MUSIC.shape.planes, -1.0, np.float32)
    for step, velocity in struck:
        planes[0, 39, step] = velocity
    planes[1, 39, list(sounds)] = 1.0
    return planes


def lengths(planes: np.ndarray) -> list[tuple[int, int]]:
    return [(start, length) for start, length, *_ in read(planes, MUSIC.shape, Reading(-0.45, -0.2, 0.0)).tolist()]


def test_a_weak_strike_does_not_cut_a_note_that_sounds() -> None:
    assert lengths(cells((0, 0.6), (3, -0.3), sounds=(0, 1, 2, 3, 4, 5))) == [(0, 6)]


def test_a_weak_strike_where_nothing_sounds_is_a_note() -> None:
    assert lengths(cells((0, 0.6), (3, -0.3), sounds=(0, 1, 3, 4))) == [(0, 2), (3, 2)]


def test_a_hole_of_one_step_is_filled() -> None:
    assert lengths(cells((0, 0.6), sounds=(0, 1, 3, 4))) == [(0, 5)]


def test_a_key_struck_again_ends_the_note_before() -> None:
    assert lengths(cells((0, 0.6), (2, 0.5), sounds=(0, 1, 2, 3))) == [(0, 2), (2, 2)]
