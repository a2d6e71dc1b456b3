"""A band that plays a POP909 song without the piano: what LEAP listens to when it learns.

The melody is sung or played by changing leads, the bridge answers on another, chords are strummed, held or picked
(sometimes with the human pianist's own figures, so that figures heard in a recording mean something), with bass and
Groove MIDI drums on the song's own beats. All choices come from one generator, so a seed gives one band.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pretty_midi

from leap_models.music.notes import Note, Notes
from leap_models.training.pop909 import Chord, Song

SUNG = -1  # instead of a General MIDI program: the vowel synthesiser of `voice.py`
DRUMS = -2
LEADS = {  # General MIDI programs, by family
    "voice": (SUNG, SUNG, SUNG, 52, 53, 54, 85), "reed": (64, 65, 66, 68, 71), "pipe": (73, 74, 75, 78, 79),
    "string": (40, 41, 42, 110),
    "brass": (56, 57, 60, 59), "guitar": (26, 27, 28, 29, 30), "synth": (80, 81, 82, 84, 87), "bell": (11, 12, 9, 14),
}
COMPS = (24, 25, 26, 27, 28, 29, 30, 16, 17, 18, 19, 21, 48, 49, 50, 51, 89, 90, 91, 4, 5, 6, 7, 11, 46, 105, 108)
BASSES = (32, 33, 34, 35, 36, 37, 38, 39)
PADS = (48, 49, 50, 51, 52, 88, 89, 90, 91, 92, 94, 95)
FULL_SUNG_SHARE = 0.5  # of the bands, those whose melody is sung all through


@dataclass(frozen=True)
class Part:
    """One player: a General MIDI program (or SUNG, DRUMS), its notes, its place in the mix."""

    program: int
    notes: Notes
    gain_db: float


def transposed(notes: Notes, semitones: int) -> Notes:
    """All pitches moved."""
    return tuple(replace(note, pitch=note.pitch + semitones) for note in notes)


def arrange_band(song: Song, drummers: Sequence[Path], rng: np.random.Generator) -> list[Part]:
    """Every player of one band for one song, in the song's own time and key.

    Args:
        song: what is played.
        drummers: Groove MIDI files in 4/4.
        rng: decides everything.
    """
    parts = list(_leads(song, rng))
    comp_sections = _sections(song, rng)
    for players in range(int(rng.choice([1, 2, 2, 3]))):
        parts.append(_comping(song, comp_sections, rng, quiet=players > 0))
    if rng.random() < 0.9:
        parts.append(Part(int(rng.choice(BASSES)), tuple(_bass(song, rng)), rng.uniform(-4, 3)))
    if rng.random() < 0.4:
        held = tuple(_held(song, rng))
        parts.append(Part(int(rng.choice(PADS)), held, rng.uniform(-12, -4)))
    if rng.random() < 0.85:
        parts.append(Part(DRUMS, tuple(drum_bars(song, drummers, rng)), rng.uniform(-6, 3)))
    return parts


def _leads(song: Song, rng: np.random.Generator) -> Iterator[Part]:
    family = "voice" if rng.random() < FULL_SUNG_SHARE else str(rng.choice(list(LEADS)))
    octave = int(rng.choice([0, 0, 0, -12, 12] if family != "voice" else [0, 0, -12]))
    gain_db = rng.uniform(0, 7)
    if family == "voice" or rng.random() < 0.5:
        yield Part(int(rng.choice(LEADS[family])), transposed(song.melody, octave), gain_db)
    else:
        yield from _taking_turns(song, octave, gain_db, rng)
    other = str(rng.choice([name for name in LEADS if name != "voice"]))
    yield Part(int(rng.choice(LEADS[other])), song.bridge, gain_db + rng.uniform(-8, 0))
    if rng.random() < 0.15:  # doubled an octave away, as choirs and synths do
        yield Part(int(rng.choice(LEADS["synth"])), transposed(song.melody, int(rng.choice([-12, 12]))), gain_db - 9)


def _taking_turns(song: Song, octave: int, gain_db: float, rng: np.random.Generator) -> Iterator[Part]:
    """The melody handed from lead to lead at section borders."""
    borders = _sections(song, rng)
    for (start_s, end_s), _style in borders:
        notes = tuple(note for note in song.melody if start_s <= note.start_s < end_s)
        family = str(rng.choice(list(LEADS)))
        if notes:
            yield Part(int(rng.choice(LEADS[family])), transposed(notes, octave), gain_db)


def _sections(song: Song, rng: np.random.Generator) -> list[tuple[tuple[float, float], int]]:
    """((start_s, end_s), style number) for stretches of 4 to 16 bars."""
    bars_s = [0.0, *song.beats_s[song.downbeats].tolist(), song.duration_s + 1.0]
    sections, bar = [], 0
    while bar < len(bars_s) - 1:
        end = min(len(bars_s) - 1, bar + int(rng.choice([4, 8, 8, 16])))
        sections.append(((bars_s[bar], bars_s[end]), int(rng.integers(5))))
        bar = end
    return sections


def _comping(
    song: Song, sections: list[tuple[tuple[float, float], int]], rng: np.random.Generator, quiet: bool
) -> Part:
    """Chords of one instrument; its manner changes with the section."""
    program, register = int(rng.choice(COMPS)), int(rng.choice([48, 52, 55, 60]))
    notes: list[Note] = []
    own_figures = rng.random() < 0.35  # the human pianist's figures on this instrument
    for (start_s, end_s), style in sections:
        if rng.random() < 0.08:
            continue
        if own_figures:
            notes += [note for note in song.piano if start_s <= note.start_s < end_s and note.pitch < 84]
            continue
        for chord in song.chords:
            if start_s <= chord.start_s < end_s:
                notes += _figure(chord, song.beats_s, style, register, rng)
    return Part(program, tuple(sorted(notes)), rng.uniform(-8, 1) - (4 if quiet else 0))


def voicing(chord: Chord, register: int) -> list[int]:
    """The chord's notes in close position from `register` upwards."""
    return sorted(register + (pitch_class - register) % 12 for pitch_class in chord.pitch_classes)


def _figure(chord: Chord, beats_s: np.ndarray, style: int, register: int, rng: np.random.Generator) -> list[Note]:
    """One chord played held, on beats, on off-beats, strummed in eighths, or picked."""
    pitches = voicing(chord, register)
    first, last = np.interp([chord.start_s, chord.end_s], beats_s, np.arange(len(beats_s)))

    def at(beat: float) -> float:
        return float(np.interp(beat, np.arange(len(beats_s)), beats_s))

    def struck(beat: float, length: float, which: Sequence[int]) -> list[Note]:
        velocity = int(rng.integers(60, 105))
        spread = rng.uniform(0.0, 0.025) if style == 3 else 0.0
        return [
            Note(at(beat) + spread * i, max(at(min(beat + length, last)), at(beat) + 0.06), pitch, velocity)
            for i, pitch in enumerate(which)
        ]

    if style == 0:
        return struck(first, last - first, pitches)
    if style == 1:
        return [note for beat in np.arange(first, last - 0.01) for note in struck(beat, 0.9, pitches)]
    if style == 2:
        return [note for beat in np.arange(first + 0.5, last - 0.01) for note in struck(beat, 0.4, pitches)]
    if style == 3:
        kept = rng.random(8) < 0.8
        places = np.arange(first, last - 0.01, 0.5)
        return [note for i, beat in enumerate(places) if kept[i % 8] for note in struck(beat, 0.45, pitches)]
    step = float(rng.choice([0.25, 0.5, 0.5]))
    order = [*pitches, pitches[0] + 12, *pitches[:0:-1]]
    return [
        note for i, beat in enumerate(np.arange(first, last - 0.01, step))
        for note in struck(beat, step * 1.5, [order[i % len(order)]])
    ]


def _bass(song: Song, rng: np.random.Generator) -> Iterator[Note]:
    """Roots: held, on the beats, in eighths, or with fifths and octaves."""
    style, low = int(rng.integers(4)), int(rng.choice([28, 31, 33]))
    places = np.arange(len(song.beats_s))
    for chord in song.chords:
        root = low + (chord.bass - low) % 12
        first, last = np.interp([chord.start_s, chord.end_s], song.beats_s, places)
        step = (last - first, 1.0, 0.5, 1.0)[style]
        for i, beat in enumerate(np.arange(first, last - 0.01, max(step, 0.25))):
            start_s, end_s = np.interp([beat, min(beat + step * 0.95, last)], places, song.beats_s)
            pitch = root + ((0, 7, 12, 7)[i % 4] if style == 3 else 0)
            yield Note(float(start_s), float(max(end_s, start_s + 0.08)), pitch, int(rng.integers(75, 115)))


def _held(song: Song, rng: np.random.Generator) -> Iterator[Note]:
    register = int(rng.choice([55, 60, 64]))
    for chord in song.chords:
        for pitch in voicing(chord, register):
            yield Note(chord.start_s, chord.end_s, pitch, 70)


def drum_bars(song: Song, drummers: Sequence[Path], rng: np.random.Generator) -> Iterator[Note]:
    """Bars of human drumming laid on the song's bars, another pattern every 8 to 16 bars."""
    places, bar, per_bar = np.arange(len(song.beats_s)), 0, song.beats_per_bar
    while bar < len(song.downbeats):
        loop = _drum_loop(drummers[int(rng.integers(len(drummers)))])
        length = int(rng.choice([8, 16]))
        silent = rng.random() < 0.1
        for i in range(bar, min(bar + length, len(song.downbeats))):
            if silent or not len(loop):
                continue
            bars = max(1, int(loop[:, 0].max() // 4) + 1)
            inside = loop[(loop[:, 0] // 4 == (i - bar) % bars)]
            for beat, pitch, velocity in inside:
                if beat % 4 >= per_bar:
                    continue
                start_s = float(np.interp(song.downbeats[i] + beat % 4, places, song.beats_s))
                yield Note(start_s, start_s + 0.1, int(pitch), int(velocity))
        bar += length


def _drum_loop(path: Path) -> np.ndarray:
    """(strokes, 3): beat from the start, General MIDI drum, velocity."""
    midi = pretty_midi.PrettyMIDI(str(path))
    seconds_per_beat = 60.0 / midi.get_tempo_changes()[1][0]
    strokes = [(n.start / seconds_per_beat, n.pitch, n.velocity) for part in midi.instruments for n in part.notes]
    return np.array(strokes[:2000], dtype=np.float64).reshape(-1, 3)
