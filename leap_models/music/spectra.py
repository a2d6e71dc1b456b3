"""How alike two sounds are, whatever is played: log-mel spectra, over time and on the whole.

Conventions: mono float32; power in dB, no lower than 80 dB below the loudest; frames of 46 ms every 12 ms (at
24 kHz, 43 and 11 ms). Mel as in Slaney's Auditory Toolbox, linear below 1 kHz.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter
from leap_models.music.audio import Samples

BANDS = 80
LOWEST_HZ = 27.5
RANGE_DB = 80.0
WINDOW_S = 1 / 23.0
HEARD_DB = 50.0  # frames that are quieter than the loudest by more say nothing of a sound
_BLOCK = 512  # frames at a time

Spectrum = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LogMel:
    """A sound as it is heard.

    Args:
        db: (bands, frames).
        hz: (bands,) of the bands' middles.
        hop_s: from frame to frame.
    """

    db: npt.NDArray[np.float32]
    hz: Spectrum
    hop_s: float


def log_mel(samples: Samples, sample_rate: int) -> LogMel:
    """The log-mel spectrogram; a sound shorter than a frame has one frame."""
    size = 1 << round(np.log2(sample_rate * WINDOW_S))
    hop = size // 4
    bank, hz = _bank(sample_rate, size)
    padded = np.pad(samples, (size // 2, size // 2 + hop))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[:: hop][: 1 + len(samples) // hop]
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    power = [
        bank @ (np.abs(np.fft.rfft(frames[first : first + _BLOCK] * window)) ** 2).T
        for first in range(0, len(frames), _BLOCK)
    ]
    found = np.concatenate(power, axis=1)
    floor = max(float(found.max()), 1e-20) * 10 ** (-RANGE_DB / 10)
    return LogMel((10 * np.log10(np.maximum(found, floor))).astype(np.float32), hz, hop / sample_rate)


def colour(sound: LogMel) -> Spectrum:
    """(bands,) dB: the mean spectrum of what is heard, without its level. What it sounds like on the whole."""
    loudness = sound.db.max(axis=0)
    heard = sound.db[:, loudness >= loudness.max() - HEARD_DB].astype(np.float64)
    mean_db = 10 * np.log10((10 ** (heard / 10)).mean(axis=1))
    shape: Spectrum = mean_db - mean_db.mean()
    return shape


def colour_distance_db(one: LogMel, other: LogMel) -> float:
    """Root mean square difference of two long-time spectra: 0 for the same sound at another level."""
    return float(np.sqrt(np.mean((colour(one) - colour(other)) ** 2)))


def distance_db(one: LogMel, other: LogMel) -> float:
    """Mean difference of two spectrograms of the same music, moment by moment, as long as both last.

    Raises:
        BadParameter: they are of different rates.
    """
    if one.hop_s != other.hop_s or not np.array_equal(one.hz, other.hz):
        raise BadParameter("two sounds must have the same rate to be compared moment by moment")
    count = min(one.db.shape[1], other.db.shape[1])
    return float(np.abs(one.db[:, :count] - other.db[:, :count]).mean())


def _bank(sample_rate: int, size: int) -> tuple[Spectrum, Spectrum]:
    """(bands, size / 2 + 1) triangles of equal area, and (bands,) their middles in Hz."""
    edges = _hz(np.linspace(_mel(np.float64(LOWEST_HZ)), _mel(np.float64(sample_rate / 2)), BANDS + 2))
    bins = np.fft.rfftfreq(size, 1 / sample_rate)
    rise = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    # Where a band is narrower than a bin, the bin nearest to its middle is all of it.
    bank = np.maximum(0.0, np.minimum(rise, fall))
    nearest = np.abs(bins - edges[1:-1, None]).argmin(axis=1)
    empty = bank.sum(axis=1) == 0
    bank[empty, nearest[empty]] = 1.0
    return bank / bank.sum(axis=1, keepdims=True), edges[1:-1]


def _mel(hz: Spectrum | np.float64) -> Spectrum:
    return np.where(hz < 1000, 3 * hz / 200, 15 + 27 * np.log(np.maximum(hz, 1e-9) / 1000) / np.log(6.4))


def _hz(mel: Spectrum) -> Spectrum:
    return np.where(mel < 15, 200 * mel / 3, 1000 * np.exp(np.log(6.4) * (mel - 15) / 27))
