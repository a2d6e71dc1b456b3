"""A window is no harder than asked: its least likely notes go first, and nothing else changes."""

import numpy as np
import pytest

from leap_models.families.leap.easing import SLACK, eased
from leap_models.music.difficulty import EDGES, measure
from leap_models.music.notes import Note, Notes
from leap_models.music.roll import Roll, notes_to_roll, roll_to_notes

FRAMES, RATE = 1000, 100


def busy(count: int = 120) -> Notes:
    """Ten seconds of chords and runs, far beyond the first year."""
    return tuple(Note(8 * i / RATE, (8 * i + 30) / RATE, 40 + i * 11 % 43, 80) for i in range(count))


def roll(notes: Notes, likelihoods: np.ndarray) -> Roll:
    drawn = notes_to_roll(notes, RATE, FRAMES)
    onset = drawn.onset.copy()
    for note, likelihood in zip(notes, likelihoods, strict=True):
        onset[0, note.pitch, round(note.start_s * RATE)] = likelihood
    return Roll(drawn.sounding, onset, drawn.velocity, RATE)


def level(of: Roll) -> float:
    return measure(roll_to_notes(of), 0.0, of.duration_s, EDGES)


def struck(note: Note) -> tuple[float, int]:
    return note.start_s, note.pitch


@pytest.fixture
def hard() -> Roll:
    return roll(busy(), np.random.default_rng(0).permutation(np.linspace(0.51, 0.99, 120)))


@pytest.mark.parametrize("asked", [1.0, 2.0, 3.0, 4.0])
def test_a_window_is_about_as_hard_as_asked(hard: Roll, asked: float) -> None:
    assert level(hard) > 4.0 + SLACK
    assert asked - SLACK < level(eased(hard, asked, EDGES)) <= asked + SLACK


def test_what_is_easy_enough_stays_as_it_is(hard: Roll) -> None:
    assert eased(hard, 5.0, EDGES) is hard


def test_the_likeliest_notes_stay(hard: Roll) -> None:
    likely = {struck(note): hard.onset[0, note.pitch, round(note.start_s * RATE)] for note in roll_to_notes(hard)}
    kept = {struck(note) for note in roll_to_notes(eased(hard, 2.0, EDGES))}
    gone = set(likely) - kept
    assert gone
    assert max(likely[one] for one in gone) < min(likely[one] for one in kept if one[0] > 0)


def test_a_key_struck_again_is_held_instead() -> None:
    again = tuple(Note(12 * i / RATE, (12 * i + 8) / RATE, 60, 80) for i in range(80))
    kept = roll_to_notes(eased(roll(again, np.linspace(0.99, 0.51, 80)), 1.0, EDGES))
    assert len(kept) < 40
    assert kept[-1].end_s == again[-1].end_s


def test_what_sounds_already_when_the_window_begins_stays() -> None:
    held = Note(0.0, 4.0, 84, 80)
    given = roll(busy(), np.full(120, 0.9))
    given.sounding[0, held.pitch, :400] = 1.0
    given.velocity[0, held.pitch, :400] = held.velocity / 127
    assert held in roll_to_notes(given)
    assert held in roll_to_notes(eased(given, 1.0, EDGES))


def test_the_end_of_a_song_is_no_harder_than_the_rest() -> None:
    short = busy(64)  # as dense as `hard`, and over after half a window
    kept = roll_to_notes(eased(roll(short, np.linspace(0.99, 0.51, 64)), 2.0, EDGES))
    assert measure(kept, 0.0, short[-1].end_s, EDGES) <= 2.0 + SLACK


def test_a_silent_window_stays_silent() -> None:
    silent = notes_to_roll((), RATE, FRAMES)
    assert eased(silent, 1.0, EDGES) is silent
