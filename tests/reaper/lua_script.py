"""A Lua script as REAPER runs it: an interpreter of its own, and a loop that calls what it defers."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fake_gfx import Gfx
from fake_reaper import API, Api, Host
from lupa import lua54

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "reaper_scripts"
TICK_S = 0.005  # REAPER's ticks are some 30 ms; shorter ones leave the tests less to wait for
STRICT = """
local names, call, handle = ...
return setmetatable({}, {
  __index = function(_, name)
    if not names[name] then error("REAPER has no function " .. tostring(name), 2) end
    return function(...) return call(name, ...) end
  end,
})
"""


class Handles:
    """Objects of the project as tables of one interpreter, the same table each time, so that Lua can compare them."""

    def __init__(self, lua: lua54.LuaRuntime) -> None:
        self._lua, self._things = lua, []

    def to_lua(self, thing: object) -> object:
        if isinstance(thing, tuple):
            return tuple(self.to_lua(each) for each in thing)
        if thing is None or isinstance(thing, (bool, int, float, str)):
            return thing
        for known, table in self._things:
            if known is thing:
                return table
        table = self._lua.table(index=len(self._things))
        self._things.append((thing, table))
        return table

    def from_lua(self, value: object) -> object:
        if lua54.lua_type(value) == "table":
            return self._things[value["index"]][0]
        return value


def interpreter(
    host: Host | None = None, extensions: dict[str, Callable[..., object]] | None = None
) -> tuple[lua54.LuaRuntime, Api, Gfx]:
    """An interpreter in which `reaper` and `gfx` are there; gives it with what they are made of."""
    lua = lua54.LuaRuntime(unpack_returned_tuples=True)
    api, gfx, handles = Api(host or Host()), Gfx(lua), Handles(lua)
    more = extensions or {}

    def call(name: str, *arguments: object) -> object:
        if name in more:
            return more[name](*arguments)
        return handles.to_lua(api.call(name, tuple(handles.from_lua(each) for each in arguments)))

    names = lua.table_from(dict.fromkeys((*API, *more), True))
    lua.globals()["reaper"] = lua.execute(STRICT, names, call)
    lua.globals()["gfx"] = gfx.table
    return lua, api, gfx


def loaded(host: Host | None = None) -> lua54.LuaRuntime:
    """An interpreter in which the scripts' parts can be had."""
    lua = interpreter(host)[0]
    lua.eval("dofile")(str(SCRIPTS / "leap.lua"))
    return lua


def part(lua: lua54.LuaRuntime, name: str) -> Any:
    """A part of the scripts, such as `leap.time_map`."""
    return lua.eval("function(name) return (require(name)) end")(name)


class Script:
    """An action that was pressed."""

    def __init__(self, host: Host, name: str, folder: Path = SCRIPTS, extensions: dict | None = None) -> None:
        self.host = host
        self.lua, self.api, self.gfx = interpreter(host, extensions)
        self.most_in_a_tick = 0
        self._step(lambda: self.lua.eval("dofile")(str(folder / f"{name}.lua")))

    @property
    def over(self) -> bool:
        return not self.api.deferred

    def _step(self, function: Callable[[], object]) -> None:
        self.api.inserted = 0
        function()
        self.most_in_a_tick = max(self.most_in_a_tick, self.api.inserted)
        assert self.api.sorted, "MIDI_Sort was forgotten"
        assert not self.api.refresh, "PreventUIRefresh was not taken back"
        if self.over:
            self.end()

    def tick(self) -> None:
        waiting, self.api.deferred = self.api.deferred, []
        for function in waiting:
            self._step(function)

    def end(self) -> None:
        """REAPER ends the script, or it has ended."""
        self.api.deferred = []
        functions, self.api.at_exit = self.api.at_exit, []
        for function in functions:
            function()

    def run(self, until: Callable[[], bool] | None = None, timeout_s: float = 60.0) -> "Script":
        """Let it go on until it is over, or something is so."""
        stop_s = time.monotonic() + timeout_s
        while not (until() if until else self.over):
            assert time.monotonic() < stop_s, f"still at it: {self.host.said[-3:]}"
            assert not self.over, f"over too soon: {self.host.boxes} {self.host.said[-3:]}"
            self.tick()
            time.sleep(TICK_S)
        return self
