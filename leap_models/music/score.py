"""Notes as a MusicXML score on two staves, simple enough to read at sight.

Times become sixteenths of the beat. A hand is one voice: what it strikes together is a chord, which lasts until the
hand strikes again, or until its longest note ends if that is earlier. Source: MusicXML 4.0, partwise.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np

from leap_models.music.notes import LEFT, RIGHT, Note, Notes
from leap_models.music.tempo import TempoMap
from leap_models.paths import atomic

STEPS = 4  # of a beat, the finest that is written
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
_LENGTHS = (  # steps, name, dots; longest first
    (16, "whole", 0), (12, "half", 1), (8, "half", 0), (6, "quarter", 1), (4, "quarter", 0), (3, "eighth", 1),
    (2, "eighth", 0), (1, "16th", 0),
)  # fmt: skip
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True)
class Chord:
    """What one hand plays from one step to another, within a bar. No pitches: a rest."""

    start: int
    steps: int
    pitches: tuple[int, ...]
    tied_from: bool = False
    tied_to: bool = False


def write(path: Path | str, notes: Notes, tempo: TempoMap, title: str = "") -> None:
    """Write a score whole or not at all.

    Args:
        notes: of a piano; `track` is the hand.

    Raises:
        UnwritableOutput: the file cannot be written.
    """
    bar = STEPS * tempo.beats_per_bar
    first = _first_step(tempo)
    hands = [_chords([note for note in notes if note.track == hand], tempo, first) for hand in (RIGHT, LEFT)]
    end = max([bar] + [chord.start + chord.steps for hand in hands for chord in hand])
    bars = -(-end // bar)
    fifths = find_key(notes)
    root = Xml.Element("score-partwise", version="4.0")
    _text(_text(root, "work"), "work-title", title or "Piano")
    _text(_text(_text(root, "part-list"), "score-part", id="P1"), "part-name", "Piano")
    part = _text(root, "part", id="P1")
    staves = [list(_in_bars(hand, bar, bars * bar)) for hand in hands]
    for number in range(bars):
        measure = _text(part, "measure", number=str(number + 1))
        if number == 0:
            _attributes(measure, fifths, tempo)
        for staff, chords in enumerate(staves, start=1):
            if staff == 2:
                _text(_text(measure, "backup"), "duration", str(bar))
            for chord in chords:
                if chord.start // bar == number:
                    _write_chord(measure, chord, staff, fifths)
    Xml.indent(root)
    with atomic(path) as temporary:
        temporary.write_text(_HEAD + Xml.tostring(root, encoding="unicode") + "\n", encoding="utf-8")


def find_key(notes: Notes) -> int:
    """The sharps (or, negative, the flats) of the major scale that leaves out the fewest notes; -5..6."""
    counts = np.bincount([note.pitch % 12 for note in notes], minlength=12)
    inside = {fifths: int(counts[[(step + 7 * fifths) % 12 for step in _MAJOR]].sum()) for fifths in range(-5, 7)}
    return max(inside, key=lambda fifths: (inside[fifths], -abs(fifths)))


def _first_step(tempo: TempoMap) -> int:
    """The step, counted from beat 0, of the last bar line at or before second 0."""
    bars = (tempo.beat_at(0.0) - tempo.downbeat) / tempo.beats_per_bar
    return round(STEPS * (tempo.downbeat + tempo.beats_per_bar * math.floor(bars + 1e-6)))


def _chords(notes: list[Note], tempo: TempoMap, first: int) -> list[Chord]:
    """One hand's chords; starts count from the first bar line."""
    struck: dict[int, list[tuple[int, int]]] = {}  # start -> (end, pitch)
    for note in notes:
        start = max(0, round(STEPS * tempo.beat_at(note.start_s)) - first)
        end = max(start + 1, round(STEPS * tempo.beat_at(note.end_s)) - first)
        struck.setdefault(start, []).append((end, note.pitch))
    starts = sorted(struck)
    chords = []
    for start, following in zip_longest(starts, starts[1:]):
        end = max(end for end, _ in struck[start])
        end = end if following is None else min(end, following)
        chords.append(Chord(start, end - start, tuple(sorted({pitch for _, pitch in struck[start]}))))
    return chords


def _in_bars(chords: list[Chord], bar: int, end: int) -> Iterator[Chord]:
    """The same with rests between, cut at bar lines into lengths that can be written, and tied."""
    at = 0
    for chord in [*chords, Chord(end, 0, ())]:
        yield from _cut(Chord(at, chord.start - at, ()), bar)
        yield from _cut(chord, bar)
        at = chord.start + chord.steps


def _cut(chord: Chord, bar: int) -> Iterator[Chord]:
    at, left = chord.start, chord.steps
    while left:
        room = min(left, bar - at % bar)
        steps = next(steps for steps, _, _ in _LENGTHS if steps <= room)
        yield Chord(at, steps, chord.pitches, tied_from=at > chord.start, tied_to=left > steps)
        at, left = at + steps, left - steps


def _attributes(measure: Xml.Element, fifths: int, tempo: TempoMap) -> None:
    attributes = _text(measure, "attributes")
    _text(attributes, "divisions", str(STEPS))
    _text(_text(attributes, "key"), "fifths", str(fifths))
    time = _text(attributes, "time")
    _text(time, "beats", str(tempo.beats_per_bar))
    _text(time, "beat-type", "4")
    _text(attributes, "staves", "2")
    for number, sign, line in (("1", "G", "2"), ("2", "F", "4")):
        clef = _text(attributes, "clef", number=number)
        _text(clef, "sign", sign)
        _text(clef, "line", line)
    _text(measure, "sound", tempo=f"{tempo.bpm_at(0.0):.1f}")


def _write_chord(measure: Xml.Element, chord: Chord, staff: int, fifths: int) -> None:
    _, name, dots = next(length for length in _LENGTHS if length[0] == chord.steps)
    for index, pitch in enumerate(chord.pitches or (None,)):
        note = _text(measure, "note")
        if index:
            _text(note, "chord")
        if pitch is None:
            _text(note, "rest")
        else:
            _write_pitch(note, pitch, fifths)
        _text(note, "duration", str(chord.steps))
        ties = [] if pitch is None else [("stop", chord.tied_from), ("start", chord.tied_to)]
        for kind in (kind for kind, tied in ties if tied):
            _text(note, "tie", type=kind)
        _text(note, "voice", str(staff))
        _text(note, "type", name)
        for _ in range(dots):
            _text(note, "dot")
        _text(note, "staff", str(staff))
        if any(tied for _, tied in ties):
            notations = _text(note, "notations")
            for kind in (kind for kind, tied in ties if tied):
                _text(notations, "tied", type=kind)


def _write_pitch(note: Xml.Element, number: int, fifths: int) -> None:
    name = (_SHARPS if fifths >= 0 else _FLATS)[number % 12]
    pitch = _text(note, "pitch")
    _text(pitch, "step", name[0])
    if len(name) > 1:
        _text(pitch, "alter", "1" if name[1] == "#" else "-1")
    _text(pitch, "octave", str(number // 12 - 1))


def _text(parent: Xml.Element, tag: str, text: str | None = None, **attributes: str) -> Xml.Element:
    child = Xml.SubElement(parent, tag, attributes)
    child.text = text
    return child
