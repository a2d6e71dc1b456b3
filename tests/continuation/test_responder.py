"""Call and response on MIDI ports, with a clock that stands where it is put."""

import pytest

from leap_bridge.midi import messages
from leap_bridge.midi.ports import RecordingPorts
from leap_bridge.midi.responder import Phrase, Responder
from leap_models.errors import BadParameter
from leap_models.music.notes import Note, Notes

BEAT_S = 0.5  # at 120


class Room:
    """A responder that says what it heard an octave higher, and the time."""

    def __init__(self, **words: object) -> None:
        self.now_s, self.phrases, self.thinks_s = 10.0, [], 0.0
        self.out = RecordingPorts(lambda: self.now_s)
        self.responder = Responder(self.out, lambda: self.now_s, self.answer, bpm=120.0, **words)

    def answer(self, phrase: Phrase) -> Notes:
        self.phrases.append(phrase)
        self.now_s += self.thinks_s
        return tuple(Note(n.start_s, n.end_s, n.pitch + 12, n.velocity) for n in phrase.notes)

    def play(self, pitch: int, beats: float) -> None:
        self.responder.receive(messages.note_on(0, pitch, 80))
        self.now_s += beats * BEAT_S
        self.responder.receive(messages.note_off(0, pitch))

    def wait(self, beats: float) -> None:
        """Call whenever it wants to be called, for so long."""
        end_s = self.now_s + beats * BEAT_S
        while True:
            wake_s = self.responder.advance()
            if wake_s is None or wake_s > end_s:
                break
            self.now_s = max(self.now_s, wake_s)
        self.now_s = max(end_s, self.now_s)

    @property
    def struck(self) -> list[tuple[float, int]]:
        """Beats since the first note, and pitches."""
        return [(round((each.time_s - 10.0) / BEAT_S, 3), each.message[1])
                for each in self.out.sent if each.message[0] >> 4 == 9]  # fmt: skip


def test_a_call_is_answered_on_the_next_bar_line():
    room = Room()
    room.play(60, 1)
    room.play(62, 1)
    room.wait(8)
    assert room.struck == [(4.0, 72), (5.0, 74)]


def test_nothing_is_answered_while_a_key_is_down():
    room = Room()
    room.responder.receive(messages.note_on(0, 60, 80))
    room.wait(12)
    assert room.phrases == []


def test_a_short_breath_is_no_pause():
    room = Room()
    room.play(60, 1)
    room.wait(0.5)
    room.play(62, 1)
    room.wait(8)
    assert [[note.pitch for note in phrase.notes] for phrase in room.phrases] == [[60, 62]]


def test_an_answer_that_takes_long_to_find_begins_a_bar_later():
    room = Room()
    room.thinks_s = 2.5 * BEAT_S
    room.play(60, 1)
    room.wait(12)
    assert room.struck == [(8.0, 72)]


def test_whoever_plays_into_an_answer_ends_it():
    room = Room()
    room.play(60, 3.5)
    room.wait(5.5)  # the answer sounds
    assert room.struck == [(8.0, 72)]
    room.responder.receive(messages.note_on(0, 65, 80))
    offs = [each.message[1] for each in room.out.sent if each.message[0] >> 4 == 8]
    assert offs == [72]


def test_a_second_call_lies_on_the_bars_of_the_first():
    room = Room()
    room.play(60, 1)
    room.wait(9)  # it is beat 10 now, the third of a bar
    room.play(67, 1)
    room.wait(8)
    assert [note.start_s for note in room.phrases[1].notes] == [2 * BEAT_S]
    assert room.struck[1] == (14.0, 79)


def test_the_bars_of_a_hosts_clock_count():
    room = Room()
    room.responder.receive(bytes([messages.START]))
    for _ in range(24 * 9):
        room.responder.receive(bytes([messages.PULSE]))
        room.now_s += BEAT_S / 24
    room.play(60, 1)  # a ninth beat has passed: the second of a bar
    room.wait(3)
    assert room.phrases[0].notes[0].start_s == pytest.approx(1 * BEAT_S, abs=0.02)
    assert room.phrases[0].tempo.bpm_at(0.0) == pytest.approx(120.0, rel=0.01)


def test_a_model_that_cannot_answer_leaves_the_room_silent():
    room = Room()

    def refuse(phrase: Phrase) -> Notes:
        raise BadParameter("no")

    room.responder._answer = refuse
    room.play(60, 1)
    room.wait(8)
    room.responder._answer = room.answer
    room.play(62, 1)
    room.wait(8)
    assert [pitch for _, pitch in room.struck] == [74]


def test_all_is_silent_after_closing():
    room = Room()
    room.play(60, 3.5)
    room.wait(5.5)
    room.responder.close()
    assert room.out.sent[-1].message == messages.control(0, messages.ALL_NOTES_OFF, 0)
