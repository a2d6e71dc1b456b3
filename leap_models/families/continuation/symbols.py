"""Melodies as symbols, one for each sixteenth: a pitch is struck, what was before goes on, a rest begins, it is over.

As text they are words: `67 _ _ _ r _ 65 _ /` is a quarter G, an eighth rest, an eighth F, and the end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter
from leap_models.music.keys import key_of
from leap_models.music.notes import PITCHES

Symbols = npt.NDArray[np.int64]  # (steps, voices)

STEPS_PER_BEAT = 4
HOLD, REST, END = PITCHES, PITCHES + 1, PITCHES + 2
VOCABULARY = PITCHES + 3
WORDS = {"_": HOLD, "r": REST, "/": END}
_NAMES = {number: word for word, number in WORDS.items()}
MOST_WORDS = 4096


@dataclass(frozen=True, order=True)
class StepNote:
    """A note on sixteenths.

    Args:
        voice: 0 is the highest.
    """

    start: int
    length: int
    pitch: int
    voice: int = 0

    @property
    def end(self) -> int:
        """The step on which it sounds no more."""
        return self.start + self.length


def parse(text: str) -> list[int]:
    """Words as symbols; END ends them, and is left out.

    Raises:
        BadParameter: a word that is none, with its place; a hold of nothing; too many words, or no notes.
    """
    found: list[int] = []
    words = text.split()
    if len(words) > MOST_WORDS:
        raise BadParameter(f"a melody may have {MOST_WORDS} symbols, got {len(words)}")
    for place, word in enumerate(words, start=1):
        symbol = WORDS.get(word.lower(), int(word) if word.isascii() and word.isdigit() and len(word) < 4 else -1)
        if not 0 <= symbol < VOCABULARY or (word.isdigit() and symbol >= PITCHES):
            raise BadParameter(f"symbol {place} of the melody must be 0 to {PITCHES - 1}, _, r or /, got {word}")
        if symbol == HOLD and not found:
            raise BadParameter("symbol 1 of the melody must be a pitch or r, got _")
        if symbol == END:
            break
        found.append(symbol)
    if not any(symbol < PITCHES for symbol in found):
        raise BadParameter("a melody must have at least one pitch, as in: 67 _ _ _ 65 _")
    return found


def spoken(symbols: Iterable[int]) -> str:
    """Symbols as text; the inverse of `parse`."""
    return " ".join(_NAMES.get(int(symbol), str(int(symbol))) for symbol in symbols)


def encode(notes: Iterable[StepNote], steps: int, voice: int = 0) -> list[int]:
    """One voice as symbols, `steps` of them from step 0 on; a note ends where the next is struck."""
    found = [REST if step == 0 else HOLD for step in range(steps)]
    own = sorted(note for note in notes if note.voice == voice and 0 <= note.start < steps)
    for note in own:
        found[note.start] = note.pitch
        found[note.start + 1 : note.end] = [HOLD] * (min(note.end, steps) - note.start - 1)
        if note.end < steps:
            found[note.end] = REST
    struck = {note.start for note in own}
    sounding = REST
    for step, symbol in enumerate(found):  # a rest that only goes on is a hold
        if symbol == REST and sounding == REST and step > 0 and step not in struck:
            found[step] = HOLD
        sounding = symbol if symbol != HOLD else sounding
    return found


def decode(symbols: Symbols, first: int = 0) -> list[StepNote]:
    """The notes of (steps, voices) whose step 0 is step `first`. A hold of nothing is a rest."""
    found = []
    for voice in range(symbols.shape[1]):
        began, pitch = 0, REST
        for step, symbol in enumerate([*symbols[:, voice].tolist(), END]):
            if symbol == HOLD:
                continue
            if pitch < PITCHES:
                found.append(StepNote(first + began, step - began, pitch, voice))
            began, pitch = step, symbol
    return sorted(found)


def transposed(symbols: npt.NDArray[np.int64], semitones: int) -> npt.NDArray[np.int64]:
    """The same music higher; what would leave MIDI's keys stops at the last one."""
    return np.where(symbols < PITCHES, np.clip(symbols + semitones, 0, PITCHES - 1), symbols)


def sounding(symbols: Symbols) -> Symbols:
    """(steps, voices) what sounds on each step: a pitch, or REST."""
    found = np.empty_like(symbols)
    now = np.full(symbols.shape[1], REST)
    for step, row in enumerate(symbols):
        now = np.where(row == HOLD, now, np.where(row == END, REST, row))
        found[step] = now
    return found


def places(first: int, steps: int, beats_per_bar: int) -> npt.NDArray[np.int64]:
    """(steps,) 0..PLACES - 1: where steps lie in beat and bar; step 0 is a bar line.

    Beats from the fourth on are alike, but for a bar's last.
    """
    step = np.arange(first, first + steps)
    beat = step // STEPS_PER_BEAT % beats_per_bar
    return np.asarray((np.minimum(beat, 3) * 2 + (beat == beats_per_bar - 1)) * STEPS_PER_BEAT + step % STEPS_PER_BEAT)


PLACES = 32


def top_line(notes: Sequence[StepNote]) -> list[StepNote]:
    """The highest notes, one at a time, as voice 0: what is struck below a sounding note is left out."""
    highest = {note.start: note for note in sorted(notes, key=lambda note: note.pitch)}
    line: list[StepNote] = []
    for start, note in sorted(highest.items()):
        before = line[-1] if line else None
        if before is not None and before.end > start:
            if before.pitch > note.pitch and before.end >= start + note.length:
                continue
            line[-1] = StepNote(before.start, start - before.start, before.pitch)
        line.append(StepNote(start, note.length, note.pitch))
    return line


def in_voices(notes: Sequence[StepNote], voices: int) -> list[StepNote]:
    """Notes dealt to voices, on every onset from the highest down; what no voice is left for is left out."""
    if voices == 1:
        return top_line(notes)
    found, free = [], [0] * voices  # the step from which each voice is free
    for start in sorted({note.start for note in notes}):
        struck = sorted({note.pitch: note for note in notes if note.start == start}.values(), key=lambda n: -n.pitch)
        open_ = [voice for voice in range(voices) if free[voice] <= start]
        chosen = struck[: len(open_)] if len(struck) <= len(open_) else [*struck[: len(open_) - 1], struck[-1]]
        for voice, note in zip(open_, chosen[: len(open_)], strict=False):
            found.append(StepNote(start, note.length, note.pitch, voice))
            free[voice] = note.end
    return found


def key(symbols: Symbols) -> int:
    """The number in `keys.NAMES` of the key that music is in; C major's without notes."""
    notes = decode(symbols)
    if not notes:
        return 0
    return key_of(np.bincount([each.pitch % 12 for each in notes], [each.length for each in notes], minlength=12))
