"""What is shipped: sources that compile, names that REAPER has, headers and an index that ReaPack understands."""

import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from fake_reaper import API, NAMES, UNLISTED, Host
from lua_script import ROOT, SCRIPTS, Script
from lupa import lua54
from reaper_fixtures import AGAIN, ARRANGE, CANCEL, EASIER, HARDER, SELECTION, WINDOW

import leap_bridge
from leap_bridge.osc.addresses import NO_LIMIT, PROTOCOL

sys.path.insert(0, str(SCRIPTS))
import index  # the builder that lies beside the scripts

FILES = sorted(SCRIPTS.rglob("*.lua"))
ACTIONS = {ARRANGE, EASIER, HARDER, AGAIN, SELECTION, CANCEL, WINDOW}
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
SOURCES = {each.get("file"): each for each in ElementTree.parse(SCRIPTS / "index.xml").iter("source")}


def name_of(path: Path) -> str:
    return path.relative_to(SCRIPTS).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_it_compiles(path: Path):
    load = lua54.LuaRuntime().eval("function(path) return select(2, loadfile(path)) end")
    assert load(str(path)) is None


@pytest.mark.skipif(not shutil.which("luac5.4"), reason="luac5.4 is not installed")
@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_compiler_of_lua_finds_no_mistake(path: Path):
    assert subprocess.run(["luac5.4", "-p", path], capture_output=True, text=True, check=False).stderr == ""


@pytest.mark.skipif(not shutil.which("luac5.4"), reason="luac5.4 is not installed")
@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_name_is_global_but_those_of_lua_and_reaper(path: Path):
    listing = subprocess.run(["luac5.4", "-l", "-p", path], capture_output=True, text=True, check=True).stdout
    known = set(lua54.LuaRuntime().globals()) | {"reaper", "gfx"}
    assert set(re.findall(r"GETTABUP.*_ENV \"(\w+)\"", listing)) <= known
    assert not re.findall(r"SETTABUP.*_ENV", listing)


def test_each_function_of_reaper_that_is_used_is_in_its_list():
    used = set(re.findall(r"\breaper\.(\w+)", TEXT))
    assert used - {"osara_outputMessage"} == set(API)  # which is asked for with APIExists before it is called


def test_each_listed_function_can_be_tested():
    assert set(API) == NAMES


def test_what_the_list_leaves_out_is_little():
    assert set(UNLISTED) == {"defer", "atexit", "set_action_options"}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_holds_one_idea(path: Path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 280
    assert max(map(len, lines)) <= 120


def test_there_is_one_file_for_each_action():
    assert {path.stem for path in SCRIPTS.glob("LEAP_*.lua")} == ACTIONS


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_every_action_defers_so_that_reaper_adds_no_undo_step_of_its_own(action: str, home: Path):
    assert Script(Host(), action).api.deferred


def test_names_are_such_that_windows_and_reapack_take_them():
    assert not [path.name for path in FILES if re.search(r'[*\\:<>?/|"]|^[ .]|[ .]$', path.stem)]


def test_one_file_has_the_header_and_the_others_are_marked_as_its_parts():
    headed = [path.stem for path in FILES if "noindex" not in index.tags(path) and path.parent == SCRIPTS]
    assert headed == [ARRANGE]


def test_the_header_says_what_reapack_needs():
    header = index.tags(SCRIPTS / index.PACKAGE)
    assert set(header) == {"description", "version", "author", "about", "changelog", "provides"}
    assert re.fullmatch(r"\d+(\.\d{1,4})*", header["version"][0])
    assert "the program leap-bridge" in " ".join(header["about"])


def test_the_package_provides_all_files():
    assert set(index.provided()) == {name_of(path) for path in FILES}


def test_the_index_is_made_from_the_headers():
    assert (SCRIPTS / "index.xml").read_text(encoding="utf-8") == index.index()


def test_the_index_lists_the_actions_as_actions():
    assert {name for name, each in SOURCES.items() if each.get("main")} == {f"{action}.lua" for action in ACTIONS}


def test_the_index_gives_an_address_for_each_file():
    assert {name: each.text for name, each in SOURCES.items()}["leap/osc.lua"] == f"{index.URL}/leap/osc.lua"
    assert all(" " not in (each.text or " ") for each in SOURCES.values())


def test_another_place_of_publication_is_written_into_the_index():
    assert "<source file=\"leap.lua\">https://a.example/b/leap.lua</source>" in index.index("https://a.example/b")


def test_scripts_header_and_program_have_one_version():
    client = (SCRIPTS / "leap" / "client.lua").read_text(encoding="utf-8")
    assert re.search(r'Client\.VERSION = "(.+?)"', client)[1] == leap_bridge.__version__
    assert index.tags(SCRIPTS / index.PACKAGE)["version"] == [leap_bridge.__version__]


def test_scripts_and_daemon_speak_one_protocol():
    assert int(re.search(r"endpoint\.PROTOCOL = (\d+)", TEXT)[1]) == PROTOCOL
    assert NO_LIMIT == 1e30


def test_the_wheel_holds_the_scripts():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    patterns = project["package-data"]["reaper_scripts"]
    held = {path for pattern in patterns for path in SCRIPTS.glob(pattern)}
    assert set(FILES) <= held
    assert "reaper_scripts*" in project["packages"]["find"]["include"]
