"""Melodies as symbols, rolls and windows."""

import numpy as np
import pytest

from leap_models.errors import BadParameter
from leap_models.families.continuation import symbols, windows
from leap_models.families.continuation.rolls import draw, f1, read
from leap_models.families.continuation.symbols import END, HOLD, REST, StepNote, decode, encode, parse, spoken

TUNE = [StepNote(0, 4, 67), StepNote(6, 2, 65)]


def column(text: str) -> np.ndarray:
    return np.array(parse(text))[:, None]


def test_a_melody_in_words_has_the_lengths_it_says():
    notes = decode(column("67 _ _ _ r _ 65 _"))
    assert [(note.pitch, note.start / 4, note.length / 4) for note in notes] == [(67, 0.0, 1.0), (65, 1.5, 0.5)]


def test_notes_become_words_and_notes_again():
    words = encode(TUNE, 8)
    assert spoken(words) == "67 _ _ _ r _ 65 _"
    assert decode(np.array(words)[:, None]) == TUNE


@pytest.mark.parametrize("seed", range(5))
def test_every_melody_comes_through_its_words(seed: int):
    rng, notes, at = np.random.default_rng(seed), [], 0
    for _ in range(40):
        length = int(rng.integers(1, 9))
        notes.append(StepNote(at, length, int(rng.integers(128))))
        at += length + int(rng.integers(4))
    assert decode(np.array(parse(spoken(encode(notes, at))))[:, None]) == notes


def test_a_note_that_is_struck_again_stays_two():
    words = encode([StepNote(0, 2, 60), StepNote(2, 2, 60)], 4)
    assert spoken(words) == "60 _ 60 _"


def test_silence_is_one_rest():
    assert encode([], 3) == [REST, HOLD, HOLD]


def test_the_end_ends_a_melody():
    assert parse("60 _ / 62") == [60, HOLD]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("67 _ x 65", "symbol 3 of the melody must be 0 to 127, _, r or /, got x"),
        ("128", "symbol 1 of the melody must be 0 to 127, _, r or /, got 128"),
        ("-1 60", "symbol 1 of the melody must be 0 to 127, _, r or /, got -1"),
        ("_ 60", "symbol 1 of the melody must be a pitch or r, got _"),
        ("r _", "a melody must have at least one pitch, as in: 67 _ _ _ 65 _"),
        ("60 " * 4097, "a melody may have 4096 symbols, got 4097"),
    ],
)
def test_words_that_are_no_melody_are_refused_with_their_place(text: str, line: str):
    with pytest.raises(BadParameter, match=f"^{line}$"):
        parse(text)


def test_transposing_moves_pitches_and_nothing_else():
    assert symbols.transposed(np.array([60, HOLD, REST, END]), 5).tolist() == [65, HOLD, REST, END]


def test_the_fourth_beat_of_a_bar_is_its_last():
    where = symbols.places(0, 16, 4)
    assert len(set(where.tolist())) == 16
    assert symbols.places(16, 16, 4).tolist() == where.tolist()


def test_the_top_line_of_chords_is_the_melody():
    chords = [StepNote(at, 4, pitch) for at, top in ((0, 67), (4, 65)) for pitch in (top, top - 4, top - 7)]
    assert [note.pitch for note in symbols.top_line(chords)] == [67, 65]


def test_what_is_struck_below_a_held_note_is_no_melody():
    line = symbols.top_line([StepNote(0, 8, 72), StepNote(4, 4, 60)])
    assert [(note.pitch, note.length) for note in line] == [(72, 8)]


def test_four_voices_are_dealt_from_the_highest_down():
    dealt = symbols.in_voices([StepNote(0, 4, pitch) for pitch in (48, 55, 64, 72)], 4)
    assert [note.pitch for note in sorted(dealt, key=lambda note: note.voice)] == [72, 64, 55, 48]


def test_of_five_notes_the_outer_ones_stay():
    dealt = symbols.in_voices([StepNote(0, 4, pitch) for pitch in (40, 48, 55, 64, 72)], 4)
    assert {72, 40} <= {note.pitch for note in dealt}
    assert len(dealt) == 4


def test_a_roll_gives_its_notes_back():
    notes = [StepNote(0, 4, 60), StepNote(4, 4, 60), StepNote(2, 3, 64)]
    assert read(draw(notes, 64), 0.5) == sorted(notes)


def test_half_of_the_notes_is_an_f1_of_two_thirds():
    assert f1(TUNE, TUNE[:1]) == pytest.approx(2 / 3)


def test_silence_found_in_silence_is_right():
    assert f1([], []) == 1.0


@pytest.mark.parametrize("step", range(12))
def test_every_twelfth_of_a_beat_comes_through_a_window(step: int):
    notes = [StepNote(24 + step, 5, 60), StepNote(36 + step, 1, 60)]
    assert windows.notes_of(windows.of_notes(notes, 0), 0.5) == notes


def test_cells_and_notes_are_the_same_window():
    cells = np.zeros((windows.COARSE_STEPS, 84), dtype=bool)
    cells[3:8, 36] = True
    assert np.array_equal(windows.of_cells(cells, 24), windows.of_notes([StepNote(3, 5, 60)], 0))


def test_a_drum_is_struck_for_one_step():
    planes = windows.of_notes([StepNote(0, 12, 38)], 0, drums=True)
    assert windows.notes_of(planes, 0.5) == [StepNote(0, 1, 38)]
