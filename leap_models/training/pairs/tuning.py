"""How far a recording is tuned from 440 Hz: what most of its steady partials agree on.

A voice that slides, or an instrument out of tune with the others, pulls a mean away. So loud partials count only a
little more than soft ones, those that move hardly at all, and those far from what the rest agree on ever less.
"""

import numpy as np
import numpy.typing as npt

WINDOW_S, HOP_S = 0.37, 0.1
LOWEST_HZ, HIGHEST_HZ = 80.0, 1200.0  # below, a window is too short; above, strings are stretched
MOST_FRAMES = 900  # spread over the recording
PROMINENT_DB = 30.0  # partials further below the frame's loudest say nothing
LOUDNESS = 0.25  # the power of a partial's strength that it counts with
STEADY_CENTS = 4.0  # by which a partial may move until the next frame
AGREED_CENTS = 12.0  # so far from the others a partial counts for less
ROUNDS = 8

_Floats = npt.NDArray[np.float64]


def tuning_cents(samples: npt.NDArray[np.float32], sample_rate: int) -> float:
    """Cents above the nearest tuning of 440 Hz, -50 to 50; 0 of silence.

    Args:
        samples: mono.
    """
    size, hop = 1 << round(np.log2(sample_rate * WINDOW_S)), round(sample_rate * HOP_S)
    if len(samples) < size or not np.abs(samples).max() > 0.0:
        return 0.0
    count = 1 + (len(samples) - size) // hop
    starts = hop * np.unique(np.linspace(0, count - 1, min(MOST_FRAMES, count)).astype(np.int64))
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    loudest = 1e-3 * float(np.abs(samples).max()) * size / 4.0
    frames = [_partials(np.abs(np.fft.rfft(samples[start : start + size] * window)), sample_rate / size, loudest)
              for start in starts]  # fmt: skip
    cents = np.concatenate([each for each, _strength in frames])
    strength = np.concatenate([each for _cents, each in frames])
    return _agreed(cents, strength**LOUDNESS * _steadiness([each for each, _strength in frames]))


def _partials(spectrum: npt.NDArray[np.floating], bin_hz: float, least: float) -> tuple[_Floats, _Floats]:
    """Of one frame: cents above 440 Hz, and strengths."""
    db = 20 * np.log10(np.maximum(spectrum, 1e-9))
    low, high = int(LOWEST_HZ / bin_hz), int(HIGHEST_HZ / bin_hz)
    before, here, behind = db[low - 1 : high - 1], db[low:high], db[low + 1 : high + 1]
    peak = (here > before) & (here >= behind) & (here > here.max() - PROMINENT_DB) & (spectrum[low:high] > least)
    at = np.flatnonzero(peak)
    curve = np.minimum(before[at] - 2 * here[at] + behind[at], -1e-9)
    place = low + at + 0.5 * (before[at] - behind[at]) / curve
    return 1200.0 * np.log2(place * bin_hz / 440.0), spectrum[low + at].astype(np.float64)


def _steadiness(frames: list[_Floats]) -> _Floats:
    """Of every partial, 0..1: whether the next frame has it too; in the last frame none is."""
    found = []
    for cents, following in zip(frames, [*frames[1:], np.zeros(0)], strict=True):
        moved = np.abs(cents[:, None] - following).min(axis=1, initial=1e3)
        found.append(np.exp(-0.5 * (moved / STEADY_CENTS) ** 2))
    return np.concatenate(found)


def _agreed(cents: _Floats, weight: _Floats) -> float:
    """The deviation from the nearest key that most agree on, -50 to 50."""
    if not weight.sum() > 0.0:
        return 0.0
    middle = float(np.angle((weight * np.exp(2j * np.pi * cents / 100.0)).sum()) / (2 * np.pi) * 100.0)
    for _ in range(ROUNDS):
        away = (cents - middle + 50.0) % 100.0 - 50.0
        near = weight * np.exp(-0.5 * (away / AGREED_CENTS) ** 2)
        middle += float((near * away).sum() / max(1e-12, near.sum()))
    return (middle + 50.0) % 100.0 - 50.0
