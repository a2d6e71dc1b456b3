"""Own time waits where the music is unknown; the host's clock is followed in place and in tempo."""

import random

import pytest

from leap_bridge.midi import messages
from leap_bridge.midi.transport import HostClock, OwnTime
from leap_models.music.tempo import TempoMap

TEMPO = TempoMap.steady(120)
START, CONTINUE, STOP = bytes([messages.START]), bytes([messages.CONTINUE]), bytes([messages.STOP])
PULSE = bytes([messages.PULSE])


def pulses(clock: HostClock, count: int, bpm: float, first_s: float = 0.0, jitter_s: float = 0.0) -> float:
    """So many pulses; returns when the last came."""
    chance = random.Random(3)
    period_s = 60 / bpm / 24
    for index in range(count):
        clock.receive(PULSE, first_s + index * period_s + chance.uniform(-jitter_s, jitter_s))
    return first_s + (count - 1) * period_s


def test_own_time_begins_when_music_is_known():
    time = OwnTime()
    time.known_until(0.0, now_s=100.0)
    time.known_until(5.0, now_s=103.0)
    assert time.position_s(104.5, TEMPO) == pytest.approx(1.5)


def test_own_time_stands_while_the_next_stretch_is_late():
    time = OwnTime()
    time.known_until(5.0, now_s=0.0)
    time.known_until(5.0, now_s=5.01)
    assert time.position_s(7.0, TEMPO) is None


def test_own_time_goes_on_from_where_it_waited():
    time = OwnTime()
    time.known_until(5.0, now_s=0.0)
    time.known_until(5.0, now_s=5.01)
    time.known_until(10.0, now_s=8.0)
    assert time.position_s(9.0, TEMPO) == pytest.approx(6.0)


def test_nothing_is_played_before_the_first_pulse_after_start():
    clock = HostClock()
    clock.receive(START, 1.0)
    assert clock.beat(1.01) is None


def test_the_first_pulse_after_start_is_the_first_beat():
    clock = HostClock()
    clock.receive(START, 1.0)
    clock.receive(PULSE, 1.5)
    assert clock.beat(1.5) == 0.0


def test_the_twenty_fifth_pulse_is_the_second_beat():
    clock = HostClock()
    clock.receive(START, 0.0)
    last_s = pulses(clock, 25, bpm=90)
    assert clock.beat(last_s) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("bpm", [40.0, 93.7, 174.0])
def test_the_tempo_is_found(bpm: float):
    clock = HostClock()
    pulses(clock, 96, bpm)
    assert clock.bpm == pytest.approx(bpm, rel=1e-6)


def test_two_milliseconds_of_jitter_move_the_tempo_by_less_than_two_percent():
    clock = HostClock()
    pulses(clock, 24 * 8, 120.0, jitter_s=0.002)
    assert clock.bpm == pytest.approx(120.0, rel=0.02)


def test_two_milliseconds_of_jitter_move_the_place_by_less_than_one():
    clock = HostClock()
    clock.receive(START, -0.01)
    last_s = pulses(clock, 24 * 8 + 1, 120.0, jitter_s=0.002)
    assert clock.beat(last_s + 0.005) == pytest.approx(8.01, abs=0.001 / 0.5)


def test_a_slower_tempo_is_reached_within_two_beats():
    clock = HostClock()
    last_s = pulses(clock, 96, 120.0)
    pulses(clock, 48, 100.0, first_s=last_s + 60 / 100 / 24)
    assert clock.bpm == pytest.approx(100.0, rel=0.01)


def test_stop_stands_still():
    clock = HostClock()
    clock.receive(START, 0.0)
    last_s = pulses(clock, 30, 120.0)
    clock.receive(STOP, last_s + 0.001)
    assert clock.beat(last_s + 0.002) is None


def test_pulses_while_stopped_do_not_move_the_place():
    clock = HostClock()
    clock.receive(START, 0.0)
    last_s = pulses(clock, 25, 120.0)
    clock.receive(STOP, last_s + 0.001)
    last_s = pulses(clock, 50, 120.0, first_s=last_s + 1 / 48)
    clock.receive(CONTINUE, last_s + 0.001)
    last_s = pulses(clock, 1, 120.0, first_s=last_s + 1 / 48)
    assert clock.beat(last_s) == pytest.approx(1 + 1 / 24, abs=1e-6)


def test_song_position_counts_sixteenths():
    clock = HostClock()
    pulses(clock, 24, 120.0)
    clock.receive(messages.song_position(130), 0.5)
    clock.receive(CONTINUE, 0.5)
    clock.receive(PULSE, 0.51)
    assert clock.beat(0.51) == pytest.approx(130 / 4)


def test_a_clock_that_falls_silent_has_stopped():
    clock = HostClock()
    clock.receive(START, 0.0)
    last_s = pulses(clock, 30, 120.0)
    assert clock.beat(last_s + 0.6) is None


def test_a_beat_of_the_host_is_a_beat_of_the_arrangement():
    clock = HostClock()
    clock.receive(START, 0.0)
    last_s = pulses(clock, 49, bpm=60)
    tempo = TempoMap(((0.0, 3.0), (0.5, 4.0), (1.5, 5.0)))  # the arrangement begins on its beat 3 and slows down
    assert clock.position_s(last_s, tempo) == pytest.approx(1.5, abs=1e-6)


@pytest.mark.parametrize("gap_s", [0.0, 1e-9])
def test_two_pulses_at_once_break_nothing(gap_s: float):
    clock = HostClock()
    clock.receive(START, 0.0)
    for index in range(4):
        clock.receive(PULSE, index * gap_s)
    assert clock.bpm <= 400.0 + 1e-6


@pytest.mark.parametrize("junk", [b"", b"\xf2", b"\xf2\x01", b"\x40\x40", b"\xf2\xff\xff", bytes(200)])
def test_bytes_that_are_no_message_move_nothing(junk: bytes):
    clock = HostClock()
    clock.receive(junk, 0.0)
    assert clock.jumps == 0
