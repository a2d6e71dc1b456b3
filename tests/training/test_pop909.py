"""POP909 and POP909-CL, written here as two sets of files, laid over one another."""

from pathlib import Path

import numpy as np
import pretty_midi
import pytest
from songs import BEAT_S, song

from leap_models.music.notes import Notes
from leap_models.training import pop909


def write(root: Path, beats_late: float) -> None:
    """A song whose POP909 files lie `beats_late` beats after its POP909-CL file."""
    played, late_s = song(), beats_late * BEAT_S
    folder, corrected = root / "POP909" / "001", root / "pop909_cl" / "POP909_processed"
    folder.mkdir(parents=True)
    corrected.mkdir(parents=True)
    parts = {"MELODY": played.melody, "BRIDGE": played.melody[-1:], "PIANO": played.piano}
    _midi({name: _moved(notes, late_s) for name, notes in parts.items()}, folder / "001.mid")
    first_s = late_s % BEAT_S if beats_late % 1 == 0 else late_s % BEAT_S - BEAT_S / 2
    beats_s = first_s + np.arange(len(played.beats_s) + 8) * BEAT_S
    np.savetxt(folder / "beat_midi.txt", np.stack([beats_s, beats_s * 0, beats_s * 0], axis=1))
    everything = tuple(sorted((*played.melody, *played.piano)))
    chords = tuple(note for note in played.piano if note.end_s - note.start_s > BEAT_S)
    _midi({"score": everything, "chords": chords}, corrected / "001.mid")


def _moved(notes: Notes, by_s: float) -> Notes:
    return tuple(type(note)(note.start_s + by_s, note.end_s + by_s, note.pitch, note.velocity) for note in notes)


def _midi(parts: dict[str, Notes], path: Path) -> None:
    midi = pretty_midi.PrettyMIDI(initial_tempo=60.0 / BEAT_S)
    midi.time_signature_changes.append(pretty_midi.TimeSignature(4, 4, 0.0))
    for name, notes in parts.items():
        part = pretty_midi.Instrument(0, name=name)
        part.notes = [pretty_midi.Note(note.velocity, note.pitch, note.start_s, note.end_s) for note in notes]
        midi.instruments.append(part)
    midi.write(str(path))


@pytest.mark.parametrize("beats_late", [0.0, 1.0, 5.0, 1.5, 2.5])
def test_bars_begin_where_they_do_in_the_corrected_file(tmp_path: Path, beats_late: float) -> None:
    write(tmp_path, beats_late)
    found = pop909.load(tmp_path, "001")
    bars_s = found.beats_s[found.downbeats]
    assert np.abs(bars_s - beats_late * BEAT_S).min() == pytest.approx(0.0, abs=2e-3)
    assert np.diff(bars_s) == pytest.approx(4 * BEAT_S)


def test_a_song_that_the_corrected_file_does_not_share_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 0.0)
    other = tuple(type(note)(note.start_s * 0.83, note.end_s, note.pitch + 1, 80) for note in song().piano)
    _midi({"score": tuple(sorted(other)), "chords": other[:4]}, tmp_path / "pop909_cl" / "POP909_processed" / "001.mid")
    with pytest.raises(pop909.BadSong, match="at least 60% are needed"):
        pop909.load(tmp_path, "001")
