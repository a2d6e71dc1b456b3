"""UltraStar files: when is which note sung."""

from pathlib import Path

import pytest

from leap_models.errors import UnreadableMidi
from leap_models.training.ultrastar import read


def written(folder: Path, *lines: str) -> Path:
    path = folder / "song.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_unit_is_a_quarter_of_a_beat(tmp_path: Path) -> None:
    """At 300 a unit is 15 / 300 = 0.05 s; the gap is in milliseconds; pitch 0 is middle C."""
    notes = read(written(tmp_path, "#BPM:300", "#GAP:1000", ": 0 4 0 La", ": 10 2 -3 la", "E"))
    assert [n.pitch for n in notes] == [60, 57]
    assert [n.start_s for n in notes] == pytest.approx([1.0, 1.5])
    assert [n.end_s for n in notes] == pytest.approx([1.2, 1.6])


def test_a_decimal_comma_is_a_point(tmp_path: Path) -> None:
    assert read(written(tmp_path, "#BPM:187,5", ": 1 1 0 a"))[0].start_s == pytest.approx(0.08)


def test_golden_notes_are_sung_and_spoken_ones_are_not(tmp_path: Path) -> None:
    lines = ("#BPM:300", "* 0 1 2 gold", "F 4 1 0 said", "- 6", ": 8 1 4 a")
    assert [note.pitch for note in read(written(tmp_path, *lines))] == [62, 64]


def test_of_a_duet_the_first_singer_counts(tmp_path: Path) -> None:
    assert len(read(written(tmp_path, "#BPM:300", "P1", ": 0 1 0 a", "P2", ": 0 1 7 b"))) == 1


def test_a_text_without_notes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableMidi, match=r"song\.txt"):
        read(written(tmp_path, "#BPM:300", "hello"))
