"""`leap-bridge install`: where files go, what is said, what is refused."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Outcome

from leap_bridge import __version__, install
from leap_bridge.install import HOSTS
from leap_models import paths

Cli = Callable[..., Outcome]


@pytest.fixture
def resource_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """REAPER's, where the system has it."""
    for name in ("HOME", "USERPROFILE", "APPDATA", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    folder = paths.settings_of("REAPER")
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("name", HOSTS)
def test_every_file_of_a_host_is_copied(name: str, tmp_path: Path):
    done = install.install(name, tmp_path)
    shipped = ROOT / HOSTS[name].shipped
    assert done.files
    assert all((done.folder / each).read_bytes() == (shipped / each).read_bytes() for each in done.files)


def test_reaper_gets_its_scripts_where_it_keeps_scripts(cli: Cli, resource_folder: Path):
    assert cli("install", "reaper").code == 0
    folder = resource_folder / "Scripts" / "LEAP"
    assert (folder / "LEAP_Cancel.lua").exists()
    assert (folder / "leap" / "osc.lua").exists()


def test_what_is_left_to_do_is_said(cli: Cli, resource_folder: Path):
    said = cli("install", "reaper").out
    assert str(resource_folder / "Scripts" / "LEAP") in said
    assert "1. In REAPER open Actions" in said


def test_nothing_is_registered(cli: Cli, resource_folder: Path):
    (resource_folder / "reaper-kb.ini").write_text("KEY 1 65 40044 0\n")
    cli("install", "reaper")
    names = {path.name for path in resource_folder.rglob("*") if path.is_file() and "LEAP" not in str(path.parent)}
    assert names == {"reaper-kb.ini"}
    assert (resource_folder / "reaper-kb.ini").read_text() == "KEY 1 65 40044 0\n"


def test_a_portable_installation_is_named(cli: Cli, tmp_path: Path):
    done = json.loads(cli("install", "reaper", "--to", tmp_path, "--json").out)
    assert done["folder"] == str(tmp_path / "Scripts" / "LEAP")
    assert "LEAP_Cancel.lua" in done["files"]


def test_the_scripts_are_told_what_to_start(tmp_path: Path, home: Path):
    folder = install.install("reaper", tmp_path).folder
    noted = dict(line.split("=", 1) for line in (folder / "installed.txt").read_text(encoding="utf-8").splitlines())
    assert noted == {"version": __version__, "executable": sys.executable, "config": str(home / "config")}


def test_an_older_version_is_replaced(tmp_path: Path):
    folder = install.install("reaper", tmp_path).folder
    (folder / "leap.lua").write_text("old")
    install.install("reaper", tmp_path)
    assert (folder / "leap.lua").read_bytes() == (ROOT / "reaper_scripts" / "leap.lua").read_bytes()


def test_a_host_that_is_not_found_is_told_with_the_way_out(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("HOME", "USERPROFILE", "APPDATA", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    found = cli("install", "reaper")
    assert found.code == 1
    assert "file_not_found: cannot find reaper in" in found.err
    assert "--to" in found.err


@pytest.mark.parametrize(
    ("words", "message"),
    [(["cubase"], "host must be one of"), (["reaper", "--to", "/no/such/folder"], "there is no folder /no/such")],
)
def test_a_host_or_a_folder_that_is_not_there_is_refused(cli: Cli, words: list[str], message: str):
    found = cli("install", *words)
    assert found.code == 1
    assert message in found.err
