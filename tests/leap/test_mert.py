"""MERT as a conditioner, on a tiny checkpoint of its shape that is made here."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from leap_models.errors import DamagedWeights
from leap_models.families.leap.conditioner import MARGIN_S
from leap_models.families.leap.mert import Mert

transformers = pytest.importorskip("transformers", reason="the extra [mert] is not installed")
SAMPLES = round((5.12 + MARGIN_S) * 24_000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random network with MERT's strides and kernels, so that its frames are where MERT's are."""
    torch.manual_seed(0)
    made = tmp_path_factory.mktemp("mert")
    config = transformers.HubertConfig(
        hidden_size=64, num_hidden_layers=4, num_attention_heads=4, intermediate_size=128, conv_dim=(32,) * 7,
        num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4, mask_time_prob=0.0, apply_spec_augment=False,
        layerdrop=0.0,
    )
    transformers.HubertModel(config).save_pretrained(made)
    transformers.Wav2Vec2FeatureExtractor(
        feature_size=1, sampling_rate=24_000, do_normalize=True, return_attention_mask=True
    ).save_pretrained(made)
    return made


@pytest.fixture
def edited(folder: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the checkpoint with other words in its config."""

    def edit(**words: object) -> Path:
        for file in folder.iterdir():
            (tmp_path / file.name).write_bytes(file.read_bytes())
        config = json.loads((tmp_path / "config.json").read_text()) | words
        (tmp_path / "config.json").write_text(json.dumps(config))
        return tmp_path

    return edit


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAP_BRIDGE_HOME", str(tmp_path_factory.mktemp("home")))


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, SAMPLES).astype(np.float32)


def test_a_hop_has_256_frames_of_the_checkpoints_width(folder: Path) -> None:
    assert Mert(folder).listen(noise(), 24_000, MARGIN_S).shape == (256, 64)


def test_a_click_is_heard_when_it_sounds(folder: Path) -> None:
    """A click 3.0 s into the hop moves the features most near frame 150."""
    quiet = noise() * 0.01
    clicked = quiet.copy()
    at = round((MARGIN_S + 3.0) * 24_000)
    clicked[at : at + 240] += 0.9
    mert = Mert(folder)
    mert.normalise = False
    with torch.inference_mode():
        states = [mert.network.feature_extractor(torch.from_numpy(sound)[None])[0].T for sound in (quiet, clicked)]
    moved = mert._on_grid((states[1] - states[0]).abs(), MARGIN_S, SAMPLES).sum(dim=1)
    assert abs(int(moved.argmax()) - 150) <= 1


def test_features_are_remembered_on_disk(folder: Path) -> None:
    mert = Mert(folder)
    first = mert.listen(noise(), 24_000, MARGIN_S)
    mert.network = None  # type: ignore[assignment]
    assert np.allclose(mert.listen(noise(), 24_000, MARGIN_S), first, atol=1e-2)


def test_another_sound_is_not_mistaken_for_the_remembered_one(folder: Path) -> None:
    mert = Mert(folder)
    assert not np.allclose(mert.listen(noise(0), 24_000, MARGIN_S), mert.listen(noise(1), 24_000, MARGIN_S), atol=1e-2)


def test_a_config_named_mert_loads(edited: Callable[..., Path]) -> None:
    assert Mert(edited(model_type="mert_model", architectures=["MERTModel"], unheard_of=1)).width == 64


def test_a_checkpoint_with_a_constant_q_branch_is_refused(edited: Callable[..., Path]) -> None:
    with pytest.raises(DamagedWeights, match="feature_extractor_cqt"):
        Mert(edited(feature_extractor_cqt=True))


def test_another_kind_of_network_is_refused(edited: Callable[..., Path]) -> None:
    with pytest.raises(DamagedWeights, match="bert"):
        Mert(edited(model_type="bert"))


def test_a_folder_without_weights_is_refused(edited: Callable[..., Path]) -> None:
    folder = edited()
    (folder / "model.safetensors").unlink()
    with pytest.raises(DamagedWeights, match=r"model\.safetensors"):
        Mert(folder)


def test_a_checkpoint_with_weights_missing_is_refused(edited: Callable[..., Path]) -> None:
    with pytest.raises(DamagedWeights, match="weights are missing"):
        Mert(edited(num_hidden_layers=5))
