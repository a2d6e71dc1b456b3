"""The song of `leap-bridge demo`: sixteen bars for lead, keys, bass and drums, written for this package.

Intro (2 bars), verse (4), chorus (8), ending (2), in G major at 92 beats a minute: 42 seconds. A melody is written as
`pitch:beats` words, one string for a bar; chords as one name for a bar, or two for its halves.
"""

from dataclasses import dataclass

from leap_models.music.notes import Note, Notes
from leap_models.music.tempo import TempoMap

BPM = 92
BEATS_PER_BAR = 4
BEAT_S = 60 / BPM

_CHORDS = (
    "G", "D", "G", "Em", "C", "D",
    "G", "D", "Em", "C", "G", "D", "C", "D",
    "C D", "G",
)  # fmt: skip
_LEAD = (
    "", "",
    "B4:.5 D5:.5 D5:1 E5:.5 D5:.5 B4:1",
    "G4:.5 B4:.5 E5:1.5 D5:.5 B4:1",
    "E5:.5 D5:.5 C5:1 D5:.5 E5:.5 G5:1",
    "F#5:1.5 E5:.5 D5:1 A4:.5 B4:.5",
    "G5:1.5 F#5:.5 G5:1 B4:.5 D5:.5",
    "F#5:1 A5:1 F#5:.5 E5:.5 D5:1",
    "E5:1 G5:1.5 F#5:.5 E5:1",
    "E5:.5 G5:.5 E5:1 D5:.5 C5:.5 D5:1",
    "B4:.5 D5:.5 G5:1.5 F#5:.5 D5:1",
    "A5:1.5 G5:.5 F#5:1 D5:1",
    "E5:1 E5:.5 F#5:.5 G5:1 C5:1",
    "A4:.5 B4:.5 D5:1 E5:.5 F#5:.5 D5:1",
    "E5:1 G5:1 F#5:1 A5:1",
    "G5:4",
)  # fmt: skip
_TRIADS = {"G": (55, 59, 62), "D": (54, 57, 62), "Em": (55, 59, 64), "C": (55, 60, 64)}  # close position, around G3
_ROOTS = {"G": 43, "D": 38, "Em": 40, "C": 36}
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

KICK, SNARE, TOM, HAT, CRASH = 36, 38, 45, 42, 49  # General MIDI drum numbers
_CHORUS_BAR, _LAST_BAR = 6, len(_CHORDS) - 1
_GROOVE = {  # (beat in the bar, velocity)
    KICK: ((0.0, 104), (1.5, 84), (2.0, 96)),
    SNARE: ((1.0, 100), (3.0, 104)),
    HAT: tuple((step / 2, 72 if step % 2 == 0 else 52) for step in range(8)),
}


@dataclass(frozen=True)
class Part:
    """One player of the band. `program` is General MIDI's, from 0."""

    name: str
    program: int
    is_drum: bool
    notes: Notes


def band() -> tuple[Part, ...]:
    """The whole song, part by part; the notes' `track` is the part's number."""
    lead, keys, bass, drums = [], [], [], []
    for bar in range(len(_CHORDS)):
        start = float(bar * BEATS_PER_BAR)
        lead += _melody(_LEAD[bar], start)
        names = _CHORDS[bar].split()
        beats = BEATS_PER_BAR / len(names)
        for half, name in enumerate(names):
            keys += _keys(_TRIADS[name], start + half * beats, beats, held=bar == _LAST_BAR)
            bass += _bass(_ROOTS[name], start + half * beats, beats, held=bar == _LAST_BAR)
        drums += _drums(bar, start)
    return (
        Part("Lead", 65, False, tuple(sorted(lead))),  # alto saxophone
        Part("Keys", 4, False, tuple(sorted(keys))),  # electric piano
        Part("Bass", 33, False, tuple(sorted(bass))),  # fingered bass
        Part("Drums", 0, True, tuple(sorted(drums))),
    )


def tempo() -> TempoMap:
    """Steady, four beats a bar, the first bar at second 0."""
    return TempoMap(anchors=((0.0, 0.0), (BEAT_S, 1.0)), beats_per_bar=BEATS_PER_BAR)


def _note(track: int, beat: float, beats: float, pitch: int, velocity: int) -> Note:
    return Note(beat * BEAT_S, (beat + beats) * BEAT_S, pitch, velocity, track)


def _melody(words: str, beat: float) -> list[Note]:
    notes = []
    for word in words.split():
        name, beats = word.split(":")
        accent = 8 if beat % 2 == 0 else 0
        notes.append(_note(0, beat, 0.95 * float(beats), _pitch(name), 92 + accent))
        beat += float(beats)
    return notes


def _pitch(name: str) -> int:
    sharp = 1 if "#" in name else 0
    return 12 * (int(name[-1]) + 1) + _STEPS[name[0]] + sharp


def _keys(triad: tuple[int, ...], beat: float, beats: float, held: bool) -> list[Note]:
    strokes = ((0.0, beats),) if held else ((0.0, 1.4), (1.5, 0.9), (2.5, 1.4))
    return [
        _note(1, beat + at, min(length, beats - at), pitch, 70 if at == 0 else 60)
        for at, length in strokes if at < beats for pitch in triad
    ]  # fmt: skip


def _bass(root: int, beat: float, beats: float, held: bool) -> list[Note]:
    if held:
        return [_note(2, beat, beats, root, 96)]
    line = ((0.0, 1.4, root), (1.5, 0.45, root), (2.0, 1.0, root + 7), (3.0, 0.9, root + 12))
    return [_note(2, beat + at, length, pitch, 94) for at, length, pitch in line if at < beats]


def _drums(bar: int, beat: float) -> list[Note]:
    if bar == _LAST_BAR:
        return [_note(3, beat, 0.25, drum, 100) for drum in (KICK, CRASH)]
    hits = [(at, drum, velocity) for drum, strokes in _GROOVE.items() for at, velocity in strokes]
    if bar == _CHORUS_BAR:
        hits.append((0.0, CRASH, 100))
    if bar == _CHORUS_BAR - 1:  # a fill leads into the chorus
        hits = [hit for hit in hits if hit[0] < 3.0]
        hits += [(3.0 + step / 4, SNARE if step < 2 else TOM, 84 + 6 * step) for step in range(4)]
    return [_note(3, beat + at, 0.2, drum, velocity) for at, drum, velocity in hits]
