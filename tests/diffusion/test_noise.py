"""Noise that any language can make."""

import numpy as np
import pytest
from scipy import stats

from leap_models.diffusion.noise import unit_noise

FIRST_OF_SEED_0 = [0.15853384, 2.9828794, -1.925692, -0.82492554]
MANY = 200_000
MASK = 2**64 - 1


def philox(key: int, blocks: int) -> list[int]:
    """Philox4x64-10 as its paper has it."""
    words = []
    for block in range(1, blocks + 1):
        counter, low, high = [block, 0, 0, 0], key & MASK, key >> 64
        for _ in range(10):
            one, other = counter[0] * 0xD2E7470EE14C6C93, counter[2] * 0xCA5A826395121157
            counter = [other >> 64 ^ counter[1] ^ low, other & MASK, one >> 64 ^ counter[3] ^ high, one & MASK]
            low, high = low + 0x9E3779B97F4A7C15 & MASK, high + 0xBB67AE8584CAA73B & MASK
        words += counter
    return words


def test_it_is_what_its_description_says() -> None:
    words = philox(2**61 + 7, 3)
    a, b = (np.array([((word >> 11) + 1) / 2**53 for word in words[which::2]]) for which in (0, 1))
    length, angle = np.sqrt(-2 * np.log(a)), 2 * np.pi * b
    expected = np.stack([length * np.cos(angle), length * np.sin(angle)], axis=1).ravel()
    assert np.abs(unit_noise(12, 2**61 + 7) - expected).max() < 1e-6


def test_the_numbers_do_not_change() -> None:
    assert unit_noise(4, 0).tolist() == pytest.approx(FIRST_OF_SEED_0, abs=1e-7)


def test_shorter_noise_is_the_beginning_of_longer() -> None:
    assert (unit_noise(101, 3) == unit_noise(1000, 3)[:101]).all()


def test_mean_and_variance_are_0_and_1() -> None:
    noise = unit_noise(MANY, 1)
    assert abs(noise.mean()) < 4 / MANY**0.5
    assert abs(noise.var() - 1) < 4 * (2 / MANY) ** 0.5


def test_it_is_normal() -> None:
    assert stats.kstest(unit_noise(MANY, 2), "norm").pvalue > 0.001


def test_its_tails_are_as_heavy_as_they_should_be() -> None:
    beyond = int((np.abs(unit_noise(MANY, 3)) > 3).sum())
    assert stats.binomtest(beyond, MANY, 2 * stats.norm.sf(3)).pvalue > 0.001


@pytest.mark.parametrize("lag", [1, 2, 3, 4, 128])
def test_neighbours_are_independent(lag: int) -> None:
    noise = unit_noise(MANY, 4)
    assert abs(float((noise[lag:] * noise[:-lag]).mean())) < 4 / MANY**0.5


def test_squares_of_a_pair_are_independent() -> None:
    one, other = unit_noise(MANY, 5).reshape(-1, 2).T
    assert abs(float(np.corrcoef(one**2, other**2)[0, 1])) < 4 / (MANY / 2) ** 0.5


@pytest.mark.parametrize("apart", [1, 2, 2**32, 2**61])
def test_seeds_are_independent(apart: int) -> None:
    one, other = unit_noise(MANY, 6), unit_noise(MANY, 6 + apart)
    assert abs(float((one * other).mean())) < 4 / MANY**0.5


def test_the_windows_of_a_song_are_independent() -> None:
    seeds = [int(np.random.default_rng([0, window]).integers(2**62)) for window in range(64)]
    noise = np.stack([unit_noise(6144, seed) for seed in seeds])
    alike = (noise @ noise.T / 6144)[np.triu_indices(64, 1)]
    assert np.abs(alike).max() < 5 / 6144**0.5
