"""Phrases: what five players do, step by step, as cells that are on or off; and notes, on steps and in seconds.

A drum is struck for one step; all others sound for as long as a note lasts. Where a key is struck again at once, the
note before ends a step earlier, so that two notes stay two.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leap_models.families.musegan.shape import BandShape
from leap_models.music.notes import Note, Notes
from leap_models.music.players import GM_DRUMS, INSTRUMENTS, general_drum
from leap_models.music.tempo import TempoMap

Cells = npt.NDArray[np.bool_]  # (bars, steps, pitches, tracks)
DRUM_TRACKS = tuple(number for number, each in enumerate(INSTRUMENTS) if each.is_drum)
SIXTEENTHS = 4  # of a beat
_DRUM_BEATS = 0.25  # how long a struck drum is written


@dataclass(frozen=True, order=True)
class StepNote:
    """A note on steps, counted from the beginning of what it lies in."""

    start: int
    length: int
    pitch: int
    track: int


def on_steps(notes: Iterable[Note], tempo: TempoMap, origin: float, steps_per_beat: int) -> list[StepNote]:
    """Notes on the nearest steps, counted from a beat; each lasts at least one, a drum just one."""
    found = []
    for note in notes:
        begin, end = ((tempo.beat_at(at) - origin) * steps_per_beat for at in (note.start_s, note.end_s))
        start, is_drum = int(np.floor(begin + 0.5)), note.track in DRUM_TRACKS
        length = 1 if is_drum else max(1, int(np.floor(end + 0.5)) - start)
        found.append(StepNote(start, length, general_drum(note.pitch) if is_drum else note.pitch, note.track))
    return sorted(found)


def draw(notes: Iterable[StepNote], shape: BandShape, bars: int, first: int = 0) -> Cells:
    """(bars, steps, pitches, tracks) from step `first` on. What has no row or no track is left out."""
    cells = np.zeros((bars * shape.steps, shape.pitches, shape.tracks), dtype=bool)
    for note in sorted(notes):
        row, start, end = note.pitch - shape.lowest, note.start - first, note.start - first + note.length
        if 0 <= row < shape.pitches and 0 <= note.track < shape.tracks and start < len(cells) and end > 0:
            if start > 1 and cells[start - 1, row, note.track] and cells[start - 2, row, note.track]:
                cells[start - 1, row, note.track] = False  # of the note before, so that this one is struck
            cells[max(0, start) : end, row, note.track] = True
    return cells.reshape(bars, shape.steps, shape.pitches, shape.tracks)


def read(cells: Cells, shape: BandShape, first: int = 0) -> list[StepNote]:
    """The notes in cells whose step 0 is step `first`.

    A row of drum cells is one strike; if steps are sixteenths, every cell is one.
    """
    flat = cells.reshape(-1, shape.pitches * shape.tracks)
    edges = np.diff(np.pad(flat.astype(np.int8), ((1, 1), (0, 0))), axis=0)
    column, starts = np.nonzero(edges.T > 0)
    ends = np.nonzero(edges.T < 0)[1]  # in the same order: what begins ends
    rows, tracks = np.divmod(column, shape.tracks)
    found = [
        StepNote(first + start, end - start, shape.lowest + row, track)
        for start, end, row, track in zip(starts.tolist(), ends.tolist(), rows.tolist(), tracks.tolist(), strict=True)
    ]
    drums = [note for note in found if note.track in DRUM_TRACKS and note.pitch in GM_DRUMS]
    if shape.steps_per_beat <= SIXTEENTHS:
        drums = [StepNote(n.start + at, 1, n.pitch, n.track) for n in drums for at in range(n.length)]
    return sorted([*drums, *(note for note in found if note.track not in DRUM_TRACKS)])


def off_steps(notes: Iterable[tuple[StepNote, int]], tempo: TempoMap, origin: float, steps_per_beat: int) -> Notes:
    """Step notes with their velocities, in seconds."""
    made = []
    for note, velocity in notes:
        begin = origin + note.start / steps_per_beat
        beats = _DRUM_BEATS if note.track in DRUM_TRACKS else note.length / steps_per_beat
        made.append(Note(tempo.second_at(begin), tempo.second_at(begin + beats), note.pitch, velocity, note.track))
    return tuple(sorted(made))


@dataclass(frozen=True)
class Consolidated:
    """Cells without fragments.

    Args:
        filled: holes of one step that were filled. dropped: notes of one step that were left out.
    """

    cells: Cells
    filled: int
    dropped: int


def consolidate(cells: Cells, drums: Sequence[int] = DRUM_TRACKS) -> Consolidated:
    """Phrases, or one, without the crumbs that thresholds leave in parts that are no drums.

    A hole of one step is filled if a single cell lies on one of its sides, and what lasts one step is then left out.

    Args:
        cells: (..., bars, steps, pitches, tracks); bars follow each other.
        drums: numbers of the tracks that stay as they are.
    """
    flat = cells.reshape(-1, *cells.shape[-4:])
    whole = flat.reshape(len(flat), -1, *flat.shape[3:])
    padded = np.pad(whole, ((0, 0), (3, 3), (0, 0), (0, 0)))
    steps = whole.shape[1]

    def at(by: int) -> Cells:
        return padded[:, 3 + by : 3 + by + steps]

    hole = ~at(0) & at(-1) & at(1) & (~at(-2) | ~at(2))
    filled = at(0) | hole
    padded = np.pad(filled, ((0, 0), (3, 3), (0, 0), (0, 0)))
    crumb = at(0) & ~at(-1) & ~at(1)
    made = filled & ~crumb
    pitched = np.array([track not in drums for track in range(cells.shape[-1])])
    made = np.where(pitched, made, whole)
    return Consolidated(made.reshape(cells.shape), int((hole & pitched).sum()), int((crumb & pitched).sum()))


def hushed(cells: Cells, least: Sequence[float]) -> Cells:
    """Phrases without the parts that hardly play.

    Args:
        cells: (phrases, bars, steps, pitches, tracks).
        least: in how many steps of a phrase each track must sound; empty: in none.
    """
    if not least:
        return cells
    steps = cells.any(axis=3).sum(axis=(1, 2))  # (phrases, tracks)
    found: Cells = cells & (steps >= np.array(least))[:, None, None, None]
    return found


def spared(shape: BandShape) -> tuple[int, ...]:
    """The tracks that have no crumbs: drums, and all if a step is a sixteenth, which is as short as notes are."""
    return tuple(range(shape.tracks)) if shape.steps_per_beat <= SIXTEENTHS else DRUM_TRACKS


def transposed(cells: Cells, semitones: int) -> Cells:
    """Every part but drums moved; what leaves the rows is gone, nothing comes back at the other end."""
    moved = np.zeros_like(cells)
    size = cells.shape[-2]
    into, out = max(0, semitones), max(0, -semitones)
    moved[..., into : size - out, :] = cells[..., out : size - into, :]
    for track in DRUM_TRACKS:
        moved[..., track] = cells[..., track]
    return moved
