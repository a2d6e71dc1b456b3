"""Who talks to the daemon: where their packets come from, where answers go, what they were answered."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from leap_bridge.osc.addresses import HEARTBEAT_S, Read
from leap_bridge.osc.codec import Message, encode
from leap_bridge.osc.parts import Score, Sent, score_of, tempo_of
from leap_models.errors import Busy, NoHello
from leap_models.music.tempo import TempoMap

AGAIN_S = 60.0  # for so long the same request with the same number is not a new one
MOST_ANSWERED = 64
MOST_ROUTES = 8  # ports that a client sends from
MOST_ANCHORS = 20_000  # of all maps of a client
MOST_NOTES = 200_000  # of all its scores


class Carrier(Protocol):
    """Brings packets: UDP, or the mailbox."""

    name: str

    def send(self, host: str, port: int, packet: bytes) -> None:
        """Bring one to a client; what cannot be delivered is lost."""

    def ended(self, host: str, request: int) -> None:
        """The job that a request became has said its last word."""


@dataclass(frozen=True)
class Place:
    """Where packets come from or go to.

    Args:
        host, port: of UDP; in the mailbox the client's name and 0.
    """

    carrier: Carrier
    host: str
    port: int

    def answering(self, port: int) -> "Place":
        """The same host, where a hello asks to be answered. Never another host."""
        return Place(self.carrier, self.host, port) if port else self

    def send(self, message: Message) -> None:
        """Bring a message there."""
        self.carrier.send(self.host, self.port, encode(message))

    def __str__(self) -> str:
        return f"{self.carrier.name}:{self.host}:{self.port}"


@dataclass
class Answer:
    """What a request was answered; None: nothing yet. `unwanted`: its job is to stop as soon as there is one."""

    asked_s: float
    message: Message | None = None
    unwanted: bool = False


@dataclass
class Client:
    """Somebody who said hello.

    Args:
        place: where answers go.
        stay: jobs go on when it is silent.
        seen_s: when it was heard last.
        routes: where it said hello from, the latest last.
    """

    place: Place
    name: str
    stay: bool
    seen_s: float
    routes: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_ROUTES))
    answered: OrderedDict[Message, Answer] = field(default_factory=OrderedDict)
    maps: Sent = field(default_factory=lambda: Sent("tempo", "a map", "anchors", MOST_ANCHORS))
    scores: Sent = field(default_factory=lambda: Sent("score", "a score", "notes", MOST_NOTES))

    @property
    def key(self) -> str:
        """What jobs know it by."""
        return str(self.place)

    def again(self, message: Message, now_s: float) -> Answer | None:
        """The answer to the same request, if it came before; else it is noted as new."""
        answer = self.answered.get(message)
        if answer is not None and now_s - answer.asked_s < AGAIN_S:
            return answer
        self.answered[message] = Answer(now_s)
        self.answered.move_to_end(message)
        while len(self.answered) > MOST_ANSWERED:
            self.answered.popitem(last=False)
        return None

    def forgo(self) -> None:
        """What was asked and not answered yet is not wanted any more."""
        for answer in self.answered.values():
            answer.unwanted |= answer.message is None

    def wants(self, message: Message) -> bool:
        """Whether what was asked is still wanted."""
        return message not in self.answered or not self.answered[message].unwanted

    def tempo(self, number: int) -> TempoMap:
        """A tempo map that it gave.

        Raises:
            BadParameter: it did not, or parts are missing, or its anchors do not rise.
        """
        return tempo_of(self.maps.whole(number))

    def score(self, number: int) -> Score:
        """A score that it gave.

        Raises:
            BadParameter: it did not, or parts are missing.
        """
        return score_of(self.scores.whole(number))


@dataclass(frozen=True)
class Ask:
    """A message that a client sent."""

    client: Client
    message: Message
    read: Read

    @property
    def request(self) -> int:
        """Its number."""
        return self.read.whole("request")


class Clients:
    """Those who said hello not long ago."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._clients: dict[str, Client] = {}  # by where answers go
        self._routes: dict[str, str] = {}  # where packets come from -> where answers go

    def __len__(self) -> int:
        return len(self._clients)

    def welcome(self, place: Place, reply_port: int, name: str, stay: bool) -> Client:
        """Somebody said hello, perhaps not for the first time.

        Raises:
            Busy: there are too many already.
        """
        answer_to = place.answering(reply_port)
        client = self._clients.get(str(answer_to))
        if client is None:
            if len(self._clients) >= self._most:
                raise Busy(f"{len(self._clients)} clients are here already, which is as many as there may")
            client = self._clients[str(answer_to)] = Client(answer_to, name, stay, self._clock())
        client.name, client.stay, client.seen_s = name, stay, self._clock()
        self._route(client, str(place))
        return client

    def here(self, client: Client) -> bool:
        """Whether somebody has not left."""
        return self._clients.get(client.key) is client

    def _route(self, client: Client, place: str) -> None:
        if self._routes.get(place) == client.key:
            return
        if len(client.routes) == MOST_ROUTES and self._routes.get(client.routes[0]) == client.key:
            del self._routes[client.routes[0]]
        client.routes.append(place)
        self._routes[place] = client.key

    def known(self, place: Place) -> Client | None:
        """Who said hello from exactly there."""
        return self._clients.get(self._routes.get(str(place), ""))

    def of(self, place: Place, guess: bool = True) -> Client:
        """Who sends from there.

        Args:
            guess: one who sends from a new port each time is known by being the only one of its host.

        Raises:
            NoHello: nobody who said hello does.
        """
        key = self._routes.get(str(place))
        if key is None:
            near = [each for each in self._clients.values() if each.place.host == place.host]
            if not guess or len(near) != 1 or near[0].place.carrier is not place.carrier:
                raise NoHello("say /leap/hello first, from the port that you will send from")
            key = near[0].key
        client = self._clients[key]
        client.seen_s = self._clock()
        return client

    def silent(self) -> list[Client]:
        """Those who were not heard for long."""
        oldest_s = self._clock() - HEARTBEAT_S
        return [client for client in self._clients.values() if client.seen_s < oldest_s]

    def leave(self, client: Client) -> None:
        """Forget somebody."""
        self._clients.pop(client.key, None)
        self._routes = {place: key for place, key in self._routes.items() if key != client.key}
