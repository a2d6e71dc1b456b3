"""Packets, files and command lines, beside implementations that are not Lua."""

import dataclasses
import json
import os
import shlex
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lua_script import SCRIPTS, loaded, part
from lupa import lua54

from leap_bridge import endpoint
from leap_bridge.endpoint import Endpoint
from leap_bridge.osc.codec import Message, decode, encode, frame, unframe

# Bytes are bytes here, on both sides.
LUA = lua54.LuaRuntime(encoding=None, unpack_returned_tuples=True)
LUA.eval(b"dofile")(str(SCRIPTS / "leap.lua").encode())
OSC = LUA.eval(b'(require("leap.osc"))')
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40)
STRICT = loaded()
some = settings(deadline=None, max_examples=40, derandomize=True, database=None)
NUMBERS = st.integers(-(2**31), 2**31 - 1) | st.floats(-1e38, 1e38)


@some
@given(st.lists(TEXT | NUMBERS, max_size=12))
def test_what_lua_writes_the_daemon_reads(arguments: list):
    given_to_lua = LUA.table_from([each.encode() if isinstance(each, str) else each for each in arguments])
    packet = OSC[b"encode"](b"/leap/arrange", given_to_lua)
    assert decode(packet) == (Message("/leap/arrange", tuple(arguments)),)


@some
@given(st.lists(TEXT | NUMBERS, max_size=12))
def test_what_the_daemon_writes_lua_reads(arguments: list):
    address, found = OSC[b"decode"](encode(Message("/leap/notes", tuple(arguments)), exact=True))
    assert address == b"/leap/notes"
    assert list(found.values()) == [each.encode() if isinstance(each, str) else each for each in arguments]


def test_a_number_with_seven_digits_is_read_as_it_was_meant():
    _, found = OSC[b"decode"](encode(Message("/leap/notes", (1234.5, 0.1))))
    assert list(found.values()) == pytest.approx([1234.5, 0.1])


@some
@given(st.binary(max_size=60))
def test_damage_is_no_message_and_no_error(packet: bytes):
    found = OSC[b"decode"](packet)
    assert found is None or isinstance(found, tuple)


@some
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.integers(0, 30))
def test_frames_are_those_of_the_daemon(packets: list[bytes], cut: int):
    framed = b"".join(OSC[b"frame"](packet) for packet in packets)
    assert framed == frame(packets)
    short = framed[: max(0, len(framed) - cut)]
    found, used = OSC[b"unframe"](short)
    assert (tuple(found.values()), used) == unframe(short)


@some
@given(TEXT, TEXT)
def test_an_endpoint_is_read_as_it_was_written(mailbox: str, token: str):
    at = Endpoint("127.0.0.1", 9510, 4711, 2**31 - 1, mailbox, token)
    expected = dataclasses.asdict(at)
    parse = LUA.eval(b'(require("leap.endpoint"))')[b"parse"]
    found = {name.decode(): value for name, value in parse(json.dumps(expected, indent=2).encode()).items()}
    assert {name: each.decode() if isinstance(each, bytes) else each for name, each in found.items()} == expected


@pytest.mark.parametrize("text", ["", "{", '{"mailbox": "/half', '{"mailbox": "\\', "[1, 2]", '{"a": {"b": 1}}'])
def test_a_damaged_endpoint_is_no_endpoint(text: str):
    assert part(STRICT, "leap.endpoint").parse(text)["mailbox"] is None


@pytest.mark.parametrize(
    ("os_name", "variables", "folders"),
    [
        ("Other", {"HOME": "/home/a"}, ["/home/a/.config/leap-bridge"]),
        ("Other", {"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, ["/x/leap-bridge", "/h/.config/leap-bridge"]),
        ("macOS-arm64", {"HOME": "/Users/a"}, ["/Users/a/Library/Application Support/leap-bridge/config"]),
        ("OSX64", {"HOME": "/Users/a"}, ["/Users/a/Library/Application Support/leap-bridge/config"]),
        ("Win64", {"APPDATA": "C:\\A"}, ["C:\\A/leap-bridge/config"]),
        ("Win64", {"APPDATA": "C:\\A", "LEAP_BRIDGE_HOME": "D:\\l"}, ["D:\\l/config", "C:\\A/leap-bridge/config"]),
    ],
)
def test_the_endpoint_is_looked_for_where_the_system_keeps_settings(os_name, variables, folders):
    found = part(STRICT, "leap.endpoint").folders(STRICT.table(), os_name, variables.get)
    assert list(found.values()) == folders


def test_here_the_endpoint_is_looked_for_where_the_daemon_writes_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("LEAP_BRIDGE_HOME", raising=False)
    os_name = {"linux": "Other", "darwin": "macOS-arm64", "win32": "Win64"}[sys.platform]
    found = part(STRICT, "leap.endpoint").folders(STRICT.table(), os_name, os.environ.get)
    assert endpoint.path().parent in [Path(folder) for folder in found.values()]


def windows_words(command: str) -> list[str]:
    """A command line as Windows programs split it: quotes group, a backslash is one unless a quote follows."""
    words, quoted, word = [], False, ""
    for index, letter in enumerate(command):
        assert not (letter == '"' and command[index - 1] == "\\")
        if letter == '"':
            quoted = not quoted
        elif letter == " " and not quoted:
            words.append(word)
            word = ""
        else:
            word += letter
    return [*words, word]


@pytest.mark.parametrize(
    ("os_name", "program", "split"),
    [
        ("Win64", "C:\\Program Files\\Python 3.12\\python.exe", windows_words),
        ("Win64", "D:\\Müller & Söhne (100%)\\python.exe", windows_words),
        ("macOS-arm64", "/Users/o'neil/my envs/bin/python", shlex.split),
        ("Other", '/home/a "b" $c `d`\\/bin/python', shlex.split),
    ],
)
def test_a_program_is_one_word_of_the_command_line(os_name, program, split):
    command = part(STRICT, "leap.start").command(program, os_name)
    assert split(command) == [program, "-m", "leap_bridge", "serve"]
