"""A foreign client, played by ourselves: what any host does with the daemon, over a socket of its own.

It knows the protocol and nothing of the daemon's inside, so whatever works here works for a host on this computer.
"""

import math
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from leap_bridge.endpoint import Endpoint
from leap_bridge.osc.addresses import LAST, LAST_WORD, PROTOCOL, WHOLE_WINDOW
from leap_bridge.osc.codec import Argument, Message, decode, encode, frame, unframe
from leap_models.errors import LeapError
from leap_models.paths import atomic

RATE = 16000
SHORT_S, LONG_S = 6.0, 60.0  # of the recordings that are arranged, and cancelled
ANSWER_S = 3.0
AGAIN_S = 0.5
CHORDS = ((196.0, 246.9, 293.7), (146.8, 220.0, 293.7), (164.8, 246.9, 329.6), (130.8, 196.0, 329.6))  # G D Em C, in Hz


class LegError(Exception):
    """A leg that did not work; the message says what was expected and what came."""


@dataclass(frozen=True)
class Leg:
    """One thing that a host does.

    Args:
        mend: what to do when it fails.
    """

    name: str
    play: Callable[["Host"], str]
    mend: str


class Host:
    """A host's end of the wire. Use `close` when done.

    Args:
        daemon: which.
        model: what is asked to arrange.
        folder: for the recordings that are asked about.
        patience_s: how long an arrangement may take.
    """

    def __init__(self, daemon: Endpoint, model: str, folder: Path, patience_s: float = 300.0) -> None:
        self.mailbox, self.model, self.folder, self.patience_s = Path(daemon.mailbox), model, folder, patience_s
        self._daemon, self._token = (daemon.host, daemon.port), daemon.token
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("", 0))
        self._request = 100
        self.job = 0
        self.parts: dict[tuple[int, int], tuple[Argument, ...]] = {}

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def hello(self) -> int:
        """Say hello; the request's number."""
        return self.send("/leap/hello", self._socket.getsockname()[1], *self.introduction)

    @property
    def introduction(self) -> tuple[Argument, ...]:
        """What stands in a hello behind the port."""
        return ("doctor", PROTOCOL, "", *(("token", self._token) if self._token else ()))

    def send(self, address: str, *arguments: Argument) -> int:
        """Send a request; its number."""
        self._request += 1
        self._socket.sendto(encode(Message(address, (self._request, *arguments))), self._daemon)
        return self._request

    def hear(self, timeout_s: float) -> Iterator[Message]:
        """What comes in within a time, saying hello now and then."""
        until_s = beat_s = time.monotonic()
        until_s += timeout_s
        while (now_s := time.monotonic()) < until_s:
            if now_s >= beat_s + 5.0:
                beat_s = now_s
                self.hello()
            self._socket.settimeout(min(0.2, until_s - now_s))
            try:
                messages = decode(self._socket.recv(65536))
            except (OSError, LeapError):
                continue
            yield from messages

    def expect(self, *addresses: str, timeout_s: float | None = None) -> Message:
        """The next message of one of these addresses.

        Args:
            timeout_s: None is as long as an answer may take.

        Raises:
            LegError: none came in time, or an error did.
        """
        timeout_s = ANSWER_S if timeout_s is None else timeout_s
        for message in self.hear(timeout_s):
            if message.address in addresses:
                return message
            if message.address == "/leap/error":
                raise LegError(f"expected {' or '.join(addresses)}, got the error {message.arguments[2:]}")
        raise LegError(f"expected {' or '.join(addresses)} within {timeout_s:g} s, got nothing")

    def ask(self, song: Path) -> Message:
        """Ask for an arrangement; gives /leap/accepted."""
        self.send("/leap/arrange", str(song), 0.0, 0.0, 3.0, 1, "model", self.model)
        return self.expect("/leap/accepted")


def _hello(host: Host) -> str:
    began_s = time.monotonic()
    host.hello()
    welcome = host.expect("/leap/welcome")
    if welcome.arguments[1] != PROTOCOL:
        raise LegError(f"expected protocol {PROTOCOL}, got {welcome.arguments[1]}")
    return f"welcomed by {welcome.arguments[2]} in {1000 * (time.monotonic() - began_s):.0f} ms"


def _arrange(host: Host) -> str:
    began_s = time.monotonic()
    host.job = int(host.ask(recording(host.folder / "short.wav", SHORT_S)).arguments[1])
    first_s = 0.0
    for message in host.hear(host.patience_s):
        if message.address == "/leap/notes":
            first_s = first_s or time.monotonic() - began_s
            host.parts[int(message.arguments[1]), int(message.arguments[2])] = message.arguments[4:]
        if message.address in LAST:
            break
    else:
        raise LegError(f"the arrangement of {SHORT_S:g} s was not done after {host.patience_s:g} s")
    if message.address != "/leap/done":
        raise LegError(f"expected /leap/done, got {message.address} {message.arguments[2:]}")
    notes, streamed = int(message.arguments[2]), sum(len(part) // 5 for part in host.parts.values())
    if notes != streamed or not Path(str(message.arguments[4])).is_file():
        raise LegError(f"{streamed} notes were streamed, {notes} are said to be in {message.arguments[4]}")
    return f"{notes} notes, the first after {first_s:.1f} s, all after {time.monotonic() - began_s:.1f} s"


def _lose(host: Host) -> str:
    """Forget every other part, and ask for it again."""
    lost = sorted(host.parts)[::2]
    for window, part in lost:
        before = host.parts.pop((window, part))
        host.send("/leap/need", host.job, window, part)
        again = host.expect("/leap/notes")
        if (again.arguments[1:3], again.arguments[4:]) != ((window, part), before):
            raise LegError(f"part {part} of window {window} came back changed")
    host.send("/leap/need", host.job, LAST_WORD, WHOLE_WINDOW)
    host.expect("/leap/done")
    return f"{len(lost)} parts and the last word came again"


def _cancel(host: Host) -> str:
    job = int(host.ask(recording(host.folder / "long.wav", LONG_S)).arguments[1])
    began_s = time.monotonic()
    host.send("/leap/cancel", job)
    last = host.expect("/leap/cancelled", "/leap/done", timeout_s=60.0)
    if last.address != "/leap/cancelled" or last.arguments[0] != job:
        raise LegError(f"expected job {job} to be cancelled, got {last.address} of {last.arguments[0]}")
    return f"stopped after {time.monotonic() - began_s:.1f} s, {last.arguments[1]} windows kept"


def _post(host: Host) -> str:
    """Say hello over the mailbox, as a host without sockets does."""
    began_s = time.monotonic()
    name = f"doctor-{os.getpid()}"
    request, answers = host.mailbox / f"{name}.1.request", host.mailbox / f"{name}.replies"
    with atomic(request) as unfinished:
        unfinished.write_bytes(frame([encode(Message("/leap/hello", (1, 0, *host.introduction)))]))
    try:
        while not answers.exists() or not unframe(answers.read_bytes())[0]:
            if time.monotonic() - began_s > ANSWER_S:
                raise LegError(f"expected an answer in {answers} within {ANSWER_S:g} s, got none")
            time.sleep(0.02)
        answer = decode(unframe(answers.read_bytes())[0][0])[0]
    finally:
        request.unlink(missing_ok=True)
        answers.unlink(missing_ok=True)
    if answer.address != "/leap/welcome":
        raise LegError(f"expected /leap/welcome in the mailbox, got {answer.address} {answer.arguments[2:]}")
    return f"welcomed in {1000 * (time.monotonic() - began_s):.0f} ms"


def recording(path: Path, seconds: float) -> Path:
    """Write a wave file of plucked chords, two a second; gives its path. Python's own library suffices."""
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        chords = [_chord(pitches) for pitches in CHORDS]
        for half in range(round(2 * seconds)):
            file.writeframes(chords[half // 4 % len(chords)])
    return path


def _chord(pitches: tuple[float, ...]) -> bytes:
    """Half a second."""
    count = RATE // 2
    samples = (
        sum(math.sin(2 * math.pi * hz * index / RATE) for hz in pitches) / 4 * math.exp(-6 * index / count)
        for index in range(count)
    )
    return b"".join(struct.pack("<h", round(32000 * sample)) for sample in samples)


_RESTART = "restart the daemon; if that does not help, report it with `leap-bridge support-bundle`"
LEGS = (  # in the order in which they are to be played; when one fails the rest need not be tried
    Leg("hello", _hello, "let the firewall pass UDP on 127.0.0.1; read the log (`leap-bridge support-bundle`)"),
    Leg("mailbox hello", _post, "let the daemon and the host name the same folder (`mailbox:` in settings.yaml)"),
    Leg("arrange", _arrange, "run `leap-bridge arrange SONG --local --debug`, which does the same without a daemon"),
    Leg("lost packets", _lose, _RESTART),
    Leg("cancel", _cancel, _RESTART),
)
