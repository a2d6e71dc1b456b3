"""Basic Pitch's network in torch against the published one."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from leap_models.families.leap import nmp
from leap_models.families.leap.model import load_nmp


def published() -> Path:
    """The network in Basic Pitch's own package, found without importing that package."""
    spec = find_spec("basic_pitch")
    assert spec is not None, "pip install --no-deps basic-pitch"
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "saved_models" / "icassp_2022" / "nmp.onnx"


def chord(batch: int) -> np.ndarray:
    """Two seconds of three decaying tones and some noise, different in each row."""
    rng = np.random.default_rng(0)
    times = np.arange(nmp.SAMPLES) / nmp.SAMPLE_RATE
    rows = []
    for row in range(batch):
        pitches = 440 * 2 ** ((np.array([48, 60, 67]) + row - 69) / 12)
        tones = np.sin(2 * np.pi * pitches[:, None] * times) * np.exp(-2 * times)
        rows.append(tones.sum(axis=0) * 0.2 + rng.normal(0, 0.01, nmp.SAMPLES))
    return np.array(rows, dtype=np.float32)


@pytest.mark.parametrize("name", ["onset", "note", "contour"])
def test_likelihoods_are_those_of_the_published_network(name: str) -> None:
    import onnxruntime

    sound = chord(2)
    session = onnxruntime.InferenceSession(str(published()), providers=["CPUExecutionProvider"])
    onset, note, contour = session.run(
        [f"StatefulPartitionedCall:{index}" for index in (2, 1, 0)], {"serving_default_input_2:0": sound[..., None]}
    )
    theirs = {"onset": onset, "note": note, "contour": contour}[name]
    with torch.no_grad():
        ours = getattr(load_nmp()(torch.from_numpy(sound)), name).numpy()
    assert np.abs(ours - theirs).max() <= 1e-3


def test_silence_is_no_division_by_zero() -> None:
    with torch.no_grad():
        heard = load_nmp()(torch.zeros(1, nmp.SAMPLES))
    assert bool(torch.isfinite(heard.note).all())


def test_one_hop_is_a_whole_number_of_frames() -> None:
    assert pytest.approx(441, abs=1e-9) == 5.12 * nmp.SAMPLE_RATE / nmp.HOP
