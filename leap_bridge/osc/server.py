"""OSC over UDP: one socket, one loop that receives, and a limit to how much a sender may say."""

import logging
import socket
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum

from leap_bridge.osc.clients import Place
from leap_bridge.osc.codec import MOST_BYTES
from leap_bridge.osc.handlers import Handlers
from leap_models.errors import Busy, PortTaken

log = logging.getLogger(__name__)
TICK_S = 0.5  # how often `tick` is called, and how soon a stop is noticed
MOST_SENDERS = 1024  # whose pace is remembered


class UdpServer:
    """Receives packets and sends answers from the same port.

    Args:
        handlers: what to do with packets, and to be told now and then that time goes on; all from one thread.
        packets_per_s: from one sender; twice as many may come at once, more are dropped.
    """

    name = "udp"

    def __init__(
        self,
        host: str,
        port: int,
        handlers: Handlers,
        packets_per_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._handlers, self._clock = handlers, clock
        self._pace = Paces(packets_per_s, clock)
        self._socket = _bound(host, port)
        self._thread = threading.Thread(target=self._loop, name="udp", daemon=True)
        self._stopping = False

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        """Begin to receive."""
        self._thread.start()

    def stop(self) -> None:
        """Receive no more."""
        self._stopping = True
        if self._thread.is_alive():
            self.send("127.0.0.1", self.port, b"")  # so that the loop looks up
            self._thread.join(timeout=10 * TICK_S)
        self._socket.close()

    def send(self, host: str, port: int, packet: bytes) -> None:
        """Send a packet; one that cannot be sent is lost, as any on its way may be."""
        try:
            self._socket.sendto(packet, (host, port))
        except OSError as error:
            log.debug("cannot send to %s:%d: %s", host, port, error)

    def ended(self, host: str, request: int) -> None:
        """UDP has nothing to tidy up."""

    def _loop(self) -> None:
        ticked_s = self._clock()
        while not self._stopping:
            packet, sender = self._next()
            try:
                if sender is not None and not self._stopping:
                    self._take(packet, sender)
                if self._clock() - ticked_s >= TICK_S:
                    ticked_s = self._clock()
                    self._handlers.tick()
            except Exception:  # a bug must cost a message and not the daemon
                log.exception("a message from %s could not be answered", sender)

    def _take(self, packet: bytes, sender: tuple[str, int]) -> None:
        match self._pace.of(sender):
            case Pace.GOOD:
                self._handlers.receive(packet, Place(self, *sender))
            case Pace.JUST_TOO_FAST:
                error = Busy(f"more than {self._pace.per_s:g} packets a second came from you; the others are dropped")
                self._handlers.refuse(Place(self, *sender), 0, error)

    def _next(self) -> tuple[bytes, tuple[str, int] | None]:
        try:
            packet, (host, port) = self._socket.recvfrom(MOST_BYTES + 1)
            return packet, (host, port)
        except OSError:  # nothing came in time; or Windows says that an earlier answer found nobody
            return b"", None


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if sys.platform == "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise PortTaken(f"cannot listen on {host}:{port}: {error.strerror or error}; choose another --port") from error
    bound.settimeout(TICK_S)
    return bound


class Pace(Enum):
    """Of a sender."""

    GOOD = 0
    JUST_TOO_FAST = 1  # since this packet
    TOO_FAST = 2


class Paces:
    """How much each sender may still say: a bucket that fills up with time."""

    def __init__(self, per_s: float, clock: Callable[[], float]) -> None:
        self.per_s, self._clock = per_s, clock
        self._left: OrderedDict[tuple[str, int], tuple[float, float]] = OrderedDict()  # sender -> packets, when

    def of(self, sender: tuple[str, int]) -> Pace:
        """Whether a packet of the sender is to be taken."""
        now_s, most = self._clock(), 2.0 * self.per_s
        left, then_s = self._left.get(sender, (most, now_s))
        left = min(most, left + (now_s - then_s) * self.per_s)
        pace = Pace.GOOD if left >= 1.0 else Pace.JUST_TOO_FAST if left >= 0.0 else Pace.TOO_FAST
        # One packet more than there is room for puts a sender in debt, so that it is told once.
        self._left[sender] = (left - 1.0 if pace != Pace.TOO_FAST else left, now_s)
        self._left.move_to_end(sender)
        if len(self._left) > MOST_SENDERS:
            self._left.popitem(last=False)
        return pace
