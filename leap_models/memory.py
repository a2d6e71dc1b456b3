"""What was worked out before: bounded, the least recently used goes first. May be used from any thread.

    beats      the tempo of a part of a recording, as it became known
    heard      what a model made of the sound of one window, before difficulty and chance came in
    read       the notes of a whole request before they were moved onto the beat

Everything here can be worked out again with the same result, so whoever has no memory only waits longer.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from leap_models.interface import Piece

T = TypeVar("T")
SONG_BYTES = 2**28  # enough for what is heard in a song, for its other difficulties
_CHUNK_BYTES = 2**20


class Memory:
    """Values by key.

    Args:
        most_bytes: of all values together, as they say themselves.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.size_bytes = 0

    def get(self, key: Hashable, kind: type[T]) -> T | None:
        """What is kept under a key, if it is of that kind."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0] if isinstance(found[0], kind) else None

    def put(self, key: Hashable, value: object, size_bytes: int) -> None:
        """Keep something that nobody will change."""
        with self._lock:
            if size_bytes > self._most_bytes:
                return
            self.size_bytes += size_bytes - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = (value, size_bytes)
            while self.size_bytes > self._most_bytes:
                _, (_, size) = self._kept.popitem(last=False)
                self.size_bytes -= size

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self.size_bytes = 0


def recall(memory: Memory, key: tuple[Hashable, ...]) -> Callable[[str, Callable[[], np.ndarray]], np.ndarray]:
    """For `Window.recall`: arrays under a name, each made once."""

    def give(name: str, make: Callable[[], np.ndarray]) -> np.ndarray:
        found = memory.get(("heard", *key, name), np.ndarray)
        if found is None:
            found = make()
            memory.put(("heard", *key, name), found, found.nbytes)
        return found

    return give


@dataclass(frozen=True)
class Part:
    """A part of a sound.

    Args:
        key: the same for the same sound.
        unchanged: whether the file is still the one that the key was made of.
    """

    key: tuple[Hashable, ...]
    unchanged: Callable[[], bool]


def part_of(piece: Piece, memory: Memory, *more: Hashable) -> Part | None:
    """The part of a piece that `more` says; None for a file that cannot be read."""
    found = fingerprint(piece, memory)
    return Part((found, *more), lambda: fingerprint(piece, memory) == found) if found else None


def fingerprint(piece: Piece, memory: Memory) -> str:
    """Says which sound a piece is: the same for two files of the same content, "" for a file that cannot be read."""
    if piece.audio is not None:
        return digest(piece.audio.samples) + f":{piece.audio.sample_rate}"
    if not piece.source:  # made of nothing, or in memory
        return ""
    path = Path(piece.source)
    try:
        stat = path.stat()
        known = ("content", piece.source, stat.st_size, stat.st_mtime_ns)
        found = memory.get(known, str)
        if found is None:
            found = _content(path)
            memory.put(known, found, 200)
        return found
    except OSError:
        return ""


def digest(samples: np.ndarray) -> str:
    """The same for two arrays of the same content."""
    return hashlib.blake2b(np.ascontiguousarray(samples).data, digest_size=16).hexdigest()


def _content(path: Path) -> str:
    made = hashlib.blake2b(digest_size=16)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            made.update(chunk)
    return made.hexdigest()
