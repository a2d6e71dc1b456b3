"""A piano, and other players, made of sines, for computers without a SoundFont: plain, but in tune and in time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from leap_models.music.notes import Note, Notes, Pedal

TAIL_S = 1.5  # how long the last note may die away
LONGEST_S = 8.0  # after which nothing is left of a note that dies away
PARTIALS = 10
SINE = 4096  # entries of the table of one period


@dataclass(frozen=True)
class Voice:
    """How an instrument's notes begin, sound and end.

    Args:
        release_s: how long a note takes to end, of the damper or the bow.
        decay: how fast it dies away beside a piano's; 0: it is held.
        dark: how much weaker each higher partial is, beside a piano's.
        inharmonicity: partial n lies at n * sqrt(1 + inharmonicity * n^2).
    """

    attack_s: float = 0.003
    release_s: float = 0.12
    decay: float = 1.0
    dark: float = 1.0
    inharmonicity: float = 4e-4  # the strings of a middling piano
    strength: float = 1.0


PIANO, PLUCKED = Voice(), Voice(release_s=0.08, decay=1.6, dark=0.8, inharmonicity=0.0, strength=0.8)
BASS = Voice(attack_s=0.005, release_s=0.08, decay=0.8, dark=1.4, inharmonicity=0.0)
HELD = Voice(attack_s=0.07, release_s=0.25, decay=0.0, dark=0.9, inharmonicity=0.0, strength=0.3)
_VOICES = {  # by the first program, General MIDI from 0, of each kind
    0: PIANO, 16: HELD, 24: PLUCKED, 32: BASS, 40: HELD, 45: PLUCKED, 48: HELD, 104: PLUCKED, 109: HELD, 112: PLUCKED,
}  # fmt: skip

_Samples = npt.NDArray[np.float32]


def voice_of(program: int) -> Voice:
    """The voice nearest to an instrument of General MIDI, counted from 0."""
    return _VOICES[max(first for first in _VOICES if first <= program)]


def play_additive(
    notes: Sequence[Note], pedals: Sequence[Pedal], sample_rate: int, samples: int, voice: Voice = PIANO
) -> _Samples:
    """Every note as partials. (samples,), not normalized.

    Args:
        samples: how many are wanted; later sound is cut.
    """
    mix = np.zeros(samples, np.float32)
    by_pitch: dict[int, list[Note]] = {}
    for note in sustained(notes, pedals):
        by_pitch.setdefault(note.pitch, []).append(note)
    for pitch, same in sorted(by_pitch.items()):
        longest_s = LONGEST_S if voice.decay else np.inf
        held_s = [min(note.end_s - note.start_s, longest_s) for note in same]
        tone = _tone(pitch, max(held_s) + 4.0 * voice.release_s, sample_rate, voice)
        for note, length_s in zip(same, held_s, strict=True):
            _add(mix, tone, note, length_s, sample_rate, voice.release_s)
    return mix


def sustained(notes: Sequence[Note], pedals: Sequence[Pedal]) -> Notes:
    """The notes as long as their dampers are up: until the pedal that is down at their end rises, or the key is struck.

    Args:
        notes: sorted by time.
    """
    struck_s: dict[int, float] = {}  # by pitch, the next time
    held: list[Note] = []
    for note in reversed(notes):
        end_s = max([note.end_s, *(pedal.end_s for pedal in pedals if pedal.start_s <= note.end_s <= pedal.end_s)])
        held.append(replace(note, end_s=min(end_s, struck_s.get(note.pitch, end_s))))
        struck_s[note.pitch] = note.start_s
    return tuple(reversed(held))


def _tone(pitch: int, length_s: float, sample_rate: int, voice: Voice) -> _Samples:
    """One key, struck at full strength and not released. Lower strings are brighter and ring longer."""
    time_s = np.arange(int(length_s * sample_rate)) / sample_rate
    pitch_hz = 440.0 * 2.0 ** ((pitch - 69) / 12)
    table = np.sin(2.0 * np.pi * np.arange(SINE) / SINE).astype(np.float32)
    tone = np.zeros(len(time_s), np.float32)
    for partial in range(1, PARTIALS + 1):
        partial_hz = pitch_hz * partial * np.sqrt(1.0 + voice.inharmonicity * partial**2)
        if partial_hz > 0.45 * sample_rate:
            break
        decay_per_s = voice.decay * (0.5 + 0.35 * partial) * 2.0 ** ((pitch - 60) / 18)
        strength = voice.strength * partial ** (voice.dark * (-1.3 - (pitch - 48) / 60))
        sine = table[(time_s * (partial_hz * SINE)).astype(np.int64) % SINE]
        tone += (strength * np.exp(-decay_per_s * time_s)).astype(np.float32) * sine
    return tone * np.minimum(time_s / voice.attack_s, 1.0).astype(np.float32)


def _add(mix: _Samples, tone: _Samples, note: Note, length_s: float, sample_rate: int, release_s: float) -> None:
    first, held = max(0, round(note.start_s * sample_rate)), round(max(0.0, length_s) * sample_rate)
    count = min(len(tone), len(mix) - first, held + round(4.0 * release_s * sample_rate))
    if count <= 0:
        return
    sound = tone[:count] * np.float32((note.velocity / 127.0) ** 1.5)
    if count > held:
        fall = np.exp(-np.arange(count - held) / (release_s * sample_rate / 2.0))
        sound[held:] *= fall.astype(np.float32)
    mix[first : first + count] += sound
