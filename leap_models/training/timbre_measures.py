"""What is measured of a piano's sound: its spectrum, how it can be matched, whose it is, how loud each note is.

Conventions: sounds are (samples,) float32 at 24 kHz.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy import fft, signal

from leap_models.music.notes import Note, Notes
from leap_models.training import spectral_loss
from leap_models.training.timbre_render import RATE, Played

SIZE = 2048  # of the transforms, samples
MOST_DB = 30.0  # by which an equaliser lifts or lowers
COEFFICIENTS = 20  # of the cepstra, without the first, which is the loudness
ALONE = 0.1  # share in which each coefficient is taken to vary by itself: there are few renderings
HEARD_DB = 50.0  # below the loudest frame: what is quieter says nothing of the sound
PARTIALS = 6  # in which a note's energy is looked for
STRUCK_S = 0.12  # after the onset
LADDER = (18, 34, 50, 66, 82, 98, 114)  # velocities
LADDER_PITCHES = (36, 48, 60, 72, 84)


def level(sound: np.ndarray) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) + 1e-9


def as_loud(sound: np.ndarray, other: np.ndarray) -> np.ndarray:
    """A sound as loud as another, and as long."""
    fitted = np.pad(sound[: len(other)], (0, max(0, len(other) - len(sound))))
    return np.asarray(fitted * (level(other) / level(fitted)), np.float32)


def in_16_bits(sound: np.ndarray) -> np.ndarray:
    """What a file of 16 bits holds of a sound."""
    return np.asarray(np.round(np.clip(sound, -1.0, 1.0) * 32767.0) / 32767.0, np.float32)


def distances(made: np.ndarray, wanted: np.ndarray) -> dict[str, float]:
    """Multi-scale spectral distance and log-mel distance in dB, at equal loudness and in 16 bits, as recordings are."""
    one, other = _compared(made, wanted)
    return {"spectral": float(spectral_loss.multi_scale(one, other)), "mel_db": mel_distance_db(made, wanted)}


def mel_distance_db(made: np.ndarray, wanted: np.ndarray) -> float:
    """The log-mel distance alone."""
    return spectral_loss.mel_distance_db(*_compared(made, wanted), RATE)


def _compared(made: np.ndarray, wanted: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    one, other = (torch.from_numpy(in_16_bits(each))[None] for each in (as_loud(made, wanted), wanted))
    return one, other


def mel_db(sound: np.ndarray) -> np.ndarray:
    """(bands, frames) in dB, of what 16 bits hold."""
    whole = torch.from_numpy(in_16_bits(sound))[None]
    frames = spectral_loss.log_mel(whole, RATE, spectral_loss.SIXTEEN_BITS)[0].numpy()
    return np.asarray(frames * spectral_loss.DECIBELS)


def mel_frames(sound: np.ndarray) -> np.ndarray:
    """The same without frames near silence, 0 the mean of all."""
    frames = mel_db(sound)
    heard: np.ndarray = frames[:, frames.max(axis=0) > frames.max() - HEARD_DB]
    return np.asarray(heard - heard.mean())


def mean_mel(sound: np.ndarray) -> np.ndarray:
    """(bands,) mean of the mel bands, in dB."""
    return np.asarray(mel_frames(sound).mean(axis=1))


def cepstra(sound: np.ndarray) -> np.ndarray:
    """(2 x COEFFICIENTS,) mean and spread over time of the mel cepstrum."""
    found = fft.dct(mel_frames(sound), axis=0, norm="ortho")[1 : COEFFICIENTS + 1]
    return np.concatenate([found.mean(axis=1), found.std(axis=1)])


def spectrum_db(sounds: Sequence[np.ndarray]) -> np.ndarray:
    """(SIZE / 2 + 1,) mean spectrum of sounds made equally loud, over a third of an octave, in dB."""
    power = np.mean([signal.welch(sound / level(sound), RATE, nperseg=SIZE)[1] for sound in sounds], axis=0)
    hz, smooth = np.arange(len(power)), np.cumsum(np.concatenate([[0.0], power]))
    low, high = (np.clip(hz * 2.0 ** (side / 6.0), 0, len(power) - 1).astype(int) for side in (-1, 1))
    return np.asarray(10.0 * np.log10((smooth[high + 1] - smooth[low]) / (high + 1 - low) + 1e-12))


def equalised(sound: np.ndarray, change_db: np.ndarray) -> np.ndarray:
    """A sound through an equaliser without phase, given as `spectrum_db` gives it."""
    gain = 10.0 ** (np.clip(change_db, -MOST_DB, MOST_DB) / 20.0)
    response = np.roll(np.fft.irfft(gain), SIZE // 2) * np.hanning(SIZE)
    return np.asarray(signal.fftconvolve(sound, response)[SIZE // 2 : SIZE // 2 + len(sound)], np.float32)


@dataclass(frozen=True)
class Centroids:
    """A classifier that nothing was trained with: the nearest mean of the cepstra of each piano's own renderings.

    Args:
        means: (pianos, size), through `even`.
        even: (size, size): makes what the music alone changes the same in every direction (Mahalanobis 1936).
    """

    names: tuple[str, ...]
    means: np.ndarray
    even: np.ndarray

    @classmethod
    def of(cls, sounds: Mapping[str, Sequence[np.ndarray]]) -> "Centroids":
        """From the renderings of each piano."""
        found = {name: np.stack([cepstra(each) for each in mine]) for name, mine in sounds.items()}
        inside = np.concatenate([each - each.mean(axis=0) for each in found.values()])
        spread = inside.T @ inside / len(inside)
        single = np.diag(np.diag(spread) + 1e-6)
        lengths, axes = np.linalg.eigh((1.0 - ALONE) * spread + ALONE * single)
        even = axes / np.sqrt(lengths)
        return cls(tuple(found), np.stack([each.mean(axis=0) for each in found.values()]) @ even, even)

    def nearest(self, sound: np.ndarray) -> str:
        """The piano that a sound is most like."""
        return self.names[int(np.linalg.norm(self.means - cepstra(sound) @ self.even, axis=1).argmin())]


def ladder() -> Played:
    """Single notes of each of LADDER_PITCHES at each of LADDER's velocities, in no order of loudness."""
    order = np.random.default_rng(0).permutation(len(LADDER))
    steps = [(pitch, LADDER[place]) for pitch in LADDER_PITCHES for place in order]
    notes = tuple(Note(0.1 + 0.8 * i, 0.5 + 0.8 * i, pitch, velocity) for i, (pitch, velocity) in enumerate(steps))
    return Played(notes, (), 0.1 + 0.8 * len(notes) + 0.5)


def strengths(sound: np.ndarray, notes: Notes) -> np.ndarray:
    """(notes,) how much louder a note's partials are just after its onset than before, in dB of power."""
    found = []
    for note in notes:
        hz = 440.0 * 2.0 ** ((note.pitch - 69) / 12) * np.arange(1, PARTIALS + 1)
        found.append(_power(sound, note.start_s, hz) - _power(sound, note.start_s - STRUCK_S, hz))
    return np.asarray(10.0 * np.log10(np.maximum(found, 1e-12)))


def _power(sound: np.ndarray, start_s: float, hz: np.ndarray) -> float:
    first, count = round(start_s * RATE), round(STRUCK_S * RATE)
    part = sound[max(0, first) : max(0, first + count)]
    power = np.abs(np.fft.rfft(np.pad(part, (0, count - len(part))) * np.hanning(count))) ** 2 / count
    bins = np.round(hz[hz < 0.45 * RATE] * count / RATE).astype(int)
    return float(sum(power[max(0, bin_ - 1) : bin_ + 2].sum() for bin_ in bins))


def pitch_leak(vectors: np.ndarray, classes: np.ndarray) -> float:
    """How much of pitch-class shares a line through vectors foretells: R^2 over five folds; 0 and below is nothing."""
    folds, left, around = np.arange(len(vectors)) % 5, 0.0, 0.0
    for fold in range(5):
        known, asked = folds != fold, folds == fold
        x, y = vectors[known] - vectors[known].mean(axis=0), classes[known] - classes[known].mean(axis=0)
        line = np.linalg.solve(x.T @ x + len(x) * 0.1 * np.eye(x.shape[1]), x.T @ y)
        guess = (vectors[asked] - vectors[known].mean(axis=0)) @ line + classes[known].mean(axis=0)
        left += float(np.square(classes[asked] - guess).sum())
        around += float(np.square(classes[asked] - classes[known].mean(axis=0)).sum())
    return 1.0 - left / around
