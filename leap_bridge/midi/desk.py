"""Everything that hangs on the two ports, behind one lock: the player, the host's clock, the knobs, the recorder.

Its methods may be called from any thread. `run` is the only place with a thread's life; it plays what is due and tells
what happened. Tests call `advance` instead, and give the time themselves.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from leap_bridge.midi import messages
from leap_bridge.midi.control import Controls, Knob, Turned
from leap_bridge.midi.player import Player, State
from leap_bridge.midi.ports import Out
from leap_bridge.midi.recorder import Recorder, Recording
from leap_bridge.midi.transport import HostClock, OwnTime
from leap_models.errors import BadParameter
from leap_models.music.notes import Notes
from leap_models.music.tempo import TempoMap
from leap_models.params import Param, Value

log = logging.getLogger(__name__)

FOLLOW = Param("follow", False, help="play along with the MIDI clock that comes in")
CHANNEL = Param("channel", 0, 0, 16, help="1 to 16; 0 plays the right hand on 1 and the left on 2")
FROM_S = Param("from_s", 0.0, 0.0, unit="s", help="where to begin, when no clock is followed")
PLAY_PARAMS = (FOLLOW, CHANNEL, FROM_S)


@dataclass(frozen=True)
class Playing:
    """A job is now played, waits, or is not played any more."""

    job: int
    state: State


class Desk:
    """The MIDI side of the daemon.

    Args:
        out: where notes go.
        clock: seconds that only rise.
    """

    def __init__(self, out: Out, clock: Callable[[], float]) -> None:
        self._out, self._clock = out, clock
        self._changed = threading.Condition(threading.Lock())
        self._woken = self._closed = False
        self._host = HostClock()
        self._controls = Controls()
        self._recorder: Recorder | None = None
        self._player: Player | None = None
        self._job = 0
        self._told: State | None = None
        self._tell_playing: Callable[[Playing], None] = _ignore
        self._tell_turned: dict[int, Callable[[Turned], None]] = {}  # by controller
        self._news: list[Callable[[], None]] = []  # what is to be told

    def play(self, job: int, settings: Mapping[str, Value], tell: Callable[[Playing], None]) -> None:
        """Play a job from now on, instead of what is played; its music comes through `feed`.

        Args:
            settings: a value for each of `PLAY_PARAMS`, checked.
            tell: is told how it goes, on the thread of `run`, while no lock is held.
        """
        transport = self._host if settings["follow"] else OwnTime(float(settings["from_s"]))
        with self._changed:
            self._end()
            self._job, self._told, self._tell_playing = job, None, tell
            self._player = Player(self._out, transport, int(settings["channel"]))
            self._wake()

    def feed(self, job: int, notes: Notes, until_s: float, tempo: TempoMap) -> None:
        """Take the next stretch of a job; of one that is not played, nothing."""
        with self._changed:
            if self._player is not None and job == self._job:
                self._player.feed(notes, until_s, tempo)
                self._wake()

    def finish(self, job: int) -> None:
        """The job has no more stretches."""
        with self._changed:
            if self._player is not None and job == self._job:
                self._player.finish()
                self._wake()

    def stop(self, job: int | None = None) -> None:
        """Silence, and play no more; with `job` only if it is that one that is played."""
        with self._changed:
            if job is None or job == self._job:
                self._end()
                self._wake()

    def assign(self, knob: Knob, tell: Callable[[Turned], None]) -> None:
        """Let a controller turn a parameter; `tell` is told as in `play`."""
        with self._changed:
            self._controls.assign(knob)
            self._tell_turned[knob.controller] = tell

    def release(self, controller: int) -> None:
        """Let a controller turn nothing."""
        with self._changed:
            self._controls.release(controller)

    def values(self, model: str) -> dict[str, Value]:
        """The parameters of a model as its knobs stand; nothing of those that were not moved."""
        with self._changed:
            return self._controls.values(model)

    def record(self) -> None:
        """Write down what comes in from now on; what was recorded before and not asked for is lost."""
        with self._changed:
            self._recorder = Recorder(self._clock())

    def recorded(self) -> Recording:
        """End the recording and give it.

        Raises:
            BadParameter: nothing is being recorded.
        """
        with self._changed:
            recorder, self._recorder = self._recorder, None
            if recorder is None:
                raise BadParameter("nothing is being recorded")
            return recorder.finish(self._clock())

    def receive(self, message: bytes) -> None:
        """Take a message that came in."""
        now_s = self._clock()
        with self._changed:
            self._host.receive(message, now_s)
            turned = self._controls.receive(message)
            if turned is not None:
                self._news.append(partial(self._tell_turned[turned.knob.controller], turned))
            if self._recorder is not None:
                self._record(self._recorder, message, now_s)
            if turned is not None or self._player is not None:
                self._wake()

    def advance(self) -> float | None:
        """Play what is due and tell what happened; returns when to call again, None: when something comes."""
        with self._changed:
            wake_s = None if self._player is None else self._player.advance(self._clock())
            self._look()
            news, self._news = self._news, []
        for tell in news:
            tell()
        return wake_s

    def run(self) -> None:
        """Play until `close` is called. For a thread of its own."""
        while not self._closed:
            try:
                wake_s = self.advance()
            except Exception:
                log.exception("playing stopped")
                self._give_up()
                wake_s = None
            with self._changed:
                if not self._woken and not self._closed:
                    self._changed.wait(None if wake_s is None else max(0.0, wake_s - self._clock()))
                self._woken = False

    def close(self) -> None:
        """Silence everything, and let `run` return. May be called twice, and when the program ends."""
        with self._changed:
            self._closed = True
            self._end()
            self._wake()

    def _end(self) -> None:
        if self._player is not None:
            self._player.stop()
            self._look()

    def _give_up(self) -> None:
        """Something failed: silence what sounds, if the port still works, and forget the player."""
        with self._changed:
            player, self._player = self._player, None
            if player is None:
                return
            self._news = [partial(self._tell_playing, Playing(self._job, State.STOPPED))]
            self._wake()
            with suppress(Exception):  # the port, which may be what failed
                player.stop()

    def _look(self) -> None:
        """Note down what the player does, if that is new."""
        if self._player is None or self._player.state == self._told:
            return
        self._told = self._player.state
        self._news.append(partial(self._tell_playing, Playing(self._job, self._told)))
        if self._player.over:
            self._player = None

    def _wake(self) -> None:
        self._woken = True
        self._changed.notify_all()

    def _record(self, recorder: Recorder, message: bytes, now_s: float) -> None:
        recorder.receive(message, now_s)
        beat = self._host.beat(now_s) if messages.kind_of(message) == messages.PULSE else None
        if beat is not None:
            recorder.hear_beat(beat, now_s)


def _ignore(event: Playing) -> None:
    """Nobody asked to be told."""
