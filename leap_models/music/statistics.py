"""What is usual in a set of music, and how much two sets have in common. Time is counted in sixteenths.

A set is a sequence of `Excerpt`s of equal length. Distributions are histograms that sum to 1; the overlapped area of
two is the sum over bins of the smaller of both: 1 for equal ones. Source of the figures: Yang & Lerch 2020, Wu & Yang
2020.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter
from leap_models.music.keys import SCALES

LONGEST = 32  # sixteenths: longer notes and waits count as that
MOST_NOTES = 12  # sounding at once, and struck in a beat
START, LENGTH, PITCH = range(3)  # columns of an excerpt's notes

Histogram = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Excerpt:
    """A stretch of music.

    Args:
        notes: (notes, 3 or more) whole numbers: start and length in sixteenths, MIDI pitch.
        steps: sixteenths it lasts.
        steps_per_bar: of them in a bar.
    """

    notes: npt.NDArray[np.int64]
    steps: int
    steps_per_bar: int = 16

    @property
    def bars(self) -> int:
        """Whole ones."""
        return self.steps // self.steps_per_bar

    def onsets(self) -> npt.NDArray[np.bool_]:
        """(128, steps): where keys are struck."""
        struck = np.zeros((128, self.steps), dtype=bool)
        inside = self.notes[(self.notes[:, START] >= 0) & (self.notes[:, START] < self.steps)]
        struck[inside[:, PITCH], inside[:, START]] = True
        return struck

    def sounding(self) -> npt.NDArray[np.bool_]:
        """(128, steps): where keys sound."""
        sounds = np.zeros((128, self.steps), dtype=bool)
        for start, length, pitch in self.notes[:, : PITCH + 1].tolist():
            sounds[pitch, max(0, start) : start + length] = True
        return sounds


def pitch_class(music: Sequence[Excerpt]) -> Histogram:
    """(12,) of strikes, C first."""
    return _shares(np.concatenate([each.notes[:, PITCH] % 12 for each in music]), 12)


def inter_onset(music: Sequence[Excerpt]) -> Histogram:
    """(LONGEST,) of sixteenths from one moment with a strike to the next."""
    moments = [np.unique(each.notes[:, START]) for each in music]
    waits = np.concatenate([each[1:] - each[:-1] for each in moments])
    return _shares(np.clip(waits, 1, LONGEST) - 1, LONGEST)


def duration(music: Sequence[Excerpt]) -> Histogram:
    """(LONGEST,) of notes' lengths."""
    return _shares(np.clip(np.concatenate([each.notes[:, LENGTH] for each in music]), 1, LONGEST) - 1, LONGEST)


def density(music: Sequence[Excerpt]) -> Histogram:
    """(2 MOST_NOTES + 1,) of bars by notes a beat, in halves."""
    bars = [np.bincount(each.notes[:, START] // each.steps_per_bar, minlength=each.bars)[: each.bars] for each in music]
    beats = np.concatenate([4.0 * notes / each.steps_per_bar for notes, each in zip(bars, music, strict=True)])
    return _shares(np.minimum(np.round(2.0 * beats), 2 * MOST_NOTES).astype(np.int64), 2 * MOST_NOTES + 1)


def polyphony(music: Sequence[Excerpt]) -> Histogram:
    """(MOST_NOTES + 1,) of sixteenths by how many keys sound."""
    counts = np.concatenate([each.sounding().sum(axis=0) for each in music])
    return _shares(np.minimum(counts, MOST_NOTES), MOST_NOTES + 1)


DISTRIBUTIONS: Mapping[str, Callable[[Sequence[Excerpt]], Histogram]] = {
    "pitch_class": pitch_class, "inter_onset": inter_onset, "duration": duration, "density": density,
    "polyphony": polyphony,
}  # fmt: skip


def overlapped_area(one: Histogram, other: Histogram) -> float:
    """What two histograms share, 0..1.

    Raises:
        BadParameter: they have different bins.
    """
    if one.shape != other.shape:
        raise BadParameter(f"histograms must have the same bins, got {len(one)} and {len(other)}")
    return float(np.minimum(one, other).sum())


def overlaps(music: Sequence[Excerpt], reference: Sequence[Excerpt]) -> dict[str, float]:
    """The overlapped area of each distribution."""
    return {name: overlapped_area(of(music), of(reference)) for name, of in DISTRIBUTIONS.items()}


def scale_consistency(excerpt: Excerpt) -> float:
    """The share of strikes that belong to the major or minor scale that fits best; 0 without notes."""
    if not len(excerpt.notes):
        return 0.0
    classes = np.bincount(excerpt.notes[:, PITCH] % 12, minlength=12)
    return float((SCALES @ classes).max() / classes.sum())


def groove_consistency(excerpt: Excerpt) -> float:
    """How alike the rhythms of neighbouring bars are, 0..1: the share of sixteenths on which both strike or both rest.

    Of a single bar, 1.
    """
    bars = excerpt.bars
    whole = excerpt.onsets()[:, : bars * excerpt.steps_per_bar]
    rhythm = whole.reshape(-1, bars, excerpt.steps_per_bar).any(axis=0)  # (bars, sixteenths)
    return 1.0 - float(np.abs(np.diff(rhythm.astype(np.int64), axis=0)).mean()) if bars > 1 else 1.0


def nearest(excerpt: Excerpt, others: npt.NDArray[np.bool_]) -> float:
    """The distance to the nearest of some excerpts: of all strikes of both, the share that only one has, 0..1.

    Args:
        others: (excerpts, 128, steps) as `Excerpt.onsets` gives them.
    """
    mine = excerpt.onsets()
    flat = others.reshape(len(others), -1)
    both = flat[:, mine.ravel()].sum(axis=1)
    either = flat.sum(axis=1) + mine.sum() - both
    return float((1.0 - both / np.maximum(either, 1)).min())


def _shares(values: npt.NDArray[np.int64], bins: int) -> Histogram:
    counts: Histogram = np.bincount(values, minlength=bins).astype(np.float64)
    return counts / max(1.0, float(counts.sum()))
