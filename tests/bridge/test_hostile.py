"""Whatever arrives: the reader says no, the daemon answers the next, nothing is written, nothing grows."""

import random
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hostile import packets
from hypothesis import given, settings
from hypothesis import strategies as some

from leap_bridge.daemon import Daemon
from leap_bridge.osc.addresses import FROM_DAEMON, TO_DAEMON
from leap_bridge.osc.client import Client
from leap_bridge.osc.codec import Message, decode, encode, frame
from leap_bridge.settings import Limits
from leap_models.errors import BadMessage, LeapError

COUNT = 4000
LONGEST = 500  # characters of a refusal
STEADY = settings(max_examples=40, deadline=None, derandomize=True, database=None)
ARGUMENTS = some.integers(-(2**31), 2**31 - 1) | some.floats(width=32) | some.text(max_size=50)
ADDRESSES = some.sampled_from([*TO_DAEMON, *FROM_DAEMON, "/leap/nothing"])
MESSAGES = some.builds(Message, ADDRESSES, some.lists(ARGUMENTS, max_size=12).map(tuple))


def refusal(call: Callable[[], object]) -> LeapError | None:
    """What a call refuses; None if it does not."""
    try:
        call()
    except LeapError as error:
        return error
    return None


@STEADY
@given(some.binary(max_size=300))
def test_any_bytes_are_read_or_refused(packet: bytes):
    error = refusal(lambda: decode(packet))
    assert error is None or (isinstance(error, BadMessage) and len(str(error)) < LONGEST)


@STEADY
@given(MESSAGES, some.integers(0), some.integers(0, 255))
def test_a_message_with_a_changed_byte_is_read_or_refused(message: Message, place: int, byte: int):
    if refusal(lambda: encode(message)) is None:
        packet = bytearray(encode(message))
        packet[place % len(packet)] = byte
        error = refusal(lambda: decode(bytes(packet)))
        assert error is None or (isinstance(error, BadMessage) and len(str(error)) < LONGEST)


@STEADY
@given(MESSAGES)
def test_what_is_written_is_read(message: Message):
    if refusal(lambda: encode(message, exact=True)) is None:
        assert repr(decode(encode(message, exact=True))) == repr((message,))


@STEADY
@given(MESSAGES)
def test_any_arguments_are_read_or_refused(message: Message):
    address = TO_DAEMON.get(message.address)
    if address is not None:
        error = refusal(lambda: address.read(message.arguments))
        assert error is None or error.code in ("bad_message", "bad_parameter")


@pytest.fixture
def besieged(serve: Callable[..., Daemon]) -> Daemon:
    """A daemon that lets everybody say as much as they like, so that every packet is looked at."""
    return serve(limits=Limits(packets_per_s=1_000_000))


@pytest.fixture
def attacker() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attacker:
        yield attacker


def attack(attacker: socket.socket, daemon: Daemon, client: Client, seed: int) -> None:
    """Send them all, and see every now and then that the daemon answers."""
    for index, packet in enumerate(packets(COUNT, seed)):
        attacker.sendto(packet, ("127.0.0.1", daemon.port))
        if index % 50 == 0:
            assert client.hello().address == "/leap/welcome"


def test_the_daemon_answers_through_thousands_of_hostile_packets(
    besieged: Daemon, attacker: socket.socket, home: Path, caplog: pytest.LogCaptureFixture
):
    with Client("127.0.0.1", besieged.port, "test", patience_s=20.0) as client:
        before = {path for path in home.rglob("*") if path.name != "__pycache__"}
        attack(attacker, besieged, client, seed=1)
        assert {path for path in home.rglob("*") if path.suffix != ".log"} <= before
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


def test_answers_go_to_no_other_host(besieged: Daemon, attacker: socket.socket, monkeypatch: pytest.MonkeyPatch):
    hosts: set[str] = set()
    send = type(besieged._udp).send
    monkeypatch.setattr(
        type(besieged._udp), "send", lambda self, host, port, packet: (hosts.add(host), send(self, host, port, packet))
    )
    with Client("127.0.0.1", besieged.port, "test", patience_s=20.0) as client:
        for packet in packets(300, seed=random.randrange(2**30)):
            attacker.sendto(packet, ("127.0.0.1", besieged.port))
        client.hello()
    assert hosts == {"127.0.0.1"}



def test_nobody_else_can_say_goodbye(daemon: Daemon, client: Client, attacker: socket.socket):
    attacker.sendto(encode(Message("/leap/bye", (1,))), ("127.0.0.1", daemon.port))
    assert client.ask("/leap/status").arguments[2] == 1


def test_nobody_else_s_goodbye_cancels_a_job(
    daemon: Daemon, client: Client, attacker: socket.socket, music: Callable[[float], Path]
):
    job = int(client.arrange(str(music(3.0)), 0.0, 0.0, 3.0, 7, model="toy", fault="slow").arguments[1])
    attacker.sendto(encode(Message("/leap/bye", (1,))), ("127.0.0.1", daemon.port))
    assert client.last_word(job).address == "/leap/done"


def test_the_mailbox_outlives_hostile_files(daemon: Daemon, client: Client):
    folder = daemon.settings.mailbox_folder
    for number, packet in enumerate(packets(200, seed=3)):
        body = packet if number % 2 else frame([packet])
        unfinished = folder / "unfinished"
        unfinished.write_bytes(body)
        unfinished.rename(folder / f"attacker.{number}.request")
    asked = [encode(Message("/leap/hello", (76, 0, "attacker", 1))), encode(Message("/leap/models", (77,)))]
    (folder / "unfinished").write_bytes(frame(asked))
    (folder / "unfinished").rename(folder / "attacker.9999.request")
    answers, until_s = folder / "attacker.replies", time.monotonic() + 20.0
    while not answers.exists() or b"/leap/model\0" not in answers.read_bytes():
        assert time.monotonic() < until_s
        time.sleep(0.05)
    assert client.hello().address == "/leap/welcome"
