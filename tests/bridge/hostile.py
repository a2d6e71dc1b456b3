"""Packets that nobody should send: valid ones, broken in every way that a mutator thinks of. Nothing in them can work,
since every path is of a folder that does not exist."""

import random
import struct
from collections.abc import Iterator

from leap_bridge.osc.addresses import TO_DAEMON
from leap_bridge.osc.codec import Argument, Message, encode

PATH = "/nowhere/at/all/song.wav"
BUNDLE = b"#bundle\0"
FAR_FUTURE = b"\xff" * 8
WORDS = ("", PATH, "leap", "toy", "difficulty", "../../etc/passwd", "file:///etc/passwd", "ä" * 40, "x" * 2000, "%s%n")
NUMBERS = (0, 1, -1, 2**31 - 1, -(2**31), 0.0, 1e30, float("nan"), float("inf"), 9510)
TAGS = b"ifshdTFNIbtcrmS[]\0,"


def valid(chance: random.Random) -> bytes:
    """A well-formed message of the protocol, with arguments of the right kinds."""
    address = chance.choice(list(TO_DAEMON.values()))
    arguments: list[Argument] = []
    for param in (*address.arguments, *address.rest):
        if isinstance(param.default, str):
            arguments.append(chance.choice(WORDS))
        elif isinstance(param.default, float):
            arguments.append(float(chance.choice(NUMBERS)))
        else:
            arguments.append(chance.choice([0, 1, 2, 7, 100, 65535]))
    if address.pairs and chance.random() < 0.5:
        arguments += [chance.choice(WORDS), chance.choice((*NUMBERS, *WORDS))]
    return encode(Message(address.path, tuple(arguments)))


def flipped(packet: bytes, chance: random.Random) -> bytes:
    """Some bytes are others."""
    changed = bytearray(packet)
    for _ in range(chance.randint(1, 8)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def cut(packet: bytes, chance: random.Random) -> bytes:
    """The end, or the beginning, is missing."""
    at = chance.randrange(len(packet) + 1)
    return packet[:at] if chance.random() < 0.7 else packet[at:]


def longer(packet: bytes, chance: random.Random) -> bytes:
    """There is something behind it, or in it."""
    at = chance.choice([len(packet), chance.randrange(len(packet))])
    return packet[:at] + chance.randbytes(chance.choice([1, 3, 4, 64, 4000, 9000])) + packet[at:]


def retyped(packet: bytes, chance: random.Random) -> bytes:
    """It says that its arguments are of other types."""
    comma = packet.find(b",")
    changed = bytearray(packet)
    for index in range(comma + 1, min(comma + 12, len(changed))):
        if changed[index] and chance.random() < 0.5:
            changed[index] = chance.choice(TAGS)
    return bytes(changed)


def bundled(packet: bytes, chance: random.Random) -> bytes:
    """It lies in bundles, deep or many, some of a size that is not true, some for the far future."""
    for _ in range(chance.choice([1, 2, 5, 40])):
        size = chance.choice([len(packet)] * 6 + [0, -4, 2**31 - 1, len(packet) + 4])
        packet = BUNDLE + chance.choice([bytes(8), FAR_FUTURE]) + struct.pack(">i", size) + packet
        if len(packet) < 1500 and chance.random() < 0.5:
            packet += packet[16:] * chance.randint(1, 3)
    return packet


def noise(packet: bytes, chance: random.Random) -> bytes:
    """It is none."""
    return chance.randbytes(chance.choice([0, 1, 4, 16, 200, 8192, 20_000]))


MUTATORS = (flipped, cut, longer, retyped, bundled, noise)


def packets(count: int, seed: int) -> Iterator[bytes]:
    """So many of them; one in ten is well-formed."""
    chance = random.Random(seed)
    for _ in range(count):
        packet = valid(chance)
        for _ in range(chance.choice([0, 1, 1, 1, 1, 1, 2, 2, 3, 1])):
            packet = chance.choice(MUTATORS)(packet, chance) if packet else packet
        yield packet[:60_000]
