"""Small pianos that need no SoundFont: sines with overtones of their own, in files as `prepare timbre` leaves them."""

from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import Tensor, nn

from leap_models.families.timbre.player import Player
from leap_models.families.timbre.touch import AS_LEARNED, Touch
from leap_models.music.notes import Note
from leap_models.training.timbre_data import FOLDER, Recordings
from leap_models.training.timbre_render import RATE, Played

OVERTONES = {
    "fluid_grand": tuple(1.0 / n**3 for n in range(1, 11)), "tim_fm": tuple(n % 2 / n for n in range(1, 11)),
    "tim_grand": tuple(0.5 for _ in range(10)), "musescore_fm": tuple(n % 2 / n**2 for n in range(1, 11)),
}  # fmt: skip
DURATION_S = 2.5


def passage(seed: int) -> Played:
    """Six notes."""
    rng = np.random.default_rng(seed)
    notes = [
        Note(0.05 + 0.35 * i, 0.35 + 0.35 * i, int(pitch), int(velocity))
        for i, (pitch, velocity) in enumerate(zip(rng.integers(48, 84, 6), rng.integers(30, 120, 6), strict=True))
    ]
    return Played(tuple(notes), (), DURATION_S)


@cache
def sound(piano: str, played: Played) -> np.ndarray:
    """(samples,) float32."""
    made = np.zeros(round(played.duration_s * RATE), np.float32)
    age_s = np.arange(RATE) / RATE
    for note in played.notes:
        place = made[round(note.start_s * RATE) :][:RATE]
        hz = 440.0 * 2.0 ** ((note.pitch - 69) / 12)
        strength = 0.15 * (note.velocity / 127.0) ** 2 * np.exp(-4.0 * age_s)
        waves = sum(
            level * np.sin(2.0 * np.pi * number * hz * age_s) for number, level in enumerate(OVERTONES[piano], start=1)
        )
        place += (strength * waves)[: len(place)].astype(np.float32)
    return made


def write(folder: Path, split: str, passages: dict[str, Played], pianos: tuple[str, ...]) -> None:
    """Prepared data of one split."""
    (folder / FOLDER / "notes").mkdir(parents=True, exist_ok=True)
    for name, played in passages.items():
        notes = np.array([(n.start_s, n.end_s, n.pitch, n.velocity) for n in played.notes])
        np.savez(
            folder / FOLDER / "notes" / f"{name}.npz", notes=notes, pedals=np.zeros((0, 2)), split=np.array(split),
            duration_s=np.array(played.duration_s),
        )  # fmt: skip
        for piano in pianos:
            (folder / FOLDER / "audio" / piano).mkdir(parents=True, exist_ok=True)
            soundfile.write(folder / FOLDER / "audio" / piano / f"{name}.flac", sound(piano, played), RATE)


@cache
def recordings(pianos: tuple[str, ...], count: int = 4, first: int = 0) -> Recordings:
    """The same in memory."""
    passages = {f"song-{seed}": passage(seed) for seed in range(first, first + count)}
    sounds = {
        (piano, name): np.round(sound(piano, played) * 32767).astype(np.int16)
        for piano in pianos for name, played in passages.items()
    }  # fmt: skip
    return Recordings(passages, sounds)


class Stub(Player):
    """A player that hears the mean spectrum and plays noise as loud as the notes."""

    def __init__(self) -> None:
        super().__init__(RATE, 96)
        self.say = nn.Linear(129, 64)
        self.level = nn.Linear(64, 1)
        self.register_buffer("noise", torch.randn(1, 96, generator=torch.Generator().manual_seed(0)), persistent=False)

    def timbre(self, reference: Tensor) -> Tensor:
        spectra = torch.stft(reference, 256, 128, window=torch.hann_window(256), return_complex=True).abs()
        return self.say(torch.log(spectra.mean(dim=-1) + 1e-3))

    def play(self, score: dict[str, Tensor], heard: Tensor, touch: Touch = AS_LEARNED) -> Tensor:
        level = score["sounding"].sum(dim=-1, keepdim=True) * self.level(heard).exp()[:, None] * 0.1
        return (level * self.noise).flatten(1)
