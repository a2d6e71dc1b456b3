"""Figures of the models of `continuation` beside doing nothing clever, on music never trained on."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch

from leap_models import checkpoint
from leap_models.config import from_dict
from leap_models.errors import BadParameter
from leap_models.families.continuation import chorale as chorale_family
from leap_models.families.continuation import writing
from leap_models.families.continuation.band_config import BandConfig, Coders, Nexts
from leap_models.families.continuation.clip import begun
from leap_models.families.continuation.lstm_net import PADDING, LstmConfig, MelodyLstm
from leap_models.families.continuation.roll_coder import RollCoderConfig
from leap_models.families.continuation.sequence_vae import SequenceVaeConfig
from leap_models.families.continuation.symbols import HOLD, STEPS_PER_BEAT, Symbols
from leap_models.music.players import NAMES
from leap_models.music.tempo import TempoMap
from leap_models.paths import atomic
from leap_models.training import bach, continuation_bands, latent_pictures, table, voice_leading
from leap_models.training.continuation_latents import build, latent_figures, passages
from leap_models.training.continuation_melody import Sung, nats_of, sequences
from leap_models.training.continuation_next import moves, next_figures, steps_of, wandering
from leap_models.training.continuation_windows import drawn, f1_at, spread
from leap_models.training.symbol_baselines import KneserNey, LastBar, Unigram

TASKS = tuple(f"continuation.{name}" for name in ("lstm", "chorale", "lstm_vae", "conv_vae", "melody_nn"))
ORDERS = {1: (2, 3, 5), 4: (5, 9)}  # of n-grams, by voices: of four a symbol's own last one lies four back
BARS = 16  # of a chorale that is made
WINDOWS = 256  # of each player

Rows = dict[str, dict[str, float]]  # system -> figure -> value


def measured(task: str, prepared: Path, weights: Path, passages_made: int, picture: Path) -> Rows:
    """A row for each system.

    Args:
        passages_made: chorales that are made for the report of voice leading.
        picture: where the histograms of a band's latents go.

    Raises:
        BadParameter: there are no data. DamagedWeights: the weights are none.
    """
    name = task.partition(".")[2]
    measures: Mapping[str, Callable[[], Rows]] = {
        "lstm": lambda: symbols(prepared, weights, 1),
        "chorale": lambda: symbols(prepared, weights, 4) | voices(prepared, weights, passages_made),
        "lstm_vae": lambda: latents(name, prepared, weights),
        "conv_vae": lambda: latents(name, prepared, weights),
        "melody_nn": lambda: band(prepared, weights, picture),
    }
    return measures[name]()


def write(rows: Rows, out: Path) -> dict[str, object]:
    """A table beside `out`; gives what goes into it."""
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    shown = [[name.replace("_", " "), *(_shown(row.get(name)) for row in rows.values())] for name in names]
    with atomic(out.with_suffix(".md")) as path:
        path.write_text(table.markdown(["", *rows], shown), encoding="utf-8")
    return {"summary": rows}


def symbols(prepared: Path, weights: Path, voices_heard: int) -> Rows:
    """Nats a symbol, of all and of those that are no holds: the model, unigram, the last bar, n-grams."""
    found = checkpoint.load(weights)
    config = from_dict(LstmConfig, found.card.config)
    if config.voices != voices_heard:
        raise BadParameter(f"the weights must be of {voices_heard} voices, these have {config.voices}")
    network = MelodyLstm(config).eval()
    checkpoint.fill(network, found.part("network"), weights)
    train, test = (bach.load(prepared, split, config.one_key) for split in ("train", "test"))
    learned, unseen = sequences(train, voices_heard), sequences(test, voices_heard)
    bars = [each.beats_per_bar * STEPS_PER_BEAT * voices_heard for each in train for _ in range(4 // voices_heard)]
    test_bars = [each.beats_per_bar * STEPS_PER_BEAT * voices_heard for each in test for _ in range(4 // voices_heard)]
    streams, held_out = [stream(each) for each in learned], [stream(each) for each in unseen]
    last_bar, unigram = LastBar(streams, bars), Unigram(streams)
    rows = {
        "model": nats_of(network, unseen).figures,
        "unigram": figures([unigram.nats(each) for each in held_out], held_out),
        "last bar": figures(
            [last_bar.nats(each, bar) for each, bar in zip(held_out, test_bars, strict=True)], held_out
        ),
    }
    for order in ORDERS[voices_heard]:
        ngram = KneserNey(streams, order)
        rows[f"{order}-gram"] = figures([ngram.nats(each) for each in held_out], held_out)
    return rows


def stream(sung: Sung) -> np.ndarray:
    """The symbols of a melody, up to its end; of several voices' ends the first counts."""
    found: np.ndarray = sung.rows[4, PADDING * sung.voices : sung.rows.shape[1] - sung.voices + 1].astype(np.int64)
    return found


def figures(nats: list[np.ndarray], streams: list[np.ndarray]) -> dict[str, float]:
    """Means of all symbols, and of those that are no holds."""
    cost, said = np.concatenate(nats), np.concatenate(streams)
    return {"nats": float(cost.mean()), "nats_struck": float(cost[said != HOLD].mean())}


def voices(prepared: Path, weights: Path, count: int) -> Rows:
    """Voice leading of chorales that are made, in a hundred, beside Bach's."""
    made = [compose(weights, seed) for seed in range(count)]
    return {
        "made": voice_leading.observed(made).figures,
        "Bach": voice_leading.observed([each.symbols for each in bach.load(prepared, "test")]).figures,
    }


def compose(weights: Path, seed: int, bars: int = BARS) -> Symbols:
    """A chorale from nothing, (steps, 4)."""
    model = writing.load(chorale_family.describe(), weights, "cpu", chorale_family.VOICES)
    params, tempo, rng = model.info.check({}), TempoMap.steady(100.0), np.random.default_rng([seed, 0])
    music = model.composer.begin(begun((), "", tempo, chorale_family.VOICES), tempo, params, rng)
    return model.composer.more(music, bars * 4 * STEPS_PER_BEAT, tempo, params, rng).symbols


def latents(name: str, prepared: Path, weights: Path) -> Rows:
    """What comes back of test passages from their own latents, and from others, which the prior drew."""
    found = checkpoint.load(weights)
    sizes: SequenceVaeConfig | RollCoderConfig = (
        from_dict(SequenceVaeConfig, found.card.config) if name == "lstm_vae"
        else from_dict(RollCoderConfig, found.card.config)
    )  # fmt: skip
    network = build(sizes).eval()
    checkpoint.fill(network, found.part("network"), weights)
    chosen = passages(bach.load(prepared, "test", sizes.one_key), sizes.steps, 1 if name == "lstm_vae" else 4)[::5]
    values = latent_figures(network, sizes, chosen)
    prior = {key.removeprefix("prior_"): value for key, value in values.items() if key.startswith("prior_")}
    own = {key: value for key, value in values.items() if not key.startswith("prior_")}
    return {"model": own, "prior": prior}


def band(prepared: Path, weights: Path, picture: Path) -> Rows:
    """For each player: note F1 of windows, errors of the next one beside copying and the mean, how far windows move."""
    found = checkpoint.load(weights)
    config = from_dict(BandConfig, found.card.config)
    coders, nexts = Coders(config.coders).eval(), Nexts(config).eval()
    checkpoint.fill(coders, found.part("coders"), weights)
    checkpoint.fill(nexts, found.part("nexts"), weights)
    songs = continuation_bands.load(prepared, "test")
    steps = steps_of(songs, coders)
    rows: Rows = {}
    seen, far = {}, wandering(nexts, steps)
    for player, name in enumerate(NAMES):
        if songs.places[player] and config.knows(player):
            rolls = drawn(songs, player, spread(songs.places[player], WINDOWS))
            rows[name] = {"f1": f1_at(coders, player, rolls, config.coders.threshold(player))}
            with torch.no_grad():
                seen[name] = coders.coder(player).encode(rolls).numpy()
            rows[name] |= latent_pictures.described(seen[name])
            if player in steps:
                bold = config.boldness[player] if config.boldness else 1.0
                rows[name] |= next_figures(nexts, player, steps[player])
                rows[name]["moves"] = moves(nexts, player, steps[player], bold)
            if player in far:
                rows[name]["moves_on"] = far[player]
    latent_pictures.write(picture, seen)
    return rows


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"

