"""Notes as a MusicXML score, of a piano on two staves or of a band, simple enough to read at sight.

Times become sixteenths of the beat. A hand, or a player with a single staff, is one voice: what it strikes together is
a chord, which lasts until it strikes again, or until its longest note ends if that is earlier. A drum lasts until the
next strike or beat, since nobody hears when it ends. Source: MusicXML 4.0, partwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np

from leap_models.music.notes import Notes, TrackInfo
from leap_models.music.players import channels
from leap_models.music.score_parts import Part, pianist, place, players
from leap_models.music.score_voices import LENGTHS, STEPS, Chord, first_step, in_bars, voice_of
from leap_models.music.tempo import TempoMap
from leap_models.paths import atomic

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True)
class _Page:
    """What all parts have in common."""

    tempo: TempoMap
    fifths: int
    bars: int

    @property
    def bar(self) -> int:
        """Steps of a bar."""
        return STEPS * self.tempo.beats_per_bar


def write(
    path: Path | str, notes: Notes, tempo: TempoMap, title: str = "", instruments: Sequence[TrackInfo] = ()
) -> None:
    """Write a score whole or not at all.

    Args:
        notes: `track` is the hand of a piano, or the number of the instrument.
        instruments: one for each track that notes may have; those who play nothing are left out. (): a piano's hands.

    Raises:
        UnwritableOutput: the file cannot be written.
    """
    parts = players(notes, instruments) if instruments else pianist(notes)
    first = first_step(tempo)
    voices = [[voice_of(staff.notes, tempo, first, part.instrument.is_drum) for staff in part.staves] for part in parts]
    ends = [chord.start + chord.steps for staves in voices for chords in staves for chord in chords]
    pitched = [staff.notes for part in parts if not part.instrument.is_drum for staff in part.staves]
    bars = max(1, -(-max(ends, default=0) // (STEPS * tempo.beats_per_bar)))
    page = _Page(tempo, find_key(tuple(chain(*pitched))), bars)
    root = Xml.Element("score-partwise", version="4.0")
    _text(_text(root, "work"), "work-title", title or ("Band" if instruments else "Piano"))
    listed = _text(root, "part-list")
    on = channels([part.instrument for part in parts])
    for number, part in enumerate(parts, start=1):
        _name_part(listed, part, f"P{number}", on[number - 1])
    for number, (part, staves) in enumerate(zip(parts, voices, strict=True), start=1):
        _write_part(_text(root, "part", id=f"P{number}"), part, staves, page)
    Xml.indent(root)
    with atomic(path) as temporary:
        temporary.write_text(_HEAD + Xml.tostring(root, encoding="unicode") + "\n", encoding="utf-8")


def find_key(notes: Notes) -> int:
    """The sharps (or, negative, the flats) of the major scale that leaves out the fewest notes; -5..6."""
    counts = np.bincount([note.pitch % 12 for note in notes], minlength=12)
    inside = {fifths: int(counts[[(step + 7 * fifths) % 12 for step in _MAJOR]].sum()) for fifths in range(-5, 7)}
    return max(inside, key=lambda fifths: (inside[fifths], -abs(fifths)))


def _name_part(listed: Xml.Element, part: Part, name: str, channel: int) -> None:
    """Its name, and for programs that play scores the instrument, or one for each drum."""
    entry, each = _text(listed, "score-part", id=name), part.instrument
    _text(entry, "part-name", each.name)
    sounds: list[tuple[str, str, int | None]] = [(f"{name}-I1", each.name, None)]
    if each.is_drum:
        sounds = [(f"{name}-I{pitch}", f"Drum {pitch}", pitch) for pitch in _pitches(part)]
    for sound, spoken, _drum in sounds:
        _text(_text(entry, "score-instrument", id=sound), "instrument-name", spoken)
    for sound, _spoken, drum in sounds:
        played = _text(entry, "midi-instrument", id=sound)
        _text(played, "midi-channel", str(channel + 1))
        _text(played, "midi-program", str(each.program + 1))
        if drum is not None:
            _text(played, "midi-unpitched", str(drum + 1))
        _text(played, "volume", f"{100 * each.volume / 127:.0f}")


def _pitches(part: Part) -> list[int]:
    return sorted({note.pitch for staff in part.staves for note in staff.notes})


def _write_part(element: Xml.Element, part: Part, voices: Sequence[list[Chord]], page: _Page) -> None:
    staves = [list(in_bars(chords, page.bar, page.bars * page.bar)) for chords in voices]
    writer = _Writer(page.fifths, len(staves) > 1, element.get("id", "") if part.instrument.is_drum else "")
    for number in range(page.bars):
        measure = _text(element, "measure", number=str(number + 1))
        if number == 0:
            _attributes(measure, part, page)
        for staff, chords in enumerate(staves, start=1):
            if staff == 2:
                _text(_text(measure, "backup"), "duration", str(page.bar))
            for chord in chords:
                if chord.start // page.bar == number:
                    writer.write(measure, chord, staff)


def _attributes(measure: Xml.Element, part: Part, page: _Page) -> None:
    attributes = _text(measure, "attributes")
    _text(attributes, "divisions", str(STEPS))
    _text(_text(attributes, "key"), "fifths", str(0 if part.instrument.is_drum else page.fifths))
    time = _text(attributes, "time")
    _text(time, "beats", str(page.tempo.beats_per_bar))
    _text(time, "beat-type", "4")
    if len(part.staves) > 1:
        _text(attributes, "staves", str(len(part.staves)))
    for number, staff in enumerate(part.staves, start=1):
        clef = _text(attributes, "clef", number=str(number))
        _text(clef, "sign", staff.clef.sign)
        _text(clef, "line", str(staff.clef.line))
        if staff.clef.octaves:
            _text(clef, "clef-octave-change", str(staff.clef.octaves))
    _text(measure, "sound", tempo=f"{page.tempo.bpm_at(0.0):.1f}")


@dataclass(frozen=True)
class _Writer:
    """Writes notes of one part.

    Args:
        staves: whether it has several.
        drums: the part's id if it is drums, else nothing.
    """

    fifths: int
    staves: bool
    drums: str

    def write(self, measure: Xml.Element, chord: Chord, staff: int) -> None:
        _, name, dots = next(length for length in LENGTHS if length[0] == chord.steps)
        for index, pitch in enumerate(chord.pitches or (None,)):
            note = _text(measure, "note")
            if index:
                _text(note, "chord")
            self._write_pitch(note, pitch)
            _text(note, "duration", str(chord.steps))
            ties = [] if pitch is None else [("stop", chord.tied_from), ("start", chord.tied_to)]
            kinds = [kind for kind, tied in ties if tied]
            for kind in kinds:
                _text(note, "tie", type=kind)
            if self.drums and pitch is not None:
                _text(note, "instrument", id=f"{self.drums}-I{pitch}")
            _text(note, "voice", str(staff))
            _text(note, "type", name)
            for _ in range(dots):
                _text(note, "dot")
            if self.drums and pitch is not None and place(pitch).head != "normal":
                _text(note, "notehead", place(pitch).head)
            if self.staves:
                _text(note, "staff", str(staff))
            notations = _text(note, "notations") if kinds else note
            for kind in kinds:
                _text(notations, "tied", type=kind)

    def _write_pitch(self, note: Xml.Element, number: int | None) -> None:
        if number is None:
            _text(note, "rest")
        elif self.drums:
            unpitched = _text(note, "unpitched")
            _text(unpitched, "display-step", place(number).step)
            _text(unpitched, "display-octave", str(place(number).octave))
        else:
            name = (_SHARPS if self.fifths >= 0 else _FLATS)[number % 12]
            pitch = _text(note, "pitch")
            _text(pitch, "step", name[0])
            if len(name) > 1:
                _text(pitch, "alter", "1" if name[1] == "#" else "-1")
            _text(pitch, "octave", str(number // 12 - 1))


def _text(parent: Xml.Element, tag: str, text: str | None = None, **attributes: str) -> Xml.Element:
    child = Xml.SubElement(parent, tag, attributes)
    child.text = text
    return child
