"""The tune that was heard is on top of what is played, in the octave in which the roll plays it."""

import math
from dataclasses import replace

import numpy as np
import pytest

from leap_models.families.leap import lead
from leap_models.music.notes import Note, Notes
from leap_models.music.roll import Roll, notes_to_roll, roll_to_notes

FRAMES, RATE = 200, 100  # of a roll: two seconds


def melody(*notes: tuple[float, float, int], certainty: float = 0.8) -> np.ndarray:
    """(100, 88): how likely each key carries the melody; notes are (start_s, end_s, pitch)."""
    plane = np.full((FRAMES // 2, 88), 1e-4, np.float32)
    for start_s, end_s, pitch in notes:
        plane[round(start_s * 50) : round(end_s * 50), pitch - 21] = certainty
    return plane


def roll(*notes: Note) -> Roll:
    return notes_to_roll(notes, RATE, FRAMES)


def played(given: Roll, plane: np.ndarray, octave: int = 0, firmness: float = 1.0) -> Notes:
    return roll_to_notes(lead.follow(given, tuple(lead.line(plane)), octave, firmness))


def test_a_line_has_a_note_for_each_key_that_sings() -> None:
    found = tuple(lead.line(melody((0.2, 0.8, 72), (0.8, 1.4, 74))))
    assert [(note.first, note.end, note.pitch) for note in found] == [(10, 40, 72), (40, 70, 74)]
    assert [note.certainty for note in found] == pytest.approx([0.8, 0.8])


def test_a_glide_is_no_note() -> None:
    found = tuple(lead.line(melody((0.2, 0.8, 72), (0.8, 0.86, 73), (0.86, 1.5, 74))))
    assert [note.pitch for note in found] == [72, 74]


def test_silence_has_no_line() -> None:
    assert tuple(lead.line(melody())) == ()


def test_a_tune_that_the_roll_does_not_have_is_played() -> None:
    (note,) = played(roll(), melody((0.2, 0.8, 72)))
    assert (note.pitch, note.start_s, note.end_s) == (72, pytest.approx(0.2), pytest.approx(0.8))


def test_nothing_is_played_above_the_tune_but_its_octave() -> None:
    given = roll(Note(0.3, 0.7, 76, 80), Note(0.3, 0.7, 84, 80), Note(0.3, 0.7, 60, 80), Note(1.2, 1.6, 76, 80))
    found = played(given, melody((0.2, 0.8, 72)))
    assert [(note.start_s, note.pitch) for note in found] == [(0.2, 72), (0.3, 60), (0.3, 84), (1.2, 76)]


def test_a_note_of_the_roll_that_is_the_tunes_is_not_struck_twice() -> None:
    (note,) = played(roll(Note(0.25, 0.6, 72, 80)), melody((0.2, 0.8, 72)))
    assert (note.start_s, note.end_s) == (pytest.approx(0.25), pytest.approx(0.8))


def moved_by(*notes: Note, tune: tuple[int, int]) -> int:
    """Octaves by which a tune of two notes is moved where the roll plays these."""
    heard = tuple(lead.line(melody((0.2, 0.8, tune[0]), (0.8, 1.4, tune[1]))))
    return lead.OCTAVES[int(lead.octaves(roll(*notes), heard).argmax())]


def test_the_octave_is_the_one_in_which_the_roll_plays_the_tune() -> None:
    assert moved_by(Note(0.2, 0.8, 72, 80), Note(0.8, 1.4, 74, 80), Note(0.2, 0.5, 60, 80), tune=(60, 62)) == 1
    assert moved_by(Note(0.2, 0.8, 71, 80), Note(0.8, 1.4, 72, 80), tune=(71, 72)) == 0


def test_where_the_roll_plays_the_tune_in_two_octaves_it_is_the_one_where_tunes_lie_on_a_piano() -> None:
    low, high = (Note(0.2, 0.8, 60, 80), Note(0.8, 1.4, 62, 80)), (Note(0.2, 0.8, 72, 80), Note(0.8, 1.4, 74, 80))
    higher = tuple(replace(note, pitch=note.pitch + 12) for note in high)
    assert moved_by(*low, *high, tune=(60, 62)) == 1
    assert moved_by(*high, *higher, tune=(72, 74)) == 0


def test_seconds_away_from_the_register_of_tunes_count_less() -> None:
    tune = tuple(lead.line(melody((0.2, 0.8, 64), (0.8, 1.4, 64))))
    octaves = lead.octaves(roll(Note(0.2, 1.4, 64, 80), Note(0.2, 0.8, 76, 80)), tune)
    assert octaves.tolist() == pytest.approx([0.0, 1.2 * math.exp(-0.5 * (12 / 5) ** 2), 0.6, 0.0], abs=0.02)


def test_a_tune_can_be_played_an_octave_higher() -> None:
    (note,) = played(roll(), melody((0.2, 0.8, 60)), octave=1)
    assert note.pitch == 72


def test_what_was_not_clearly_heard_is_left_to_the_roll() -> None:
    given = roll(Note(0.3, 0.7, 76, 80))
    assert played(given, melody((0.2, 0.8, 72), certainty=0.4), firmness=0.5) == roll_to_notes(given)


def test_without_firmness_nothing_changes() -> None:
    given = roll(Note(0.3, 0.7, 76, 80))
    assert lead.follow(given, tuple(lead.line(melody((0.2, 0.8, 72)))), 0, 0.0) is given
