"""What score-based generation learns from, that it learns, and how it is measured."""

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
import torch
from songs import song

from leap_models import checkpoint
from leap_models.config import from_dict
from leap_models.diffusion.loss import even_times
from leap_models.errors import BadParameter
from leap_models.families.score_sde.config import CLASSIC, ScoreSdeConfig
from leap_models.families.score_sde.network import Sizes
from leap_models.families.score_sde.passage import PITCH, START, Shape
from leap_models.music.keys import NAMES
from leap_models.music.notes import Note
from leap_models.music.statistics import (
    Excerpt,
    density,
    groove_consistency,
    inter_onset,
    nearest,
    overlapped_area,
    overlaps,
    polyphony,
    scale_consistency,
)
from leap_models.music.tempo import TempoMap
from leap_models.training import evaluate_score_sde, lieder, passages, piano_pieces, prepare, train
from leap_models.training.evaluate_score_sde import Way
from leap_models.training.examples import tempo_of
from leap_models.training.maestro import Maestro
from leap_models.training.passages import PianoPiece
from leap_models.training.piano_pieces import Score
from leap_models.training.score_sde import ScoreSdeTask, ScoreSdeTraining, random_gap, spread

TINY = ScoreSdeConfig(shape=Shape(21, 88, 32, 2), sizes=Sizes(width=48, depth=1, heads=2, hidden=64))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A song in each split, of eight bars."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "passages").mkdir()
    played = song(8)
    for split in ("train", "validation", "test"):
        score = Score(played.arrangement, tempo_of(played))
        piano_pieces.write(folder / "passages" / f"pop909-{split}.npz", score, split)
    return folder


@pytest.fixture(scope="module")
def pieces(prepared: Path) -> list[PianoPiece]:
    return passages.load(prepared, "train")


def test_densities_are_wished_further_apart_round_their_mean() -> None:
    assert spread([(2.0, 50.04), (4.0, 60.0), (6.0, 70.0)], 1.5) == ((1.0, 50.0), (4.0, 60.0), (7.0, 70.0))
    assert spread([(1.0, 50.0), (5.0, 60.0)], 2.0)[0][0] == 0.3


def a_task(pieces: list[PianoPiece], config: ScoreSdeConfig = TINY) -> ScoreSdeTask:
    torch.manual_seed(0)
    return ScoreSdeTask(config, ScoreSdeTraining(validation_passages=4), pieces, pieces)


def test_a_prepared_piece_knows_its_key_and_bars(pieces: list[PianoPiece]) -> None:
    (piece,) = pieces
    assert (NAMES[piece.key], piece.beats_per_bar, piece.bars) == ("C", 4, 8)


def test_every_note_of_the_song_is_in_the_piece(pieces: list[PianoPiece]) -> None:
    assert len(pieces[0].notes) == len(song(8).arrangement)


def test_a_passage_begins_with_a_bar(pieces: list[PianoPiece]) -> None:
    cut = [passages.random_passage(pieces, 32, np.random.default_rng(seed)) for seed in range(20)]
    assert {each.first % 16 for each in cut} == {0}


def test_a_transposed_passage_is_in_the_transposed_key(pieces: list[PianoPiece]) -> None:
    passage = passages.cut(pieces[0], 0, 64)
    moved = passages.varied(passage, 3, 1.0)
    assert NAMES[moved.key] == "Eb"
    assert np.array_equal(moved.notes[:, PITCH], passage.notes[:, PITCH] + 3)


def test_no_note_of_a_passage_is_outside_it(pieces: list[PianoPiece]) -> None:
    notes = passages.cut(pieces[0], 16, 32).notes
    assert notes[:, START].min() >= 0
    assert (notes[:, 0] + notes[:, 1]).max() <= 32


def test_a_gap_leaves_something_to_make() -> None:
    gaps = [random_gap(TINY.shape, 0.3, np.random.default_rng(seed)) for seed in range(60)]
    assert all(gap.any() for gap in gaps)
    assert any(not gap.all() for gap in gaps)


def test_the_loss_on_64_rolls_falls_by_half_in_200_steps(pieces: list[PianoPiece]) -> None:
    task = a_task(pieces, replace(TINY, sizes=Sizes(width=96, depth=1, heads=2, hidden=128)))
    rolls = task.batch(64, np.random.default_rng(0))
    rolls["missing"] = torch.ones_like(rolls["missing"])
    optimizer = torch.optim.Adam(task.network.parameters(), lr=3e-3)

    def loss(which: torch.Tensor, seed: int) -> torch.Tensor:
        batch = {name: value[which] for name, value in rolls.items()}
        return task.loss(task.network, batch, torch.Generator().manual_seed(seed))["loss"]

    before = float(loss(torch.arange(64), 1000).detach())
    for step in range(200):
        optimizer.zero_grad()
        loss(torch.randperm(64, generator=torch.Generator().manual_seed(step))[:16], step).backward()
        optimizer.step()
    assert float(loss(torch.arange(64), 1000).detach()) < 0.5 * before


def test_the_classic_network_is_taught_its_own_loss(pieces: list[PianoPiece]) -> None:
    config = ScoreSdeConfig(network="scorenet", shape=CLASSIC.shape, sde="base", one_key=False, reading=CLASSIC.reading)
    task = ScoreSdeTask(config, ScoreSdeTraining(1.0, 1.0, 0.0, 0.0, 4), pieces, pieces)
    batch = task.batch(4, np.random.default_rng(0))
    found = task.loss(task.network, batch, torch.Generator().manual_seed(0))
    rng = torch.Generator().manual_seed(0)
    t = even_times(4, rng, torch.device("cpu"))
    eps = torch.randn(batch["planes"].shape, generator=rng)
    sigma = config.levels.sigma(t)[:, None, None, None]
    with torch.no_grad():
        score = task.network.score(batch["planes"] + sigma * eps, t)  # type: ignore[operator]
    assert float(found["loss"].detach()) == pytest.approx(float((sigma * score + eps).square().mean()), rel=1e-3)


def test_train_publishes_a_checkpoint_that_says_what_it_learned_from(prepared: Path, tmp_path: Path) -> None:
    sizes = "network.sizes.width=16,network.sizes.depth=1,network.sizes.heads=2,network.sizes.hidden=16"
    options = train.Options(
        prepared=str(prepared), out=str(tmp_path), minutes=0.0, set=f"{sizes},network.shape.steps=32,loop.batch=2"
    )
    train.run("score_sde", options)
    card = checkpoint.read_card(tmp_path / "score_sde" / "checkpoint")
    assert (card.family, card.trained_on, card.licence) == ("score_sde", "POP909 and POP909-CL (MIT)", "MIT")
    assert from_dict(ScoreSdeConfig, card.config).shape.steps == 32


def test_evaluation_measures_every_way_beside_the_baselines(prepared: Path, tmp_path: Path) -> None:
    options = train.Options(
        prepared=str(prepared), out=str(tmp_path), minutes=0.0,
        set="network.sizes.width=16,network.sizes.depth=1,network.sizes.heads=2,network.sizes.hidden=16",
    )
    train.run("score_sde", options)
    rows = evaluate_score_sde.measured(
        prepared, tmp_path / "score_sde" / "checkpoint", 2, [Way("multistep", 3), Way("euler_maruyama", 4)], 20
    )
    assert [row.name for row in rows] == ["held-out", "shuffled bars", "untrained", "multistep 3", "euler_maruyama 4"]
    assert [row.calls for row in rows[3:]] == [3, 4]
    evaluate_score_sde.write(rows, tmp_path / "figures.json")
    assert "| euler_maruyama 4 | 4 |" in (tmp_path / "figures.md").read_text()
    assert (tmp_path / "figures.png").exists()


def test_shuffled_bars_are_the_same_bars() -> None:
    notes = np.array([[0, 2, 60, 64], [17, 2, 62, 64], [34, 2, 64, 64]])
    found = evaluate_score_sde.shuffled(Excerpt(notes, 48), np.random.default_rng(1))
    assert sorted((start % 16, pitch) for start, _, pitch, _ in found.notes.tolist()) == [(0, 60), (1, 62), (2, 64)]


def test_equal_sets_overlap_wholly() -> None:
    music = [Excerpt(np.array([[0, 4, 60, 64], [4, 4, 64, 64], [8, 8, 67, 64]]), 16)]
    assert set(overlaps(music, music).values()) == {1.0}


def test_sets_with_nothing_in_common_do_not_overlap() -> None:
    assert overlapped_area(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 0.0


def test_waits_are_counted_between_moments_not_notes() -> None:
    chord = Excerpt(np.array([[0, 4, 60, 64], [0, 4, 64, 64], [4, 4, 67, 64]]), 16)
    assert inter_onset([chord])[3] == 1.0


def test_three_keys_that_sound_are_three_voices() -> None:
    chord = Excerpt(np.array([[0, 16, 60, 64], [0, 16, 64, 64], [0, 16, 67, 64]]), 16)
    assert polyphony([chord])[3] == 1.0


def test_a_scale_is_consistent_with_itself_and_a_chromatic_one_is_not() -> None:
    scale = Excerpt(np.array([[i, 1, 60 + p, 64] for i, p in enumerate((0, 2, 4, 5, 7, 9, 11))]), 16)
    chromatic = Excerpt(np.array([[i, 1, 60 + i, 64] for i in range(12)]), 16)
    assert scale_consistency(scale) == 1.0
    assert scale_consistency(chromatic) == pytest.approx(7 / 12)


def test_bars_of_one_rhythm_have_one_groove() -> None:
    same = Excerpt(np.array([[16 * bar + at, 1, 60, 64] for bar in range(3) for at in (0, 4, 6)]), 48)
    assert groove_consistency(same) == 1.0


def test_a_copy_is_at_no_distance() -> None:
    one = Excerpt(np.array([[0, 4, 60, 64], [4, 4, 64, 64]]), 16)
    half = Excerpt(np.array([[0, 4, 60, 64]]), 16)
    assert nearest(one, np.stack([half.onsets(), one.onsets()])) == 0.0
    assert nearest(one, np.stack([half.onsets()])) == pytest.approx(0.5)


def write_maestro(place: Path) -> list[tuple[str, int]]:
    """A zip as MAESTRO's; gives each MIDI's split and number of notes."""
    rows, files = [], {}
    for number, (split, count) in enumerate((("train", 300), ("test", 40), ("train", 5))):
        name = f"2004/piece-{number}.midi"
        rows.append(("Somebody", f"Piece {number}", split, "2004", name, name.replace(".midi", ".wav"), "12.5"))
        files[name] = midi_bytes(count)
    text = io.StringIO()
    writer = csv.writer(text)
    columns = "canonical_composer canonical_title split year midi_filename audio_filename duration"
    writer.writerow(columns.split())
    writer.writerows(rows)
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("maestro-v3.0.0/maestro-v3.0.0.csv", text.getvalue())
        for name, data in files.items():
            archive.writestr(f"maestro-v3.0.0/{name}", data)
    return [(row[2], count) for row, count in zip(rows, (300, 40, 5), strict=True)]


def midi_bytes(notes: int) -> bytes:
    """So many notes, most of them shorter than a second."""
    file, track = mido.MidiFile(ticks_per_beat=480), mido.MidiTrack()
    file.tracks.append(track)
    for number in range(notes):
        track.append(mido.Message("note_on", note=30 + number % 60, velocity=1 + number % 127, time=60))
        track.append(mido.Message("note_off", note=30 + number % 60, time=70))
    stream = io.BytesIO()
    file.save(file=stream)
    return stream.getvalue()


@pytest.fixture(params=["zip", "folder"])
def maestro(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    place = tmp_path / "maestro-v3.0.0.zip"
    write_maestro(place)
    if request.param == "zip":
        return place
    with zipfile.ZipFile(place) as archive:
        archive.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


def test_maestro_is_split_as_its_csv_says(maestro: Path) -> None:
    found = Maestro(maestro)
    assert [len(found.performances(split)) for split in ("train", "validation", "test")] == [2, 0, 1]


def test_every_note_of_maestro_survives(maestro: Path) -> None:
    found = Maestro(maestro)
    assert [len(found.notes(each).notes) for each in found.performances("train")] == [300, 5]


def test_the_columns_of_maestro_are_known(maestro: Path) -> None:
    first = Maestro(maestro).performances("train")[0]
    assert (first.composer, first.title, first.year, first.duration_s) == ("Somebody", "Piece 0", 2004, 12.5)


def test_maestro_becomes_pieces_and_a_short_one_is_skipped(maestro: Path, tmp_path: Path) -> None:
    options = prepare.Options(data=str(tmp_path), out=str(tmp_path / "out"), maestro=str(maestro))
    assert prepare.run("score_sde", options) == {
        "examples": 2, "skipped": 1, "folder": str(tmp_path / "out" / "passages"),
    }  # fmt: skip
    assert len(passages.load(tmp_path / "out", "train")[0].notes) == 300


def test_a_zip_without_a_csv_is_no_maestro(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(BadParameter, match="holds no CSV of MAESTRO"):
        Maestro(tmp_path / "a.zip")


def test_preparing_without_data_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="holds neither POP909"):
        prepare.run("score_sde", prepare.Options(data=str(tmp_path), out=str(tmp_path)))


SCORE = """<score-partwise><part-list><score-part id="P1"><part-name>Voice</part-name></score-part>
<score-part id="P2"><part-name>Piano</part-name></score-part></part-list><part id="P1"/><part id="P2">
<measure number="0"><attributes><divisions>2</divisions>
<time><beats>3</beats><beat-type>4</beat-type></time></attributes>
<note><pitch><step>G</step><octave>4</octave></pitch><duration>2</duration></note></measure>
<measure number="1"><note><pitch><step>C</step><octave>4</octave></pitch><duration>4</duration></note>
<note><chord/><pitch><step>E</step><alter>-1</alter><octave>4</octave></pitch><duration>4</duration></note>
<note><pitch><step>D</step><octave>5</octave></pitch><duration>2</duration><tie type="start"/></note>
<backup><duration>6</duration></backup><note><rest/><duration>6</duration></note></measure>
<measure number="2"><note><pitch><step>D</step><octave>5</octave></pitch><duration>2</duration><tie type="stop"/></note>
<forward><duration>2</duration></forward>
<note><pitch><step>C</step><octave>2</octave></pitch><duration>2</duration></note></measure>
</part></score-partwise>"""


def write_score(path: Path, text: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
        archive.writestr("score.xml", text)
    return path


def test_a_score_gives_the_pianos_notes_from_its_first_whole_bar(tmp_path: Path) -> None:
    found = lieder.load(write_score(tmp_path / "lc1.mxl", SCORE))
    assert found.beats_per_bar == 3
    assert found.notes == tuple(
        Note(start, end, pitch, lieder.VELOCITY)
        for start, end, pitch in ((0.0, 2.0, 60), (0.0, 2.0, 63), (2.0, 4.0, 74), (5.0, 6.0, 36))
    )
    assert found.tempo == TempoMap.steady(60, 3)


@pytest.mark.parametrize("text", ["<score-partwise/>", "no xml", SCORE.replace("Piano", "Harp")])
def test_a_score_without_a_piano_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(lieder.BadScore):
        lieder.load(write_score(tmp_path / "lc1.mxl", text))


def test_density_is_counted_by_the_bar() -> None:
    busy_then_idle = Excerpt(np.array([[at, 1, 60 + at, 64] for at in range(8)]), 32)
    found = density([busy_then_idle])
    assert (found[4], found[0]) == (0.5, 0.5)  # two notes a beat, and none
