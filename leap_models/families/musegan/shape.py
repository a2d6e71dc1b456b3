"""The shape of a phrase, and the plan by which networks grow it from a point, and look at it.

A phrase is an array (bars, steps, pitches, tracks), several are (phrases, bars, steps, pitches, tracks).
Networks grow a bar from one place: beats, quarters of beats, steps; octaves in two strides, then semitones.
"""

from dataclasses import dataclass
from typing import Literal

from leap_models.errors import BadParameter

OCTAVE = 12  # semitones
QUARTERS = 4  # parts of a beat, between beats and steps
MOST_BARS, MOST_TRACKS, MOST_CELLS = 64, 16, 2**22

Order = Literal["musical", "bad_pitch", "bad_time"]


@dataclass(frozen=True)
class BandShape:
    """Of a phrase. The default is the original's; the paper's has 24 steps a beat.

    Args:
        lowest: MIDI number of the first pitch.

    Raises:
        BadParameter: networks cannot grow it.
    """

    bars: int = 4
    beats_per_bar: int = 4
    steps_per_beat: int = 12
    lowest: int = 24
    pitches: int = 84
    tracks: int = 5

    def __post_init__(self) -> None:
        _within("bars", self.bars, 1, MOST_BARS)
        _within("beats_per_bar", self.beats_per_bar, 1, 16)
        _within("tracks", self.tracks, 1, MOST_TRACKS)
        _within("lowest", self.lowest, 0, 127)
        if self.steps_per_beat not in range(QUARTERS, 97, QUARTERS):
            raise BadParameter(f"steps_per_beat must be one of 4, 8, 12, ... 96, got {self.steps_per_beat}")
        most = (128 - self.lowest) // OCTAVE * OCTAVE
        if self.pitches not in range(OCTAVE, most + 1, OCTAVE):
            raise BadParameter(
                f"pitches must be one of {OCTAVE}, {2 * OCTAVE}, ... {most} from {self.lowest} on, got {self.pitches}"
            )
        if self.cells > MOST_CELLS:
            raise BadParameter(f"a phrase may have {MOST_CELLS} cells, this has {self.cells}")

    @property
    def steps(self) -> int:
        """Of a bar."""
        return self.beats_per_bar * self.steps_per_beat

    @property
    def planes(self) -> tuple[int, int, int, int]:
        """(bars, steps, pitches, tracks)."""
        return self.bars, self.steps, self.pitches, self.tracks

    @property
    def cells(self) -> int:
        """Of a phrase."""
        return self.bars * self.steps * self.pitches * self.tracks

    @property
    def octaves(self) -> int:
        """Of all pitches."""
        return self.pitches // OCTAVE


def _within(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise BadParameter(f"{name} must be from {low} to {high}, got {value}")


@dataclass(frozen=True)
class Stride:
    """How one axis grows in two strides from one place to `size`: to `first`, and to (first - 1) * step + kernel."""

    first: int
    kernel: int
    step: int

    @property
    def size(self) -> int:
        """After both."""
        return (self.first - 1) * self.step + self.kernel


@dataclass(frozen=True)
class Growth:
    """The plan of a bar: what the shared part grows, and what each track's own part adds.

    Args:
        time, pitch: of the shared part.
        own_time, own_pitch: each place of the shared part becomes so many steps and pitches.
    """

    time: Stride
    pitch: Stride
    own_time: int
    own_pitch: int


def growth(shape: BandShape, order: Order = "musical") -> Growth:
    """The plan for a shape.

    Args:
        order: "musical" goes through beats and octaves; the others, for comparison, cut pitches into neighbours
            that are no octaves, and bars into parts that are no beats.
    """
    beats = Stride(shape.beats_per_bar, QUARTERS, QUARTERS)
    own_time, own_pitch, octaves = shape.steps_per_beat // QUARTERS, OCTAVE, _overlapping(shape.octaves)
    if order == "bad_time":
        beats, own_time = Stride(own_time, QUARTERS, QUARTERS), shape.beats_per_bar
    if order == "bad_pitch":
        octaves, own_pitch = Stride(4, 3, 3), shape.octaves
    return Growth(beats, octaves, own_time, own_pitch)


def _overlapping(octaves: int) -> Stride:
    """Two strides to any number of octaves, the second of step 2: 7 is 3, and 2 * 2 + 3."""
    first = max(1, (octaves - 1) // 2)
    return Stride(first, octaves - 2 * (first - 1), 2)
