"""The demo's band as sound, by NumPy alone: every computer renders the same song, with or without SoundFonts.

A player is a function (pitch or drum, length) -> mono samples of one note at full loudness; `render` places, pans and
mixes them. Levels and times are chosen by ear.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from leap_bridge.demo_song import CRASH, HAT, KICK, SNARE, Part

RATE = 44_100
PEAK = 0.89  # -1 dB
TAIL_S = 1.5  # after the last note
ECHOES = ((0.031, 0.22), (0.047, 0.18), (0.079, 0.12), (0.113, 0.08))  # (seconds, level): a small room

Sound = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Player:
    """How a part sounds. `pan` goes from -1, left, to 1, right."""

    play: Callable[[int, float], Sound]
    level: float
    pan: float


def render(parts: tuple[Part, ...]) -> npt.NDArray[np.float32]:
    """(samples, 2) float32 of the whole song at 44.1 kHz."""
    end_s = max(note.end_s for part in parts for note in part.notes) + TAIL_S
    mix = np.zeros((round(end_s * RATE), 2))
    for part in parts:
        player = PLAYERS[part.name]
        sides = player.level * np.sqrt([(1 - player.pan) / 2, (1 + player.pan) / 2])
        for note in part.notes:
            first = round(note.start_s * RATE)
            sound = player.play(note.pitch, round(note.end_s - note.start_s, 3))[: len(mix) - first]
            mix[first : first + len(sound)] += (note.velocity / 127) ** 1.5 * sound[:, None] * sides
    wet = mix.copy()
    for delay_s, level in ECHOES:
        delay = round(delay_s * RATE)
        wet[delay:] += level * mix[:-delay, ::-1]  # an echo comes from the other side
    return np.asarray(wet * (PEAK / np.abs(wet).max()), np.float32)


def _times(seconds: float) -> Sound:
    return np.arange(round(seconds * RATE)) / RATE


def _hertz(pitch: int) -> float:
    return float(440.0 * 2 ** ((pitch - 69) / 12))


def _gate(time_s: Sound, length_s: float, attack_s: float, release_s: float) -> Sound:
    """Rises, holds, and falls after `length_s`."""
    return np.clip(time_s / attack_s, 0, 1) * np.clip(1 - (time_s - length_s) / release_s, 0, 1)


def _harmonics(phase: Sound, levels: tuple[float, ...]) -> Sound:
    return np.asarray(sum(level * np.sin(number * phase) for number, level in enumerate(levels, start=1)))


@lru_cache(maxsize=256)
def _lead(pitch: int, length_s: float) -> Sound:
    """A reed that swells into its vibrato."""
    time_s = _times(length_s + 0.09)
    depth = 0.008 * np.clip((time_s - 0.15) / 0.3, 0, 1)  # of the frequency
    phase = 2 * np.pi * np.cumsum(_hertz(pitch) * (1 + depth * np.sin(2 * np.pi * 5.4 * time_s))) / RATE
    return _gate(time_s, length_s, 0.025, 0.09) * _harmonics(phase, (1.0, 0.55, 0.42, 0.2, 0.12, 0.07))


@lru_cache(maxsize=256)
def _keys(pitch: int, length_s: float) -> Sound:
    """Struck bars: a sine bent by another, which dies away sooner."""
    time_s = _times(length_s + 0.15)
    phase = 2 * np.pi * _hertz(pitch) * time_s
    bent = np.sin(phase + 1.2 * np.exp(-6 * time_s) * np.sin(phase)) + 0.12 * np.exp(-9 * time_s) * np.sin(7 * phase)
    return _gate(time_s, length_s, 0.003, 0.15) * np.exp(-1.1 * time_s) * bent


@lru_cache(maxsize=256)
def _bass(pitch: int, length_s: float) -> Sound:
    """A plucked string."""
    time_s = _times(length_s + 0.06)
    string = _harmonics(2 * np.pi * _hertz(pitch) * time_s, (1.0, 0.5, 0.25, 0.12))
    return _gate(time_s, length_s, 0.006, 0.06) * np.exp(-1.6 * time_s) * string


@lru_cache(maxsize=16)
def _drum(drum: int, _length_s: float) -> Sound:
    """Every drum rings as long as it does."""
    time_s = _times({CRASH: 1.6, HAT: 0.12}.get(drum, 0.4))
    noise = np.random.default_rng(drum).standard_normal(len(time_s))
    hiss = np.diff(noise, prepend=0.0)  # without its low part
    if drum == HAT:
        return 0.35 * np.exp(-60 * time_s) * hiss
    if drum == CRASH:
        return 0.4 * np.exp(-3 * time_s) * hiss
    if drum == SNARE:
        return np.exp(-18 * time_s) * (0.5 * noise + 0.6 * np.sin(2 * np.pi * 190 * time_s))
    low, sweep, decay = (48, 90, 14) if drum == KICK else (95, 60, 10)
    falling_hz = low + sweep * np.exp(-25 * time_s)
    return 1.4 * np.exp(-decay * time_s) * np.sin(2 * np.pi * np.cumsum(falling_hz) / RATE)


PLAYERS = {
    "Lead": Player(_lead, 0.34, 0.05),
    "Keys": Player(_keys, 0.22, -0.35),
    "Bass": Player(_bass, 0.42, 0.0),
    "Drums": Player(_drum, 0.38, 0.15),
}
