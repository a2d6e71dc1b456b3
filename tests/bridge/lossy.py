"""A network that loses, doubles and reorders, between a client and the daemon on this computer."""

import random
import select
import socket
import threading
import time


class LossyProxy:
    """Forwards UDP packets both ways between one client and the daemon. Use as a context manager.

    Args:
        lost, doubled, swapped: shares of the packets; a swapped one is held back until the next has gone.
    """

    def __init__(self, daemon: int, seed: int, lost: float = 0.1, doubled: float = 0.1, swapped: float = 0.1) -> None:
        self._chance = random.Random(seed)
        self._shares = (lost, doubled, swapped)
        self._near, self._far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for end in (self._near, self._far):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
            end.bind(("127.0.0.1", 0))
        self._far.connect(("127.0.0.1", daemon))
        self._client: tuple[str, int] | None = None
        self._held: dict[socket.socket, tuple[float, bytes]] = {}  # by where it goes: since when, what
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.lost = 0

    @property
    def port(self) -> int:
        """Where the client finds it."""
        return int(self._near.getsockname()[1])

    def __enter__(self) -> "LossyProxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(5.0)
        self._near.close()
        self._far.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            for end in select.select([self._near, self._far], [], [], 0.02)[0]:
                packet, sender = end.recvfrom(65536)
                if end is self._near:
                    self._client = sender
                self._pass(packet, self._far if end is self._near else self._near)
            for end, (since_s, packet) in list(self._held.items()):
                if time.monotonic() - since_s > 0.05:
                    del self._held[end]
                    self._send(packet, end)

    def _pass(self, packet: bytes, end: socket.socket) -> None:
        lost, doubled, swapped = self._shares
        fate = self._chance.random()
        if fate < lost:
            self.lost += 1
        elif fate < lost + swapped and end not in self._held:
            self._held[end] = (time.monotonic(), packet)
        else:
            self._send(packet, end)
            if fate > 1.0 - doubled:
                self._send(packet, end)
            if end in self._held:
                self._send(self._held.pop(end)[1], end)

    def _send(self, packet: bytes, end: socket.socket) -> None:
        if end is self._far:
            end.send(packet)
        elif self._client is not None:
            end.sendto(packet, self._client)
