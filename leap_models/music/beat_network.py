"""How likely a beat and a downbeat are at each moment of a recording, heard as it arrives.

The network is BeatNet's (Heydari, Cwitkowitz & Duan, ISMIR 2021): a convolution over frequency and two causal LSTM
layers, here in NumPy, several training runs of it averaged. Its input is the spectrum it was trained on: triangular
bands, 24 to the octave, of Hann windows of 64 ms every 20 ms, log10(1 + magnitude), and how much each band rose since
the last frame.

Conventions: frame i is centred on sample 480 i of audio at 24 kHz.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file

from leap_models.errors import DamagedWeights
from leap_models.paths import weights_folder

Array = npt.NDArray[np.float32]

SAMPLE_RATE = 24000
FRAME_RATE = 50
HOP = SAMPLE_RATE // FRAME_RATE  # 480 samples
WINDOW = 1536  # samples, 64 ms

# BeatNet heard 22 050 Hz through windows of 1411 samples. Bins of 24000 / 1536 Hz are the same to 1 in 10 000, so
# nothing needs resampling; what remains is the louder sum over a longer window, and the edge of the filter before
# 11 025 Hz.
_ITS_RATE, _ITS_WINDOW = 22050, 1411
_BINS = _ITS_WINDOW // 2
_FADE_HZ = (10250.0, 10860.0)
_PER_OCTAVE, _LOWEST_HZ, _HIGHEST_HZ, _TUNING_HZ = 24, 30.0, 17000.0, 440.0

_CELLS = 150  # of each LSTM layer
_KERNEL = 10  # bands that the convolution sees
LOW_BANDS = 29  # up to 500 Hz
RISES = 17  # of eight bands each


@dataclass(frozen=True)
class Heard:
    """Frames of a recording.

    Args:
        activations: (frames, 2), probabilities of a beat that is no downbeat, and of a downbeat.
        bands: (frames, 29), the spectrum up to 500 Hz.
        rises: (frames, RISES), how much louder eight bands each became since the last frame, in the mean.
    """

    activations: Array
    bands: Array
    rises: Array

    @property
    def onsets(self) -> Array:
        """(frames,) how much louder all bands became."""
        mean: Array = self.rises.mean(axis=1)
        return mean

    def joined(self, later: "Heard") -> "Heard":
        """These frames and later ones."""
        pairs = zip(self._arrays, later._arrays, strict=True)
        return Heard(*(np.concatenate(pair) for pair in pairs))

    def part(self, first: int, end: int | None) -> "Heard":
        """Some of the frames."""
        return Heard(*(array[first:end] for array in self._arrays))

    @property
    def _arrays(self) -> tuple[Array, Array, Array]:
        return self.activations, self.bands, self.rises


class BeatNetwork:
    """Samples in, what is heard in them out.

    Args:
        folder: the checkpoint; None is the one that ships.

    Raises:
        DamagedWeights: the checkpoint is missing or not what it says it is.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._weights = load_weights(folder or weights_folder("beats"))
        runs = len(self._weights["out.bias"])
        self._hidden = np.zeros((2, runs, _CELLS, 1), np.float32)  # of each layer
        self._cell = np.zeros((2, runs, _CELLS), np.float32)
        self._samples = np.zeros(WINDOW // 2, np.float32)  # from the start of the next frame's window on
        self._count = 0  # samples so far
        self._frames = 0  # given so far
        self._last_bands: Array | None = None

    def push(self, samples: Array) -> Heard:
        """Take the next samples (24 kHz, mono), give the frames that are complete."""
        self._samples = np.concatenate([self._samples, samples])
        self._count += len(samples)
        return self._run((len(self._samples) - WINDOW) // HOP + 1)

    def finish(self) -> Heard:
        """The rest: the last frame begins before the last sample."""
        missing = -(-self._count // HOP) - self._frames
        self._samples = np.concatenate([self._samples, np.zeros(WINDOW, np.float32)])
        return self._run(missing)

    def _run(self, frames: int) -> Heard:
        if frames <= 0:
            return Heard(*(np.zeros((0, width), np.float32) for width in (2, LOW_BANDS, RISES)))
        windows = np.lib.stride_tricks.sliding_window_view(self._samples, WINDOW)[::HOP][:frames]
        bands = spectrum(windows)
        self._samples = self._samples[frames * HOP :]
        self._frames += frames
        before = bands[:1] if self._last_bands is None else self._last_bands
        rise = np.maximum(np.diff(bands, axis=0, prepend=before), 0.0)
        self._last_bands = bands[-1:]
        activations = self._listen(np.concatenate([bands, rise], axis=1))
        return Heard(activations, bands[:, :LOW_BANDS], rise.reshape(len(rise), RISES, -1).mean(axis=2))

    def _listen(self, features: Array) -> Array:
        """(frames, 272) -> (frames, 2)."""
        weights = self._weights
        flow = _convolved(features, weights["conv.weight"], weights["conv.bias"])
        flow = flow @ weights["dense.weight"] + weights["dense.bias"][:, None]
        for layer in range(2):
            name = f"lstm.{layer}"
            driven = flow @ weights[f"{name}.input"] + weights[f"{name}.bias"][:, None]
            flow = _recurred(driven, weights[f"{name}.hidden"], self._hidden[layer], self._cell[layer])
        logits = flow @ weights["out.weight"] + weights["out.bias"][:, None]  # (runs, frames, 3)
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        mean: Array = (odds / odds.sum(axis=-1, keepdims=True)).mean(axis=0)
        return mean[:, :2]


def spectrum(windows: Array) -> Array:
    """(frames, WINDOW) samples -> (frames, 136) bands, log10(1 + magnitude)."""
    hann = np.hanning(WINDOW).astype(np.float32)
    magnitude = np.abs(np.fft.rfft(windows * hann, axis=1))[:, :_BINS].astype(np.float32)
    bands: Array = np.log10(1.0 + magnitude @ band_filters()).astype(np.float32)
    return bands


@cache
def band_filters() -> Array:
    """(705 bins, 136 bands): each band's share of each bin; a band that no bin is near is left out.

    The edges of a band are the centres of its neighbours, rounded to bins. Its weights sum to 1 before the fade.
    """
    # BeatNet's filters were laid out as if the 705 bins divided half the rate evenly.
    bins_hz = np.arange(_BINS) * _ITS_RATE / 2 / _BINS
    first, last = (np.log2(hz / _TUNING_HZ) * _PER_OCTAVE for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    centres_hz = _TUNING_HZ * 2.0 ** (np.arange(np.ceil(first), np.floor(last) + 1) / _PER_OCTAVE)
    above = np.clip(np.searchsorted(bins_hz, centres_hz), 1, _BINS - 1)
    nearest = above - (centres_hz - bins_hz[above - 1] < bins_hz[above] - centres_hz)
    filters = np.stack([_triangle(*edges) for edges in _threes(np.unique(nearest))], axis=1)
    low, high = _FADE_HZ
    place = np.clip((np.arange(_BINS) * SAMPLE_RATE / WINDOW - low) / (high - low), 0.0, 1.0)
    faded = filters * (0.5 + 0.5 * np.cos(np.pi * place))[:, None]
    return np.asarray(faded * (_ITS_WINDOW / WINDOW), np.float32)


def _threes(bins: npt.NDArray[np.int64]) -> list[tuple[int, int, int]]:
    return [(int(a), int(b), int(c)) for a, b, c in zip(bins, bins[1:], bins[2:], strict=False)]


def _triangle(start: int, centre: int, stop: int) -> npt.NDArray[np.float64]:
    """(705,) from 0 at `start` to the most at `centre` and back to 0 at `stop`, summing to 1."""
    if stop - start < 2:
        centre, stop = start, start + 1
    weights = np.zeros(_BINS)
    weights[start:centre] = np.arange(centre - start) / max(1, centre - start)
    weights[centre:stop] = 1.0 - np.arange(stop - centre) / (stop - centre)
    scaled: npt.NDArray[np.float64] = weights / weights.sum()
    return scaled


def _convolved(features: Array, kernels: Array, bias: Array) -> Array:
    """(frames, 272) -> (runs, frames, 262): two kernels over frequency, rectified, the larger of each pair."""
    frames, width = features.shape
    pairs = (width - _KERNEL + 1) // 2
    seen = np.lib.stride_tricks.sliding_window_view(features, _KERNEL, axis=1)[:, : 2 * pairs]
    runs, channels, _ = kernels.shape
    heard = seen @ kernels.reshape(-1, _KERNEL).T + bias.reshape(-1)  # (frames, 262, runs * channels)
    pooled = np.maximum(heard, 0.0).reshape(frames, pairs, 2, runs, channels).max(axis=2)
    rows: Array = pooled.transpose(2, 0, 3, 1).reshape(runs, frames, channels * pairs)
    return rows


def _recurred(driven: Array, recurrent: Array, hidden: Array, cell: Array) -> Array:
    """One LSTM layer over (runs, frames, 4 * cells) of driven gates -> (runs, frames, cells).

    The gates come as input, forget, output, candidate; the first three at half strength, since
    sigmoid(x) = (1 + tanh(x / 2)) / 2. `hidden` (runs, cells, 1) and `cell` (runs, cells) are carried on in place.
    """
    runs, frames, _ = driven.shape
    outputs = np.empty((runs, frames, _CELLS), np.float32)
    sums = np.empty((runs, 4 * _CELLS, 1), np.float32)
    gates, fresh = sums[..., 0], np.empty_like(cell)
    opened, candidate = gates[:, : 3 * _CELLS], gates[:, 3 * _CELLS :]
    put_in, keep, give = opened[:, :_CELLS], opened[:, _CELLS : 2 * _CELLS], opened[:, 2 * _CELLS :]
    for frame in range(frames):
        np.matmul(recurrent, hidden, out=sums)
        gates += driven[:, frame]
        np.tanh(gates, out=gates)
        opened += 1.0
        opened *= 0.5
        cell *= keep
        cell += np.multiply(put_in, candidate, out=fresh)
        np.tanh(cell, out=fresh)
        fresh *= give
        outputs[:, frame] = hidden[..., 0] = fresh
    return outputs


@cache
def load_weights(folder: Path) -> Mapping[str, Array]:
    """The network's arrays, made ready to multiply with; the first axis counts training runs.

    Raises:
        DamagedWeights: a file is missing, damaged, or not the one that the card speaks of.
    """
    path = folder / "weights.safetensors"
    try:
        card = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if card["family"] != "beats" or found != card["sha256"]:
            raise DamagedWeights(f"{path} is damaged: its sha256 is {found[:12]}…, not the one in model.json")
        stored = load_file(path)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise DamagedWeights(f"cannot read {path}: {error}") from error
    return {name: np.ascontiguousarray(values, np.float32) for name, values in stored.items()}
