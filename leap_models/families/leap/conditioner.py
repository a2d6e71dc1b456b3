"""What LEAP hears: audio in, features on a grid of 50 frames a second out.

Every conditioner is frozen: it was trained on real recordings before LEAP was, which is what carries a model trained
on rendered bands over to real songs.
"""

from typing import Protocol

import numpy as np
import soxr
import torch
from torch import Tensor
from torch.nn import functional

from leap_models.families.leap import nmp
from leap_models.families.leap.melody import MelodyHead
from leap_models.families.leap.nmp import KEYS, Nmp
from leap_models.music.tempo import TempoMap

RATE = 50  # feature frames a second
STRETCH_FRAMES = 256  # of features: one hop of 5.12 s, the unit in which a song is listened to
STRETCH_S = STRETCH_FRAMES / RATE
NMP_FRAMES = 441  # of the note network in one hop: 5.12 s x 22 050 Hz / 256, exactly
MARGIN_FRAMES = 30  # of the note network, heard again before a stretch so that its first frames have a past
MARGIN_S = MARGIN_FRAMES * nmp.HOP / nmp.SAMPLE_RATE
PLANES = 3  # notes, onsets, melody
EXTRAS = 10  # numbers a frame that are not about pitch: 9 of the beat, 1 of loudness


class Conditioner(Protocol):
    """Listens to a song one hop at a time."""

    @property
    def width(self) -> int:
        """Features a frame."""
        ...

    def listen(self, samples: np.ndarray, sample_rate: int, margin_s: float) -> np.ndarray:
        """Features of the last 5.12 s of `samples`.

        Args:
            samples: (n,) float32, mono, 5.12 s and before it `margin_s` that are only context.
            sample_rate: Hz.
            margin_s: 0 at the beginning of a song, else MARGIN_S.

        Returns:
            (256, width) float32.
        """
        ...


class NmpConditioner:
    """Notes, onsets and melody for each key, and onset strength: Basic Pitch's network and a melody head of ours.

    Features of a frame: 88 notes, 88 onsets, 88 melody, 1 onset strength; all 0..1.
    """

    width = PLANES * KEYS + 1

    def __init__(self, network: Nmp, melody: MelodyHead, device: str) -> None:
        self.network, self.melody, self.device = network.to(device).eval(), melody.to(device).eval(), device

    @torch.inference_mode()
    def listen(self, samples: np.ndarray, sample_rate: int, margin_s: float) -> np.ndarray:
        """See `Conditioner.listen`."""
        heard = soxr.resample(samples, sample_rate, nmp.SAMPLE_RATE) if sample_rate != nmp.SAMPLE_RATE else samples
        margin = round(margin_s * nmp.SAMPLE_RATE / nmp.HOP)
        wanted = (margin + NMP_FRAMES) * nmp.HOP
        padded = np.pad(heard[:wanted], (0, max(0, wanted - len(heard))))
        return self.features(torch.from_numpy(padded.astype(np.float32))[None].to(self.device), margin)[0].cpu().numpy()

    def features(self, samples: Tensor, margin: int) -> Tensor:
        """(batch, samples at 22 050 Hz) -> (batch, 256, width), the first `margin` network frames left out."""
        return on_grid(self.frames(samples)[:, margin : margin + NMP_FRAMES])

    def frames(self, samples: Tensor) -> Tensor:
        """(batch, samples at 22 050 Hz) -> (batch, frames, width), one frame for each 256 samples."""
        loudness = self.network.loudness(samples)
        likely = self.network.hear(loudness)
        salience = self.melody(likely.stack).likelihood()  # at half the rate
        melody = functional.interpolate(salience.transpose(1, 2), size=loudness.shape[2], mode="linear").transpose(1, 2)
        rise = (loudness[..., 1:] - loudness[..., :-1]).clamp(min=0).mean(dim=1)
        strength = functional.pad(rise * 20.0, (1, 0)).clamp(max=1.0)[..., None]
        onset = functional.max_pool1d(likely.onset.transpose(1, 2), 3, stride=1, padding=1).transpose(1, 2)
        return torch.cat([likely.note, onset, melody, strength], dim=-1)


def listen_all(conditioner: Conditioner, samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """A whole recording, hop by hop as a running model hears it. (n,) -> (frames, width)."""
    hop, margin = round(STRETCH_S * sample_rate), round(MARGIN_S * sample_rate)
    stretches = []
    for start in range(0, len(samples), hop):
        stretch = samples[max(0, start - margin) : start + hop]
        padded = np.pad(stretch, (0, min(start, margin) + hop - len(stretch)))
        stretches.append(conditioner.listen(padded, sample_rate, MARGIN_S if start else 0.0))
    return np.concatenate(stretches)[: len(samples) * RATE // sample_rate]


def on_grid(frames: Tensor) -> Tensor:
    """(batch, 441, width) at the network's rate -> (batch, 256, width) at 50 a second, linear between frames."""
    places = torch.arange(STRETCH_FRAMES, device=frames.device) * (NMP_FRAMES / STRETCH_FRAMES)
    before = places.floor().long()
    after = (before + 1).clamp(max=frames.shape[1] - 1)
    share = (places - before)[:, None]
    return frames[:, before] * (1 - share) + frames[:, after] * share


def beat_features(tempo: TempoMap | None, start_s: float, frames: int) -> np.ndarray:
    """Where each frame lies in its beat and bar: (frames, 9) float32, all zero where no beat is known.

    Sines and cosines of the beat's, half beat's and quarter beat's phase, of the bar's phase, and 1 for "a beat is
    known".
    """
    if tempo is None:
        return np.zeros((frames, 9), dtype=np.float32)
    beats = tempo.beats_at(start_s + np.arange(frames) / RATE)
    bars = (beats - tempo.downbeat) / tempo.beats_per_bar
    turns = 2 * np.pi * np.stack([beats, 2 * beats, 4 * beats, bars], axis=1)
    return np.concatenate([np.sin(turns), np.cos(turns), np.ones((frames, 1))], axis=1).astype(np.float32)
