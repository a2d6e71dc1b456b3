"""Sound as .wav files of 32-bit floats: written at once, or growing while the rest is still being made.

Floats, since nothing is clipped while its peak is still to come; a finished file reaches no further than 1.
"""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from leap_models.errors import UnwritableOutput
from leap_models.music.audio import Samples
from leap_models.paths import atomic

HEADER_BYTES = 58
_FLOAT = 3  # the format's number
_BLOCK = 2**20  # samples that are looked at together


def write(path: Path | str, samples: Samples, sample_rate: int) -> None:
    """Write samples, whole or not at all; if they reach beyond 1, all are scaled down.

    Args:
        samples: (n,), or (n, channels).

    Raises:
        UnwritableOutput: the file cannot be written.
    """
    scale = _scale(float(np.abs(samples).max(initial=0.0)))
    blocks = (samples[first : first + _BLOCK] for first in range(0, len(samples), _BLOCK))
    _write(Path(path), blocks, len(samples), sample_rate, scale, 1 if samples.ndim == 1 else samples.shape[1])


class Draft:
    """A .wav that grows: whole and valid after every stretch, at a cost that does not grow with what is in it.

    Args:
        path: where; what is there is overwritten.

    Attributes:
        peak: of what was pushed.

    Raises:
        UnwritableOutput: the file cannot be written.
    """

    def __init__(self, path: Path, sample_rate: int) -> None:
        self._path, self._rate = path, sample_rate
        self._count = 0
        self.peak = 0.0
        _write(path, (), 0, sample_rate, np.float32(1.0))

    def push(self, samples: Samples) -> None:
        """Add a stretch. The header is the last to change, so that whoever reads meanwhile finds the shorter file.

        Raises:
            UnwritableOutput: the file cannot be written.
        """
        self.peak = max(self.peak, float(np.abs(samples).max(initial=0.0)))
        try:
            with self._path.open("r+b") as stream:
                stream.seek(HEADER_BYTES + 4 * self._count)
                stream.write(samples.astype("<f4").tobytes())
                stream.flush()
                self._count += len(samples)
                stream.seek(0)
                stream.write(_header(self._count, self._rate))
        except OSError as error:
            raise UnwritableOutput(f"cannot write {self._path}: {error.strerror or error}") from error

    def finish(self) -> None:
        """If anything reaches beyond 1, scale all of it down.

        Raises:
            UnwritableOutput: the file cannot be written.
        """
        if self.peak > 1.0:
            _write(self._path, _blocks(self._path), self._count, self._rate, _scale(self.peak))


def _blocks(path: Path) -> Iterator[Samples]:
    with path.open("rb") as stream:
        stream.seek(HEADER_BYTES)
        while block := stream.read(4 * _BLOCK):
            yield np.frombuffer(block, "<f4")


def _write(
    path: Path, blocks: Iterable[Samples], count: int, sample_rate: int, scale: np.float32, channels: int = 1
) -> None:
    with atomic(path) as unfinished, unfinished.open("wb") as stream:
        stream.write(_header(count, sample_rate, channels))
        for block in blocks:
            stream.write((block * scale).astype("<f4").tobytes())


def _scale(peak: float) -> np.float32:
    return np.float32(1.0 / max(1.0, peak))


def _header(count: int, sample_rate: int, channels: int = 1) -> bytes:
    """Of a file of so many samples in each channel."""
    frame = 4 * channels  # bytes
    size = frame * count
    kind = struct.pack("<HHIIHHH", _FLOAT, channels, sample_rate, frame * sample_rate, frame, 32, 0)
    return b"".join((
        b"RIFF", struct.pack("<I", HEADER_BYTES - 8 + size), b"WAVE",
        b"fmt ", struct.pack("<I", len(kind)), kind,
        b"fact", struct.pack("<II", 4, count),
        b"data", struct.pack("<I", size),
    ))  # fmt: skip
