"""A note, as every part of the product knows it."""

from dataclasses import dataclass, replace

RIGHT = 0  # the track of the right hand
LEFT = 1  # the track of the left hand
PITCHES = 128  # MIDI numbers 0..127
DRUM_CHANNEL = 9  # of General MIDI, counted from 0
SUSTAIN = 64  # the MIDI controller of the sustain pedal
LOUDNESS = 7  # the MIDI controller of a channel's volume
VOLUME = 100  # what General MIDI takes it to be until it is said


@dataclass(frozen=True, order=True, slots=True)
class Note:
    """One struck key. Sorts by time.

    Args:
        start_s, end_s: seconds from the beginning of the piece.
        pitch: MIDI number, 0..127; 60 is middle C.
        velocity: 1..127.
        track: for a piano `RIGHT` or `LEFT`, else the number of the instrument.
    """

    start_s: float
    end_s: float
    pitch: int
    velocity: int
    track: int = 0

    @property
    def length_s(self) -> float:
        """How long it sounds."""
        return self.end_s - self.start_s


Notes = tuple[Note, ...]  # sorted by time


@dataclass(frozen=True)
class Within:
    """Notes that lie between two keys, and how many had to be moved by octaves for that."""

    notes: Notes
    moved: int


def within(notes: Notes, lowest: int, highest: int) -> Within:
    """The same notes, with those beyond two keys, which are at least an octave apart, moved by octaves between them."""
    found = tuple(
        note if lowest <= note.pitch <= highest else replace(note, pitch=_between(note.pitch, lowest, highest))
        for note in notes
    )
    moved = sum(new is not old for new, old in zip(found, notes, strict=True))
    return Within(tuple(sorted(found)) if moved else notes, moved)


def _between(pitch: int, lowest: int, highest: int) -> int:
    return lowest + (pitch - lowest) % 12 if pitch < lowest else highest - (highest - pitch) % 12


@dataclass(frozen=True, order=True, slots=True)
class Pedal:
    """One stretch during which the sustain pedal is down. Times in seconds."""

    start_s: float
    end_s: float


@dataclass(frozen=True)
class TrackInfo:
    """One instrument. `program` is 0..127, General MIDI; `volume` is controller 7 of its channel."""

    name: str
    program: int = 0
    is_drum: bool = False
    volume: int = VOLUME
