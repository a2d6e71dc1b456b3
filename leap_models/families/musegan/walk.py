"""Phrase after phrase: latents that walk on, and of several phrases the one that goes on best."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from leap_models.families.musegan.latents import Vector, drawn, walked
from leap_models.families.musegan.phrase import DRUM_TRACKS, Cells
from leap_models.music.keys import MOVES, key_of, to_white_keys

JUDGEMENT = 0.5  # what the best of the candidates counts more than the worst, against a likeness of 1

Play = Callable[[np.ndarray], Cells]  # (phrases, size) latents as cells
Judge = Callable[[Cells], np.ndarray]  # (phrases,) higher for what is more like music


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
        candidates: made for each phrase, if anything says which is best.
        judge: None: likeness alone counts.
    """

    root: int
    size: int
    change: float
    candidates: int
    judge: Judge | None = None

    def chance(self, phrase: int, purpose: int) -> np.random.Generator:
        """Chance for one purpose in one phrase."""
        return np.random.default_rng([self.root, phrase, purpose])

    def next(self, phrase: int, before: Step | None, play: Play, given: Cells | None) -> Step:
        """The next phrase: of those within reach, the one most like music, the phrase before, and what is given.

        Args:
            phrase: its number, from 0.
            given: (bars, steps, pitches, tracks) of the part that is accompanied, in this phrase.
        """
        rng = self.chance(phrase, 0)
        wanted = [chroma(each) for each in (None if before is None else before.cells, given) if each is not None]
        count = self.candidates if wanted or self.judge is not None else 1
        steps = [drawn(rng, self.size) for _ in range(count)]
        latents = np.stack(steps if before is None else [walked(before.latents, each, self.change) for each in steps])
        cells = play(latents)
        fits = np.array([sum(likeness(chroma(each), want) for want in wanted) for each in cells], dtype=np.float64)
        if self.judge is not None and count > 1:
            fits += JUDGEMENT * _ranked(self.judge(cells))
            if before is not None:
                fits += JUDGEMENT * _ranked(self.judge(seams(before.cells, cells)))
        best = int(np.argmax(fits))
        return Step(latents[best], cells[best])


def seams(before: Cells, cells: Cells) -> Cells:
    """Phrases that begin with the last bars of the phrase before, and end with the first of each that may follow."""
    bars = len(before)
    old = np.broadcast_to(before[bars - bars // 2 :], (len(cells), bars // 2, *before.shape[1:]))
    return np.concatenate([old, cells[:, : bars - bars // 2]], axis=1)


def _ranked(values: np.ndarray) -> np.ndarray:
    """0 for the lowest, 1 for the highest, the others evenly between."""
    return np.argsort(np.argsort(values)) / (len(values) - 1)


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


def root_of(rng: np.random.Generator) -> int:
    """What a take's chance is made from, drawn first of all."""
    return int(rng.integers(2**62))


def into_key(cells: Cells, wanted: int) -> int:
    """The semitones by which music comes into a key, or into the one with the same notes."""
    way = to_white_keys(key_of(chroma(cells))) - to_white_keys(wanted)
    return (way - MOVES.start) % 12 + MOVES.start
