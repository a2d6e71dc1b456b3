"""JSON and YAML, read strictly: no key twice, no NaN."""

import json
import re
from collections.abc import Hashable
from typing import Any

import yaml


def parse_json(text: str) -> object:
    """Parse JSON strictly.

    Raises:
        ValueError: not JSON, a key twice, or NaN and Infinity, which JSON does not have.
    """
    return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, _ in pairs if [other for other, _ in pairs].count(key) > 1)
        raise ValueError(f"the key {twice} is there twice")
    return found


def _refuse_constant(text: str) -> object:
    raise ValueError(f"{text} is no JSON")


def parse_yaml(text: str) -> object:
    """Parse YAML strictly; 1e-3 is a number, as in JSON.

    Raises:
        ValueError: not YAML, or a key twice.
    """
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:  # noqa: ANN401
        keys = [key.value for key, _ in node.value]
        if len(set(map(str, keys))) < len(keys):
            raise yaml.constructor.ConstructorError(None, None, "a key is there twice", node.start_mark)
        found: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return found


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"),  # YAML 1.1 wants a dot and a sign
    list("-+.0123456789"),
)
