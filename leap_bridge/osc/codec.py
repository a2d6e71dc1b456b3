"""OSC packets in and out: python-osc's types, and a strict reader around them.

A packet is a message or a bundle; the messages of a bundle are taken one after another, whatever its time tag says.
"""

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pythonosc.parsing import osc_types

from leap_models.errors import BadMessage

Argument = int | float | str
MOST_BYTES = 8192  # of a packet that we read; the hosts we know send at most 5096
MOST_MESSAGES = 64  # of a bundle
_BUNDLE = b"#bundle\0"
_DEPTH = 4  # of bundles in bundles

_READERS: dict[str, Callable[[bytes, int], tuple[Argument, int]]] = {
    "i": osc_types.get_int,
    "h": osc_types.get_int64,
    "d": osc_types.get_double,
    "s": osc_types.get_string,
}
_WORDS = {"T": 1, "F": 0}  # types without bytes
_WRONG = (osc_types.ParseError, UnicodeDecodeError, struct.error)


@dataclass(frozen=True)
class Message:
    """An address and its arguments: ints travel as int32, floats as float32.

    A float32 is read as the shortest number that it can stand for, so 2.3 stays 2.3.
    """

    address: str
    arguments: tuple[Argument, ...] = ()


def encode(message: Message, exact: bool = False) -> bytes:
    """A message as a packet.

    Args:
        exact: floats that a float32 cannot stand for travel as doubles, which not every host can read.

    Raises:
        BadMessage: a whole number of more than 32 bits, a float beyond those of its type, or text that is no UTF-8 or
            holds a zero byte.
    """
    tags, packed = ",", b""
    try:
        for value in message.arguments:
            tag = _tag(value, exact)
            tags += tag
            packed += _WRITERS[tag](value)
        return osc_types.write_string(message.address) + osc_types.write_string(tags) + packed
    except (osc_types.BuildError, OverflowError) as error:
        raise BadMessage(f"{message.address} cannot be sent: {error}") from error


def decode(packet: bytes) -> tuple[Message, ...]:
    """The messages of a packet, in order.

    Raises:
        BadMessage: it is damaged, too long, or has arguments of a type that the protocol does not use.
    """
    if len(packet) > MOST_BYTES:
        raise BadMessage(f"a packet may have {MOST_BYTES} bytes, got more")
    messages = tuple(islice(_messages(packet, _DEPTH), MOST_MESSAGES + 1))
    if len(messages) > MOST_MESSAGES:
        raise BadMessage(f"a bundle may have {MOST_MESSAGES} messages, got more")
    return messages


def _tag(value: Argument, exact: bool) -> str:
    if isinstance(value, str) and "\0" in value:
        raise BadMessage(f"text cannot hold a zero byte, got {value[:64]!a}")
    if isinstance(value, float):
        return "d" if exact and not _is_short(value) else "f"
    return "s" if isinstance(value, str) else "i"


def _messages(packet: bytes, depth: int) -> Iterator[Message]:
    if not packet.startswith(_BUNDLE):
        yield _message(packet)
        return
    if depth == 0:
        raise BadMessage(f"bundles may lie in each other {_DEPTH} deep")
    index = len(_BUNDLE) + 8  # behind the time tag
    while index < len(packet):
        size = _length(packet, index)
        yield from _messages(packet[index + 4 : index + 4 + size], depth - 1)
        index += 4 + size


def _length(packet: bytes, index: int) -> int:
    if index + 4 > len(packet):
        raise BadMessage("a bundle ends too early")
    size = int.from_bytes(packet[index : index + 4], "big")
    if size == 0 or size % 4 or index + 4 + size > len(packet):
        raise BadMessage(f"a part of a bundle says that it has {size} bytes")
    return size


def _message(packet: bytes) -> Message:
    if not packet.startswith(b"/") or len(packet) % 4:
        raise BadMessage("a packet must begin with / or #bundle and have a multiple of 4 bytes")
    try:
        address, index = osc_types.get_string(packet, 0)
        tags, index = osc_types.get_string(packet, index) if index < len(packet) else (",", index)
        if not tags.startswith(","):
            raise BadMessage(f"{_shown(address)} has no type tags")
        arguments: list[Argument] = []
        for tag in tags[1:]:
            if tag in _WORDS:
                arguments.append(_WORDS[tag])
            elif tag == "f":
                number, index = _get_float(packet, index)
                arguments.append(number)
            elif tag in _READERS:
                value, index = _READERS[tag](packet, index)
                arguments.append(value)
            else:
                raise BadMessage(f"{_shown(address)} has an argument of type {_shown(tag)}; known are i f s h d T F")
    except _WRONG as error:
        raise BadMessage("a packet is damaged") from error
    if index < len(packet):
        raise BadMessage(f"{_shown(address)} has bytes behind its arguments")
    return Message(address, tuple(arguments))


def _get_float(packet: bytes, index: int) -> tuple[float, int]:
    if index + 4 > len(packet):
        raise BadMessage("a packet is damaged")
    return _shortest(packet[index : index + 4]), index + 4


def _shortest(packed: bytes) -> float:
    """The number with the fewest digits that the four bytes of a float32 can stand for."""
    value: float = struct.unpack(">f", packed)[0]
    if not math.isfinite(value):
        return value
    candidates = (float(f"{value:.{digits}g}") for digits in (6, 7, 8, 9))
    return next((each for each in candidates if _packed(each) == packed), value)


def _is_short(value: float) -> bool:
    """Whether a float32 stands for exactly this number."""
    packed = _packed(value)
    return bool(packed) and _shortest(packed) == value


def _packed(value: float) -> bytes:
    try:
        return struct.pack(">f", value)
    except OverflowError:  # rounded up over the largest float32
        return b""


def _shown(text: str) -> str:
    return ascii(text[:64])[1:-1]


_WRITERS: dict[str, Callable[..., bytes]] = {
    "i": osc_types.write_int,
    "f": osc_types.write_float,
    "d": osc_types.write_double,
    "s": osc_types.write_string,
}


def frame(packets: Sequence[bytes]) -> bytes:
    """Packets for a file: before each stands its size, int32, big-endian."""
    return b"".join(struct.pack(">i", len(packet)) + packet for packet in packets)


def unframe(data: bytes) -> tuple[tuple[bytes, ...], int]:
    """The whole packets of a file, and how many bytes they take up.

    Raises:
        BadMessage: a size that cannot be.
    """
    packets, index = [], 0
    while index + 4 <= len(data):
        size = int.from_bytes(data[index : index + 4], "big", signed=True)
        if not 0 < size <= MOST_BYTES:
            raise BadMessage(f"a packet in a file says that it has {size} bytes")
        if index + 4 + size > len(data):
            break
        packets.append(data[index + 4 : index + 4 + size])
        index += 4 + size
    return tuple(packets), index
