"""Models by name, and the guard round each of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import toy_family

from leap_models import registry
from leap_models.errors import BadParameter, DamagedWeights, InternalError, OutOfMemory, UnknownModel
from leap_models.interface import Model, Param, Window

WINDOW = Window(0, 0.0, np.full(toy_family.GRID.samples, 0.5, np.float32), None, None)


def run(model: Model, window: Window = WINDOW, **params: object) -> Window:
    return model.run_window(window, None, model.info.check(params), np.random.default_rng(0), lambda: None)


def test_leap_is_available():
    assert "leap" in registry.available()


def test_an_unknown_model_is_refused_with_the_known_ones():
    with pytest.raises(UnknownModel, match=r"model must be one of .*leap.*, got lepa"):
        registry.describe("lepa")


def test_missing_weights_are_damaged_weights(toy: str, tmp_path: Path):
    with pytest.raises(DamagedWeights, match="nowhere"):
        registry.load(toy, "cpu", tmp_path / "nowhere")


def test_an_unknown_device_is_refused_with_the_present_ones(toy: str, toy_weights: Path):
    with pytest.raises(BadParameter, match=r"device must be one of auto, cpu.*, got abacus"):
        registry.load(toy, "abacus", toy_weights)


def test_a_good_window_passes_the_guard(toy_model: Model):
    assert run(toy_model).roll.sounding.any()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("nan", r"velocity from nan to nan instead of 0 to 1"),
        ("loud", r"velocity from 0 to 1.5 instead of 0 to 1"),
        ("double", r"sounding as float64 instead of float32"),
    ],
)
def test_what_a_model_must_not_give_is_our_error(toy_model: Model, fault: str, words: str):
    with pytest.raises(InternalError, match=words):
        run(toy_model, fault=fault)


def test_running_out_of_memory_has_an_error_of_its_own(toy_model: Model):
    with pytest.raises(OutOfMemory, match="not enough memory to run toy"):
        run(toy_model, fault="memory")


def test_other_failures_of_a_model_are_not_hidden(toy_model: Model):
    with pytest.raises(KeyError):
        run(toy_model, fault="bug")


def test_audio_of_the_wrong_length_is_our_error(toy_model: Model):
    with pytest.raises(InternalError, match=r"toy takes audio of shape \(10240,\), got \(7,\)"):
        run(toy_model, replace(WINDOW, audio=np.zeros(7, np.float32)))


def test_an_unknown_parameter_is_refused_with_the_known_ones(toy_model: Model):
    with pytest.raises(BadParameter, match="toy has no parameter hardness; it has: difficulty, steps"):
        toy_model.info.check({"hardness": 3})


@pytest.mark.parametrize(
    ("param", "value", "checked"),
    [
        (Param("steps", 8, 1, 50), 8.0, 8),
        (Param("difficulty", 3.0, 1, 5), 2, 2.0),
        (Param("swing", False), 1, True),
        (Param("conditioner", "nmp", choices=("nmp", "mert")), "mert", "mert"),
    ],
)
def test_a_value_becomes_its_parameters_kind(param: Param, value: object, checked: object):
    found = param.check(value)
    assert (found, type(found)) == (checked, type(checked))


@pytest.mark.parametrize(
    ("param", "value", "words"),
    [
        (Param("steps", 8, 1, 50), 0, "steps must be a whole number from 1 to 50, got 0"),
        (Param("steps", 8, 1, 50), 1.5, "steps must be a whole number from 1 to 50, got 1.5"),
        (Param("steps", 8, 1, 50), True, "got True"),
        (Param("difficulty", 3.0, 1, 5), 9, "difficulty must be a number from 1 to 5, got 9"),
        (Param("difficulty", 3.0, 1, 5), float("nan"), "got nan"),
        (Param("difficulty", 3.0, 1, 5), "hard", "got hard"),
        (Param("guidance", 1.0, low=0), -1, "guidance must be a number of at least 0, got -1"),
        (Param("swing", False), 2, "swing must be true or false, got 2"),
        (Param("conditioner", "nmp", choices=("nmp", "mert")), "clap", "must be one of nmp, mert, got clap"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(param: Param, value: object, words: str):
    with pytest.raises(BadParameter, match=words):
        param.check(value)


@pytest.mark.parametrize(
    ("param", "text", "value"),
    [
        (Param("steps", 8, 1, 50), "12", 12),
        (Param("difficulty", 3.0, 1, 5), "2.5", 2.5),
        (Param("swing", False), "yes", True),
        (Param("name", "a"), "b", "b"),
    ],
)
def test_text_is_read_as_the_parameters_kind(param: Param, text: str, value: object):
    assert param.parse(text) == value


@pytest.mark.parametrize("text", ["", "two", "nan", "0x3", "-1", "inf"])
def test_text_that_is_no_such_number_is_refused(text: str):
    with pytest.raises(BadParameter, match="steps must be a whole number from 1 to 50"):
        Param("steps", 8, 1, 50).parse(text)
