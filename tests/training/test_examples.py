"""Bands, excerpts and targets that LEAP learns from."""

from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
from songs import song

from leap_models.music.metrics import harmony_share
from leap_models.music.playability import unplayable_groups
from leap_models.training import pop909
from leap_models.training.band import DRUMS, SUNG, Part, arrange_band, transposed, voicing
from leap_models.training.examples import LEVELS, BandConfig, difficulty_scores, excerpt, note_array, targets, tempo_of
from leap_models.training.voice import sing


@pytest.fixture(scope="module")
def drummer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One bar of kick and snare."""
    midi, track = mido.MidiFile(), mido.MidiTrack()
    for pitch in (36, 38, 36, 38):
        track += [mido.Message("note_on", channel=9, note=pitch, velocity=90, time=0)]
        track += [mido.Message("note_off", channel=9, note=pitch, time=480)]
    midi.tracks.append(track)
    path = tmp_path_factory.mktemp("drums") / "1_rock_120_beat_4-4.mid"
    midi.save(path)
    return path


def band(drummer: Path, seed: int) -> list[Part]:
    return arrange_band(song(), [drummer], np.random.default_rng(seed))


def test_the_same_seed_gives_the_same_band(drummer: Path) -> None:
    assert band(drummer, 3) == band(drummer, 3)


def test_another_seed_gives_another_band(drummer: Path) -> None:
    assert band(drummer, 3) != band(drummer, 4)


@pytest.mark.parametrize("seed", range(6))
def test_no_band_has_a_piano(drummer: Path, seed: int) -> None:
    assert not [part for part in band(drummer, seed) if part.program in (0, 1, 2, 3)]


@pytest.mark.parametrize("seed", range(6))
def test_every_band_plays_the_whole_tune(drummer: Path, seed: int) -> None:
    """In some octave, on one lead or handed from lead to lead."""
    played = {(note.start_s, note.pitch % 12) for part in band(drummer, seed) for note in part.notes}
    assert {(note.start_s, note.pitch % 12) for note in song().melody} <= played


@pytest.mark.parametrize("seed", range(6))
def test_a_band_without_its_tune_stays_in_the_chords(drummer: Path, seed: int) -> None:
    tune = {(note.start_s, note.pitch % 12) for note in song().melody}
    rest = [note for part in band(drummer, seed) if part.program != DRUMS for note in part.notes]
    rest = [note for note in rest if (note.start_s, note.pitch % 12) not in tune]
    assert harmony_share(tuple(sorted(rest)), song().chords) > 0.85  # a bass may walk through the fifth


def test_a_voicing_lies_within_an_octave_of_its_register() -> None:
    assert voicing(song().chords[1], 60) == [60, 64, 69]


def test_a_voice_sings_its_pitch() -> None:
    tune = transposed(song().melody[:1], -12)
    tune = (replace(tune[0], start_s=0.0, end_s=1.5),)
    sound = sing(tune, 1.5, 22_050, np.random.default_rng(0))
    spectrum = np.abs(np.fft.rfft(sound[6000:28_000] * np.hanning(22_000)))
    lag = np.fft.irfft(spectrum**2)[60:400].argmax() + 60
    assert 22_050 / lag == pytest.approx(440 * 2 ** ((60 - 69) / 12), rel=0.03)


def test_a_cut_keeps_every_part_in_step(drummer: Path) -> None:
    """Notes of the tune lie on beats before and after cutting, transposing and stretching."""
    config = BandConfig(Path(), Path(), (), excerpt_s=8.0)
    cut = excerpt(song(), band(drummer, 1), config, np.random.default_rng(5))
    whole = [note for note in cut.song.melody if note.start_s > 0.01]
    beats = tempo_of(cut.song).beats_at([note.start_s for note in whole])
    assert np.abs(beats - np.round(beats)).max() < 1e-6


def test_an_excerpt_without_variation_keeps_pitch_and_tempo(drummer: Path) -> None:
    config = BandConfig(Path(), Path(), (), excerpt_s=0.0, varied=False)
    cut = excerpt(song(), band(drummer, 1), config, np.random.default_rng(5))
    assert [note.pitch for note in cut.song.melody] == [note.pitch for note in song().melody]
    assert np.allclose(np.diff(cut.song.beats_s), 0.5)


@pytest.mark.parametrize("level", LEVELS)
def test_every_target_can_be_played(level: float) -> None:
    assert unplayable_groups(targets(song())[level]) == 0


def test_the_hardest_target_has_twice_the_notes_of_the_easiest() -> None:
    made = targets(song())
    assert len(made[5.0]) >= 2 * len(made[1.0])


def test_harder_targets_score_higher() -> None:
    made, tempo = targets(song()), tempo_of(song())
    assert difficulty_scores(made[5.0], tempo, 16.0).mean() > difficulty_scores(made[1.0], tempo, 16.0).mean()


@pytest.mark.parametrize(("name", "expected"), [("001", "train"), ("008", "validation"), ("909", "test")])
def test_a_song_belongs_to_one_split_by_its_number(name: str, expected: str) -> None:
    assert pop909.split(name) == expected


def test_a_window_counts_from_its_start_and_keeps_what_still_sounds() -> None:
    notes = note_array(np.array([[0.0, 3.0, 60, 80], [2.5, 2.9, 64, 80], [5.0, 6.0, 67, 80]]))
    window = notes.window(2.0, 4.0)
    assert window.start_s.tolist() == [-2.0, 0.5]
    assert window.pitch.tolist() == [60, 64]


def test_a_key_struck_again_is_silent_for_one_frame_before() -> None:
    notes = note_array(np.array([[0.0, 1.0, 60, 127], [1.0, 2.0, 60, 127]]))
    onset, sounding, _velocity = notes.planes(300)[:, 60 - 21]
    assert np.flatnonzero(onset).tolist() == [0, 100]
    assert np.flatnonzero(sounding[:200] == 0).tolist() == [99]


def test_transposing_keeps_notes_on_the_keyboard() -> None:
    notes = note_array(np.array([[0.0, 1.0, 22, 80], [0.0, 1.0, 107, 80]]))
    assert notes.transposed(-6).pitch.tolist() == [28, 101]
    assert notes.transposed(6).pitch.tolist() == [28, 101]


def test_the_sung_lead_is_no_midi_program() -> None:
    assert SUNG < 0 > DRUMS
