import numpy as np
import pytest

from leap_models.errors import BadParameter
from leap_models.music.grid import Grid
from leap_models.music.notes import LEFT, RIGHT, Note, Notes
from leap_models.music.roll import NoteReader, Roll, empty_roll, notes_to_roll, roll_to_notes
from leap_models.music.windows import RollJoiner

LEAP = Grid(24_000, 100, 1024, 512)
C4, E4, G4 = 60, 64, 67


def random_notes(count: int, seed: int, repeats: bool = True) -> Notes:
    """Never two of one pitch at once; every third is struck again the moment it ends."""
    rng = np.random.default_rng(seed)
    free = np.zeros(128)
    notes: list[Note] = []
    while len(notes) < count:
        pitch, start = int(rng.integers(21, 109)), float(rng.uniform(0, 60))
        start = max(start, free[pitch] + 0.02)
        for _ in range(2 if repeats and len(notes) % 3 == 0 else 1):
            end = start + float(rng.uniform(0.06, 1.5))
            notes.append(Note(start, end, pitch, int(rng.integers(1, 128))))
            start = free[pitch] = end
    return tuple(sorted(notes[:count]))


def onset_f1(truth: Notes, found: Notes, tolerance_s: float = 0.010) -> float:
    left = list(found)
    hits = 0
    for note in truth:
        for other in left:
            if other.pitch == note.pitch and abs(other.start_s - note.start_s) <= tolerance_s:
                left.remove(other)
                hits += 1
                break
    return 2 * hits / (len(truth) + len(found))


def held(sounding: float, first: int = 100, end: int = 200, pitch: int = C4, frames: int = 400) -> Roll:
    roll = empty_roll(100, frames)
    roll.sounding[0, pitch, first:end] = sounding
    roll.velocity[0, pitch, first:end] = 0.5
    return roll


def test_500_random_notes_with_repeats_come_back() -> None:
    notes = random_notes(500, seed=1)
    found = roll_to_notes(notes_to_roll(notes, 100, 10_000))
    assert onset_f1(notes, found) >= 0.99


def test_every_length_comes_back_within_a_frame() -> None:
    notes = random_notes(300, seed=2)
    found = roll_to_notes(notes_to_roll(notes, 100, 10_000))
    key = lambda note: (note.pitch, note.start_s)  # noqa: E731
    differences = [abs(a.end_s - b.end_s) for a, b in zip(sorted(notes, key=key), sorted(found, key=key), strict=True)]
    assert max(differences) <= 0.0101


def test_every_velocity_comes_back_exactly() -> None:
    notes = tuple(Note(velocity / 4, velocity / 4 + 0.2, C4, velocity) for velocity in range(1, 128))
    assert [note.velocity for note in roll_to_notes(notes_to_roll(notes, 100, 3300))] == list(range(1, 128))


def test_a_repeated_note_stays_two_notes() -> None:
    notes = (Note(0.0, 0.5, C4, 80), Note(0.5, 1.0, C4, 40))
    assert roll_to_notes(notes_to_roll(notes, 100, 200)) == notes


def test_a_note_struck_while_it_sounds_ends_the_earlier_one() -> None:
    notes = (Note(0.0, 2.0, C4, 80), Note(0.5, 1.0, C4, 40))
    assert roll_to_notes(notes_to_roll(notes, 100, 300)) == (Note(0.0, 0.5, C4, 80), Note(0.5, 1.0, C4, 40))


def test_two_hands_on_one_key_at_once_sound_as_long_as_the_longer() -> None:
    notes = (Note(0.0, 1.0, C4, 80, RIGHT), Note(0.0, 0.5, C4, 80, LEFT))
    assert roll_to_notes(notes_to_roll(notes, 100, 300)) == (Note(0.0, 1.0, C4, 80),)


def test_hands_keep_their_tracks() -> None:
    notes = (Note(0.0, 1.0, C4, 80, RIGHT), Note(0.0, 1.0, C4, 70, LEFT))
    assert roll_to_notes(notes_to_roll(notes, 100, 200, tracks=2)) == tuple(sorted(notes))


def test_a_note_from_before_the_window_sounds_without_an_onset() -> None:
    roll = notes_to_roll([Note(4.0, 6.0, C4, 80)], 100, 1024, offset_s=5.12)
    assert roll.onset.max() == 0.0
    assert roll.sounding[0, C4].sum() == 88


def test_a_note_that_ended_before_the_window_is_not_drawn() -> None:
    assert notes_to_roll([Note(4.0, 5.0, C4, 80)], 100, 1024, offset_s=5.12).sounding.max() == 0.0


def test_times_count_from_the_offset() -> None:
    notes = (Note(6.0, 7.0, C4, 80),)
    (found,) = roll_to_notes(notes_to_roll(notes, 100, 1024, offset_s=5.0), offset_s=5.0)
    assert (found.start_s, found.end_s) == (6.0, 7.0)


def test_a_track_the_roll_has_not_is_refused() -> None:
    with pytest.raises(BadParameter, match=r"track 0\.\.1, got 60 and 2"):
        notes_to_roll([Note(0.0, 1.0, C4, 80, track=2)], 100, 100, tracks=2)


def test_planes_of_different_shapes_are_refused() -> None:
    plane = np.zeros((1, 128, 10), np.float32)
    with pytest.raises(BadParameter, match="one shape"):
        Roll(plane, plane, plane[..., :9], 100)


def test_a_smeared_onset_is_one_note_at_its_peak() -> None:
    roll = held(0.9, first=98)
    roll.onset[0, C4, 98:103] = (0.3, 0.6, 0.9, 0.6, 0.3)
    (note,) = roll_to_notes(roll)
    assert note.start_s == 1.0


def test_a_smeared_repeat_is_two_notes() -> None:
    roll = held(0.9)
    roll.onset[0, C4, 98:103] = (0.3, 0.6, 0.9, 0.6, 0.3)
    roll.onset[0, C4, 148:153] = (0.3, 0.6, 0.8, 0.7, 0.3)
    assert [note.start_s for note in roll_to_notes(roll)] == [1.0, 1.5]


def test_an_onset_two_frames_before_the_sound_is_the_onset() -> None:
    roll = held(0.9)
    roll.onset[0, C4, 98] = 0.9
    assert [(note.start_s, note.end_s) for note in roll_to_notes(roll)] == [(0.98, 2.0)]


def test_an_onset_two_frames_after_the_sound_is_the_onset() -> None:
    roll = held(0.9)
    roll.onset[0, C4, 102] = 0.9
    assert [(note.start_s, note.end_s) for note in roll_to_notes(roll)] == [(1.02, 2.0)]


def test_a_saturated_onset_is_one_note() -> None:
    roll = held(1.0)
    roll.onset[0, C4, 100:106] = 1.0
    assert [note.start_s for note in roll_to_notes(roll)] == [1.0]


def test_an_onset_that_shivers_is_one_note() -> None:
    roll = held(1.0)
    roll.onset[0, C4, 100:105] = (0.9, 0.2, 0.1, 0.8, 0.1)
    assert [note.start_s for note in roll_to_notes(roll)] == [1.0]


def test_sound_without_an_onset_is_a_note_where_it_crosses_the_threshold() -> None:
    roll = held(0.9)
    roll.sounding[0, C4, 95:100] = 0.45
    assert [(note.start_s, note.end_s) for note in roll_to_notes(roll)] == [(1.0, 2.0)]


def test_a_weak_onset_is_no_repeat() -> None:
    roll = held(0.9)
    roll.onset[0, C4, [100, 150]] = (0.9, 0.45)
    assert len(roll_to_notes(roll)) == 1


def test_a_note_holds_through_a_dip_above_off() -> None:
    roll = held(0.9)
    roll.sounding[0, C4, 140:150] = 0.35
    assert len(roll_to_notes(roll)) == 1


def test_an_onset_without_sound_is_no_note() -> None:
    roll = empty_roll(100, 200)
    roll.onset[0, C4, 100] = 1.0
    assert roll_to_notes(roll) == ()


def test_a_note_shorter_than_50_ms_is_dropped() -> None:
    assert roll_to_notes(held(0.9, end=104)) == ()


def test_a_note_of_50_ms_is_kept() -> None:
    assert len(roll_to_notes(held(0.9, end=105))) == 1


def test_a_note_still_sounding_ends_with_the_roll() -> None:
    assert [note.end_s for note in roll_to_notes(held(0.9, end=400))] == [4.0]


def test_an_onset_in_the_first_and_in_the_last_frames_counts() -> None:
    roll = notes_to_roll([Note(0.0, 0.5, C4, 80), Note(1.95, 2.0, E4, 80)], 100, 200)
    assert [note.start_s for note in roll_to_notes(roll)] == [0.0, 1.95]


def test_velocity_is_weighted_by_how_surely_the_note_sounds() -> None:
    roll = held(1.0)
    roll.sounding[0, C4, 150:200] = 0.5
    roll.velocity[0, C4, 150:200] = 0.2
    (note,) = roll_to_notes(roll)
    assert note.velocity == round(127 * (50 * 0.5 + 25 * 0.2) / 75)


@pytest.mark.parametrize(("on", "off"), [(0.3, 0.5), (0.5, 0.0), (1.1, 0.3)])
def test_thresholds_out_of_range_are_refused(on: float, off: float) -> None:
    with pytest.raises(BadParameter, match="0 < off <= on <= 1"):
        NoteReader(on=on, off=off)


def noisy_roll(seed: int, frames: int = 3000) -> Roll:
    rng = np.random.default_rng(seed)
    roll = notes_to_roll(random_notes(300, seed), 100, frames)
    noise = [rng.normal(0, 0.25, roll.sounding.shape).astype(np.float32) for _ in range(3)]
    clean = (roll.sounding, roll.onset, roll.velocity)
    return Roll(*(np.clip(plane + extra, 0, 1) for plane, extra in zip(clean, noise, strict=True)), 100)


@pytest.mark.parametrize("piece", [1, 3, 7, 512, 1000])
@pytest.mark.parametrize("longest_s", [None, 0.4])
def test_a_roll_in_pieces_gives_the_notes_of_the_whole(piece: int, longest_s: float | None) -> None:
    roll = noisy_roll(3, frames=1000)
    reader = NoteReader(longest_s=longest_s)
    notes: Notes = ()
    for first in range(0, roll.frames, piece):
        notes += reader.push(roll.part(first, first + piece))
    whole = NoteReader(longest_s=longest_s)
    assert notes + reader.finish() == whole.push(roll) + whole.finish()


def test_notes_are_given_out_in_the_order_of_their_onsets() -> None:
    roll = noisy_roll(4)
    reader = NoteReader(longest_s=5.12)
    notes: Notes = ()
    for first in range(0, roll.frames, 512):
        notes += reader.push(roll.part(first, first + 512))
    assert [note.start_s for note in notes] == sorted(note.start_s for note in notes)


def test_nothing_begins_before_until_once_that_was_said() -> None:
    roll = noisy_roll(5)
    reader = NoteReader(longest_s=5.12)
    for first in range(0, roll.frames, 512):
        promised_s = reader.until_s
        notes = reader.push(roll.part(first, first + 512))
        assert all(promised_s <= note.start_s < reader.until_s for note in notes)


def test_until_lags_at_most_the_longest_note_and_40_ms() -> None:
    reader = NoteReader(longest_s=5.12)
    roll = held(1.0, first=0, end=2000, frames=2000)
    for first in range(0, 2000, 500):
        reader.push(roll.part(first, first + 500))
        assert reader.until_s >= (first + 500) / 100 - 5.12 - 0.04 - 1e-9


def test_a_note_too_long_to_wait_for_is_cut_and_not_struck_again() -> None:
    reader = NoteReader(longest_s=5.12)
    notes = reader.push(held(1.0, first=0, end=1900, frames=2000)) + reader.finish()
    assert [(note.start_s, note.end_s) for note in notes] == [(0.0, 5.12)]


def test_a_cut_note_can_be_struck_again() -> None:
    roll = held(1.0, first=0, end=1900, frames=2000)
    roll.onset[0, C4, 1000] = 1.0
    reader = NoteReader(longest_s=5.12)
    notes = reader.push(roll) + reader.finish()
    assert [(note.start_s, note.end_s) for note in notes] == [(0.0, 5.12), (10.0, 15.12)]


def crossfaded(first: Notes, second: Notes) -> Notes:
    """What is read from two windows, the second 5.12 s later; notes in seconds of the piece."""
    joiner = RollJoiner(LEAP)
    parts = [
        joiner.push(notes_to_roll(notes, 100, 1024, offset_s=start)) for notes, start in ((first, 0), (second, 5.12))
    ]
    reader = NoteReader()
    notes = sum((reader.push(part) for part in (*parts, joiner.finish())), ())
    return notes + reader.finish()


def test_two_windows_that_agree_are_read_as_one() -> None:
    notes = tuple(note for note in random_notes(100, seed=6) if note.end_s < 15)
    assert crossfaded(notes, notes) == roll_to_notes(notes_to_roll(notes, 100, 1536))


def test_two_windows_that_disagree_leave_no_ghost() -> None:
    first = tuple(Note(5.2 + step / 2, 5.6 + step / 2, C4, 100) for step in range(10))
    second = tuple(Note(5.2 + step / 2, 5.6 + step / 2, G4, 100) for step in range(10))
    notes = crossfaded(first, second)
    middle_s = 5.12 + 2.56
    early, late = first[:5], second[5:]
    assert all(note.end_s < middle_s for note in early)
    assert [(note.start_s, note.pitch) for note in notes] == [
        (pytest.approx(note.start_s), note.pitch) for note in early + late
    ]


def test_a_note_that_only_one_window_hears_keeps_its_velocity() -> None:
    notes = crossfaded((Note(7.0, 7.5, C4, 100),), ())
    assert [note.velocity for note in notes] == [100]


def test_two_windows_that_hear_two_velocities_meet_in_between() -> None:
    (note,) = crossfaded((Note(7.66, 7.70 + 0.02, C4, 100),), (Note(7.66, 7.72, C4, 60),))
    assert note.velocity == 80
