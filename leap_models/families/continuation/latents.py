"""Points between and around what a latent model learned: ways between two, sliders, active units."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter

Floats = npt.NDArray[np.float64]

ACTIVE = 0.01  # variance of a unit's mean over music above which it says something (Burda et al. 2016)
SLIDERS = ("register", "density")


@dataclass(frozen=True)
class Sliders:
    """What moves a latent towards more of something, by one spread of it in the data.

    Args:
        directions: for each of SLIDERS a vector; (): none were learned.
    """

    directions: tuple[tuple[float, ...], ...] = ()

    def moved(self, latent: Floats, register: float, density: float) -> Floats:
        """A latent moved by so many spreads.

        Raises:
            BadParameter: the weights know no sliders.
        """
        if not register and not density:
            return latent
        if not self.directions:
            raise BadParameter("register and density must be 0 with these weights, which have not learned them")
        directions = np.array(self.directions)
        return np.asarray(latent + register * directions[0] + density * directions[1])


def learn_sliders(latents: Floats, values: Floats) -> Sliders:
    """The directions along which values change most steeply, by least squares, each changing its own value by a spread.

    Args:
        latents: (music, size). values: (music, len(SLIDERS)).
    """
    centred = latents - latents.mean(axis=0)
    spread = values.std(axis=0)
    scaled = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    ridge = 1e-3 * len(latents) * np.eye(latents.shape[1])
    slopes = np.linalg.solve(centred.T @ centred + ridge, centred.T @ scaled)  # (size, sliders)
    covariance = centred.T @ centred / len(centred)
    # Along what the music itself does, so that a slider leaves nothing that was learned; one slider leaves the other.
    ways = covariance @ slopes
    effect = slopes.T @ ways
    own = ways @ np.linalg.pinv(effect)
    return Sliders(tuple(tuple(round(float(value), 5) for value in row) for row in own.T))


def between(one: Floats, other: Floats, position: float) -> Floats:
    """A point on the way round from one latent to another, as far from the middle as they are."""
    lengths = np.linalg.norm(one), np.linalg.norm(other)
    if not position or position == 1.0 or min(lengths) == 0.0:
        return np.asarray((1.0 - position) * one + position * other)
    cosine = float(np.clip(one @ other / (lengths[0] * lengths[1]), -1.0, 1.0))
    angle = float(np.arccos(cosine))
    if np.sin(angle) < 1e-6:
        return np.asarray((1.0 - position) * one + position * other)
    shares = np.sin((1.0 - position) * angle) / np.sin(angle), np.sin(position * angle) / np.sin(angle)
    return np.asarray(shares[0] * one + shares[1] * other)


def active_units(means: Floats) -> int:
    """How many of (music, size) means say something."""
    return int((means.var(axis=0) > ACTIVE).sum())
