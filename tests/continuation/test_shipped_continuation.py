"""What a short training learns, and what the weights that ship know of music they never heard."""

from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic_band import songs

from leap_models import checkpoint, paths
from leap_models.config import from_dict
from leap_models.families.continuation.band_config import BandConfig, Coders, Nexts
from leap_models.families.continuation.lstm_net import LstmConfig
from leap_models.families.continuation.windows import STEPS
from leap_models.music.notes import PITCHES
from leap_models.music.players import DRUMS, NAMES, PIANO
from leap_models.training import bach, evaluate
from leap_models.training.continuation_melody import SymbolTask, SymbolTraining, nats_of, sequences
from leap_models.training.continuation_next import next_figures, steps_of
from leap_models.training.continuation_windows import drawn, f1_at, spread
from leap_models.training.evaluate_continuation import stream
from leap_models.training.symbol_baselines import Unigram

PLAYERS = tuple(range(len(NAMES)))


@pytest.fixture(scope="module")
def chorales() -> dict[str, list[bach.Chorale]]:
    """A few of Bach's, by split, in C major or A minor."""
    pytest.importorskip("music21")
    found: dict[str, list[bach.Chorale]] = {"train": [], "test": []}
    for path in bach.names():
        wanted = found.get(bach.split_of(path.stem))
        if wanted is not None and len(wanted) < (24 if wanted is found["train"] else 8):
            try:
                wanted.append(bach.at_home(bach.read(path)))
            except bach.NoChorale:
                continue
    return found


@pytest.fixture(scope="module")
def prepared(chorales: dict[str, list[bach.Chorale]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chorales")
    (folder / bach.FOLDER).mkdir()
    for each in [*chorales["train"], *chorales["test"]]:
        bach.save(folder / bach.FOLDER / f"{each.name}.npz", each)
    return folder


def unigram_nats(chorales: dict[str, list[bach.Chorale]]) -> float:
    learned, unseen = ([stream(each) for each in sequences(chorales[split], 1)] for split in ("train", "test"))
    return float(np.concatenate([Unigram(learned).nats(each) for each in unseen]).mean())


def test_a_short_training_takes_a_third_off_the_perplexity_of_counting(chorales: dict[str, list[bach.Chorale]]):
    config = LstmConfig(embedding=32, width=64, layers=1, dropout=0.0, one_key=True)
    task = SymbolTask(config, SymbolTraining(), chorales["train"], chorales["test"])
    network, rng = task.network, np.random.default_rng(0)
    optimizer, chance = torch.optim.Adam(network.parameters(), 1e-2), torch.Generator().manual_seed(0)
    for _ in range(100):
        optimizer.zero_grad()
        task.loss(network, task.batch(16, rng), chance)["loss"].backward()
        optimizer.step()
    nats = nats_of(network.eval(), sequences(chorales["test"], 1)).figures["nats"]
    assert np.exp(nats) < 0.7 * np.exp(unigram_nats(chorales))


@pytest.mark.parametrize("name", ["lstm", "chorale"])
def test_chorales_never_seen_cost_less_than_counting_says(name: str, prepared: Path, tmp_path: Path):
    options = evaluate.Options(prepared=str(prepared), out=str(tmp_path / "figures.json"), passages=1)
    rows = evaluate.run(f"continuation.{name}", options)
    assert np.exp(rows["model"]["nats"]) < 0.7 * np.exp(rows["unigram"]["nats"])
    assert rows["model"]["nats_struck"] < rows["unigram"]["nats_struck"]


def test_latents_of_a_melody_say_something(prepared: Path, tmp_path: Path):
    options = evaluate.Options(prepared=str(prepared), out=str(tmp_path / "figures.json"))
    rows = evaluate.run("continuation.lstm_vae", options)
    assert rows["model"]["divergence"] >= 2.0
    assert rows["model"]["active_units"] >= 8
    assert rows["model"]["accuracy"] > rows["prior"]["accuracy"]


@pytest.fixture(scope="module")
def band() -> tuple[BandConfig, Coders, Nexts]:
    folder = paths.weights_folder() / "melody_nn"
    found = checkpoint.load(folder)
    config = from_dict(BandConfig, found.card.config)
    coders, nexts = Coders(config.coders).eval(), Nexts(config).eval()
    checkpoint.fill(coders, found.part("coders"), folder)
    checkpoint.fill(nexts, found.part("nexts"), folder)
    return config, coders, nexts


@pytest.mark.parametrize("player", PLAYERS, ids=NAMES)
@torch.no_grad()
def test_a_window_is_a_latent_and_a_window_again(band: tuple[BandConfig, Coders, Nexts], player: int):
    config, coders, _nexts = band
    played = songs(2)
    rolls = drawn(played, player, spread(played.places[player], 6))
    latents = coders.coder(player).encode(rolls)
    assert latents.shape == (6, config.coders.coder.latent) == (6, 128)
    assert coders.coder(player).decode(latents).shape == rolls.shape == (6, 2, STEPS, PITCHES) == (6, 2, 256, 128)


@pytest.mark.parametrize("player", PLAYERS, ids=NAMES)
def test_four_fifths_of_a_window_come_back(band: tuple[BandConfig, Coders, Nexts], player: int):
    config, coders, _nexts = band
    played = songs(4, seed=1)
    rolls = drawn(played, player, spread(played.places[player], 12))
    assert f1_at(coders, player, rolls, config.coders.threshold(player)) >= 0.8


@pytest.fixture(scope="module")
def figures(band: tuple[BandConfig, Coders, Nexts]) -> dict[int, dict[str, float]]:
    _config, coders, nexts = band
    return {player: next_figures(nexts, player, steps) for player, steps in steps_of(songs(16), coders).items()}


@pytest.mark.parametrize("player", [each for each in PLAYERS if each != DRUMS], ids=lambda player: NAMES[player])
def test_the_next_window_is_known_better_than_by_copying_or_by_the_mean(
    figures: dict[int, dict[str, float]], player: int
):
    assert figures[player]["error"] < min(figures[player]["error_copy"], figures[player]["error_mean"])


@pytest.mark.parametrize(
    "player", [each for each in PLAYERS if each not in (DRUMS, PIANO)], ids=lambda player: NAMES[player]
)
def test_everybody_but_the_drums_listens_to_the_piano(figures: dict[int, dict[str, float]], player: int):
    assert figures[player]["error_shuffled"] > figures[player]["error"]
    assert figures[player]["nats_shuffled"] > figures[player]["nats"]
