"""Bach's chorales, from music21's corpus, as four voices of symbols on sixteenths.

`prepare continuation` writes a file for each, whose split its BWV number decides: what is of one work stays together.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from leap_models.errors import BadParameter, MissingDependency, UserError
from leap_models.families.continuation.symbols import STEPS_PER_BEAT, StepNote, Symbols, encode, key, transposed
from leap_models.music.keys import to_white_keys
from leap_models.paths import atomic, made

log = logging.getLogger(__name__)

FOLDER = "continuation"  # within the folder of prepared data
VOICES = ("Soprano", "Alto", "Tenor", "Bass")
_NAME = re.compile(r"bwv(\d+)")
_TINY = 1e-3  # of a step


class NoChorale(UserError):  # noqa: N818
    """Music that is not four voices on sixteenths; preparing skips it with a line."""

    code = "no_chorale"


@dataclass(frozen=True, eq=False)
class Chorale:
    """Four voices.

    Args:
        symbols: (steps, 4), from the soprano down.
        pickup: steps before the first bar line.
    """

    name: str
    symbols: Symbols
    beats_per_bar: int
    pickup: int

    @property
    def first(self) -> int:
        """The step that `symbols` begin on, if a bar line is step 0; not negative."""
        bar = STEPS_PER_BEAT * self.beats_per_bar
        return -self.pickup % bar


def at_home(chorale: Chorale) -> Chorale:
    """The same in C major or A minor."""
    return replace(chorale, symbols=transposed(chorale.symbols, to_white_keys(key(chorale.symbols))))


def split_of(name: str) -> str:
    """Of ten works eight are `train`, then `validation` and `test`, by the BWV number alone."""
    found = _NAME.match(name)
    number = int(found[1]) if found else 0
    return {8: "validation", 9: "test"}.get(number * 7 % 10, "train")


def names() -> list[Path]:
    """The files of the corpus that are one work of Bach's.

    Raises:
        MissingDependency: music21 is not installed.
    """
    paths = _music21().corpus.getComposer("bach")
    by_name = {Path(path).stem: Path(path) for path in paths if _NAME.match(Path(path).name)}
    return [by_name[name] for name in sorted(by_name)]


def read(path: Path) -> Chorale:
    """One chorale.

    Raises:
        NoChorale: it has not four voices, no steady metre in quarters, or onsets between sixteenths.
    """
    score = _music21().converter.parse(path)
    parts = _voices(list(score.parts))
    signatures = {each.ratioString for each in parts[0].recurse().getElementsByClass("TimeSignature")}
    if len(signatures) != 1 or (signature := signatures.pop()) not in ("4/4", "3/4", "2/4"):
        raise NoChorale(f"{path.stem}: its metre must be 4/4, 3/4 or 2/4 throughout")
    beats_per_bar = int(signature[0])
    notes = [note for voice, part in enumerate(parts) for note in _notes(part, voice, path.stem)]
    if {note.voice for note in notes} != set(range(len(VOICES))):
        raise NoChorale(f"{path.stem}: a voice is silent")
    steps = max(note.end for note in notes)
    symbols = np.array([encode(notes, steps, voice) for voice in range(len(VOICES))], dtype=np.int64).T
    measures = list(parts[0].getElementsByClass("Measure"))
    begins = float(measures[1].offset) if len(measures) > 1 else 0.0
    return Chorale(path.stem, symbols, beats_per_bar, round(begins * STEPS_PER_BEAT) % (beats_per_bar * STEPS_PER_BEAT))


def prepare(out: Path) -> Iterator[str]:
    """Write every chorale; yields a line for each."""
    folder = made(out / FOLDER)
    for path in names():
        written = folder / f"{path.stem}.npz"
        if not written.exists():
            try:
                save(written, read(path))
            except NoChorale as error:
                yield f"skipped: {error}"
                continue
        yield f"{written.name} is ready"


def save(path: Path, chorale: Chorale) -> None:
    """Write a chorale as one file."""
    with atomic(path) as unfinished, unfinished.open("wb") as stream:
        np.savez_compressed(
            stream, allow_pickle=False, symbols=chorale.symbols.astype(np.uint8), pickup=np.array(chorale.pickup),
            beats_per_bar=np.array(chorale.beats_per_bar), split=np.array(split_of(chorale.name)),
        )  # fmt: skip


def load(folder: Path, split: str, one_key: bool = False) -> list[Chorale]:
    """The prepared chorales of a split, in order.

    Args:
        one_key: moved to C major or A minor.

    Raises:
        BadParameter: there are none.
    """
    found = []
    for path in sorted((folder / FOLDER).glob("*.npz")):
        with np.load(path, allow_pickle=False) as arrays:
            if str(arrays["split"]) == split:
                symbols = arrays["symbols"].astype(np.int64)
                chorale = Chorale(path.stem, symbols, int(arrays["beats_per_bar"]), int(arrays["pickup"]))
                found.append(at_home(chorale) if one_key else chorale)
    if not found:
        raise BadParameter(f"{folder} has no {split} chorales: run leap-bridge prepare continuation")
    return found


def _voices(parts: list[Any]) -> list[Any]:
    """Those that are sung, from the highest down."""
    by_name = {str(part.partName or part.id).strip().rstrip("."): part for part in parts}
    if set(VOICES) <= set(by_name):
        return [by_name[name] for name in VOICES]
    if len(parts) == len(VOICES):
        return parts
    raise NoChorale(f"it must have four voices, it has {len(parts)} parts")


def _notes(part: Any, voice: int, name: str) -> Iterator[StepNote]:  # noqa: ANN401  music21 knows no types
    for element in part.stripTies().flatten().notes:
        if element.duration.isGrace:
            continue
        start, length = (float(each) * STEPS_PER_BEAT for each in (element.offset, element.quarterLength))
        if abs(start - round(start)) > _TINY or abs(length - round(length)) > _TINY:
            raise NoChorale(f"{name}: a note of {VOICES[voice]} does not lie on sixteenths")
        yield StepNote(round(start), max(1, round(length)), max(pitch.midi for pitch in element.pitches), voice)


def _music21() -> Any:  # noqa: ANN401  music21 knows no types
    try:
        import music21
    except ModuleNotFoundError as error:
        raise MissingDependency('Bach\'s chorales need music21: pip install "leap-bridge[train]"') from error
    return music21
