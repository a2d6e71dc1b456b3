"""Samples of a network that learns, and of one that has learned: arrays, pictures and piano rolls in folders."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from leap_models.families.musegan.binarise import cells_of
from leap_models.families.musegan.config import MuseGanConfig
from leap_models.families.musegan.phrase import Cells
from leap_models.music import band_pictures, pianoroll_file
from leap_models.music.notes import PITCHES
from leap_models.music.players import INSTRUMENTS
from leap_models.paths import atomic, made
from leap_models.training.musegan import MuseGanLoop

BPM = 100.0  # of piano rolls
VELOCITY = 100
ARRAYS, IMAGES, PIANOROLLS = "arrays", "images", "pianorolls"


@dataclass(frozen=True)
class Grid:
    """How samples are laid out, and what is written of them."""

    rows: int
    columns: int
    arrays: bool = True
    images: bool = True
    pianorolls: bool = True


@torch.no_grad()
def logits_of(loop: MuseGanLoop, z: Tensor, real: Tensor | None = None, given: Tensor | None = None) -> Tensor:
    """What the averaged networks say, (phrases, bars, steps, pitches, tracks); those that learn stay as they are."""
    trained = {name: value.detach().clone() for name, value in loop.made.state_dict().items()}
    modes = {name: each.training for name, each in loop.made.items()}
    loop.made.load_state_dict(loop.ema.state)
    loop.made.eval()
    try:
        return loop.logits(z, real, given)
    finally:
        loop.made.load_state_dict(trained)
        for name, each in loop.made.items():
            each.train(modes[name])


def write(folder: Path, name: str, logits: Tensor, config: MuseGanConfig, grid: Grid, seed: int = 0) -> None:
    """Write samples: what the network says, above 0 ("hard"), and turned on by chance ("bernoulli").

    Args:
        name: of the files, without ending.
        seed: of that chance.
    """
    values = torch.tanh(logits).cpu().numpy()
    levels, rng = np.zeros(config.shape.tracks), np.random.default_rng(seed)
    variants = {method: cells_of(logits, levels, method, rng) for method in ("hard", "bernoulli")}
    if grid.arrays:
        with atomic(made(folder / ARRAYS) / f"{name}.npy") as path, path.open("wb") as stream:
            np.save(stream, values.astype(np.float16), allow_pickle=False)
    if grid.images:
        shown = {"raw": 0.5 * values + 0.5, **variants}
        for variant, each in shown.items():
            for ending, coloured in (("", False), ("_coloured", True)):
                page = band_pictures.picture(np.asarray(each), grid.rows, grid.columns, coloured)
                with atomic(made(folder / IMAGES) / f"{name}_{variant}{ending}.png") as path:
                    band_pictures.write(path, page)
    if grid.pianorolls:
        for variant, cells in variants.items():
            with atomic(made(folder / PIANOROLLS) / f"{name}_{variant}.npz") as path:
                _write_rolls(path, cells, config)


def _write_rolls(path: Path, cells: Cells, config: MuseGanConfig) -> None:
    """All samples one after the other, a bar of rest behind each."""
    shape = config.shape
    rested = np.pad(cells, ((0, 0), (0, 1), (0, 0), (shape.lowest, PITCHES - shape.lowest - shape.pitches), (0, 0)))
    rolls = rested.reshape(-1, PITCHES, shape.tracks).transpose(2, 0, 1).astype(np.uint8) * VELOCITY
    pianoroll_file.write(path, rolls, INSTRUMENTS[: shape.tracks], shape.steps_per_beat, shape.steps, BPM)
