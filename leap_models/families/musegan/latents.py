"""Latents: what chance draws for a phrase, ways between two of them, and walks for longer music."""

import numpy as np

from leap_models.errors import BadParameter

MODES = ("slerp", "lerp")
TRUNCATED = 2.0  # a latent lies within so many standard deviations

Vector = np.ndarray  # (size,) float64


def drawn(rng: np.random.Generator, size: int) -> Vector:
    """Normal numbers, those beyond TRUNCATED drawn again."""
    z = rng.standard_normal(size)
    while (beyond := np.abs(z) > TRUNCATED).any():
        z[beyond] = rng.standard_normal(int(beyond.sum()))
    return z


def between(one: Vector, other: Vector, position: float, mode: str = "slerp") -> Vector:
    """A place on the way from `one` (position 0) to `other` (1).

    Args:
        mode: `lerp` goes straight on, `slerp` round with a constant angle, so that length stays usual.

    Raises:
        BadParameter: no such mode, or vectors of different sizes.
    """
    if one.shape != other.shape or one.ndim != 1:
        raise BadParameter(f"latents must be of one size, got {one.shape} and {other.shape}")
    if mode not in MODES:
        raise BadParameter(f"mode must be one of {', '.join(MODES)}, got {mode}")
    if mode == "lerp":
        return (1.0 - position) * one + position * other
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    angle = float(np.arccos(np.clip(one @ other / max(lengths, 1e-12), -1.0, 1.0)))
    if np.sin(angle) < 1e-6:
        return (1.0 - position) * one + position * other
    one_share, other_share = np.sin((1.0 - position) * angle), np.sin(position * angle)
    made: Vector = (one_share * one + other_share * other) / np.sin(angle)
    return made


def grid(corner: Vector, right: Vector, down: Vector, rows: int, columns: int, mode: str = "lerp") -> np.ndarray:
    """(rows, columns, size): the corner, what lies to its right and below it, and straight ways between.

    The fourth corner is `right + down - corner`.

    Raises:
        BadParameter: slerp, which is a way and no plane, or no rows.
    """
    if mode != "lerp" and rows > 1 and columns > 1:
        raise BadParameter(f"a grid of {rows} rows needs the mode lerp, got {mode}")
    if rows < 1 or columns < 1:
        raise BadParameter(f"a grid needs rows and columns, got {rows} and {columns}")
    across = np.linspace(0.0, 1.0, columns)[None, :, None]
    along = np.linspace(0.0, 1.0, rows)[:, None, None]
    if mode == "slerp":
        ends, places = (right, across[0, :, 0]) if rows == 1 else (down, along[:, 0, 0])
        way = np.stack([between(corner, ends, float(place), "slerp") for place in places])
        return way.reshape(rows, columns, -1)
    made: np.ndarray = corner + across * (right - corner) + along * (down - corner)
    return made


def walked(before: Vector, step: Vector, change: float) -> Vector:
    """The next latents of a walk: 0 stays, 1 goes anywhere; the spread stays what it was."""
    made: Vector = np.sqrt(1.0 - change**2) * before + change * step
    return made
