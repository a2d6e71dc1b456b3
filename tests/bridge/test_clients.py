"""Who may talk to the daemon, how much, and where answers go."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bridge_raw import Raw

from leap_bridge.daemon import Daemon
from leap_bridge.osc.clients import MOST_ROUTES, Client, Clients, Place
from leap_bridge.osc.codec import Message
from leap_bridge.osc.parts import Parts
from leap_bridge.osc.server import Pace, Paces
from leap_bridge.settings import Limits, Settings
from leap_models import registry
from leap_models.errors import BadParameter, PortTaken

Serve = Callable[..., Daemon]
Music = Callable[..., Path]
Meet = Callable[[Daemon], Raw]


@pytest.fixture
def meet() -> Iterator[Meet]:
    """Makes clients of a daemon that have not said hello."""
    made: list[Raw] = []

    def make(daemon: Daemon) -> Raw:
        made.append(Raw(daemon.port))
        return made[-1]

    yield make
    for raw in made:
        raw.close()


@pytest.fixture
def strangers(daemon: Daemon, meet: Meet) -> Callable[[], Raw]:
    return lambda: meet(daemon)


def test_a_hello_is_answered_with_the_session(daemon: Daemon, strangers: Callable[[], Raw]):
    welcome = strangers().hello()
    assert welcome.arguments[:2] == (1, 1)
    assert welcome.arguments[4] == daemon.endpoint.session


def test_answers_go_to_the_port_that_the_hello_named(strangers: Callable[[], Raw]):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        raw = strangers()
        raw.hello(reply_port=raw.port, through=sending)
        raw.send("/leap/models", 2, through=sending)
        assert raw.wait("/leap/model").arguments[0] == 2


def test_a_client_that_sends_from_a_new_port_each_time_is_known_while_it_is_alone(strangers: Callable[[], Raw]):
    raw = strangers()
    for request, address in enumerate(("/leap/hello", "/leap/models", "/leap/models"), 1):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
            more = (raw.port, "oscsend", 1, "") if address == "/leap/hello" else ()
            raw.send(address, request, *more, through=sending)
    models = len(registry.available())
    assert [raw.wait("/leap/model").arguments[0] for _ in range(2 * models)] == [2] * models + [3] * models


def test_each_client_hears_of_its_own_jobs_only(strangers: Callable[[], Raw], music: Music):
    path, jobs = str(music(2.0)), []
    raws = [strangers(), strangers()]
    for raw in raws:
        raw.hello()
    for raw in raws:
        raw.send("/leap/arrange", 5, path, 0.0, 0.0, 3.0, 7, "model", "toy")
    for raw in raws:
        heard = raw.until("/leap/done")
        jobs.append({message.arguments[0] for message in heard if message.address == "/leap/notes"})
    assert len(jobs[0]) == len(jobs[1]) == 1
    assert jobs[0] != jobs[1]


def test_without_a_hello_nothing_is_done(strangers: Callable[[], Raw]):
    raw = strangers()
    raw.send("/leap/models", 5)
    assert raw.wait("/leap/error").arguments[:3] == (5, 0, "no_hello")


def test_another_protocol_is_refused(strangers: Callable[[], Raw]):
    raw = strangers()
    raw.send("/leap/hello", 5, 0, "future", 2, "")
    assert raw.wait("/leap/error").arguments[:3] == (5, 0, "wrong_protocol")


def test_unknown_address_gets_an_error_reply_with_the_request_number(raw: Raw):
    raw.send("/leap/dance", 6)
    assert raw.wait("/leap/error").arguments[:3] == (6, 0, "bad_message")


def test_an_error_is_never_answered_with_an_error(raw: Raw):
    raw.send("/leap/error", 6, 0, "bad_message", "there is no address /leap/error")
    assert raw.silent()


def test_too_few_arguments_get_an_error_reply_with_what_is_wanted(raw: Raw):
    raw.send("/leap/arrange", 6, "/song.wav")
    assert "request path start_s end_s difficulty seed" in raw.wait("/leap/error").arguments[3]


@pytest.mark.parametrize("packet", [b"", b"nonsense", b"/leap/models", b"#bundle\0" + bytes(8) + b"\xff" * 8])
def test_a_damaged_packet_gets_an_error_reply(raw: Raw, packet: bytes):
    raw.send_bytes(packet)
    assert raw.wait("/leap/error").arguments[2] == "bad_message"


def test_whole_numbers_may_come_as_floats(raw: Raw):
    raw.send("/leap/models", 5.0)
    assert raw.wait("/leap/model").arguments[0] == 5


def test_a_client_that_says_goodbye_takes_its_jobs_along(raw: Raw, daemon: Daemon, music: Music):
    raw.send("/leap/arrange", 5, str(music(60.0)), 0.0, 0.0, 3.0, 7, "model", "toy", "fault", "slow")
    raw.wait("/leap/window")
    raw.send("/leap/bye", 6)
    assert waited(lambda: not daemon.service.live())


def test_a_silent_client_takes_its_jobs_along(serve: Serve, meet: Meet, music: Music, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leap_bridge.osc.clients.HEARTBEAT_S", 0.5)
    daemon = serve()
    raw = meet(daemon)
    raw.hello()
    raw.send("/leap/arrange", 5, str(music(60.0)), 0.0, 0.0, 3.0, 7, "model", "toy", "fault", "slow")
    raw.wait("/leap/accepted")
    assert raw.wait("/leap/cancelled", timeout_s=5.0)


def test_a_silent_client_that_asked_for_it_gets_its_jobs_done(
    serve: Serve, meet: Meet, music: Music, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("leap_bridge.osc.clients.HEARTBEAT_S", 0.2)
    raw = meet(serve())
    raw.hello("stay", 1)
    raw.send("/leap/arrange", 5, str(music(10.0)), 0.0, 0.0, 3.0, 7, "model", "toy", "fault", "slow")
    assert raw.wait("/leap/done", "/leap/cancelled").address == "/leap/done"


def test_there_is_room_for_so_many_clients_only(serve: Serve, meet: Meet):
    daemon = serve(limits=Limits(clients=1))
    first, second = meet(daemon), meet(daemon)
    first.hello()
    second.send("/leap/hello", 2, 0, "second", 1, "")
    assert second.wait("/leap/error").arguments[2] == "busy"


def test_a_full_queue_says_so(serve: Serve, meet: Meet, music: Music):
    raw = meet(serve(limits=Limits(queue_per_client=1)))
    raw.hello()
    path = str(music(60.0))
    for request in (5, 6, 7):
        raw.send("/leap/arrange", request, path, 0.0, 0.0, 3.0, 7, "model", "toy", "fault", "slow")
        if request == 5:
            raw.wait("/leap/progress")
    assert raw.wait("/leap/error").arguments[:3] == (7, 0, "busy")


def test_whoever_sends_too_much_is_told_once_and_then_dropped(serve: Serve, meet: Meet):
    raw = meet(serve(limits=Limits(packets_per_s=5)))
    raw.hello()
    for request in range(100, 160):
        raw.send("/leap/need", request, 99, 0)
    codes = [message.arguments[2] for message in iter_all(raw)]
    assert codes.count("busy") == 1
    assert len(codes) < 20


def test_a_sender_may_go_on_after_a_while():
    now_s = 0.0
    paces = Paces(10, lambda: now_s)
    first = [paces.of(("a", 1)) for _ in range(25)]
    now_s = 1.0
    assert first.count(Pace.GOOD) == 20
    assert first.count(Pace.JUST_TOO_FAST) == 1
    assert paces.of(("a", 1)) == Pace.GOOD
    assert paces.of(("b", 1)) == Pace.GOOD


@pytest.mark.parametrize(("pairs", "answered"), [(("token", "xyzzy"), True), (("token", "plugh"), False), ((), False)])
def test_a_token_is_needed_where_there_is_one(serve: Serve, meet: Meet, pairs: tuple[str, ...], answered: bool):
    raw = meet(serve(token="xyzzy"))
    raw.send("/leap/hello", 1, 0, "raw", 1, "", *pairs)
    assert bool(list(raw.receive(0.5))) is answered


def test_without_the_token_nothing_is_answered(serve: Serve, meet: Meet):
    raw = meet(serve(token="xyzzy"))
    raw.send("/leap/models", 1)
    raw.send_bytes(b"junk")
    assert raw.silent()


def test_another_host_needs_a_token():
    with pytest.raises(BadParameter, match="needs a token"):
        Settings(host="0.0.0.0")


def test_a_reply_never_goes_to_another_host():
    place = Place(carrier=None, host="10.1.2.3", port=7)  # type: ignore[arg-type]
    assert place.answering(9000) == Place(None, "10.1.2.3", 9000)  # type: ignore[arg-type]


def test_a_taken_port_is_said_to_be_taken(toys: None):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        with pytest.raises(PortTaken, match="cannot listen on"):
            Daemon(Settings(port=other.getsockname()[1]))


def test_ports_that_a_client_sent_from_are_not_remembered_for_ever():
    clients = Clients(1)
    for port in range(100):
        clients.welcome(Place(Nowhere(), "h", port), 9000, "oscsend", False)
    assert len(clients._routes) == MOST_ROUTES
    assert clients.known(Place(Nowhere(), "h", 99)) is not None


def test_tempo_maps_of_a_client_are_bounded():
    client = Client(Place(Nowhere(), "h", 1), "c", False, 0.0)
    anchors = tuple((float(beat), float(beat)) for beat in range(9000))
    for number in (1, 2, 3):
        client.maps.take(number, 0, Parts({0: anchors}, 1, (4, 0.0)))
    assert set(client.maps.kept) == {2, 3}
    for part in range(2):
        client.maps.take(4, part, Parts({part: anchors}, 4, (4, 0.0)))
    with pytest.raises(BadParameter, match="20000 anchors"):
        client.maps.take(4, 2, Parts({2: anchors}, 4, (4, 0.0)))


def test_whoever_left_is_not_known_any_more():
    clients = Clients(1)
    client = clients.welcome(Place(Nowhere(), "h", 7), 0, "c", False)
    clients.leave(client)
    assert not clients.here(client)
    assert clients.known(Place(Nowhere(), "h", 7)) is None


class Nowhere:
    name = "nowhere"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Nowhere)

    def __hash__(self) -> int:
        return 0


def test_a_request_may_be_used_again_after_a_while():
    client = Client(Place(None, "h", 1), "c", False, 0.0)  # type: ignore[arg-type]
    message = Message("/leap/arrange", (1, "a"))
    assert client.again(message, 0.0) is None
    assert client.again(message, 30.0) is not None
    assert client.again(message, 61.0) is None


def waited(so: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    until_s = time.monotonic() + timeout_s
    while not so() and time.monotonic() < until_s:
        time.sleep(0.02)
    return so()


def iter_all(raw: Raw) -> Iterator[Message]:
    while messages := raw.receive(0.5):
        yield from messages
