"""Phrases, latents and accents of a band."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from tiny_band import SHAPE

from leap_models.errors import BadParameter
from leap_models.families.musegan.accents import PLACES, Accents
from leap_models.families.musegan.binarise import calibrate, cells_of, held, levels_for
from leap_models.families.musegan.config import Levels
from leap_models.families.musegan.latents import between, drawn, grid, walked
from leap_models.families.musegan.phrase import (
    StepNote,
    consolidate,
    draw,
    hushed,
    off_steps,
    on_steps,
    read,
    spared,
    transposed,
)
from leap_models.families.musegan.shape import BandShape
from leap_models.families.musegan.walk import seams
from leap_models.music.midi import TrackInfo
from leap_models.music.notes import Note
from leap_models.music.players import INSTRUMENTS, Everyone, channels, general_drum, player_of
from leap_models.music.tempo import TempoMap

STEPS = SHAPE.steps  # of a bar


def cells_with(pitches: dict[int, list[int]], track: int = 1) -> np.ndarray:
    """A phrase in which pitches sound on some steps."""
    cells = np.zeros(SHAPE.planes, dtype=bool).reshape(-1, SHAPE.pitches, SHAPE.tracks)
    for pitch, steps in pitches.items():
        cells[steps, pitch - SHAPE.lowest, track] = True
    return cells.reshape(SHAPE.planes)


def test_notes_survive_being_drawn_and_read():
    notes = [StepNote(0, 4, 60, 1), StepNote(3, 9, 40, 3), StepNote(8, 1, 38, 0), StepNote(20, 12, 72, 4)]
    assert read(draw(notes, SHAPE, 2), SHAPE) == sorted(notes)


def test_a_repeated_note_stays_two_notes():
    notes = [StepNote(0, 4, 60, 1), StepNote(4, 4, 60, 1)]
    assert read(draw(notes, SHAPE, 2), SHAPE) == [StepNote(0, 3, 60, 1), StepNote(4, 4, 60, 1)]


def test_a_note_may_cross_the_bar_line():
    assert read(draw([StepNote(12, 8, 60, 1)], SHAPE, 2), SHAPE) == [StepNote(12, 8, 60, 1)]


def test_what_has_no_row_or_track_is_left_out():
    assert not draw([StepNote(0, 4, 20, 1), StepNote(0, 4, 110, 1), StepNote(0, 4, 60, 7)], SHAPE, 2).any()


def test_a_long_drum_is_one_strike():
    tempo = TempoMap.steady(120.0)
    assert on_steps([Note(0.5, 2.0, 38, 90, 0)], tempo, 0.0, 4) == [StepNote(4, 1, 38, 0)]


@pytest.mark.parametrize(("roland", "general"), [(22, 42), (26, 46), (38, 38), (10, 35), (100, 81)])
def test_drums_are_numbered_as_general_midi_does(roland: int, general: int):
    assert general_drum(roland) == general


def test_step_notes_come_back_in_seconds():
    tempo = TempoMap.steady(60.0)
    notes = off_steps([(StepNote(4, 2, 60, 1), 90)], tempo, 1.0, 4)
    assert notes == (Note(2.0, 2.5, 60, 90, 1),)


def test_transposition_moves_pitch_alone_and_no_drums():
    cells = cells_with({60: [0, 1]}) | cells_with({38: [0]}, track=0)
    assert (transposed(cells, 3) == (cells_with({63: [0, 1]}) | cells_with({38: [0]}, track=0))).all()


@pytest.mark.parametrize(("pitch", "semitones"), [(24, -5), (28, -5), (107, 6), (102, 6)])
def test_nothing_comes_back_at_the_other_end(pitch: int, semitones: int):
    assert not transposed(cells_with({pitch: [0]}), semitones).any()


def test_a_hole_beside_a_crumb_is_filled_and_lone_crumbs_are_dropped():
    found = consolidate(cells_with({60: [0, 1, 2, 4], 65: [7]}))
    assert (found.cells == cells_with({60: [0, 1, 2, 3, 4]})).all()
    assert (found.filled, found.dropped) == (1, 1)


def test_notes_that_are_struck_again_are_no_crumbs():
    cells = cells_with({60: [0, 1, 3, 4, 6, 7]})
    assert (consolidate(cells).cells == cells).all()


def test_drums_are_no_crumbs():
    cells = cells_with({38: [0, 4, 8]}, track=0)
    assert (consolidate(cells).cells == cells).all()


@pytest.mark.parametrize(("steps_per_beat", "tracks"), [(12, (0,)), (8, (0,)), (4, (0, 1, 2, 3, 4))])
def test_a_sixteenth_is_no_crumb(steps_per_beat: int, tracks: tuple[int, ...]):
    assert spared(BandShape(steps_per_beat=steps_per_beat)) == tracks


def test_crumbs_at_a_phrases_end_are_no_part_of_the_next():
    two = np.stack([cells_with({60: [2 * STEPS - 1]}), cells_with({60: [0]})])
    assert not consolidate(two).cells.any()


def test_a_note_is_held_until_it_falls_far_below_its_level():
    logits = np.full((1, *SHAPE.planes), -3.0)
    logits[0, 0, :7, 20, :] = np.array([-0.4, 0.1, -0.4, -0.4, -0.6, -0.4, 0.1])[:, None]
    rows = held(logits, 0.5)[0, 0, :7, 20]
    assert rows[:, 1].tolist() == [False, True, True, True, False, False, True]
    assert rows[:, 0].tolist() == [False, True, False, False, False, False, True]  # drums


def test_a_part_that_hardly_plays_is_silent():
    cells = np.zeros((1, *SHAPE.planes), dtype=bool)
    cells[0, 0, :3, 30, 1], cells[0, 1, :4, [30, 33], 2] = True, True
    assert hushed(cells, (0, 4, 4, 0, 0)).any(axis=(1, 2, 3)).tolist() == [[False, False, True, False, False]]
    assert (hushed(cells, ()) == cells).all()


def test_drums_on_sixteenths_are_strikes_each():
    cells = np.zeros(SHAPE.planes, dtype=bool)
    cells[0, :3, 42 - SHAPE.lowest, 0] = True
    assert [(note.start, note.length) for note in read(cells, SHAPE)] == [(0, 1), (1, 1), (2, 1)]


def test_levels_make_samples_as_dense_as_asked():
    logits = torch.randn(20, *SHAPE.planes, generator=torch.Generator().manual_seed(0))
    logits = logits.repeat_interleave(4, dim=2)[:, :, :STEPS]  # so that not all is crumbs
    levels = calibrate(logits, np.array([0.05, 0.02, 0.01, 0.1, 0.2]))
    for factor in (0.5, 1.0, 2.0):
        hard = cells_of(logits, levels_for(levels, factor, 5), "hard", np.random.default_rng(0))
        density = consolidate(hard).cells.mean(axis=(0, 1, 2, 3))
        np.testing.assert_allclose(density, factor * np.array([0.05, 0.02, 0.01, 0.1, 0.2]), rtol=0.1)


def test_without_levels_a_cell_is_on_above_zero():
    logits = torch.zeros(1, *SHAPE.planes)
    logits[0, 0, 0, 5, 2] = 0.01
    found = cells_of(logits, levels_for(Levels(), 1.0, 5), "hard", np.random.default_rng(0))
    assert [int(each[0]) for each in found[0].nonzero()] == [0, 0, 5, 2]


def test_chance_turns_cells_on_as_often_as_the_output_says_and_the_same_ones_again():
    logits = torch.full((4, *SHAPE.planes), float(np.arctanh(0.2)))  # an output of 0.2 is a chance of 0.6
    one, again = (cells_of(logits, np.zeros(5), "bernoulli", np.random.default_rng(3)) for _ in range(2))
    assert float(one.mean()) == pytest.approx(0.6, abs=0.01)
    assert (one == again).all()


def test_a_grid_of_lerp_has_its_corners():
    corner, right, down = np.random.default_rng(0).standard_normal((3, 6))
    found = grid(corner, right, down, 4, 5)
    for at, wanted in (((0, 0), corner), ((0, 4), right), ((3, 0), down), ((3, 4), right + down - corner)):
        np.testing.assert_allclose(found[at], wanted)


def test_slerp_turns_by_a_constant_angle_from_end_to_end():
    one, other = np.random.default_rng(0).standard_normal((2, 30))
    way = [between(one, other, place) for place in np.linspace(0, 1, 9)]
    np.testing.assert_allclose([way[0], way[-1]], [one, other])
    unit = [each / np.linalg.norm(each) for each in (between(one / np.linalg.norm(one), other / np.linalg.norm(other),
                                                             place) for place in np.linspace(0, 1, 9))]
    angles = [float(np.arccos(a @ b)) for a, b in pairwise(unit)]
    np.testing.assert_allclose(angles, angles[0])


def test_slerp_is_a_way_and_no_plane():
    with pytest.raises(BadParameter, match="a grid of 2 rows needs the mode lerp, got slerp"):
        grid(*np.random.default_rng(0).standard_normal((3, 6)), 2, 3, "slerp")


def test_latents_lie_within_two_deviations():
    assert float(np.abs(drawn(np.random.default_rng(0), 5000)).max()) <= 2.0


@pytest.mark.parametrize(("change", "alike"), [(0.0, 1.0), (1.0, 0.0), (0.6, 0.8)])
def test_a_walk_goes_as_far_as_asked_and_keeps_its_spread(change: float, alike: float):
    before, step = np.random.default_rng(0).standard_normal((2, 20_000))
    after = walked(before, step, change)
    assert float(np.corrcoef(before, after)[0, 1]) == pytest.approx(alike, abs=0.03)
    assert float(after.std()) == pytest.approx(1.0, abs=0.02)


def test_a_seam_is_half_of_what_was_and_half_of_what_comes():
    before = np.zeros((4, *SHAPE.planes[1:]), dtype=bool)
    before[2], after = True, ~before[None].repeat(3, axis=0)
    after[:, 1] = False
    assert seams(before, after).any(axis=(2, 3, 4)).tolist() == [[True, False, True, False]] * 3


def test_the_first_beat_is_as_loud_as_it_was_learned():
    row = (110.0, *[60.0] * (PLACES - 1))
    accents = Accents((row,) * 5, {"38": (30.0,) * PLACES})
    loud = dict(accents.play([StepNote(0, 4, 60, 1), StepNote(4, 4, 60, 1), StepNote(0, 1, 38, 0)], STEPS,
                             np.random.default_rng(0)))  # fmt: skip
    assert [abs(loud[note] - mean) < 15 for note, mean in
            ((StepNote(0, 4, 60, 1), 110), (StepNote(4, 4, 60, 1), 60), (StepNote(0, 1, 38, 0), 30))] == [True] * 3


def test_accents_have_a_velocity_for_each_sixteenth():
    with pytest.raises(BadParameter, match="accents must have 16 velocities a row, got 3"):
        Accents(((1.0, 2.0, 3.0),))


@pytest.mark.parametrize(
    ("track", "player"),
    [
        (TrackInfo("", 0), 1), (TrackInfo("", 23), 1), (TrackInfo("", 24), 2), (TrackInfo("", 31), 2),
        (TrackInfo("", 32), 3), (TrackInfo("", 39), 3), (TrackInfo("", 40), 4), (TrackInfo("", 51), 4),
        (TrackInfo("", 60, is_drum=True), 0), (TrackInfo("", 56), None), (TrackInfo("", 8), None),
    ],
)  # fmt: skip
def test_players_are_known_by_their_programs(track: TrackInfo, player: int | None):
    assert player_of(track) == player


def test_drums_play_on_channel_ten_and_nobody_else():
    assert channels(INSTRUMENTS) == (9, 0, 1, 2, 3)


def test_what_is_given_comes_through_as_it_was():
    given = (Note(0.013, 0.4, 36, 77, 3), Note(2.501, 2.9, 38, 55, 3))
    everyone = Everyone(given)
    first = everyone.push((Note(0.0, 0.5, 36, 70, 3), Note(0.0, 0.5, 60, 70, 1)), 1.0)
    assert first == (Note(0.0, 0.5, 60, 70, 1), given[0])
    assert everyone.finish() == (given[1],)
