"""Many songs in one go."""

import json
from pathlib import Path

import pytest
import soundfile
from conftest import RATE, beeps

from leap_bridge.catalogue import songs, targets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "songs"
    (root / "more").mkdir(parents=True)
    for name in ("one.wav", "more/two.wav"):
        soundfile.write(root / name, beeps(2.0), RATE)
    return root


@pytest.fixture
def catalogue(cli, toy: str, toy_weights: Path):
    return lambda *words: cli("catalogue", "--model", toy, "--weights", toy_weights, *words)


def test_every_song_is_arranged_and_lies_as_it_did(catalogue, folder: Path, tmp_path: Path):
    done = catalogue(folder, "-o", tmp_path / "out")
    assert done.code == 0, done.err
    assert {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.mid")} == {
        "one.piano.mid", "more/two.piano.mid"
    }  # fmt: skip
    assert done.out.splitlines()[-1] == "2 arranged, 0 were there, 0 could not be"


def test_what_is_there_is_not_made_again(catalogue, folder: Path, tmp_path: Path):
    catalogue(folder, "-o", tmp_path / "out")
    (tmp_path / "out" / "one.piano.mid").unlink()
    assert catalogue(folder, "-o", tmp_path / "out").out.splitlines()[-1] == "1 arranged, 1 were there, 0 could not be"


def test_one_bad_song_stops_nothing_and_is_told(catalogue, folder: Path, tmp_path: Path):
    (folder / "bad.wav").write_bytes(b"nothing")
    done = catalogue(folder, "-o", tmp_path / "out", "--json")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 1
    assert [bool(row["error"]) for row in rows] == [True, False, False]
    assert rows[0]["error"].startswith("unreadable_audio")


def test_a_list_names_songs_from_its_own_folder(folder: Path):
    (folder / "list.txt").write_text("# mine\none.wav\n\nmore/two.wav\n")
    assert songs(folder / "list.txt") == [folder / "one.wav", folder / "more/two.wav"]


def test_equal_names_are_counted(tmp_path: Path):
    found = [Path("a/x.wav"), Path("b/x.mp3")]
    assert [path.name for path in targets(found, tmp_path / "list.txt", tmp_path)] == ["x.piano.mid", "x-2.piano.mid"]


def test_an_empty_folder_is_refused(catalogue, tmp_path: Path):
    (tmp_path / "none").mkdir()
    assert "no recording" in catalogue(tmp_path / "none").err


