"""Examples in archives, for data that one folder, one disk or one computer's memory does not hold.

    index.json                what there is, and the difficulty scores at which levels lie
    train-00000-1f0c9a3e.tar  examples of songs of one split, in WebDataset's layout:
        name.npz              as `leap_models.training.examples` has them, without the sound
        name.features.npy     what a conditioner hears in it
        name.json             name and split

They lie in a folder or wherever fsspec reaches (s3://, gs://, memory://). An archive is named by what is in it, so that
writing goes on where it stopped, and is there whole or not at all; the index is written last.
"""

import hashlib
import io
import json
import logging
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import fsspec
import numpy as np

from leap_models.errors import BadParameter, UnwritableOutput
from leap_models.families.leap.conditioner import RATE
from leap_models.music.difficulty import Edges
from leap_models.training import leap_data
from leap_models.training.leap_dit import WINDOW_S, Excerpt

log = logging.getLogger(__name__)

INDEX, FORMAT = "index.json", 1
SHARD_BYTES = 1 << 26  # about half an hour of songs
SPLITS = ("train", "validation", "test")
KEPT = 6  # archives that a process draws from at a time
HOLD_STEPS = 40  # before one of them makes way for the next


@dataclass(frozen=True)
class Shard:
    """An archive: its name, its split, and its examples."""

    name: str
    split: str
    examples: tuple[str, ...]
    seconds: float


def write(folder: Path, url: str, shard_bytes: int = SHARD_BYTES) -> Iterator[str]:
    """Pack the examples of a folder; yields a line for each archive.

    Raises:
        BadParameter: no examples, or some were not listened to.
        UnwritableOutput: it cannot be written there.
    """
    files, root = _open(url)
    shards: list[Shard] = []
    found = {split: _listened(folder, split) for split in SPLITS}
    if not found["train"]:
        raise BadParameter(f"{folder} has no examples of the train songs: run leap-bridge prepare pairs")
    for split, examples in found.items():
        for number, part in enumerate(_parts(examples, shard_bytes)):
            shard = _shard(split, number, part)
            path = f"{root}/{shard.name}"
            if not files.exists(path):
                _put(files, path, _tar(part))
            shards.append(shard)
            yield f"{shard.name} is ready"
    index = {
        "format": FORMAT, "edges": leap_data.edges(found["train"]).scores, "shards": [asdict(each) for each in shards],
    }  # fmt: skip
    _put(files, f"{root}/{INDEX}", (json.dumps(index, indent=1) + "\n").encode())
    yield f"{INDEX} is ready"


def are_at(url: str) -> bool:
    """Whether there are archives, rather than a folder of examples."""
    files, root = _open(url)
    return bool(files.exists(f"{root}/{INDEX}"))


class Shards:
    """Archives, read.

    Raises:
        BadParameter: the index is damaged, or of a later version.
    """

    def __init__(self, url: str) -> None:
        self._files, self._root = _open(url)
        try:
            index = json.loads(self._files.cat_file(f"{self._root}/{INDEX}"))
            self.edges = Edges(tuple(index["edges"]))
            self.shards = [Shard(**{**each, "examples": tuple(each["examples"])}) for each in index["shards"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadParameter(f"{url}/{INDEX} is damaged: {error}") from error
        if index["format"] != FORMAT:
            raise BadParameter(f"{url} has format {index['format']}, this program reads {FORMAT}")
        self._read = lru_cache(maxsize=KEPT + 1)(self._excerpts)

    def of(self, split: str) -> list[Shard]:
        """The archives of a split, in order."""
        return [shard for shard in self.shards if shard.split == split]

    def excerpts(self, shard: Shard) -> list[Excerpt]:
        """Everything in an archive that is long enough for a window."""
        return self._read(shard)

    def some(self, split: str, most: int) -> list[Excerpt]:
        """The first examples of a split.

        Raises:
            BadParameter: there are none.
        """
        found: list[Excerpt] = []
        for shard in self.of(split):
            if len(found) < most:
                found += self.excerpts(shard)
        if not found:
            raise BadParameter(f"{self._root} has no examples of the {split} songs: it needs more pairs")
        return found[:most]

    def _excerpts(self, shard: Shard) -> list[Excerpt]:
        found = [
            leap_data.excerpt_of(name, arrays, features, self.edges)
            for name, arrays, features in members(self._files.cat_file(f"{self._root}/{shard.name}"))
        ]
        return [excerpt for excerpt in found if excerpt.duration_s > WINDOW_S + 1.0]


def at_hand(count: int, step: int, rank: int, ranks: int, seed: int = 0) -> list[int]:
    """The archives that a process draws from in a step: a few of an endless shuffled row, of which it has its own part.

    Args:
        count: of archives.
    """
    if count <= KEPT * ranks:  # all of them, or one's share of them, are few enough
        mine = list(range(rank, count, ranks))
        return mine or [rank % count]
    first = step // HOLD_STEPS
    return [_shuffled(place * ranks + rank, count, seed) for place in range(first, first + KEPT)]


def members(archive: bytes) -> Iterator[tuple[str, dict[str, np.ndarray], np.ndarray]]:
    """Name, arrays and features of each example of an archive."""
    parts: dict[str, dict[str, bytes]] = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            name, _dot, kind = member.name.partition(".")
            stream = tar.extractfile(member)
            parts.setdefault(name, {})[kind] = b"" if stream is None else stream.read()
    for name, kinds in parts.items():
        with np.load(io.BytesIO(kinds["npz"])) as arrays:
            yield name, dict(arrays), np.load(io.BytesIO(kinds["features.npy"]))


def _shuffled(place: int, count: int, seed: int) -> int:
    """What lies at a place of an endless row of shuffled rounds."""
    rounds, at = divmod(place, count)
    return int(np.random.default_rng([seed, rounds]).permutation(count)[at])


def _open(url: str) -> tuple[Any, str]:
    """A file system of fsspec, and the folder there."""
    try:
        files, root = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise BadParameter(f"{url} cannot be reached: {error}") from error
    return files, root.rstrip("/")


def _put(files: Any, path: str, content: bytes) -> None:  # noqa: ANN401  fsspec has no types
    try:
        files.makedirs(path.rpartition("/")[0], exist_ok=True)
        with files.transaction, files.open(path, "wb") as stream:
            stream.write(content)
    except OSError as error:
        raise UnwritableOutput(f"cannot write {path}: {error.strerror or error}") from error


def _listened(folder: Path, split: str) -> list[Path]:
    found = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as arrays:
            if str(arrays["split"]) == split:
                found.append(path)
    missing = next((path for path in found if not path.with_suffix(".features.npy").exists()), None)
    if missing is not None:
        raise BadParameter(f"{missing} has not been listened to: run leap-bridge prepare leap.features")
    return found


def _parts(examples: Sequence[Path], most_bytes: int) -> Iterator[list[Path]]:
    part: list[Path] = []
    size = 0
    for path in examples:
        part.append(path)
        size += path.with_suffix(".features.npy").stat().st_size
        if size >= most_bytes:
            yield part
            part, size = [], 0
    if part:
        yield part


def _shard(split: str, number: int, part: Sequence[Path]) -> Shard:
    stamps = [(path.name, path.stat().st_size, path.stat().st_mtime_ns, _heard_stamp(path)) for path in part]
    digest = hashlib.sha256(repr(stamps).encode()).hexdigest()[:8]
    seconds = sum(len(np.load(path.with_suffix(".features.npy"), mmap_mode="r")) for path in part) / RATE
    return Shard(f"{split}-{number:05d}-{digest}.tar", split, tuple(path.stem for path in part), round(seconds, 2))


def _heard_stamp(path: Path) -> tuple[int, int]:
    about = path.with_suffix(".features.npy").stat()
    return about.st_size, about.st_mtime_ns


def _tar(part: Sequence[Path]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path in part:
            with np.load(path) as arrays:
                kept = {name: array for name, array in arrays.items() if name != "samples"}
            heard = path.with_suffix(".features.npy").read_bytes()
            packed = io.BytesIO()
            np.savez(packed, allow_pickle=False, **kept)
            about = {"name": path.stem, "split": str(kept["split"])}
            for kind, content in (("npz", packed.getvalue()), ("features.npy", heard), ("json", _json(about))):
                entry = tarfile.TarInfo(f"{path.stem}.{kind}")
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def _json(about: Mapping[str, object]) -> bytes:
    return (json.dumps(about) + "\n").encode()
