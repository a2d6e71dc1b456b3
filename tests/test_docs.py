"""README says what the code does: its commands parse, its tables are complete, its second command is what CI runs."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT

import leap_models
from leap_bridge.cli import COMMANDS, build
from leap_models import errors, paths

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
    (tmp_path / "beats").symlink_to(paths.weights_folder("beats"))
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
