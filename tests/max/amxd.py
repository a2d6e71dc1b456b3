"""Reads `.amxd` files: written from the format's description alone, and knowing nothing of how ours are built."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """A file inside of a device."""

    name: str
    kind: str
    flag: int
    version: int
    modified: int
    data: bytes


@dataclass(frozen=True)
class Device:
    tag: str
    frozen: bool
    entries: tuple[Entry, ...]

    @property
    def patcher(self) -> dict:
        return json.loads(self.entries[0].data)["patcher"]

    def text(self, name: str) -> str:
        return next(each.data for each in self.entries if each.name == name).decode()


def read(path: Path) -> Device:
    data = path.read_bytes()
    magic, four, tag = struct.unpack_from("<4sI4s", data)
    assert (magic, four) == (b"ampf", 4)
    meta, size, version = struct.unpack_from("<4sII", data, 12)
    assert (meta, size) == (b"meta", 4)
    patch, length = struct.unpack_from("<4sI", data, 24)
    body = data[32:]
    assert (patch, length) == (b"ptch", len(body)), "the patch reaches to the end of the file"
    return Device(tag.decode(), version == 7, tuple(entries(body)))


def entries(body: bytes):
    magic, sixteen, zero, footer = struct.unpack_from(">4sIII", body)
    assert (magic, sixteen, zero) == (b"mx@c", 16, 0)
    tag, listing = chunk(body, footer)
    assert tag == "dlst"
    assert footer + 8 + len(listing) == len(body)
    covered = 16
    for tag, fields in chunks(listing):
        assert tag == "dire"
        found = dict(chunks(fields))
        offset, size, flag, version, modified = (
            int.from_bytes(found[name], "big") for name in ("of32", "sz32", "flag", "vers", "mdat")
        )
        assert offset == covered, "files lie back to back"
        covered += size
        name = found["fnam"]
        assert len(name) % 4 == 0
        assert name.endswith(b"\0")
        yield Entry(name.rstrip(b"\0").decode(), found["type"].decode(), flag, version, modified, body[offset:covered])
    assert covered == footer


def chunks(data: bytes):
    index = 0
    while index < len(data):
        tag, inside = chunk(data, index)
        yield tag, inside
        index += 8 + len(inside)


def chunk(data: bytes, index: int) -> tuple[str, bytes]:
    tag, size = struct.unpack_from(">4sI", data, index)
    assert size >= 8
    assert index + size <= len(data)
    return tag.decode(), data[index + 8 : index + size]
