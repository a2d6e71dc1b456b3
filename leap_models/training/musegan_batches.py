"""Phrases on the device that learns from them."""

import numpy as np
import torch
from torch import Tensor

from leap_models.families.musegan.phrase import DRUM_TRACKS
from leap_models.music.keys import MOVES
from leap_models.training.musegan_data import Phrases


class Batches:
    """Phrases on the device, a bit for each cell; drawn, moved, and given out as -1 and 1."""

    def __init__(self, phrases: Phrases, device: torch.device) -> None:
        self.shape, self.device = phrases.shape, device
        self.packed = torch.from_numpy(phrases.packed).to(device)
        self.masks = torch.tensor([128, 64, 32, 16, 8, 4, 2, 1], dtype=torch.uint8, device=device)  # of a byte's bits

    def draw(self, size: int, rng: np.random.Generator, moved: bool) -> Tensor:
        """(size, bars, steps, pitches, tracks)."""
        chosen = torch.from_numpy(rng.integers(len(self.packed), size=size)).to(self.device)
        semitones = rng.choice(MOVES, size=size) if moved else np.zeros(size, np.int64)
        return move(self.cells(chosen), torch.from_numpy(semitones).to(self.device)) * 2.0 - 1.0

    def cells(self, chosen: Tensor) -> Tensor:
        """The same of given phrases, as 0 and 1."""
        bits = (self.packed[chosen][..., None] & self.masks).ne(0).flatten(1)[:, : self.shape.cells]
        return bits.reshape(len(chosen), *self.shape.planes).float()


def move(cells: Tensor, semitones: Tensor) -> Tensor:
    """Every track but drums moved along pitch, each phrase by its own number; what leaves the rows is gone.

    Args:
        cells: (batch, bars, steps, pitches, tracks), 0 where nothing is.
    """
    pitches = cells.shape[3]
    source = torch.arange(pitches, device=cells.device) - semitones[:, None]  # (batch, pitches)
    there = ((source >= 0) & (source < pitches))[:, None, None, :, None]
    index = source.clamp(0, pitches - 1)[:, None, None, :, None].expand(cells.shape)
    moved = cells.gather(3, index) * there
    drums = torch.tensor([track in DRUM_TRACKS for track in range(cells.shape[4])], device=cells.device)
    return torch.where(drums, cells, moved)
