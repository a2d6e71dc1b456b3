"""How loud a band plays: by where in the bar a note lies, and which drum it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from leap_models.errors import BadParameter
from leap_models.families.musegan.phrase import StepNote
from leap_models.music.players import DRUMS

PLACES = 16  # of a bar
PLAIN = 80.0  # velocity where nothing was learned
HUMAN = 4.0  # spread of chance


@dataclass(frozen=True)
class Accents:
    """Velocities, 1..127, by the sixteenth of the bar that a note is struck on.

    Args:
        tracks: PLACES for each track; empty: all notes are equally loud.
        drums: by General MIDI number, as text; a drum without a row takes its track's.

    Raises:
        BadParameter: a row of another length.
    """

    tracks: tuple[tuple[float, ...], ...] = ()
    drums: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in (*self.tracks, *self.drums.values()):
            if len(row) != PLACES:
                raise BadParameter(f"accents must have {PLACES} velocities a row, got {len(row)}")

    def mean(self, note: StepNote, steps_per_bar: int) -> float:
        """How loud a note usually is."""
        row = self.drums.get(str(note.pitch)) if note.track == DRUMS else None
        if row is None:
            row = self.tracks[note.track] if note.track < len(self.tracks) else (PLAIN,) * PLACES
        return row[note.start % steps_per_bar * PLACES // steps_per_bar]

    def play(
        self, notes: Iterable[StepNote], steps_per_bar: int, rng: np.random.Generator
    ) -> list[tuple[StepNote, int]]:
        """Every note with its velocity."""
        return [
            (note, int(np.clip(round(self.mean(note, steps_per_bar) + rng.normal(0.0, HUMAN)), 1, 127)))
            for note in notes
        ]
