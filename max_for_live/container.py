"""The `.amxd` container: a frozen device, which holds its patch and everything that the patch needs.

A little-endian head ("ampf", "meta", "ptch"), then big-endian the payload: files back to back, and a list of them.
"""

import struct
from dataclasses import dataclass

FROZEN = 7
MAIN, SCRIPT = 0x11, 0  # flags of a file
HEAD_BYTES = 16  # of the payload; offsets count from its start
SINCE_1904_S = 2_082_844_800  # Max counts seconds from then, Unix from 1970
BUILT_S = 1_767_225_600 + SINCE_1904_S  # the same for every build, so that the bytes are: 2026-01-01


@dataclass(frozen=True)
class Kind:
    """What a device is.

    Args:
        tag: four letters for the container.
    """

    tag: str

    @property
    def number(self) -> int:
        """The tag as a patch's `project` has it."""
        return int.from_bytes(self.tag.encode("ascii"), "big")


AUDIO_EFFECT = Kind("aaaa")
MIDI_EFFECT = Kind("mmmm")


@dataclass(frozen=True)
class File:
    """A file inside: the patch comes first."""

    name: str
    kind: str  # "JSON" or "TEXT"
    data: bytes


def freeze(kind: Kind, files: tuple[File, ...]) -> bytes:
    """The bytes of a device."""
    payload = b"".join(file.data for file in files)
    directory, offset = b"", HEAD_BYTES
    for index, file in enumerate(files):
        directory += _entry(file, offset, SCRIPT if index else MAIN)
        offset += len(file.data)
    body = b"mx@c" + struct.pack(">III", HEAD_BYTES, 0, HEAD_BYTES + len(payload)) + payload + _chunk("dlst", directory)
    return b"".join((
        b"ampf", struct.pack("<I", 4), kind.tag.encode("ascii"),
        b"meta", struct.pack("<II", 4, FROZEN),
        b"ptch", struct.pack("<I", len(body)), body,
    ))  # fmt: skip


def _entry(file: File, offset: int, flag: int) -> bytes:
    numbers = {"sz32": len(file.data), "of32": offset, "vers": 0, "flag": flag, "mdat": BUILT_S}
    name = file.name.encode() + b"\0"
    fields = _chunk("type", file.kind.encode("ascii")) + _chunk("fnam", name + b"\0" * (-len(name) % 4))
    return _chunk("dire", fields + b"".join(_chunk(tag, struct.pack(">I", value)) for tag, value in numbers.items()))


def _chunk(tag: str, data: bytes) -> bytes:
    """A tagged part; its size counts its own head."""
    return tag.encode("ascii") + struct.pack(">I", 8 + len(data)) + data
