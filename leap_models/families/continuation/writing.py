"""How `lstm` and `chorale` write: symbol after symbol, from what the network says."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from leap_models import checkpoint
from leap_models.config import from_dict
from leap_models.errors import DamagedWeights
from leap_models.families.continuation.clip import Begun
from leap_models.families.continuation.composing import Melodist, Music, choice_of
from leap_models.families.continuation.lstm_net import (
    PADDING,
    LstmConfig,
    MelodyLstm,
    Stream,
    padded,
    stream_of,
)
from leap_models.families.continuation.sampling import Choice
from leap_models.families.continuation.stepping import Remembered, Stepper, remembered
from leap_models.families.continuation.symbols import (
    END,
    HOLD,
    REST,
    STEPS_PER_BEAT,
    VOCABULARY,
    Symbols,
    places,
    sounding,
)
from leap_models.interface import ModelInfo, Values
from leap_models.music.notes import PITCHES
from leap_models.music.tempo import TempoMap

LOWEST, HIGHEST = (60, 53, 45, 36), (81, 74, 69, 64)  # pitches of Bach's four voices, which a chorale keeps to

UNISON, FIFTH, OCTAVE = 0, 7, 12  # semitones


@dataclass(frozen=True, eq=False)
class Memory:
    """What the network remembers.

    Args:
        heard: behind the last symbol that it heard. last: (2, voices) the step before, and what sounded on it.
    """

    heard: Remembered
    last: Symbols


@dataclass
class Writer:
    """See `Composer`."""

    network: MelodyLstm
    device: str = "cpu"
    ranges: tuple[tuple[int, int], ...] = field(default=())

    @property
    def voices(self) -> int:
        """How many it writes."""
        return self.network.config.voices

    @cached_property
    def _stepper(self) -> Stepper:
        return Stepper(self.network)

    @torch.inference_mode()
    def begin(self, start: Begun, tempo: TempoMap, params: Values, rng: np.random.Generator) -> Music:  # noqa: ARG002
        """Hear what there is."""
        heard = padded(start.symbols)[:-1]
        first = -PADDING % (tempo.beats_per_bar * STEPS_PER_BEAT)
        _logits, hidden = self.network.heard(self._moved(stream_of(heard, first, tempo.beats_per_bar)), None)
        last = np.stack([heard[-1], sounding(heard)[-1]])
        # The network hears a symbol when it is asked for the next one, so the last of these is not heard yet.
        given = len(start.symbols) if start.heard else 0
        return Music(start.symbols, given, Memory(remembered(hidden), last), start.semitones)

    def more(self, music: Music, until: int, tempo: TempoMap, params: Values, rng: np.random.Generator) -> Music:
        """Write on, step by step."""
        memory, choice = music.memory, choice_of(params)
        assert isinstance(memory, Memory)
        done = len(music.symbols)
        where = places(done, until - done, tempo.beats_per_bar)
        rows = []
        for step in range(done, until):
            free = step == music.given and music.given > 0  # a clip's last note is not made longer
            allowed = self._allowed(free or step == 0, music.semitones)
            memory = self._step(memory, int(where[step - done]), choice, rng, allowed)
            rows.append(memory.last[0])
        made = np.stack(rows) if rows else music.symbols[:0]
        return replace(music, symbols=np.concatenate([music.symbols, made]), memory=memory)

    def _step(
        self, memory: Memory, place: int, choice: Choice, rng: np.random.Generator, allowed: np.ndarray
    ) -> Memory:
        """One step of all voices."""
        symbols, heard, before = np.empty(self.voices, dtype=np.int64), memory.heard, int(memory.last[0, -1])
        for voice in range(self.voices):
            logits, heard = self._stepper.step((before, int(memory.last[1, voice]), place, voice), heard)
            logits = logits + allowed[voice]
            logits[parallels(memory.last[1], sounds(symbols[:voice], memory.last[1]), voice)] = -np.inf
            symbols[voice] = before = choice.draw(logits, rng)
        now = sounds(symbols, memory.last[1])
        return Memory(heard, np.stack([symbols, np.where(now == END, REST, now)]))

    def _allowed(self, fresh: bool, semitones: int) -> np.ndarray:
        """(voices, VOCABULARY) 0 for what may be written, -inf for the rest.

        Music ends where it was asked to, not before.
        """
        found = np.zeros((self.voices, VOCABULARY))
        found[:, END] = -np.inf
        if fresh:
            found[:, HOLD] = -np.inf
        for voice, (low, high) in enumerate(self.ranges):
            found[voice, : low + semitones] = found[voice, high + semitones + 1 : PITCHES] = -np.inf
        return found

    def _moved(self, stream: Stream) -> Stream:
        return Stream(*(each.to(self.device) for each in (stream.before, stream.sounding, stream.place, stream.voice)))


def sounds(symbols: Symbols, before: Symbols) -> Symbols:
    """What sounds with the symbols of a step, highest voice first, after what sounded before."""
    return np.where(symbols == HOLD, before[: len(symbols)], symbols)


def parallels(before: Symbols, now: Symbols, voice: int) -> Symbols:
    """The pitches by which a voice would move in parallel fifths, octaves or unisons with a higher one.

    Args:
        before: what sounded on the step before, in all voices. now: what sounds now in all voices above.
    """
    pitches, found = np.arange(PITCHES), np.zeros(PITCHES, dtype=bool)
    for was, now_is in zip(before[:voice], now, strict=True):
        apart = (was - before[voice]) % OCTAVE
        both_move = max(was, now_is, before[voice]) < PITCHES and was != now_is
        if both_move and apart in (UNISON, FIFTH):
            found |= ((now_is - pitches) % OCTAVE == apart) & (pitches != before[voice])
    return np.nonzero(found)[0]


def load(info: ModelInfo, folder: Path, device: str, voices: int) -> Melodist:
    """A melody model from a checkpoint folder.

    Raises:
        DamagedWeights: something is missing, or not what model.json says, or of another number of voices.
    """
    found = checkpoint.load(folder, device)
    sizes = from_dict(LstmConfig, found.card.config)
    if sizes.voices != voices:
        raise DamagedWeights(f"{folder}: {info.name} needs weights of {voices} voices, these have {sizes.voices}")
    network = MelodyLstm(sizes)
    checkpoint.fill(network, found.part("network"), folder)
    return Melodist(info, Writer(network.to(device).eval(), device, chorale_ranges(voices)), sizes.one_key)


def chorale_ranges(voices: int) -> tuple[tuple[int, int], ...]:
    """Lowest and highest pitch of each voice; () for a melody, which may be anybody's."""
    return tuple(zip(LOWEST, HIGHEST, strict=True)) if voices == len(LOWEST) else ()
