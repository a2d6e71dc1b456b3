"""A band as a score: a part for everybody, with names, clefs and drums, that other programs read note for note."""

from collections import Counter
from pathlib import Path

import music21
import numpy as np
import pytest

from leap_models.music import score
from leap_models.music.notes import Note, Notes, TrackInfo
from leap_models.music.players import BASS, DRUMS, GUITAR, INSTRUMENTS, PIANO, STRINGS
from leap_models.music.score_parts import place
from leap_models.music.tempo import TempoMap

TEMPO = TempoMap.steady(60)  # a beat is a second


def band() -> Notes:
    """Four bars at random, on sixteenths; nobody plays a key twice at once."""
    rng, notes = np.random.default_rng(4), []
    for track, low, high in ((PIANO, 40, 80), (GUITAR, 45, 70), (BASS, 28, 45), (STRINGS, 62, 80)):
        for step in np.flatnonzero(rng.random(64) < 0.3):
            for pitch in rng.choice(np.arange(low, high), int(rng.integers(1, 4)), replace=False):
                notes.append(Note(step / 4, (step + int(rng.integers(1, 9))) / 4, int(pitch), 80, track))
    for step in np.flatnonzero(rng.random(64) < 0.5):
        for pitch in rng.choice([36, 38, 42, 46, 49], int(rng.integers(1, 3)), replace=False):
            notes.append(Note(step / 4, step / 4 + 0.1, int(pitch), 80, DRUMS))
    return tuple(sorted(notes))


def read(tmp_path: Path, notes: Notes, instruments: tuple[TrackInfo, ...] = INSTRUMENTS) -> music21.stream.Score:
    score.write(tmp_path / "a.musicxml", notes, TEMPO, "A band", instruments)
    return music21.converter.parse(tmp_path / "a.musicxml")


def parts_named(found: music21.stream.Score, name: str) -> list[music21.stream.Part]:
    return [part for part in found.parts if part.partName == name]


def onsets(parts: list[music21.stream.Part]) -> Counter[tuple[float, int]]:
    """(beat, pitch) of all that is struck; ties strike nothing."""
    struck: Counter[tuple[float, int]] = Counter()
    for part in parts:
        for each in part.flatten().notes:
            for note in each.notes if isinstance(each, music21.chord.Chord) else (each,):
                if note.tie is None or note.tie.type == "start":
                    struck[float(each.offset), note.pitch.midi] += 1
    return struck


@pytest.mark.parametrize("player", [PIANO, GUITAR, BASS, STRINGS])
def test_another_program_reads_what_everybody_plays(tmp_path: Path, player: int):
    found = read(tmp_path, band())
    expected = Counter((note.start_s, note.pitch) for note in band() if note.track == player)
    assert onsets(parts_named(found, INSTRUMENTS[player].name)) == expected


def test_another_program_reads_the_drums_where_they_lie(tmp_path: Path):
    (part,) = parts_named(read(tmp_path, band()), "Drums")
    struck: Counter[tuple[float, str]] = Counter()
    for each in part.flatten().notes:
        for note in each.notes if isinstance(each, music21.percussion.PercussionChord) else (each,):
            struck[float(each.offset), f"{note.displayStep}{note.displayOctave}"] += 1
    drums = [note for note in band() if note.track == DRUMS]
    assert struck == Counter((n.start_s, f"{place(n.pitch).step}{place(n.pitch).octave}") for n in drums)


@pytest.mark.parametrize(
    ("name", "clefs"),
    [("Drums", ["percussion"]), ("Piano", ["G", "F"]), ("Guitar", ["G"]), ("Bass", ["F"]), ("Strings", ["G"])],
)
def test_everybody_has_his_clef(tmp_path: Path, name: str, clefs: list[str]):
    found = [part.recurse().getElementsByClass(music21.clef.Clef).first() for part in
             parts_named(read(tmp_path, band()), name)]  # fmt: skip
    assert [clef.sign for clef in found] == clefs


def test_guitar_and_bass_are_written_an_octave_above_their_sound(tmp_path: Path):
    found = read(tmp_path, band())
    for name in ("Guitar", "Bass"):
        assert parts_named(found, name)[0].recurse().getElementsByClass(music21.clef.Clef).first().octaveChange == -1


def test_those_who_play_nothing_have_no_part(tmp_path: Path):
    found = read(tmp_path, tuple(note for note in band() if note.track in (DRUMS, BASS)))
    assert [part.partName for part in found.parts] == ["Drums", "Bass"]


def test_low_strings_are_in_the_bass_clef(tmp_path: Path):
    found = read(tmp_path, (Note(0.0, 4.0, 40, 80, STRINGS),))
    assert found.parts[0].recurse().getElementsByClass(music21.clef.Clef).first().sign == "F"


def test_drums_choose_no_key(tmp_path: Path):
    notes = (*(Note(beat, beat + 1, 36, 80, DRUMS) for beat in range(40)), Note(0.0, 4.0, 66, 80, STRINGS))
    found = read(tmp_path, tuple(sorted(notes)))
    keys = {part.partName: part.recurse().getElementsByClass(music21.key.KeySignature).first() for part in found.parts}
    assert keys["Strings"].sharps != 0
    assert keys["Drums"].sharps == 0


def test_a_band_without_notes_is_a_bar_of_rest_for_everybody(tmp_path: Path):
    found = read(tmp_path, ())
    assert {part.partName for part in found.parts} == {each.name for each in INSTRUMENTS}
    assert not list(found.recurse().notes)
