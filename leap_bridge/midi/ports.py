"""The virtual MIDI ports `LEAP out` and `LEAP in`, and a port that only writes down what it is sent.

Other programs connect to virtual ports as to an instrument. macOS and Linux have them (CoreMIDI, ALSA's sequencer,
JACK); Windows has not, and many a server has no MIDI system at all: that is an error here and a sentence in the log of
the daemon, which runs on.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

from leap_models.errors import BadParameter, MissingDependency

CLIENT, OUT, IN = "LEAP Bridge", "LEAP out", "LEAP in"
FLIGHT_S = 0.02  # for a message on its way in: closing waits for its thread, and that waits for us


class Out(Protocol):
    """Where messages go."""

    def send(self, message: bytes) -> None:
        """Send one message now."""


class Pair(Out, Protocol):
    """A port each way."""

    system: str  # what they are made with: "Jack", "ALSA", "CoreMIDI"

    def listen(self, take: Callable[[bytes], None]) -> None:
        """Hand every message that comes in to `take`, on a thread of the MIDI system; clock included, SysEx not."""

    def close(self) -> None:
        """Take the ports away from the other programs; may be called twice."""


@dataclass(frozen=True)
class Sent:
    """What `Recording` ports were given, and when."""

    time_s: float
    message: bytes


@dataclass
class RecordingPorts:
    """Ports that play to nobody and remember everything; `take` is what listens."""

    clock: Callable[[], float] = time.monotonic
    sent: list[Sent] = field(default_factory=list)
    take: Callable[[bytes], None] | None = None
    system: str = "recording"
    closed: bool = False

    def send(self, message: bytes) -> None:
        """Write it down."""
        self.sent.append(Sent(self.clock(), message))

    def listen(self, take: Callable[[bytes], None]) -> None:
        """Whoever calls `take` from now on plays into the port."""
        self.take = take

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


class Device(Protocol):
    """What is used of python-rtmidi's MidiIn and MidiOut."""

    def get_ports(self) -> list[str]: ...
    def open_port(self, index: int) -> None: ...
    def open_virtual_port(self, name: str) -> None: ...
    def send_message(self, message: bytes) -> None: ...
    def ignore_types(self, sysex: bool, timing: bool, active_sense: bool) -> None: ...
    def set_callback(self, take: Callable[[tuple[list[int], float], object], None]) -> None: ...
    def cancel_callback(self) -> None: ...
    def close_port(self) -> None: ...
    def delete(self) -> None: ...


class Ports:
    """Both real ports."""

    def __init__(self, out: Device, into: Device, system: str) -> None:
        self.system = system
        self._out: Device | None = out
        self._in: Device | None = into

    def open(self, out: str, into: str) -> None:
        """Open ports that are there already, by a part of their names, or make our own where that is empty.

        Raises:
            BadParameter: there is no port of such a name.
        """
        for end, wanted, own in ((self._out, out, OUT), (self._in, into, IN)):
            if end is not None:
                _open(end, wanted, own)

    def send(self, message: bytes) -> None:
        """As `Out` says."""
        if self._out is not None:
            self._out.send_message(message)

    def listen(self, take: Callable[[bytes], None]) -> None:
        """As `Pair` says."""
        if self._in is not None:
            self._in.ignore_types(sysex=True, timing=False, active_sense=True)
            self._in.set_callback(lambda event, _: take(bytes(event[0])))

    def close(self) -> None:
        """As `Pair` says."""
        out, self._out = self._out, None
        into, self._in = self._in, None
        if into is not None:
            into.cancel_callback()
            time.sleep(FLIGHT_S)
        for port in (into, out):
            if port is not None:
                port.close_port()
                port.delete()


def open_ports(out: str = "", into: str = "") -> Ports:
    """Both ports, on the first MIDI system that works.

    Args:
        out, into: part of the name of a port that is there already, as loopMIDI makes them on Windows; "" makes one.

    Raises:
        MissingDependency: python-rtmidi is not installed, or no MIDI system runs here that can make ports.
        BadParameter: there is no port of such a name.
    """
    try:
        import rtmidi
    except ImportError as error:
        raise MissingDependency('MIDI ports need python-rtmidi: pip install "leap-bridge[midi]"') from error
    systems = [api for api in rtmidi.get_compiled_api() if api != rtmidi.API_RTMIDI_DUMMY]
    for api in systems:
        with suppress(rtmidi.RtMidiError, NotImplementedError), _without_chatter():
            opened = Ports(
                rtmidi.MidiOut(api, name=CLIENT), rtmidi.MidiIn(api, name=CLIENT), rtmidi.get_api_display_name(api)
            )
            try:
                opened.open(out, into)
            except BaseException:
                opened.close()
                raise
            return opened
    tried = " and ".join(rtmidi.get_api_display_name(api) for api in systems) or "none"
    raise MissingDependency(f"no MIDI system that can make ports runs here (tried {tried}); {_remedy()}")


def _open(end: Device, wanted: str, own: str) -> None:
    if not wanted:
        end.open_virtual_port(own)
        return
    names = end.get_ports()
    found = next((index for index, name in enumerate(names) if wanted.lower() in name.lower()), None)
    if found is None:
        raise BadParameter(f"a MIDI port must be one of {', '.join(names) or 'none'}, got {wanted}")
    end.open_port(found)


def _remedy() -> str:
    if sys.platform.startswith("linux"):
        return "start JACK, or load ALSA's sequencer: sudo modprobe snd-seq"
    return "make ports with a program such as loopMIDI, and name them in midi_out and midi_in of settings.yaml"


@contextmanager
def _without_chatter() -> Iterator[None]:
    """The C libraries of ALSA and JACK print several lines when they find no server; here they are silent."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
