"""Controllers of a keyboard or a DAW track that turn the knobs of models."""

from dataclasses import dataclass

from leap_bridge.midi import messages
from leap_models.errors import BadParameter
from leap_models.params import Param, Value

CONTROLLER = Param("controller", 0, 0, 119, help="the number of a MIDI controller; those above are channel modes")


@dataclass(frozen=True)
class Knob:
    """A parameter of a model, turned by a controller.

    Raises:
        BadParameter: the parameter has no range that 0..127 could be spread over.
    """

    controller: int
    model: str
    param: Param

    def __post_init__(self) -> None:
        CONTROLLER.check(self.controller)
        limits = (self.param.low, self.param.high)
        if not self.param.choices and not isinstance(self.param.default, bool) and None in limits:
            raise BadParameter(f"{self.param.name} is {self.param.allowed}, which no controller can turn")

    def value(self, position: int) -> Value:
        """What the controller's position, 0..127, means: both ends of the range are reached."""
        param = self.param
        if param.choices:
            return param.choices[position * len(param.choices) // 128]
        if isinstance(param.default, bool):
            return position >= 64  # as every switch of MIDI
        low, high = float(param.low or 0.0), float(param.high or 0.0)
        found = low + (high - low) * position / 127
        return param.check(round(found) if isinstance(param.default, int) else round(found, 4))


@dataclass(frozen=True)
class Turned:
    """A knob that was moved."""

    knob: Knob
    value: Value


class Controls:
    """Which controller turns what, and where each stands. A controller turns one parameter and no two turn the same."""

    def __init__(self) -> None:
        self._knobs: dict[int, Knob] = {}
        self._values: dict[tuple[str, str], Value] = {}  # (model, parameter); nothing until a controller moved

    def assign(self, knob: Knob) -> None:
        """Let it be turned; what its controller turned before, and what turned its parameter, is let go."""
        self.release(knob.controller)
        for other in [each for each in self._knobs.values() if _target(each) == _target(knob)]:
            self.release(other.controller)
        self._knobs[knob.controller] = knob

    def release(self, controller: int) -> None:
        """Let the controller turn nothing."""
        knob = self._knobs.pop(controller, None)
        if knob is not None:
            self._values.pop(_target(knob), None)

    def receive(self, message: bytes) -> Turned | None:
        """Take a message; says which knob it moved, if it moved one to another value."""
        if messages.kind_of(message) != messages.CONTROL or message[1] not in self._knobs:
            return None
        knob = self._knobs[message[1]]
        value = knob.value(message[2])
        if self._values.get(_target(knob)) == value:
            return None
        self._values[_target(knob)] = value
        return Turned(knob, value)

    def values(self, model: str) -> dict[str, Value]:
        """The parameters of a model as its knobs stand."""
        return {name: value for (owner, name), value in self._values.items() if owner == model}


def _target(knob: Knob) -> tuple[str, str]:
    return knob.model, knob.param.name
