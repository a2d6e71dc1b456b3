"""Phrases out of MIDI files, by the collector's rules; the formats they are kept in; bands that MMA plays."""

import shutil
import sys
from pathlib import Path

import mido
import numpy as np
import pypianoroll
import pytest
from songs import song

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "musegan"))
from tiny_band import SHAPE, phrases

from leap_models.errors import BadParameter
from leap_models.families.musegan.shape import BandShape
from leap_models.music import midi
from leap_models.music.midi import TrackInfo
from leap_models.music.notes import Note
from leap_models.music.players import INSTRUMENTS, NAMES
from leap_models.music.tempo import TempoMap
from leap_models.training import accents, collect, mma, musegan_bands, musegan_data, prepare
from leap_models.training.collect import LEAST, Busy, OtherMetre
from leap_models.training.musegan_bands import Bandleader
from leap_models.training.musegan_data import Phrases

FULL = BandShape()
STEP_S = 0.5 / 12  # at 120 beats a minute


def held(track: int, pitch: int, bars: int = 4) -> list[Note]:
    """A note on every beat that lasts until the next."""
    return [Note(0.5 * beat, 0.5 * beat + 0.5, pitch + beat % 2, 80, track) for beat in range(4 * bars)]


def drums(track: int, bars: int = 4) -> list[Note]:
    """Kick and snare in eighths."""
    return [Note(0.25 * at, 0.25 * at + 0.1, 36 + 2 * (at % 2), 90, track) for at in range(8 * bars)]


def band_file(path: Path, bars: int = 4, beats_per_bar: int = 4) -> Path:
    notes = [*drums(0, bars), *held(1, 60, bars), *held(2, 55, bars), *held(3, 40, bars), *held(4, 67, bars)]
    midi.write_played(path, notes, TempoMap.steady(120, beats_per_bar), INSTRUMENTS)
    return path


def test_a_file_of_four_bars_is_one_phrase(tmp_path: Path):
    found = collect.of_file(band_file(tmp_path / "a.mid"), FULL)
    assert found.shape == (1, 4, 48, 84, 5)
    assert found.any(axis=(0, 1, 2, 3)).all()


def test_windows_lie_a_bar_apart(tmp_path: Path):
    tracks = collect.tracks_of(midi.read(band_file(tmp_path / "a.mid", 7)), FULL)
    assert len(collect.windows(tracks, FULL)) == 4


def test_programs_say_who_plays(tmp_path: Path):
    instruments = (TrackInfo("a", 38), TrackInfo("b", 19), TrackInfo("c", 51), TrackInfo("d", 30), TrackInfo("e", 73))
    notes = [note for track in range(5) for note in held(track, 60)]
    midi.write_played(tmp_path / "a.mid", notes, TempoMap.steady(120), instruments)
    assert sorted(track.player for track in collect.tracks_of(midi.read(tmp_path / "a.mid"), FULL)) == [1, 2, 3, 4]


@pytest.mark.parametrize(("steps", "kept"), [(155, False), (156, True)])
def test_a_guitar_must_sound_in_a_hundred_and_fifty_six_steps(steps: int, kept: bool):
    part = np.zeros((4, 48, 84), dtype=bool)
    part.reshape(-1, 84)[:steps, 30] = True
    part[0, 0, 40] = True
    assert (collect.busiest([part], LEAST[2]) is not None) is kept


@pytest.mark.parametrize(("pitches", "kept"), [(1, False), (2, True)])
def test_a_guitar_must_play_two_pitches(pitches: int, kept: bool):
    part = np.zeros((4, 48, 84), dtype=bool)
    part[..., :pitches] = True
    assert (collect.busiest([part], LEAST[2]) is not None) is kept


def test_the_busiest_of_two_plays():
    quiet, busy = np.zeros((2, 4, 48, 84), dtype=bool)
    quiet[..., 3], busy[..., 3:5] = True, True
    assert collect.busiest([quiet, busy], Busy(1, 96)) is busy


@pytest.mark.parametrize(
    ("windows", "kept"), [(0, 0), (6, 6), (7, 6), (10, 6), (12, 11), (15, 11), (16, 15), (60, 15), (100, 25)]
)
def test_of_many_windows_fewer_are_kept(windows: int, kept: int):
    chosen = collect.some(windows, np.random.default_rng(0))
    assert len(chosen) == len(set(chosen)) == kept


def test_three_four_is_no_four_four(tmp_path: Path):
    with pytest.raises(OtherMetre, match="the metre must be 4/4, it is 3/4"):
        collect.of_file(band_file(tmp_path / "waltz.mid", 6, 3), FULL)


def test_a_folder_is_collected_and_what_cannot_be_used_has_its_line(tmp_path: Path):
    source = tmp_path / "midi"
    (source / "deeper").mkdir(parents=True)
    band_file(source / "good.mid")
    band_file(source / "deeper" / "good too.MID")
    band_file(source / "waltz.mid", 6, 3)
    (source / "corrupt.mid").write_bytes(b"MThd and then nothing")
    mido.MidiFile(tracks=[mido.MidiTrack()]).save(source / "empty.mid")
    midi.write(source / "solo.mid", held(0, 60), TempoMap.steady(120), ("Piano",))
    lines = list(musegan_data.gather(source, tmp_path / "out"))
    skipped = {line.split(":")[1].strip().partition("-")[2].partition("-")[2] for line in lines if "skipped" in line}
    assert skipped == {"waltz", "corrupt", "empty", "solo"}
    assert sum("is ready" in line for line in lines) == 2
    assert any("3/4" in line for line in lines)


def test_a_folder_without_midi_says_so(tmp_path: Path):
    with pytest.raises(BadParameter, match="holds no MIDI files"):
        list(musegan_data.gather(tmp_path, tmp_path / "out"))


def test_preparing_goes_on_where_it_stopped(tmp_path: Path):
    source = tmp_path / "midi"
    source.mkdir()
    band_file(source / "good.mid")
    list(musegan_data.gather(source, tmp_path / "out"))
    (path,) = (tmp_path / "out" / musegan_data.FOLDER).iterdir()
    before = path.stat().st_mtime_ns
    list(musegan_data.gather(source, tmp_path / "out"))
    assert path.stat().st_mtime_ns == before


def test_the_formats_hold_the_same(tmp_path: Path):
    data = phrases(3)
    np.savez_compressed(tmp_path / "theirs.npz", shape=data.shape, nonzero=data.nonzero())
    np.save(tmp_path / "dense.npy", data)
    musegan_data.save(tmp_path / "ours.npz", data)
    for name in ("theirs.npz", "dense.npy", "ours.npz"):
        assert (np.asarray(musegan_data.load(tmp_path / name)) == data).all()


def test_packed_phrases_are_the_same_phrases():
    data = phrases(5)
    packed = Phrases(SHAPE, iter([data[:2], data[2:]]))
    assert (packed[np.array([4, 0, 1])] == data[[4, 0, 1]]).all()


@pytest.mark.parametrize("content", [b"", b"PK nothing", b"\x93NUMPY"])
def test_a_damaged_file_says_its_name(tmp_path: Path, content: bytes):
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(BadParameter, match=r"bad\.npz holds no phrases"):
        musegan_data.load(tmp_path / "bad.npz")


def test_phrases_of_another_shape_say_both(tmp_path: Path):
    with pytest.raises(BadParameter, match=r"phrases must be \(4, 48, 84, 5\), got \(2, 16, 84, 5\)"):
        Phrases(FULL, iter([phrases(1)]))


def test_finer_phrases_can_be_looked_at_more_coarsely():
    fine = np.zeros((1, 2, 48, 84, 5), dtype=bool)
    fine[0, 0, 0:11, 10, 1] = True  # nearly a beat: four sixteenths, of which the last is its end
    fine[0, 0, 13, 20, 1] = True  # short, and not on a sixteenth
    coarse = Phrases(SHAPE, iter([fine]))[np.array([0])][0]
    assert coarse[0, :6, 10, 1].tolist() == [True] * 4 + [False] * 2
    assert coarse[0, :6, 20, 1].tolist() == [False] * 4 + [True] + [False]


def test_one_file_is_split_nine_to_one(tmp_path: Path):
    musegan_data.save(tmp_path / "all.npz", phrases(20))
    sizes = [len(musegan_data.load_split(tmp_path / "all.npz", split, SHAPE)) for split in musegan_data.SPLITS]
    assert sizes == [16, 2, 2]


def test_lpd_is_read_through_pypianoroll(tmp_path: Path):
    tracks = []
    for each in INSTRUMENTS:
        roll = np.zeros((4 * 96, 128), dtype=np.uint8)
        roll[:: 6 if each.is_drum else 1, [40, 47]] = 100
        kind = pypianoroll.StandardTrack
        tracks.append(kind(name=each.name, program=each.program, is_drum=each.is_drum, pianoroll=roll))
    tempo = np.full((4 * 96, 1), 120.0)
    pypianoroll.save(tmp_path / "song.npz", pypianoroll.Multitrack(resolution=24, tempo=tempo, tracks=tracks))
    (line,) = musegan_data.lakh(tmp_path, tmp_path / "out")
    assert line == "lpd-song.npz is ready"
    found = musegan_data.load(tmp_path / "out" / musegan_data.FOLDER / "lpd-song.npz")
    assert found.shape == (1, 4, 48, 84, 5)
    assert found[0, :, :, 40 - 24].reshape(-1, 5).sum(axis=0).tolist() == [64, 192, 192, 192, 192]


def test_what_is_no_lpd_is_skipped_with_its_name(tmp_path: Path):
    (tmp_path / "song.npz").write_bytes(b"nothing")
    (line,) = musegan_data.lakh(tmp_path, tmp_path / "out")
    assert line.startswith("skipped: lpd-song: song.npz is no file of pypianoroll")


@pytest.mark.parametrize(
    ("bass", "classes", "name"),
    [
        (0, (0, 4, 7), "C"), (9, (0, 4, 9), "Am"), (7, (2, 5, 7, 11), "G7"), (4, (0, 4, 7), "C/E"),
        (5, (0, 4, 5, 9), "FM7"), (2, (0, 2, 5, 9), "Dm7"), (11, (2, 5, 11), "Bdim"), (0, (0, 5, 7), "Csus4"),
        (10, (2, 5, 10), "Bb"),
    ],
)  # fmt: skip
def test_chords_have_mmas_names(bass: int, classes: tuple[int, ...], name: str):
    assert mma.chord_name(mma.Chord(0.0, 1.0, bass, classes)) == name


def test_a_score_for_mma_says_groove_and_chords_bar_by_bar():
    text = mma.score([["C", "C", "G", "G"], ["Am"] * 4], ["Folk", "Folk"])
    said = [f"RndSeed {mma.SEED}", "Tempo 120", "Time 4", "Groove Folk", "1 C / G /", "2 Am / / /"]
    assert text.splitlines() == said


needs_mma = pytest.mark.skipif(shutil.which(mma.PROGRAM) is None, reason="the program mma is not installed")


@needs_mma
def test_mma_plays_what_it_is_asked_for():
    style = next(each for each in mma.styles() if each.name == "folkrock")
    asked = mma.score([["C"] * 4] * 4, [style.grooves[0]] * 4)
    read = mma.play(asked)
    classes = [note.pitch % 12 for note in read.notes if not read.tracks[note.track].is_drum]
    assert set(classes) <= {0, 2, 4, 5, 7, 9, 11}
    assert np.mean(np.isin(classes, (0, 4, 7))) > 0.8
    assert mma.play(asked).notes == read.notes
    assert max(note.end_s for note in read.notes) == pytest.approx(8.0, abs=0.5)


@needs_mma
def test_mmas_refusal_is_a_line():
    with pytest.raises(mma.NoBand, match="mma refused: "):
        mma.play(mma.score([["C"] * 4], ["NoSuchGroove"]))


@needs_mma
def test_a_song_becomes_a_band_of_five_on_its_own_bars():
    leader = Bandleader(Path("none"), tuple(mma.styles()), ())
    tracks = leader.band(song(), np.random.default_rng(1))
    assert {track.player for track in tracks} == {0, 1, 2, 3, 4}
    assert len({len(track.cells) for track in tracks}) == 1


def test_drummers_are_put_on_sixteenths_and_triplets():
    early = np.zeros((1, 48, 84), dtype=bool)
    early[0, [1, 2, 4, 7, 11, 26], 14] = True
    assert musegan_bands.straight(early)[0, :, 14].nonzero()[0].tolist() == [0, 3, 4, 6, 12, 27]


def test_every_beat_of_a_song_has_its_chord():
    bars = musegan_bands.chords_of(song())
    assert {len(bar) for bar in bars} == {4}
    assert any(name != mma.NO_CHORD for bar in bars for name in bar)


def test_accents_are_learned_by_place_and_drum(tmp_path: Path):
    notes = [Note(0.5 * beat, 0.5 * beat + 0.1, 38, 110 if beat % 4 == 0 else 60, 0) for beat in range(400)]
    midi.write(tmp_path / "a_4-4.mid", notes, TempoMap.steady(120), ("Drums",), drums=(0,))
    table = accents.learn([tmp_path / "a_4-4.mid"], [])
    row = table.drums["38"]
    assert (row[0], row[4]) == (pytest.approx(110, abs=3), pytest.approx(60, abs=3))


def test_preparing_needs_data(tmp_path: Path):
    with pytest.raises(BadParameter, match="holds neither freedoom nor POP909"):
        prepare.run("musegan", prepare.Options(data=str(tmp_path), out=str(tmp_path / "out")))


def test_songs_for_networks_of_one_key_are_moved_into_it():
    song = np.zeros((2, *SHAPE.planes), dtype=bool)
    song[:, :, :, np.array([50, 54, 57, 62]) - SHAPE.lowest, NAMES.index("piano")] = True  # D major
    song[:, :, ::4, 36 - SHAPE.lowest, NAMES.index("drums")] = True
    home = musegan_data.at_home(song)
    rows = np.flatnonzero(home[..., NAMES.index("piano")].any(axis=(0, 1, 2))) + SHAPE.lowest
    assert rows.tolist() == [48, 52, 55, 60]
    assert np.array_equal(home[..., NAMES.index("drums")], song[..., NAMES.index("drums")])
