"""A client of the daemon: asks, listens, and asks again for what was lost. Brings neither torch nor NumPy."""

import contextlib
import itertools
import secrets
import socket
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from types import TracebackType

from leap_bridge import __version__, endpoint
from leap_bridge.endpoint import Endpoint
from leap_bridge.osc.addresses import FROM_DAEMON, LAST, LAST_WORD, PROTOCOL, WHOLE_WINDOW
from leap_bridge.osc.codec import Argument, Message, decode, encode
from leap_bridge.osc.heard import Heard, error_of
from leap_models.errors import BadMessage, LeapError, NotRunning

AGAIN_S = 0.4  # without an answer a request is sent again
PATIENCE_S = 5.0  # without an answer the daemon is not there
BEAT_S = 5.0  # between two hellos
QUIET_S = 2.0  # a job that says nothing for so long is asked how it is
MOST_BYTES = 65_536
MOST_ANSWERS = 256


class Client:
    """Talks to one daemon. Use as a context manager.

    Args:
        name: for the daemon's log.
        patience_s: how long an answer may take.
        stay: jobs go on when this client is gone.

    Raises:
        NotRunning: no daemon answers.
    """

    def __init__(
        self, host: str, port: int, name: str, token: str = "", patience_s: float = PATIENCE_S, stay: bool = False
    ) -> None:
        self._daemon, self._name, self._token, self._stay = (host, port), name, token, stay
        self._patience_s = patience_s
        self._requests = itertools.count(secrets.randbelow(2**30) + 1)
        self._answers: dict[int, deque[Message]] = defaultdict(deque)
        self._heard: dict[int, deque[Message]] = defaultdict(deque)  # by job
        self._greeted_s = float("-inf")
        self.session = 0

    @property
    def port(self) -> int:
        """The daemon's."""
        return self._daemon[1]

    @classmethod
    def running(cls, name: str) -> "Client":
        """Of the daemon of this user.

        Raises:
            NotRunning: there is none.
        """
        found = find_running()
        if found is None:
            raise NotRunning("no daemon runs; start one with: leap-bridge serve")
        return cls(found.host, found.port, name, found.token)

    def __enter__(self) -> "Client":
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
        try:
            self._socket.connect(self._daemon)  # so that nobody else's packets are taken
            self.hello()
        except BaseException:
            self._socket.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.send("/leap/bye")
        self._socket.close()

    @property
    def _greeting(self) -> tuple[Argument, ...]:
        token = ("token", self._token) if self._token else ()
        return (0, self._name, PROTOCOL, __version__, *token, *(("stay", 1) if self._stay else ()))

    def hello(self) -> Message:
        """Say who we are, and learn the daemon's session."""
        self._greeted_s = time.monotonic()
        welcome = self.ask("/leap/hello", *self._greeting)
        self.session = int(welcome.arguments[4])
        return welcome

    def ask(self, address: str, *arguments: Argument) -> Message:
        """The first answer to a request, which is sent again until there is one.

        Raises:
            NotRunning: there is none in time.
            LeapError: what the daemon says is wrong.
        """
        request = self.send(address, *arguments)
        until_s = time.monotonic() + self._patience_s
        while not self._answers[request]:
            if time.monotonic() > until_s:
                raise self._nobody()
            if not self._hear(AGAIN_S):
                self._transmit(Message(address, (request, *arguments)))
        answer = self._answers[request].popleft()
        if answer.address == "/leap/error":
            raise error_of(answer)
        return answer

    def ask_all(self, address: str, *arguments: Argument) -> list[Message]:
        """All answers to a request whose answers are numbered, as those to /leap/models and /leap/describe.

        Raises:
            As `ask`.
        """
        until_s = time.monotonic() + self._patience_s
        while time.monotonic() < until_s:
            found: dict[int, Message] = {}
            answer: Message | None = self.ask(address, *arguments)
            while answer is not None:
                request, index, total = (int(number) for number in answer.arguments[:3])
                found[index] = answer
                if len(found) == total:
                    return [found[each] for each in range(total)]
                answer = self._next(request)
        raise self._nobody()

    def status(self) -> list[Message]:
        """/leap/daemon, and a /leap/job for each job that waits or runs.

        Raises:
            As `ask`.
        """
        daemon = self.ask("/leap/status", 0)
        jobs = int(daemon.arguments[3]) + bool(daemon.arguments[4])
        found: dict[int, Message] = {}
        while len(found) < jobs and (answer := self._next(int(daemon.arguments[0]))) is not None:
            found[int(answer.arguments[1])] = answer
        return [daemon, *(found[index] for index in sorted(found))]

    def _next(self, request: int) -> Message | None:
        """One more answer to a request; None if there is none for a while."""
        while not self._answers[request]:
            if not self._hear(AGAIN_S):
                return None
        return self._answers[request].popleft()

    def send(self, address: str, *arguments: Argument) -> int:
        """Send a request once; gives its number."""
        request = next(self._requests)
        self._transmit(Message(address, (request, *arguments)))
        return request

    def arrange(
        self, path: str, start_s: float, end_s: float, difficulty: float, seed: int, **pairs: Argument
    ) -> Message:
        """Ask for an arrangement; gives /leap/accepted."""
        return self.ask("/leap/arrange", path, start_s, end_s, difficulty, seed, *_flat(pairs))

    def run(self, model: str, source: str, target: str = "", **pairs: Argument) -> Message:
        """Ask any model; gives /leap/accepted."""
        return self.ask("/leap/run", model, source, target, *_flat(pairs))

    def cancel(self, job: int) -> None:
        """Have a job stop; `follow` tells when it has."""
        self.send("/leap/cancel", job)

    def follow(self, job: int) -> Iterator[Message]:
        """What a job says until it ends; its last word comes last, when all its notes have come.

        Raises:
            NotRunning: the daemon is gone.
        """
        heard, last = Heard(), None
        asked_s = spoke_s = time.monotonic()
        while last is None or heard.missing():
            self.beat()
            if self._hear(AGAIN_S / 4):
                spoke_s = time.monotonic()
            while self._heard[job]:
                message = self._heard[job].popleft()
                if message.address in LAST:
                    last = message
                    heard.end(message)
                elif heard.is_new(message):
                    yield message
            now_s = time.monotonic()
            if now_s - asked_s > AGAIN_S and (heard.missing() or now_s - spoke_s > QUIET_S):
                asked_s = now_s
                self._need(job, heard)
            if now_s - spoke_s > self._patience_s + QUIET_S:
                raise NotRunning("the daemon does not answer any more")
        self._heard.pop(job, None)
        yield last

    def last_word(self, job: int) -> Message:
        """How a job ended; waits until it has, and leaves its notes alone. Raises NotRunning as `follow`."""
        asked_s = float("-inf")
        while True:
            self.beat()
            if time.monotonic() - asked_s > AGAIN_S:
                asked_s = time.monotonic()
                self.send("/leap/need", job, LAST_WORD)
            self._hear(AGAIN_S)
            for message in self._heard.pop(job, ()):
                if message.address in LAST:
                    return message

    def beat(self) -> None:
        """Say hello if it is time to; call it at least every few seconds while jobs are waited for."""
        if time.monotonic() - self._greeted_s > BEAT_S:
            self._greeted_s = time.monotonic()
            self.send("/leap/hello", *self._greeting)

    def _need(self, job: int, heard: Heard) -> None:
        for window in heard.missing()[:16]:
            self.send("/leap/need", job, window, WHOLE_WINDOW)
        if not heard.missing():
            self.send("/leap/need", job, LAST_WORD)

    def _transmit(self, message: Message) -> None:
        with contextlib.suppress(OSError):  # it is lost, as any packet may be
            self._socket.send(encode(message, exact=True))

    def _nobody(self) -> NotRunning:
        return NotRunning(f"no daemon answers at {self._daemon[0]}:{self._daemon[1]}")

    def _hear(self, timeout_s: float) -> bool:
        """Take one packet in; whether one came.

        Raises:
            NotRunning: nobody listens there.
        """
        self._socket.settimeout(timeout_s)
        try:
            messages = decode(self._socket.recv(MOST_BYTES))
        except ConnectionRefusedError as error:
            raise self._nobody() from error
        except (OSError, BadMessage):
            return False
        for message in messages:
            self._sort(message)
        return True

    def _sort(self, message: Message) -> None:
        """Answers go to those who asked, the rest to those who follow a job."""
        address = FROM_DAEMON.get(message.address)
        names = [param.name for param in address.arguments] if address else []
        if "request" in names and message.arguments and message.arguments[0]:
            self._answers[int(message.arguments[0])].append(message)
            if len(self._answers) > MOST_ANSWERS:  # nobody waits for the oldest
                del self._answers[next(iter(self._answers))]
        elif "job" in names:
            self._heard[int(message.arguments[names.index("job")])].append(message)


def find_running(patience_s: float = 1.5) -> Endpoint | None:
    """The daemon of this user, if one answers; an endpoint file that a crash left is none."""
    found = endpoint.read()
    if found is None or not endpoint.alive(found):
        return None
    try:
        with Client(found.host, found.port, "probe", found.token, patience_s) as client:
            return found if client.session == found.session else None
    except LeapError:
        return None


def _flat(pairs: dict[str, Argument]) -> Iterator[Argument]:
    for key, value in pairs.items():
        yield key
        yield int(value) if isinstance(value, bool) else value
