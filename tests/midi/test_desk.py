"""The MIDI side as the daemon has it: commands from any thread, events out, one loop that plays."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from leap_bridge.midi import messages
from leap_bridge.midi.control import Knob, Turned
from leap_bridge.midi.desk import PLAY_PARAMS, Desk, Playing
from leap_bridge.midi.player import State
from leap_bridge.midi.ports import RecordingPorts
from leap_models.errors import BadParameter
from leap_models.music.notes import Note
from leap_models.music.tempo import TempoMap
from leap_models.params import Param

TEMPO = TempoMap.steady(120)
NOTE = Note(0.0, 1.0, 60, 90)
SETTINGS = {param.name: param.default for param in PLAY_PARAMS}
DIFFICULTY = Param("difficulty", 3.0, 1.0, 5.0)


@dataclass
class Room:
    """A desk, what it told, and the time."""

    now_s: float = 0.0
    events: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.out = RecordingPorts(lambda: self.now_s)
        self.desk = Desk(self.out, lambda: self.now_s)

    def play(self, job: int) -> None:
        self.desk.play(job, SETTINGS, self.events.append)

    @property
    def struck(self) -> list[int]:
        return [each.message[1] for each in self.out.sent if each.message[0] >> 4 == 9]


def test_a_job_is_played_and_told():
    room = Room()
    room.play(7)
    room.desk.feed(7, (NOTE,), 5.0, TEMPO)
    room.desk.finish(7)
    room.desk.advance()
    room.now_s = 1.0
    room.desk.advance()
    assert room.struck == [60]
    assert room.events == [Playing(7, State.PLAYING), Playing(7, State.PLAYED)]


def test_the_stretches_of_another_job_are_not_played():
    room = Room()
    room.play(7)
    room.desk.feed(8, (NOTE,), 5.0, TEMPO)
    room.desk.advance()
    assert room.struck == []


def test_another_job_silences_the_one_before():
    room = Room()
    room.play(7)
    room.desk.feed(7, (NOTE,), 5.0, TEMPO)
    room.desk.advance()
    room.play(8)
    room.desk.advance()
    assert messages.note_off(0, 60) in [each.message for each in room.out.sent]
    assert room.events == [Playing(7, State.PLAYING), Playing(7, State.STOPPED), Playing(8, State.WAITING)]


def test_a_job_played_again_says_so_again():
    room = Room()
    for _ in range(2):
        room.play(7)
        room.desk.advance()
    assert room.events == [Playing(7, State.WAITING), Playing(7, State.STOPPED), Playing(7, State.WAITING)]


def test_a_cancelled_job_is_silent_at_once():
    room = Room()
    room.play(7)
    room.desk.feed(7, (NOTE,), 5.0, TEMPO)
    room.desk.advance()
    room.desk.stop(7)
    assert room.out.sent[-1].message == messages.control(0, messages.ALL_NOTES_OFF, 0)


def test_stopping_one_job_leaves_another():
    room = Room()
    room.play(7)
    room.desk.feed(7, (NOTE,), 5.0, TEMPO)
    room.desk.stop(6)
    room.desk.advance()
    assert room.struck == [60]


def test_closing_silences():
    room = Room()
    room.play(7)
    room.desk.feed(7, (NOTE,), 5.0, TEMPO)
    room.desk.advance()
    room.desk.close()
    room.desk.close()
    assert messages.note_off(0, 60) in [each.message for each in room.out.sent]


def test_a_turned_knob_is_told():
    room = Room()
    knob = Knob(20, "leap", DIFFICULTY)
    room.desk.assign(knob, room.events.append)
    room.desk.receive(messages.control(0, 20, 127))
    room.desk.advance()
    assert room.events == [Turned(knob, 5.0)]
    assert room.desk.values("leap") == {"difficulty": 5.0}


def test_a_recording_follows_the_host_s_clock():
    room = Room()
    room.desk.record()
    room.desk.receive(bytes([messages.START]))
    for pulse in range(97):
        room.now_s = pulse * 60 / 90 / 24
        room.desk.receive(bytes([messages.PULSE]))
    assert room.desk.recorded().tempo.bpm_at(1.0) == pytest.approx(90.0, rel=1e-3)


def test_a_recording_that_was_not_begun_cannot_end():
    with pytest.raises(BadParameter, match="nothing is being recorded"):
        Room().desk.recorded()


@contextmanager
def running(desk: Desk) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=desk.run, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        desk.close()
        thread.join(10.0)
        assert not thread.is_alive()


def test_the_loop_plays_while_others_command():
    out = RecordingPorts(time.monotonic)
    played = threading.Event()
    desk = Desk(out, time.monotonic)
    with running(desk):
        desk.play(7, SETTINGS, lambda event: played.set() if event.state == State.PLAYED else None)
        desk.feed(7, (Note(0.0, 0.02, 60, 90), Note(0.03, 0.05, 62, 90)), 5.0, TEMPO)
        desk.finish(7)
        assert played.wait(10.0)
    assert [each.message[1] for each in out.sent if each.message[0] >> 4 == 9] == [60, 62]


class Broken:
    """A port that was pulled out."""

    def send(self, message: bytes) -> None:
        raise OSError("no such port")


def test_a_broken_port_stops_the_playing_and_not_the_loop(caplog: pytest.LogCaptureFixture):
    stopped = threading.Event()
    desk = Desk(Broken(), time.monotonic)
    with running(desk) as thread:
        desk.play(7, SETTINGS, lambda event: stopped.set() if event.state == State.STOPPED else None)
        desk.feed(7, (NOTE,), 5.0, TEMPO)
        assert stopped.wait(10.0)
        assert thread.is_alive()
    assert "playing stopped" in caplog.text


def test_a_bug_while_telling_leaves_no_note_sounding(caplog: pytest.LogCaptureFixture):
    def fail(event: Playing) -> None:
        raise KeyError("a bug")

    out, silent = RecordingPorts(time.monotonic), messages.control(0, messages.ALL_NOTES_OFF, 0)
    desk = Desk(out, time.monotonic)
    with running(desk):
        desk.play(7, SETTINGS, fail)
        desk.feed(7, (Note(0.0, 60.0, 60, 90),), 99.0, TEMPO)
        until_s = time.monotonic() + 10.0
        while silent not in [each.message for each in out.sent]:
            assert time.monotonic() < until_s
            time.sleep(0.01)
    assert "playing stopped" in caplog.text


def test_two_empty_jobs_are_both_told():
    room = Room()
    for job in (7, 8):
        room.play(job)
        room.desk.finish(job)
        room.desk.advance()
    assert room.events == [Playing(7, State.PLAYED), Playing(8, State.PLAYED)]
