"""Phrase after phrase: latents that walk on, and of several phrases the one that goes on best."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from leap_models.families.musegan.latents import Vector, drawn, walked
from leap_models.families.musegan.phrase import DRUM_TRACKS, Cells

FIRST_TRIES = 1  # of the first phrase: nothing is there that it could go on from

Play = Callable[[np.ndarray], Cells]  # (phrases, size) latents as cells


@dataclass(frozen=True, eq=False)
class Step:
    """Where a walk stands after a phrase.

    Args:
        latents: of the phrase.
        cells: of the phrase, as it is without interpolation.
    """

    latents: Vector
    cells: Cells


@dataclass(frozen=True)
class Walk:
    """The phrases of one take, which its root alone decides.

    Args:
        root: what all its chance is made from.
        size: of the latents.
        change: how far each phrase goes from the one before, 0..1.
        candidates: made for each phrase but the first.
    """

    root: int
    size: int
    change: float
    candidates: int

    def chance(self, phrase: int, purpose: int) -> np.random.Generator:
        """Chance for one purpose in one phrase."""
        return np.random.default_rng([self.root, phrase, purpose])

    def next(self, phrase: int, before: Step | None, play: Play, given: Cells | None) -> Step:
        """The next phrase: of those within reach, the one most like the phrase before and like what is given.

        Args:
            phrase: its number, from 0.
            given: (bars, steps, pitches, tracks) of the part that is accompanied, in this phrase.
        """
        rng = self.chance(phrase, 0)
        count = self.candidates if before is not None or given is not None else FIRST_TRIES
        steps = [drawn(rng, self.size) for _ in range(count)]
        latents = np.stack(steps if before is None else [walked(before.latents, each, self.change) for each in steps])
        cells = play(latents)
        wanted = [chroma(each) for each in (None if before is None else before.cells, given) if each is not None]
        fits = [sum(likeness(chroma(each), want) for want in wanted) for each in cells]
        best = int(np.argmax(fits))
        return Step(latents[best], cells[best])


@dataclass(frozen=True)
class Trail:
    """What a take remembers of its walks: one, and the one that it goes towards."""

    own: Step | None = None
    other: Step | None = field(default=None)


def chroma(cells: Cells) -> np.ndarray:
    """(12,) how much of each pitch class sounds in all parts but drums; row 0 is a C."""
    pitched = [track for track in range(cells.shape[-1]) if track not in DRUM_TRACKS]
    rows = cells[..., pitched].sum(axis=(0, 1, 3)).astype(np.float64)
    found: np.ndarray = rows.reshape(-1, 12).sum(axis=0)
    return found


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Cosine of two chromas; 0 with silence."""
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / lengths if lengths else 0.0
