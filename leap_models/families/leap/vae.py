"""Piano rolls as small latents, and back (part L5).

`encode` takes a one-channel roll, (batch, 1, 96, 1024) at 100 frames a second: row r is MIDI note 21 + r, rows 88-95
stay silent, a cell is velocity / 127 while the note sounds, with one silent frame before a note is struck again. It
gives latents (batch, 4, 12, 128) with a standard deviation near one: their measured scale is kept in here and nowhere
else. `decode` gives three planes of the same 96 x 1024: onset, sounding and velocity, so that repeated notes survive.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.nn.conv import Down, ResBlock, Up

LOWEST = 21  # MIDI number of row 0, the lowest key of a piano
KEYS = 88
ROWS = 96  # 88 keys padded to a multiple of the down-sampling factor
FACTOR = 8  # rows and frames for one latent cell


@dataclass(frozen=True)
class VaeConfig:
    """Sizes of the auto-encoder."""

    latent_channels: int = 4
    encoder_widths: tuple[int, int, int] = (16, 32, 96)
    decoder_widths: tuple[int, int, int] = (32, 64, 128)
    decoder_blocks: tuple[int, int, int] = (1, 2, 3)


@dataclass(frozen=True)
class DecodedRoll:
    """What the decoder says of each cell. All (batch, 96, frames).

    `onset` and `sounding` are logits; `velocity` is 0..1 and means something only where a note sounds.
    """

    onset: Tensor
    sounding: Tensor
    velocity: Tensor


class Vae(nn.Module):
    """Diagonal Gaussian auto-encoder of one-channel piano rolls."""

    shift: Tensor
    scale: Tensor

    def __init__(self, config: VaeConfig) -> None:
        super().__init__()
        self.config = config
        fine, middle, coarse = config.encoder_widths
        self.encoder = nn.Sequential(
            Down(1, fine), Down(fine, middle), ResBlock(middle),
            Down(middle, coarse), ResBlock(coarse), ResBlock(coarse),
            nn.GroupNorm(8, coarse), nn.SiLU(), nn.Conv2d(coarse, 2 * config.latent_channels, 1),
        )
        fine, middle, coarse = config.decoder_widths
        blocks = config.decoder_blocks
        self.decoder = nn.Sequential(
            nn.Conv2d(config.latent_channels, coarse, 3, padding=1), *(ResBlock(coarse) for _ in range(blocks[2])),
            Up(coarse, middle), *(ResBlock(middle) for _ in range(blocks[1])),
            Up(middle, fine), *(ResBlock(fine) for _ in range(blocks[0])),
            nn.GroupNorm(8, fine), nn.SiLU(), Up(fine, 3),
        )
        self.register_buffer("shift", torch.zeros(1, config.latent_channels, 1, 1))
        self.register_buffer("scale", torch.ones(1, config.latent_channels, 1, 1))

    def posterior(self, roll: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the unscaled latents, each (batch, 4, 12, frames / 8)."""
        mean, log_variance = self.encoder(roll).chunk(2, dim=1)
        return mean, log_variance.clamp(-12.0, 4.0)

    def encode(self, roll: Tensor) -> Tensor:
        """The scaled mean. (batch, 1, 96, frames) -> (batch, 4, 12, frames / 8)."""
        scaled: Tensor = (self.posterior(roll)[0] - self.shift) / self.scale
        return scaled

    def decode(self, latents: Tensor) -> DecodedRoll:
        """(batch, 4, 12, columns) scaled latents -> planes (batch, 96, 8 columns); rows 88-95 are silent."""
        return self.read(latents * self.scale + self.shift)

    def read(self, unscaled: Tensor) -> DecodedRoll:
        """Planes of unscaled latents, as training needs them."""
        onset, sounding, velocity = self.decoder(unscaled).unbind(dim=1)
        return DecodedRoll(without_spare_rows(onset), without_spare_rows(sounding), torch.sigmoid(velocity))


def without_spare_rows(logits: Tensor) -> Tensor:
    """Rows that are no keys never sound. (batch, 96, frames) -> the same."""
    return functional.pad(logits[:, :KEYS], (0, 0, 0, ROWS - KEYS), value=-20.0)
