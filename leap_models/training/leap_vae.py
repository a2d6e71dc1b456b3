"""Teaching LEAP's auto-encoder to write rolls as latents, from the notes of the prepared songs alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.leap.rolls import FRAMES, RATE, NoteArray
from leap_models.families.leap.vae import KEYS, DecodedRoll, Vae, VaeConfig
from leap_models.nn.conv import Up

WINDOW_S = FRAMES / RATE
LOWERED = [float(by) for by in np.linspace(-0.5, 2.0, 26)]  # tried, of logits


@dataclass(frozen=True)
class VaeLoss:
    """How much each part of the loss counts."""

    onset: float = 1.0
    onset_positive: float = 8.0  # an onset is one cell in some hundreds
    sounding: float = 1.0
    sounding_positive: float = 2.0
    velocity: float = 4.0
    kl: float = 2e-5  # per latent number: enough to keep latents smooth, too little to blur notes


def augmented(notes: NoteArray, start_s: float, rng: np.random.Generator) -> NoteArray:
    """A window cut at `start_s`, transposed by -6..6, played 10 % slower to faster, louder or softer."""
    speed = float(np.exp(rng.uniform(-0.1, 0.1)))
    window = notes.window(start_s, start_s + WINDOW_S * speed)
    loudness = rng.uniform(0.6, 1.2)
    velocity = np.clip(np.round(window.velocity * loudness + rng.normal(0, 4, len(window))), 1, 127).astype(int)
    kept = rng.random(len(window)) < rng.choice([1.0, 1.0, 0.8, 0.5])
    stretched = replace(window, start_s=window.start_s / speed, end_s=window.end_s / speed, velocity=velocity)
    thinned = NoteArray(*(getattr(stretched, column)[kept] for column in ("start_s", "end_s", "pitch", "velocity")))
    return thinned.transposed(int(rng.integers(-6, 7)))


class VaeTask:
    """Reconstruction of rolls; see `leap_models.training.loop.Task`."""

    def __init__(
        self, config: VaeConfig, weights: VaeLoss, songs: Sequence[NoteArray], validation: Sequence[NoteArray]
    ) -> None:
        self.network = Vae(config)
        self.weights, self.songs = weights, songs
        held_out = [
            notes.window(start_s, start_s + WINDOW_S).planes()
            for notes in validation for start_s in np.arange(20.0, float(notes.end_s.max()) - WINDOW_S, 60.0)
        ]
        self.held_out = torch.from_numpy(np.stack(held_out))

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """{"planes": (size, 3, 96, 1024)}: onset, sounding, velocity."""
        windows = []
        for _ in range(size):
            notes = self.songs[int(rng.integers(len(self.songs)))]
            start_s = rng.uniform(-2.0, float(notes.end_s.max()) - WINDOW_S / 2)
            windows.append(augmented(notes, start_s, rng).planes())
        return {"planes": torch.from_numpy(np.stack(windows))}

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:
        """Cross entropy of onset and sounding cells, velocity error, and the KL divergence to a unit Gaussian."""
        assert isinstance(network, Vae)
        planes = batch["planes"]
        mean, log_variance = network.posterior(planes[:, 2:3])
        noise = torch.randn(mean.shape, generator=rng, device=mean.device, dtype=mean.dtype)
        decoded = network.read(mean + noise * (0.5 * log_variance).exp())
        parts = self._reconstruction(decoded, planes)
        kl = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance)
        parts["kl"] = kl.mean()
        parts["loss"] = (
            self.weights.onset * parts["onset"] + self.weights.sounding * parts["sounding"]
            + self.weights.velocity * parts["velocity"] + self.weights.kl * parts["kl"]
        )
        return parts

    def _reconstruction(self, decoded: DecodedRoll, planes: Tensor) -> dict[str, Tensor]:
        onset, sounding, velocity = planes[:, :, :KEYS].unbind(dim=1)

        def entropy(logits: Tensor, target: Tensor, positive: float) -> Tensor:
            """Summed over pitches, mean over frames: a frame's worth of bits."""
            cells = functional.binary_cross_entropy_with_logits(
                logits[:, :KEYS], target, pos_weight=logits.new_tensor(positive), reduction="none"
            )
            return cells.sum(dim=1).mean()

        error = ((decoded.velocity[:, :KEYS] - velocity).abs() * sounding).sum() / sounding.sum().clamp(min=1.0)
        return {
            "onset": entropy(decoded.onset, onset, self.weights.onset_positive),
            "sounding": entropy(decoded.sounding, sounding, self.weights.sounding_positive),
            "velocity": error,
        }

    @torch.no_grad()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Losses, and the share of onset cells found within 20 ms, on held-out songs."""
        assert isinstance(network, Vae)
        totals: dict[str, list[float]] = {}
        for first in range(0, len(self.held_out), 8):
            planes = self.held_out[first : first + 8]
            decoded = network.read(network.posterior(planes[:, 2:3])[0])
            figures = {name: float(value) for name, value in self._reconstruction(decoded, planes).items()}
            figures["onset_f1"] = onset_f1(decoded.onset, planes[:, 0])
            for name, value in figures.items():
                totals.setdefault(name, []).append(value)
        return {name: float(np.mean(values)) for name, values in totals.items()}


@torch.no_grad()
def measure_latents(vae: Vae, songs: Sequence[NoteArray], windows: int = 256) -> None:
    """Set the shift and scale that give these songs' latents mean 0 and standard deviation 1, channel by channel."""
    rng = np.random.default_rng(0)
    means = []
    for _ in range(windows):
        notes = songs[int(rng.integers(len(songs)))]
        start_s = rng.uniform(0.0, max(0.1, float(notes.end_s.max()) - WINDOW_S))
        roll = torch.from_numpy(notes.window(start_s, start_s + WINDOW_S).planes()[None, 2:3])
        means.append(vae.posterior(roll)[0][0])
    latents = torch.stack(means)
    vae.shift.copy_(latents.mean(dim=(0, 2, 3)).reshape(vae.shift.shape))
    vae.scale.copy_(latents.std(dim=(0, 2, 3)).reshape(vae.scale.shape))


@torch.no_grad()
def settle_onsets(vae: Vae, planes: Tensor) -> float:
    """Take back what `onset_positive` taught too much: move the onset logits to where 0 is the best threshold.

    Args:
        planes: (windows, 3, 96, 1024) of songs that were not trained on.

    Returns:
        By how much they were lowered.
    """
    parts = (planes[first : first + 8, 2:3] for first in range(0, len(planes), 8))
    logits = torch.cat([vae.decode(vae.encode(part)).onset for part in parts])
    best = max(LOWERED, key=lambda by: onset_f1(logits - by, planes[:, 0]))
    last = vae.decoder[-1]
    assert isinstance(last, Up)
    assert last.mix.bias is not None
    last.mix.bias[:4] -= best  # the first of three planes, four cells at a time
    return float(best)


def onset_f1(logits: Tensor, truth: Tensor, near: int = 2) -> float:
    """Onset F1 with +-`near` frames, each peak of the onset plane being a note (no note pairing: a quick figure)."""
    span = 2 * near + 1
    peaks = (logits > 0) & (logits == functional.max_pool1d(logits, span, stride=1, padding=near))
    near_truth = functional.max_pool1d(truth, span, stride=1, padding=near) > 0
    near_peak = functional.max_pool1d(peaks.float(), span, stride=1, padding=near) > 0
    precision = float((peaks & near_truth).sum() / peaks.sum().clamp(min=1))
    recall = float((near_peak & (truth > 0)).sum() / truth.sum().clamp(min=1))
    return 2 * precision * recall / max(precision + recall, 1e-9)
