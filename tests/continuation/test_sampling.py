"""Chance among symbols, and points in latent spaces."""

import numpy as np
import pytest
import torch
from scipy import stats

from leap_models.errors import BadParameter
from leap_models.families.continuation.latents import Sliders, active_units, between, learn_sliders
from leap_models.families.continuation.lstm_net import LstmConfig, MelodyLstm, stream_of
from leap_models.families.continuation.sampling import Choice
from leap_models.families.continuation.stepping import Remembered, Stepper

LOGITS = np.log(np.array([0.5, 0.3, 0.15, 0.05]))


def test_at_temperature_one_symbols_come_as_often_as_the_network_says():
    rng = np.random.default_rng(1)
    counts = np.bincount([Choice().draw(LOGITS, rng) for _ in range(4000)], minlength=4)
    assert stats.chisquare(counts, 4000 * np.exp(LOGITS)).pvalue > 0.01


def test_near_temperature_zero_the_likeliest_always_comes():
    rng = np.random.default_rng(1)
    assert {Choice(temperature=0.01).draw(LOGITS, rng) for _ in range(200)} == {0}


def test_high_temperature_makes_all_equal():
    assert Choice(temperature=1e6).probabilities(LOGITS) == pytest.approx(np.full(4, 0.25), abs=1e-4)


def test_top_k_leaves_the_likeliest():
    assert Choice(top_k=2).probabilities(LOGITS) == pytest.approx([0.625, 0.375, 0, 0])


def test_top_p_leaves_those_that_make_up_the_share():
    assert (Choice(top_p=0.75).probabilities(LOGITS) > 0).tolist() == [True, True, False, False]


def test_the_likeliest_survives_the_smallest_share():
    assert Choice(top_p=0.01).probabilities(LOGITS) == pytest.approx([1, 0, 0, 0])


def test_what_may_not_come_does_not():
    logits = np.array([-np.inf, 0.0, 0.0])
    assert Choice(temperature=2.0).probabilities(logits) == pytest.approx([0, 0.5, 0.5])


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ({"temperature": 0.0}, "temperature must be more than 0, got 0"),
        ({"temperature": -1.0}, "temperature must be more than 0, got -1"),
        ({"temperature": float("nan")}, "temperature must be more than 0, got nan"),
        ({"top_k": -1}, "top_k must be at least 0, got -1"),
        ({"top_p": 0.0}, "top_p must be more than 0 and at most 1, got 0"),
    ],
)
def test_a_choice_that_is_none_is_refused(words: dict[str, float], line: str):
    with pytest.raises(BadParameter, match=f"^{line}$"):
        Choice(**words)


def test_the_way_round_keeps_its_distance_from_the_middle():
    one, other = np.array([2.0, 0.0]), np.array([0.0, 2.0])
    assert np.linalg.norm(between(one, other, 0.5)) == pytest.approx(2.0)
    assert between(one, other, 0.0) == pytest.approx(one)
    assert between(one, other, 1.0) == pytest.approx(other)


def test_opposite_latents_have_a_straight_way():
    assert between(np.array([1.0, 0.0]), np.array([-1.0, 0.0]), 0.25) == pytest.approx([0.5, 0.0])


def test_a_slider_moves_its_own_value_by_a_spread_and_leaves_the_other():
    rng = np.random.default_rng(0)
    latents = rng.standard_normal((2000, 4))
    values = np.stack([3.0 * latents[:, 0] + 60.0, latents[:, 1] + 0.5 * latents[:, 0]], axis=1)
    sliders = learn_sliders(latents, values)
    moved = sliders.moved(np.zeros(4), register=1.0, density=0.0)
    assert 3.0 * moved[0] == pytest.approx(values[:, 0].std(), rel=0.02)
    assert moved[1] + 0.5 * moved[0] == pytest.approx(0.0, abs=0.05)


def test_weights_without_sliders_say_so():
    with pytest.raises(BadParameter, match="register and density must be 0 with these weights"):
        Sliders().moved(np.zeros(2), 1.0, 0.0)


def test_a_unit_that_never_changes_is_not_active():
    means = np.stack([np.linspace(-1, 1, 50), np.full(50, 3.0)], axis=1)
    assert active_units(means) == 1


def test_a_network_says_the_same_symbol_by_symbol_as_at_once():
    torch.manual_seed(0)
    network = MelodyLstm(LstmConfig(voices=4, embedding=6, width=10)).eval()
    symbols = np.random.default_rng(0).integers(40, 131, (12, 4))
    stream = stream_of(symbols, 3, 4)
    with torch.no_grad():
        whole = network(stream)[0].numpy()
    stepper, memory = Stepper(network), Remembered(np.zeros((2, 10), np.float32), np.zeros((2, 10), np.float32))
    columns = [each[0].tolist() for each in (stream.before, stream.sounding, stream.place, stream.voice)]
    for *row, expected in zip(*columns, whole, strict=True):
        logits, memory = stepper.step(tuple(row), memory)
        assert logits == pytest.approx(expected, abs=1e-5)
