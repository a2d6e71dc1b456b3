"""Which files belong together."""

import time
from pathlib import Path

import pytest

from leap_models.errors import BadParameter, FileMissing
from leap_models.training.pairs.index import find, tidy


def touch(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def test_a_folder_for_each_song(tmp_path: Path):
    index = find(touch(tmp_path, "One/take.flac", "One/score.mid", "Two/audio.mp3", "Two/piano.mp3"))
    assert [(pair.name, pair.song.name, pair.piano.name) for pair in index.pairs] == [
        ("One", "take.flac", "score.mid"), ("Two", "audio.mp3", "piano.mp3")
    ]  # fmt: skip
    assert not index.unpaired


def test_a_song_may_have_several_covers(tmp_path: Path):
    index = find(touch(tmp_path, "One/song.wav", "One/piano-a.wav", "One/b.mid"))
    assert [pair.name for pair in index.pairs] == ["One_b", "One_piano-a"]
    assert {pair.song.name for pair in index.pairs} == {"song.wav"}


def test_two_folders_in_which_names_are_equal(tmp_path: Path):
    index = find(touch(tmp_path, "songs/a.mp3", "pianos/a.mid", "songs/b.mp3", "pianos/c.mid", "songs/notes.txt"))
    assert [(pair.name, pair.song.name, pair.piano.name) for pair in index.pairs] == [("a", "a.mp3", "a.mid")]
    assert {(each.name, each.code) for each in index.unpaired} == {("b", "NO_PIANO"), ("c", "NO_SONG")}


@pytest.mark.parametrize(
    ("names", "code"),
    [(("x/one.wav", "x/two.wav", "x/p.mid"), "NO_SONG"), (("x/p.mid",), "NO_SONG"), (("x/song.wav",), "NO_PIANO")],
)
def test_a_folder_that_is_no_pair_is_one_line(tmp_path: Path, names: tuple[str, ...], code: str):
    index = find(touch(tmp_path, *names))
    assert not index.pairs
    assert [each.code for each in index.unpaired] == [code]
    assert "x" in index.unpaired[0].why


@pytest.mark.parametrize("double", ["songs/a.wav", "pianos/a.wav"])
def test_names_that_collide_are_told_and_the_first_stays(tmp_path: Path, double: str):
    index = find(touch(tmp_path, "songs/a.mp3", "pianos/a.mid", double))
    assert [pair.name for pair in index.pairs] == ["a"]
    assert [each.code for each in index.unpaired] == ["SAME_NAME"]


def test_names_that_differ_in_case_alone_collide(tmp_path: Path):
    index = find(touch(tmp_path, "songs/Ab.mp3", "pianos/Ab.mid", "songs/ab.mp3", "pianos/ab.mid"))
    assert len(index.pairs) == 1
    assert "Ab" in index.unpaired[0].why


def test_a_list_counts_paths_from_its_folder(tmp_path: Path):
    touch(tmp_path, "audio/one.wav", "midi/one.mid")
    (tmp_path / "pairs.csv").write_text(
        "song,piano,name\naudio/one.wav,midi/one.mid,First song\naudio/two.wav,midi/one.mid,\naudio/one.wav,,x\n"
    )
    index = find(tmp_path / "pairs.csv")
    assert [pair.name for pair in index.pairs] == ["First_song"]
    assert [(each.code, "line" in each.why) for each in index.unpaired] == [("NO_SONG", True), ("NO_PIANO", True)]


def test_a_list_without_its_columns_is_refused(tmp_path: Path):
    (tmp_path / "pairs.csv").write_text("audio,midi\n")
    with pytest.raises(BadParameter, match="columns song and piano"):
        find(tmp_path / "pairs.csv")


def test_no_folder_is_said(tmp_path: Path):
    with pytest.raises(FileMissing):
        find(tmp_path / "none")


def test_a_name_is_fit_for_archives():
    assert tidy("AC/DC: T.N.T. (live)") == "AC_DC_T_N_T_live"


def test_a_list_of_ten_thousand_files_is_read_in_seconds(tmp_path: Path):
    touch(tmp_path, "song.wav", "piano.mid")
    rows = "".join(f"song.wav,piano.mid,{number}\n" for number in range(5000))
    (tmp_path / "pairs.csv").write_text("song,piano,name\n" + rows)
    began_s = time.perf_counter()
    assert len(find(tmp_path / "pairs.csv").pairs) == 5000
    assert time.perf_counter() - began_s < 5.0


def test_ten_thousand_files_are_paired_in_seconds(tmp_path: Path):
    for side, ending in (("songs", "mp3"), ("pianos", "mid")):
        (tmp_path / side).mkdir()
        for number in range(5000):
            (tmp_path / side / f"track {number:04d}.{ending}").touch()
    began_s = time.perf_counter()
    assert len(find(tmp_path).pairs) == 5000
    assert time.perf_counter() - began_s < 10.0
