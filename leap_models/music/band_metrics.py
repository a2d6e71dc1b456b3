"""What is usual in phrases of a band, and how alike phrases are.

*Conventions.* Phrases are bool arrays (phrases, bars, steps, pitches, tracks), True where a key sounds; row 0 is a C,
and steps are `steps_per_beat` a beat. A figure that nothing can be said of (the pitch classes of silence) is NaN, which
`mean` leaves out; nothing here fails on silence.

*Sources.* MuseGAN (Dong et al. 2018) and BinaryMuseGAN (Dong & Yang 2018), whose definitions differ from paper to paper
and code; what is meant here stands with each function. Chroma is right here: pitch classes are the remainders of
pitches, which the original's reshaping is not.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from leap_models.music.keys import SCALES

Phrases = npt.NDArray[np.bool_]
Figures = npt.NDArray[np.float64]

POLYPHONIC = 3  # pitches at once
IN_PATTERN, NEAR_PATTERN = 1.0, 0.1  # what a strike on a sixteenth counts, and one besides
_RADII = (1.0, 1.0, 0.5)  # of the circles of fifths, minor thirds and major thirds
_ANGLES = (7 * np.pi / 6, 3 * np.pi / 2, 2 * np.pi / 3)
TONAL = np.stack([
    radius * wave(np.arange(12) * angle)
    for radius, angle in zip(_RADII, _ANGLES, strict=True) for wave in (np.sin, np.cos)
])  # (6, 12)  fmt: skip


def empty_bars(phrases: Phrases) -> Figures:
    """(tracks,) the share of bars in which nothing sounds."""
    return _mean(np.asarray(~phrases.any(axis=(2, 3))), axis=(0, 1))


def used_pitches(phrases: Phrases) -> Figures:
    """(tracks,) how many pitches sound in a bar that is not empty."""
    return _of_bars(phrases.any(axis=2).sum(axis=2), phrases)


def used_pitch_classes(phrases: Phrases) -> Figures:
    """(tracks,) how many pitch classes sound in a bar that is not empty."""
    return _of_bars(_classes(phrases).any(axis=2).sum(axis=2), phrases)


def qualified_notes(phrases: Phrases, steps_per_beat: int) -> Figures:
    """(tracks,) the share of notes that last at least a 32nd, rounded up: 2 steps at 12 a beat, 3 at 24.

    A note is a run of cells of one pitch, over bar lines too.
    """
    least = -(-steps_per_beat // 8)
    whole = phrases.reshape(len(phrases), -1, *phrases.shape[3:])
    padded = np.pad(whole, ((0, 0), (1, least), (0, 0), (0, 0)))
    begins = padded[:, 1 : whole.shape[1] + 1] & ~padded[:, : whole.shape[1]]
    lasts = begins.copy()
    for step in range(1, least):
        lasts &= padded[:, 1 + step : 1 + step + whole.shape[1]]
    return _shares(lasts.sum(axis=(0, 1, 2)), begins.sum(axis=(0, 1, 2)))


def short_notes(phrases: Phrases) -> Figures:
    """(tracks,) the share of notes that last one step, which is all that a qualified note may last on coarse steps."""
    return 1.0 - qualified_notes(phrases, 2 * 8)


def polyphonic_rate(phrases: Phrases) -> Figures:
    """(tracks,) the share of steps in which three or more pitches sound, of all steps."""
    return _mean(phrases.sum(axis=3) >= POLYPHONIC, axis=(0, 1, 2))


def in_scale_rate(phrases: Phrases) -> Figures:
    """(tracks,) the share of cells that lie in the major or minor scale that fits a phrase's track best."""
    counts = _classes(phrases).sum(axis=(1, 2), dtype=np.int64)  # (phrases, 12, tracks)
    fits = np.einsum("sc,pct->pst", SCALES.astype(np.int64), counts).max(axis=1)
    return _nanmean(_shares(fits, counts.sum(axis=1)), axis=0)


def drum_pattern_rate(phrases: Phrases, steps_per_beat: int, track: int = 0, parts: int = 4) -> float:
    """How regularly drums are struck: a strike on a sixteenth counts 1, any other 0.1; the mean.

    A strike is the first cell of a run: a long cell is no roll. If steps are sixteenths, every cell is a strike.

    Args:
        parts: of a beat on which a strike counts 1: 2 are eighths.
    """
    drums = phrases[..., track].reshape(len(phrases), -1, phrases.shape[3])
    strikes = drums if steps_per_beat <= 4 else drums & ~np.pad(drums, ((0, 0), (1, 0), (0, 0)))[:, :-1]
    counts = strikes.sum(axis=(0, 2))
    regular = np.arange(len(counts)) % max(1, steps_per_beat // parts) == 0
    worth = float(counts @ np.where(regular, IN_PATTERN, NEAR_PATTERN))
    return worth / float(counts.sum()) if counts.sum() else float("nan")


def tonal_distance(phrases: Phrases, one: int, other: int, steps_per_beat: int) -> float:
    """How far apart two tracks are in harmony: 0 for the same chroma. NaN if they never sound in the same beat.

    In each beat both tracks' chroma, summed to 1, is a point of six numbers (Harte et al. 2006); the mean distance of
    the points over the beats in which both sound.
    """
    return _distance(*(tonal_points(phrases, track, steps_per_beat) for track in (one, other)))


def tonal_points(phrases: Phrases, track: int, steps_per_beat: int) -> Figures:
    """(phrases, beats, 6) where a track is in harmony in each beat; NaN where it is silent."""
    classes = _classes(phrases[..., track, None])[..., 0].astype(np.float64)
    beats = classes.reshape(len(phrases), -1, steps_per_beat, 12).sum(axis=2)
    sums = beats.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        chroma = np.where(sums > 0, beats / sums, np.nan)
    points: Figures = chroma @ TONAL.T
    return points


def tonal_distances(
    phrases: Phrases, steps_per_beat: int, drums: Sequence[int] = (0,), order: Sequence[int] = ()
) -> float:
    """The mean tonal distance of all pairs of tracks that are no drums.

    Args:
        order: phrases whose second track of each pair is looked at: a shuffled order says how far apart tracks are that
            were not made for each other. () is the same phrase.
    """
    points = {
        track: tonal_points(phrases, track, steps_per_beat) for track in range(phrases.shape[-1]) if track not in drums
    }
    index = np.array(order, dtype=np.int64) if len(order) else np.arange(len(phrases))
    return mean([_distance(points[one], points[other][index]) for one, other in combinations(points, 2)])


def density(phrases: Phrases) -> Figures:
    """(tracks,) the share of cells that sound."""
    return _mean(phrases, axis=(0, 1, 2, 3))


def hamming(one: Phrases, other: Phrases) -> Figures:
    """(phrases,) the share of cells in which pairs of phrases differ."""
    return _mean(one != other, axis=(1, 2, 3, 4))


def variety(phrases: Phrases, rng: np.random.Generator, pairs: int = 500) -> float:
    """The mean share of cells in which two different phrases differ."""
    if len(phrases) < 2:
        return float("nan")
    first = rng.integers(len(phrases), size=pairs)
    second = (first + rng.integers(1, len(phrases), size=pairs)) % len(phrases)
    return float(np.mean([float(hamming(phrases[[a]], phrases[[b]])[0]) for a, b in zip(first, second, strict=True)]))


def nearest(phrases: Phrases, others: npt.NDArray[np.uint8]) -> Figures:
    """(phrases,) the distance to the nearest of other phrases: of all cells of both, the share that only one has.

    Args:
        others: (phrases, bytes), a bit for each cell, as `numpy.packbits` packs a flat phrase. 0 is a copy.
    """
    sizes = np.bitwise_count(others).sum(axis=1, dtype=np.int64)
    found = []
    for phrase in phrases:
        mine = np.packbits(phrase.reshape(-1))
        both = np.bitwise_count(others & mine).sum(axis=1, dtype=np.int64)
        either = sizes + int(phrase.sum()) - both
        found.append(float((1.0 - both / np.maximum(either, 1)).min()))
    return np.array(found)


def mean(values: Sequence[float] | Figures) -> float:
    """The mean of what is no NaN; NaN if nothing is."""
    return float(_nanmean(np.asarray(values, np.float64), axis=0))


def _classes(phrases: Phrases) -> Phrases:
    """(phrases, bars, steps, 12, tracks) which pitch classes sound."""
    pitches = phrases.shape[3]
    padded = np.pad(phrases, ((0, 0), (0, 0), (0, 0), (0, -pitches % 12), (0, 0)))
    return np.asarray(padded.reshape(*phrases.shape[:3], -1, 12, phrases.shape[4]).any(axis=3))


def _of_bars(values: npt.NDArray[np.int64], phrases: Phrases) -> Figures:
    played = phrases.any(axis=(2, 3))
    return _shares(values.sum(axis=(0, 1)), played.sum(axis=(0, 1)))


def _shares(parts: npt.NDArray[np.int64], wholes: npt.NDArray[np.int64]) -> Figures:
    """NaN of nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Figures = np.where(wholes > 0, parts / wholes, np.nan)
    return found


def _mean(values: npt.NDArray[np.bool_], axis: tuple[int, ...]) -> Figures:
    if not len(values):
        return np.full(values.mean(axis=axis[1:]).shape[1:] if len(axis) > 1 else (), np.nan)
    found: Figures = values.mean(axis=axis, dtype=np.float64)
    return found


def _nanmean(values: Figures, axis: int) -> Figures:
    there = ~np.isnan(values)
    return _shares(np.where(there, values, 0.0).sum(axis=axis), there.sum(axis=axis))


def _distance(one: Figures, other: Figures) -> float:
    """Of points (phrases, beats, 6), over those that are both there."""
    apart = np.sqrt(((one - other) ** 2).sum(axis=-1)).ravel()
    return mean(apart)
