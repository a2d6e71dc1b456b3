"""`leap-bridge evaluate musegan`: is a band's new music like the data, and is it new?

Beside the samples stand the data it learned from, data that it never saw, that data with its bars shuffled, with its
tracks shuffled among phrases, noise as dense as the data, and the same network untrained. All are measured as
`leap_models.music.band_metrics` says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from leap_models.families.musegan import config as networks
from leap_models.families.musegan import describe
from leap_models.families.musegan.binarise import calibrate, cells_of, levels_for
from leap_models.families.musegan.config import Levels, MuseGanConfig
from leap_models.families.musegan.model import MuseGan
from leap_models.families.musegan.phrase import DRUM_TRACKS, Cells, consolidate, hushed, spared
from leap_models.families.musegan.shape import BandShape
from leap_models.families.musegan.walk import root_of
from leap_models.music import band_metrics as metrics
from leap_models.music.players import NAMES
from leap_models.paths import atomic
from leap_models.training import musegan_data
from leap_models.training.musegan_data import Phrases
from leap_models.training.table import markdown

EACH_TRACK = {
    "empty": "empty bars", "qualified": "qualified notes", "short": "notes of one step",
    "classes": "pitch classes in a bar",
}  # fmt: skip
MEANINGS = {
    "polyphonic": "steps with three pitches or more", "in_scale": "cells in the scale that fits best",
    "drum_pattern": "drum strikes on sixteenths", "drum_eighths": "drum strikes on eighths",
    "tonal": "tonal distance between tracks",
    "tonal_shuffled": "the same, tracks of other phrases", "variety": "cells that differ between two phrases",
    "nearest": "distance to the nearest training phrase (0: a copy)",
}  # fmt: skip
DENSITY = "density"


@dataclass(frozen=True)
class Row:
    """Figures of one set of phrases, by name."""

    name: str
    figures: Mapping[str, float]


def figures(phrases: Cells, shape: BandShape, seed: int = 0) -> dict[str, float]:
    """Everything that can be said of a set of phrases; NaN where nothing can."""
    rng, beat = np.random.default_rng(seed), shape.steps_per_beat
    pitched = [track for track in range(shape.tracks) if track not in DRUM_TRACKS]
    order = (np.arange(len(phrases)) + 1 + len(phrases) // 2) % max(1, len(phrases))
    found = {
        "polyphonic": metrics.mean(metrics.polyphonic_rate(phrases)[pitched]),
        "in_scale": metrics.mean(metrics.in_scale_rate(phrases)[pitched]),
        "drum_pattern": metrics.drum_pattern_rate(phrases, beat),
        "drum_eighths": metrics.drum_pattern_rate(phrases, beat, parts=2),
        "tonal": metrics.tonal_distances(phrases, beat, DRUM_TRACKS),
        "tonal_shuffled": metrics.tonal_distances(phrases, beat, DRUM_TRACKS, list(order)),
        "variety": metrics.variety(phrases, rng),
        "qualified": metrics.mean(metrics.qualified_notes(phrases, beat)[pitched]),
        "short": metrics.mean(metrics.short_notes(phrases)[pitched]),
        "empty": metrics.mean(metrics.empty_bars(phrases)),
    }
    rows = {
        "empty": metrics.empty_bars(phrases), "qualified": metrics.qualified_notes(phrases, beat),
        "short": metrics.short_notes(phrases), "classes": metrics.used_pitch_classes(phrases),
        DENSITY: metrics.density(phrases),
    }  # fmt: skip
    for figure, values in rows.items():
        found |= {f"{figure}_{_name(track)}": float(value) for track, value in enumerate(values)}
    return found


def cells_from(logits: torch.Tensor, sizes: MuseGanConfig) -> Cells:
    """Logits as cells, as the model makes them by default."""
    known = sizes.refined_levels if sizes.refined_levels.factors else sizes.levels
    levels = levels_for(known, 1.0, sizes.shape.tracks)
    cells = cells_of(logits, levels, "hard", np.random.default_rng(0), sizes.hold)
    return consolidate(hushed(cells, sizes.least), spared(sizes.shape)).cells


def shuffled_bars(phrases: Cells, rng: np.random.Generator) -> Cells:
    """Bars of any phrases, each where a bar was."""
    bars = phrases.reshape(-1, *phrases.shape[2:])
    return bars[rng.permutation(len(bars))].reshape(phrases.shape)


def shuffled_tracks(phrases: Cells, rng: np.random.Generator) -> Cells:
    """Each track of another phrase."""
    return np.stack([phrases[rng.permutation(len(phrases)), ..., track] for track in range(phrases.shape[-1])], axis=-1)


def noise(phrases: Cells, rng: np.random.Generator) -> Cells:
    """Cells that are on by chance, as often as in each track."""
    share = metrics.density(phrases).astype(np.float32)
    return np.asarray(rng.random(phrases.shape, dtype=np.float32) < share)


@torch.inference_mode()
def sampled(model: MuseGan, count: int, seed: int = 0) -> Cells:
    """The first phrases of so many takes, with the model's defaults."""
    params = describe().check({})
    change, candidates = float(params["change"]), int(params["candidates"])
    roots = [root_of(np.random.default_rng([seed, number])) for number in range(count)]
    return np.stack([
        model.walk(root, change, candidates).next(0, None, lambda z: model.takes(z, params), None).cells
        for root in roots
    ])  # fmt: skip


def untrained(sizes: MuseGanConfig, count: int, like: Cells) -> Cells:
    """What the same network makes before it has learned anything, as dense as the data."""
    torch.manual_seed(0)
    network = networks.generator(sizes).train()  # its normalisation has nothing to remember yet
    with torch.no_grad():
        parts = [network(torch.randn(8, sizes.latents.size(sizes.shape))) for _ in range(-(-count // 8))]
    logits = torch.cat(parts)[:count]
    levels: Levels = calibrate(logits, metrics.density(like), spared(sizes.shape))
    found = cells_of(logits, levels_for(levels, 1.0, sizes.shape.tracks), "hard", np.random.default_rng(0))
    return consolidate(found, spared(sizes.shape)).cells


def measured(prepared: Path, weights: Path, count: int) -> list[Row]:
    """Samples, and what stands beside them.

    Args:
        prepared: folder of `prepare musegan`.
        weights: a checkpoint folder.
        count: phrases in each set.
    """
    model = MuseGan.load(weights, "cpu")
    shape, one_key = model.config.shape, model.config.one_key
    train, test = (musegan_data.load_split(prepared, split, shape, one_key) for split in ("train", "test"))
    rng = np.random.default_rng(0)
    learned, unseen = (each[rng.permutation(len(each))[:count]] for each in (train, test))
    samples = sampled(model, count)
    sets = {
        "held-out": unseen, "samples": samples, "shuffled bars": shuffled_bars(unseen, rng),
        "shuffled tracks": shuffled_tracks(unseen, rng), "noise": noise(unseen, rng),
        "untrained": untrained(model.config, count, unseen),
    }  # fmt: skip
    rows = [Row("training", {**figures(learned, shape), "nearest": 0.0})]
    return rows + [Row(name, {**figures(each, shape), **_nearest(each, train)}) for name, each in sets.items()]


def report(rows: Sequence[Row]) -> str:
    """The rows as tables for people: a column for each set."""
    head = ["", *(row.name for row in rows)]
    names = list(MEANINGS) + [f"{figure}_{name}" for figure in (*EACH_TRACK, DENSITY) for name in NAMES]
    lines = []
    for name in names:
        figure, _, track = name.partition("_")
        meaning = MEANINGS.get(name) or f"{EACH_TRACK.get(figure, 'cells that sound')}, {track}"
        places = 4 if figure == DENSITY else 3
        values = [_shown(row.figures.get(name, float("nan")), places) for row in rows]
        if any(values):
            lines.append([meaning, *values])
    return markdown(head, lines)


def write(rows: Sequence[Row], out: Path) -> dict[str, object]:
    """A table beside `out`; gives what goes into it."""
    with atomic(out.with_suffix(".md")) as path:
        path.write_text(report(rows), encoding="utf-8")
    plain = {row.name: {name: None if value != value else value for name, value in row.figures.items()} for row in rows}
    return {"summary": plain}


def _nearest(phrases: Cells, train: Phrases) -> dict[str, float]:
    found = metrics.nearest(phrases, train.packed)
    return {"nearest": metrics.mean(found)}


def _name(track: int) -> str:
    return NAMES[track] if track < len(NAMES) else f"track{track + 1}"


def _shown(value: float, places: int) -> str:
    return "" if value != value else f"{value:.{places}f}"
