"""soxr's resampling as sums of a graph."""

import numpy as np
import pytest
import soxr
import torch

from leap_models.nn.resample import Resample


@pytest.mark.parametrize(("given", "wanted"), [(24_000, 22_050), (48_000, 24_000)])
def test_it_gives_what_soxr_gives(given: int, wanted: int) -> None:
    samples = np.random.default_rng(0).normal(0, 0.2, 30_000).astype(np.float32)
    expected = soxr.resample(samples, given, wanted)
    found = Resample(given, wanted)(torch.from_numpy(samples)[None])[0].numpy()
    assert np.abs(found[: len(expected)] - expected).max() < 1e-5


def test_what_lies_behind_the_end_dies_away() -> None:
    samples = torch.ones(1, 24_000)
    assert float(Resample(24_000, 22_050)(samples)[0, -1].abs()) < 1e-3
