"""What the page asks for: JSON text, read into one dataclass for each kind, or refused.

Every message has `id`, a whole number that the answer repeats, and `do`, which says what else is in it:

    models                                          which there are, and what each can be told
    status                                          how the service is
    upload    name bytes                            a file, which follows in binary pieces of the same id
    drop      file                                  forget an upload, whole or not
    start     model values source like notes ...    a job; `source` and `like` are ids of uploads
    cancel    job
    file      job format                            a file of a result, which comes in binary pieces of the same id
    forget    job                                   delete its files
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NoReturn

from leap_models.errors import BadMessage, BadParameter
from leap_models.music.notes import PITCHES, Note, Notes, Pedal
from leap_models.music.tempo import TempoMap

HEAD_BYTES = 4  # of a binary piece: the id, big-endian
MOST_ID = 2**32 - 1
MOST_WHOLE = 2**53  # what a browser counts to
MOST_CHARACTERS = 4096  # of a word
FORMATS = ("mid", "wav", "musicxml")
# What a request says by fields of their own, since no word of a page becomes the name of a file.
NOT_VALUES = ("tempo", "keep", "score", "like")

Json = dict[str, Any]


@dataclass(frozen=True)
class Ask:
    """Anything that is asked for."""

    id: int


@dataclass(frozen=True)
class Models(Ask):
    """Which there are."""


@dataclass(frozen=True)
class Status(Ask):
    """How the service is."""


@dataclass(frozen=True)
class Upload(Ask):
    """A file is to come."""

    name: str
    bytes: int


@dataclass(frozen=True)
class Drop(Ask):
    """An upload is not needed any more."""

    file: int


@dataclass(frozen=True)
class Start(Ask):
    """A job. `source` and `like` are uploads, 0 is none; `keep` is a job, 0 is none."""

    model: str
    values: Mapping[str, object]
    source: int = 0
    like: int = 0
    keep: int = 0
    notes: Notes = ()
    pedals: tuple[Pedal, ...] = ()
    tempo: TempoMap | None = None


@dataclass(frozen=True)
class Cancel(Ask):
    """A job is to stop."""

    job: int


@dataclass(frozen=True)
class File(Ask):
    """A file of a result is wanted."""

    job: int
    format: str


@dataclass(frozen=True)
class Forget(Ask):
    """The files of a job are not needed any more."""

    job: int


def read(text: str) -> Ask:
    """What a message asks for.

    Raises:
        BadMessage, BadParameter: it is none of those above, or damaged.
    """
    said = _Said(_json(text))
    number = said.whole("id", 1, MOST_ID)
    do = said.word("do")
    if do not in _READERS:
        said.refuse(f"do must be one of {', '.join(_READERS)}, got {do[:40]!r}")
    ask = _READERS[do](number, said)
    said.end()
    return ask


def id_of(text: str) -> int:
    """The id of a message, however wrong the rest is; 0 if it has none."""
    try:
        found = _json(text).get("id")
    except BadMessage:
        return 0
    return found if type(found) is int and 0 <= found <= MOST_ID else 0


def piece(packed: bytes) -> tuple[int, memoryview]:
    """The id of a binary piece, and its bytes.

    Raises:
        BadMessage: it is too short to have one.
    """
    if len(packed) < HEAD_BYTES:
        raise BadMessage(f"a piece of a file begins with {HEAD_BYTES} bytes, got {len(packed)}")
    return int.from_bytes(packed[:HEAD_BYTES], "big"), memoryview(packed)[HEAD_BYTES:]


@dataclass
class _Said:
    """The fields of a message, each of which is to be read."""

    fields: Json
    read: set[str] = field(default_factory=set)

    def get(self, name: str, default: object = None) -> Any:  # noqa: ANN401  (whatever JSON holds)
        self.read.add(name)
        return self.fields.get(name, default)

    def refuse(self, why: str) -> NoReturn:
        raise BadMessage(why)

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        value = self.get(name, default)
        if type(value) is not int or not low <= value <= high:
            self.refuse(f"{name} must be a whole number from {low} to {high}, got {str(value)[:40]!r}")
        return value

    def word(self, name: str) -> str:
        value = self.get(name)
        if not isinstance(value, str) or len(value) > MOST_CHARACTERS or not _encodes(value):
            self.refuse(f"{name} must be a word of at most {MOST_CHARACTERS} characters, got {str(value)[:40]!r}")
        return value

    def rows(self, name: str, width: int) -> list[tuple[float, ...]]:
        value = self.get(name, [])
        good = isinstance(value, list) and all(isinstance(row, list) and len(row) == width for row in value)
        if not good or not all(_is_number(number) for row in value for number in row):
            self.refuse(f"{name} must be a list of lists of {width} numbers")
        return [tuple(row) for row in value]

    def end(self) -> None:
        unknown = [name for name in self.fields if name not in self.read]
        if unknown:
            self.refuse(f"known fields are {', '.join(sorted(self.read))}, got {', '.join(unknown)[:80]!r}")


def _start(number: int, said: _Said) -> Start:
    values = said.get("values", {})
    if not isinstance(values, dict) or not all(isinstance(each, (int, float, str)) for each in values.values()):
        said.refuse("values must be an object of numbers, words, true and false")
    named = [name for name in NOT_VALUES if name in values]
    if named or not all(_encodes(each) for pair in values.items() for each in pair if isinstance(each, str)):
        raise BadParameter(f"{', '.join(named) or 'a word of values'} cannot be given as a value")
    return Start(
        number, said.word("model"), values, said.whole("source", 0, MOST_ID, 0), said.whole("like", 0, MOST_ID, 0),
        said.whole("keep", 0, MOST_WHOLE, 0), tuple(sorted(_note(row) for row in said.rows("notes", 4))),
        tuple(sorted(_pedal(row) for row in said.rows("pedals", 2))), _tempo(said),
    )  # fmt: skip


def _note(row: tuple[float, ...]) -> Note:
    start_s, end_s, pitch, velocity = row
    if not 0.0 <= start_s < end_s or pitch not in range(PITCHES) or velocity not in range(1, 128):
        raise BadParameter(f"a note is [start_s, end_s, pitch 0 to 127, velocity 1 to 127], got {list(row)}")
    return Note(float(start_s), float(end_s), int(pitch), int(velocity))


def _pedal(row: tuple[float, ...]) -> Pedal:
    start_s, end_s = row
    if not 0.0 <= start_s < end_s:
        raise BadParameter(f"a pedal is [start_s, end_s], got {list(row)}")
    return Pedal(float(start_s), float(end_s))


def _tempo(said: _Said) -> TempoMap | None:
    tempo = said.get("tempo")
    if tempo is None:
        return None
    if not isinstance(tempo, dict):
        said.refuse("tempo must be an object of anchors, beats_per_bar and downbeat")
    inner = _Said(tempo)
    anchors = tuple((second, beat) for second, beat in inner.rows("anchors", 2))
    downbeat = inner.get("downbeat", 0)
    if not _is_number(downbeat):
        said.refuse("downbeat must be a number")
    found = TempoMap(anchors, inner.whole("beats_per_bar", 1, 64, 4), downbeat)
    inner.end()
    return found


_READERS: dict[str, Callable[[int, _Said], Ask]] = {
    "models": lambda number, _said: Models(number),
    "status": lambda number, _said: Status(number),
    "upload": lambda number, said: Upload(number, said.word("name"), said.whole("bytes", 1, MOST_WHOLE)),
    "drop": lambda number, said: Drop(number, said.whole("file", 1, MOST_ID)),
    "start": _start,
    "cancel": lambda number, said: Cancel(number, said.whole("job", 1, MOST_WHOLE)),
    "file": lambda number, said: File(number, said.whole("job", 1, MOST_WHOLE), said.word("format")),
    "forget": lambda number, said: Forget(number, said.whole("job", 1, MOST_WHOLE)),
}


def _json(text: str) -> Json:
    try:
        found = json.loads(text, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"a message is a JSON object: {str(error)[:80]}") from error
    if not isinstance(found, dict):
        raise BadMessage(f"a message is a JSON object, got {type(found).__name__}")
    return found


def _whole(text: str) -> float:
    """As a browser has it: beyond what it counts to a float, perhaps an infinite one."""
    value = float(text)
    return int(text) if abs(value) <= MOST_WHOLE else value


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _encodes(text: str) -> bool:
    """Whether it is text: JSON can hold halves of characters, which no file and no terminal takes."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
