"""What a denoiser is taught: the squared error of the velocity, whatever it predicts."""

import torch
from torch import Tensor

from leap_models.diffusion.schedule import Schedule


def draw_times(
    batch: int, rng: torch.Generator, device: torch.device, centre: float = 0.0, spread: float = 1.0
) -> Tensor:
    """(batch,) times from a logit-normal: most of them where the picture is decided. Source: Esser et al. 2024."""
    drawn = torch.randn(batch, generator=rng, device=device) * spread + centre
    return torch.sigmoid(drawn).clamp(1e-3, 1.0 - 1e-3)


def data_weight(t: Tensor, schedule: Schedule, floor: float = 0.1) -> Tensor:
    """(batch,) weights that turn a squared error of x0 into one of the velocity.

    With eps = (x_t - alpha x0) / sigma an error of x0 is one of the velocity times (alpha' - sigma' alpha / sigma);
    `floor` keeps sigma, and so the weight of nearly clean examples, from running away.
    """
    slope_alpha, slope_sigma = schedule.slopes(t)
    factor = slope_alpha - slope_sigma * schedule.alpha(t) / schedule.sigma(t).clamp(min=floor)
    return factor.square()


def even_times(batch: int, rng: torch.Generator, device: torch.device, end: float = 1e-5) -> Tensor:
    """(batch,) times, each as likely as the other. Source: Song et al. 2021, eq. 7."""
    return end + (1.0 - end) * torch.rand(batch, generator=rng, device=device)


def noise_weight(t: Tensor, schedule: Schedule, least: float = 0.0, most: float = float("inf")) -> Tensor:
    """(batch,) weights that turn a squared error of x0 into one of the noise: the score's, times sigma^2.

    Args:
        least: keeps the very noisy examples from counting for nothing. Source: Salimans & Ho 2022, 1 there.
        most: keeps the nearly clean examples from being all that counts. Source: Hang et al. 2023 (min-SNR), 5 there.
    """
    return (schedule.alpha(t) / schedule.sigma(t).clamp(min=1e-5)).square().clamp(least, most)
