"""What all melody models share: windows filled from symbols that are composed as far as they are needed."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from leap_models.errors import BadParameter
from leap_models.families.continuation import ANY
from leap_models.families.continuation.clip import Begun, begun, off_steps
from leap_models.families.continuation.sampling import Choice
from leap_models.families.continuation.symbols import STEPS_PER_BEAT, Symbols, decode, key, transposed
from leap_models.interface import ModelInfo, Tick, Values, Window
from leap_models.music.bars import Bars
from leap_models.music.keys import NAMES, number_of, to_white_keys
from leap_models.music.roll import notes_to_roll
from leap_models.music.tempo import TempoMap


@dataclass(frozen=True, eq=False)
class Music:
    """The music so far.

    Args:
        symbols: (steps, voices) from step 0 on, those of a clip among them.
        given: so many steps are a clip's.
        memory: what the composer wants to see again.
        semitones: by which the composer sees it moved; `symbols` are moved too.
    """

    symbols: Symbols
    given: int
    memory: object = None
    semitones: int = 0


class Composer(Protocol):
    """Makes symbols."""

    @property
    def voices(self) -> int:
        """How many it writes."""

    def begin(self, start: Begun, tempo: TempoMap, params: Values, rng: np.random.Generator) -> Music:
        """What there is before anything is made."""

    def more(self, music: Music, until: int, tempo: TempoMap, params: Values, rng: np.random.Generator) -> Music:
        """At least until so many steps."""


class Melodist:
    """See `leap_models.interface.Model`.

    Args:
        one_key: the composer knows C major and A minor alone.
    """

    def __init__(self, info: ModelInfo, composer: Composer, one_key: bool = False) -> None:
        self.info, self.composer, self.one_key = info, composer, one_key

    def ticks(self, params: Values) -> int:  # noqa: ARG002
        """One a window."""
        return 1

    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        """See `leap_models.interface.Model.run_window`.

        Raises:
            BadParameter: clip, words and parameters do not go together.
        """
        tick()
        grid = self.info.grid
        tempo = window.tempo or TempoMap.steady(float(params["bpm"]), int(params["beats_per_bar"]))
        music = previous.state if previous is not None and isinstance(previous.state, Music) else None
        if music is None:
            start = begun(window.notes, str(params["melody"]), tempo, self.composer.voices)
            semitones = self._semitones(start.symbols, str(params["key"]), rng)
            music = self.composer.begin(start.moved(semitones), tempo, params, rng)
        end_s = window.start_s + grid.window_s
        needed = int(np.ceil((tempo.beat_at(end_s) - Bars(tempo).origin) * STEPS_PER_BEAT))
        if needed > len(music.symbols):
            music = self.composer.more(music, needed, tempo, params, rng)
        heard = transposed(music.symbols, -music.semitones)
        made = [note for note in decode(heard) if note.start >= music.given]
        notes = (*(window.notes if music.given else ()), *off_steps(made, tempo))
        near = [note for note in notes if note.end_s > window.start_s and note.start_s < end_s]
        roll = notes_to_roll(near, grid.frame_rate, grid.frames, 1, window.start_s)
        return replace(window, roll=roll, state=music)


    def _semitones(self, symbols: Symbols, wanted: str, rng: np.random.Generator) -> int:
        """By which the composer is to see music moved: from the key that is wished, the clip's, or any."""
        if not self.one_key:
            if wanted != ANY:
                raise BadParameter(f"key must be {ANY} with these weights, got {wanted}")
            return 0
        if wanted != ANY:
            return to_white_keys(number_of(wanted))
        return to_white_keys(key(symbols) if len(symbols) else int(rng.integers(len(NAMES))))


def choice_of(params: Values) -> Choice:
    """How symbols are chosen."""
    return Choice(float(params["temperature"]), int(params["top_k"]), float(params["top_p"]))
