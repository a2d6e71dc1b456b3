"""A cover laid over its song: moved into its key, and stretched in time, as far as the two are the same music.

Where the cover leaves out an introduction or plays bars more, the path stands still in one of them; such places belong
to no stretch, and what is played there is not used.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from leap_models.families.leap.conditioner import RATE
from leap_models.music.keys import MOVES
from leap_models.music.notes import Note, Notes
from leap_models.training.pairs import warping
from leap_models.training.pairs.lines import lines
from leap_models.training.pairs.listening import Cover, Floats, Song, sequence_of, transposed
from leap_models.training.pairs.stretch import STEP_S, Stretch
from leap_models.training.pairs.trust import believed, mended, trust

STEEPEST = 1.8  # seconds of one for a second of the other; beyond, one of them stands still
SHORTEST_S = 4.0  # of a stretch
NEAR_FRAMES = 3  # an onset of the song so near to one of the cover is the same
ELSEWHERE_S = (-5.3, -2.9, 2.3, 4.1)  # where onsets meet by chance
SLOPE_S = 2.0  # over which a tempo is measured


@dataclass(frozen=True, eq=False)
class Match:
    """How a cover lies over its song.

    Args:
        semitones: by which the cover comes into the song's key, -5 to 6.
        cents: of the song's tuning above the cover's, -50 to 50.
        cost: of the best path; 0 is the same music.
        contrast: by how much the other keys cost more, as a share of what they cost.
        agreement: of all onsets of the cover, the share that the song has too, above what chance gives; at most 1.
        wobble: how much the cover's tempo changes against the song's: the median of the changes of its logarithm.
        song_share, piano_share: of both, what lies in stretches.
    """

    semitones: int
    cents: float
    cost: float
    contrast: float
    agreement: float
    wobble: float
    song_share: float
    piano_share: float
    stretches: tuple[Stretch, ...]

    @property
    def likeness(self) -> float:
        """How surely the two are the same music."""
        return (self.contrast + self.agreement) / 2


def match(song: Song, cover: Cover) -> Match:
    """Find the key and the way through both."""
    piano = sequence_of(cover.notes, cover.duration_s)
    costs = np.array([warping.coarse(song.sequence, transposed(piano, move)).cost for move in MOVES])
    semitones = MOVES[int(costs.argmin())]
    path = warping.align(song.sequence, transposed(piano, semitones))
    notes = keyed(cover.notes, semitones)
    whole = [mended(song.onsets, notes, each) for line in lines(path) for each in _stretches(*line)]
    whole = [each for each in whole if len(each.song_s) > 1]
    parts = believed(whole, [trust(song.onsets, notes, each) for each in whole])
    stretches = tuple(each for each in parts if len(each.song_s) * STEP_S >= SHORTEST_S / STEEPEST)
    others = float(np.delete(costs, costs.argmin()).mean())
    return Match(
        semitones=semitones, cents=(song.cents - cover.cents + 50.0) % 100.0 - 50.0, cost=path.cost,
        contrast=1.0 - float(costs.min()) / max(others, 1e-9), agreement=_agreement(song, notes, stretches),
        wobble=_wobble(stretches),
        song_share=sum(float(each.song_s[-1] - each.song_s[0]) for each in stretches) / song.duration_s,
        piano_share=sum(float(each.piano_s[-1] - each.piano_s[0]) for each in stretches) / max(cover.duration_s, 1e-9),
        stretches=stretches,
    )


def keyed(notes: Notes, semitones: int) -> Notes:
    """The notes in another key; what leaves the keyboard comes back an octave nearer."""

    def pitch(note: Note) -> int:
        moved = note.pitch + semitones
        return moved + 12 if moved < 21 else moved - 12 if moved > 108 else moved

    return tuple(sorted(replace(note, pitch=pitch(note)) for note in notes))


def _stretches(song_s: Floats, piano_s: Floats) -> Iterator[Stretch]:
    """Where neither stands still."""
    share = np.gradient(song_s) / np.maximum(np.gradient(song_s) + np.gradient(piano_s), 1e-12)
    moving = np.pad((share > 1 / (1 + STEEPEST)) & (share < STEEPEST / (1 + STEEPEST)), 1)
    for first, end in np.flatnonzero(np.diff(moving.astype(np.int8))).reshape(-1, 2):
        if song_s[end - 1] - song_s[first] >= SHORTEST_S:
            points = np.arange(piano_s[first], piano_s[end - 1], STEP_S)
            yield Stretch(points, np.interp(points, piano_s[first:end], song_s[first:end]))


def _agreement(song: Song, notes: Notes, stretches: tuple[Stretch, ...]) -> float:
    moved = [note for stretch in stretches for note in stretch.moved(notes)]
    if not moved:
        return 0.0
    frames = song.onsets.shape[1]
    classes = np.array([note.pitch % 12 for note in moved])
    at_s = np.array([note.start_s for note in moved])
    padded = np.pad(song.onsets > 0.0, ((0, 0), (NEAR_FRAMES, NEAR_FRAMES)))
    near: npt.NDArray[np.bool_] = np.zeros(song.onsets.shape, bool)
    for first in range(2 * NEAR_FRAMES + 1):
        near |= padded[:, first : first + frames]

    def met(by_s: float) -> float:
        return float(near[classes, np.clip(np.round((at_s + by_s) * RATE).astype(np.int64), 0, frames - 1)].mean())

    chance = float(np.mean([met(by_s) for by_s in ELSEWHERE_S]))
    return (met(0.0) - chance) / max(1e-9, 1.0 - chance) * min(1.0, len(moved) / len(notes))


def _wobble(stretches: tuple[Stretch, ...]) -> float:
    changes: list[float] = []
    step = round(SLOPE_S / STEP_S)
    for stretch in stretches:
        slopes = np.log(np.maximum(np.diff(stretch.song_s[::step]), 1e-3) / SLOPE_S)
        changes += np.abs(np.diff(slopes)).tolist()
    return float(np.median(changes)) if changes else 1.0
