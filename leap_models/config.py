"""One strict reader for settings, training configurations and model.json.

A configuration is a frozen dataclass; a file holds the same as JSON or YAML. An unknown key, a missing key or a value
of the wrong kind is refused with its path: `sampler.steps must be a whole number, got "many"`.

Fields may be bool, int, float, str, Path, None, Literal, tuples (`tuple[int, ...]` or `tuple[int, str]`), mappings from
str (`dict[str, T]`), other such dataclasses, unions of these (`X | None`), and `object` for anything.
"""

import dataclasses
import json
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from leap_models.config_fields import Place, fields_of, plain, read
from leap_models.config_text import parse_json, parse_yaml
from leap_models.errors import ConfigError
from leap_models.paths import atomic

T = TypeVar("T")

_YAML = (".yaml", ".yml")


def from_dict(kind: type[T], data: object, name: str = "") -> T:
    """Make a dataclass from what a JSON or YAML file holds.

    Args:
        kind: the dataclass.
        data: mappings, lists, numbers, strings, True, False, None.
        name: of the file, for messages.

    Raises:
        ConfigError: an unknown key, a missing key, a value of the wrong kind, or one that the dataclass refuses.
    """
    made: T = read(kind, data, Place(name))
    return made


def to_dict(config: object) -> dict[str, Any]:
    """The same as `from_dict` takes: what `json.dump` can write.

    Raises:
        ConfigError: a value that no file can hold, such as an array.
    """
    found = plain(config, Place(""))
    assert isinstance(found, dict)  # our callers give dataclasses
    return found


def load(kind: type[T], path: Path | str) -> T:
    """Read a .json, .yaml or .yml file.

    Raises:
        ConfigError: it is missing, not JSON or YAML, has a key twice, or is not what `kind` says.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        data = parse_yaml(text) if path.suffix in _YAML else parse_json(text)
    except (OSError, ValueError, RecursionError) as error:
        reason = " ".join((getattr(error, "strerror", None) or str(error)).split())
        raise ConfigError(f"{path} cannot be read: {reason}") from error
    return from_dict(kind, data, name=str(path))


def save(config: object, path: Path | str) -> None:
    """Write a .json, .yaml or .yml file, whole or not at all.

    Raises:
        ConfigError: a value that no file can hold.
        UnwritableOutput: the file cannot be written.
    """
    data = to_dict(config)
    is_yaml = Path(path).suffix in _YAML
    text = yaml.safe_dump(data, sort_keys=False) if is_yaml else json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def override(config: T, assignments: Sequence[str]) -> T:
    """Replace fields as a command line asks: `override(config, ["sampler.steps=20"])`.

    Values are JSON, or the bare word where a string is wanted, or `a,b,c` where a tuple is. All are replaced at once,
    so fields that depend on each other can be changed together.

    Raises:
        ConfigError: no "=", no such field, a value of the wrong kind, or one that the dataclass refuses.
    """
    data = to_dict(config)
    for assignment in assignments:
        keys, equals, text = assignment.partition("=")
        if not equals:
            raise ConfigError(f"an override must be name=value, got {assignment}")
        _assign(type(config), data, keys.strip().split("."), text.strip(), Place(""))
    return from_dict(type(config), data)


def _assign(kind: Any, data: dict[str, Any], keys: list[str], text: str, path: Place) -> None:  # noqa: ANN401
    fields, key = fields_of(kind), keys[0]
    path = path.to(key)
    if key not in fields:
        raise ConfigError(f"{path} is unknown; there are: {', '.join(fields)}")
    inner = fields[key][0]
    if len(keys) > 1:
        groups = [each for each in (inner, *typing.get_args(inner)) if dataclasses.is_dataclass(each)]
        if not groups:
            raise ConfigError(f"{path} has no fields of its own, so there is no {path.to(keys[1])}")
        data[key] = data[key] or {}
        _assign(groups[0], data[key], keys[1:], text, path)
        return
    refusals = []
    for reading in _readings(text):
        try:
            data[key] = plain(read(inner, reading, path), path)
            return
        except ConfigError as error:
            refusals.append(error)
    raise refusals[0]


def _readings(text: str) -> Iterator[object]:
    """What a word on a command line may mean, the likeliest first."""
    yield _value(text)
    yield text
    yield [_value(part.strip()) for part in text.split(",")] if text else []


def _value(text: str) -> object:
    lowered = text.lower()
    words = {"true": True, "false": False, "null": None, "none": None}
    if lowered in words:
        return words[lowered]
    for parse in (parse_json, float):
        try:
            return parse(text)
        except ValueError:
            continue
    return text
