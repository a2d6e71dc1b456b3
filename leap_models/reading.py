"""From what a model draws to notes: rolls are crossfaded and read, window by window."""

from dataclasses import dataclass

from leap_models.intake import Intake
from leap_models.music.notes import Notes
from leap_models.music.roll import NoteReader, Roll, empty_roll
from leap_models.music.tempo import TempoMap
from leap_models.music.windows import RollJoiner

SHORTEST_S = 1.0  # of a stretch that a beat is looked for in


@dataclass(frozen=True)
class Reading:
    """The notes of a window, where the model put them.

    Args:
        until_s: all notes that begin before it have been read.
        duration_s: of the request, as far as it is known.
        clear: whether the beat is clear where these notes lie.
        heard: whether anything but silence came so far.
        warnings: at the end.
    """

    window: int
    windows: int
    notes: Notes
    until_s: float
    duration_s: float
    tempo: TempoMap
    clear: bool
    heard: bool
    warnings: tuple[str, ...]

    @property
    def last(self) -> bool:
        """Whether no other follows."""
        return self.window == self.windows - 1

    @property
    def size_bytes(self) -> int:
        """About what it takes up in memory."""
        return 200 * len(self.notes) + 160 * len(self.tempo.anchors) + 400


class Chain:
    """Behind the model: rolls in, notes out."""

    def __init__(self, source: Intake, tracks: int) -> None:
        grid = source.grid
        self._source = source
        self._silence = empty_roll(grid.frame_rate, grid.frames, tracks)
        self._joiner = RollJoiner(grid)
        self._reader = NoteReader(longest_s=grid.hop_s)
        self._heard = False
        self._until_s = 0.0  # of the last reading

    def push(self, index: int, roll: Roll | None) -> Reading:
        """Take the roll of the next window, None for silence; give the notes that became final."""
        source, last = self._source, index == self._source.count - 1
        self._heard |= roll is not None
        joined = self._joiner.push(self._silence if roll is None else roll)
        notes = self._reader.push(joined)
        if last:
            notes += self._reader.push(self._joiner.finish()) + self._reader.finish()
        until_s = source.duration_s if last else self._reader.until_s
        warnings = source.warnings if last else ()
        begin_s, self._until_s = self._until_s, until_s
        return Reading(
            index, source.count, notes, until_s, source.duration_s, source.tempo,
            source.is_clear(begin_s, max(until_s, begin_s + SHORTEST_S)), self._heard, warnings,
        )
