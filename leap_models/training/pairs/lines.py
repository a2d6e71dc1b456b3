"""From a path, which errs by a beat here and there, to smooth lines between the places where one side stands still.

A path of dynamic time warping is right to a frame nearly everywhere, and for a second or two far off where music
repeats. So lines are fitted to it through a window that slides along, and points far from their line count for little.
Source of the method: Cleveland 1979.
"""

from collections.abc import Iterator

import numpy as np
from scipy.signal import fftconvolve

from leap_models.families.leap.conditioner import RATE
from leap_models.training.pairs.warping import Floats, Path

STILL = 0.12  # of a path's movement, the share of a side that stands still
SHARE_FRAMES = 50  # of the path, over which that is measured: half a second of both
STILL_FRAMES, NEAR_FRAMES = 60, 75  # of the path: a side that stands for so long; two such places so near are one
SHORTEST_FRAMES = 100  # of the path between two such places
EVEN = 0.12  # how far from a half a side's share may be before what it says counts for less
ROUNDS = 4  # of fitting
WIDTHS = ((300.0, 25.0), (120.0, 8.0))  # frames: a window's width, and how far off is far; wide at first


def lines(path: Path) -> Iterator[tuple[Floats, Floats]]:
    """Rising seconds of the song and of the piano, point by point, of every part in which both move."""
    places = path.song + path.piano
    every = np.arange(places[-1] + 1)
    song, piano = np.interp(every, places, path.song), np.interp(every, places, path.piano)
    share = _share(song)
    edges = [0, *(edge for span in _still(share) for edge in span), len(every)]
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        if end - first > SHORTEST_FRAMES:
            ahead = _fitted(song[first:end] - piano[first:end], _trust(share[first:end]))
            both = (song + piano)[first:end]
            yield ((both + ahead) / 2 + 0.5) / RATE, ((both - ahead) / 2 + 0.5) / RATE


def _share(song: Floats) -> Floats:
    """Of the path's movement, the song's share: a half where both are equally fast."""
    moved = np.pad(np.diff(song, append=song[-1] + 0.5), (SHARE_FRAMES // 2, SHARE_FRAMES // 2), mode="edge")
    total = np.concatenate([[0.0], np.cumsum(moved)])
    return np.asarray((total[SHARE_FRAMES:] - total[:-SHARE_FRAMES])[: len(song)] / SHARE_FRAMES)


def _still(share: Floats) -> list[tuple[int, int]]:
    """Where one side stands still; at the ends of a path, however shortly."""
    flags = np.pad((share < STILL) | (share > 1.0 - STILL), 1)
    spans: list[tuple[int, int]] = []
    for first, end in np.flatnonzero(np.diff(flags.astype(np.int8))).reshape(-1, 2).tolist():
        if spans and first - spans[-1][1] < NEAR_FRAMES:
            first = spans.pop()[0]
        spans.append((first, end))
    count = len(share)
    spans = [(0 if first < NEAR_FRAMES else first, count if end > count - NEAR_FRAMES else end) for first, end in spans]
    return [(first, end) for first, end in spans if end - first >= STILL_FRAMES or first == 0 or end == count]


def _trust(share: Floats) -> Floats:
    """How much a point says: little where one side hardly moves."""
    return np.asarray(np.exp(-0.5 * ((share - 0.5) / EVEN) ** 2) + 1e-3)


def _fitted(line: Floats, trust: Floats) -> Floats:
    """The line through a window that slides along; what lies far from it is believed less each time."""
    weight = trust
    for width, far in WIDTHS:
        for _ in range(ROUNDS):
            found = through(line, weight, width)
            weight = trust / (1.0 + ((line - found) / far) ** 2) ** 2
    return found


def through(line: Floats, weight: Floats, width: float) -> Floats:
    """At each point the value of the straight line of least squares under a Gaussian around it.

    Args:
        line, weight: (points,). width: of the Gaussian, in points.
    """
    half = np.arange(-round(3.5 * width), round(3.5 * width) + 1)
    kernel = np.exp(-0.5 * (half / width) ** 2)
    at = np.arange(len(line)) / len(line)

    def under(values: Floats) -> Floats:
        return np.asarray(fftconvolve(values, kernel)[len(half) // 2 :][: len(line)])

    total, first, second = under(weight), under(weight * at), under(weight * at * at)
    value, slope = under(weight * line), under(weight * at * line)
    first, second = first - at * total, second - 2.0 * at * first + at * at * total
    slope = slope - at * value
    area = total * second - first * first
    steady = area > 1e-9 * total * np.maximum(second, 1e-30)
    fitted = (second * value - first * slope) / np.where(steady, area, 1.0)
    return np.asarray(np.where(steady, fitted, value / np.maximum(total, 1e-12)))
