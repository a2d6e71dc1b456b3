"""What is played in becomes notes."""

import pytest

from leap_bridge.midi import messages, recorder
from leap_bridge.midi.recorder import Recorder
from leap_models.music.notes import Note


def test_a_key_that_goes_down_and_up_is_a_note():
    tape = Recorder(10.0)
    tape.receive(messages.note_on(0, 60, 90), 11.0)
    tape.receive(messages.note_off(0, 60), 11.5)
    assert tape.finish(20.0).notes == (Note(1.0, 1.5, 60, 90),)


def test_velocity_zero_lets_a_key_go():
    tape = Recorder(0.0)
    tape.receive(messages.note_on(0, 60, 90), 1.0)
    tape.receive(messages.note_on(0, 60, 0), 2.0)
    assert tape.finish(9.0).notes == (Note(1.0, 2.0, 60, 90),)


def test_a_key_still_down_ends_with_the_recording():
    tape = Recorder(0.0)
    tape.receive(messages.note_on(0, 60, 90), 1.0)
    assert tape.finish(4.0).notes == (Note(1.0, 4.0, 60, 90),)


def test_a_key_struck_twice_is_two_notes():
    tape = Recorder(0.0)
    tape.receive(messages.note_on(0, 60, 90), 1.0)
    tape.receive(messages.note_on(0, 60, 80), 2.0)
    assert [note.start_s for note in tape.finish(3.0).notes] == [1.0, 2.0]


def test_no_note_is_empty():
    tape = Recorder(0.0)
    tape.receive(messages.note_on(0, 60, 90), 1.0)
    tape.receive(messages.note_off(0, 60), 1.0)
    assert tape.finish(3.0).notes[0].length_s > 0


@pytest.mark.parametrize("message", [b"", b"\x90", b"\x90\x3c", b"\x90\xff\x40", b"\xf8", b"\xb0\x40\x7f"])
def test_what_is_no_note_is_left_out(message: bytes):
    tape = Recorder(0.0)
    tape.receive(message, 1.0)
    assert tape.finish(3.0).notes == ()


def test_a_recording_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recorder, "MOST_NOTES", 3)
    tape = Recorder(0.0)
    for index in range(10):
        tape.receive(messages.note_on(0, 60 + index, 90), index)
    recording = tape.finish(20.0)
    assert (len(recording.notes), recording.full) == (3, True)


def test_the_host_s_beats_do_not_grow_for_ever():
    tape = Recorder(0.0)
    for quarter in range(3 * 3600):
        tape.hear_beat(quarter / 4, 1.0 * quarter)
    assert tape.finish(3 * 3600.0).tempo.anchors[-1][0] == recorder.LONGEST_S


def test_the_host_s_beats_are_the_recording_s():
    tape = Recorder(100.0)
    for quarter in range(20):
        tape.hear_beat(quarter / 4, 100.0 + quarter * 0.2)
    assert tape.finish(110.0).tempo.bpm_at(1.0) == pytest.approx(75.0)
