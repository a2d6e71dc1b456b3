"""Songs of OpenScore Lieder (CC0): what the piano plays, on the beat, from compressed MusicXML.

Read is what a passage needs: pitches, places and lengths in quarters, bars. Ornaments, slurs and repeats are left out;
grace notes too, since they have no length. Scores say little about loudness, so all notes are equally loud.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from leap_models.errors import UserError
from leap_models.music.notes import Note, Notes
from leap_models.music.tempo import TempoMap

VELOCITY = 72
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
MOST_BYTES = 64 * 2**20  # of a score, unpacked


class BadScore(UserError):  # noqa: N818
    """A score that cannot be used; preparing skips it with a line."""

    code = "bad_score"


@dataclass(frozen=True)
class Song:
    """The longest stretch of a song in one time signature, a quarter lasting a second. It begins with a bar line.

    Args:
        name: of the file.
    """

    name: str
    notes: Notes
    beats_per_bar: int

    @property
    def tempo(self) -> TempoMap:
        """Beats are quarters."""
        return TempoMap.steady(60.0, self.beats_per_bar)


@dataclass
class _Measure:
    """One measure, in quarters from the beginning of the song; `quarters` is what its time signature says."""

    start: float
    end: float
    quarters: float

    @property
    def whole(self) -> bool:
        """Whether it is no upbeat and not cut short, either of which shifts the bar lines."""
        return abs(self.end - self.start - self.quarters) < 1e-6 and self.quarters == int(self.quarters) >= 2


@dataclass
class _Struck:
    """A note, which a tie may still make longer."""

    start: float
    end: float
    pitch: int


def paths(folder: Path) -> list[Path]:
    """All songs below a folder, in order."""
    return sorted(folder.rglob("*.mxl"))


def split(name: str) -> str:
    """Where a song belongs, by the last digit of its name: 8 of 10 `train`, then `validation` and `test`."""
    digits = [letter for letter in name if letter.isdigit()]
    return {"8": "validation", "9": "test"}.get(digits[-1] if digits else "0", "train")


def load(path: Path) -> Song:
    """Read one song.

    Raises:
        BadScore: it is damaged, has no piano, or no bars of whole quarters.
    """
    root = _root(path)
    names = {each.get("id"): (each.findtext("part-name") or "").lower() for each in root.iter("score-part")}
    part = next((part for part in root.iter("part") if "piano" in names.get(part.get("id"), "")), None)
    if part is None:
        raise BadScore(f"{path.name}: no part is called piano")
    reader = _Reader()
    runs: list[list[_Measure]] = [[]]
    for element in part.iter("measure"):
        measure = reader.read(element)
        if not measure.whole or (runs[-1] and runs[-1][-1].quarters != measure.quarters):
            runs.append([])
        if measure.whole:
            runs[-1].append(measure)
    best = max(runs, key=len)
    start, end = (best[0].start, best[-1].end) if best else (0.0, 0.0)
    struck = [note for note in reader.struck if start <= note.start < end]
    if not struck:
        raise BadScore(f"{path.name}: no notes in bars of whole quarters")
    notes = (Note(each.start - start, min(each.end, end) - start, each.pitch, VELOCITY) for each in struck)
    return Song(path.stem, tuple(sorted(notes)), int(best[0].quarters))


def _root(path: Path) -> Element:
    try:
        with zipfile.ZipFile(path) as archive:
            files = [each for each in archive.infolist() if not each.filename.startswith("META-INF")]
            scores = [each for each in files if each.filename.endswith((".xml", ".musicxml"))]
            if not scores or scores[0].file_size > MOST_BYTES:
                raise BadScore(f"{path.name}: no score of a usual size")
            return ElementTree.fromstring(archive.read(scores[0]))
    except (OSError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise BadScore(f"{path.name}: {error}") from error


class _Reader:
    """Measures in order; keeps what lasts longer than one: divisions, time signature, ties."""

    def __init__(self) -> None:
        self.struck: list[_Struck] = []
        self._quarters, self._divisions, self._end = 4.0, 1.0, 0.0
        self._tied: dict[int, _Struck] = {}

    def read(self, element: Element) -> _Measure:
        """Take the notes of a measure."""
        at = last = begin = self._end
        for child in element:
            length = float(child.findtext("duration") or 0.0) / self._divisions
            if child.tag == "attributes":
                self._attributes(child)
            elif child.tag == "backup":
                at -= length
            elif child.tag == "forward":
                at += length
            elif child.tag == "note" and child.find("grace") is None:
                if child.find("chord") is None:
                    last, at = at, at + length
                self._note(child, last, length)
            self._end = max(self._end, at)
        return _Measure(begin, self._end, self._quarters)

    def _attributes(self, element: Element) -> None:
        self._divisions = float(element.findtext("divisions") or self._divisions)
        beats, kind = element.findtext("time/beats"), element.findtext("time/beat-type")
        if beats and kind and beats.isdigit() and kind.isdigit():
            self._quarters = int(beats) * 4 / int(kind)

    def _note(self, element: Element, start: float, length: float) -> None:
        step, octave = element.findtext("pitch/step"), element.findtext("pitch/octave")
        if step is None or octave is None or length <= 0:
            return
        pitch = 12 * (int(octave) + 1) + STEPS[step] + round(float(element.findtext("pitch/alter") or 0))
        ties = {tie.get("type") for tie in element.iter("tie")}
        note = self._tied.pop(pitch, None) if "stop" in ties else None
        if note is None:
            note = _Struck(start, start + length, pitch)
            self.struck.append(note)
        note.end = start + length
        if "start" in ties:
            self._tied[pitch] = note
