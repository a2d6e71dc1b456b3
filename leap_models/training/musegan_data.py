"""Phrases of bands in files, and `prepare musegan`, which makes them of Freedoom's music and POP909's songs.

A file holds phrases (phrases, bars, steps, pitches, tracks), as `.npz` with `shape` and `nonzero`, or as `.npy`.
Folders hold one file for each song, whose own key `split` says what it is for.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from leap_models import config
from leap_models.errors import BadParameter, MissingDependency, UserError
from leap_models.families.musegan.accents import Accents
from leap_models.families.musegan.phrase import Cells, transposed
from leap_models.families.musegan.shape import BandShape
from leap_models.families.musegan.walk import chroma
from leap_models.music.keys import key_of, to_white_keys
from leap_models.paths import atomic, made
from leap_models.training import accents, collect, lpd, mma, pop909
from leap_models.training.musegan_bands import Bandleader

log = logging.getLogger(__name__)

FOLDER = "musegan"  # within the folder of prepared data
ACCENTS = "accents.json"
SHAPE = BandShape()
SPLITS = ("train", "validation", "test")


def save(path: Path, phrases: Cells, split: str = "train") -> None:
    """Write phrases as a sparse file.

    Raises:
        UnwritableOutput: it cannot be written.
    """
    nonzero = np.stack(phrases.nonzero())
    kind = np.uint16 if max(phrases.shape) < 2**16 else np.int64
    with atomic(path) as unfinished, unfinished.open("wb") as stream:
        arrays = {"shape": np.array(phrases.shape), "nonzero": nonzero.astype(kind), "split": np.array(split)}
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def load(path: Path) -> Cells:
    """Phrases of a file, sparse or dense; a dense `.npy` is left on the disk until it is looked at.

    Raises:
        BadParameter: it is none, or damaged.
    """
    try:
        if path.suffix == ".npy":
            dense: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
        else:
            with np.load(path, allow_pickle=False) as arrays:
                dense = np.zeros(tuple(int(size) for size in arrays["shape"]), dtype=bool)
                dense[tuple(arrays["nonzero"].astype(np.int64))] = True
    except (OSError, ValueError, LookupError, EOFError) as error:
        raise BadParameter(f"{path} holds no phrases: {error}") from error
    if dense.ndim != 5:
        raise BadParameter(f"{path} must hold (phrases, bars, steps, pitches, tracks), got the shape {dense.shape}")
    return dense


class Phrases:
    """Many phrases in little memory: a bit for each cell.

    Args:
        songs: the phrases of each.
        one_key: every song is moved to C major or A minor.

    Attributes:
        packed: (phrases, bytes) uint8.
    """

    def __init__(self, shape: BandShape, songs: Iterator[Cells], one_key: bool = False) -> None:
        packed = [_packed(at_home(each) if one_key else each, shape) for each in songs]
        self.shape = shape
        self.packed = np.concatenate([*packed, np.zeros((0, -(-shape.cells // 8)), np.uint8)])

    def __len__(self) -> int:
        return len(self.packed)

    def __getitem__(self, indices: np.ndarray) -> Cells:
        bits = np.unpackbits(self.packed[indices], axis=-1, count=self.shape.cells)
        return bits.astype(bool).reshape(*np.shape(indices), *self.shape.planes)


def _packed(phrases: Cells, shape: BandShape) -> np.ndarray:
    fitted = _fitted(phrases, shape)
    return np.packbits(np.asarray(fitted).reshape(len(fitted), -1) > 0, axis=-1)


def _fitted(phrases: Cells, shape: BandShape) -> Cells:
    """Phrases with fewer steps, if a network looks at beats more coarsely: what sounds in any of them sounds.

    Raises:
        BadParameter: they are of another shape.
    """
    if phrases.shape[1:] == shape.planes:
        return phrases
    count, bars, steps, pitches, tracks = phrases.shape
    if (bars, pitches, tracks) != (shape.bars, shape.pitches, shape.tracks) or steps % shape.steps:
        raise BadParameter(f"phrases must be {shape.planes}, got {phrases.shape[1:]}: set network.shape as they are")
    coarse: Cells = phrases.reshape(count, bars, shape.steps, steps // shape.steps, pitches, tracks)
    # A note's last step says that it ends: what sounds for less than half of a coarse step is its end, not its middle.
    kept = coarse.mean(axis=3) >= 0.5
    begins = coarse & ~np.pad(phrases, ((0, 0), (0, 0), (1, 0), (0, 0), (0, 0)))[:, :, :-1].reshape(coarse.shape)
    found: Cells = kept | begins.any(axis=3)
    return found


def at_home(phrases: Cells) -> Cells:
    """The phrases of a song in C major or A minor."""
    return transposed(phrases, to_white_keys(key_of(chroma(np.asarray(phrases).sum(axis=0)))))


def load_split(folder: Path, split: str, shape: BandShape, one_key: bool = False) -> Phrases:
    """All phrases of a split of a prepared folder; or of one file, nine of ten to train with.

    Args:
        one_key: every song, or every phrase of one file, is moved to C major or A minor.

    Raises:
        BadParameter: there are none.
    """
    if folder.is_file():
        everything = load(folder)
        last = np.arange(len(everything)) % 10 == SPLITS.index(split) + 7
        chosen = everything[last if split != "train" else np.arange(len(everything)) % 10 < 8]
        return Phrases(shape, iter(np.split(chosen, len(chosen))), one_key)
    paths = sorted((folder / FOLDER).glob("*.npz")) or sorted(folder.glob("*.npz"))
    found = Phrases(shape, (load(path) for path in paths if _split_of(path) == split), one_key)
    if not len(found):
        raise BadParameter(f"{folder} has no {split} phrases: run leap-bridge prepare musegan")
    return found


def _split_of(path: Path) -> str:
    with np.load(path, allow_pickle=False) as arrays:
        return str(arrays["split"]) if "split" in arrays else "train"


def load_accents(folder: Path) -> Accents:
    """The accents that `prepare musegan` learned; equally loud notes if it did not."""
    path = folder / FOLDER / ACCENTS
    return config.load(Accents, path) if path.exists() else Accents()


def prepare(data: Path, out: Path, versions: int, shape: BandShape = SHAPE) -> Iterator[str]:
    """Write the phrases of every song; yields a line for each.

    Args:
        data: folder with `freedoom`, with `POP909`, `pop909_cl` and `groove`, or with all.
        versions: different bands of each song of POP909.

    Raises:
        BadParameter: there are no data.
        MissingDependency: MMA is not installed.
    """
    songs = pop909.names(data) if (data / "POP909").is_dir() else []
    music = sorted((data / "freedoom").rglob("*.mid"))
    if not songs and not music:
        raise BadParameter(f"{data} holds neither freedoom nor POP909 (with pop909_cl)")
    folder = made(out / FOLDER)
    for path in music:
        read = partial(collect.of_file, path, shape, collect.LIVELY, alike=True)
        yield _written(folder / f"freedoom-{path.stem}.npz", collect.split_of(path.stem), read)
    if songs:
        drummers = tuple(sorted((data / "groove").rglob("*_4-4.mid")))
        leader = Bandleader(data, tuple(mma.styles()), drummers, shape)
        if not (folder / ACCENTS).exists():
            table = accents.learn(drummers, _readable(data, songs[: accents.SONGS]))
            config.save(table, folder / ACCENTS)
        for version in range(versions):
            for name in songs:
                path = folder / f"pop909-{name}-{version}.npz"
                yield _written(path, pop909.split(name), partial(leader.phrases, name, version))


def gather(source: Path, out: Path, shape: BandShape = SHAPE) -> Iterator[str]:
    """Write the phrases of every MIDI file of a folder; yields a line for each.

    Raises:
        BadParameter: there are no MIDI files.
    """
    folder = made(out / FOLDER)
    for path in collect.files(source):
        written = folder / f"collected-{collect.rng_of(str(path)).integers(2**31):010d}-{path.stem[:64]}.npz"
        yield _written(written, collect.split_of(path.stem), partial(collect.of_file, path, shape))


def lakh(source: Path, out: Path, shape: BandShape = SHAPE) -> Iterator[str]:
    """Write the phrases of every song of lpd_5_cleansed; yields a line for each.

    Raises:
        BadParameter: the folder holds none.
        MissingDependency: pypianoroll is not installed.
    """
    folder = made(out / FOLDER)
    for path in lpd.files(source):
        written = folder / f"lpd-{path.stem}.npz"
        yield _written(written, collect.split_of(path.stem), partial(lpd.of_file, path, shape))


def _readable(data: Path, names: Sequence[str]) -> Iterator[pop909.Song]:
    for name in names:
        try:
            yield pop909.load(data, name)
        except UserError as error:
            log.info("skipped: %s", error)


def _written(path: Path, split: str, make: Callable[[], Cells]) -> str:
    try:
        if not path.exists():
            save(path, make(), split)
        return f"{path.name} is ready"
    except MissingDependency:
        raise
    except UserError as error:
        return f"skipped: {path.stem}: {error}"
