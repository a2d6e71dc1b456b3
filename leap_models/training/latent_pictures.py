"""What latents look like: for each player a histogram of all numbers, and of each number's spread."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from leap_models.paths import atomic

BINS = 60


def described(latents: npt.NDArray[np.floating]) -> dict[str, float]:
    """What is usual in (windows, size) latents."""
    low, middle, high = np.quantile(latents, (0.05, 0.5, 0.95))
    return {
        "latent_mean": float(latents.mean()), "latent_spread": float(latents.std()), "latent_5%": float(low),
        "latent_median": float(middle), "latent_95%": float(high),
        "latent_active": float((latents.var(axis=0) > 0.01 * latents.var()).sum()),
    }  # fmt: skip


def write(path: Path, latents: Mapping[str, npt.NDArray[np.floating]]) -> None:
    """Draw (windows, size) latents of each player, one below the other.

    Raises:
        UnwritableOutput: the picture cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 1.8 * max(1, len(latents))), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(max(1, len(latents)), 2, squeeze=False)
    for (left, right), (name, values) in zip(grid, latents.items(), strict=False):
        left.hist(values.ravel(), bins=BINS, density=True)
        left.set_ylabel(name)
        right.hist(values.std(axis=0), bins=BINS)
    grid[-1][0].set_xlabel("a latent's numbers")
    grid[-1][1].set_xlabel("spread of each number")
    with atomic(path) as unfinished:
        figure.savefig(unfinished, dpi=100, format="png")
