"""Which recordings belong together: pairs of a song and a piano cover, found in a folder or read from a list.

A folder either has a folder `songs` and a folder `pianos`, in which what belongs together has one name; or a folder for
each song, with one recording and any number of covers: MIDI files, or recordings whose names begin with "piano" or
"cover". A list is a CSV file with the columns song and piano, and name if they are to have names; paths count from the
list's folder.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leap_models.errors import BadParameter, FileMissing
from leap_models.music.audio import SUFFIXES as SOUND

NOTES = {".mid", ".midi"}
COVERS = ("piano", "cover")  # what the name of a cover's recording begins with


@dataclass(frozen=True)
class Pair:
    """A song and its cover, and the name that everything made of them has."""

    name: str
    song: Path
    piano: Path


@dataclass(frozen=True)
class Unpaired:
    """Why something in a folder or a list is no pair: a code, and a line for people."""

    name: str
    code: str
    why: str


@dataclass(frozen=True)
class Index:
    """Everything that was found, in the order of names."""

    pairs: tuple[Pair, ...]
    unpaired: tuple[Unpaired, ...]


def find(where: Path) -> Index:
    """The pairs of a folder or a list. No file is opened but the list.

    Raises:
        FileMissing: there is no such folder or list.
        BadParameter: a list without the columns song and piano.
    """
    if not where.exists():
        raise FileMissing(f"there is no folder or list {where}")
    return _settled(_folder(where) if where.is_dir() else _list(where))


def tidy(name: str) -> str:
    """A name that any file system, archive and address takes: letters, digits, - and _."""
    return re.sub(r"[^\w-]+", "_", name).strip("_") or "_"


def _settled(found: Iterator[Pair | Unpaired]) -> Index:
    """Names that collide, on file systems that take a for A too, are told and left out."""
    pairs: dict[str, Pair] = {}
    unpaired: list[Unpaired] = []
    for each in found:
        if isinstance(each, Unpaired):
            unpaired.append(each)
        elif each.name.casefold() in pairs:
            other = pairs[each.name.casefold()]
            why = f"{each.piano}: another pair has the name {other.name} already: {other.piano}"
            unpaired.append(Unpaired(each.name, "SAME_NAME", why))
        else:
            pairs[each.name.casefold()] = each
    return Index(tuple(pairs[name] for name in sorted(pairs)), tuple(unpaired))


def _folder(root: Path) -> Iterator[Pair | Unpaired]:
    if (root / "songs").is_dir() and (root / "pianos").is_dir():
        yield from _beside(_files(root / "songs"), _files(root / "pianos"))
        return
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        yield from _together(folder)


def _beside(songs: list[Path], pianos: list[Path]) -> Iterator[Pair | Unpaired]:
    """What has one name in two folders."""
    covers: dict[str, list[Path]] = {}
    for path in pianos:
        if path.suffix.lower() in SOUND | NOTES:
            covers.setdefault(path.stem, []).append(path)
    known: dict[str, Path] = {}
    for path in songs:
        if path.suffix.lower() not in SOUND:
            continue
        if path.stem in known:
            why = f"{path}: {known[path.stem].name} has the same name"
            yield Unpaired(tidy(path.stem), "SAME_NAME", why)
            continue
        known[path.stem] = path
        if path.stem not in covers:
            yield Unpaired(tidy(path.stem), "NO_PIANO", f"{path}: no file of that name in {pianos_of(path)}")
        for cover in covers.get(path.stem, []):
            yield Pair(tidy(path.stem), path, cover)
    for name in sorted(set(covers) - set(known)):
        yield Unpaired(tidy(name), "NO_SONG", f"{covers[name][0]}: no recording of that name in the folder songs")


def pianos_of(song: Path) -> Path:
    """The folder in which a song's covers lie."""
    return song.parent.parent / "pianos"


def _together(folder: Path) -> Iterator[Pair | Unpaired]:
    """One recording and its covers in one folder."""
    files = _files(folder)
    covers = [path for path in files if path.suffix.lower() in NOTES or _is_cover(path)]
    songs = [path for path in files if path.suffix.lower() in SOUND and path not in covers]
    name = tidy(folder.name)
    if len(songs) != 1:
        what = f"{len(songs)} recordings that are no covers" if songs else "no recording of a song"
        yield Unpaired(name, "NO_SONG", f"{folder}: {what}; expected one, and covers named piano* or *.mid")
    elif not covers:
        yield Unpaired(name, "NO_PIANO", f"{folder}: no cover; expected *.mid, or a recording named piano*")
    else:
        for cover in covers:
            yield Pair(name if len(covers) == 1 else f"{name}_{tidy(cover.stem)}", songs[0], cover)


def _is_cover(path: Path) -> bool:
    return path.suffix.lower() in SOUND and path.stem.lower().startswith(COVERS)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _list(path: Path) -> Iterator[Pair | Unpaired]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.DictReader(stream)
        if not {"song", "piano"} <= set(rows.fieldnames or ()):
            given = ", ".join(rows.fieldnames or ()) or "none"
            raise BadParameter(f"{path} must have the columns song and piano, and may have name; it has {given}")
        for row in rows:
            song, piano = (path.parent / (row[column] or "") for column in ("song", "piano"))
            name = tidy(row.get("name") or piano.stem)
            gone = next((file for file in (song, piano) if not file.is_file()), None)
            if gone is None:
                yield Pair(name, song, piano)
            else:
                code = "NO_SONG" if gone == song else "NO_PIANO"
                yield Unpaired(name, code, f"{path}, line {rows.line_num}: there is no file {gone}")
