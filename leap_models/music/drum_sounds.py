"""Drums made of sines and noise, for computers without a SoundFont: enough to tell kick, snare and cymbals apart."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leap_models.music.notes import Note

_Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Drum:
    """One drum, struck at full strength.

    Args:
        pitch_hz: what its skin falls to, from twice that; 0: it has none.
        decay_s: after which a third is left.
        noise: its share; the rest is the skin.
        noise_above: by how much neighbouring samples of the noise are subtracted: 0 is dull, 1 is bright.
    """

    pitch_hz: float
    decay_s: float
    noise: float
    noise_above: float = 0.0
    strength: float = 1.0


KICK, SNARE, CLICK = Drum(50.0, 0.12, 0.05, 0.0, 1.6), Drum(190.0, 0.09, 0.7, 0.6, 1.2), Drum(900.0, 0.03, 0.3, 0.5)
CLOSED, OPEN, CYMBAL = Drum(0.0, 0.035, 1.0, 1.0, 0.6), Drum(0.0, 0.2, 1.0, 1.0, 0.5), Drum(0.0, 0.6, 1.0, 0.95, 0.6)
_DRUMS = {  # as General MIDI numbers them
    35: KICK, 36: KICK, 38: SNARE, 39: SNARE, 40: SNARE, 42: CLOSED, 44: CLOSED, 46: OPEN, 49: CYMBAL, 51: CYMBAL,
    52: CYMBAL, 53: CYMBAL, 55: CYMBAL, 57: CYMBAL, 59: CYMBAL, 54: CLOSED, 69: CLOSED, 70: CLOSED, 82: CLOSED,
}  # fmt: skip
_TOMS_HZ = {41: 80.0, 43: 95.0, 45: 115.0, 47: 135.0, 48: 160.0, 50: 190.0}


def play_drums(notes: Iterable[Note], sample_rate: int, samples: int) -> _Samples:
    """Every strike, as long as it takes to die away. (samples,), not normalized."""
    mix = np.zeros(samples, np.float32)
    sounds: dict[int, _Samples] = {}
    for note in notes:
        if note.pitch not in sounds:
            sounds[note.pitch] = _sound(drum(note.pitch), note.pitch, sample_rate)
        first = max(0, round(note.start_s * sample_rate))
        sound = sounds[note.pitch][: max(0, samples - first)]
        mix[first : first + len(sound)] += sound * np.float32((note.velocity / 127.0) ** 1.5)
    return mix


def drum(pitch: int) -> Drum:
    """What a number of General MIDI's drum kit sounds like; those that have no sound of their own are a click."""
    return Drum(_TOMS_HZ[pitch], 0.18, 0.05, 0.0, 1.2) if pitch in _TOMS_HZ else _DRUMS.get(pitch, CLICK)


def _sound(kind: Drum, pitch: int, sample_rate: int) -> _Samples:
    time_s = np.arange(int(5.0 * kind.decay_s * sample_rate)) / sample_rate
    noise = np.random.default_rng(pitch).uniform(-1.0, 1.0, len(time_s) + 1)
    hiss = noise[1:] - kind.noise_above * noise[:-1]
    skin = np.sin(2.0 * np.pi * kind.pitch_hz * (time_s + 0.03 * (1.0 - np.exp(-time_s / 0.03))))
    sound = kind.strength * np.exp(-time_s / kind.decay_s) * (kind.noise * hiss + (1.0 - kind.noise) * skin)
    return np.asarray(sound, np.float32)
