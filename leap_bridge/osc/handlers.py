"""What the daemon does with each address. Carriers bring packets here; answers go where the client's hello said."""

import hmac
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from leap_bridge.jobs import Job
from leap_bridge.orders import OPTIONS, Wish
from leap_bridge.osc import midi_handlers, replies
from leap_bridge.osc.addresses import HELLO_KEYS, LAST_WORD, ONCE, PROTOCOL, TO_DAEMON, Read
from leap_bridge.osc.clients import Ask, Client, Clients, Place
from leap_bridge.osc.codec import Message, decode
from leap_bridge.osc.parts import Parts, Sent
from leap_bridge.osc.talk import LastWord, Talk
from leap_bridge.service import Service
from leap_models import registry
from leap_models.errors import BadMessage, BadParameter, InternalError, LeapError, WrongProtocol

log = logging.getLogger(__name__)
POSITIONS_S = 1.0  # between two messages about the queue
FIRST_MODEL = "leap"  # what /leap/arrange takes without the key `model`


class Handlers:
    """Turns messages into calls of the service, and what it says into messages."""

    def __init__(self, service: Service, token: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._service, self._token, self._clock = service, token, clock
        self._clients = Clients(service.settings.limits.clients, clock)
        self._lock = threading.RLock()
        self._told_s = float("-inf")
        self._handlers: dict[str, Callable[[Ask], Iterable[Message]]] = {
            "/leap/bye": self._on_bye,
            "/leap/models": self._on_models,
            "/leap/describe": self._on_describe,
            "/leap/tracks": self._on_tracks,
            "/leap/tempo": self._on_tempo,
            "/leap/score": self._on_score,
            "/leap/arrange": self._on_arrange,
            "/leap/run": self._on_run,
            "/leap/status": self._on_status,
            "/leap/cancel": self._on_cancel,
            "/leap/need": self._on_need,
            **{path: partial(handler, service) for path, handler in midi_handlers.HANDLERS.items()},
        }

    def receive(self, packet: bytes, place: Place) -> None:
        """Do what a packet asks for; whatever is wrong with it is told to its sender, if it may know of us."""
        try:
            messages = decode(packet)
        except BadMessage as error:
            self.refuse(place, 0, error)
            return
        for message in messages:
            try:
                self._take(message, place)
            except LeapError as error:
                self._give_up(place, message, error)
            except Exception as error:
                log.exception("a bug in what %s does", message.address)
                self._give_up(place, message, InternalError(f"{type(error).__name__}: {error}"))

    def _give_up(self, place: Place, message: Message, error: LeapError) -> None:
        self.refuse(place, request_of(message), error)
        place.carrier.ended(place.host, request_of(message))

    def tick(self) -> None:
        """Called now and then: tell who waits how long, and let go of clients who are silent, and of their jobs."""
        if self._clock() - self._told_s >= POSITIONS_S:
            self._told_s = self._clock()
            self._service.tell_positions()
        with self._lock:
            for client in self._clients.silent():
                if not (client.stay and self._jobs_of(client)):
                    self._let_go(client, "is silent")

    def _jobs_of(self, client: Client) -> list[Job]:
        return [job for job in self._service.live() if job.owner == client.key]

    def _let_go(self, client: Client, why: str) -> None:
        jobs = [] if client.stay else self._jobs_of(client)
        log.info("%s (%s) %s; %d jobs are cancelled", client.key, client.name, why, len(jobs))
        self._clients.leave(client)
        for job in jobs:
            self._service.cancel(job.number)

    def _take(self, message: Message, place: Place) -> None:
        if message.address == "/leap/error":
            return  # or two who take each other for a client would answer for ever
        address = TO_DAEMON.get(message.address)
        if address is None:
            raise BadMessage(f"there is no address {message.address[:64]!r}; known are {', '.join(TO_DAEMON)}")
        with self._lock:
            if message.address == "/leap/hello":
                self._greet(place, address.read(message.arguments))
                return
            client = self._clients.of(place, guess=message.address != "/leap/bye")  # only it itself can leave
            if message.address in ONCE:
                answer = client.again(message, self._clock())
                if answer is not None:
                    self._answer_again(client, message, answer.message)
                    return
            try:
                read = address.read(message.arguments)
                for reply in self._handlers[message.address](Ask(client, message, read)):
                    client.place.send(reply)
            except LeapError as error:
                self._answer(client, message, replies.error(request_of(message), _job_of(message), error))

    def refuse(self, place: Place, request: int, error: LeapError) -> None:
        """Say no to somebody; with a token only to those who said it."""
        with self._lock:
            client = self._clients.known(place)
            if client is None and self._token:
                log.warning("%s sent something without a hello with the token", place)
                return
            (client.place if client else place).send(replies.error(request, 0, error))

    def _answer(self, client: Client, message: Message, reply: Message) -> None:
        """Answer a request, and the same again when it comes again."""
        with self._lock:
            if message in client.answered:
                client.answered[message].message = reply
        client.place.send(reply)
        if reply.address == "/leap/error" and message.address in ONCE:
            client.place.carrier.ended(client.place.host, request_of(message))

    def _answer_again(self, client: Client, message: Message, reply: Message | None) -> None:
        """A request came twice: it is done once."""
        if reply is None:
            return  # its answer is still to come
        client.place.send(reply)
        live = {job.number for job in self._service.live()}
        if reply.address == "/leap/error" or reply.arguments[1] not in live:
            client.place.carrier.ended(client.place.host, request_of(message))

    def _greet(self, place: Place, read: Read) -> None:
        try:
            self._on_hello(place, read)
        except LeapError as error:
            self.refuse(place.answering(read.whole("reply_port")), read.whole("request"), error)

    def _on_hello(self, place: Place, read: Read) -> None:
        keys = {name: param.check(read.pairs.get(name, param.default)) for name, param in HELLO_KEYS.items()}
        if not hmac.compare_digest(str(keys["token"]).encode(), self._token.encode()):
            log.warning("%s said hello with a wrong token", place)
            return
        unknown = set(read.pairs) - set(HELLO_KEYS)
        if unknown:
            raise BadParameter(f"hello has the keys {', '.join(HELLO_KEYS)}, got {', '.join(sorted(unknown))[:80]}")
        if read.whole("protocol") != PROTOCOL:
            raise WrongProtocol(f"this daemon speaks protocol {PROTOCOL}, the client {read.whole('protocol')}")
        known = len(self._clients)
        client = self._clients.welcome(place, read.whole("reply_port"), read.text("client")[:64], bool(keys["stay"]))
        if len(self._clients) > known:
            log.info("hello from %s: %s, build %s", client.key, client.name, read.text("build")[:64])
        client.place.send(replies.welcome(read.whole("request"), self._service.session))

    def _on_bye(self, ask: Ask) -> Iterable[Message]:
        self._let_go(ask.client, "left")
        return ()

    def _on_models(self, ask: Ask) -> Iterable[Message]:
        return replies.models(ask.request, [registry.describe(name) for name in registry.available()])

    def _on_describe(self, ask: Ask) -> Iterable[Message]:
        return replies.describe(ask.request, registry.describe(ask.read.text("model")))

    def _on_tracks(self, ask: Ask) -> Iterable[Message]:
        return replies.tracks(ask.request, registry.describe(ask.read.text("model")))

    def _on_tempo(self, ask: Ask) -> Iterable[Message]:
        bar = tuple(ask.read.number(name) for name in ("beats_per_bar", "downbeat"))
        yield self._take_part(ask, ask.client.maps, "map", bar)

    def _on_score(self, ask: Ask) -> Iterable[Message]:
        yield self._take_part(ask, ask.client.scores, "score", ())

    def _take_part(self, ask: Ask, sent: Sent, name: str, told: tuple[float, ...]) -> Message:
        """A part of what does not fit into one message; the answer to it."""
        address, numbers = TO_DAEMON[ask.message.address], [float(value) for value in ask.read.rest]
        width = len(address.rest)
        rows = tuple(tuple(numbers[first : first + width]) for first in range(0, len(numbers), width))
        number, part, count = (ask.read.whole(each) for each in (name, "part", "parts"))
        missing = sent.take(number, part, Parts({part: rows}, count, told))
        return Message(address.path, (ask.request, number, missing))

    def _on_arrange(self, ask: Ask) -> Iterable[Message]:
        values = dict(ask.read.pairs)
        model = str(values.pop("model", FIRST_MODEL))
        for name in ("start_s", "end_s", "difficulty", "seed"):
            if name in values:
                raise BadParameter(f"{name} is an argument of /leap/arrange, not a key")
            values[name] = ask.read.named[name]
        if not values["difficulty"]:
            del values["difficulty"]  # as its knob stands, or the model's own
        target = str(values.pop("target", ""))
        return self._order(ask, Wish(model, ask.read.text("path"), target, values))

    def _on_run(self, ask: Ask) -> Iterable[Message]:
        wish = Wish(ask.read.text("model"), ask.read.text("source"), ask.read.text("target"), ask.read.pairs)
        return self._order(ask, wish)

    def _order(self, ask: Ask, wish: Wish) -> Iterable[Message]:
        """Have a wish looked at; its answer comes when it was."""
        wish = replace(wish, values={**self._service.stage.knobs(wish.model), **wish.values})
        tempo = OPTIONS["tempo"].check(wish.values.get("tempo", 0))
        keep = int(OPTIONS["keep"].check(wish.values.get("keep", 0)))
        score = int(OPTIONS["score"].check(wish.values.get("score", 0)))
        if score:
            sent = ask.client.score(score)
            wish = replace(wish, notes=sent.notes, pedals=sent.pedals)
        if tempo:
            wish = replace(wish, tempo=ask.client.tempo(int(tempo)))
        if keep:
            wish = replace(wish, keep=self._service.find(keep).folder)

        def answer(found: Job | LeapError) -> None:
            if isinstance(found, LeapError):
                self._answer(ask.client, ask.message, replies.error(ask.request, 0, found))
                return
            position = self._service.position(found)
            self._answer(ask.client, ask.message, replies.accepted(ask.request, found, position))
            found.listen(Talk(ask.client.place, ask.request, self._clock))
            left = not self._clients.here(ask.client) and not ask.client.stay
            if left or not ask.client.wants(ask.message):  # which it did while its file was opened
                self._service.cancel(found.number)

        self._service.submit_later(wish, ask.client.key, answer)
        return ()

    def _on_status(self, ask: Ask) -> Iterable[Message]:
        request, number = ask.request, ask.read.whole("job")
        if number:
            yield replies.job_state(request, 0, 1, self._service.find(number))
            return
        status = self._service.status()
        yield replies.daemon(request, status, len(self._clients))
        for index, job in enumerate(status.jobs):
            yield replies.job_state(request, index, len(status.jobs), job)

    def _on_cancel(self, ask: Ask) -> Iterable[Message]:
        number = ask.read.whole("job")
        if not number:
            ask.client.forgo()
        for each in [number] if number else [job.number for job in self._jobs_of(ask.client)]:
            job = self._service.find(each)
            if job.owner != ask.client.key or not job.live:  # whoever cancels another's job hears of it too
                job.listen(LastWord(ask.client.place))
            self._service.cancel(each)
        return ()

    def _on_need(self, ask: Ask) -> Iterable[Message]:
        job, window = self._service.find(ask.read.whole("job")), ask.read.whole("window")
        if window == LAST_WORD:
            last = job.last()
            return replies.of_event(last) if last else (replies.job_state(ask.request, 0, 1, job),)
        stretch = job.stretch(window)
        if stretch is None:
            raise BadParameter(f"window must be less than {job.windows}, which are final, got {window}")
        return replies.parts(stretch, ask.read.whole("part"))


def request_of(message: Message) -> int:
    """The request's number, however wrong the rest is."""
    first = message.arguments[0] if message.arguments else 0
    return int(first) if isinstance(first, (int, float)) and abs(first) < 2**31 else 0


def _job_of(message: Message) -> int:
    """The job that a message speaks of."""
    names = [param.name for param in TO_DAEMON[message.address].arguments]
    if "job" not in names or len(message.arguments) <= names.index("job"):
        return 0
    value = message.arguments[names.index("job")]
    return int(value) if isinstance(value, (int, float)) and abs(value) < 2**31 else 0
