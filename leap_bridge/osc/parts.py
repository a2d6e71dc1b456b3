"""What does not fit into one message: tempo maps and scores, which a client sends in parts, by numbers of its own."""

from collections import OrderedDict
from dataclasses import dataclass, field

from leap_models.errors import BadParameter
from leap_models.music.notes import Note, Notes, Pedal
from leap_models.music.tempo import TempoMap

MOST_KEPT = 8  # of one kind, of a client
PEDAL = -1  # as a pitch: the sustain pedal

Row = tuple[float, ...]


@dataclass
class Parts:
    """Rows of numbers, those parts of them that have come.

    Args:
        rows: by part.
        count: of parts.
        told: what every part says of the whole.
    """

    rows: dict[int, tuple[Row, ...]]
    count: int
    told: Row = ()

    @property
    def missing(self) -> int:
        """How many parts have not come."""
        return self.count - len(self.rows)

    @property
    def all(self) -> tuple[Row, ...]:
        """Every row, in order."""
        return tuple(row for part in sorted(self.rows) for row in self.rows[part])


@dataclass
class Sent:
    """All of one kind that a client has sent, the latest last.

    Args:
        key: of a request, that names one of them.
        noun: what one is.
        row: what its rows are.
        most_rows: of all together.
    """

    key: str
    noun: str
    row: str
    most_rows: int
    kept: OrderedDict[int, Parts] = field(default_factory=OrderedDict)

    def take(self, number: int, part: int, parts: Parts) -> int:
        """Keep a part; how many are missing.

        Raises:
            BadParameter: it is none of its parts, or there are too many rows.
        """
        known = self.kept.get(number)
        if known is None or (known.count, known.told) != (parts.count, parts.told) or not known.missing:
            known = parts
        if part >= parts.count:
            raise BadParameter(f"part must be less than parts, got {part} of {parts.count}")
        known.rows.update(parts.rows)
        self.kept[number] = known
        self.kept.move_to_end(number)
        while len(self.kept) > MOST_KEPT or (self._rows() > self.most_rows and len(self.kept) > 1):
            self.kept.popitem(last=False)
        if self._rows() > self.most_rows:
            self.kept.clear()
            raise BadParameter(f"{self.noun} may have {self.most_rows} {self.row}, got more")
        return known.missing

    def whole(self, number: int) -> Parts:
        """One that has come with all its parts.

        Raises:
            BadParameter: it has not.
        """
        known = self.kept.get(number)
        if known is None or known.missing:
            state = "was not given" if known is None else f"lacks {known.missing} parts"
            raise BadParameter(
                f"{self.key} must be the number of {self.noun} sent with /leap/{self.key}, {number} {state}"
            )
        return known

    def _rows(self) -> int:
        return sum(len(part) for each in self.kept.values() for part in each.rows.values())


@dataclass(frozen=True)
class Score:
    """Notes that a host has, and no file. Seconds of the clip."""

    notes: Notes
    pedals: tuple[Pedal, ...]


def tempo_of(parts: Parts) -> TempoMap:
    """Anchors (second, beat) as a map; told are beats_per_bar and downbeat.

    Raises:
        BadParameter: its anchors do not rise.
    """
    beats_per_bar, downbeat = parts.told
    return TempoMap(tuple((second, beat) for second, beat in parts.all), int(beats_per_bar), downbeat)


def score_of(parts: Parts) -> Score:
    """Rows (pitch, start_s, duration_s, velocity) as notes."""
    notes, pedals = list[Note](), list[Pedal]()
    for pitch, start_s, duration_s, velocity in parts.all:
        if pitch == PEDAL:
            pedals.append(Pedal(start_s, start_s + duration_s))
        else:
            notes.append(Note(start_s, start_s + duration_s, int(pitch), int(velocity)))
    return Score(tuple(sorted(notes)), tuple(sorted(pedals)))
