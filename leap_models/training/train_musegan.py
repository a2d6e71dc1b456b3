"""Runs of `train musegan`. A run is a folder, `musegan` in the folder of runs:

    config.yaml, params.yaml, note.txt    how to teach, the networks, and what you write: `musegan.setup` makes them
    state.pt, log.csv, loss.png           where it is: `musegan` goes on from there
    samples, results, checkpoint          what it makes

`musegan.rerun` keeps the first three, removes the rest, and begins again.
"""

import logging
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from leap_models import checkpoint
from leap_models import config as configs
from leap_models.checkpoint import Card
from leap_models.config import override
from leap_models.errors import BadParameter
from leap_models.families.musegan import describe
from leap_models.families.musegan.config import Levels, MuseGanConfig, preset
from leap_models.families.musegan.latents import between, drawn, grid
from leap_models.paths import made
from leap_models.training import musegan_data, musegan_samples
from leap_models.training.evaluate_musegan import cells_from, figures
from leap_models.training.musegan import MuseGanLoop
from leap_models.training.musegan_data import Phrases
from leap_models.training.musegan_finish import CHUNK, heard, judged, many, settle, settled_cells, spread
from leap_models.training.musegan_samples import Grid
from leap_models.training.musegan_training import MuseGanTraining
from leap_models.training.runs import Options

log = logging.getLogger(__name__)

TASKS = ("musegan.setup", "musegan", "musegan.rerun")
NAME = "musegan"
CONFIG, PARAMS, NOTE = "config.yaml", "params.yaml", "note.txt"
PRESET = "preset="
CALIBRATED = 256  # phrases that levels are found with
REFERENCE = 1024  # of held-out phrases, whose density they are to have
MEASURED = 64  # phrases that figures of a step are of
STEPS = 9  # of an interpolation


@dataclass(frozen=True)
class MuseGanRun:
    """Everything about one run.

    Args:
        start: a checkpoint folder to begin from, as for the refiner of a finished generator; empty to begin afresh.
    """

    network: MuseGanConfig = preset("accompaniment")
    training: MuseGanTraining = MuseGanTraining()
    start: str = ""


@dataclass(frozen=True)
class TrainingFile:
    """What config.yaml holds."""

    training: MuseGanTraining = MuseGanTraining()
    start: str = ""


def run(task: str, options: Options) -> dict[str, object]:
    """Set up, train, or train again from the beginning; gives the last figures.

    Raises:
        ConfigError, BadParameter: what a file or a flag says is not allowed.
        Diverged: a loss is no number any more.
    """
    folder = made(Path(options.out) / NAME)
    if task == "musegan.rerun":
        clean(folder)
    chosen = read(folder, options)
    write(folder, chosen)
    if task == "musegan.setup":
        return {"folder": str(folder), "files": ", ".join((CONFIG, PARAMS, NOTE))}
    if torch.cuda.is_available():
        torch.set_float32_matmul_precision("high")
    prepared, shape, one_key = Path(options.prepared), chosen.network.shape, chosen.network.one_key
    train, held_out = (musegan_data.load_split(prepared, each, shape, one_key) for each in ("train", "validation"))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    loop = MuseGanLoop(chosen.network, chosen.training, train, folder, device, lambda each: _watch(each, held_out))
    if chosen.start and not loop.step:
        _begin_from(loop, Path(chosen.start))
    loop.fit(options.minutes)
    figures = publish(loop, held_out, prepared)
    use(loop)
    return {"steps": loop.step, "folder": str(folder), **figures}


def read(folder: Path, options: Options) -> MuseGanRun:
    """What is to be done: the folder's own files, else the defaults; over them --config and --set.

    `--set preset=dbn` takes the networks of a preset.

    Raises:
        ConfigError, BadParameter: something is unknown or not allowed.
    """
    words = [word for word in options.set.split(",") if word]
    presets = [word.removeprefix(PRESET) for word in words if word.startswith(PRESET)]
    chosen = MuseGanRun() if not presets else replace(MuseGanRun(), network=preset(presets[-1]))
    if (folder / CONFIG).exists():
        found = configs.load(TrainingFile, folder / CONFIG)
        chosen = replace(chosen, training=found.training, start=found.start)
    if (folder / PARAMS).exists() and not presets:
        chosen = replace(chosen, network=configs.load(MuseGanConfig, folder / PARAMS))
    if options.config:
        chosen = configs.load(MuseGanRun, options.config)
    return override(chosen, [word for word in words if not word.startswith(PRESET)])


def write(folder: Path, chosen: MuseGanRun) -> None:
    """The folder's own files; a note that is there stays."""
    configs.save(TrainingFile(chosen.training, chosen.start), folder / CONFIG)
    configs.save(chosen.network, folder / PARAMS)
    if not (folder / NOTE).exists():
        (folder / NOTE).write_text("What this run is for.\n", encoding="utf-8")


def clean(folder: Path) -> None:
    """Remove all but the folder's own files.

    Raises:
        BadParameter: it has none, so it is no run's.
    """
    if not (folder / CONFIG).exists():
        raise BadParameter(f"{folder} holds no {CONFIG}: set it up with leap-bridge train musegan.setup")
    for path in folder.iterdir():
        if path.name not in (CONFIG, PARAMS, NOTE):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def publish(loop: MuseGanLoop, held_out: Phrases, prepared: Path) -> dict[str, float]:
    """Write the checkpoint of the averaged networks: calibrated, with accents and figures."""
    if loop.listener is not None and loop.step <= loop.training.echo_steps:
        loop.straighten(loop.listener)
    settle(loop)
    logits, data = many(loop, CALIBRATED), held_out[spread(len(held_out), REFERENCE)]
    sizes = settled_cells(logits, data, replace(loop.sizes, accents=musegan_data.load_accents(prepared)))
    if loop.sizes.refiner is not None and loop.training.taught != "generator":
        sizes = replace(sizes, levels=Levels(), refined_levels=sizes.levels)
    found_figures = compared(logits, sizes, held_out)
    judge = judged(loop, sizes, data, found_figures)
    hearer = heard(loop, found_figures)
    sizes = replace(sizes, judged=bool(judge), hears=bool(hearer))
    card = Card("musegan", asdict(sizes), describe().trained_on, "MIT", loop.step, found_figures)
    checkpoint.save(loop.folder / "checkpoint", card, {**loop.ema.state, **judge, **hearer}, half=True)
    return found_figures


def compared(logits: torch.Tensor, sizes: MuseGanConfig, held_out: Phrases) -> dict[str, float]:
    """Figures of samples, and of held-out phrases as `data_...`."""
    data = held_out[spread(len(held_out), len(logits))]
    own, real = figures(cells_from(logits, sizes), sizes.shape), figures(data, sizes.shape)
    return {**own, **{f"data_{name}": value for name, value in real.items()}}


def use(loop: MuseGanLoop) -> None:
    """Write what the trained networks make: samples, and ways between latents."""
    training, results = loop.training, loop.folder / "results"
    layout = Grid(training.sample_rows, training.sample_columns)
    rng = np.random.default_rng(training.seed)
    for number in range(1, training.runs + 1):
        z = np.stack([drawn(rng, loop.sample_z.shape[1]) for _ in range(len(loop.sample_z))])
        name = "samples" if training.runs == 1 else f"samples_{number}"
        logits = _on_cpu(loop, torch.from_numpy(z).float())
        musegan_samples.write(results / "inference", name, logits, loop.sizes, layout, training.seed + number)
    ends = loop.sample_z[:3].double().cpu().numpy()
    if len(ends) < 3:
        return
    plane = grid(ends[0], ends[1], ends[2], training.sample_rows, training.sample_columns)
    way = np.stack([between(ends[0], ends[1], float(at), "slerp") for at in np.linspace(0.0, 1.0, STEPS)])
    for name, latents, each in (
        ("lerp", plane.reshape(-1, plane.shape[-1]), layout), ("slerp", way, Grid(1, STEPS)),
    ):  # fmt: skip
        logits = _on_cpu(loop, torch.from_numpy(latents).float())
        musegan_samples.write(results / "interpolation", name, logits, loop.sizes, each, training.seed)


def _on_cpu(loop: MuseGanLoop, z: torch.Tensor) -> torch.Tensor:
    return torch.cat([musegan_samples.logits_of(loop, each.to(loop.device)).cpu() for each in torch.split(z, CHUNK)])


def _watch(loop: MuseGanLoop, held_out: Phrases) -> None:
    """Samples and figures while it learns."""
    training = loop.training
    if training.save_samples_steps and loop.step % training.save_samples_steps == 0:
        layout = Grid(
            training.sample_rows, training.sample_columns, training.save_array_samples, training.save_image_samples,
            training.save_pianoroll_samples,
        )  # fmt: skip
        name = f"step_{loop.step:06d}"
        musegan_samples.write(loop.folder / "samples", name, _on_cpu(loop, loop.sample_z), loop.sizes, layout)
    if training.evaluate_steps and loop.step % training.evaluate_steps == 0:
        logits = many(loop, MEASURED)
        sizes = settled_cells(logits, held_out[spread(len(held_out), MEASURED)], loop.sizes)
        all_figures = compared(logits, sizes, held_out)
        wanted = {name: value for name, value in all_figures.items() if not name.startswith("data_") and value == value}
        loop.record({"valid_" + name: value for name, value in wanted.items()}, 0.0)


def _begin_from(loop: MuseGanLoop, folder: Path) -> None:
    """Take a checkpoint's networks, as far as they are there."""
    found = checkpoint.load(folder)
    state = loop.made.state_dict()
    known = {name: value for name, value in found.tensors.items() if name in state}
    checkpoint.fill(loop.made, {**state, **known}, folder)
    loop.ema.state = {name: value.detach().clone() for name, value in loop.made.state_dict().items()}
    log.info("began from %s: %d of %d tensors", folder, len(known), len(state))


__all__ = ["TASKS", "MuseGanRun", "run"]
