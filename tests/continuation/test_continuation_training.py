"""Data of continuation, and what is learned from them."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_continuation import chorale, tune

from leap_models import checkpoint, pipeline, registry
from leap_models.errors import BadParameter
from leap_models.families.continuation.lstm_net import PADDING, LstmConfig
from leap_models.families.continuation.next_net import Mixture
from leap_models.families.continuation.symbols import END, PITCHES, decode
from leap_models.families.continuation.window_coder import LOWEST, SEEN
from leap_models.families.continuation.windows import COARSE_STEPS, FINE_AT, of_cells
from leap_models.interface import Request
from leap_models.music.players import PIANO
from leap_models.training import bach, continuation_bands, evaluate, musegan_data, prepare, train
from leap_models.training.continuation_bands import SHAPE, joined, packed
from leap_models.training.continuation_melody import SymbolTask, SymbolTraining, sequences
from leap_models.training.continuation_next import Steps, next_figures
from leap_models.training.continuation_windows import as_seen, planes_of
from leap_models.training.runs import Options

TINY = {
    "continuation.lstm": "network.width=16,network.layers=1,network.embedding=8,network.dropout=0.0,loop.batch=4",
    "continuation.chorale": "network.width=16,network.layers=1,network.embedding=8,network.dropout=0.0,loop.batch=2",
    "continuation.lstm_vae": "network.latent=6,network.encoder=8,network.decoder=8,network.embedding=8,loop.batch=4",
    "continuation.conv_vae": "network.latent=6,loop.batch=4",
    "continuation.window_ae": "training.held_out=4,loop.batch=2",
    "continuation.melody_nn": "network.width=8,network.layers=2,network.latent=8,loop.batch=4",
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Chorales, and bands that play four bars and the four after them."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / bach.FOLDER).mkdir()
    for number in range(1, 31):
        name = f"bwv{number}.6"
        bach.save(folder / bach.FOLDER / f"{name}.npz", chorale(name, seed=number))
    (folder / musegan_data.FOLDER).mkdir()
    rng = np.random.default_rng(0)
    for split in musegan_data.SPLITS:
        song = np.zeros((9, SHAPE.steps, SHAPE.pitches, SHAPE.tracks), dtype=bool)
        for track in range(4):  # nobody plays strings
            song[np.arange(9)[:, None], np.arange(0, 48, 6), rng.integers(20, 50, (9, 8)), track] = True
        phrases = np.stack([song[at : at + 4] for at in (0, 2, 5)])
        musegan_data.save(folder / musegan_data.FOLDER / f"{split}.npz", phrases, split)
    assert all("ready" in line for line in continuation_bands.prepare(folder))
    return folder


def trained(task: str, prepared: Path, out: Path) -> dict[str, object]:
    config = out / "sizes.yaml"
    small = "network: {coder: {latent: 8, cell: 4, width: 8, thin: 4}}"
    config.write_text(small if task == "continuation.window_ae" else "{}")
    return train.run(task, Options(str(prepared), str(out), minutes=0.002, set=TINY[task], config=str(config)))


@pytest.mark.parametrize("name", ["lstm", "chorale", "lstm_vae", "conv_vae"])
def test_what_was_trained_can_be_played(name: str, prepared: Path, tmp_path: Path):
    figures = trained(f"continuation.{name}", prepared, tmp_path)
    assert np.isfinite([value for value in figures.values() if isinstance(value, float)]).all()
    model = registry.load(name, "cpu", tmp_path / f"continuation.{name}" / "checkpoint")
    assert pipeline.run(model, tune(more=4), Request(name)).duration_s == 12.0


def test_a_band_without_strings_learns_the_others(prepared: Path, tmp_path: Path):
    trained("continuation.window_ae", prepared, tmp_path)
    figures = trained("continuation.melody_nn", prepared, tmp_path)
    assert np.isfinite(figures["valid_error_shuffled"])
    model = registry.load("melody_nn", "cpu", tmp_path / "continuation.melody_nn" / "checkpoint")
    notes = pipeline.run(model, tune(more=4), Request("melody_nn")).notes
    assert 4 not in {note.track for note in notes}
    folder = str(tmp_path / "continuation.melody_nn" / "checkpoint")
    options = evaluate.Options(prepared=str(prepared), weights=folder, out=str(tmp_path / "figures.json"))
    rows = evaluate.run("continuation.melody_nn", options)
    assert list(rows) == ["drums", "piano", "guitar", "bass"]
    assert {"f1", "error", "error_copy", "error_mean", "error_shuffled", "moves"} <= set(rows["bass"])
    assert (tmp_path / "figures.png").stat().st_size > 1000


def test_songs_of_a_piano_alone_teach_the_piano_alone(tmp_path: Path):
    (tmp_path / musegan_data.FOLDER).mkdir()
    rng = np.random.default_rng(0)
    for split in musegan_data.SPLITS:
        phrases = np.zeros((6, *SHAPE.planes), dtype=bool)
        for phrase in phrases:
            phrase[np.arange(4)[:, None], np.arange(0, 48, 6), rng.integers(20, 50, (4, 8)), PIANO] = True
        musegan_data.save(tmp_path / musegan_data.FOLDER / f"{split}.npz", phrases, split)
    assert all("ready" in line for line in continuation_bands.prepare(tmp_path))
    learned = trained("continuation.window_ae", tmp_path, tmp_path)
    assert [name for name in learned if name.startswith("valid_f1_")] == ["valid_f1_piano"]
    figures = trained("continuation.melody_nn", tmp_path, tmp_path)
    assert "valid_error" in figures
    assert "valid_error_shuffled" not in figures
    card = checkpoint.load(tmp_path / "continuation.melody_nn" / "checkpoint").card
    assert card.config["known"] == [player == PIANO for player in range(5)]


def test_training_without_data_says_what_to_run(tmp_path: Path):
    with pytest.raises(BadParameter, match="has no train chorales: run leap-bridge prepare continuation"):
        trained("continuation.lstm", tmp_path, tmp_path)


def test_a_work_lies_in_one_split():
    assert len({bach.split_of(f"bwv248.{part}") for part in range(60)}) == 1


def test_most_works_are_for_training():
    splits = [bach.split_of(f"bwv{number}") for number in range(1, 441)]
    assert [splits.count(split) for split in ("train", "validation", "test")] == [352, 44, 44]


def test_phrases_that_share_bars_become_a_song_again():
    rng = np.random.default_rng(1)
    song = rng.random((9, 2, 12, 5)) < 0.2
    found = list(joined(np.stack([song[at : at + 4] for at in (0, 2, 5)])))
    assert len(found) == 1
    assert np.array_equal(found[0], song)


def test_phrases_that_share_nothing_stay_apart():
    song = np.random.default_rng(1).random((12, 2, 12, 5)) < 0.2
    assert [len(each) for each in joined(np.stack([song[at : at + 4] for at in (0, 8)]))] == [4, 4]


def test_a_player_who_was_not_busy_enough_in_one_phrase_plays_in_both():
    song = np.random.default_rng(1).random((6, 2, 12, 5)) < 0.2
    phrases = np.stack([song[:4], song[2:]])
    phrases[1, ..., 4] = False
    assert np.array_equal(next(joined(phrases))[:4, ..., 4], song[:4, ..., 4])


def test_a_window_comes_out_of_a_packed_song_as_it_was():
    song = np.random.default_rng(1).random((5, *SHAPE.planes[1:])) < 0.1
    assert np.array_equal(packed(song).window(2, 1), song[1:3, ..., 2].reshape(-1, SHAPE.pitches))


def test_cells_become_the_same_window_on_any_device():
    cells = np.random.default_rng(1).random((2, COARSE_STEPS, 84)) < 0.1
    found = planes_of(as_seen(torch.from_numpy(cells)))
    whole = np.stack([of_cells(each, SHAPE.lowest) for each in cells])
    assert np.array_equal(found.numpy(), whole[:, :, FINE_AT[:-1], LOWEST : LOWEST + SEEN])


def test_learning_begins_with_the_first_note_and_not_before():
    task = SymbolTask(LstmConfig(), SymbolTraining(), [chorale()], [chorale()])
    batch = task.batch(8, np.random.default_rng(0))
    assert not batch["counts"][batch["symbol"] > END].any()
    whole = sequences([chorale()], 1)[0]
    assert whole.cut(0, 128, 0)[5].sum() == 128 - PADDING


def test_transposed_lessons_have_the_same_intervals():
    whole = sequences([chorale()], 1)[0]
    low, high = (whole.cut(PADDING, 32, by)[4] for by in (0, 5))
    assert set((high - low)[low < PITCHES].tolist()) == {5}


def test_a_network_that_follows_the_piano_is_worse_off_with_anothers():
    rng = torch.Generator().manual_seed(0)
    piano = torch.randn(64, 4, generator=rng)
    steps = Steps(torch.zeros(64, 4), piano, piano)

    class Follower(torch.nn.Module):
        def parameters(self, recurse: bool = True):
            return iter([torch.zeros(1)])

        def net(self, player: int):
            return lambda seen, known: Mixture(torch.zeros(64, 1), seen[:, 1:], torch.zeros(64, 1, 4))

    figures = next_figures(Follower(), 3, steps)
    assert figures["error"] == 0.0
    assert figures["error_shuffled"] > figures["error_mean"]


@pytest.fixture(scope="module")
def first() -> bach.Chorale:
    pytest.importorskip("music21")
    path = next(path for path in bach.names() if path.stem == "bwv1.6")
    return bach.read(path)


@pytest.mark.parametrize("voice", range(4), ids=bach.VOICES)
def test_a_voice_of_the_first_chorale_has_one_note_at_a_time(first: bach.Chorale, voice: int):
    notes = [note for note in decode(first.symbols) if note.voice == voice]
    assert len({note.start for note in notes}) == len(notes)
    assert all(one.end <= other.start for one, other in pairwise(notes))


def test_the_first_chorale_begins_with_an_upbeat(first: bach.Chorale):
    assert (first.pickup, first.first, first.beats_per_bar) == (4, 12, 4)
    assert [note.pitch for note in decode(first.symbols) if note.start == 0] == [53, 57, 60, 65]


def test_a_chorale_that_lies_between_sixteenths_is_counted_as_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def read(path: Path) -> bach.Chorale:
        if path.stem == "bwv2.6":
            raise bach.NoChorale(f"{path.stem}: a note of Alto does not lie on sixteenths")
        return chorale(path.stem)

    monkeypatch.setattr(bach, "read", read)
    monkeypatch.setattr(bach, "names", lambda: [Path("bwv1.6.mxl"), Path("bwv2.6.mxl")])
    report = prepare.run("continuation", prepare.Options(out=str(tmp_path)))
    assert (report["examples"], report["skipped"]) == (1, 2)  # the bands of musegan are not there either
    assert bach.load(tmp_path, "train")[0].name == "bwv1.6"
