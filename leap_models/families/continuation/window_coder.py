"""The network of `window_ae`: a window (256 steps, 128 pitches) of one player as 128 numbers, and back.

Inside it sees only what a window can say: the coarse steps, and eight octaves. A beat of an octave is a patch, patches
of all octaves make a beat, and beats are mixed with each other; the way back is the same, turned round.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.continuation.windows import BEATS, COARSE, COARSE_AT, COARSE_STEPS, FINE_AT, STEPS
from leap_models.music.notes import PITCHES

PLANES = 2  # what sounds, what is struck
OCTAVE = 12
LOWEST, OCTAVES = 12, 8  # MIDI number of the first pitch, and how many octaves from there on are heard
SEEN = OCTAVES * OCTAVE
QUIET = -5.0  # logit of a cell before anything is learned: most are silent
NEVER = -30.0  # logit of what cannot be: pitches that are not seen, strikes between coarse steps


@dataclass(frozen=True)
class WindowCoderConfig:
    """Sizes.

    Args:
        latent: numbers of a latent.
        cell: features of a beat of an octave. width: of a beat. thin: of a beat where all beats become the latent.
        encoder, decoder: blocks.
    """

    latent: int = 128
    cell: int = 48
    width: int = 160
    thin: int = 40
    encoder: int = 2
    decoder: int = 3


class Block(nn.Module):
    """Mixes beats, then features. (batch, BEATS, width) -> the same. Source: Tolstikhin et al. 2021."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.steady_beats, self.steady_features = nn.LayerNorm(width), nn.LayerNorm(width)
        self.beats = nn.Sequential(nn.Linear(BEATS, 2 * BEATS), nn.GELU(), nn.Linear(2 * BEATS, BEATS))
        self.features = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        for mix in (self.beats, self.features):
            last = mix[-1]
            assert isinstance(last, nn.Linear)
            nn.init.zeros_(last.weight)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.beats(self.steady_beats(x).transpose(1, 2)).transpose(1, 2)
        mixed: Tensor = x + self.features(self.steady_features(x))
        return mixed


class WindowCoder(nn.Module):
    """Rolls (batch, PLANES, STEPS, 128) <-> latents (batch, latent)."""

    def __init__(self, config: WindowCoderConfig) -> None:
        super().__init__()
        self.config = config
        width, cell, patch = config.width, config.cell, PLANES * COARSE * OCTAVE
        self.patch, self.join = nn.Linear(patch, cell), nn.Linear(OCTAVES * cell, width)
        self.place_in, self.place_out = (nn.Parameter(0.02 * torch.randn(BEATS, width)) for _ in range(2))
        self.encoder = nn.ModuleList(Block(width) for _ in range(config.encoder))
        self.thin = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, config.thin))
        self.shrink = nn.Linear(BEATS * config.thin, config.latent)
        self.grow = nn.Linear(config.latent, BEATS * config.thin)
        self.widen = nn.Linear(config.thin, width)
        self.decoder = nn.ModuleList(Block(width) for _ in range(config.decoder))
        self.split = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, OCTAVES * cell), nn.GELU())
        self.cells = nn.Linear(cell, patch)
        self.habit = nn.Parameter(torch.full((PLANES, 1, SEEN), QUIET))  # how often each pitch sounds at all
        nn.init.zeros_(self.cells.bias)

    def encode(self, rolls: Tensor) -> Tensor:
        """(batch, latent)."""
        return self.encode_coarse(rolls[:, :, FINE_AT[:-1], LOWEST : LOWEST + SEEN])

    def decode(self, latents: Tensor) -> Tensor:
        """(batch, PLANES, STEPS, 128) logits."""
        coarse = self.decode_coarse(latents)
        found = coarse.new_full((len(coarse), PLANES, STEPS, PITCHES), NEVER)
        found[:, 0, :, LOWEST : LOWEST + SEEN] = coarse[:, 0, COARSE_AT]
        found[:, 1, FINE_AT[:-1], LOWEST : LOWEST + SEEN] = coarse[:, 1]
        return found

    def encode_coarse(self, cells: Tensor) -> Tensor:
        """(batch, latent) of cells (batch, PLANES, COARSE_STEPS, SEEN)."""
        beats = cells.reshape(-1, PLANES, BEATS, COARSE, OCTAVES, OCTAVE).permute(0, 2, 4, 1, 3, 5)
        x = self.join(functional.gelu(self.patch(beats.flatten(3))).flatten(2)) + self.place_in
        for block in self.encoder:
            x = block(x)
        made: Tensor = self.shrink(self.thin(x).flatten(1))
        return made

    def decode_coarse(self, latents: Tensor) -> Tensor:
        """(batch, PLANES, COARSE_STEPS, SEEN) logits."""
        x = self.widen(self.grow(latents).reshape(len(latents), BEATS, -1)) + self.place_out
        for block in self.decoder:
            x = block(x)
        beats = self.cells(self.split(x).reshape(len(x), BEATS, OCTAVES, -1))
        planes = beats.reshape(-1, BEATS, OCTAVES, PLANES, COARSE, OCTAVE).permute(0, 3, 1, 4, 2, 5)
        found: Tensor = planes.reshape(-1, PLANES, COARSE_STEPS, SEEN).float() + self.habit
        return found
