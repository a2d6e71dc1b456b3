"""Real ports, on JACK's dummy driver: what arrives at the other end is what was sent."""

import itertools
import os
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from leap_bridge.midi import messages, ports
from leap_bridge.midi.desk import PLAY_PARAMS, Desk
from leap_bridge.midi.player import State
from leap_models.errors import BadParameter, MissingDependency
from leap_models.music.notes import Note
from leap_models.music.tempo import TempoMap

SERVER = f"leap-test-{os.getpid()}"
NOTES = tuple(Note(0.05 * index, 0.05 * index + 0.04, 48 + index % 24, 1 + index % 127) for index in range(40))
SETTINGS = {param.name: param.default for param in PLAY_PARAMS}


@pytest.fixture(scope="module")
def jack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A JACK server without a sound card, found by the ports of this process."""
    pytest.importorskip("rtmidi", reason="python-rtmidi is not installed")
    if shutil.which("jackd") is None:
        pytest.skip("jackd (Debian: jackd2) is not installed")
    log = tmp_path_factory.mktemp("jack") / "log"
    with pytest.MonkeyPatch.context() as patch, log.open("wb") as stream:
        patch.setenv("JACK_DEFAULT_SERVER", SERVER)
        patch.setenv("JACK_NO_START_SERVER", "1")
        command = ["jackd", "-r", "-S", "-t", "5000", "-n", SERVER, "-d", "dummy", "-r", "48000", "-p", "128"]
        server = subprocess.Popen(command, stdout=stream, stderr=stream)
        watch = threading.Timer(120.0, server.kill)  # what waits for JACK for ever goes on without it
        watch.start()
        try:
            _wait_for_jack(log)
            yield
        finally:
            watch.cancel()
            server.terminate()
            server.wait(10)


def _wait_for_jack(log: Path) -> None:
    for _ in range(50):
        try:
            ports.open_ports().close()
        except MissingDependency:
            time.sleep(0.1)
        else:
            return
    pytest.skip(f"jackd does not run here: {log.read_text(errors='replace')[-300:]}")


class Listener:
    """Another program, connected to a port by its name."""

    def __init__(self, name: str) -> None:
        import rtmidi

        self.heard: list[tuple[float, bytes]] = []
        self._port = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="other")
        self._port.open_port(next(index for index, port in enumerate(self._port.get_ports()) if name in port))
        self._port.set_callback(lambda event, _: self.heard.append((time.monotonic(), bytes(event[0]))))

    def close(self) -> None:
        self._port.cancel_callback()
        time.sleep(ports.FLIGHT_S)
        self._port.close_port()
        self._port.delete()


def test_what_is_played_arrives_note_for_note(jack: None, record_property: pytest.FixtureRequest):
    opened = ports.open_ports()
    other = Listener(ports.OUT)
    done = threading.Event()
    times: list[float] = []

    def tell(event: object) -> None:
        if event.state == State.PLAYING:
            times.append(time.monotonic())
        if event.state == State.PLAYED:
            done.set()

    desk = Desk(opened, time.monotonic)
    loop = threading.Thread(target=desk.run, daemon=True)
    loop.start()
    desk.play(1, SETTINGS, tell)
    desk.feed(1, NOTES, 5.0, TempoMap.steady(120))
    desk.finish(1)
    assert done.wait(20.0)
    time.sleep(0.05)
    desk.close()
    loop.join(10.0)
    other.close()
    opened.close()
    struck = [(when, message) for when, message in other.heard if message[0] == messages.NOTE_ON]
    assert [(message[1], message[2]) for _, message in struck] == [(note.pitch, note.velocity) for note in NOTES]
    late_ms = [1000 * (when - times[0] - note.start_s) for (when, _), note in zip(struck, NOTES, strict=True)]
    record_property("median_error_ms", statistics.median(map(abs, late_ms)))
    print(f"median error {statistics.median(map(abs, late_ms)):.2f} ms, largest {max(map(abs, late_ms)):.2f} ms")


def test_what_another_program_plays_comes_in_with_its_clock(jack: None):
    import rtmidi

    opened = ports.open_ports()
    heard: list[bytes] = []
    opened.listen(heard.append)
    other = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="other")
    other.open_port(next(index for index, port in enumerate(other.get_ports()) if ports.IN in port))
    sent = [bytes([messages.START]), bytes([messages.PULSE]), messages.note_on(0, 60, 90), messages.song_position(300)]
    time.sleep(0.1)
    for message in sent:
        other.send_message(message)
    for _ in itertools.takewhile(lambda _: len(heard) < len(sent), range(100)):
        time.sleep(0.02)
    other.close_port()
    other.delete()
    opened.close()
    assert heard == sent


def test_a_port_that_is_there_already_can_be_named(jack: None):
    first = ports.open_ports()
    second = ports.open_ports(out="leap in", into="leap out")
    heard: list[bytes] = []
    first.listen(heard.append)
    time.sleep(0.1)
    second.send(messages.note_on(0, 60, 90))
    for _ in itertools.takewhile(lambda _: not heard, range(100)):
        time.sleep(0.02)
    second.close()
    first.close()
    assert heard == [messages.note_on(0, 60, 90)]


def test_a_port_of_another_name_is_refused_with_those_there_are(jack: None):
    with pytest.raises(BadParameter, match="got theremin"):
        ports.open_ports(out="theremin")


def test_a_closed_port_can_be_closed_again_and_sends_nothing(jack: None):
    opened = ports.open_ports()
    opened.close()
    opened.close()
    opened.send(messages.note_on(0, 60, 90))


def test_without_a_midi_system_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    rtmidi = pytest.importorskip("rtmidi", reason="python-rtmidi is not installed")
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "nobody-has-this-name")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    monkeypatch.setattr(rtmidi, "get_compiled_api", lambda: [rtmidi.API_UNIX_JACK])
    with pytest.raises(MissingDependency, match=r"no MIDI system that can make ports runs here \(tried Jack\)"):
        ports.open_ports()
    assert capfd.readouterr().err == ""
