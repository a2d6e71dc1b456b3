"""Knobs: one description of each, which checks what is asked for and tells people and hosts what they may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from leap_models.errors import BadParameter

Value = bool | int | float | str
Values = Mapping[str, Value]  # what `ModelInfo.check` returns: every parameter, each of its own kind

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
        if isinstance(self.default, bool) and isinstance(value, (bool, int, float)) and value in (0, 1):
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
