"""MIDI as a client of the daemon has it: playing, following, turning, recording."""

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leap_bridge.daemon import Daemon
from leap_bridge.midi import messages
from leap_bridge.midi.ports import RecordingPorts
from leap_bridge.osc.client import Client
from leap_bridge.osc.codec import Message
from leap_models.errors import BadParameter, MissingDependency, UnknownJob
from leap_models.music import midi

Music = Callable[..., Path]


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> RecordingPorts:
    """What the daemon opens instead of real ports."""
    ports = RecordingPorts()
    monkeypatch.setattr("leap_bridge.service.open_ports", lambda out, into: ports)
    return ports


@pytest.fixture
def daemon(ports: RecordingPorts, serve: Callable[..., Daemon]) -> Daemon:
    return serve(midi=True)


def wait_for(condition: Callable[[], object], timeout_s: float = 20.0) -> None:
    until_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.01)


def done(client: Client, music: Music, seconds: float = 2.0, **pairs: object) -> Message:
    """The last word of a job."""
    job = client.arrange(str(music(seconds)), 0.0, 0.0, 3.0, 7, model="toy", **pairs).arguments[1]
    return client.last_word(job)


def states(client: Client, request: int, last: str) -> list[str]:
    """What /leap/playing says, until it says `last`."""
    heard: list[str] = []
    while not heard or heard[-1] != last:
        answer = client._next(request)
        if answer is not None:
            heard.append(str(answer.arguments[2]))
        assert len(heard) < 20
    return heard


def struck(ports: RecordingPorts) -> list[tuple[int, int]]:
    return [(each.message[1], each.message[2]) for each in ports.sent if each.message[0] >> 4 == 9]


def silenced(ports: RecordingPorts) -> bool:
    """Whether every channel that was played on was told to be silent, and nothing came afterwards."""
    said = [each.message for each in ports.sent]
    used = {message[0] & 15 for message in said if message[0] >> 4 == 9}
    offs = [messages.control(channel, messages.ALL_NOTES_OFF, 0) for channel in used]
    return bool(offs) and set(offs) <= set(said) and said[-1] in offs


def test_a_job_is_played_note_for_note(client: Client, music: Music, ports: RecordingPorts):
    last = done(client, music)
    request = client.send("/leap/play", last.arguments[0])
    assert states(client, request, "played")[-2:] == ["playing", "played"]
    notes = midi.read(str(last.arguments[4])).notes
    assert sorted(struck(ports)) == sorted((note.pitch, note.velocity) for note in notes)


def test_playing_begins_before_the_job_is_done(client: Client, music: Music, ports: RecordingPorts):
    job = client.arrange(str(music(20.0)), 0.0, 0.0, 3.0, 7, model="toy", fault="slow", steps=1).arguments[1]
    request = client.send("/leap/play", job)
    states(client, request, "playing")
    assert client.ask("/leap/status", job).arguments[4] == "running"
    client.cancel(int(job))


def test_cancelling_a_job_silences_it(client: Client, music: Music, ports: RecordingPorts):
    job = client.arrange(str(music(30.0)), 0.0, 0.0, 3.0, 7, model="toy", fault="slow", steps=1).arguments[1]
    request = client.send("/leap/play", job)
    states(client, request, "playing")
    wait_for(lambda: struck(ports))
    client.cancel(int(job))
    states(client, request, "stopped")
    assert silenced(ports)


def test_stop_silences(client: Client, music: Music, ports: RecordingPorts):
    last = done(client, music, 20.0)
    request = client.send("/leap/play", last.arguments[0])
    states(client, request, "playing")
    assert client.ask("/leap/stop").arguments[2] == "stopped"
    assert states(client, request, "stopped")[-1] == "stopped"


def test_a_job_follows_the_host_s_clock(client: Client, music: Music, ports: RecordingPorts):
    last = done(client, music)
    request = client.send("/leap/play", last.arguments[0], "follow", 1)
    states(client, request, "waiting")
    assert ports.take is not None
    ports.take(bytes([messages.START]))
    for _ in range(30):
        ports.take(bytes([messages.PULSE]))
        time.sleep(0.005)
    assert struck(ports)


def test_the_daemon_s_end_silences(client: Client, music: Music, ports: RecordingPorts, daemon: Daemon):
    last = done(client, music, 20.0)
    states(client, client.send("/leap/play", last.arguments[0]), "playing")
    wait_for(lambda: struck(ports))
    daemon.service.close()
    assert ports.closed
    assert silenced(ports)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [(("tempo", 3), "no parameter tempo; it has: follow, channel, from_s"), (("channel", 17), "channel must be")],
)
def test_what_cannot_be_wished_is_said(client: Client, music: Music, pairs: tuple[object, ...], said: str):
    last = done(client, music)
    with pytest.raises(BadParameter, match=said):
        client.ask("/leap/play", last.arguments[0], *pairs)


def test_a_job_that_is_not_there_cannot_be_played(client: Client):
    with pytest.raises(UnknownJob):
        client.ask("/leap/play", 12345)


def test_a_controller_turns_the_difficulty(client: Client, music: Music, ports: RecordingPorts):
    turned = client.ask("/leap/map", 20, "toy", "difficulty")
    assert turned.arguments[1:] == (20, "toy", "difficulty", 3.0)
    assert ports.take is not None
    ports.take(messages.control(0, 20, 127))
    moved = next(filter(None, (client._next(int(turned.arguments[0])) for _ in itertools.count())))
    assert moved.arguments[4] == 5.0


def test_the_knob_counts_where_the_request_says_nothing(client: Client, music: Music, ports: RecordingPorts):
    client.ask("/leap/map", 20, "toy", "difficulty")
    assert ports.take is not None
    ports.take(messages.control(0, 20, 127))
    path = str(music(2.0))
    hard = client.last_word(int(client.arrange(path, 0.0, 0.0, 5.0, 7, model="toy").arguments[1]))
    easy = client.last_word(int(client.arrange(path, 0.0, 0.0, 1.0, 7, model="toy").arguments[1]))
    knob = client.last_word(int(client.arrange(path, 0.0, 0.0, 0.0, 7, model="toy").arguments[1]))
    assert easy.arguments[2] < knob.arguments[2] == hard.arguments[2]


def test_a_controller_can_be_let_go(client: Client, ports: RecordingPorts, daemon: Daemon):
    client.ask("/leap/map", 20, "toy", "difficulty")
    client.ask("/leap/map", 20)
    assert ports.take is not None
    ports.take(messages.control(0, 20, 127))
    assert daemon.service.stage.knobs("toy") == {}


def test_a_parameter_that_is_not_there_cannot_be_turned(client: Client):
    with pytest.raises(BadParameter, match="toy has no parameter swing"):
        client.ask("/leap/map", 20, "toy", "swing")


def test_what_is_played_in_becomes_a_file(client: Client, ports: RecordingPorts):
    assert client.ask("/leap/record", 1).arguments[1] == 1
    assert ports.take is not None
    ports.take(messages.note_on(0, 60, 90))
    ports.take(messages.note_off(0, 60))
    recorded = client.ask("/leap/record", 0)
    assert recorded.arguments[3] == 1
    assert [note.pitch for note in midi.read(str(recorded.arguments[2])).notes] == [60]


def test_an_empty_recording_is_refused(client: Client):
    client.ask("/leap/record", 1)
    with pytest.raises(BadParameter, match="nothing was played"):
        client.ask("/leap/record", 0)


def test_without_midi_everything_else_goes_on(
    serve: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch, music: Music, caplog: pytest.LogCaptureFixture
):
    def missing(out: str, into: str) -> RecordingPorts:
        raise MissingDependency("no MIDI system that can make ports runs here")

    monkeypatch.setattr("leap_bridge.service.open_ports", missing)
    with Client("127.0.0.1", serve(midi=True).port, "test") as client:
        last = done(client, music)
        assert last.address == "/leap/done"
        for _ in range(2):
            with pytest.raises(MissingDependency, match="no MIDI system"):
                client.ask("/leap/play", last.arguments[0])
    assert sum("no MIDI system" in record.message for record in caplog.records) == 1
