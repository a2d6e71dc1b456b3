"""Where in the music a player is: on its own time, or following the MIDI clock of a host.

Every method is told the time, in seconds of any steady clock, so that nothing here waits or reads a clock. A place in
the music is a second of the arrangement; its first second is where the host's song begins.
"""

from typing import Protocol

from leap_bridge.midi import messages
from leap_models.music.tempo import TempoMap

_USUAL_PULSE_S = 60 / 120 / messages.PULSES_PER_BEAT  # until the host's tempo is known
# A second-order delay-locked loop, as Fons Adriaensen describes it ("Using a DLL to filter time", 2005): its two gains
# follow from one loop bandwidth. 0.13 rad a pulse is 1 Hz at 120 beats a minute: settled within a beat or two.
_OMEGA = 0.13
_PHASE_GAIN, _PERIOD_GAIN = 2**0.5 * _OMEGA, _OMEGA**2
_SHORTEST_S, _LONGEST_S = (60 / bpm / messages.PULSES_PER_BEAT for bpm in (400, 20))  # a pulse, at tempos people use
_AHEAD_PULSES = 3.0  # how far the place runs on when pulses fail to come
_GONE_S = 0.5  # a clock that is silent for so long has stopped


class Transport(Protocol):
    """Tells the place in the music."""

    jumps: int  # counts how often the place was moved; a player looks its next note up afresh
    waits: bool  # stands where the music is not known; where it does not, notes that come too late are left out

    def position_s(self, now_s: float, tempo: TempoMap) -> float | None:
        """The place, None while the music stands still."""

    def rate(self, position_s: float, tempo: TempoMap) -> float:
        """Seconds of music in a second."""

    def known_until(self, until_s: float, now_s: float) -> None:
        """No music is known from `until_s` on, for now."""


class OwnTime:
    """Runs by itself in the tempo of the arrangement, and waits where the music is not known yet."""

    waits = True

    def __init__(self, start_s: float = 0.0) -> None:
        self.jumps = 0
        self._start_s = start_s  # the place at `_since_s`, or where it stands
        self._since_s: float | None = None

    def position_s(self, now_s: float, tempo: TempoMap) -> float | None:  # noqa: ARG002  of the protocol
        """As the protocol says."""
        return None if self._since_s is None else self._start_s + now_s - self._since_s

    def rate(self, position_s: float, tempo: TempoMap) -> float:  # noqa: ARG002  of the protocol
        """As the protocol says: 1."""
        return 1.0

    def known_until(self, until_s: float, now_s: float) -> None:
        """Run while the place is before `until_s`, else wait there."""
        reached_s = self._start_s if self._since_s is None else self._start_s + now_s - self._since_s
        if reached_s >= until_s:
            self._start_s, self._since_s = max(self._start_s, until_s), None
        elif self._since_s is None:
            self._since_s = now_s


class HostClock:
    """Follows MIDI clock: start, stop, continue, song position, and 24 pulses a beat with their jitter smoothed out.

    A beat of the host is a beat of the arrangement, whatever the two tempos are.
    """

    waits = False

    def __init__(self) -> None:
        self.jumps = 0
        self._running = False
        self._pulse = 0  # the number, in the song, of the pulse that comes next
        self._last_s: float | None = None  # when a pulse came last, smoothed
        self._heard_s: float | None = None  # the same, not smoothed
        self._period_s = _USUAL_PULSE_S
        self._steady = False  # the period was measured

    def receive(self, message: bytes, now_s: float) -> None:
        """Take a message of the host; other messages do nothing."""
        kind = messages.kind_of(message)
        if kind == messages.PULSE:
            self._take_pulse(now_s)
        elif kind == messages.STOP:
            self._running = False
        elif kind == messages.CONTINUE:
            self._running = True
        elif kind == messages.START:
            self._running = True
            self._move(0)
        elif kind == messages.SONG_POSITION:
            sixteenth = message[1] | message[2] << 7
            self._move(sixteenth * messages.PULSES_PER_BEAT // messages.SIXTEENTHS_PER_BEAT)

    @property
    def bpm(self) -> float:
        """The host's tempo; 120 until it is known."""
        return 60.0 / (self._period_s * messages.PULSES_PER_BEAT)

    def beat(self, now_s: float) -> float | None:
        """The host's place in beats; None while it stands, or was never heard."""
        if not self._running or self._last_s is None or self._heard_s is None or now_s - self._heard_s > _GONE_S:
            return None
        if self._pulse == 0:  # started, and the pulse of the first beat has not come
            return None
        ahead = min((now_s - self._last_s) / self._period_s, _AHEAD_PULSES)
        return (self._pulse - 1 + ahead) / messages.PULSES_PER_BEAT

    def position_s(self, now_s: float, tempo: TempoMap) -> float | None:
        """As the protocol says."""
        beat = self.beat(now_s)
        return None if beat is None else tempo.second_at(tempo.beat_at(0.0) + beat)

    def rate(self, position_s: float, tempo: TempoMap) -> float:
        """As the protocol says: the host's tempo in tempos of the arrangement."""
        return self.bpm / tempo.bpm_at(position_s)

    def known_until(self, until_s: float, now_s: float) -> None:
        """As the protocol says; a host does not wait."""

    def _move(self, pulse: int) -> None:
        self._pulse = pulse
        self._last_s = None
        self.jumps += 1

    def _take_pulse(self, now_s: float) -> None:
        gap_s = None if self._heard_s is None else now_s - self._heard_s
        self._heard_s = now_s
        error_s = None if self._last_s is None else now_s - self._last_s - self._period_s
        if gap_s is None or gap_s > _GONE_S:
            self._last_s, self._steady = now_s, False
        elif not self._steady:  # the second pulse tells the tempo
            self._last_s, self._period_s, self._steady = now_s, _bounded(gap_s), True
        elif error_s is None:  # the place was moved while the clock ran on: the tempo is known
            self._last_s = now_s
        elif abs(error_s) > self._period_s:  # another tempo at once, or pulses were lost
            self._last_s, self._steady = now_s, False
        else:
            self._last_s = now_s - error_s + _PHASE_GAIN * error_s
            self._period_s = _bounded(self._period_s + _PERIOD_GAIN * error_s)
        if self._running:
            self._pulse += 1


def _bounded(period_s: float) -> float:
    return min(max(period_s, _SHORTEST_S), _LONGEST_S)
