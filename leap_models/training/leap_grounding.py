"""Teaching LEAP's grounding: what the trained transformer wrote for songs whose arrangement is known.

It must see the transformer's own mistakes, so windows are sampled first, as a running model samples them; they lie in
the run's folder and are sampled anew when the transformer is another.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.diffusion import samplers
from leap_models.diffusion.schedule import Flow, times
from leap_models.families.leap import GUIDANCE, STEPS, TEMPERATURE
from leap_models.families.leap.dit import Dit
from leap_models.families.leap.grounding import LOGIT, Grounding, GroundingConfig
from leap_models.families.leap.guiding import denoiser
from leap_models.families.leap.model import Hearing
from leap_models.families.leap.vae import KEYS, DecodedRoll, Vae
from leap_models.paths import atomic
from leap_models.training.leap_dit import Place, Windows, Withheld, condition_of, stacked
from leap_models.training.leap_vae import onset_f1

log = logging.getLogger(__name__)

AT_ONCE = 8  # windows sampled together
BYTES = 10.0  # logits are kept in bytes, tenths each
HEARD = Withheld(audio=0.0, level=0.0, known=0.3, beat=0.1, melody=0.03)  # a running model hears and knows its task
NEARBY = 5  # frames by which an onset may be off in the validation figure: 50 ms


@dataclass(frozen=True)
class GroundingTraining:
    """What to sample, and what counts.

    Args:
        windows: of training songs.
        steps, guidance, temperature: of the sampler, as the model's defaults.
        beside: how much an onset one frame beside the true one is worth.
        onset_positive: more than 1 writes notes that are less likely than not.
        sounding: weight of the sounding cells beside the onsets.
        sounding_positive: more than 1 holds notes for longer, as a pedal would: steadier harmony, more of the tune.
        songs: of validation, by which it is found how hard what comes out is.
    """

    windows: int = 1200
    steps: int = STEPS
    guidance: float = GUIDANCE
    temperature: float = TEMPERATURE
    beside: float = 0.4
    onset_positive: float = 2.5
    sounding: float = 0.3
    sounding_positive: float = 2.0
    songs: int = 8


@dataclass(frozen=True)
class Sampled:
    """What the transformer wrote at some places.

    Attributes:
        places: where.
        rolls: (windows, 3, 88, 1024) int8: tenths of onset and sounding logits, velocity in 127ths.
    """

    places: Sequence[Place]
    rolls: Tensor

    def decoded(self, chosen: Sequence[int]) -> DecodedRoll:
        """Some of them as the decoder gave them."""
        onset, sounding, velocity = functional.pad(self.rolls[list(chosen)].float(), (0, 0, 0, 8)).unbind(dim=1)
        return DecodedRoll(onset / BYTES, sounding / BYTES, velocity / 127.0)


@torch.inference_mode()
def sample(
    dit: Dit, windows: Windows, hearing: Hearing, vae: Vae, places: Sequence[Place], training: GroundingTraining,
    seed: int,
) -> Tensor:
    """Latents (windows, 4, 12, 128) that the transformer makes of what is heard at some places."""
    rng, found = np.random.default_rng(seed), []
    for first in range(0, len(places), AT_ONCE):
        batch = stacked([windows.cut(place, rng) for place in places[first : first + AT_ONCE]])
        played = vae.encode(batch["roll"])
        noise = torch.Generator().manual_seed(int(rng.integers(2**62)))
        denoise = denoiser(dit, condition_of(batch, played, noise, hearing), training.guidance)
        start = torch.randn(played.shape, generator=noise) * training.temperature
        found.append(samplers.euler(denoise, Flow(), start, times(training.steps), lambda: None))
        log.info("sampled %d of %d windows", first + len(batch["roll"]), len(places))
    return torch.cat(found)


def remembered(
    path: Path, dit: Dit, windows: Windows, hearing: Hearing, vae: Vae, places: Sequence[Place],
    training: GroundingTraining,
) -> Tensor:
    """The same, from a file if the transformer sampled these places before."""
    # The weights' sum tells one transformer from another, and that of the times one choice of places.
    networks = [dit] if hearing.chords is None else [dit, hearing.chords]
    weights = sum(float(parameter.detach().double().sum()) for each in networks for parameter in each.parameters())
    told = (training.steps, training.guidance, training.temperature)
    name = np.array([weights, len(windows.songs), len(places), *told, sum(place.start_s for place in places)])
    if path.exists():
        with np.load(path) as arrays:
            if arrays["name"].shape == name.shape and np.allclose(arrays["name"], name, rtol=1e-9):
                return torch.from_numpy(arrays["latents"]).float()
    latents = sample(dit, windows, hearing, vae, places, training, seed=len(places))
    with atomic(path) as unfinished, unfinished.open("wb") as stream:
        np.savez(stream, name=name, latents=latents.numpy().astype(np.float16))
    return latents


@torch.inference_mode()
def decode(vae: Vae, places: Sequence[Place], latents: Tensor) -> Sampled:
    """What the decoder makes of latents, kept small."""
    rolls = []
    for first in range(0, len(latents), AT_ONCE):
        decoded = vae.decode(latents[first : first + AT_ONCE])
        logits = torch.stack([decoded.onset, decoded.sounding], dim=1).clamp(-LOGIT, LOGIT) * BYTES
        planes = torch.cat([logits, decoded.velocity[:, None] * 127.0], dim=1)
        rolls.append(planes[:, :, :KEYS].round().to(torch.int8))
    return Sampled(places, torch.cat(rolls))


class GroundingTask:
    """Correction of sampled rolls; see `leap_models.training.loop.Task`."""

    def __init__(
        self, config: GroundingConfig, hearing: Hearing, training: GroundingTraining,
        songs: tuple[Windows, Sampled], held_out: tuple[Windows, Sampled],
    ) -> None:
        self.network: nn.Module = Grounding(config)
        self.hearing, self.training, self.songs, self.held_out = hearing, training, songs, held_out

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """Sampled windows, roughened anew, with what was to be played."""
        windows, sampled = self.songs
        return _shown(windows, sampled, rng.integers(len(sampled.places), size=size).tolist(), rng)

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:  # noqa: ARG002
        """Cross entropy of onset and sounding cells: summed over keys, mean over frames."""
        corrected = self._corrected(network, batch)
        onset, sounding = batch["played"].unbind(dim=1)
        beside = functional.max_pool1d(onset, 3, stride=1, padding=1)
        near = onset + (beside - onset) * self.training.beside
        parts = {
            "onset": _entropy(corrected.onset[:, :KEYS], near, self.training.onset_positive),
            "sounding": _entropy(corrected.sounding[:, :KEYS], sounding, self.training.sounding_positive),
        }
        return parts | {"loss": parts["onset"] + self.training.sounding * parts["sounding"]}

    @torch.no_grad()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Losses and onset F1 at 50 ms with and without grounding, on songs never trained on."""
        windows, sampled = self.held_out
        totals: dict[str, list[float]] = {}
        for first in range(0, len(sampled.places), AT_ONCE):
            chosen = list(range(first, min(first + AT_ONCE, len(sampled.places))))
            batch = _shown(windows, sampled, chosen, None)
            corrected = self._corrected(network, batch).onset[:, :KEYS]
            figures = {name: float(value) for name, value in self.loss(network, batch, torch.Generator()).items()}
            figures["onset_f1"] = onset_f1(corrected, batch["played"][:, 0], NEARBY)
            figures["onset_f1_before"] = onset_f1(batch["onset"][:, :KEYS], batch["played"][:, 0], NEARBY)
            for name, value in figures.items():
                totals.setdefault(name, []).append(value)
        return {name: float(np.mean(values)) for name, values in totals.items()}

    def _corrected(self, network: nn.Module, batch: Mapping[str, Tensor]) -> DecodedRoll:
        decoded = DecodedRoll(batch["onset"], batch["sounding"], batch["velocity"])
        corrected: DecodedRoll = network(decoded, self.hearing(batch["features"], batch["beat"]), batch["level"])
        return corrected


def _shown(
    windows: Windows, sampled: Sampled, chosen: Sequence[int], rng: np.random.Generator | None
) -> dict[str, Tensor]:
    places = [sampled.places[index] for index in chosen]
    exact = rng is None
    draw = rng if rng is not None else np.random.default_rng(0)
    batch = stacked([windows.heard(place, draw, exact=exact) for place in places])
    played = torch.from_numpy(np.stack([windows.played(place)[:2, :KEYS] for place in places]))
    decoded = sampled.decoded(chosen)
    drawn = {"onset": decoded.onset, "sounding": decoded.sounding, "velocity": decoded.velocity}
    return {"features": batch["features"], "beat": batch["beat"], "level": batch["level"], "played": played} | drawn


def _entropy(logits: Tensor, target: Tensor, positive: float) -> Tensor:
    cells = functional.binary_cross_entropy_with_logits(
        logits, target, pos_weight=logits.new_tensor(positive), reduction="none"
    )
    return cells.sum(dim=1).mean()
