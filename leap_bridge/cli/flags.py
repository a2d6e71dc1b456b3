"""Flags made from descriptions: a model's `Param`s, a dataclass's fields. No option is written down twice."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import MISSING, fields
from math import isfinite
from typing import TYPE_CHECKING, TypeVar

from leap_models import registry
from leap_models.errors import BadParameter
from leap_models.interface import ModelInfo, Param, Value

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Options = TypeVar("_Options", bound="DataclassInstance")
_PREFIX = "param_"  # where a parsed flag of a model's parameter is kept


def add_model(parser: argparse.ArgumentParser, argv: Sequence[str], default: str = "leap") -> None:
    """`--model`, and a flag for every parameter of the model that `argv` names.

    Raises:
        UnknownModel: `argv` names none that there is.
    """
    names = registry.available()
    parser.add_argument("--model", default=default, help=f"one of {', '.join(names)}; default {default}")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps; default auto")
    parser.add_argument("--weights", metavar="FOLDER", help="a checkpoint instead of the one that ships")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set a parameter of the model")
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--model", nargs="?", const=default, default=default)
    info = registry.describe(first.parse_known_args(argv)[0].model)
    group = parser.add_argument_group(f"parameters of {info.name}")
    for param in info.params:
        group.add_argument(flag(param.name), dest=_PREFIX + param.name, metavar=_metavar(param), help=help_of(param))


def given(arguments: argparse.Namespace, info: ModelInfo) -> dict[str, Value]:
    """The model's parameters that the command line sets, checked; a flag wins over `--set`.

    Raises:
        BadParameter: an unknown name, or a value that its parameter refuses.
    """
    values: dict[str, Value] = {}
    for word in arguments.set:
        name, equals, text = word.partition("=")
        if not equals:
            raise BadParameter(f"--set must be NAME=VALUE, got {word}")
        values[name] = info.param(name).parse(text)
    for param in info.params:
        text = getattr(arguments, _PREFIX + param.name, None)
        if text is not None:
            values[param.name] = param.parse(text)
    return values


def flag(name: str) -> str:
    """'pitch_low' -> '--pitch-low'."""
    return "--" + name.replace("_", "-")


def seconds(name: str, text: str) -> float:
    """'90', '90.5' or '1:30.5' in seconds.

    Raises:
        BadParameter: it is none of these, or negative.
    """
    minutes, _, rest = text.rpartition(":")
    try:
        value = 60 * int(minutes or 0) + float(rest)
    except ValueError as error:
        raise BadParameter(f"{name} must be seconds or minutes:seconds, got {text}") from error
    if value < 0 or not isfinite(value) or minutes.startswith("-"):
        raise BadParameter(f"{name} must be at least 0 s, got {text}")
    return value


def add_fields(parser: argparse.ArgumentParser, options: "type[DataclassInstance]") -> None:
    """A flag for every field of a dataclass; the `Args` of its docstring explain it.

    A field is a bool, int, float or str, known by its default, or a tuple of str, whose flag may be given many times;
    one without a default is a str and must be given.
    """
    for field in fields(options):
        described = _argument(options, field.name)
        if field.default is MISSING:
            parser.add_argument(flag(field.name), required=True, help=described)
        elif isinstance(field.default, tuple):
            parser.add_argument(flag(field.name), action="append", help=described)
        else:
            shown = f" (default {field.default})" if field.default != "" else ""
            parser.add_argument(flag(field.name), help=described + shown.replace("%", "%%"))


def read_fields(arguments: argparse.Namespace, options: type[_Options]) -> _Options:
    """An instance of the dataclass, made from the flags of `add_fields`.

    Raises:
        BadParameter: a value that does not fit its field.
    """
    values: dict[str, object] = {}
    for field in fields(options):
        text = getattr(arguments, field.name)
        if isinstance(text, list):
            values[field.name] = tuple(text)
        elif text is not None:
            default = "" if field.default is MISSING else field.default
            values[field.name] = Param(field.name, default).parse(text)
    return options(**values)


def _argument(options: type, name: str) -> str:
    """What a dataclass's docstring says of an argument, on one line."""
    found = re.search(rf"^ +{name}: (.*(?:\n {{9,}}\S.*)*)", options.__doc__ or "", re.MULTILINE)
    return " ".join(found[1].split()).replace("%", "%%") if found else ""


def _metavar(param: Param) -> str:
    return "|".join(param.choices) if param.choices else param.name.rpartition("_")[2].upper()


def help_of(param: Param) -> str:
    """What `--help` says of a parameter."""
    return f"{param.help} ({param.described})".replace("%", "%%")
