"""Teaching the beat tracker's second network: what is a beat, when one knows what follows.

Songs are heard once, by BeatNet and as spectra, which lie in the run's folder. Each window is then heard faster or
slower, louder or softer, flatter, through another equaliser, with noise, and sometimes without what BeatNet says of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.music.beat_context import FEATURES, LAYERS, TAPS, features
from leap_models.music.beat_network import (
    FRAME_RATE,
    HOP,
    LOW_BANDS,
    RISES,
    SAMPLE_RATE,
    WINDOW,
    Array,
    BeatNetwork,
    spectrum,
)
from leap_models.paths import atomic
from leap_models.training import render

UNHEARD = 0.05  # what BeatNet says when it hears nothing
NOISE = 0.02  # of every feature
NEAR = 2.0  # frames over which a beat's likelihood falls to nothing
BLOCK = 500  # frames whose spectra are made at once


@dataclass(frozen=True)
class BeatsTraining:
    """How windows are disturbed and what counts in the loss.

    Args:
        frames: of a window.
        slowest, fastest: natural logarithms of the most that a window is slower or faster; songs of POP909 are slow.
        steady: share of windows that keep their tempo.
        spliced: share of windows in which one song goes over to another, so that a new tempo is believed.
        gain_db, tilt_db: standard deviations of the loudness and of the equaliser's bands.
        flattened: share of windows whose spectra are compressed, or spread.
        noisy: share of windows with noise.
        unheard: share of windows of which BeatNet says nothing.
        misheard: share of windows in which it also hears beats where there are none.
        deaf: share of windows that have only what BeatNet and the rises say.
        downbeat: weight of the downbeats' loss beside the beats'.
    """

    frames: int = 1250
    slowest: float = -0.3
    fastest: float = 0.6
    steady: float = 0.2
    spliced: float = 0.4
    gain_db: float = 6.0
    tilt_db: float = 4.0
    flattened: float = 0.5
    noisy: float = 0.4
    unheard: float = 0.12
    misheard: float = 0.18
    deaf: float = 0.25
    downbeat: float = 1.2


class Context(nn.Module):
    """The network that `leap_models.music.beat_context` runs, for learning."""

    def __init__(self, channels: int = 24, dropout: float = 0.1) -> None:
        super().__init__()
        self.enter = nn.Conv1d(FEATURES, channels, 3, padding=1)
        self.convolve = nn.ModuleList([nn.Conv1d(channels, channels, TAPS, dilation=each) for each, _ahead in LAYERS])
        self.mix = nn.ModuleList([nn.Conv1d(channels, channels, 1) for _ in LAYERS])
        self.out = nn.Conv1d(channels, 2, 1)
        self.dropout = nn.Dropout1d(dropout)

    def forward(self, heard: Tensor) -> Tensor:
        """(batch, frames, FEATURES) -> (batch, frames, 2) logits of any beat and of a downbeat."""
        flow = functional.elu(self.enter(heard.transpose(1, 2)))
        for (dilation, ahead), convolve, mix in zip(LAYERS, self.convolve, self.mix, strict=True):
            padded = functional.pad(flow, (dilation * (TAPS - 1 - ahead), dilation * ahead))
            flow = flow + self.dropout(mix(functional.elu(convolve(padded))))
        logits: Tensor = self.out(flow).transpose(1, 2)
        return logits


@dataclass(frozen=True)
class Song:
    """A song as it is heard.

    Attributes:
        activations: (frames, 2) of BeatNet.
        bands: (frames, 136), log10(1 + magnitude).
        beats_s, downbeats_s: where they are.
        played_s: from the first to the last note; outside, nothing counts.
    """

    activations: Array
    bands: Array
    beats_s: np.ndarray
    downbeats_s: np.ndarray
    played_s: tuple[float, float]


def listen(path: Path, heard: Path) -> Song:
    """An example as it is heard, from the file `heard` if it was listened to before."""
    with np.load(path) as arrays:
        beats_s, melody, piano = arrays["beats_s"], arrays["melody"], arrays["target_5"]
        downbeats_s = beats_s[arrays["downbeats"][arrays["downbeats"] < len(beats_s)]]
        if not heard.exists():
            samples = soxr.resample(arrays["samples"].astype(np.float32) / 32767.0, render.SAMPLE_RATE, SAMPLE_RATE)
            _remember(samples, heard)
    starts_s = np.concatenate([melody[:, 0], piano[:, 0]])
    with np.load(heard) as arrays:
        return Song(
            arrays["activations"], arrays["bands"].astype(np.float32), beats_s, downbeats_s,
            (float(starts_s.min()), float(starts_s.max())),
        )


def _remember(samples: Array, heard: Path) -> None:
    network = BeatNetwork()
    activations = np.concatenate([network.push(samples).activations, network.finish().activations])
    padded = np.pad(samples, (WINDOW // 2, WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][: len(activations)]
    bands = np.concatenate([spectrum(windows[first : first + BLOCK]) for first in range(0, len(windows), BLOCK)])
    with atomic(heard) as unfinished, unfinished.open("wb") as stream:
        np.savez(stream, activations=activations, bands=bands.astype(np.float16))


class BeatsTask:
    """Beats and downbeats; see `leap_models.training.loop.Task`."""

    def __init__(self, training: BeatsTraining, songs: Sequence[Song], held_out: Sequence[Song]) -> None:
        self.network: nn.Module = Context()
        self.training, self.songs, self.held_out = training, songs, held_out

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """Disturbed windows: heard (size, frames, FEATURES), beats (size, frames, 2), played (size, frames)."""
        cuts = [self._window(rng) for _ in range(size)]
        return {name: torch.from_numpy(np.stack([cut[name] for cut in cuts])) for name in cuts[0]}

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:  # noqa: ARG002
        """Cross entropy, mean over the frames in which the song is played."""
        cells = functional.binary_cross_entropy_with_logits(network(batch["heard"]), batch["beats"], reduction="none")
        played = batch["played"]
        beat, downbeat = (cells * played[..., None]).sum(dim=(0, 1)) / played.sum().clamp(min=1.0)
        return {"beat": beat, "downbeat": downbeat, "loss": beat + self.training.downbeat * downbeat}

    @torch.no_grad()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Losses on whole songs never trained on, as they are."""
        found: dict[str, list[float]] = {}
        for song in self.held_out:
            heard = features(song.activations, song.bands[:, :LOW_BANDS], rises(song.bands))
            window = {"heard": heard, **_truth(song, np.arange(len(heard)) / FRAME_RATE, 1.0)}
            batch = {name: torch.from_numpy(values)[None] for name, values in window.items()}
            for name, value in self.loss(network, batch, torch.Generator()).items():
                found.setdefault(name, []).append(float(value))
        return {name: float(np.mean(values)) for name, values in found.items()}

    def _window(self, rng: np.random.Generator) -> dict[str, Array]:
        frames = self.training.frames
        if rng.random() >= self.training.spliced:
            return self._cut(frames, rng)
        first = int(rng.integers(frames // 5, frames - frames // 5))
        parts = [self._cut(count, rng) for count in (first, frames - first)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _cut(self, frames: int, rng: np.random.Generator) -> dict[str, Array]:
        training, song = self.training, self.songs[int(rng.integers(len(self.songs)))]
        steady = rng.random() < training.steady
        speed = 1.0 if steady else float(np.exp(rng.uniform(training.slowest, training.fastest)))
        last = len(song.bands) - 1
        first = int(rng.integers(max(1, last - int(frames * speed))))
        places = np.minimum(first + np.arange(frames) * speed, last)
        heard = self._disturbed(song, places, speed, rng)
        truth = _truth(song, places / FRAME_RATE, speed)
        truth["played"] *= places < last
        return {"heard": heard, **truth}

    def _disturbed(self, song: Song, places: np.ndarray, speed: float, rng: np.random.Generator) -> Array:
        training = self.training
        activations = self._rumoured(song.activations[np.round(places).astype(int)], rng)
        before = np.floor(places).astype(int)
        after, part = np.minimum(before + 1, len(song.bands) - 1), (places - before)[:, None].astype(np.float32)
        bands = equalised((1.0 - part) * song.bands[before] + part * song.bands[after], training, rng)
        heard = features(activations, bands[:, :LOW_BANDS], rises(bands) / min(speed, 1.0))
        heard += rng.normal(0.0, NOISE, heard.shape)
        if rng.random() < training.deaf:
            heard[:, -LOW_BANDS:] = 0.0
        return heard

    def _rumoured(self, activations: Array, rng: np.random.Generator) -> Array:
        """What BeatNet says, or less, or more."""
        chance = rng.random()
        if chance < self.training.unheard:
            return np.full_like(activations, UNHEARD)
        if chance < self.training.unheard + self.training.misheard:
            share = np.float32(rng.uniform(0.1, 0.6))
            return activations * (1.0 - share) + share * np.roll(activations, int(rng.integers(3, 25)), axis=0)
        return activations


def equalised(bands: Array, training: BeatsTraining, rng: np.random.Generator) -> Array:
    """(frames, 136) spectra as if the recording were louder or softer, brighter or darker, and noisy."""
    width = bands.shape[1]
    tilt_db = np.interp(np.arange(width), np.linspace(0, width, 6), rng.normal(0.0, training.tilt_db, 6))
    gain = 10.0 ** ((rng.normal(0.0, training.gain_db) + tilt_db) / 20.0)
    if rng.random() < training.flattened:
        bands = bands * np.float32(rng.uniform(0.6, 1.25))
    magnitudes = (10.0**bands - 1.0) * gain.astype(np.float32)
    if rng.random() < training.noisy:
        magnitudes += np.float32(10.0 ** rng.uniform(-1.5, 1.0)) * rng.rayleigh(1.0, bands.shape)
    heard: Array = np.log10(1.0 + magnitudes).astype(np.float32)
    return heard


def rises(bands: Array) -> Array:
    """(frames, RISES), as in `leap_models.music.beat_network.Heard`."""
    rise = np.maximum(np.diff(bands, axis=0, prepend=bands[:1]), 0.0)
    grouped: Array = rise.reshape(len(rise), RISES, -1).mean(axis=2)
    return grouped


def likelihood(times_s: np.ndarray, frames: int, first_s: float, speed: float) -> Array:
    """(frames,), 1 on a beat, falling to 0 over NEAR frames beside it; so it tells times between frames."""
    likely = np.zeros(frames, np.float32)
    places = (times_s - first_s) * FRAME_RATE / speed
    for step in range(-2, 3):
        near = np.round(places).astype(int) + step
        inside = (near >= 0) & (near < frames)
        np.maximum.at(likely, near[inside], 1.0 - np.minimum(1.0, np.abs(near - places)[inside] / NEAR))
    return likely


def _truth(song: Song, times_s: np.ndarray, speed: float) -> dict[str, Array]:
    first_s, frames = float(times_s[0]), len(times_s)
    likely = [likelihood(each, frames, first_s, speed) for each in (song.beats_s, song.downbeats_s)]
    start_s, end_s = song.played_s
    return {"beats": np.stack(likely, axis=1), "played": ((times_s >= start_s) & (times_s <= end_s)).astype(np.float32)}
