"""MAESTRO v3 (CC BY-NC-SA 4.0), for those who have it: its performances by its CSV, from the zip in place or unpacked.

Nothing of it is shipped, and weights that learned from it carry its licence.
"""

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leap_models.errors import BadParameter
from leap_models.music import midi
from leap_models.music.midi import Midi

SPLITS = ("train", "validation", "test")
_COLUMNS = ("canonical_composer", "canonical_title", "split", "year", "midi_filename", "audio_filename", "duration")


@dataclass(frozen=True)
class Performance:
    """One row of the CSV. Its columns are the fields, `duration` in seconds."""

    composer: str
    title: str
    split: str
    year: int
    midi_filename: str
    audio_filename: str
    duration_s: float


class Maestro:
    """The data set.

    Args:
        place: `maestro-v3.0.0.zip`, its MIDI-only sister, or the folder that either was unpacked to.

    Raises:
        BadParameter: there is no such place, or no CSV of MAESTRO in it.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._names = self._all_names()
        found = sorted(name for name in self._names if name.endswith(".csv") and "maestro" in name.lower())
        if not found:
            raise BadParameter(f"{place} holds no CSV of MAESTRO")
        self._root = found[0].rpartition("/")[0]
        self._rows = tuple(self._read_rows(found[0]))

    def performances(self, split: str) -> tuple[Performance, ...]:
        """Those of a split, in the CSV's order.

        Raises:
            BadParameter: no such split.
        """
        if split not in SPLITS:
            raise BadParameter(f"split must be one of {', '.join(SPLITS)}, got {split}")
        return tuple(row for row in self._rows if row.split == split)

    def notes(self, performance: Performance) -> Midi:
        """A performance, every note of it.

        Raises:
            UnreadableMidi: its file is damaged.
            BadParameter: its file is not there.
        """
        with tempfile.TemporaryDirectory() as folder:  # the reader of MIDI wants a file
            path = Path(folder) / Path(performance.midi_filename).name
            path.write_bytes(self._bytes(performance.midi_filename))
            return midi.read(path)

    def _all_names(self) -> tuple[str, ...]:
        if self._place.is_dir():
            return tuple(path.relative_to(self._place).as_posix() for path in self._place.rglob("*") if path.is_file())
        try:
            with zipfile.ZipFile(self._place) as archive:
                return tuple(archive.namelist())
        except (OSError, zipfile.BadZipFile) as error:
            raise BadParameter(f"{self._place} is neither a folder nor a zip: {error}") from error

    def _read_rows(self, name: str) -> Iterator[Performance]:
        rows = csv.DictReader(io.StringIO(self._bytes(name.removeprefix(self._root + "/")).decode("utf-8")))
        missing = set(_COLUMNS) - set(rows.fieldnames or ())
        if missing:
            raise BadParameter(f"{name} lacks the columns {', '.join(sorted(missing))}")
        for row in rows:
            yield Performance(
                row["canonical_composer"], row["canonical_title"], row["split"], int(row["year"]),
                row["midi_filename"], row["audio_filename"], float(row["duration"]),
            )  # fmt: skip

    def _bytes(self, name: str) -> bytes:
        whole = f"{self._root}/{name}" if self._root else name
        if whole not in self._names:
            raise BadParameter(f"{self._place} holds no {whole}")
        if self._place.is_dir():
            return (self._place / whole).read_bytes()
        with zipfile.ZipFile(self._place) as archive:
            return archive.read(whole)
