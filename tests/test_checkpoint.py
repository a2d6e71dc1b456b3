"""A folder of weights: what went in comes out, and nothing that was damaged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import ROOT

from leap_models import checkpoint
from leap_models.checkpoint import Card
from leap_models.errors import DamagedWeights

CARD = Card(
    family="toy", config={"vae": {"width": 8}}, trained_on="tones", licence="MIT", steps=12,
    evaluation={"onset_f1": {"mean": 0.98}}, commit="abc",
)  # fmt: skip
TENSORS = {
    "vae.weight": torch.linspace(-3, 3, 12).reshape(3, 4),
    "vae.count": torch.tensor(7),
    "dit.bias": torch.zeros(2, dtype=torch.bfloat16),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    checkpoint.save(tmp_path / "leap", CARD, TENSORS)
    return tmp_path / "leap"


def edit_card(folder: Path, **changes: object) -> None:
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("name", sorted(TENSORS))
def test_a_saved_tensor_comes_back(folder: Path, name: str):
    found = checkpoint.load(folder).tensors[name]
    assert found.dtype == TENSORS[name].dtype
    assert torch.equal(found, TENSORS[name])


def test_a_saved_card_comes_back(folder: Path):
    card = checkpoint.load(folder).card
    assert (card.config, card.evaluation, card.steps) == (CARD.config, CARD.evaluation, 12)


def test_half_precision_halves_the_file_and_comes_back_as_float32(tmp_path: Path):
    weights = {"a": torch.rand(1000)}
    for name, half in (("whole", False), ("half", True)):
        checkpoint.save(tmp_path / name, CARD, weights, half=half)
    sizes = [(tmp_path / name / "weights.safetensors").stat().st_size for name in ("whole", "half")]
    found = checkpoint.load(tmp_path / "half").tensors["a"]
    assert sizes[0] - sizes[1] == pytest.approx(2000, abs=16)
    assert found.dtype == torch.float32
    assert torch.allclose(found, weights["a"], atol=1e-3)


def test_the_same_weights_give_the_same_bytes(folder: Path, tmp_path: Path):
    checkpoint.save(tmp_path / "again", CARD, dict(reversed(TENSORS.items())))
    for name in ("model.json", "weights.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_a_part_is_one_networks_state(folder: Path):
    assert sorted(checkpoint.load(folder).part("vae")) == ["count", "weight"]


def test_a_missing_part_is_damage(folder: Path):
    with pytest.raises(DamagedWeights, match="no part clap"):
        checkpoint.load(folder).part("clap")


def test_saving_over_a_checkpoint_replaces_it(folder: Path):
    checkpoint.save(folder, CARD, {"new": torch.ones(1)})
    assert list(checkpoint.load(folder).tensors) == ["new"]
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "weights.safetensors"]


def test_one_changed_byte_is_noticed(folder: Path):
    path = folder / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x55")
    with pytest.raises(DamagedWeights, match=r"weights\.safetensors is damaged: its sha256 is"):
        checkpoint.load(folder)


def test_weights_that_only_claim_to_be_safetensors_are_refused(folder: Path):
    import hashlib

    (folder / "weights.safetensors").write_bytes(b"no weights")
    edit_card(folder, sha256=hashlib.sha256(b"no weights").hexdigest())
    with pytest.raises(DamagedWeights, match=r"cannot read .*weights\.safetensors"):
        checkpoint.load(folder)


@pytest.mark.parametrize("name", ["model.json", "weights.safetensors"])
def test_a_missing_file_is_named(folder: Path, name: str):
    (folder / name).unlink()
    with pytest.raises(DamagedWeights, match=name):
        checkpoint.load(folder)


def test_a_card_that_is_no_json_is_refused(folder: Path):
    (folder / "model.json").write_text("{")
    with pytest.raises(DamagedWeights, match=r"model\.json"):
        checkpoint.read_card(folder)


def test_an_unknown_key_of_a_card_is_named(folder: Path):
    edit_card(folder, stepps=3)
    with pytest.raises(DamagedWeights, match="stepps"):
        checkpoint.read_card(folder)


def test_a_newer_format_is_refused_with_both_numbers(folder: Path):
    edit_card(folder, format=2)
    with pytest.raises(DamagedWeights, match="has format 2, this version reads 1"):
        checkpoint.read_card(folder)


def test_reading_a_card_needs_no_torch(folder: Path):
    program = f"""
import sys; from pathlib import Path; from leap_models import checkpoint
print(checkpoint.read_card(Path({str(folder)!r})).steps, "torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == ["12", "False"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_whoever_may_read_the_card_may_read_the_weights(folder: Path):
    card, weights = (folder / name for name in ("model.json", "weights.safetensors"))
    assert card.stat().st_mode == weights.stat().st_mode
