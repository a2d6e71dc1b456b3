"""Missing parts, filled in by any sampler: wherever the data are known, what is expected there is what is known."""

import torch
from torch import Tensor

from leap_models.diffusion.denoiser import Denoise


def filling(denoise: Denoise, known: Tensor, missing: Tensor) -> Denoise:
    """A denoiser that knows a part of the answer.

    Known elements then follow the exact path from noise to what they are, and the network sees them at the level of
    noise that it was trained on.

    Args:
        known: clean data; where `missing` is true its values do not matter.
        missing: bool, of the same shape or one that broadcasts to it.
    """

    def expect(x_t: Tensor, t: Tensor) -> Tensor:
        return torch.where(missing, denoise(x_t, t), known)

    return expect


def filled(x: Tensor, known: Tensor, missing: Tensor) -> Tensor:
    """The result, with every known element as it was, bit by bit."""
    return torch.where(missing, x, known)
