"""What all melody models share: windows filled from symbols that are composed as far as they are needed."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from leap_models.families.continuation.clip import Begun, begun, off_steps
from leap_models.families.continuation.sampling import Choice
from leap_models.families.continuation.symbols import STEPS_PER_BEAT, Symbols, decode
from leap_models.interface import ModelInfo, Tick, Values, Window
from leap_models.music.bars import Bars
from leap_models.music.roll import notes_to_roll
from leap_models.music.tempo import TempoMap


@dataclass(frozen=True, eq=False)
class Music:
    """The music so far.

    Args:
        symbols: (steps, voices) from step 0 on, those of a clip among them.
        given: so many steps are a clip's.
        memory: what the composer wants to see again.
    """

    symbols: Symbols
    given: int
    memory: object = None


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
    """See `leap_models.interface.Model`."""

    def __init__(self, info: ModelInfo, composer: Composer) -> None:
        self.info, self.composer = info, composer

    def ticks(self, params: Values) -> int:  # noqa: ARG002
        """One a window."""
        return 1

    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        """See `leap_models.interface.Model.run_window`."""
        tick()
        grid = self.info.grid
        tempo = window.tempo or TempoMap.steady(float(params["bpm"]), int(params["beats_per_bar"]))
        music = previous.state if previous is not None and isinstance(previous.state, Music) else None
        if music is None:
            start = begun(window.notes, str(params["melody"]), tempo, self.composer.voices)
            music = self.composer.begin(start, tempo, params, rng)
        end_s = window.start_s + grid.window_s
        needed = int(np.ceil((tempo.beat_at(end_s) - Bars(tempo).origin) * STEPS_PER_BEAT))
        if needed > len(music.symbols):
            music = self.composer.more(music, needed, tempo, params, rng)
        made = [note for note in decode(music.symbols) if note.start >= music.given]
        notes = (*(window.notes if music.given else ()), *off_steps(made, tempo))
        near = [note for note in notes if note.end_s > window.start_s and note.start_s < end_s]
        roll = notes_to_roll(near, grid.frame_rate, grid.frames, 1, window.start_s)
        return replace(window, roll=roll, state=music)


def choice_of(params: Values) -> Choice:
    """How symbols are chosen."""
    return Choice(float(params["temperature"]), int(params["top_k"]), float(params["top_p"]))
