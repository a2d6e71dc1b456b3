"""Plain data (mappings, lists, numbers, words) read as the fields of a dataclass say, and written back."""

import dataclasses
import json
import math
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from leap_models.errors import ConfigError, UserError

# ruff: noqa: ANN401  (types are values here)


@dataclasses.dataclass(frozen=True)
class Place:
    """Where in a configuration we are, as messages say it: "train.yaml: sampler.steps"."""

    name: str
    keys: tuple[str, ...] = ()

    def to(self, key: str) -> "Place":
        """One level deeper."""
        return Place(self.name, (*self.keys, key))

    def __str__(self) -> str:
        where = ".".join(self.keys)
        return f"{self.name}: {where}" if self.keys and self.name else where or self.name or "the configuration"


def fields_of(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Name -> (type, whether it must be given)."""
    hints = typing.get_type_hints(kind)
    absent = dataclasses.MISSING
    return {
        field.name: (hints[field.name], field.default is absent and field.default_factory is absent)
        for field in dataclasses.fields(kind)
        if field.init
    }


def read(kind: Any, data: object, path: Place) -> Any:
    """`data` as a value of the type `kind`.

    Raises:
        ConfigError: it is none.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in (object, Any):
        return data
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, data, path)
    if origin in (typing.Union, types.UnionType):
        return _read_union(kind, data, path)
    if origin is Literal:
        for choice in arguments:
            if type(choice) is type(data) and choice == data:
                return choice
    elif origin is tuple:
        if isinstance(data, (list, tuple)):
            return _read_tuple(kind, data, path)
    elif origin in (dict, Mapping):
        if isinstance(data, Mapping) and all(isinstance(key, str) for key in data):
            return {key: read(arguments[1], value, path.to(key)) for key, value in data.items()}
    elif kind in _SCALARS and _SCALARS[kind](data):
        return None if data is None else kind(data)
    raise ConfigError(f"{path} must be {_words(kind)}, got {_shown(data)}")


def _read_dataclass(kind: Any, data: object, path: Place) -> Any:
    if not isinstance(data, Mapping):
        raise ConfigError(f"{path} must be {_words(kind)}, got {_shown(data)}")
    fields = fields_of(kind)
    for key in data:
        if key not in fields:
            raise ConfigError(f"{path.to(str(key))} is unknown; there are: {', '.join(fields) or 'none'}")
    for key, (_, needed) in fields.items():
        if needed and key not in data:
            raise ConfigError(f"{path.to(key)} is missing")
    values = {key: read(fields[key][0], value, path.to(key)) for key, value in data.items()}
    try:
        return kind(**values)
    except ConfigError:
        raise
    except UserError as error:
        raise ConfigError(f"{path}: {error}") from error


def _read_union(kind: Any, data: object, path: Place) -> Any:
    members = [member for member in typing.get_args(kind) if member is not type(None)]
    if data is None and len(members) < len(typing.get_args(kind)):
        return None
    if len(members) == 1 and dataclasses.is_dataclass(members[0]) and isinstance(data, Mapping):
        return read(members[0], data, path)  # its message says more than "must be a mapping or null"
    for member in sorted(members, key=lambda member: member is float):  # 1 is an int where both are allowed
        try:
            return read(member, data, path)
        except ConfigError:
            continue
    raise ConfigError(f"{path} must be {_words(kind)}, got {_shown(data)}")


def _read_tuple(kind: Any, data: Sequence[object], path: Place) -> tuple[Any, ...]:
    kinds = typing.get_args(kind)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = (kinds[0],) * len(data)
    if len(kinds) != len(data):
        raise ConfigError(f"{path} must have {len(kinds)} entries, got {len(data)}")
    pairs = zip(kinds, data, strict=True)
    return tuple(read(each, value, path.to(str(index))) for index, (each, value) in enumerate(pairs))


def _is_number(data: object) -> bool:
    return isinstance(data, (int, float)) and not isinstance(data, bool) and -math.inf < data < math.inf


_SCALARS: dict[Any, Callable[[object], bool]] = {
    bool: lambda data: isinstance(data, bool),
    int: lambda data: isinstance(data, int) and not isinstance(data, bool),
    float: _is_number,
    str: lambda data: isinstance(data, str),
    Path: lambda data: isinstance(data, (str, Path)),
    type(None): lambda data: data is None,
}
_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a string",
    Path: "a path",
    type(None): "null",
}


def _words(kind: Any) -> str:
    """What may be given, for a person."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return "one of " + ", ".join(_shown(choice) for choice in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_words(member) for member in arguments)
    if origin is tuple:
        return "a list"
    if origin in (dict, Mapping) or dataclasses.is_dataclass(kind):
        return "a mapping"
    if kind in _WORDS:
        return _WORDS[kind]
    raise TypeError(f"a configuration cannot hold a field of type {kind}")


def _shown(data: object) -> str:
    text = json.dumps(data, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def plain(value: object, path: Place) -> Any:
    """What `read` takes, and JSON and YAML can hold, for a value.

    Raises:
        ConfigError: there is no such thing.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {key: plain(getattr(value, key), path.to(key)) for key in fields_of(type(value))}
    if isinstance(value, Mapping):
        return {str(key): plain(each, path.to(str(key))) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each, path.to(str(index))) for index, each in enumerate(value)]
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, (bool, str)) or _is_number(value):
        return value
    raise ConfigError(f"{path} cannot be written to a file: {value!r:.60}")
