"""How far a recording is tuned from 440 Hz: the mean deviation of its partials from the nearest key."""

import numpy as np
import numpy.typing as npt

WINDOW_S = 0.37
LOWEST_HZ, HIGHEST_HZ = 80.0, 1200.0  # below, a window is too short; above, strings are stretched
MOST_FRAMES = 600  # spread over the recording
PROMINENT_DB = 30.0  # partials further below the frame's loudest say nothing


def tuning_cents(samples: npt.NDArray[np.float32], sample_rate: int) -> float:
    """Cents above the nearest tuning of 440 Hz, -50 to 50; 0 of silence.

    Args:
        samples: mono.
    """
    size = 1 << round(np.log2(sample_rate * WINDOW_S))
    if len(samples) < size:
        return 0.0
    starts = np.linspace(0, len(samples) - size, min(MOST_FRAMES, 1 + len(samples) // (size // 2))).astype(np.int64)
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    turns = 0j
    for first in range(0, len(starts), 64):
        frames = np.stack([samples[start : start + size] for start in starts[first : first + 64]]) * window
        turns += _turns(np.abs(np.fft.rfft(frames)), sample_rate / size)
    return 0.0 if turns == 0 else float(np.angle(turns) / (2 * np.pi) * 100.0)


def _turns(spectra: npt.NDArray[np.floating], bin_hz: float) -> complex:
    """The partials of some frames, each as a point on a circle that a semitone goes once round."""
    db = 20 * np.log10(np.maximum(spectra, 1e-9))
    low, high = int(LOWEST_HZ / bin_hz), int(HIGHEST_HZ / bin_hz)
    before, here, behind = db[:, low - 1 : high - 1], db[:, low:high], db[:, low + 1 : high + 1]
    peak = (here > before) & (here >= behind) & (here > here.max(axis=1, keepdims=True) - PROMINENT_DB)
    peak &= spectra[:, low:high] > 1e-3 * max(1e-9, float(spectra.max()))
    curve = np.where(peak, before - 2 * here + behind, -1.0)
    place = np.arange(low, high) + np.where(peak, 0.5 * (before - behind) / np.minimum(curve, -1e-9), 0.0)
    semitones = 12 * np.log2(place * bin_hz / 440.0)
    weight = np.where(peak, spectra[:, low:high], 0.0)
    return complex((weight * np.exp(2j * np.pi * semitones)).sum())
