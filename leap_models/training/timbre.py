"""Teaching timbre transfer: play these notes as that recording sounds.

Beside the sound's own loss stand two of the vector. Of a batch of recordings it must tell which are of one piano,
though the music differs, among others in which the music is the same (InfoNCE, van den Oord et al. 2018). And a critic
that reads pitch classes off the vector learns to, while what makes the vector learns that it cannot (gradient
reversal, Ganin & Lempitsky 2015).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.timbre.config import TimbreConfig, build
from leap_models.families.timbre.contour import Contour
from leap_models.families.timbre.encoder import VECTOR
from leap_models.families.timbre.player import Player
from leap_models.families.timbre.score import RATE as FRAME_RATE
from leap_models.families.timbre.score import ScoreFrames, as_tensors, score_frames
from leap_models.families.timbre.wavenet import Wavenet
from leap_models.training import timbre_variation
from leap_models.training.spectral_loss import LossWeights, mel_distance_db, multi_scale, sound_loss
from leap_models.training.timbre_data import Pair, Recordings, pair, rivals, twins
from leap_models.training.timbre_render import RATE, Played
from leap_models.training.timbre_variation import BEFORE_S, NOTHING, Variation

SCORE = "score."  # before the names of a score's tensors in a batch
CLASSES = 12


@dataclass(frozen=True)
class TimbreTraining:
    """How it is taught.

    Args:
        segment_s, reference_s: lengths of what is played and of what is listened to.
        varied: share of pairs that go through an equaliser and perhaps a room.
        mixed: share of pairs that two pianos play together, at any loudness of each: that makes a third piano.
        blurred: standard deviation of noise on the vector that plays, whose own is 1: pianos that were never heard lie
            between those that were.
        louder_db: standard deviation of the reference's loudness, which says nothing.
        noisy: share of references with noise.
        contrast, leakage: weights of the vector's losses.
        temperature: of the contrast.
        validation_pairs: of seen and of unseen pianos each.
    """

    segment_s: float = 2.0
    reference_s: float = 4.0
    varied: float = 0.85
    mixed: float = 0.4
    blurred: float = 0.25
    louder_db: float = 8.0
    noisy: float = 0.3
    contrast: float = 0.3
    leakage: float = 0.1
    temperature: float = 0.2
    sound: LossWeights = LossWeights()
    validation_pairs: int = 8


@dataclass(frozen=True)
class Beside:
    """A piano that plays the same at the same time.

    Args:
        share: of the sound; 0 is none.
    """

    piano: str = ""
    share: float = 0.0


ALONE = Beside()


class Lesson(nn.Module):
    """The player, and the critic that is thrown away when it has learned."""

    def __init__(self, player: Player) -> None:
        super().__init__()
        self.player = player
        self.critic = nn.Linear(VECTOR, CLASSES)

    def forward(
        self, score: Mapping[str, Tensor], reference: Tensor, target: Tensor, blur: Tensor
    ) -> dict[str, Tensor]:
        """What is played (or, where the player has a loss of its own, that), both vectors, the critic's opinion."""
        vectors = torch.cat([self.player.timbre(reference), self.player.timbre(target)])
        said = self.critic(_Reversed.apply(vectors))  # type: ignore[no-untyped-call]
        if isinstance(self.player, Contour | Wavenet):  # whose sound has no gradient
            return {"loss": self.player.loss(score, reference, target), "vectors": vectors, "said": said}
        heard = vectors[: len(reference)] + blur
        return {"played": self.player.play(score, heard), "vectors": vectors, "said": said}


class _Reversed(torch.autograd.Function):
    """The same, with gradients turned round."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:  # noqa: ANN401, ARG004  (torch gives it)
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # noqa: ANN401, ARG004  (torch gives it)
        return -gradient


class TimbreTask:
    """See `leap_models.training.loop.Task`. Its network is a `Lesson`."""

    def __init__(
        self, config: TimbreConfig, training: TimbreTraining, train: Recordings, validation: Recordings,
        seen: Sequence[str],
    ) -> None:
        self.network = Lesson(build(config))
        self.config, self.training, self.train, self.validation = config, training, train, validation
        self.pairs = {
            "seen": self._fixed([piano for piano in validation.pianos if piano in seen]),
            "unseen": self._fixed([piano for piano in validation.pianos if piano not in seen]),
        }

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """Scores, references and targets; two and two of the same music."""
        taught = self.training
        pairs = twins(self.train, size, (taught.segment_s, taught.reference_s), rng)
        changes = [timbre_variation.drawn(rng) if rng.random() < taught.varied else NOTHING for _ in pairs]
        batch = self._tensors(self.train, pairs, changes, [self._beside(each, rng) for each in pairs])
        batch["blur"] = torch.from_numpy(rng.normal(0, taught.blurred, (size, VECTOR))).float()
        loudness = torch.from_numpy(10.0 ** (rng.normal(0, taught.louder_db, size) / 20.0)).float()
        noise = torch.from_numpy(np.where(rng.random(size) < taught.noisy, 10.0 ** rng.uniform(-4, -2.5, size), 0.0))
        hiss = torch.from_numpy(rng.standard_normal(batch["reference"].shape, dtype=np.float32))
        batch["reference"] = loudness[:, None] * (batch["reference"] + noise.float()[:, None] * hiss)
        return batch

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:  # noqa: ARG002  (nothing is left to chance)
        """The sound's loss, and the vector's two."""
        taught = self.training
        found = network(score_of(batch), batch["reference"], batch["target"], batch["blur"])
        if "loss" in found:
            parts = {"sound": found["loss"]}
        else:
            parts = sound_loss(found["played"], batch["target"], RATE, taught.sound)
        contrast = contrast_loss(found["vectors"], batch["same"], taught.temperature)
        leakage = functional.cross_entropy(found["said"], batch["classes"])
        total = parts["sound"] + taught.contrast * contrast + taught.leakage * leakage
        return {"loss": total, **parts, "contrast": contrast, "leakage": leakage}

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Distances on unseen pieces by pianos seen and unseen, and whether vectors know pianos apart."""
        found: dict[str, float] = {}
        for kind, pairs in self.pairs.items():
            if not pairs:
                continue
            batch = self._tensors(self.validation, pairs, [NOTHING] * len(pairs), [ALONE] * len(pairs))
            device = next(network.parameters()).device
            batch = {name: value.to(device) for name, value in batch.items()}
            assert isinstance(network, Lesson)
            player = network.player
            reference, target = batch["reference"], batch["target"]
            if self.config.variant != "wavenet":  # which needs minutes for a second
                played = player(score_of(batch), reference)
                found[f"{kind}_spectral"] = float(multi_scale(played, target))
                found[f"{kind}_mel_db"] = mel_distance_db(played, target, RATE)
            if len({each.piano for each in pairs}) > 1:
                found[f"{kind}_triples"] = triples(player.timbre(reference), player.timbre(target), pairs)
        return found

    def _fixed(self, pianos: Sequence[str]) -> list[Pair]:
        rng, lengths_s = np.random.default_rng(0), (self.training.segment_s, self.training.reference_s)
        count = self.training.validation_pairs if pianos else 0
        return [pair(self.validation, pianos[place % len(pianos)], lengths_s, rng) for place in range(count)]

    def _beside(self, one: Pair, rng: np.random.Generator) -> Beside:
        """Who plays with the piano of a pair."""
        others = rivals(self.train, one)
        if not others or rng.random() >= self.training.mixed:
            return ALONE
        return Beside(str(rng.choice(others)), float(rng.uniform(0.2, 0.8)))

    def _tensors(
        self, recordings: Recordings, pairs: Sequence[Pair], changes: Sequence[Variation], besides: Sequence[Beside]
    ) -> dict[str, Tensor]:
        taught, frames = self.training, round(self.training.segment_s * FRAME_RATE)
        scores, targets, references = list[ScoreFrames](), list[np.ndarray](), list[np.ndarray]()
        for each, change, beside in zip(pairs, changes, besides, strict=True):
            played = recordings.passages[each.target]
            scores.append(score_frames(played.notes, played.pedals, each.start_s, frames))
            for sounds, name, start_s, length_s in (
                (targets, each.target, each.start_s, taught.segment_s),
                (references, each.reference, each.reference_s, taught.reference_s),
            ):
                sound = recordings.sound(each.piano, name, start_s - BEFORE_S, BEFORE_S + length_s)
                if beside.share:
                    other = recordings.sound(beside.piano, name, start_s - BEFORE_S, BEFORE_S + length_s)
                    sound = (1.0 - beside.share) * sound + beside.share * other
                sounds.append(change(sound))
        classes = [
            pitch_classes(recordings.passages[name], start_s, length_s)
            for name, start_s, length_s in (
                *((each.reference, each.reference_s, taught.reference_s) for each in pairs),
                *((each.target, each.start_s, taught.segment_s) for each in pairs),
            )
        ]
        plain = [change.nothing and not beside.share for change, beside in zip(changes, besides, strict=True)]
        pianos = [each.piano if plain[place] else f"{place}" for place, each in enumerate(pairs)]
        return {
            "reference": torch.from_numpy(np.stack(references)), "target": torch.from_numpy(np.stack(targets)),
            "classes": torch.from_numpy(np.stack(classes)),
            "same": torch.tensor([pianos.index(piano) for piano in pianos]),
            **{SCORE + name: value for name, value in as_tensors(scores).items()},
        }


def score_of(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of the score, by the names that networks know."""
    return {name.removeprefix(SCORE): value for name, value in batch.items() if name.startswith(SCORE)}


def contrast_loss(vectors: Tensor, same: Tensor, temperature: float) -> Tensor:
    """InfoNCE: each vector's likeness to those of its piano against its likeness to all.

    Args:
        vectors: (2 x batch, size): of references, then of targets.
        same: (batch,) the same number for the same piano.
    """
    names, count = same.repeat(2), len(vectors)
    likeness = functional.normalize(vectors, dim=1) @ functional.normalize(vectors, dim=1).T / temperature
    itself = torch.eye(count, dtype=torch.bool, device=vectors.device)
    likely = functional.log_softmax(likeness.masked_fill(itself, -1e9), dim=1)
    alike = (names[:, None] == names) & ~itself
    return -((likely * alike).sum(dim=1) / alike.sum(dim=1)).mean()


def triples(one: Tensor, other: Tensor, pairs: Sequence[Pair]) -> float:
    """How often two recordings of a piano are nearer than one of them and any other piano's; of two pianos at least."""
    near = functional.normalize(one, dim=1) @ functional.normalize(other, dim=1).T
    right = [
        float(near[i, i] > near[i, j])
        for i in range(len(pairs)) for j in range(len(pairs)) if pairs[i].piano != pairs[j].piano
    ]  # fmt: skip
    return float(np.mean(right))


def pitch_classes(played: Played, start_s: float, length_s: float) -> np.ndarray:
    """(12,) float32 shares of the seconds that notes sound in a stretch; even shares of silence."""
    found = np.zeros(CLASSES, np.float32)
    for note in played.notes:
        found[note.pitch % 12] += max(0.0, min(note.end_s, start_s + length_s) - max(note.start_s, start_s))
    total = found.sum()
    return found / total if total > 0 else np.full(CLASSES, 1.0 / CLASSES, np.float32)
