"""Prepared piano pieces, and the passages that training and evaluating cut from them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leap_models.errors import BadParameter
from leap_models.families.score_sde.passage import (
    LENGTH,
    PITCH,
    START,
    STEPS_PER_BEAT,
    VELOCITY,
    Shape,
    StepNotes,
    draw,
    places,
)
from leap_models.music.keys import MOVES, to_white_keys, transposed
from leap_models.music.notes import PITCHES
from leap_models.training.piano_pieces import FOLDER

EMPTY_TRIES = 8  # how often another place is looked for where nobody plays


@dataclass(frozen=True)
class PianoPiece:
    """A piece as it is learned from.

    Args:
        notes: on steps; step 0 is a bar line.
        key: number in `keys.NAMES`.
    """

    name: str
    notes: StepNotes
    beats_per_bar: int
    key: int

    @property
    def steps_per_bar(self) -> int:
        """Sixteenths in a bar."""
        return STEPS_PER_BEAT * self.beats_per_bar

    @property
    def bars(self) -> int:
        """Up to its last onset."""
        return int(self.notes[:, START].max()) // self.steps_per_bar + 1


@dataclass(frozen=True)
class Passage:
    """A stretch of a piece.

    Args:
        notes: struck in it, on steps from its first.
        first: the step of the piece on which it begins.
        key: number in `keys.NAMES`.
    """

    notes: StepNotes
    first: int
    steps: int
    beats_per_bar: int
    key: int

    @property
    def density(self) -> float:
        """Notes a beat."""
        return len(self.notes) * STEPS_PER_BEAT / self.steps

    @property
    def register(self) -> float:
        """Mean MIDI pitch; -1 without notes."""
        return float(self.notes[:, PITCH].mean()) if len(self.notes) else -1.0

    def planes(self, shape: Shape) -> np.ndarray:
        """As a network sees it."""
        return draw(self.notes, shape)

    def places(self) -> np.ndarray:
        """Where in bar and beat its steps lie."""
        return places(self.first, self.steps, self.beats_per_bar)


def load(folder: Path, split: str) -> list[PianoPiece]:
    """The prepared pieces of a split, in order.

    Raises:
        BadParameter: there are none.
    """
    found = []
    for path in sorted((folder / FOLDER).glob("*.npz")):
        with np.load(path) as arrays:
            if str(arrays["split"]) == split:
                notes = arrays["notes"].astype(np.int64)
                found.append(PianoPiece(path.stem, notes, int(arrays["beats_per_bar"]), int(arrays["key"])))
    if not found:
        raise BadParameter(f"{folder} has no {split} pieces: run leap-bridge prepare score_sde")
    return found


def cut(piece: PianoPiece, first: int, steps: int) -> Passage:
    """The notes struck in a stretch of a piece; what sounds beyond its end is cut there."""
    start = piece.notes[:, START]
    notes = piece.notes[(start >= first) & (start < first + steps)].copy()
    notes[:, START] -= first
    notes[:, LENGTH] = np.minimum(notes[:, LENGTH], steps - notes[:, START])
    return Passage(notes, first, steps, piece.beats_per_bar, piece.key)


def random_passage(pieces: Sequence[PianoPiece], steps: int, rng: np.random.Generator) -> Passage:
    """From any bar of any piece, moved by some semitones, louder or softer; if it can be had, with notes in it."""
    for _ in range(EMPTY_TRIES):
        piece = pieces[int(rng.integers(len(pieces)))]
        last = max(0, piece.bars - steps // piece.steps_per_bar)
        found = cut(piece, int(rng.integers(last + 1)) * piece.steps_per_bar, steps)
        if len(found.notes):
            break
    return varied(found, int(rng.choice(MOVES)), float(rng.uniform(0.7, 1.2)))


def varied(passage: Passage, semitones: int, loudness: float) -> Passage:
    """Moved and louder; a note that leaves MIDI's keys stays where it was."""
    notes = passage.notes.copy()
    moved = notes[:, PITCH] + semitones
    notes[:, PITCH] = np.where((moved >= 0) & (moved < PITCHES), moved, notes[:, PITCH])
    notes[:, VELOCITY] = np.clip(np.round(notes[:, VELOCITY] * loudness), 1, 127)
    return replace(passage, notes=notes, key=transposed(passage.key, semitones))


def at_home(passage: Passage) -> Passage:
    """The same in C major or A minor."""
    return varied(passage, to_white_keys(passage.key), 1.0)


def held_out(pieces: Sequence[PianoPiece], steps: int, most: int) -> list[Passage]:
    """So many passages with notes, spread evenly over the pieces and their bars; the same ones each time."""
    found: list[Passage] = []
    for at in range(4 * most):
        piece = pieces[at * len(pieces) // most % len(pieces)] if most < len(pieces) else pieces[at % len(pieces)]
        last = max(0, piece.bars - steps // piece.steps_per_bar)
        bar = int(last * ((at * 0.6180339887) % 1.0))  # the golden ratio spreads evenly
        passage = cut(piece, bar * piece.steps_per_bar, steps)
        if len(passage.notes):
            found.append(passage)
        if len(found) == most:
            break
    return found
