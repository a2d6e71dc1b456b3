"""How `lstm_vae` and `conv_vae` compose: passage after passage, each from a latent."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch

from leap_models.errors import BadParameter
from leap_models.families.continuation.clip import Begun
from leap_models.families.continuation.composing import Music, choice_of
from leap_models.families.continuation.latents import Floats, Sliders, between
from leap_models.families.continuation.sampling import Choice
from leap_models.families.continuation.symbols import (
    HOLD,
    REST,
    StepNote,
    Symbols,
    decode,
    encode,
)
from leap_models.interface import Values
from leap_models.music.tempo import TempoMap

LIKE = 0.8  # how much of a latent the next one keeps


class Coder(Protocol):
    """Passages as latents, and back."""

    @property
    def steps(self) -> int:
        """Of a passage."""

    @property
    def size(self) -> int:
        """Of a latent."""

    @property
    def voices(self) -> int:
        """Of a passage."""

    @property
    def sliders(self) -> Sliders:
        """What moves latents."""

    def encode(self, symbols: Symbols, first: int, beats_per_bar: int) -> Floats:
        """(size,) the middle of what a passage (steps, voices) may be."""

    def decode(
        self, latent: Floats, first: int, beats_per_bar: int, choice: Choice, rng: np.random.Generator
    ) -> Symbols:
        """(steps, voices) whose step 0 is step `first`."""


@dataclass(frozen=True, eq=False)
class Memory:
    """Where the composer is.

    Args:
        clip: what was heard, (steps, voices); it may be empty. last: the latent of the passage before, if there was
            one. left: symbols that are made and not needed yet. made: passages so far.
    """

    clip: Symbols
    last: Floats | None
    left: Symbols
    made: int = 0


@dataclass(frozen=True)
class LatentComposer:
    """See `Composer`."""

    coder: Coder

    @property
    def voices(self) -> int:
        """How many it writes."""
        return self.coder.voices

    def begin(self, start: Begun, tempo: TempoMap, params: Values, rng: np.random.Generator) -> Music:  # noqa: ARG002
        """Hear what there is.

        Raises:
            BadParameter: the mode needs a clip, or a longer one.
        """
        mode, heard = str(params["mode"]), len(start.symbols) > 0
        if mode in ("reconstruct", "morph", "continue") and not heard:
            raise BadParameter(f"mode must be auto or sample where there is no clip, got {mode}")
        if mode == "morph" and len(start.symbols) <= self.coder.steps:
            raise BadParameter(f"a morph needs a clip of more than {self.coder.steps} sixteenths: one half, the other")
        empty = start.symbols[:0]
        if mode in ("reconstruct", "morph"):
            return Music(empty, 0, Memory(start.symbols, None, empty), start.semitones)
        last = None
        if heard and mode != "sample":
            first = max(0, len(start.symbols) - self.coder.steps)
            last = self._heard(start.symbols, first, tempo.beats_per_bar)
        given = len(start.symbols) if start.heard else 0
        return Music(start.symbols, given, Memory(start.symbols, last, empty), start.semitones)

    @torch.inference_mode()
    def more(self, music: Music, until: int, tempo: TempoMap, params: Values, rng: np.random.Generator) -> Music:
        """Passage after passage."""
        memory, symbols = music.memory, music.symbols
        assert isinstance(memory, Memory)
        while len(symbols) < until:
            if not len(memory.left):
                memory = self._next(memory, len(symbols), tempo.beats_per_bar, params, rng)
                fresh = memory.left.copy()
                fresh[0] = np.where(fresh[0] == HOLD, REST, fresh[0])  # nothing is held over from the passage before
                memory = replace(memory, left=fresh)
            count = until - len(symbols)
            symbols = np.concatenate([symbols, memory.left[:count]])
            memory = replace(memory, left=memory.left[count:])
        return replace(music, symbols=symbols, memory=memory)

    def _next(
        self, memory: Memory, first: int, beats_per_bar: int, params: Values, rng: np.random.Generator
    ) -> Memory:
        """The next passage, whole."""
        latent = self._latent(memory, beats_per_bar, params, rng)
        told = self.coder.sliders.moved(latent, float(params["register"]), float(params["density"]))
        made = self.coder.decode(told, first, beats_per_bar, choice_of(params), rng)
        return replace(memory, last=latent, left=made, made=memory.made + 1)

    def _latent(self, memory: Memory, beats_per_bar: int, params: Values, rng: np.random.Generator) -> Floats:
        steps, mode = self.coder.steps, str(params["mode"])
        if mode == "morph":
            ends = [self._heard(memory.clip, first, beats_per_bar) for first in (0, steps)]
            return between(ends[0], ends[1], float(params["position"]))
        if mode == "reconstruct" and memory.made * steps < len(memory.clip):
            return self._heard(memory.clip, memory.made * steps, beats_per_bar)
        noise = rng.standard_normal(self.coder.size) * float(params["spread"])
        if memory.last is None:
            return np.asarray(noise)
        return np.asarray(LIKE * memory.last + np.sqrt(1.0 - LIKE**2) * noise)

    def _heard(self, symbols: Symbols, first: int, beats_per_bar: int) -> Floats:
        """The latent of the passage of symbols from step `first` on; what is missing is a rest."""
        notes = [note for note in decode(symbols) if first <= note.start < first + self.coder.steps]
        part = cut(notes, first, self.coder.steps, self.coder.voices)
        return self.coder.encode(part, first, beats_per_bar)


def cut(notes: list[StepNote], first: int, steps: int, voices: int) -> Symbols:
    """(steps, voices) of the notes from step `first` on."""
    own = [replace(note, start=note.start - first) for note in notes]
    return np.array([encode(own, steps, voice) for voice in range(voices)], dtype=np.int64).T
