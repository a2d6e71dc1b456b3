"""README says what the code does: its commands parse, its tables are complete, its second command is what CI runs."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT

import leap_models
from leap_bridge.cli import COMMANDS, build
from leap_bridge.orders import OPTIONS
from leap_bridge.osc import addresses
from leap_bridge.osc.addresses import FROM_DAEMON, TO_DAEMON, Address
from leap_bridge.osc.codec import MOST_BYTES
from leap_bridge.settings import Limits
from leap_models import errors

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def block(name: str) -> str:
    """The code block behind `<!-- name -->`."""
    found = re.search(rf"<!-- {name} -->\n```sh\n(.*?)\n```", README, re.DOTALL)
    assert found, name
    return found[1]


def table(heading: str) -> dict[str, str]:
    """First and second column of the first table whose head's first cell is `heading`; backticks are left out."""
    rows = README[README.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    cells = ([cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows)
    return {row[0]: row[1] for row in cells}


def leaves(root: type[errors.LeapError]) -> set[type[errors.LeapError]]:
    below = [each for each in root.__subclasses__() if each.__module__ == errors.__name__]
    return {root} if not below else set().union(*(leaves(each) for each in below))


def test_ci_runs_the_second_command_word_for_word():
    assert block("test") in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", ["install", "test"])
def test_an_install_command_is_one_line(name: str):
    assert "\n" not in block(name)


def test_torch_is_pinned_as_in_the_constraints():
    pin = next(line for line in (ROOT / "constraints.txt").read_text().splitlines() if line.startswith("torch=="))
    assert f"pip install {pin} " in block("install")


@pytest.mark.parametrize("line", block("commands").splitlines())
def test_the_commands_shown_are_understood(line: str):
    program, *words = shlex.split(line)
    assert program == "leap-bridge"
    assert build(words).parse_args(words).command == words[0]


def test_every_command_is_in_the_table():
    assert table("command") == {name: command.help for name, command in COMMANDS.items()}


def test_every_error_is_in_the_table():
    described = {error.code: (error.__doc__ or "").splitlines()[0].rstrip(".") for error in leaves(errors.LeapError)}
    shown = table("code")
    assert set(shown) == set(described)
    assert {code: text[0].upper() + text[1:] for code, text in shown.items()} == described


def cells(heading: str) -> list[tuple[str, ...]]:
    """All columns of the first table whose head's first cell is `heading`."""
    rows = README[README.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return [tuple(cell.strip() for cell in row.strip("|").split(" | ")) for row in rows]


@pytest.mark.parametrize(("heading", "addresses"), [("to the daemon", TO_DAEMON), ("from the daemon", FROM_DAEMON)])
def test_the_tables_of_the_protocol_are_those_of_the_code(heading: str, addresses: dict[str, Address]):
    assert cells(heading) == [(f"`{each.path}`", f"`{each.signature}`", each.described) for each in addresses.values()]


def test_every_key_of_a_request_is_in_the_table():
    assert cells("key") == [(f"`{param.name}`", param.described, param.help) for param in OPTIONS.values()]


def test_the_numbers_in_the_text_are_those_of_the_code():
    limits, text = Limits(), " ".join(README.split())
    assert f"port {addresses.PORT} unless told otherwise" in text
    assert f"of at most {MOST_BYTES} bytes" in text
    assert f"After {addresses.HEARTBEAT_S:g} s without" in text
    assert f"at most {addresses.NOTES_PER_PART} notes" in text
    assert f"at most {addresses.ANCHORS_PER_PART} pairs a part" in text
    assert f"may send {limits.packets_per_s} packets a second" in text
    assert f"{limits.clients} clients, {limits.queue_per_client} waiting jobs a client and {limits.queue} in" in text
    assert (limits.piece_s, limits.remembered_jobs) == (7200, 100)  # two hours, the last hundred


def test_every_extra_is_in_the_table():
    assert set(table('`pip install "leap-bridge[…]"`')) == set(PROJECT["project"]["optional-dependencies"])


def test_every_dependency_is_pinned():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["train"]]
    assert {re.split(r"[<>=\[ ]", each)[0].lower().replace("_", "-") for each in wanted} <= pins


def test_the_python_example_runs(
    toy: str,
    toy_weights: Path,
    song: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    (tmp_path / "toy").symlink_to(toy_weights)
    monkeypatch.setenv("LEAP_BRIDGE_WEIGHTS", str(tmp_path))
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example
    exec(example[1].replace('"leap"', '"toy"').replace("song.mp3", str(song)), {})
    assert capsys.readouterr().out.splitlines()[-1].startswith("5.0 ")


def test_the_names_used_from_python_are_there():
    used = set(re.findall(r"leap_models\.(\w+)\(", README))
    assert used <= set(leap_models.__all__)


def test_exported_names_are_sorted_and_complete():
    assert leap_models.__all__ == sorted(leap_models.__all__)
    assert all(hasattr(leap_models, name) for name in leap_models.__all__)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:leap_models|leap_bridge|tests)/[\w/.]+)`", README))))
def test_files_that_readme_names_are_there(path: str):
    assert (ROOT / path).exists()
