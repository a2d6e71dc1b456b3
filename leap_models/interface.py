"""The plug: what a model is, and what goes into it and comes out of it.

A family fills windows in. It says what it is and which knobs it has in a `ModelInfo`; the pipeline cuts a
`Piece` into `Window`s on the model's grid and calls `run_window` once for each, in order. Times in a window
and in notes are seconds of the piece; arrays have time last.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter
from leap_models.music.audio import Audio
from leap_models.music.grid import Grid
from leap_models.music.notes import Notes
from leap_models.music.roll import Roll
from leap_models.music.tempo import TempoMap

Value = bool | int | float | str
Values = Mapping[str, Value]  # what `ModelInfo.check` returns: every parameter, each of its own kind
Tick = Callable[[], None]  # counts one unit of work; raises Cancelled when the run was stopped

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True)
class Param:
    """One knob of a model. Its kind (bool, int, float or str) is the kind of its default.

    Args:
        name: as in `--set name=value` and in an OSC message.
        low, high: the allowed range of a number, both ends included; None is no limit.
        choices: the allowed words, if the knob is a word.
        unit: "s", "steps", "" for none.
        help: one sentence for a person.
    """

    name: str
    default: Value
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    help: str = ""

    @property
    def allowed(self) -> str:
        """What may be given, in words: 'from 1 to 5', 'nmp or mert', 'true or false'."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if isinstance(self.default, bool):
            return "true or false"
        if isinstance(self.default, str):
            return "a word"
        noun = "a whole number" if isinstance(self.default, int) else "a number"
        if self.low is not None and self.high is not None:
            return f"{noun} from {self.low:.10g} to {self.high:.10g}"
        if self.low is not None:
            return f"{noun} of at least {self.low:g}"
        return f"{noun} of at most {self.high:g}" if self.high is not None else noun

    @property
    def described(self) -> str:
        """What may be given and what is taken else: 'a whole number from 1 to 200 steps; default 8'."""
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.allowed}{unit}; default {'none' if self.default == '' else self.default}"

    def check(self, value: object) -> Value:
        """Give `value` back as this parameter's kind; whole floats are taken as ints and ints as floats.

        Raises:
            BadParameter: it is of another kind, out of range, or none of the choices.
        """
        found = self._cast(value)
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            outside = not isfinite(found) or (self.low is not None and found < self.low)
            if outside or (self.high is not None and found > self.high):
                raise self._refusal(value)
        if self.choices and found not in self.choices:
            raise self._refusal(value)
        return found

    def parse(self, text: str) -> Value:
        """The same for text, as a command line gives it.

        Raises:
            BadParameter: as `check`.
        """
        if isinstance(self.default, bool):
            word = text.strip().lower()
            if word not in _TRUE + _FALSE:
                raise self._refusal(text)
            return word in _TRUE
        if isinstance(self.default, str):
            return self.check(text)
        try:
            return self.check(float(text))
        except ValueError as error:
            raise self._refusal(text) from error

    def _cast(self, value: object) -> Value:
        if isinstance(self.default, str) and isinstance(value, str):
            return value
        if isinstance(self.default, bool) and isinstance(value, (bool, int)) and value in (0, 1):
            return bool(value)
        if isinstance(self.default, (bool, str)) or isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._refusal(value)
        if isinstance(self.default, float):
            return float(value)
        if not isfinite(value) or value != int(value):
            raise self._refusal(value)
        return int(value)

    def _refusal(self, value: object) -> BadParameter:
        shown = value if isinstance(value, str) and value.strip() else repr(value)
        return BadParameter(f"{self.name} must be {self.allowed}, got {shown}")


@dataclass(frozen=True)
class ModelInfo:
    """What a model says of itself, known without loading it.

    Args:
        takes: which parts of a piece it needs: "audio", "notes", both or neither.
        gives: "roll" or "audio".
        tracks: how many tracks its roll has.
        trained_on, licence: of the weights, in words.
        summary: one sentence.
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
        audio: mono samples at any rate, or None.
        notes: what is to be arranged or continued, if it is a score.
        tempo: the host's or the score's; None: the beat is looked for in the audio.
        duration_s: of the whole piece.
        source: the path of the file, or a name where there is none. With no `audio`, a model that takes audio reads
            this file.
    """

    audio: Audio | None
    notes: Notes
    tempo: TempoMap | None
    duration_s: float
    source: str


@dataclass(frozen=True)
class Window:
    """One stretch of a piece on the model's grid: handed to a model without, and given back with, its roll.

    Args:
        index: 0 for the first of the request.
        start_s: where it begins, in seconds from the request's start.
        audio: float32 (grid.samples,), silent beyond the end, or None if the model takes none.
        roll: given: the piece's notes for a model that takes them; back: what the model made.
        tempo: beats as far as they are known, a little beyond the window's end, or None.
        state: whatever the model wants to see again in `previous`.
    """

    index: int
    start_s: float
    audio: npt.NDArray[np.float32] | None
    roll: Roll | None
    tempo: TempoMap | None
    state: object = None


@dataclass(frozen=True)
class Request:
    """One run: the same request on the same piece gives the same bytes.

    Args:
        params: by name, checked against the model's `Param`s when the run starts.
        start_s, end_s: the part of the piece that is wanted; times in the result count from `start_s`.
        quantize: 0 leaves onsets where the model put them, 1 moves them onto the sixteenth grid.
    """

    model: str
    params: Mapping[str, Value] = field(default_factory=dict)
    seed: int = 0
    start_s: float = 0.0
    end_s: float | None = None
    quantize: float = 0.0


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
