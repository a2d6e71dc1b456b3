"""Teaching LEAP's melody head: songs whose melody is known, and real recordings as DeepSalience hears them.

Every window is heard at another speed and pitch, through another equaliser, with noise and sometimes with another band
under it, because the head must work on recordings that no one rendered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import soxr
import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.leap.melody import (
    FRAME_RATE,
    HOP_SAMPLES,
    KEYS,
    LOWEST_PITCH,
    MelodyConfig,
    MelodyHead,
    MelodyLogits,
)
from leap_models.families.leap.nmp import FRAMES, HOP, SAMPLE_RATE, SAMPLES, Nmp
from leap_models.training import deepsalience

WINDOWS = (1, 1, 1, 2)  # lengths of a batch's windows, in windows of the note network; one is drawn
LEAD_SHARE = 0.6  # of DeepSalience's `melody2` beside its `vocal`: a voice goes before an instrument
SURE = 0.4  # salience from which DeepSalience means it


@dataclass(frozen=True)
class Recording:
    """Samples, and where the melody is in them.

    Attributes:
        samples: (n,) float32 in -1..1 at 22 050 Hz.
        melody: (88, n // 512) likelihood of each key in 0..1, at the middle of the head's frames.
        weight: how much its windows count.
    """

    samples: np.ndarray
    melody: np.ndarray
    weight: float = 1.0


@dataclass(frozen=True)
class MelodyTraining:
    """How windows are disturbed and what counts in the loss."""

    transposition: float = 3.0  # semitones up or down, by playing faster or slower
    detune: float = 0.12  # semitones, standard deviation
    tilt_db: float = 6.0  # standard deviation of the equaliser's bands
    noise_db: tuple[float, float] = (-60.0, -18.0)  # below the window
    mixed_share: float = 0.3  # of windows that have another recording under them
    mixed_db: tuple[float, float] = (-20.0, -8.0)
    taught_share: float = 0.3  # of windows from recordings that a teacher labelled
    voicing: float = 0.5  # weight of the voicing loss beside the salience loss


def from_notes(samples: np.ndarray, notes: np.ndarray) -> Recording:
    """A recording whose melody is known.

    Args:
        samples: (n,) at 22 050 Hz.
        notes: (notes, 3 or more) start_s, end_s, pitch, ..; a later note ends an earlier one.
    """
    melody = np.zeros((KEYS, len(samples) // HOP_SAMPLES), dtype=np.float32)
    for start_s, end_s, pitch in notes[np.argsort(notes[:, 0], kind="stable"), :3]:
        first, last = (max(0, round(edge_s * FRAME_RATE)) for edge_s in (start_s, end_s))
        melody[:, first:last] = 0.0
        melody[int(pitch) - LOWEST_PITCH, first:last] = 1.0
    return Recording(samples, melody)


def from_teachers(samples: np.ndarray, vocal: np.ndarray, lead: np.ndarray, weight: float = 1.0) -> Recording:
    """A recording labelled by DeepSalience.

    Args:
        samples: (n,) at 22 050 Hz.
        vocal, lead: (88, frames of 256 samples) what `vocal` and `melody2` hear, from `deepsalience.to_keys`.
        weight: how much its windows count.
    """
    heard = np.maximum(vocal, LEAD_SHARE * lead)
    loudest = np.maximum(vocal, lead).max(axis=0)  # a lead alone is as much of a melody as a voice alone
    heard = heard * (loudest / np.maximum(heard.max(axis=0), 1e-6))
    frames = min(len(samples) // HOP_SAMPLES, heard.shape[1] // 2)
    pairs = np.maximum(heard[:, 0 : 2 * frames : 2], heard[:, 1 : 2 * frames : 2])
    return Recording(samples, np.minimum(1.0, pairs / SURE).astype(np.float32) ** 2, weight)


def teach(network: deepsalience.DeepSalience, samples: np.ndarray) -> np.ndarray:
    """(n,) samples at 22 050 Hz -> (88, frames of 256 samples): one teacher's opinion. A core needs half real time."""
    return deepsalience.to_keys(deepsalience.salience(network, deepsalience.harmonic_transform(samples)))


class MelodyTask:
    """Salience and voicing of melody; see `leap_models.training.loop.Task`."""

    def __init__(
        self, config: MelodyConfig, training: MelodyTraining, ears: Nmp,
        known: Sequence[Recording], taught: Sequence[Recording], validation: Sequence[Recording],
    ) -> None:
        self.network: nn.Module = MelodyHead(config)
        self.training, self.ears = training, ears.eval()
        self.known, self.taught, self.validation = known, taught, validation

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """Samples (size, n), melody (size, frames, 88), weight (size,)."""
        windows = int(rng.choice(WINDOWS))
        samples = SAMPLES + (windows - 1) * FRAMES * HOP
        cuts = [self._disturbed(samples, rng) for _ in range(size)]
        return {
            "samples": torch.from_numpy(np.stack([cut.samples for cut in cuts])),
            "melody": torch.from_numpy(np.stack([cut.melody.T for cut in cuts])),
            "weight": torch.tensor([cut.weight for cut in cuts], dtype=torch.float32),
        }

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:  # noqa: ARG002
        """Cross entropy of the keys where there is a melody, and of there being one."""
        logits = network(self._heard(batch["samples"]))
        return self._figures(logits, batch["melody"], batch["weight"])

    @torch.no_grad()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Losses; `chroma`: the share of melody frames with the right pitch class; `voiced`: of frames voiced right."""
        figures: dict[str, list[float]] = {}
        for recording in self.validation:
            samples, melody = _windows(recording)
            for heard, truth in zip(torch.split(samples, 8), torch.split(melody, 8), strict=True):
                logits = network(self._heard(heard))
                found = self._figures(logits, truth, torch.ones(len(heard)))
                for name, value in (found | _shares(logits, truth)).items():
                    figures.setdefault(name, []).append(float(value))
        return {name: float(np.nanmean(values)) for name, values in figures.items()}

    def _heard(self, samples: Tensor) -> Tensor:
        with torch.no_grad():
            return self.ears.to(samples.device).harmonics(self.ears.loudness(samples))

    def _figures(self, logits: MelodyLogits, melody: Tensor, weight: Tensor) -> dict[str, Tensor]:
        voiced = melody.amax(dim=2)
        share = melody / melody.sum(dim=2, keepdim=True).clamp(min=1e-6)
        keys = -(share * logits.salience.log_softmax(dim=2)).sum(dim=2)
        counted = voiced * weight[:, None]
        salience = (keys * counted).sum() / counted.sum().clamp(min=1.0)
        cells = functional.binary_cross_entropy_with_logits(logits.voicing, voiced, reduction="none")
        voicing = (cells * weight[:, None]).sum() / (weight.sum() * voiced.shape[1]).clamp(min=1e-6)
        return {"salience": salience, "voicing": voicing, "loss": salience + self.training.voicing * voicing}

    def _disturbed(self, samples: int, rng: np.random.Generator) -> Recording:
        """A window as it might have been recorded elsewhere."""
        training = self.training
        taught = bool(self.taught) and (not self.known or rng.random() < training.taught_share)
        songs = self.taught if taught else self.known
        window = varied(_pick(songs, rng), samples, training, rng)
        sound = window.samples
        if rng.random() < training.mixed_share:
            under = varied(_pick([*self.known, *self.taught], rng), samples, training, rng).samples
            sound = sound + under * _ratio(sound, under, rng.uniform(*training.mixed_db))
        sound = equalised(sound, training.tilt_db, rng)
        noise = rng.standard_normal(samples)
        sound = sound + noise * _ratio(sound, noise, rng.uniform(*training.noise_db))
        return Recording(sound.astype(np.float32), window.melody, window.weight)


def varied(recording: Recording, samples: int, training: MelodyTraining, rng: np.random.Generator) -> Recording:
    """A window of `samples` from anywhere in a recording, played at another speed and so at another pitch."""
    whole = int(rng.integers(-int(training.transposition), int(training.transposition) + 1))
    semitones = whole + rng.normal(0.0, training.detune)
    speed = 2.0 ** (semitones / 12.0)
    length = int(np.ceil(samples * speed)) + 64
    first = int(rng.integers(0, max(1, len(recording.samples) - length)))
    played = soxr.resample(recording.samples[first : first + length], SAMPLE_RATE * speed, SAMPLE_RATE, quality="LQ")
    sound = np.zeros(samples, dtype=np.float32)
    sound[: len(played)] = played[:samples]
    frames = (samples + HOP) // HOP // 2
    places = (first + (np.arange(frames) + 0.25) * HOP_SAMPLES * speed) / HOP_SAMPLES - 0.25
    within = places < recording.melody.shape[1] - 0.5
    melody = recording.melody[:, np.minimum(np.round(places).astype(int), recording.melody.shape[1] - 1)] * within
    return Recording(sound, transposed(melody, semitones), recording.weight)


def transposed(melody: np.ndarray, semitones: float) -> np.ndarray:
    """(88, frames) key likelihoods moved up; between two keys they are shared out. What leaves the keyboard is lost."""
    whole = int(np.floor(semitones))
    part = semitones - whole
    return (_moved(melody, whole) * (1.0 - part) + _moved(melody, whole + 1) * part).astype(np.float32)


def equalised(sound: np.ndarray, tilt_db: float, rng: np.random.Generator) -> np.ndarray:
    """Through a smooth random equaliser of seven bands, an octave and a half apart."""
    spectrum = np.fft.rfft(sound)
    octave = np.log2(np.maximum(np.arange(len(spectrum)), 1) / len(spectrum)) + 10.5
    gain_db = np.interp(octave, np.linspace(0.0, 10.5, 7), rng.normal(0.0, tilt_db, 7))
    return np.fft.irfft(spectrum * 10.0 ** (gain_db / 20.0), len(sound))


def _moved(melody: np.ndarray, keys: int) -> np.ndarray:
    moved = np.zeros_like(melody)
    if keys >= 0:
        moved[keys:] = melody[: KEYS - keys]
    else:
        moved[:keys] = melody[-keys:]
    return moved


def _pick(songs: Sequence[Recording], rng: np.random.Generator) -> Recording:
    return songs[int(rng.integers(len(songs)))]


def _ratio(loud: np.ndarray, soft: np.ndarray, below_db: float) -> float:
    """Gain that puts one sound so far below another."""
    power = float(np.mean(np.square(loud))), float(np.mean(np.square(soft)))
    return float(np.sqrt(power[0] / max(power[1], 1e-9)) * 10.0 ** (below_db / 20.0))


def _windows(recording: Recording) -> tuple[Tensor, Tensor]:
    """The whole recording in the note network's windows: samples (windows, 43 844), melody (windows, 86, 88)."""
    count = (len(recording.samples) - SAMPLES) // (FRAMES * HOP) + 1
    starts = np.arange(count) * FRAMES
    samples = np.stack([recording.samples[start * HOP : start * HOP + SAMPLES] for start in starts])
    melody = np.stack([recording.melody[:, start // 2 : start // 2 + FRAMES // 2].T for start in starts])
    return torch.from_numpy(samples), torch.from_numpy(melody)


def _shares(logits: MelodyLogits, melody: Tensor) -> dict[str, float]:
    """How often the likeliest key has the melody's pitch class, and the voicing is right."""
    voiced = melody.amax(dim=2) > 0.5
    right = (logits.salience.argmax(dim=2) - melody.argmax(dim=2)) % 12 == 0
    chroma = float(right[voiced].float().mean()) if bool(voiced.any()) else float("nan")
    return {"chroma": chroma, "voiced": float(((logits.voicing > 0) == voiced).float().mean())}
