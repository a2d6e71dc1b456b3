"""A client that knows nothing but sockets and packets, so that what it sees is what the daemon sent."""

import socket
import time

from leap_bridge.osc.codec import Message, decode, encode


class Raw:
    """One UDP socket; it can send from another, as Max does."""

    def __init__(self, port: int) -> None:
        self._daemon = ("127.0.0.1", port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self._waiting: list[Message] = []

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, address: str, *arguments: int | float | str, through: socket.socket | None = None) -> None:
        self.send_bytes(encode(Message(address, arguments)), through)

    def send_bytes(self, packet: bytes, through: socket.socket | None = None) -> None:
        (through or self.socket).sendto(packet, self._daemon)

    def hello(self, *pairs: int | str, reply_port: int = 0, through: socket.socket | None = None) -> Message:
        self.send("/leap/hello", 1, reply_port, "raw", 1, "test", *pairs, through=through)
        return self.wait("/leap/welcome")

    def wait(self, *addresses: str, timeout_s: float = 30.0) -> Message:
        """The next message with one of these addresses; those before it are skipped."""
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            for message in self.receive(0.2):
                if message.address in addresses:
                    return message
        raise AssertionError(f"no {' or '.join(addresses)} came")

    def until(self, *addresses: str) -> list[Message]:
        """All messages up to the first with one of these addresses."""
        found: list[Message] = []
        while not found or found[-1].address not in addresses:
            found += self.receive(30.0)
        return found

    def silent(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes."""
        return not list(self.receive(seconds))

    def receive(self, timeout_s: float) -> list[Message]:
        self.socket.settimeout(timeout_s)
        try:
            return list(decode(self.socket.recv(65536)))
        except TimeoutError:
            return []
