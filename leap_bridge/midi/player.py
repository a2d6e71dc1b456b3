"""Plays a job's music out of a port in time, while the rest of it is still being made.

A `Player` is a sequential object: it is fed what became final; `advance` sends what is due and says when it wants to be
called again. It sleeps nowhere and reads no clock.
"""

import heapq
import math
from bisect import bisect_left
from dataclasses import dataclass, field
from enum import StrEnum

from leap_bridge.midi import messages
from leap_bridge.midi.ports import Out
from leap_bridge.midi.transport import Transport
from leap_models.music.notes import SUSTAIN, Note, Notes
from leap_models.music.tempo import TempoMap

LATE_S = 0.1  # a note whose time passed longer ago is left out where the host's time goes on without us


class State(StrEnum):
    """What a player does; the words are part of the protocol."""

    WAITING = "waiting"  # for music that is not known yet, or for the host's clock
    PLAYING = "playing"
    PLAYED = "played"  # to the end
    STOPPED = "stopped"


@dataclass
class Score:
    """The music as far as it is known.

    Args:
        until_s: every note that begins before is here.
    """

    notes: list[Note] = field(default_factory=list)
    until_s: float = 0.0
    tempo: TempoMap = field(default_factory=lambda: TempoMap.steady(120))

    def add(self, notes: Notes, until_s: float, tempo: TempoMap) -> None:
        """Take the next stretch."""
        self.notes.extend(notes)
        self.until_s = until_s
        self.tempo = tempo


class Player:
    """One job, played once.

    Args:
        channel: 0 plays the right hand on the first MIDI channel and the left on the second; 1..16 all on that one.
    """

    def __init__(self, out: Out, transport: Transport, channel: int = 0) -> None:
        self.score = Score()
        self.state = State.WAITING
        self._out, self._transport, self._channel = out, transport, channel
        self._next = 0  # the number of the note that comes next
        self._jumps = -1  # of the transport, when `_next` was looked up
        self._ends: list[tuple[float, int, int]] = []  # (when, channel, pitch), a heap
        self._sounding: dict[tuple[int, int], float] = {}  # (channel, pitch) -> when it ends
        self._used: set[int] = set()  # channels

    def feed(self, notes: Notes, until_s: float, tempo: TempoMap) -> None:
        """Take the next stretch of the job."""
        self.score.add(notes, until_s, tempo)

    def finish(self) -> None:
        """There are no more stretches."""
        self.score.until_s = math.inf

    @property
    def over(self) -> bool:
        """Nothing will be sent any more."""
        return self.state in (State.PLAYED, State.STOPPED)

    def advance(self, now_s: float) -> float | None:
        """Send what is due; returns when to call again, None if only something new can give reason to."""
        if self.over:
            return None
        self._release(now_s)
        self._transport.known_until(self.score.until_s, now_s)
        position_s = self._transport.position_s(now_s, self.score.tempo)
        if position_s is None:
            return self._stand()
        self._find(position_s)
        rate = self._transport.rate(position_s, self.score.tempo)
        self._strike(now_s, position_s, rate)
        if self._ended:
            self.silence()
            self.state = State.PLAYED
            return None
        starved = position_s >= self.score.until_s and not self._sounding
        self.state = State.WAITING if starved else State.PLAYING
        return self._wake_s(now_s, position_s, rate)

    def stop(self) -> None:
        """Silence everything, and play nothing any more."""
        if not self.over:
            self.state = State.STOPPED
        self.silence()

    def silence(self) -> None:
        """All notes off: those that sound one by one, for devices that do not know the controllers; then for all."""
        for channel, pitch in self._sounding:
            self._out.send(messages.note_off(channel, pitch))
        self._sounding.clear()
        self._ends.clear()
        for channel in sorted(self._used):
            self._out.send(messages.control(channel, SUSTAIN, 0))
            self._out.send(messages.control(channel, messages.ALL_NOTES_OFF, 0))
        self._used.clear()

    @property
    def _ended(self) -> bool:
        """A host may always go back, and hear it again."""
        known = math.isinf(self.score.until_s) and self._next == len(self.score.notes)
        return known and self._transport.waits and not self._sounding

    def _stand(self) -> float | None:
        """What sounds rings out where the transport waits for music, and ends where the host stopped."""
        self.state = State.WAITING
        if not self._transport.waits and self._sounding:
            self.silence()
        return self._ends[0][0] if self._ends else None

    def _find(self, position_s: float) -> None:
        if self._jumps == self._transport.jumps:
            return
        if self._jumps >= 0:
            self.silence()
        self._jumps = self._transport.jumps
        self._next = bisect_left(self.score.notes, position_s - 1e-6, key=lambda note: note.start_s)

    def _strike(self, now_s: float, position_s: float, rate: float) -> None:
        notes = self.score.notes
        while self._next < len(notes) and notes[self._next].start_s <= position_s:
            note = notes[self._next]
            self._next += 1
            late_s = (position_s - note.start_s) / rate
            if self._transport.waits or late_s <= LATE_S:
                self._play(note, now_s - late_s + note.length_s / rate)

    def _play(self, note: Note, end_s: float) -> None:
        key = (self._channel_of(note), note.pitch)
        if key in self._sounding:  # the host runs faster than when the end of the note before was foretold
            self._out.send(messages.note_off(*key))
        self._out.send(messages.note_on(*key, note.velocity))
        self._used.add(key[0])
        self._sounding[key] = end_s
        heapq.heappush(self._ends, (end_s, *key))

    def _release(self, now_s: float) -> None:
        while self._ends and self._ends[0][0] <= now_s:
            end_s, *key = heapq.heappop(self._ends)
            if self._sounding.get((key[0], key[1])) == end_s:  # else it was struck again since
                del self._sounding[key[0], key[1]]
                self._out.send(messages.note_off(key[0], key[1]))

    def _wake_s(self, now_s: float, position_s: float, rate: float) -> float | None:
        ahead = [self._ends[0][0]] if self._ends else []
        if self._next < len(self.score.notes):
            ahead.append(now_s + (self.score.notes[self._next].start_s - position_s) / rate)
        elif position_s < self.score.until_s < math.inf:  # there the music may have to wait
            ahead.append(now_s + (self.score.until_s - position_s) / rate)
        return min(ahead, default=None)

    def _channel_of(self, note: Note) -> int:
        return self._channel - 1 if self._channel else note.track % messages.CHANNELS
