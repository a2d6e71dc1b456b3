import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import song

from leap_models.errors import BadParameter
from leap_models.music.notes import LEFT, RIGHT, Note
from leap_models.music.playability import (
    FINGERS,
    REACH,
    Player,
    limits,
    make_playable,
    onset_groups,
    playable,
    unplayable_groups,
)

HANDS = (RIGHT, LEFT)
SEEDS = range(6)


def chord(*pitches, start_s=0.0, end_s=1.0):
    return tuple(Note(start_s, end_s, pitch, 64) for pitch in sorted(pitches))


def wild(seed, count=200, end_s=20.0):
    """Notes nobody could play, many of them struck nearly together."""
    rng = np.random.default_rng(seed)
    starts_s = np.round(rng.uniform(0.0, end_s, count), 2)
    return tuple(sorted(
        Note(float(s), float(s + rng.uniform(0.03, 3.0)), int(rng.integers(21, 109)), int(rng.integers(1, 128)))
        for s in starts_s
    ))  # fmt: skip


def pitches(notes):
    return sorted(note.pitch for note in notes)


def struck(notes):
    return {(note.start_s, note.pitch, note.track) for note in notes}


def hand(notes, side):
    return [note for note in notes if note.track == side]


@pytest.mark.parametrize(
    ("keys", "possible"),
    [
        ((), True),
        ((60,), True),
        ((21, 108), True),
        ((40, 40 + REACH, 70, 70 + REACH), True),
        ((40, 41 + REACH, 41 + 2 * REACH), True),
        ((40, 41 + REACH, 90), False),
        ((30, 55, 80), False),
        (tuple(range(60, 60 + 2 * FINGERS)), True),
        (tuple(range(60, 61 + 2 * FINGERS)), False),
    ],
)
def test_which_chords_two_hands_can_strike(keys, possible):
    assert playable(chord(*keys)) is possible


def test_notes_within_thirty_milliseconds_are_one_group():
    notes = tuple(Note(start_s, 1.0, 60 + i, 64) for i, start_s in enumerate((0.0, 0.02, 0.03, 0.031, 0.05)))
    assert [len(group) for group in onset_groups(notes)] == [3, 2]


def test_unplayable_groups_are_counted():
    notes = (*chord(30, 55, 80), *chord(40, 60, start_s=1.0), *chord(20, 50, 100, start_s=2.0))
    assert unplayable_groups(notes) == 2


@pytest.mark.parametrize("level", [1.0, 1.7, 2.0, 3.0, 4.0, 4.5, 5.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_unplayable_comes_out(level, seed):
    assert unplayable_groups(make_playable(wild(seed), level)) == 0


@pytest.mark.parametrize("level", [1.0, 3.0, 5.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_at_no_moment_does_a_hand_hold_more_than_it_can(level, seed):
    notes, can = make_playable(wild(seed), level), limits(level)
    for side in HANDS:
        for now_s in np.arange(0.0, 20.0, 0.05):
            held = [n.pitch for n in hand(notes, side) if n.start_s <= now_s - 0.035 and n.end_s > now_s]
            assert not held or (max(held) - min(held) <= can.reach and len(held) <= can.fingers)


@pytest.mark.parametrize("level", [1.0, 2.5, 5.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_however_the_notes_are_pushed_the_music_is_the_same(level, seed):
    notes, cuts = wild(seed), random.Random(seed)
    player, given, done = Player(level), [], 0
    until_s = 0.0
    while done < len(notes):
        until_s += cuts.uniform(0.0, 2.0)
        end = max(done, next((i for i, note in enumerate(notes) if note.start_s >= until_s), len(notes)))
        end = min(len(notes), end + cuts.choice((0, 0, 3)))  # more may be pushed than is promised
        given += player.push(notes[done:end], until_s)
        done = end
    assert (*given, *player.finish()) == make_playable(notes, level)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_begins_before_until_s_has_all_been_given(seed):
    notes = wild(seed)
    player = Player(5.0)
    early = player.push([note for note in notes if note.start_s < 10.0], 10.0)
    late = player.push([note for note in notes if note.start_s >= 10.0], 20.0)
    split_s = min(note.start_s for note in (*late, *player.finish()))
    assert all(note.start_s <= split_s for note in early)
    assert split_s > 5.0


def test_until_s_waits_for_notes_that_still_sound():
    player = Player(5.0)
    player.push(chord(60, start_s=1.0, end_s=4.0), 3.0)
    assert player.until_s == 1.0


def test_until_s_follows_when_all_is_over():
    player = Player(5.0)
    player.push(chord(60, start_s=1.0, end_s=2.0), 3.0)
    assert player.until_s == 3.0


def test_playable_music_is_only_given_hands():
    notes = (*chord(48, 72), *chord(55, 76, start_s=1.0, end_s=2.0))
    assert make_playable(notes, 5.0) == tuple(
        sorted(replace(note, track=RIGHT if note.pitch > 60 else LEFT) for note in notes)
    )


def test_playing_twice_changes_nothing_more():
    once = make_playable(song.arrangement(), 4.0)
    again = make_playable(once, 4.0)
    assert sorted((n.start_s, n.pitch) for n in again) == sorted((n.start_s, n.pitch) for n in once)


def test_the_inner_note_goes_and_top_and_bass_stay():
    assert pitches(make_playable(chord(30, 55, 80), 5.0)) == [30, 80]


def test_the_louder_of_two_inner_notes_stays():
    loud, soft = Note(0.0, 1.0, 57, 100), Note(0.0, 1.0, 55, 30)
    nine = chord(48, 50, 52, 53, 72, 74, 76, 77, 79)
    assert pitches(make_playable((*nine, loud, soft), 5.0)) == sorted([*pitches(nine), 57])


def test_six_notes_under_one_hand_are_shared_out():
    notes = make_playable(chord(60, 62, 64, 65, 67, 69), 5.0)
    assert len(notes) == 6
    assert all(1 <= len(hand(notes, side)) <= FINGERS for side in HANDS)


def test_a_beginner_holds_two_notes_in_a_hand():
    notes = make_playable(chord(48, 50, 52, 55, 72, 74, 76, 79), 1.0)
    assert [len(hand(notes, side)) for side in HANDS] == [2, 2]


def test_a_bass_that_must_be_left_is_released_when_the_hand_moves():
    notes = make_playable((*chord(36, 72, end_s=4.0), *chord(55, start_s=1.0, end_s=2.0)), 5.0)
    assert [(n.pitch, n.end_s) for n in notes if n.track == LEFT] == [(36, 1.0), (55, 2.0)]


def test_a_held_tune_is_not_released_for_an_inner_note():
    notes = make_playable((*chord(36, 84, end_s=2.0), *chord(60, start_s=1.0, end_s=2.0)), 5.0)
    assert [n.end_s for n in notes if n.pitch == 84] == [2.0]


def test_a_note_keeps_a_sixteenth_rather_than_give_way_to_an_inner_one():
    low, high = chord(36, 40, end_s=1.0), chord(84, 88, end_s=1.0)
    notes = make_playable(tuple(sorted((*low, *high, *chord(62, start_s=0.06, end_s=0.5)))), 5.0)
    assert min(note.end_s - note.start_s for note in notes) >= 0.12


def test_a_key_struck_again_ends_its_earlier_note():
    notes = make_playable((*chord(60, end_s=3.0), *chord(60, start_s=1.0, end_s=2.0)), 5.0)
    assert [(n.start_s, n.end_s) for n in notes] == [(0.0, 1.0), (1.0, 2.0)]


def test_a_key_struck_again_too_fast_sounds_on():
    fast = tuple(Note(i / 10, i / 10 + 0.1, 72, 64) for i in range(10))
    slow = make_playable(fast, 1.0)
    assert [round(n.start_s, 1) for n in slow] == [0.0, 0.3, 0.6, 0.9]
    assert all(a.end_s >= b.start_s - 1e-9 for a, b in pairwise(slow))


def test_a_virtuoso_repeats_ten_times_a_second():
    fast = tuple(Note(i / 10, i / 10 + 0.1, 72, 64) for i in range(10))
    assert len(make_playable(fast, 5.0)) == 10


def test_one_key_struck_twice_at_once_is_one_note():
    assert make_playable((Note(0.0, 1.0, 60, 50), Note(0.01, 2.0, 60, 90)), 5.0)[0] == Note(0.0, 2.0, 60, 90, RIGHT)


def test_a_tune_running_down_stays_in_the_right_hand():
    scale = tuple(Note(i / 4, i / 4 + 0.25, pitch, 64) for i, pitch in enumerate((76, 74, 72, 71, 69, 67, 65, 64, 62)))
    bass = (Note(0.0, 2.5, 40, 64),)
    notes = make_playable(tuple(sorted((*scale, *bass))), 5.0)
    assert pitches(hand(notes, LEFT)) == [40]


def test_the_tune_is_all_in_the_right_hand_and_the_bass_in_the_left():
    notes = make_playable(song.arrangement(), 5.0)
    assert {n.track for n in notes if n.pitch >= 72} == {RIGHT}
    assert {n.track for n in notes if n.pitch < 48} == {LEFT}


@pytest.mark.parametrize("level", [1.0, 2.0, 3.0, 4.0, 5.0])
def test_the_tune_survives_at_every_level(level):
    assert struck(song.melody()) <= struck(make_playable(song.arrangement(), level))


def test_hands_do_not_cross_in_a_song():
    notes = make_playable(song.arrangement(), 5.0)
    for group in onset_groups(notes):
        left, right = (pitches(hand(group, side)) for side in (LEFT, RIGHT))
        assert not left or not right or left[-1] < right[0]


def test_no_notes_come_from_no_notes():
    player = Player(3.0)
    assert player.push((), 10.0) + player.finish() == ()


@pytest.mark.parametrize("level", [0.0, 5.5, float("nan")])
def test_a_level_out_of_range_is_refused(level):
    with pytest.raises(BadParameter, match="level must be from 1 to 5"):
        Player(level)


def test_a_level_between_two_has_limits_between():
    assert (limits(4.0).reach, limits(4.99).reach, limits(5.0).reach) == (13, 13, REACH)
