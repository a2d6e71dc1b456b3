"""The two kinds of latents: of a melody's symbols, and of a roll of four voices. See `latent_composing.Coder`."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from leap_models import checkpoint
from leap_models.config import from_dict
from leap_models.families.continuation.composing import Melodist
from leap_models.families.continuation.latent_composing import Coder, LatentComposer, cut
from leap_models.families.continuation.latents import Floats, Sliders
from leap_models.families.continuation.roll_coder import RollCoder, RollCoderConfig
from leap_models.families.continuation.rolls import draw, read
from leap_models.families.continuation.sampling import Choice
from leap_models.families.continuation.sequence_vae import SequenceVae, SequenceVaeConfig
from leap_models.families.continuation.symbols import END, HOLD, Symbols, decode, in_voices, places
from leap_models.interface import ModelInfo

VOICES = 4  # of a roll


@dataclass(frozen=True)
class Sized:
    """What both kinds have."""

    network: SequenceVae | RollCoder

    @property
    def steps(self) -> int:
        """Of a passage."""
        return self.network.config.steps

    @property
    def size(self) -> int:
        """Of a latent."""
        return self.network.config.latent

    @property
    def sliders(self) -> Sliders:
        """What moves latents."""
        return self.network.config.sliders


@dataclass(frozen=True)
class SequenceCoder(Sized):
    """`lstm_vae`'s; see `Coder`."""

    network: SequenceVae
    device: str = "cpu"
    voices: int = 1

    @torch.inference_mode()
    def encode(self, symbols: Symbols, first: int, beats_per_bar: int) -> Floats:
        """See `Coder`."""
        where = torch.from_numpy(places(first, len(symbols), beats_per_bar))[None].to(self.device)
        mean, _spread = self.network.encode(torch.from_numpy(symbols.T.copy()).to(self.device), where)
        return np.asarray(mean[0].double().cpu().numpy())

    @torch.inference_mode()
    def decode(
        self, latent: Floats, first: int, beats_per_bar: int, choice: Choice, rng: np.random.Generator
    ) -> Symbols:
        """See `Coder`."""
        told = torch.from_numpy(latent).float()[None].to(self.device)
        where = torch.from_numpy(places(first, self.steps, beats_per_bar)).to(self.device)
        hidden, before, made = self.network.begun(told), END, []
        for step in range(self.steps):
            seen = torch.tensor([[before]], device=self.device)
            logits, hidden = self.network.step(told, seen, where[None, step, None], hidden)
            said = logits[0, 0].double().cpu().numpy()
            said[END] = -np.inf
            if step == 0:
                said[HOLD] = -np.inf
            before = choice.draw(said, rng)
            made.append(before)
        return np.array(made, dtype=np.int64)[:, None]


@dataclass(frozen=True)
class RollPassages(Sized):
    """`conv_vae`'s; see `Coder`. Its cells are above the threshold or not; nothing is chosen by chance."""

    network: RollCoder
    device: str = "cpu"
    voices: int = VOICES

    @torch.inference_mode()
    def encode(self, symbols: Symbols, first: int, beats_per_bar: int) -> Floats:  # noqa: ARG002
        """See `Coder`."""
        planes = torch.from_numpy(draw(decode(symbols), self.steps))[None].to(self.device)
        return np.asarray(self.network.encode(planes)[0][0].double().cpu().numpy())

    @torch.inference_mode()
    def decode(
        self, latent: Floats, first: int, beats_per_bar: int, choice: Choice, rng: np.random.Generator  # noqa: ARG002
    ) -> Symbols:
        """See `Coder`."""
        logits = self.network.decode(torch.from_numpy(latent).float()[None].to(self.device))
        notes = in_voices(read(logits[0].cpu().numpy(), self.network.config.threshold), self.voices)
        return cut(notes, 0, self.steps, self.voices)


def load(info: ModelInfo, folder: Path, device: str) -> Melodist:
    """A latent model from a checkpoint folder: `lstm_vae` of symbols, `conv_vae` of rolls.

    Raises:
        DamagedWeights: something is missing, or not what model.json says.
    """
    found = checkpoint.load(folder, device)
    network: SequenceVae | RollCoder
    if info.name == "conv_vae":
        network = RollCoder(from_dict(RollCoderConfig, found.card.config))
    else:
        network = SequenceVae(from_dict(SequenceVaeConfig, found.card.config))
    checkpoint.fill(network, found.part("network"), folder)
    network.to(device).eval()
    coder: Coder = SequenceCoder(network, device) if isinstance(network, SequenceVae) else RollPassages(network, device)
    return Melodist(info, LatentComposer(coder), network.config.one_key)
