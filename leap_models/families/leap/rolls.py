"""Notes as the arrays that LEAP's networks see, 96 rows at 100 frames a second, and back."""

from dataclasses import dataclass

import numpy as np

from leap_models.families.leap.vae import KEYS, LOWEST, ROWS
from leap_models.music.notes import Note, Notes

RATE = 100  # frames a second
FRAMES = 1024  # a window


@dataclass(frozen=True)
class NoteArray:
    """Many notes as columns, for cutting training windows quickly. All of one length, sorted by `start_s`."""

    start_s: np.ndarray  # float64
    end_s: np.ndarray  # float64
    pitch: np.ndarray  # int64, MIDI number
    velocity: np.ndarray  # int64, 1..127

    def __len__(self) -> int:
        return len(self.pitch)

    def window(self, start_s: float, end_s: float) -> "NoteArray":
        """The notes that sound between two times, counted in seconds from `start_s`; ends beyond are kept."""
        inside = (self.start_s < end_s) & (self.end_s > start_s)
        return NoteArray(
            self.start_s[inside] - start_s, self.end_s[inside] - start_s, self.pitch[inside], self.velocity[inside]
        )

    def begun_within(self, end_s: float) -> "NoteArray":
        """The notes that begin from 0 to `end_s`."""
        inside = (self.start_s >= 0.015) & (self.start_s < end_s)
        return NoteArray(self.start_s[inside], self.end_s[inside], self.pitch[inside], self.velocity[inside])

    def notes(self) -> Notes:
        """The same as notes."""
        columns = zip(self.start_s, self.end_s, self.pitch, self.velocity, strict=True)
        return tuple(sorted(Note(float(a), float(b), int(pitch), int(velocity)) for a, b, pitch, velocity in columns))

    def transposed(self, semitones: int) -> "NoteArray":
        """Moved by semitones; a note that leaves the keyboard comes back an octave nearer."""
        pitch = self.pitch + semitones
        pitch = np.where(pitch < LOWEST, pitch + 12, np.where(pitch >= LOWEST + KEYS, pitch - 12, pitch))
        return NoteArray(self.start_s, self.end_s, pitch, self.velocity)

    def planes(self, frames: int = FRAMES) -> np.ndarray:
        """(3, 96, frames) float32: onset (0 or 1), sounding (0 or 1), velocity / 127 while sounding.

        The frame before a note is struck again is silent, so that two notes stay two. A note that began before time 0
        sounds from frame 0 without an onset.
        """
        planes = np.zeros((3, ROWS, frames), dtype=np.float32)
        first = np.round(self.start_s * RATE).astype(int)
        last = np.maximum(np.round(self.end_s * RATE).astype(int), first + 2)
        for begin, end, row, velocity in zip(first, last, self.pitch - LOWEST, self.velocity, strict=True):
            if end <= 0 or begin >= frames or not 0 <= row < KEYS:
                continue
            if begin >= 0:
                planes[1:, row, max(begin - 1, 0) : begin] = 0.0
                planes[0, row, begin] = 1.0
            planes[1, row, max(begin, 0) : end] = 1.0
            planes[2, row, max(begin, 0) : end] = velocity / 127.0
        return planes
