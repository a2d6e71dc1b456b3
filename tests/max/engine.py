"""Max's scripts, each in an ES5 engine of its own, with what Max gives to them."""

from collections.abc import Callable
from pathlib import Path

import dukpy

SHIM = (Path(__file__).parent / "shim.js").read_text(encoding="utf-8")


class Script:
    """A script in an engine of its own."""

    def __init__(self, source: str, functions: dict[str, Callable], before: str = "") -> None:
        self._engine = dukpy.JSInterpreter()
        for name, function in functions.items():
            self._engine.export_function(name, function)
        self._engine.evaljs(SHIM + before)
        self._engine.evaljs(source + "\n;0")

    def run(self, code: str, **values: object) -> object:
        return self._engine.evaljs(code, **values)

    def receive(self, words: list) -> None:
        self.run("__receive(dukpy.words); 0", words=words)
