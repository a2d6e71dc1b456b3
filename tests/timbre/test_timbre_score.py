"""Notes as frames and strikes."""

import numpy as np
import pytest
import torch

from leap_models.families.timbre.score import (
    HISTORY_S,
    ONSET,
    RELEASE,
    VELOCITY,
    as_tensors,
    outside,
    resampled,
    score_frames,
)
from leap_models.music.notes import Note, Pedal


def test_middle_c_at_one_second_is_row_39_frame_250_and_nothing_else():
    onset = score_frames([Note(1.0, 1.5, 60, 127)], [], 0.0, 500).onset
    expected = np.zeros((500, 88), np.float32)
    expected[250, 39] = 1.0
    assert np.array_equal(onset, expected)


@pytest.mark.parametrize("time_s", [0.004, 0.3, 0.7, 1.1, 1.9])
def test_an_onset_at_a_frames_beginning_lies_in_that_frame(time_s):
    onset = score_frames([Note(time_s, time_s + 0.2, 60, 64)], [], 0.0, 500).onset
    assert onset[round(time_s * 250), 39] == pytest.approx(64 / 127)


def test_the_pedal_holds_a_string_whose_key_is_up():
    sounding = score_frames([Note(0.0, 0.1, 60, 127)], [Pedal(0.05, 0.4)], 0.0, 250).sounding
    assert sounding[:, 39].sum() == 100


def test_a_pedal_that_comes_too_late_holds_nothing():
    sounding = score_frames([Note(0.0, 0.1, 60, 127)], [Pedal(0.2, 0.4)], 0.0, 250).sounding
    assert sounding[:, 39].sum() == 25


def test_the_pedal_itself_is_told():
    pedal = score_frames([], [Pedal(0.1, 0.2)], 0.0, 100).pedal
    assert pedal.tolist() == [0.0] * 25 + [1.0] * 25 + [0.0] * 50


def test_the_pedal_before_the_first_frame_is_told():
    assert score_frames([], [Pedal(0.5, 3.0)], 2.0, 10).pedal_before.sum() == 250


def test_two_strikes_of_a_key_in_one_frame_keep_the_louder():
    found = score_frames([Note(0.1, 0.3, 60, 40), Note(0.1, 0.2, 60, 100)], [], 0.0, 250)
    assert found.onset.max() == pytest.approx(100 / 127)


def test_a_string_that_is_struck_again_is_let_go_by_that():
    strikes = score_frames([Note(0.0, 0.5, 60, 40), Note(0.2, 0.4, 60, 100)], [], 0.0, 250).strikes
    assert strikes[0, RELEASE] == pytest.approx(0.2)


def test_a_note_that_began_earlier_is_a_strike_before_the_first_frame():
    strikes = score_frames([Note(1.0, 9.0, 60, 127)], [], 5.0, 250).strikes
    assert strikes[0, ONSET] == pytest.approx(-4.0)


def test_a_note_that_began_earlier_sounds_without_an_onset():
    found = score_frames([Note(1.0, 5.5, 60, 127)], [], 5.0, 250)
    assert (found.onset.sum(), found.sounding.sum()) == (0.0, 125.0)


def test_what_began_long_ago_is_forgotten():
    assert not len(score_frames([Note(0.0, 99.0, 60, 127)], [], HISTORY_S + 1.0, 250).strikes)


@pytest.mark.parametrize("pitch", [20, 109, 0, 127])
def test_a_note_without_a_key_is_left_out(pitch):
    assert not len(score_frames([Note(0.0, 1.0, pitch, 64)], [], 0.0, 250).strikes)


def test_notes_without_a_key_are_counted():
    assert outside([Note(0.0, 1.0, pitch, 64) for pitch in (20, 21, 108, 109)]) == 2


def test_a_batch_is_filled_up_with_strikes_of_velocity_zero():
    notes = [Note(0.1 * n, 0.1 * n + 0.1, 60, 64) for n in range(3)]
    scores = [score_frames(notes[:count], [], 0.0, 250) for count in (1, 3)]
    assert (as_tensors(scores)["strikes"][..., VELOCITY] > 0).sum(dim=1).tolist() == [1, 3]


@pytest.mark.parametrize("frames", [125, 172, 234, 500, 690])
def test_every_onset_survives_the_change_of_rate(frames):
    onset = (torch.rand(2, 250, 88, generator=torch.Generator().manual_seed(1)) < 0.02).float()
    onset[:, 1:] *= onset[:, :-1] == 0  # no string is struck in two frames running
    onset[:, 248:] = 0.0
    assert resampled(onset, frames).count_nonzero() == onset.count_nonzero()


@pytest.mark.parametrize("frames", [125, 172, 500])
def test_no_onset_is_moved_by_more_than_a_frame(frames):
    onset = torch.zeros(1, 250, 88)
    onset[0, 10:240:2, 5] = 1.0
    given, found = onset[0, :, 5].nonzero()[:, 0], resampled(onset, frames)[0, :, 5].nonzero()[:, 0]
    assert ((found - given * frames / 250).abs() <= 1.0).all()


def test_a_resampled_onset_keeps_its_velocity():
    onset = torch.zeros(1, 250, 88)
    onset[0, 100, 7] = 0.3
    assert resampled(onset, 125)[0, 50, 7] == pytest.approx(0.3)
