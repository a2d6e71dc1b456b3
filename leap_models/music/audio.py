"""Sound files as mono samples at the rate that somebody asked for."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from leap_models.errors import BadParameter, UnreadableAudio
from leap_models.music.decoders import Block, open_source

Samples = npt.NDArray[np.float32]  # (samples,), mono

SUFFIXES = {  # what names of sound files end in, where files are looked for
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".m4a", ".aac", ".mp4", ".wma", ".webm",
}  # fmt: skip
_ABSURD = 1e9  # no sample of a sound is so far from 1
_OVERSHOOT = 1.26  # 2 dB: what lossy formats and resampling add to a peak of 1 by themselves


@dataclass(frozen=True, eq=False)
class Audio:
    """Mono sound.

    Args:
        samples: float32 (n,), from -1 to 1.
        sample_rate: per second.
        duration_s: of the whole file, of which `samples` may be a part.
        start_s: where in the file `samples` begin.
        warnings: what was wrong with the file and has been put right, one line each.
    """

    samples: Samples
    sample_rate: int
    duration_s: float
    start_s: float = 0.0
    warnings: tuple[str, ...] = ()

    @property
    def length_s(self) -> float:
        """The length of `samples`."""
        return len(self.samples) / self.sample_rate


def read(path: Path | str, sample_rate: int, start_s: float = 0.0, end_s: float | None = None) -> Audio:
    """Read a sound file, or the part of it from `start_s` to `end_s`; None, or too late an end, is its end.

    The mean of all channels, resampled. Samples that are no numbers become silence; if the peak is above 1, all is
    scaled down to 1. No more memory is needed than for the result and a few seconds of the file.

    Raises:
        BadParameter: the part is empty or begins behind the end, or the rate is not positive.
        UnreadableAudio: the file is missing, not audio, damaged or empty, or nothing here can decode it.
    """
    source = stream(path, sample_rate, start_s, end_s)
    length_s = min(math.inf if end_s is None else end_s, source.duration_s) - start_s
    samples = np.empty(math.ceil(length_s * sample_rate) + sample_rate, np.float32)
    count = 0
    for block in source:
        if count + len(block) > len(samples):
            samples = np.resize(samples, 2 * (count + len(block)))
        samples[count : count + len(block)] = block
        count += len(block)
    samples = samples[:count]
    warnings = list(source.warnings)
    peak = max(float(samples.max()), -float(samples.min()))
    if peak > 1.0:
        samples /= np.float32(peak)
    if peak > _OVERSHOOT:
        warnings.append(f"{path}: samples reach {peak:.2f} instead of 1; all were scaled down")
    return Audio(samples, sample_rate, source.duration_s, start_s, tuple(warnings))


def stream(path: Path | str, sample_rate: int, start_s: float = 0.0, end_s: float | None = None) -> "AudioStream":
    """Read a sound file block by block: as `read`, but a peak above 1 stays.

    Raises:
        BadParameter, UnreadableAudio: as `read`; the latter also while blocks are read.
    """
    return AudioStream(Path(path), sample_rate, start_s, end_s)


class AudioStream:
    """Mono blocks of a few seconds, once.

    Attributes:
        sample_rate: as asked for.
        file_rate: the file's own.
        duration_s: of the whole file; exact once its end was read.
        warnings: as in `Audio`; complete once the last block was read.
    """

    def __init__(self, path: Path, sample_rate: int, start_s: float, end_s: float | None) -> None:
        if sample_rate <= 0:
            raise BadParameter(f"sample_rate must be positive, got {sample_rate}")
        if not 0.0 <= start_s < math.inf:
            raise BadParameter(f"start_s must be at least 0, got {start_s}")
        if end_s is not None and not start_s < end_s:
            raise BadParameter(f"end_s must be later than start_s, got {start_s} to {end_s}")
        self._path, self._source = path, open_source(path)
        self._start_s, self._end_s = start_s, math.inf if end_s is None else end_s
        self.sample_rate, self.file_rate = sample_rate, self._source.sample_rate
        self.duration_s = self._source.duration_s
        self.warnings: tuple[str, ...] = ()
        if start_s >= self.duration_s:
            raise BadParameter(f"start_s must be before the end of {path} at {self.duration_s:.2f} s, got {start_s}")

    def __iter__(self) -> Iterator[Samples]:
        resampler = _Resampler(self._source.sample_rate, self.sample_rate)
        broken = 0
        for block in self._source.blocks(self._start_s, self._end_s):
            wrong = ~(np.abs(block) <= _ABSURD)  # also true for NaN
            broken += int(wrong.sum())
            mono = _mono(np.where(wrong, np.float32(0.0), block) if wrong.any() else block)
            yield resampler.push(mono)
        if not resampler.taken:
            raise UnreadableAudio(f"{self._path}: there is no sound in it that can be decoded")
        if broken:
            self.warnings = (f"{self._path}: {broken} samples are no numbers; they were made silent",)
        if self._end_s >= self.duration_s:
            self.duration_s = self._start_s + resampler.taken / self._source.sample_rate
        yield resampler.finish()


class _Resampler:
    """From one rate to another, with exactly as many samples as the length says; at least one."""

    def __init__(self, given_rate: int, wanted_rate: int) -> None:
        self._given_rate, self._wanted_rate = given_rate, wanted_rate
        same = given_rate == wanted_rate
        self._stream = None if same else soxr.ResampleStream(given_rate, wanted_rate, 1, dtype="float32")
        self.taken = 0  # samples at the given rate
        self._given = 0  # samples at the wanted rate

    def push(self, samples: Samples) -> Samples:
        self.taken += len(samples)
        resampled: Samples = samples if self._stream is None else self._stream.resample_chunk(samples)
        self._given += len(resampled)
        return resampled

    def finish(self) -> Samples:
        rest = np.zeros(0, np.float32)
        if self._stream is not None:
            rest = self._stream.resample_chunk(rest, last=True)
        whole = (2 * self.taken * self._wanted_rate + self._given_rate) // (2 * self._given_rate)  # rounded
        missing = max(1, whole) - self._given
        return np.concatenate([rest[: max(missing, 0)], np.zeros(max(missing - len(rest), 0), np.float32)])


def _mono(block: Block) -> Samples:
    mono: Samples = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float32)
    return np.ascontiguousarray(mono)
