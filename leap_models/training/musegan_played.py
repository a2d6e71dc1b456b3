"""What a generator that learns has made."""

from dataclasses import dataclass

import torch
from torch import Tensor

from leap_models.families.musegan.neurons import likelihood


@dataclass(frozen=True, eq=False)
class Played:
    """What a generator made, (batch, bars, steps, pitches, tracks) each.

    Args:
        logits: before anything was decided. phrases: in -1..1. given: of the tracks that were; 0 elsewhere.
    """

    logits: Tensor
    phrases: Tensor
    given: Tensor

    def likelihood(self, slope: float) -> Tensor:
        """(batch,) of what the neurons decided."""
        return likelihood(self.logits, torch.where(self.given != 0, 0.0, self.phrases.detach()), slope)
