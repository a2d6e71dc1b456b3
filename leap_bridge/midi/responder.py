"""Call and response: who plays and stops is answered, on the next bar line.

A `Responder` is told what comes in and the time; `advance` says when it wants to be called again. `run` is the only
place with a thread's life.
"""

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from leap_bridge.midi import messages
from leap_bridge.midi.player import Player
from leap_bridge.midi.ports import Out
from leap_bridge.midi.recorder import Recorder, Recording
from leap_bridge.midi.transport import HostClock, OwnTime
from leap_models.errors import LeapError
from leap_models.interface import Model, Piece, Request, Values
from leap_models.music.bars import Bars
from leap_models.music.notes import Notes
from leap_models.music.tempo import TempoMap
from leap_models.params import Param
from leap_models.pipeline import run

log = logging.getLogger(__name__)

PAUSE = Param("pause", 1.0, 0.25, 16.0, unit="beats", help="how long nobody plays before there is an answer")
CHANNEL = Param("channel", 0, 0, 16, help="1 to 16; 0 answers with the right hand on 1 and the left on 2")
READY_S = 0.02  # an answer may begin so late, or end so early, and is in time


@dataclass(frozen=True)
class Phrase:
    """What was played.

    Args:
        notes: in seconds from a bar line.
        bars: how many it takes up.
    """

    notes: Notes
    tempo: TempoMap
    bars: int


@dataclass(frozen=True)
class Pulse:
    """Where bars are.

    Args:
        origin_s: of the clock, a bar line.
    """

    origin_s: float
    bpm: float
    beats_per_bar: int

    @property
    def bar_s(self) -> float:
        """How long a bar is."""
        return self.beats_per_bar * 60.0 / self.bpm

    def bar_before(self, now_s: float) -> float:
        """The bar line at or before a time, half a sixteenth early counting as on it."""
        early_s = 60.0 / self.bpm / 8
        return self.origin_s + math.floor((now_s + early_s - self.origin_s) / self.bar_s) * self.bar_s

    def bar_after(self, now_s: float) -> float:
        """The bar line at or after a time."""
        return self.origin_s + math.ceil((now_s - self.origin_s) / self.bar_s) * self.bar_s


class Responder:
    """Listens, waits for a pause, answers.

    The first note of all is on a bar line, unless a host's clock says where bars are. Who plays into an answer ends it.

    Args:
        clock: seconds that only rise.
        answer: what follows a phrase, in seconds from its own first bar line; may take its time.
        bpm, beats_per_bar: without a host's clock.
    """

    def __init__(
        self, out: Out, clock: Callable[[], float], answer: Callable[[Phrase], Notes], bpm: float = 100.0,
        beats_per_bar: int = 4, pause_beats: float = 1.0, channel: int = 0,
    ) -> None:
        self._out, self._clock, self._answer = out, clock, answer
        self._bpm, self._beats_per_bar, self._pause_beats, self._channel = bpm, beats_per_bar, pause_beats, channel
        self._changed = threading.Condition(threading.Lock())
        self._closed = self._woken = False
        self._host, self._host_beat = HostClock(), (0.0, 0.0)  # a time and a beat of the host's, as they were heard
        self._pulse: Pulse | None = None
        self._recorder: Recorder | None = None
        self._recorded_s = 0.0  # when the recording began
        self._down: set[tuple[int, int]] = set()
        self._quiet_s = 0.0  # when the last key was let go
        self._player: Player | None = None

    def receive(self, message: bytes) -> None:
        """Take a message that came in."""
        now_s, kind = self._clock(), messages.kind_of(message)
        with self._changed:
            self._host.receive(message, now_s)
            if kind == messages.PULSE:
                self._hear_beat(now_s)
            if kind not in (messages.NOTE_ON, messages.NOTE_OFF):
                return
            key = (message[0] & 0x0F, message[1])
            if kind == messages.NOTE_ON and message[2] > 0:
                self._begin(now_s)
                self._down.add(key)
            else:
                self._down.discard(key)
            if self._recorder is not None:
                self._recorder.receive(message, now_s)
            self._quiet_s = now_s
            self._wake()

    def advance(self) -> float | None:
        """Answer if there is a pause, and play what is due; returns when to call again, None: when something comes."""
        now_s = self._clock()
        with self._changed:
            phrase = self._phrase(now_s)
        if phrase is not None:
            self._respond(phrase)
        with self._changed:
            now_s = self._clock()
            wake_s = None if self._player is None else self._player.advance(now_s)
            if self._player is not None and self._player.over:
                self._player = None
            if self._recorder is not None and not self._down:
                pause_s = self._quiet_s + self._pause_s
                wake_s = pause_s if wake_s is None else min(wake_s, pause_s)
        return wake_s

    def run(self) -> None:
        """Listen and answer until `close` is called. For a thread of its own, or the main one."""
        while not self._closed:
            wake_s = self.advance()
            with self._changed:
                if not self._woken and not self._closed:
                    self._changed.wait(None if wake_s is None else max(0.0, wake_s - self._clock()))
                self._woken = False

    def close(self) -> None:
        """Silence everything, and let `run` return."""
        with self._changed:
            self._closed = True
            self._hush()
            self._wake()

    @property
    def _pause_s(self) -> float:
        return self._pause_beats * 60.0 / (self._pulse.bpm if self._pulse is not None else self._bpm)

    def _begin(self, now_s: float) -> None:
        """Somebody strikes a key: an answer that sounds ends, and a phrase begins if none has."""
        self._hush()
        if self._recorder is not None:
            return
        if self._pulse is None:
            self._pulse = Pulse(now_s, self._bpm, self._beats_per_bar)
        self._recorded_s = self._pulse.bar_before(now_s)
        self._recorder = Recorder(self._recorded_s)

    def _phrase(self, now_s: float) -> Phrase | None:
        """What was played, if it is over."""
        recorder, pulse = self._recorder, self._pulse
        if recorder is None or pulse is None or self._down or now_s < self._quiet_s + self._pause_s:
            return None
        self._recorder = None
        played: Recording = recorder.finish(self._quiet_s)
        tempo = TempoMap.steady(pulse.bpm, pulse.beats_per_bar)
        notes = tuple(replace(note, start_s=max(0.0, note.start_s)) for note in played.notes)
        return Phrase(notes, tempo, Bars(tempo).count(notes)) if notes else None

    def _respond(self, phrase: Phrase) -> None:
        """Think, which takes a while, and answer on the next bar line."""
        try:
            notes = self._answer(phrase)
        except LeapError as error:
            log.warning("no answer: %s", error)
            return
        with self._changed:
            now_s = self._clock()
            if self._recorder is not None or self._pulse is None or self._closed:
                return  # somebody plays on
            begin_s = self._pulse.bar_after(now_s - READY_S) - now_s
            self._player = Player(self._out, OwnTime(), self._channel)
            later = tuple(
                replace(note, start_s=note.start_s + begin_s, end_s=note.end_s + begin_s) for note in notes
            )
            self._player.feed(later, math.inf, phrase.tempo)
            self._player.advance(now_s)  # its time begins now

    def _hear_beat(self, now_s: float) -> None:
        """A host's clock says where bars are, and how fast beats come."""
        beat = self._host.beat(now_s)
        if beat is None:
            return
        since_s, since = self._host_beat
        if beat < since or since_s == 0.0:
            self._host_beat = (now_s, beat)
        elif beat - since >= self._beats_per_bar:
            bpm = 60.0 * (beat - since) / (now_s - since_s)
            origin_s = now_s - beat % self._beats_per_bar * 60.0 / bpm
            self._pulse, self._host_beat = Pulse(origin_s, bpm, self._beats_per_bar), (now_s, beat)

    def _hush(self) -> None:
        if self._player is not None:
            self._player.stop()
            self._player = None

    def _wake(self) -> None:
        self._woken = True
        self._changed.notify_all()


class Answerer:
    """Answers with a model that goes on where a clip ends; each answer is as long as its phrase, and another seed's."""

    def __init__(self, model: Model, params: Values, seed: int = 0) -> None:
        self._model, self._params, self._seed = model, params, seed

    def __call__(self, phrase: Phrase) -> Notes:
        """The bars after a phrase.

        Raises:
            LeapError: the model cannot do it.
        """
        bars = Bars(phrase.tempo)
        begin_s, end_s = bars.second_at(phrase.bars), bars.second_at(2 * phrase.bars)
        piece = Piece(None, phrase.notes, phrase.tempo, end_s, "what was played")
        request = Request(self._model.info.name, {**self._params, "more": phrase.bars}, self._seed)
        self._seed += 1
        return tuple(
            replace(note, start_s=max(0.0, note.start_s - begin_s), end_s=note.end_s - begin_s)
            for note in run(self._model, piece, request).notes if note.start_s >= begin_s - READY_S
        )  # fmt: skip
