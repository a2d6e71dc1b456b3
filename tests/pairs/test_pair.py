"""Pairs of a song and its cover, from files to examples."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pair_songs import RATE, band, broken_off, cover, late, moved, recitative, sound, swelling, write_cover, write_song

from leap_bridge import cli
from leap_models.errors import UnwritableOutput
from leap_models.music.notes import Note
from leap_models.training.examples import NOTE_COLUMNS
from leap_models.training.leap_data import tempo_of
from leap_models.training.pairs import pair as pairs
from leap_models.training.pairs.index import Pair
from leap_models.training.pairs.lines import lines
from leap_models.training.pairs.listening import Cover, Song, song_at
from leap_models.training.pairs.matching import keyed, match
from leap_models.training.pairs.pair import Job, PairConfig, is_done, split_of, work
from leap_models.training.pairs.run import prepare
from leap_models.training.pairs.stretch import Stretch, on_beats
from leap_models.training.pairs.trust import believed, trust
from leap_models.training.pairs.tuning import tuning_cents
from leap_models.training.pairs.verdict import CODES, Thresholds, judge
from leap_models.training.pairs.warping import Path as PathOf

USUAL = PairConfig()
CENTS = 23.0
FASTER = 2 ** (CENTS / 1200)  # a song that is tuned higher is faster


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One song of 26 s, tuned high, and its covers."""
    root = tmp_path_factory.mktemp("pairs")
    write_song(root / "song.wav", band(), CENTS)
    write_cover(root / "good.mid", moved(cover(), -3, late))
    write_cover(root / "other.mid", cover(seed=5))
    write_cover(root / "long.mid", moved(cover(), 0, lambda second: 1.4 * second))
    no_tune = [note for note in cover() if note.pitch < 67]
    write_cover(root / "chords.mid", moved(tuple(no_tune), 0))
    write_cover(root / "empty.mid", ())
    write_cover(root / "half.mid", broken_off())
    soundfile.write(root / "recitative.wav", swelling(recitative()), RATE)
    write_cover(root / "recitative.mid", recitative())
    (root / "garbage.wav").write_bytes(b"no sound at all")
    return root


@pytest.fixture(scope="session")
def heard(songs: Path) -> Song:
    about = (songs / "song.wav").stat()
    return song_at(songs / "song.wav", (about.st_size, about.st_mtime_ns))


@pytest.fixture
def do(songs: Path, tmp_path: Path, heard: Song) -> Callable[..., dict]:
    def made(piano: str, song: str = "song.wav", config: PairConfig = USUAL) -> dict:
        job = Job(Pair("pair", songs / song, songs / piano), tmp_path, config)
        work(job)
        return json.loads(job.record.read_text())

    return made


@pytest.mark.parametrize("cents", [-40.0, -12.0, 0.0, 31.0])
def test_a_tuning_is_found_within_five_cents(cents: float):
    assert tuning_cents(sound(cover(bars=3), cents), RATE) == pytest.approx(cents, abs=5.0)


def test_silence_is_in_tune():
    assert tuning_cents(np.zeros(RATE, np.float32), RATE) == 0.0


@pytest.mark.parametrize("semitones", range(-5, 7))
def test_a_cover_in_any_key_comes_back_into_the_songs(heard: Song, semitones: int):
    notes = keyed(moved(cover(), 0, late), -semitones)
    assert match(heard, Cover(notes, notes[-1].end_s, 0.0, "midi")).semitones == semitones


def test_the_song_lies_where_the_cover_plays_it(heard: Song):
    notes = moved(cover(), 0, late)
    found = match(heard, Cover(notes, notes[-1].end_s, 0.0, "midi"))
    truth = Stretch(*(np.array([f(second) for second in np.arange(0, 26, 0.05)]) for f in (late, lambda s: s / FASTER)))
    errors = [
        abs(stretch.song_s - np.interp(stretch.piano_s, truth.piano_s, truth.song_s)) for stretch in found.stretches
    ]
    assert np.median(np.concatenate(errors)) < 0.04
    assert found.song_share > 0.85


def test_a_missing_introduction_belongs_to_no_stretch(heard: Song):
    notes = tuple(replace(n, start_s=n.start_s - 6, end_s=n.end_s - 6) for n in cover() if n.start_s >= 6)
    found = match(heard, Cover(notes, notes[-1].end_s, 0.0, "midi"))
    assert found.stretches[0].song_s[0] == pytest.approx(6 / FASTER, abs=1.5)


def test_a_warp_rises(heard: Song):
    notes = moved(cover(), 0, late)
    for stretch in match(heard, Cover(notes, notes[-1].end_s, 0.0, "midi")).stretches:
        assert (np.diff(stretch.song_s) > 0).all()
        assert (np.diff(stretch.piano_s) > 0).all()


def test_held_to_beats_a_cover_keeps_its_rhythm_between_them():
    wavy = np.arange(0, 10.01, 0.1)
    stretch = Stretch(wavy, wavy * 0.9 + 0.05 * np.sin(20 * wavy) * (wavy % 1.0))
    held = on_beats(stretch, np.arange(0.0, 9.0, 0.9))
    triplet = tuple(Note(3.0 + step / 3, 3.2 + step / 3, 60, 80) for step in range(3))
    steps = np.diff([note.start_s for note in held.moved(triplet)])
    assert steps[0] == pytest.approx(steps[1], rel=1e-6)


def test_a_good_pair_becomes_examples(do, tmp_path: Path):
    record = do("good.mid")
    assert record["code"] == "OK", record["why"]
    assert record["figures"]["semitones"] == 3
    assert record["figures"]["cents"] == pytest.approx(CENTS, abs=5.0)
    assert record["figures"]["mca_aligned"] > record["figures"]["mca_raw"] + 0.3
    with np.load(tmp_path / "pair_0.npz") as arrays:
        assert arrays["target_5"].shape[1] == len(NOTE_COLUMNS)
        assert len(arrays["target_5"]) > len(arrays["target_1"]) > 10
        assert str(arrays["split"]) == record["split"]
        assert tempo_of(dict(arrays)).bpm_at(5.0) == pytest.approx(120 * FASTER, rel=0.02)
        assert set(arrays["grids"].tolist()) <= {0, 2, 3, 4}
        assert len(arrays["samples"]) > 15 * RATE


CASES = {
    "BAD_MATCH": ("other.mid", "song.wav", PairConfig()),
    "BAD_DURATION": ("long.mid", "song.wav", PairConfig()),
    "BAD_ACCURACY": ("chords.mid", "song.wav", PairConfig()),
    "NO_PIANO": ("empty.mid", "song.wav", PairConfig()),
    "NO_SONG": ("good.mid", "garbage.wav", PairConfig()),
    "BLACKLIST": ("good.mid", "song.wav", PairConfig(blacklist=("pair",))),
    "NO_TEMPO": ("recitative.mid", "recitative.wav", PairConfig()),
    "BAD_WARP": ("half.mid", "song.wav", PairConfig()),
}


@pytest.mark.parametrize("code", CASES)
def test_every_fault_has_its_code(do, tmp_path: Path, code: str):
    record = do(*CASES[code])
    assert record["code"] == code, record
    assert record["why"]
    assert not list(tmp_path.glob("*.npz"))


def test_a_song_that_is_too_short_for_a_window_is_told(tmp_path: Path):
    song = write_song(tmp_path / "song.wav", band(bars=5))
    job = Job(Pair("short", song, write_cover(tmp_path / "c.mid", cover(bars=5))), tmp_path, PairConfig())
    assert "TOO_SHORT" in work(job)


def test_a_mistake_of_ours_is_one_line(do, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pairs, "match", lambda *_given: 1 / 0)
    record = do("good.mid")
    assert (record["code"], record["why"]) == ("FAILED", "ZeroDivisionError: division by zero")


def test_every_code_is_known():
    assert set(CASES) | {"OK", "SAME_NAME", "TOO_SHORT", "FAILED"} == set(CODES)


def test_near_a_threshold_a_verdict_is_doubtful():
    assert judge({"mca_aligned": 0.16}, Thresholds()).doubtful
    assert not judge({"mca_aligned": 0.5}, Thresholds()).doubtful


@pytest.mark.parametrize(("ratio", "doubtful"), [(1.0, False), (1.06, False), (1.18, True), (0.85, True)])
def test_a_length_is_doubtful_near_its_threshold_not_near_the_songs(ratio: float, doubtful: bool):
    assert judge({"duration_ratio": ratio}, Thresholds()).doubtful is doubtful


def test_a_song_is_in_one_split_whatever_its_covers_are_called():
    assert [split_of(f"{number:08x}ffff") for number in (7, 8, 9)] == ["train", "validation", "test"]


def folder_of(songs: Path, root: Path) -> Path:
    for side, name in (("songs", "song.wav"), ("pianos", "good.mid")):
        (root / side).mkdir(parents=True)
        (root / side / f"a{(songs / name).suffix}").symlink_to(songs / name)
    (root / "songs" / "b.wav").symlink_to(songs / "garbage.wav")
    (root / "pianos" / "b.mid").symlink_to(songs / "good.mid")
    (root / "songs" / "c.wav").symlink_to(songs / "song.wav")
    return root


def test_a_folder_goes_through_once_and_one_bad_pair_stops_nothing(songs: Path, tmp_path: Path):
    data, out = folder_of(songs, tmp_path / "data"), tmp_path / "out"
    lines = list(prepare(data, out, [], "", 1))
    assert [line.split(":")[0] for line in lines] == ["skipped", "a is ready", "skipped"]
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.npz")}
    assert list(prepare(data, out, [], "", 1))[1] == "2 pairs are ready"
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.npz")} == before
    page = (out / "pairs" / "report.html").read_text()
    assert "1 NO_PIANO" in page
    assert "1 NO_SONG" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert len((out / "pairs" / "pairs.csv").read_text().splitlines()) == 4


def test_an_interrupt_leaves_nothing_half_done(songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def stop(*_given: object) -> None:
        raise KeyboardInterrupt

    job = Job(Pair("a", songs / "song.wav", songs / "good.mid"), tmp_path, PairConfig())
    with monkeypatch.context() as patched:
        patched.setattr(pairs.json, "dumps", stop)
        with pytest.raises(KeyboardInterrupt):
            work(job)
    assert not is_done(job)
    assert not list(tmp_path.rglob(".*"))
    assert work(job) == "a is ready"


def test_a_disk_that_takes_nothing_ends_the_run(songs: Path, tmp_path: Path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UnwritableOutput):
        work(Job(Pair("a", songs / "song.wav", songs / "empty.mid"), tmp_path / "out", PairConfig()))


def test_another_threshold_judges_anew(songs: Path, tmp_path: Path):
    job = Job(Pair("a", songs / "song.wav", songs / "empty.mid"), tmp_path, PairConfig())
    work(job)
    assert is_done(job)
    assert not is_done(replace(job, config=PairConfig(thresholds=Thresholds(accuracy=0.3))))


def test_recorded_pianos_are_read_too(heard: Song, songs: Path, tmp_path: Path):
    write_song(tmp_path / "piano.wav", moved(cover(bars=8), 2), -31.0)
    record = work(Job(Pair("p", songs / "song.wav", tmp_path / "piano.wav"), tmp_path, PairConfig(
        reader="basic-pitch", thresholds=Thresholds(shortest_ratio=0.3))))  # fmt: skip
    figures = json.loads((tmp_path / "pairs" / "p.json").read_text())["figures"]
    assert figures["piano_cents"] == pytest.approx(-31.0, abs=5.0), record
    assert figures["semitones"] == -2




def test_a_path_that_errs_by_a_second_for_a_while_is_led_over():
    every = np.arange(2000)
    song = every.copy()
    song[900:1000] += 50  # a second
    way = PathOf(song, every, 0.0)
    (song_s, piano_s), *_ = lines(way)
    inside = (piano_s > 2.0) & (piano_s < 38.0)
    assert abs(song_s - piano_s)[inside].max() < 0.2


def test_where_one_side_stands_still_there_is_no_line():
    song, piano = np.concatenate([np.arange(800), np.full(300, 799), np.arange(800, 1600)]), np.arange(1900)
    found = [(line[1][0], line[1][-1]) for line in lines(PathOf(song, piano, 0.0))]
    assert [edge for span in found for edge in span] == pytest.approx([0.0, 16.0, 22.0, 38.0], abs=0.6)


def test_what_meets_nothing_of_the_song_is_left_out():
    rng, onsets = np.random.default_rng(0), np.zeros((12, 2000))
    notes = tuple(Note(step / 5, step / 5 + 0.1, 60 + int(rng.integers(12)), 80) for step in range(190))
    for note in notes:
        if not 15.0 <= note.start_s < 25.0:  # there the song plays nothing that the cover does
            onsets[note.pitch % 12, round(note.start_s * 50)] = 1.0
    onsets[:, 750:1250] = rng.random((12, 500)) < 0.02
    points = np.arange(0.0, 38.0, 0.1)
    whole = Stretch(points, points)
    parts = list(believed([whole], [trust(onsets, notes, whole)]))
    assert [edge for part in parts for edge in (part.piano_s[0], part.piano_s[-1])] == pytest.approx(
        [0.0, 15.0, 25.0, 37.9], abs=0.7
    )


def test_who_interrupts_preparing_is_told_that_it_goes_on(monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(cli, "_run", lambda _argv: (_ for _ in ()).throw(KeyboardInterrupt))
    assert cli.main(["prepare", "pairs", "songs"]) == 1
    assert capsys.readouterr().err.endswith("interrupted; what is finished stays, the same command goes on\n")
