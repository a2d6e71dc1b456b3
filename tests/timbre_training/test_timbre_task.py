"""How timbre transfer is taught."""

from pathlib import Path

import numpy as np
import pianos as toy
import pytest
import torch

from leap_models import checkpoint
from leap_models.config import from_dict
from leap_models.families.timbre.config import TimbreConfig
from leap_models.training import timbre, train
from leap_models.training.timbre import TimbreTask, TimbreTraining
from leap_models.training.timbre_data import Pair
from leap_models.training.timbre_render import RATE

NAMES = ("fluid_grand", "tim_fm", "tim_grand")
SHORT = TimbreTraining(segment_s=0.5, reference_s=0.5, validation_pairs=3)


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> TimbreTask:
    torch.manual_seed(0)
    monkeypatch.setattr(timbre, "build", lambda config: toy.Stub())
    unseen = toy.recordings((*NAMES[:2], "musescore_fm"), first=4)
    return TimbreTask(TimbreConfig(), SHORT, toy.recordings(NAMES), unseen, NAMES)


def test_a_batch_has_scores_and_sounds_of_one_length(task: TimbreTask) -> None:
    batch = task.batch(4, np.random.default_rng(0))
    assert batch["target"].shape == (4, RATE // 2)
    assert batch["reference"].shape == (4, RATE // 2)
    assert batch["score.sounding"].shape == (4, 125, 88)


def test_a_segment_knows_the_notes_that_sound_when_it_begins(task: TimbreTask) -> None:
    batches = [task.batch(4, np.random.default_rng(seed)) for seed in range(3)]
    assert any(batch["score.sounding"][:, 0].any() for batch in batches)


def test_the_loss_falls(task: TimbreTask) -> None:
    batch, rng = task.batch(4, np.random.default_rng(0)), torch.Generator()
    optimizer = torch.optim.Adam(task.network.parameters(), lr=3e-3)
    losses = []
    for _ in range(9):
        loss = task.loss(task.network, batch, rng)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.9 * losses[0]


def test_the_critic_learns_while_the_vector_unlearns(task: TimbreTask) -> None:
    values = torch.randn(4, 64, requires_grad=True)
    weight = task.network.critic.weight
    said = task.network.critic(timbre._Reversed.apply(values))
    said[:, 0].sum().backward()
    assert torch.allclose(values.grad, -weight[0].expand(4, -1))
    assert torch.allclose(weight.grad[0], values.detach().sum(dim=0))


def test_vectors_that_know_their_piano_cost_nothing() -> None:
    known = torch.eye(64)[:3].repeat(2, 1)
    strange = torch.eye(64)[[0, 1, 2, 1, 2, 0]]
    same = torch.arange(3)
    assert float(timbre.contrast_loss(known, same, 0.05)) < 0.01 < float(timbre.contrast_loss(strange, same, 0.05))


def test_one_piano_twice_in_a_batch_is_no_rival_of_itself() -> None:
    vectors = torch.eye(64)[[0, 0, 1, 0, 0, 1]]
    loss = float(timbre.contrast_loss(vectors, torch.tensor([0, 0, 2]), 0.05))
    assert loss == pytest.approx(np.log(3) * 4 / 6, abs=0.01)


def test_pitch_classes_are_shares_of_what_sounds() -> None:
    played = toy.Played((toy.Note(0.0, 3.0, 60, 80), toy.Note(1.0, 2.0, 67, 80)), (), 3.0)
    found = timbre.pitch_classes(played, 1.0, 1.0)
    assert found[[0, 7]].tolist() == [0.5, 0.5]


def test_triples_count_who_is_nearer() -> None:
    pairs = [Pair(name, "a", 0.0, "b", 0.0) for name in NAMES]
    assert timbre.triples(torch.eye(3), torch.eye(3), pairs) == 1.0
    assert timbre.triples(torch.eye(3), torch.eye(3)[[1, 2, 0]], pairs) == 0.0


def test_validation_looks_at_seen_and_unseen_pianos(task: TimbreTask) -> None:
    with torch.no_grad():
        found = task.validate(task.network.eval())
    assert {"seen_spectral", "unseen_spectral", "seen_mel_db", "unseen_mel_db", "seen_triples"} <= set(found)


def test_train_publishes_what_the_family_reads(tmp_path: Path) -> None:
    toy.write(tmp_path / "data", "train", {f"song-{i}": toy.passage(i) for i in range(3)}, NAMES)
    toy.write(tmp_path / "data", "validation", {f"song-{i}": toy.passage(i) for i in (8, 9)}, NAMES[:2])
    sizes = "network.ddsp.partials=8,network.ddsp.width=16,loop.batch=2,training.segment_s=0.4,training.reference_s=1"
    options = train.Options(
        prepared=str(tmp_path / "data"), out=str(tmp_path), minutes=0.0, set=f"{sizes},training.validation_pairs=2"
    )
    train.run("timbre", options)
    card = checkpoint.read_card(tmp_path / "timbre" / "checkpoint")
    assert card.family == "timbre"
    assert from_dict(TimbreConfig, card.config).ddsp.partials == 8
    assert "POP909" in card.trained_on
    assert "Salamander" not in card.trained_on
