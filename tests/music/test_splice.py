"""A part of an arrangement made anew: nothing outside changes, and nothing is torn at the seams."""

import math

import pytest

from leap_models.music.notes import LEFT, RIGHT, Note, Notes, Pedal
from leap_models.music.splice import Splicer, splice_pedals

START_S, END_S = 4.0, 8.0
KEPT = tuple(Note(float(beat) / 2, float(beat) / 2 + 0.4, 60 + beat % 12, 80, beat % 2) for beat in range(24))
NEW = tuple(Note(4.1 + 0.3 * step, 4.3 + 0.3 * step, 50 + step, 70, step % 2) for step in range(13))


def spliced(kept: Notes, new: Notes) -> Notes:
    return Splicer(kept, START_S, END_S).push(new, math.inf)


def test_what_lies_outside_stays():
    assert [note for note in spliced(KEPT, NEW) if not START_S <= note.start_s < END_S] == [
        note for note in KEPT if not START_S <= note.start_s < END_S
    ]


def test_what_lies_inside_is_new():
    inside = [note for note in spliced(KEPT, NEW) if START_S <= note.start_s < END_S]
    assert [note.pitch for note in inside] == [note.pitch for note in NEW]


def test_a_note_held_across_the_first_seam_ends_when_its_hand_is_needed():
    held = Note(3.0, 7.0, 40, 80, LEFT)
    new = (Note(4.5, 5.0, 70, 80, RIGHT), Note(5.5, 6.0, 45, 80, LEFT))
    assert spliced((held,), new)[0] == Note(3.0, 5.5, 40, 80, LEFT)


def test_a_note_held_across_a_seam_rings_on_where_nothing_needs_its_hand():
    held = Note(3.0, 7.0, 40, 80, LEFT)
    assert spliced((held,), (Note(4.5, 5.0, 70, 80, RIGHT),))[0] == held


def test_a_new_note_held_across_the_last_seam_ends_when_its_hand_is_needed():
    kept = (Note(9.0, 9.5, 45, 80, LEFT),)
    assert spliced(kept, (Note(7.0, 12.0, 40, 80, LEFT),))[0] == Note(7.0, 9.0, 40, 80, LEFT)


def test_a_key_is_free_before_the_other_side_strikes_it():
    kept = (Note(8.5, 9.0, 60, 80, LEFT),)
    assert spliced(kept, (Note(7.0, 9.0, 60, 80, RIGHT),))[0].end_s == 8.5


def test_at_a_seam_what_was_kept_wins():
    kept = (Note(8.0, 8.5, 60, 80, RIGHT),)
    assert spliced(kept, (Note(7.99, 8.5, 72, 80, LEFT),)) == kept


@pytest.mark.parametrize("step_s", [0.3, 1.0, 5.0])
def test_it_streams_what_it_gives_at_once(step_s: float):
    kept = (*KEPT[:6], Note(3.2, 6.5, 40, 80, LEFT), *KEPT[6:])
    splicer, streamed, until_s = Splicer(kept, START_S, END_S), [], START_S
    while until_s < END_S:
        part = splicer.push([n for n in NEW if until_s <= n.start_s < until_s + step_s], until_s + step_s)
        assert all(note.start_s < splicer.until_s for note in part)
        streamed += part
        until_s += step_s
    streamed += splicer.push((), math.inf)
    assert streamed == sorted(streamed, key=lambda note: note.start_s)
    assert sorted(streamed) == sorted(spliced(tuple(sorted(kept)), NEW))


def test_the_pedal_is_kept_outside_and_new_inside():
    kept = (Pedal(1.0, 2.0), Pedal(3.0, 5.0), Pedal(5.5, 6.0), Pedal(7.0, 9.0))
    new = (Pedal(4.5, 5.5), Pedal(7.5, 8.5))
    assert splice_pedals(kept, new, START_S, END_S) == (
        Pedal(1.0, 2.0), Pedal(3.0, 4.0), Pedal(4.5, 5.5), Pedal(7.5, 8.0), Pedal(8.0, 9.0)
    )  # fmt: skip
