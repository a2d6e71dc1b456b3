"""A clip as symbols, and symbols as notes in seconds. Step 0 is the bar line at or before 0 s."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from leap_models.errors import BadParameter
from leap_models.families.continuation.symbols import (
    STEPS_PER_BEAT,
    StepNote,
    Symbols,
    encode,
    in_voices,
    parse,
    transposed,
)
from leap_models.music.bars import Bars
from leap_models.music.notes import Note, Notes
from leap_models.music.tempo import TempoMap

LOUD, SOFT = 84, 72  # velocities on a bar line, and elsewhere
_DOWNBEAT = 6  # more, on other beats


def on_steps(notes: Iterable[Note], tempo: TempoMap, steps_per_beat: int = STEPS_PER_BEAT) -> list[StepNote]:
    """Notes on the nearest steps, as voice 0; each lasts at least one. What begins before step 0 is left out."""
    origin, found = Bars(tempo).origin, []
    for note in notes:
        begin, end = ((tempo.beat_at(at) - origin) * steps_per_beat for at in (note.start_s, note.end_s))
        start = int(np.floor(begin + 0.5))
        if start >= 0:
            found.append(StepNote(start, max(1, int(np.floor(end + 0.5)) - start), note.pitch))
    return sorted(found)


def off_steps(notes: Iterable[StepNote], tempo: TempoMap) -> Notes:
    """Step notes in seconds, as one track, a little louder on beats."""
    origin = Bars(tempo).origin
    made = []
    for note in notes:
        start_s, end_s = (tempo.second_at(origin + step / STEPS_PER_BEAT) for step in (note.start, note.end))
        made.append(Note(start_s, end_s, note.pitch, velocity(note.start, tempo.beats_per_bar)))
    return tuple(sorted(made))


def velocity(step: int, beats_per_bar: int, steps_per_beat: int = STEPS_PER_BEAT) -> int:
    """How loud a note is, by its place in the bar."""
    if step % (beats_per_bar * steps_per_beat) == 0:
        return LOUD
    return SOFT + (_DOWNBEAT if step % steps_per_beat == 0 else 0)


@dataclass(frozen=True, eq=False)
class Begun:
    """What a melody model goes on from.

    Args:
        symbols: (steps, voices) from step 0 on.
        heard: whether it is a clip, whose notes are there already; else the symbols are played too.
        simplified: whether notes of a clip had to be left out, since more sound than there are voices.
        semitones: by which all this is moved.
    """

    symbols: Symbols
    heard: bool
    simplified: bool = False
    semitones: int = 0

    def moved(self, semitones: int) -> "Begun":
        """The same in another key."""
        return replace(self, symbols=transposed(self.symbols, semitones), semitones=semitones)


def begun(notes: Notes, melody: str, tempo: TempoMap, voices: int) -> Begun:
    """A clip, or words, or nothing, as symbols.

    Raises:
        BadParameter: both a clip and words, or words that are none.
    """
    if notes and melody.strip():
        raise BadParameter("melody must be left out where a clip is given")
    if melody.strip():
        symbols = np.array(parse(melody), dtype=np.int64)[:, None]
        if voices > 1:
            raise BadParameter(f"melody must be left out for a model of {voices} voices; give a clip")
        return Begun(symbols, heard=False)
    if not notes:
        return Begun(np.zeros((0, voices), dtype=np.int64), heard=False)
    steps = Bars(tempo).count(notes) * tempo.beats_per_bar * STEPS_PER_BEAT
    placed = on_steps(notes, tempo)
    kept = in_voices(placed, voices)
    symbols = np.array([encode(kept, steps, voice) for voice in range(voices)], dtype=np.int64).T
    return Begun(symbols, heard=True, simplified=len(kept) < len({(note.start, note.pitch) for note in placed}))
