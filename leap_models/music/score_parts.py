"""Who plays in a score, on which staves, in which clefs, and where on the lines each drum lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from leap_models.music.notes import LEFT, RIGHT, Notes, TrackInfo

MIDDLE_C = 60  # where a pianist's notes are shared between two hands if nobody says which is whose


@dataclass(frozen=True)
class Clef:
    """A sign on a line; `octaves`: how much higher than written it sounds."""

    sign: str
    line: int
    octaves: int = 0


@dataclass(frozen=True)
class Place:
    """Where on the lines a drum lies, as a treble clef names it, and its notehead."""

    step: str
    octave: int
    head: str = "normal"


@dataclass(frozen=True)
class Staff:
    """What one hand, or one player, plays."""

    clef: Clef
    notes: Notes


@dataclass(frozen=True)
class Part:
    """One player."""

    instrument: TrackInfo
    staves: tuple[Staff, ...]


TREBLE, BASS = Clef("G", 2), Clef("F", 4)
GUITAR, LOW = Clef("G", 2, -1), Clef("F", 4, -1)  # both sound an octave lower than they are written
PERCUSSION = Clef("percussion", 2)
_GUITARS, _BASSES = range(24, 32), range(32, 40)  # General MIDI, from 0
_CROSS = Place("C", 5, "x")  # of a drum that has no place of its own
_PLACES = {
    35: Place("E", 4), 36: Place("F", 4), 37: Place("C", 5, "x"), 38: Place("C", 5), 39: Place("D", 5, "x"),
    40: Place("C", 5, "diamond"), 41: Place("G", 4), 42: Place("G", 5, "x"), 43: Place("A", 4),
    44: Place("D", 4, "x"), 45: Place("B", 4), 46: Place("G", 5, "circle-x"), 47: Place("D", 5),
    48: Place("E", 5), 49: Place("A", 5, "x"), 50: Place("F", 5), 51: Place("F", 5, "x"), 52: Place("B", 5, "x"),
    53: Place("F", 5, "diamond"), 54: Place("E", 5, "x"), 55: Place("B", 5, "diamond"), 56: Place("E", 5, "triangle"),
    57: Place("A", 5, "diamond"), 59: Place("F", 5, "cross"),
}  # fmt: skip


def place(pitch: int) -> Place:
    """Of a drum as General MIDI numbers it."""
    return _PLACES.get(pitch, _CROSS)


def pianist(notes: Notes) -> tuple[Part, ...]:
    """A piano whose hands are the notes' tracks."""
    staves = tuple(
        Staff(clef, tuple(note for note in notes if note.track == hand))
        for hand, clef in ((RIGHT, TREBLE), (LEFT, BASS))
    )
    return (Part(TrackInfo("Piano"), staves),)


def players(notes: Notes, instruments: Sequence[TrackInfo]) -> tuple[Part, ...]:
    """Everybody who plays something; if nobody does, everybody.

    Args:
        instruments: one for each track that notes may have.
    """
    there = {note.track for note in notes} or set(range(len(instruments)))
    return tuple(
        Part(each, _staves(each, tuple(note for note in notes if note.track == track)))
        for track, each in enumerate(instruments) if track in there
    )  # fmt: skip


def _staves(instrument: TrackInfo, notes: Notes) -> tuple[Staff, ...]:
    if instrument.is_drum:
        return (Staff(PERCUSSION, notes),)
    if instrument.program < 8:
        high = tuple(note for note in notes if note.pitch >= MIDDLE_C)
        return Staff(TREBLE, high), Staff(BASS, tuple(note for note in notes if note.pitch < MIDDLE_C))
    if instrument.program in _GUITARS or instrument.program in _BASSES:
        return (Staff(GUITAR if instrument.program in _GUITARS else LOW, notes),)
    low = bool(notes) and median(note.pitch for note in notes) < MIDDLE_C
    return (Staff(BASS if low else TREBLE, notes),)
