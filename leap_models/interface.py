"""The plug: what a model is, and what goes into it and comes out of it.

A family fills windows in. It says what it is and which knobs it has in a `ModelInfo`; the pipeline cuts a
`Piece` into `Window`s on the model's grid and calls `run_window` once for each, in order. Times in a window
and in notes are seconds of the piece; arrays have time last.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter
from leap_models.music.audio import Audio
from leap_models.music.grid import Grid
from leap_models.music.notes import LEFT, PITCHES, RIGHT, Notes, Pedal, TrackInfo
from leap_models.music.players import channels
from leap_models.music.roll import Roll
from leap_models.music.tempo import TempoMap
from leap_models.params import Param as Param
from leap_models.params import Value as Value
from leap_models.params import Values as Values

Tick = Callable[[], None]  # counts one unit of work; raises Cancelled when the run was stopped


@dataclass(frozen=True)
class ModelInfo:
    """What a model says of itself, known without loading it.

    Args:
        takes: which parts of a piece it needs: "audio", "notes", both or neither. To one that takes both, the notes are
            the piece, and the audio is a reference: another recording, of whatever length, that it is to sound like.
        gives: "roll" or "audio".
        tracks: how many tracks its roll has.
        trained_on, licence: of the weights, in words.
        summary: one sentence.
        alone: whether it also makes music from nothing, of its parameters' length: see `leap_models.scores.nothing`.
        instruments: one for each track; (): a piano, whose notes are given to two hands.
        steps_per_beat: of the grid that its onsets may be moved onto.
        lowest, highest: the keys that it plays; notes beyond are given to it octaves nearer.
        tail_s: how long the sound goes on behind the last note.
    """

    name: str
    family: str
    takes: frozenset[Literal["audio", "notes"]]
    gives: Literal["roll", "audio"]
    grid: Grid
    tracks: int
    params: tuple[Param, ...]
    licence: str
    trained_on: str
    summary: str
    alone: bool = False
    instruments: tuple[TrackInfo, ...] = ()
    steps_per_beat: int = 4
    lowest: int = 0
    highest: int = PITCHES - 1
    tail_s: float = 0.0

    @property
    def has_reference(self) -> bool:
        """Whether the audio that it takes is what it is to sound like, and not the piece."""
        return self.takes >= {"audio", "notes"}

    @property
    def channels(self) -> tuple[int, ...]:
        """The MIDI channel, from 0, of each track; of a piano's the right hand has the first, the left the second."""
        return channels(self.instruments) if self.instruments else (RIGHT, LEFT)

    def param(self, name: str) -> Param:
        """The parameter of that name.

        Raises:
            BadParameter: there is none; the message lists those there are.
        """
        for each in self.params:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.params) or "none"
        raise BadParameter(f"{self.name} has no parameter {name}; it has: {known}")

    def check(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Every parameter of the model with its value: the checked one if given, else the default.

        Raises:
            BadParameter: an unknown name, or a value that its parameter refuses.
        """
        values = {each.name: each.default for each in self.params}
        values.update({name: self.param(name).check(value) for name, value in given.items()})
        return values


@dataclass(frozen=True)
class Piece:
    """What is to be arranged. Audio is given as samples, or by the name of a file that is read in blocks.

    Args:
        audio: mono samples at any rate, or None. For a model with a reference they are the reference.
        notes: what is to be arranged, continued or played, if it is a score.
        tempo: the host's or the score's; None: the beat is looked for in the audio.
        duration_s: of the whole piece.
        source: the path of the file, or a name where there is none. With no `audio`, a model that takes audio reads
            this file.
        like: the path of the reference, for a model that has one; read if there is no `audio`.
        pedals: of the notes.
        unheard: `source` is a recording whose notes are still to be found, which a run begins with.
        warnings: what a person should know of it.
    """

    audio: Audio | None
    notes: Notes
    tempo: TempoMap | None
    duration_s: float
    source: str
    like: str = ""
    pedals: tuple[Pedal, ...] = ()
    unheard: bool = False
    warnings: tuple[str, ...] = ()


Recall = Callable[[str, Callable[[], npt.NDArray[np.float32]]], npt.NDArray[np.float32]]


def make_anew(name: str, make: Callable[[], npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:  # noqa: ARG001
    """The `Recall` of whoever remembers nothing."""
    return make()


@dataclass(frozen=True)
class Window:
    """One stretch of a piece on the model's grid: handed to a model, and given back with its roll or its audio.

    Args:
        index: 0 for the first of the request.
        start_s: where it begins, in seconds from the request's start.
        audio: given: float32 (grid.samples,) of the piece, silent beyond the end, or None if the model takes none, or
            takes it as a reference; back, from a model that gives audio: as many, which may reach beyond 1.
        roll: given: the piece's notes for a model that takes them; back: what the model made.
        tempo: beats as far as they are known, a little beyond the window's end, or None.
        state: whatever the model wants to see again in `previous`.
        recall: `recall(name, make)` gives what `make()` gives, perhaps from an earlier run over the same audio: for
            arrays that depend on nothing but the window's audio, or the reference, and on what the name says.
        notes: given to a model that takes notes: all of the piece, so that it may look ahead and back; `roll` has those
            of the window. Times count from the request's start.
        pedals: the same for the sustain pedal.
        reference: float32 (samples,) at the grid's rate: all of the recording that the result is to sound like; the
            same in every window.
    """

    index: int
    start_s: float
    audio: npt.NDArray[np.float32] | None
    roll: Roll | None
    tempo: TempoMap | None
    state: object = None
    recall: Recall = make_anew
    notes: Notes = ()
    pedals: tuple[Pedal, ...] = ()
    reference: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Request:
    """One run: the same request on the same piece gives the same bytes.

    Args:
        params: by name, checked against the model's `Param`s when the run starts.
        start_s, end_s: the part of the piece that is wanted; times in the result count from `start_s`.
        quantize: 0 leaves onsets where the model put them, 1 moves them onto the sixteenths where the beat is clear.
    """

    model: str
    params: Mapping[str, Value] = field(default_factory=dict)
    seed: int = 0
    start_s: float = 0.0
    end_s: float | None = None
    quantize: float = 1.0


class Model(Protocol):
    """A loaded model. It knows no threads, files or percentages."""

    @property
    def info(self) -> ModelInfo:
        """What it is."""

    def ticks(self, params: Values) -> int:
        """How often `run_window` calls `tick`."""

    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        """Fill one window in.

        Args:
            previous: what this model gave back for the window before; None for the first.
            params: complete and checked.
            rng: made from the seed and the window's index; the only source of chance.
        """
