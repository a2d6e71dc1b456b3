"""A controller turns a parameter over its whole range."""

import pytest

from leap_bridge.midi import messages
from leap_bridge.midi.control import Controls, Knob
from leap_models.errors import BadParameter
from leap_models.params import Param

DIFFICULTY = Param("difficulty", 3.0, 1.0, 5.0)
STEPS = Param("steps", 8, 1, 200)
STYLE = Param("style", "plain", choices=("plain", "waltz", "rag"))
LOUD = Param("loud", False)


@pytest.mark.parametrize(
    ("param", "position", "value"),
    [
        (DIFFICULTY, 0, 1.0), (DIFFICULTY, 127, 5.0), (DIFFICULTY, 64, 3.0157), (STEPS, 0, 1), (STEPS, 127, 200),
        (STYLE, 0, "plain"), (STYLE, 64, "waltz"), (STYLE, 127, "rag"), (LOUD, 63, False), (LOUD, 64, True),
    ],
)  # fmt: skip
def test_a_position_means_a_value(param: Param, position: int, value: object):
    assert Knob(20, "leap", param).value(position) == value


@pytest.mark.parametrize("position", [0, 1, 63, 126, 127])
def test_every_position_is_allowed(position: int):
    assert STEPS.check(Knob(1, "leap", STEPS).value(position))


@pytest.mark.parametrize("param", [Param("length", 4.0, 0.0), Param("words", "")])
def test_a_parameter_without_a_range_is_refused(param: Param):
    with pytest.raises(BadParameter, match="which no controller can turn"):
        Knob(20, "leap", param)


def test_channel_modes_are_no_knobs():
    with pytest.raises(BadParameter, match="controller must be a whole number from 0 to 119, got 123"):
        Knob(123, "leap", DIFFICULTY)


def test_a_knob_is_heard_on_every_channel():
    controls = Controls()
    controls.assign(Knob(20, "leap", DIFFICULTY))
    controls.receive(messages.control(9, 20, 127))
    assert controls.values("leap") == {"difficulty": 5.0}


def test_a_knob_that_was_not_moved_says_nothing():
    controls = Controls()
    controls.assign(Knob(20, "leap", DIFFICULTY))
    assert controls.values("leap") == {}


def test_a_move_to_the_same_value_is_no_news():
    controls = Controls()
    controls.assign(Knob(20, "leap", STYLE))
    assert controls.receive(messages.control(0, 20, 1)) is not None
    assert controls.receive(messages.control(0, 20, 2)) is None


def test_another_model_s_parameters_stay():
    controls = Controls()
    controls.assign(Knob(20, "leap", DIFFICULTY))
    controls.receive(messages.control(0, 20, 1))
    assert controls.values("musegan") == {}


def test_a_parameter_is_turned_by_one_controller():
    controls = Controls()
    controls.assign(Knob(20, "leap", DIFFICULTY))
    controls.assign(Knob(21, "leap", DIFFICULTY))
    assert controls.receive(messages.control(0, 20, 127)) is None


def test_a_controller_that_is_let_go_turns_nothing():
    controls = Controls()
    controls.assign(Knob(20, "leap", DIFFICULTY))
    controls.receive(messages.control(0, 20, 127))
    controls.release(20)
    assert controls.values("leap") == {}
