"""What README says of the Studio is what it does."""

import re
import shlex

import pytest
from conftest import ROOT

from leap_bridge.cli import build
from leap_bridge.settings import STUDIO_PORT, Limits
from leap_bridge.web import build as building
from leap_bridge.web import page, site

SECTION = (ROOT / "README.md").read_text(encoding="utf-8").split("## LEAP Studio\n")[1].split("\n## ")[0]
COMMANDS = re.findall(r"^leap-bridge .*$", SECTION, re.MULTILINE)


@pytest.mark.parametrize("line", COMMANDS)
def test_its_commands_are_understood(line: str):
    _program, *words = shlex.split(line)
    assert build(words).parse_args(words).command == "studio"


@pytest.mark.parametrize("name", ["Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy"])
def test_a_static_host_sends_what_this_program_sends(name: str):
    assert f"| `{name}` | `{site.ISOLATED[name]}` | everything |" in SECTION


def test_files_are_kept_elsewhere_as_they_are_here():
    assert f"| `Cache-Control` | `{site.FOR_EVER}` | `assets/`" in SECTION
    assert f"| `Cache-Control` | `{site.ASK_AGAIN}` | everything else" in SECTION
    assert all(site.KINDS[ending].split(";")[0] in SECTION for ending in (".wasm", ".mjs", ".js"))


def test_its_numbers_are_those_of_the_code():
    assert f"http://127.0.0.1:{STUDIO_PORT}/" in SECTION
    assert f"more than {page.MOST_JOBS};" in SECTION
    assert Limits().upload_bytes == 2**30
    assert "1 GB" in SECTION
    assert f"Node.js {building.NODE} or later" in SECTION
