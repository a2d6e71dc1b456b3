"""Baselines of symbols, and how voices move."""

import numpy as np
import pytest
from tiny_continuation import chorale, save_melody

from leap_models.families.continuation.symbols import HOLD, VOCABULARY
from leap_models.training import bach, evaluate
from leap_models.training.evaluate import Options
from leap_models.training.symbol_baselines import KneserNey, LastBar, Unigram
from leap_models.training.voice_leading import observed

CYCLE = np.tile([60, 62, 64, 65], 30)


def test_a_unigram_costs_what_its_share_says():
    nats = Unigram([CYCLE]).nats(np.array([60, 61]))
    assert np.exp(-nats) == pytest.approx([31 / (120 + VOCABULARY), 1 / (120 + VOCABULARY)])


@pytest.mark.parametrize("order", [2, 3, 5])
def test_the_chances_of_an_n_gram_sum_to_one(order: int):
    rng = np.random.default_rng(0)
    model = KneserNey([rng.integers(60, 66, 200)], order)
    for context in ([60] * 4, [61, 60, 65, 62], [1, 2, 3, 4]):
        assert sum(model.chance(context, symbol) for symbol in range(VOCABULARY)) == pytest.approx(1.0)


def test_a_markov_chain_knows_what_always_follows():
    nats = KneserNey([CYCLE], 2).nats(CYCLE)
    assert nats[4:].mean() < 0.2 < Unigram([CYCLE]).nats(CYCLE).mean()


def test_a_bar_that_comes_again_costs_little():
    model = LastBar([CYCLE], [4])
    nats = model.nats(CYCLE, 4)
    assert nats[4:].max() < 0.05 < nats[0]


def test_a_bar_that_changes_costs_more():
    model = LastBar([CYCLE], [4])
    assert model.nats(np.array([60, 62, 64, 65, 61]), 4)[-1] > 3.0


def voices(*columns: list[int]) -> np.ndarray:
    return np.array(columns, dtype=np.int64).T


def test_parallel_fifths_are_found():
    found = observed([voices([79, 81], [72, 74], [64, 64], [48, 48])])
    assert (found.fifths, found.octaves, found.moves) == (1, 0, 1)


def test_parallel_octaves_are_found():
    assert observed([voices([79, 77], [72, 72], [64, 64], [43, 41])]).octaves == 1


def test_a_fifth_that_is_held_is_not_parallel():
    assert observed([voices([79, HOLD], [72, HOLD], [64, HOLD], [48, HOLD])]).figures["parallel_fifths"] == 0.0


def test_an_alto_above_the_soprano_crosses():
    found = observed([voices([67, 67], [72, 65], [64, 64], [48, 48])])
    assert (found.crossings, found.steps) == (1, 2)


def test_a_bass_too_low_is_out_of_range():
    assert observed([voices([67], [64], [60], [30])]).figures["out_of_range"] == 25.0


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("lstm", ["model", "unigram", "last bar", "2-gram", "3-gram", "5-gram"]),
        ("chorale", ["model", "unigram", "last bar", "5-gram", "9-gram", "made", "Bach"]),
        ("lstm_vae", ["model", "prior"]), ("conv_vae", ["model", "prior"]),
    ],
)  # fmt: skip
def test_every_model_stands_beside_something_simpler(name: str, rows: list[str], tmp_path):
    (tmp_path / bach.FOLDER).mkdir()
    for work in ("bwv1", "bwv7"):  # of the training and of the test split
        bach.save(tmp_path / bach.FOLDER / f"{work}.npz", chorale(work, bars=4, seed=len(work)))
    options = Options(prepared=str(tmp_path), weights=str(save_melody(tmp_path / name, name)),
                      out=str(tmp_path / "figures.json"), passages=1)  # fmt: skip
    found = evaluate.run(f"continuation.{name}", options)
    assert list(found) == rows
    assert all(np.isfinite(value) for row in found.values() for value in row.values())
    assert (tmp_path / "figures.md").read_text(encoding="utf-8").startswith(f"|   | {rows[0]}")
