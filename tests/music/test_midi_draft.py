"""The .mid that grows while it is made."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from leap_models.music import midi
from leap_models.music.midi_draft import Draft
from leap_models.music.notes import Note, Notes
from leap_models.music.tempo import TempoMap

RUBATO = TempoMap(tuple((float(second), float(beat)) for beat, second in enumerate(
    np.cumsum(0.3 + np.random.default_rng(3).uniform(0.1, 0.5, 80))
)), beats_per_bar=3, downbeat=1.0)  # fmt: skip


def song(duration_s: float) -> Notes:
    starts = np.arange(0.05, duration_s - 1.0, 0.21)
    return tuple(Note(float(at), float(at) + 0.8, 60 + i % 7, 70 + i % 20, i % 2) for i, at in enumerate(starts))


def drafted(path: Path, notes: Notes, tempo: TempoMap, hop_s: float) -> list[midi.Midi]:
    """What the file was after every stretch."""
    draft, states = Draft(path), []
    for index in itertools.count():
        until_s = (index + 1) * hop_s
        draft.push(tuple(n for n in notes if index * hop_s <= n.start_s < until_s), tempo, until_s)
        states.append(midi.read(path))
        if until_s > notes[-1].end_s:
            return states
    raise AssertionError


@pytest.mark.parametrize("tempo", [TempoMap.steady(120), TempoMap.steady(97.3, 3, first_s=0.7), RUBATO])
def test_the_last_draft_holds_every_note_within_a_millisecond(tmp_path: Path, tempo: TempoMap):
    notes = song(30.0)
    read = drafted(tmp_path / "a.mid", notes, tempo, 5.12)[-1].notes
    assert [(note.pitch, note.velocity, note.track) for note in read] == [(n.pitch, n.velocity, n.track) for n in notes]
    wrong_s = [abs(a - b) for x, y in zip(read, notes, strict=True)
               for a, b in ((x.start_s, y.start_s), (x.end_s, y.end_s))]  # fmt: skip
    assert max(wrong_s) < 0.001


def test_every_draft_holds_what_was_final(tmp_path: Path):
    notes = song(30.0)
    counts = [len(state.notes) for state in drafted(tmp_path / "a.mid", notes, TempoMap.steady(100), 5.0)]
    assert counts == [sum(note.start_s < 5.0 * (index + 1) for note in notes) for index in range(len(counts))]


def test_bar_lines_of_the_draft_are_those_of_the_song(tmp_path: Path):
    tempo = TempoMap.steady(90, 3, first_s=1.1)
    read = drafted(tmp_path / "a.mid", song(20.0), tempo, 5.12)[-1]
    assert read.time_signature == "3/4"
    second_bar_s = read.tempo.second_at(read.tempo.downbeat + 3)  # the first is what comes before the song's first
    assert tempo.beat_at(second_bar_s) / 3 == pytest.approx(round(tempo.beat_at(second_bar_s) / 3), abs=0.002)


def test_it_has_a_track_for_each_hand(tmp_path: Path):
    read = drafted(tmp_path / "a.mid", song(5.0), TempoMap.steady(120), 5.12)[-1]
    assert [track.name for track in read.tracks] == ["Right hand", "Left hand"]
