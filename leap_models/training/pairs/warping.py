"""Where in the song each moment of its cover belongs: dynamic time warping, first coarse, then fine within a band.

The dependency that others use for this, synctoolbox, brings more than fifty packages, among them numba, pandas and
IPython, and holds back music21; this is the part of it that is needed, on NumPy alone.

Conventions: sequences are (24, frames), a chroma of unit length above onsets of 0..1; steps (1, 1), (1, 0) and (0, 1)
cost 2, 1.5 and 1.5 times what their frame costs. Source of the method: Mueller, Mattes & Kurth 2006; of the onsets that
die away: Ewert, Mueller & Grosche 2009.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

COARSE, MIDDLE = 25, 5  # fine frames in a coarse and in a middling one: 2 and 10 a second
MIDDLE_BAND, FINE_BAND = 30, 30  # frames to each side of the path that was found before: 3 s, 0.6 s
ACROSS, ALONG = 2.0, 1.5
ONSETS = 0.3  # their share of a frame's cost
SKIPPED = 0.5  # a frame that has no counterpart costs no more than this, where frames are long
_BLOCK = 1 << 14  # cells of the cost that are reckoned at a time


@dataclass(frozen=True, eq=False)
class Path:
    """A way through two sequences, in frames, and what it costs on average.

    Args:
        song, piano: (steps,) rising, one of them at least in each step.
        cost: of a frame of the path; 0 is the same music.
    """

    song: Ints
    piano: Ints
    cost: float


def align(song: Floats, piano: Floats) -> Path:
    """The best way through two whole sequences.

    Args:
        song, piano: (24, frames).
    """
    way = coarse(song, piano)
    for factor, band in ((MIDDLE, MIDDLE_BAND), (1, FINE_BAND)):
        pair = (thinned(song, factor), thinned(piano, factor)) if factor > 1 else (song, piano)
        way = _within(*pair, way, COARSE // factor if factor > 1 else MIDDLE, band, is_rough=factor > 1)
    return way


def coarse(song: Floats, piano: Floats) -> Path:
    """The same, two frames a second."""
    pair = thinned(song, COARSE), thinned(piano, COARSE)
    corners = Path(np.array([0, pair[0].shape[1] - 1]), np.array([0, pair[1].shape[1] - 1]), 0.0)
    return _within(*pair, corners, 1, max(pair[0].shape[1], pair[1].shape[1]))


def thinned(sequence: Floats, factor: int) -> Floats:
    """Fewer frames, each the mean of those around it; the chroma is of unit length again."""
    frames = sequence.shape[1]
    whole = -(-frames // factor)
    around = factor // 2  # of the frames before and behind, so that neighbours share some
    padded = np.pad(sequence, ((0, 0), (around, whole * factor - frames + around)), mode="edge")
    total = np.concatenate([np.zeros((len(sequence), 1)), np.cumsum(padded, axis=1)], axis=1)
    first = np.arange(whole) * factor
    mean = (total[:, first + factor + 2 * around] - total[:, first]) / (factor + 2 * around)
    length = np.linalg.norm(mean[:12], axis=0)
    mean[:12] /= np.where(length > 1e-9, length, 1.0)
    return np.asarray(mean if factor < COARSE else mean[:12])  # half a second knows no onsets


def _within(song: Floats, piano: Floats, way: Path, factor: int, band: int, is_rough: bool = True) -> Path:
    """The best path within a band of frames to each side of one found with frames `factor` times as long."""
    n, m = song.shape[1], piano.shape[1]
    middle = (factor - 1) / 2
    places, steps = way.song * factor + middle, way.piano * factor + middle
    diagonals = np.arange(n + m - 1)
    centre = np.interp(diagonals, np.concatenate([[0.0], places + steps, [n + m - 2.0]]),
                       np.concatenate([[0.0], places, [n - 1.0]]))  # fmt: skip
    low = np.clip(np.round(centre).astype(np.int64) - band, np.maximum(0, diagonals - m + 1), None)
    low = np.minimum(low, np.minimum(diagonals, n - 1))
    high = np.minimum(np.minimum(diagonals, n - 1), low + 2 * band)
    return _traced(*_accumulated(song, piano, low, high, SKIPPED if is_rough else np.inf), low)


def _accumulated(song: Floats, piano: Floats, low: Ints, high: Ints, most: float) -> tuple[npt.NDArray[np.int8], float]:
    """By diagonal: for each cell from which of its three neighbours the best path comes; and what the whole costs."""
    count, width = len(low), int((high - low).max()) + 1
    came = np.zeros((count, width), np.int8)
    before = two_before = np.full(width + 2, np.inf)  # one more at each end, never reached
    costs, block = np.zeros((0, width)), max(1, _BLOCK // width)
    for diagonal in range(count):
        if diagonal % block == 0:
            costs = _costs(song, piano, low[diagonal : diagonal + block], diagonal, width)
        cost = costs[diagonal % block].copy()
        cost[high[diagonal] - low[diagonal] + 1 :] = np.inf
        if diagonal == 0:
            now = cost
        else:
            skip = ALONG * np.where(cost < np.inf, np.minimum(cost, most), np.inf)
            shift = int(low[diagonal] - low[diagonal - 1])
            shift_two = int(low[diagonal] - low[diagonal - 2]) if diagonal > 1 else 0
            down = _moved(before, shift - 1, width) + skip  # from (i - 1, j)
            right = _moved(before, shift, width) + skip  # from (i, j - 1)
            now = _moved(two_before, shift_two - 1, width) + ACROSS * cost if diagonal > 1 else np.full(width, np.inf)
            from_down = down < now
            now = np.where(from_down, down, now)
            from_right = right < now
            came[diagonal] = np.where(from_right, 2, from_down)
            now = np.where(from_right, right, now)
        two_before, before = before, np.concatenate([[np.inf], now, [np.inf]])
    return came, float(before[1 : 1 + width].min())


def _moved(row: Floats, by: int, width: int) -> Floats:
    """A padded row as seen from `by` cells further; beyond its ends nothing can be reached."""
    if 0 <= by + 1 <= 2:
        return row[by + 1 : by + 1 + width]
    found = np.full(width, np.inf)
    inner = row[1:-1]
    first, end = max(0, -by), min(width, len(inner) - by)
    if end > first:
        found[first:end] = inner[first + by : end + by]
    return found


def _costs(song: Floats, piano: Floats, low: Ints, diagonal: int, width: int) -> Floats:
    """(diagonals, width) of how unlike two frames are: 0 to 1 of the chroma, and up to about 1 of the onsets."""
    i = np.minimum(low[:, None] + np.arange(width), song.shape[1] - 1)
    j = np.clip(diagonal + np.arange(len(low))[:, None] - i, 0, piano.shape[1] - 1)
    one, other = song[:, i], piano[:, j]
    chroma = np.clip(1.0 - (one[:12] * other[:12]).sum(axis=0), 0.0, 1.0)
    onsets = np.sqrt(((one[12:] - other[12:]) ** 2).sum(axis=0))
    return np.asarray(chroma if len(song) == 12 else (1.0 - ONSETS) * chroma + ONSETS * onsets)


def _traced(came: npt.NDArray[np.int8], total: float, low: Ints) -> Path:
    """Back from the end."""
    diagonal = len(came) - 1
    i = int(low[-1])
    song, piano = [i], [diagonal - i]
    while diagonal > 0:
        step = came[diagonal, i - low[diagonal]]
        diagonal -= 2 if step == 0 else 1
        i -= 0 if step == 2 else 1
        song.append(i)
        piano.append(diagonal - i)
    return Path(np.array(song[::-1]), np.array(piano[::-1]), total / (len(came) + 1))
