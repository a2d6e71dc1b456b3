"""Notes that come in, written down for the models that take notes."""

from dataclasses import dataclass

from leap_bridge.midi import messages
from leap_models.music.notes import Note, Notes
from leap_models.music.tempo import TempoMap

LONGEST_S = 3600.0
MOST_NOTES = 50_000
_SHORTEST_S = 0.001  # a key struck and let go in one packet


@dataclass(frozen=True)
class Recording:
    """What was played. Times count from the beginning of the recording.

    Args:
        tempo: the host's, where its clock was heard; else 120.
        full: it was ended by a limit.
    """

    notes: Notes
    tempo: TempoMap
    length_s: float
    full: bool = False


class Recorder:
    """Writes notes down from `start_s` on; all channels become one track.

    A key that is struck again before it was let go ends its first note. The sustain pedal lengthens nothing: a note is
    as long as its key was down.
    """

    def __init__(self, start_s: float) -> None:
        self._start_s = start_s
        self._down: dict[tuple[int, int], tuple[float, int]] = {}  # (channel, pitch) -> (since, velocity)
        self._notes: list[Note] = []
        self._beats: list[tuple[float, float]] = []

    @property
    def full(self) -> bool:
        """No more notes are taken."""
        return len(self._notes) + len(self._down) >= MOST_NOTES

    def receive(self, message: bytes, now_s: float) -> None:
        """Take a message; what is no note does nothing."""
        kind = messages.kind_of(message)
        if kind not in (messages.NOTE_ON, messages.NOTE_OFF) or now_s - self._start_s > LONGEST_S:
            return
        key = (message[0] & 0x0F, message[1])
        self._end(key, now_s)
        if kind == messages.NOTE_ON and message[2] > 0 and not self.full:
            self._down[key] = (now_s, message[2])

    def hear_beat(self, beat: float, now_s: float) -> None:
        """Take the place of the host's clock, at most one a quarter of a beat; beats that do not rise are left out."""
        second = now_s - self._start_s
        if second > LONGEST_S:
            return
        if not self._beats or (second > self._beats[-1][0] and beat >= self._beats[-1][1] + 0.25):
            self._beats.append((second, beat))

    def finish(self, now_s: float) -> Recording:
        """End it; keys that are still down end now."""
        length_s = min(now_s - self._start_s, LONGEST_S)
        for key in list(self._down):
            self._end(key, self._start_s + length_s)
        tempo = TempoMap(tuple(self._beats)) if len(self._beats) >= 2 else TempoMap.steady(120)
        return Recording(tuple(sorted(self._notes)), tempo, length_s, full=self.full or length_s >= LONGEST_S)

    def _end(self, key: tuple[int, int], now_s: float) -> None:
        if key in self._down:
            since_s, velocity = self._down.pop(key)
            start_s = since_s - self._start_s
            self._notes.append(Note(start_s, max(now_s - self._start_s, start_s + _SHORTEST_S), key[1], velocity))
