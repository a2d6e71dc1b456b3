"""DeepSalience in torch: the teacher that says where in a real recording the melody is.

Six convolutions over a harmonic constant-Q transform (Bittner et al. 2017, "Deep salience representations for f0
estimation in polyphonic music"; network and weights MIT). Far too slow to ship: 25 GFLOP a second of audio.

Conventions: 22 050 Hz mono; 256 samples a frame; bin 0 is 32.7 Hz (C1), five bins a semitone, 360 bins.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from leap_models.errors import DamagedWeights, MissingDependency

if TYPE_CHECKING:
    import h5py

SAMPLE_RATE = 22_050
HOP = 256
BINS = 360
BINS_PER_OCTAVE = 60
LOWEST_HZ = 32.7
HARMONICS = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0)
CHUNK_FRAMES = 1000  # frames that the network sees at a time; context of 9 on each side
CONTEXT_FRAMES = 9  # half of the six kernels' widths summed, rounded up
LOWEST_KEY = 3  # bin 0 is this key of a piano, counted from A0

_WIDTHS = (6, 128, 64, 64, 64, 8, 1)
_KERNELS = ((5, 5), (5, 5), (3, 3), (3, 3), (70, 3), (1, 1))  # bins, frames
_CONVOLUTIONS = ("bendy1", "bendy2", "smoothy1", "smoothy2", "distribute", "squishy")  # names in the file
_NORM_NAMES = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}


class DeepSalience(nn.Module):
    """The published network. (batch, 6 harmonics, 360 bins, frames) -> (batch, 360, frames) salience in 0..1."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.BatchNorm2d(width, eps=1e-3) for width in _WIDTHS[:-1])
        self.convolutions = nn.ModuleList(
            nn.Conv2d(inputs, outputs, kernel)
            for inputs, outputs, kernel in zip(_WIDTHS[:-1], _WIDTHS[1:], _KERNELS, strict=True)
        )

    def forward(self, harmonics: Tensor) -> Tensor:
        """Any number of frames."""
        x = harmonics.contiguous(memory_format=torch.channels_last)
        for number, (norm, convolution) in enumerate(zip(self.norms, self.convolutions, strict=True)):
            height, width = _KERNELS[number]
            # "same" as TensorFlow pads an even kernel: the odd zero goes after.
            margins = ((width - 1) // 2, width // 2, (height - 1) // 2, height // 2)
            x = convolution(nn.functional.pad(norm(x), margins))
            x = torch.relu(x) if number + 1 < len(_KERNELS) else torch.sigmoid(x)
        return x[:, 0]


def load(path: Path) -> DeepSalience:
    """Read one of the published weight files, such as `vocal.h5`.

    Raises:
        MissingDependency: h5py is not installed.
        DamagedWeights: the file cannot be read, or is not a DeepSalience network.
    """
    try:
        import h5py
    except ImportError as error:
        raise MissingDependency("DeepSalience's weights need h5py: pip install 'leap-bridge[train]'") from error
    network = DeepSalience()
    state = network.state_dict()
    try:
        with h5py.File(path) as file:
            norms = [name for name in _layers(file) if name.startswith("batch_normalization")]
            for place, name in enumerate(norms):
                arrays = _arrays(file[name])
                state |= {f"norms.{place}.{ours}": arrays[theirs] for theirs, ours in _NORM_NAMES.items()}
            for place, name in enumerate(_CONVOLUTIONS):
                arrays = _arrays(file[name])
                state[f"convolutions.{place}.weight"] = arrays["kernel"].permute(3, 2, 0, 1)
                state[f"convolutions.{place}.bias"] = arrays["bias"]
        network.load_state_dict(state)
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise DamagedWeights(f"{path}: not the weights of a DeepSalience network ({error})") from error
    return network.eval()


def harmonic_transform(samples: np.ndarray) -> np.ndarray:
    """(n,) samples -> (6, 360, 1 + n // 256): loudness at each harmonic, the top 80 dB scaled to 0..1."""
    frames = 1 + len(samples) // HOP
    bins = {
        (harmonic, number): LOWEST_HZ * harmonic * 2 ** (number / BINS_PER_OCTAVE)
        for harmonic in HARMONICS for number in range(BINS)
    }
    transform = _ConstantQ(samples, frames)
    known: dict[float, np.ndarray] = {}  # octaves of one another share their bins
    planes = np.empty((len(HARMONICS), BINS, frames), dtype=np.float32)
    for (harmonic, number), frequency_hz in bins.items():
        key = round(frequency_hz, 6)
        if key not in known:
            known[key] = transform.magnitude(frequency_hz)
        planes[HARMONICS.index(harmonic), number] = known[key]
    peak = max(float(planes.max()), 1e-5)
    decibel = 20.0 * np.log10(np.maximum(planes, 1e-5) / peak)
    return np.asarray(np.maximum(decibel, -80.0) / 80.0 + 1.0, dtype=np.float32)


@torch.no_grad()
def salience(network: DeepSalience, harmonics: np.ndarray) -> np.ndarray:
    """(6, 360, frames) -> (360, frames), computed in chunks that overlap by the network's context."""
    frames = harmonics.shape[-1]
    found = np.empty((BINS, frames), dtype=np.float32)
    for start in range(0, frames, CHUNK_FRAMES):
        end = min(frames, start + CHUNK_FRAMES)
        low, high = max(0, start - CONTEXT_FRAMES), min(frames, end + CONTEXT_FRAMES)
        heard = network(torch.from_numpy(harmonics[None, :, :, low:high]))[0].numpy()
        found[:, start:end] = heard[:, start - low : end - low]
    return found


def to_keys(found: np.ndarray) -> np.ndarray:
    """(360, frames) bins -> (88, frames) keys: each key the loudest of the five bins nearest to it."""
    padded = np.concatenate([np.zeros_like(found[:2]), found, np.zeros_like(found[:3])])
    keys = padded[:BINS].reshape(BINS // 5, 5, -1).max(axis=1)
    placed = np.zeros((88, found.shape[1]), dtype=np.float32)
    placed[LOWEST_KEY : LOWEST_KEY + len(keys)] = keys
    return placed


def _layers(file: "h5py.File") -> list[str]:
    """Names of the file's layers, from the input on."""
    return [name.decode() for name in file.attrs["layer_names"]]


def _arrays(layer: "h5py.Group") -> dict[str, Tensor]:
    """A layer's weights by their own short names: gamma, kernel, bias .."""
    return {
        name.decode().split("/")[-1].split(":")[0]: torch.from_numpy(np.array(layer[name.decode()]))
        for name in layer.attrs["weight_names"]
    }


class _ConstantQ:
    """A constant-Q transform from one Fourier transform: a bin is a band of it, folded to the frame rate."""

    def __init__(self, samples: np.ndarray, frames: int) -> None:
        self.frames = frames
        margin = 4 * SAMPLE_RATE  # longer than half the lowest bin's filter, so that nothing wraps round
        total = -(-(len(samples) + margin) // HOP)  # frames of the padded signal
        total += (-total) % 32  # a length that transforms fast
        self.samples = total * HOP
        self.spectrum = np.fft.rfft(samples.astype(np.float64), self.samples)

    def magnitude(self, frequency_hz: float) -> np.ndarray:
        """(frames,) magnitude of one bin, its filter scaled to unit energy."""
        ratio = 2.0 ** (2.0 / BINS_PER_OCTAVE)
        length = SAMPLE_RATE / frequency_hz * (ratio + 1.0) / (ratio - 1.0)  # of a Hann window, samples
        centre = frequency_hz / SAMPLE_RATE * self.samples
        reach = 6.0 * self.samples / length  # three main lobes to each side: below -90 dB beyond
        low, high = max(0, round(centre - reach)), min(len(self.spectrum) - 1, round(centre + reach))
        x = (np.arange(low, high + 1) - centre) * length / self.samples
        window = np.sinc(x) + 0.5 * np.sinc(x - 1.0) + 0.5 * np.sinc(x + 1.0)  # transform of a Hann window
        band = self.spectrum[low : high + 1] * window
        total = self.samples // HOP
        folded = np.zeros(-(-len(band) // total) * total, dtype=complex)
        folded[: len(band)] = band
        frames = np.fft.ifft(folded.reshape(-1, total).sum(axis=0)) * (total / self.samples)
        return np.asarray(np.abs(frames[: self.frames]) * np.sqrt(length), dtype=np.float32)
