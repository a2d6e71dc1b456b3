"""Notes as a score: bars that are full, lengths that can be written, ties where a bar line cuts."""

from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from leap_models.music import score
from leap_models.music.notes import LEFT, RIGHT, Note, Notes
from leap_models.music.tempo import TempoMap

TEMPO = TempoMap.steady(60)  # a beat is a second


def at(beat: float, beats: float, pitch: int, hand: int = RIGHT) -> Note:
    return Note(beat, beat + beats, pitch, 80, hand)


def written(tmp_path: Path, notes: Notes, tempo: TempoMap = TEMPO) -> Xml.Element:
    score.write(tmp_path / "a.musicxml", tuple(sorted(notes)), tempo, "A song")
    return Xml.parse(tmp_path / "a.musicxml").getroot()


def voice(root: Xml.Element, staff: int) -> list[tuple[str, int]]:
    """(pitches or "rest", sixteenths) of one staff, in order; a chord's pitches are joined by +."""
    found: list[tuple[str, int]] = []
    for note in root.iter("note"):
        if note.findtext("staff") != str(staff):
            continue
        pitch = note.find("pitch")
        name = "rest"
        if pitch is not None:
            sign = {None: "", "1": "#", "-1": "b"}[pitch.findtext("alter")]
            name = f"{pitch.findtext('step')}{sign}{pitch.findtext('octave')}"
        if note.find("chord") is not None:
            found[-1] = (found[-1][0] + "+" + name, found[-1][1])
        else:
            found.append((name, int(note.findtext("duration") or 0)))
    return found


def test_a_bar_of_quarters_is_a_bar_of_quarters(tmp_path: Path):
    root = written(tmp_path, tuple(at(beat, 0.9, pitch) for beat, pitch in enumerate((60, 62, 64, 65))))
    assert voice(root, 1) == [("C4", 4), ("D4", 4), ("E4", 4), ("F4", 4)]


def test_an_empty_hand_rests(tmp_path: Path):
    assert voice(written(tmp_path, (at(0, 4, 60),)), 2) == [("rest", 16)]


def test_notes_struck_together_are_a_chord(tmp_path: Path):
    assert voice(written(tmp_path, (at(0, 4, 60), at(0.02, 4, 64), at(0, 4, 67))), 1) == [("C4+E4+G4", 16)]


def test_a_held_note_ends_where_the_hand_strikes_again(tmp_path: Path):
    assert voice(written(tmp_path, (at(0, 4, 60), at(2, 2, 64))), 1) == [("C4", 8), ("E4", 8)]


def test_a_bar_line_cuts_a_note_and_ties_it(tmp_path: Path):
    root = written(tmp_path, (at(3, 2, 60),))
    assert voice(root, 1) == [("rest", 12), ("C4", 4), ("C4", 4), ("rest", 12)]
    assert [tie.get("type") for tie in root.iter("tie")] == ["start", "stop"]


def test_a_length_that_has_no_sign_is_tied_of_two(tmp_path: Path):
    assert voice(written(tmp_path, (at(0, 1.25, 60), at(1.25, 2.75, 62))), 1)[:2] == [("C4", 4), ("C4", 1)]


@pytest.mark.parametrize("beats_per_bar", [2, 3, 4, 6])
def test_every_bar_of_both_staves_is_full(tmp_path: Path, beats_per_bar: int):
    notes = tuple(at(step * 0.7, 0.5, 50 + step % 20, step % 2) for step in range(40))
    root = written(tmp_path, notes, TempoMap(((0.0, 0.0), (1.0, 1.0)), beats_per_bar))
    for bar in root.iter("measure"):
        for staff in ("1", "2"):
            lengths = [
                int(note.findtext("duration") or 0) for note in bar.findall("note")
                if note.findtext("staff") == staff and note.find("chord") is None
            ]  # fmt: skip
            assert sum(lengths) == 4 * beats_per_bar


def test_a_bar_begins_on_the_downbeat(tmp_path: Path):
    tempo = TempoMap(((0.0, 0.0), (1.0, 1.0)), 4, downbeat=1.0)
    assert voice(written(tmp_path, (at(1, 1, 60),), tempo), 1)[:2] == [("rest", 16), ("C4", 4)]


@pytest.mark.parametrize(("pitch", "key", "name"), [(66, (67, 69, 71, 74), "F#4"), (70, (65, 67, 72, 62), "Bb4")])
def test_black_keys_are_spelled_as_the_key_has_them(tmp_path: Path, pitch: int, key: tuple[int, ...], name: str):
    notes = tuple(at(beat, 1, each) for beat, each in enumerate((*key, pitch)))
    assert name in [found for found, _ in voice(written(tmp_path, notes), 1)]


@pytest.mark.parametrize(("fifths", "tonic"), [(0, 60), (1, 67), (-1, 65), (3, 69), (-3, 63)])
def test_a_scale_has_the_key_of_its_tonic(fifths: int, tonic: int):
    assert score.find_key(tuple(at(i, 1, tonic + step) for i, step in enumerate((0, 2, 4, 5, 7, 9, 11)))) == fifths


def test_hands_have_staves_of_their_own(tmp_path: Path):
    root = written(tmp_path, (at(0, 4, 72), at(0, 4, 48, LEFT)))
    assert (voice(root, 1), voice(root, 2)) == ([("C5", 16)], [("C3", 16)])


def test_no_notes_are_one_bar_of_rest(tmp_path: Path):
    root = written(tmp_path, ())
    assert (voice(root, 1), voice(root, 2)) == ([("rest", 16)], [("rest", 16)])
