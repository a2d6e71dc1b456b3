"""What comes out of the port is what was asked for, when it was asked for."""

import math
from dataclasses import dataclass, field

import pytest

from leap_bridge.midi import messages
from leap_bridge.midi.player import Player, State
from leap_bridge.midi.ports import RecordingPorts
from leap_bridge.midi.transport import HostClock, OwnTime
from leap_models.music.notes import LEFT, RIGHT, Note
from leap_models.music.tempo import TempoMap

TEMPO = TempoMap.steady(120)
ONE = Note(1.0, 2.0, 60, 90, RIGHT)
TWO = Note(6.0, 6.5, 48, 70, LEFT)


@dataclass
class Stage:
    """A player, a port that records, and a clock that jumps to when something is due."""

    now_s: float = 0.0
    host: HostClock = field(default_factory=HostClock)

    def __post_init__(self) -> None:
        self.out = RecordingPorts(lambda: self.now_s)

    def player(self, follow: bool = False, channel: int = 0, from_s: float = 0.0) -> Player:
        return Player(self.out, self.host if follow else OwnTime(from_s), channel)

    def until(self, player: Player, end_s: float) -> None:
        """Let time pass, exactly as the loop does."""
        while (wake_s := player.advance(self.now_s)) is not None and wake_s < end_s:
            assert wake_s >= self.now_s
            self.now_s = max(wake_s, math.nextafter(self.now_s, math.inf))
        self.now_s = end_s
        player.advance(end_s)

    def pulses(self, player: Player, count: int, bpm: float) -> None:
        """Let the host's clock tick, the first pulse now."""
        for _ in range(count):
            self.host.receive(bytes([messages.PULSE]), self.now_s)
            self.until(player, self.now_s + 60 / bpm / 24)

    @property
    def struck(self) -> list[tuple[float, int]]:
        """(when, pitch) of every note-on."""
        return [(round(each.time_s, 6), each.message[1]) for each in self.out.sent if each.message[0] >> 4 == 9]

    @property
    def ended(self) -> list[tuple[float, int]]:
        return [(round(each.time_s, 6), each.message[1]) for each in self.out.sent if each.message[0] >> 4 == 8]

    @property
    def controls(self) -> list[tuple[int, int]]:
        """(channel, controller) of every controller."""
        return [(each.message[0] & 15, each.message[1]) for each in self.out.sent if each.message[0] >> 4 == 0xB]


def test_a_note_sounds_from_its_start_to_its_end():
    stage = Stage()
    player = stage.player()
    player.feed((ONE,), 5.0, TEMPO)
    stage.until(player, 4.0)
    assert (stage.struck, stage.ended) == ([(1.0, 60)], [(2.0, 60)])


def test_playing_begins_as_soon_as_the_first_stretch_is_final():
    stage = Stage(now_s=100.0)
    player = stage.player()
    stage.until(player, 103.0)
    player.feed((ONE,), 5.0, TEMPO)
    stage.until(player, 106.0)
    assert stage.struck == [(104.0, 60)]


def test_a_stretch_in_time_leaves_no_gap():
    stage = Stage()
    player = stage.player()
    player.feed((ONE,), 5.0, TEMPO)
    stage.until(player, 4.0)
    player.feed((TWO,), 10.0, TEMPO)
    stage.until(player, 9.0)
    assert stage.struck == [(1.0, 60), (6.0, 48)]


def test_a_late_stretch_is_waited_for():
    stage = Stage()
    player = stage.player()
    player.feed((ONE,), 5.0, TEMPO)
    stage.until(player, 8.0)
    assert player.state == State.WAITING
    player.feed((TWO,), 10.0, TEMPO)
    stage.until(player, 12.0)
    assert stage.struck == [(1.0, 60), (9.0, 48)]


def test_a_note_rings_out_while_a_stretch_is_late():
    stage = Stage()
    player = stage.player()
    player.feed((Note(4.0, 7.0, 60, 90),), 5.0, TEMPO)
    stage.until(player, 20.0)
    assert stage.ended == [(7.0, 60)]


def test_a_job_that_is_over_is_played_to_its_end():
    stage = Stage()
    player = stage.player()
    player.feed((ONE, TWO), 10.0, TEMPO)
    player.finish()
    stage.until(player, 30.0)
    assert player.state == State.PLAYED
    assert stage.ended[-1] == (6.5, 48)


def test_an_empty_arrangement_is_played_at_once():
    stage = Stage()
    player = stage.player()
    player.finish()
    stage.until(player, 0.1)
    assert player.state == State.PLAYED


def test_playing_can_begin_in_the_middle():
    stage = Stage()
    player = stage.player(from_s=5.5)
    player.feed((ONE, TWO), 10.0, TEMPO)
    stage.until(player, 5.0)
    assert stage.struck == [(0.5, 48)]


def test_the_hands_have_channels_of_their_own():
    stage = Stage()
    player = stage.player()
    player.feed((ONE, TWO), 10.0, TEMPO)
    stage.until(player, 9.0)
    assert [each.message[0] for each in stage.out.sent if each.message[0] >> 4 == 9] == [0x90, 0x91]


def test_both_hands_can_share_a_channel():
    stage = Stage()
    player = stage.player(channel=3)
    player.feed((ONE, TWO), 10.0, TEMPO)
    stage.until(player, 9.0)
    assert {each.message[0] for each in stage.out.sent if each.message[0] >> 4 == 9} == {0x92}


def test_stop_ends_what_sounds_and_resets_the_channels():
    stage = Stage()
    player = stage.player()
    player.feed((ONE,), 5.0, TEMPO)
    stage.until(player, 1.5)
    player.stop()
    assert stage.ended == [(1.5, 60)]
    assert stage.controls == [(0, 64), (0, 123)]


def test_nothing_is_sent_after_stop():
    stage = Stage()
    player = stage.player()
    player.feed((ONE, TWO), 10.0, TEMPO)
    stage.until(player, 1.5)
    player.stop()
    count = len(stage.out.sent)
    stage.until(player, 20.0)
    assert len(stage.out.sent) == count


def test_a_key_struck_again_at_once_is_let_go_first():
    stage = Stage()
    player = stage.player()
    player.feed((Note(1.0, 2.0, 60, 90), Note(2.0, 3.0, 60, 90)), 5.0, TEMPO)
    stage.until(player, 4.0)
    assert [each.message[0] >> 4 for each in stage.out.sent] == [9, 8, 9, 8]


def test_the_host_s_tempo_is_played():
    stage = Stage()
    player = stage.player(follow=True)
    player.feed((ONE, TWO), 10.0, TEMPO)  # beats 2 and 12 of an arrangement at 120
    stage.host.receive(bytes([messages.START]), 0.0)
    stage.pulses(player, 24 * 13, bpm=60)
    assert [when for when, _ in stage.struck] == pytest.approx([2.0, 12.0], abs=1e-3)


def test_a_note_lasts_as_long_as_the_host_s_beats():
    stage = Stage()
    player = stage.player(follow=True)
    player.feed((ONE,), 10.0, TEMPO)  # from beat 2 to beat 4
    stage.host.receive(bytes([messages.START]), 0.0)
    stage.pulses(player, 24 * 5, bpm=60)
    assert stage.ended[0][0] == pytest.approx(4.0, abs=1e-3)


def test_nothing_sounds_while_the_host_stands():
    stage = Stage()
    player = stage.player(follow=True)
    player.feed((ONE,), 10.0, TEMPO)
    stage.pulses(player, 100, bpm=120)
    assert stage.struck == []
    assert player.state == State.WAITING


def test_the_host_s_stop_silences():
    stage = Stage()
    player = stage.player(follow=True)
    player.feed((ONE,), 10.0, TEMPO)
    stage.host.receive(bytes([messages.START]), 0.0)
    stage.pulses(player, 60, bpm=120)
    stage.host.receive(bytes([messages.STOP]), stage.now_s)
    player.advance(stage.now_s)
    assert (0, 123) in stage.controls
    assert len(stage.ended) == 1


def test_the_host_can_go_back():
    stage = Stage()
    player = stage.player(follow=True)
    player.feed((ONE,), 10.0, TEMPO)
    player.finish()
    for _ in range(2):
        stage.host.receive(bytes([messages.START]), stage.now_s)
        stage.pulses(player, 24 * 5, bpm=120)
    assert [when for when, _ in stage.struck] == pytest.approx([1.0, 3.5], abs=1e-3)


def test_the_host_can_go_on_from_the_middle():
    stage = Stage()
    player = stage.player(follow=True)
    player.feed((ONE, TWO), 10.0, TEMPO)
    stage.pulses(player, 24, bpm=120)
    stage.host.receive(messages.song_position(44), stage.now_s)  # beat 11, a beat before the second note
    stage.host.receive(bytes([messages.CONTINUE]), stage.now_s)
    began_s = stage.now_s
    stage.pulses(player, 30, bpm=120)
    assert stage.struck == [(pytest.approx(began_s + 0.5, abs=1e-3), 48)]


def test_a_stretch_that_comes_after_its_time_is_left_out_where_the_host_goes_on():
    stage = Stage()
    player = stage.player(follow=True)
    player.feed((), 0.5, TEMPO)
    stage.host.receive(bytes([messages.START]), 0.0)
    stage.pulses(player, 24 * 4, bpm=120)
    player.feed((ONE, TWO), 10.0, TEMPO)
    stage.pulses(player, 24 * 10, bpm=120)
    assert [pitch for _, pitch in stage.struck] == [48]


def test_a_hundred_notes_all_end():
    stage = Stage()
    player = stage.player()
    notes = tuple(Note(index / 10, index / 10 + 0.35, 40 + index % 7, 80, index % 2) for index in range(100))
    player.feed(notes, 20.0, TEMPO)
    player.finish()
    stage.until(player, 30.0)
    assert len(stage.struck) == 100
    assert len(stage.ended) == 100


def test_a_key_struck_while_it_sounds_is_let_go_first_and_then_lasts_its_time():
    stage = Stage()
    player = stage.player()
    player.feed((Note(0.0, 2.0, 60, 90), Note(1.0, 3.0, 60, 90)), 5.0, TEMPO)
    stage.until(player, 4.0)
    assert [each.message[0] >> 4 for each in stage.out.sent] == [9, 8, 9, 8]
    assert stage.ended == [(1.0, 60), (3.0, 60)]


def test_what_sounds_ends_when_the_host_goes_elsewhere():
    stage = Stage()
    player = stage.player(follow=True)
    player.feed((Note(0.0, 9.0, 60, 90),), 10.0, TEMPO)
    stage.host.receive(bytes([messages.START]), 0.0)
    stage.pulses(player, 30, bpm=120)
    stage.host.receive(messages.song_position(8), stage.now_s)
    moved_s = stage.now_s
    stage.pulses(player, 2, bpm=120)
    assert stage.ended == [(pytest.approx(moved_s, abs=1e-6), 60)]
