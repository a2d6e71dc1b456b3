"""`leap-bridge install max` finds Live's User Library where Live's settings say that it is, or where it usually is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leap_bridge import install_max
from leap_bridge.install import install
from leap_models import paths
from leap_models.errors import FileMissing

SAYS = '<Ableton><UserLibrary><LibraryProject><ProjectPath Value="{}" /><ProjectName Value="User Library" />'


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A person's home folder on a system."""

    def make(system: str) -> Path:
        monkeypatch.setattr(install_max.sys, "platform", system)
        monkeypatch.setattr(paths.sys, "platform", system)
        monkeypatch.setattr(Path, "home", lambda: tmp_path)
        monkeypatch.delenv("APPDATA", raising=False)
        return tmp_path

    return make


def settings(folder: Path, library: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "Library.cfg").write_text(SAYS.format(str(library).replace("&", "&amp;")), encoding="utf-8")


def installed() -> Path:
    return install("max").folder


def test_both_devices_are_copied_to_the_usual_place_of_a_mac(computer: Callable[[str], Path]):
    library = computer("darwin") / "Music" / "Ableton" / "User Library"
    library.mkdir(parents=True)
    assert installed() == library / "LEAP"
    assert {path.name for path in installed().iterdir()} == {"LEAP.amxd", "LEAP MIDI.amxd"}


def test_windows_keeps_it_in_documents(computer: Callable[[str], Path]):
    library = computer("win32") / "Documents" / "Ableton" / "User Library"
    library.mkdir(parents=True)
    assert installed() == library / "LEAP"


@pytest.mark.parametrize(
    ("system", "folder"),
    [
        ("darwin", "Library/Preferences/Ableton/Live {}"),
        ("win32", "AppData/Roaming/Ableton/Live {}/Preferences"),
    ],
)
def test_a_library_that_was_moved_is_where_the_newest_live_says(
    computer: Callable[[str], Path], system: str, folder: str
):
    home = computer(system)
    for version, place in (("9.7.7", "old"), ("12.2.1", "Rock & Roll"), ("11.3", "older")):
        settings(home / folder.format(version), home / place)
        (home / place / "User Library").mkdir(parents=True)
    assert installed() == home / "Rock & Roll" / "User Library" / "LEAP"


def test_without_a_library_the_person_is_asked_for_it(computer: Callable[[str], Path]):
    computer("darwin")
    with pytest.raises(FileMissing, match=r"Location of User Library.* with --to"):
        installed()
