"""What timbre transfer learns from: which pianos play what, and which pairs are drawn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pianos as toy
import pytest

from leap_models.errors import BadParameter
from leap_models.music import midi_writer
from leap_models.music.notes import Note
from leap_models.music.tempo import TempoMap
from leap_models.training import timbre_data, timbre_passages, timbre_pianos, timbre_render, timbre_variation
from leap_models.training.timbre_data import FOLDER, Amount
from leap_models.training.timbre_pianos import MUSESCORE, PIANOS, Layer, Piano, of_split
from leap_models.training.timbre_render import RATE, Played

NAMES = ("fluid_grand", "tim_fm", "tim_grand")
LENGTHS_S = (1.0, 1.5)


def strings(piano: Piano) -> set[tuple[str, int]]:
    """The recordings behind a piano. A SoundFont's grands and its saloon piano have the same ones."""
    acoustic = {"FluidR3_GM.sf2": (0, 1, 3), "TimGM6mb.sf2": (0, 1, 2, 3), MUSESCORE: (0, 1, 3)}
    shared = {2: "FluidR3_GM.sf2", 4: "FluidR3_GM.sf2", 6: "FluidR3_GM.sf2"}  # MuseScore's are FluidR3's
    found = set()
    for layer in piano.layers:
        program = 0 if layer.program in acoustic.get(layer.soundfont, ()) else layer.program
        found.add((shared.get(program, MUSESCORE) if layer.soundfont == MUSESCORE else layer.soundfont, program))
    return found


def test_what_is_measured_with_was_never_learned() -> None:
    learned = set().union(*(strings(piano) for piano in of_split("train")))
    assert not learned & set().union(*(strings(piano) for piano in PIANOS if piano.split != "train"))


def test_musescore_general_only_measures() -> None:
    splits = {piano.split for piano in PIANOS if any(layer.soundfont == MUSESCORE for layer in piano.layers)}
    assert splits == {"test"}


def test_every_family_of_unseen_pianos_has_seen_ones() -> None:
    assert {piano.family for piano in of_split("test")} <= {piano.family for piano in of_split("train")}


def test_names_of_pianos_are_unique() -> None:
    assert len({piano.name for piano in PIANOS}) == len(PIANOS)


def test_training_passages_are_played_by_training_pianos_alone() -> None:
    passages = {"train": [f"t{i}" for i in range(30)], "validation": ["v"], "test": ["x", "y"]}
    plan = timbre_data.assigned(passages, PIANOS, 5)
    assert {name for name, played in plan.items() if set(played) & set(passages["train"])} == {
        piano.name for piano in of_split("train")
    }
    assert all(sum(passage in played for played in plan.values()) == 5 for passage in passages["train"])
    assert all({"x", "y"} <= set(plan[piano.name]) for piano in PIANOS if piano.split != "validation")


@pytest.mark.parametrize("seed", range(20))
def test_a_pair_is_of_one_piano_and_two_songs(seed: int) -> None:
    found = timbre_data.pair(toy.recordings(NAMES), "tim_fm", LENGTHS_S, np.random.default_rng(seed))
    assert found.piano == "tim_fm"
    assert found.target != found.reference


def test_twins_play_the_same_on_different_pianos() -> None:
    one, other = timbre_data.twins(toy.recordings(NAMES), 2, LENGTHS_S, np.random.default_rng(1))
    assert replace(one, piano="") == replace(other, piano="")
    assert one.piano != other.piano


def test_a_piano_with_a_single_song_is_no_pair(tmp_path: Path) -> None:
    toy.write(tmp_path, "train", {"a": toy.passage(0), "b": toy.passage(1)}, ("fluid_grand",))
    toy.write(tmp_path, "train", {"a": toy.passage(0)}, ("tim_fm",))
    assert timbre_data.load(tmp_path, "train").pianos == ("fluid_grand",)


def test_no_passage_is_in_two_splits(tmp_path: Path) -> None:
    for split, seeds in (("train", (0, 1)), ("test", (2, 3))):
        toy.write(tmp_path, split, {f"song-{seed}": toy.passage(seed) for seed in seeds}, NAMES)
    train, test = (timbre_data.load(tmp_path, split) for split in ("train", "test"))
    assert set(train.passages) == {"song-0", "song-1"}
    assert not set(train.passages) & set(test.passages)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    toy.write(tmp_path, "train", {"a": toy.passage(0), "b": toy.passage(1)}, NAMES)
    found = timbre_data.load(tmp_path, "train")
    assert found.passages["a"] == toy.passage(0)
    assert np.abs(found.sound("tim_fm", "a") - toy.sound("tim_fm", toy.passage(0))).max() < 1e-4


def test_a_stretch_before_the_beginning_is_silence() -> None:
    found = toy.recordings(NAMES).sound("tim_fm", "song-0", -0.5, 1.0)
    assert len(found) == RATE
    assert not found[: RATE // 2].any()
    assert found[RATE // 2 :].any()


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="has no train renderings: run leap-bridge prepare timbre"):
        timbre_data.load(tmp_path, "train")


class Renderer:
    """Toy pianos instead of SoundFonts."""

    def __init__(self, samples: Path | None) -> None:
        self.calls: list[str] = []

    def render(self, piano: Piano, passages: list[Played]) -> list[np.ndarray]:
        self.calls.append(piano.name)
        return [toy.sound("tim_fm", each) for each in passages]


def test_preparing_goes_on_where_it_stopped_and_skips_bad_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bad() -> Played:
        raise BadParameter("no notes")

    def good(seed: int) -> Played:
        return toy.passage(seed)

    sources = [
        timbre_passages.Source(f"song-{i}", split, bad if i == 1 else lambda i=i: good(i))
        for i, split in enumerate(["train", "train", "train", "validation", "test"])
    ]  # fmt: skip
    renderers: list[Renderer] = []
    monkeypatch.setattr(timbre_passages, "songs", lambda data: iter(sources))
    monkeypatch.setattr(timbre_data, "playable", lambda piano, samples: piano.name in NAMES)
    monkeypatch.setattr(timbre_data, "Renderer", lambda samples: renderers.append(Renderer(samples)) or renderers[-1])
    lines = [list(timbre_data.prepare(tmp_path, tmp_path, Amount(3, 2), None)) for _ in range(2)]
    assert "skipped: song-1: no notes" in lines[0]
    assert tuple(sorted(renderers[0].calls)) == NAMES
    assert renderers[1].calls == []
    assert len(list((tmp_path / FOLDER / "audio").glob("*/*.flac"))) == 2 * 3 + 3 + 3


def test_a_score_is_played_with_expression() -> None:
    score = tuple(Note(0.5 * i, 0.5 * i + 0.4, 60 + i % 5, 72) for i in range(60))
    velocities = [note.velocity for note in timbre_passages.played(score, np.random.default_rng(0))]
    assert np.std(velocities) > 6


def test_of_mutopias_files_the_piano_is_taken_and_played_with_expression(tmp_path: Path) -> None:
    notes = [Note(0.5 * i, 0.5 * i + 0.4, 60 + i % 5, 72, track) for i in range(60) for track in (0, 1)]
    (tmp_path / "mutopia").mkdir()
    midi_writer.write(tmp_path / "mutopia" / "a.mid", notes, TempoMap.steady(120.0), ("Piano", "Flute"), (0, 73))
    (source,) = timbre_passages.songs(tmp_path)
    found = source.read()
    assert source.name == "mutopia-a"
    assert len(found.notes) < found.duration_s / 0.5 + 1  # and not twice as many
    assert len({note.velocity for note in found.notes}) > 5


def test_a_cut_passage_holds_what_is_struck_in_it() -> None:
    notes = tuple(Note(0.25 * i, 0.25 * i + 0.2, 60, 80) for i in range(80))
    found = timbre_passages.cut(notes, (), 2.0, 8.0)
    assert len(found.notes) == 32
    assert found.notes[0].start_s == 0.0


def test_an_exercise_is_the_same_each_time_and_within_the_keys() -> None:
    one, other = (timbre_passages.exercise(3).read() for _ in range(2))
    assert one == other
    assert all(21 <= note.pitch <= 108 for note in one.notes)


def test_an_equaliser_lifts_its_band() -> None:
    section = timbre_render.peak_filter(1000.0, 6.0, 0.7, RATE)
    hz, response = timbre_render.signal.sosfreqz(section, 2048, fs=RATE)
    gain_db = 20 * np.log10(np.abs(response))
    assert gain_db[np.abs(hz - 1000.0).argmin()] == pytest.approx(6.0, abs=0.1)
    assert gain_db[-1] == pytest.approx(0.0, abs=0.2)


def test_a_soft_touch_is_dark_and_leaves_the_bass() -> None:
    _hz, response = timbre_render.signal.sosfreqz(timbre_render.shelf(-12.0), 2048, fs=RATE)
    gain_db = 20 * np.log10(np.abs(response))
    assert gain_db[1] == pytest.approx(0.0, abs=0.1)
    assert gain_db[-1] == pytest.approx(-12.0, abs=0.3)


def test_a_variation_is_one_filter_for_all_that_a_piano_plays() -> None:
    change = timbre_variation.drawn(np.random.default_rng(3))
    rng = np.random.default_rng(0)
    one, other = rng.normal(0, 0.1, (2, 2 * RATE))
    assert np.allclose(change(one + other), change(one) + change(other), atol=1e-5)


def test_a_variation_keeps_time() -> None:
    click = np.zeros(3 * RATE)
    before = round(timbre_variation.BEFORE_S * RATE)
    click[before + 1000] = 1.0
    heard = timbre_variation.drawn(np.random.default_rng(4))(click)
    assert np.abs(heard).argmax() == pytest.approx(1000, abs=2)


@pytest.mark.skipif(timbre_pianos.find("TimGM6mb.sf2") is None, reason="timgm6mb-soundfont is not installed")
def test_a_soundfont_plays_in_tune_and_in_time() -> None:
    note = Note(0.5, 1.4, 69, 90)
    for cents in (0.0, 50.0):
        piano = Piano("a", "grand", (Layer("TimGM6mb.sf2", 0, 0.0, cents),))
        (heard,) = timbre_render.Renderer().render(piano, [Played((note,), (), 2.0)])
        assert len(heard) == 2 * RATE
        assert np.abs(heard[: round(0.49 * RATE)]).max() < 0.01 * np.abs(heard).max()
        ringing = heard[round(0.6 * RATE) : round(1.3 * RATE)]
        spectrum = np.abs(np.fft.rfft(ringing * np.hanning(len(ringing)), 1 << 18))
        peak_hz = np.argmax(spectrum[: round(600 / RATE * (1 << 18))]) * RATE / (1 << 18)
        assert 1200 * np.log2(peak_hz / 440.0) == pytest.approx(cents, abs=8.0)
