"""What is done when a band has learned.

Its normalisation settles, its logits become cells as the data's are, and a judge and a listener to parts are taught.
"""

from dataclasses import replace

import numpy as np
import torch

from leap_models.families.musegan.binarise import calibrate
from leap_models.families.musegan.config import Levels, MuseGanConfig
from leap_models.families.musegan.latents import drawn
from leap_models.families.musegan.phrase import DRUM_TRACKS, Cells, spared
from leap_models.music import band_metrics
from leap_models.training import musegan_hearing, musegan_judge, musegan_samples
from leap_models.training.evaluate_musegan import cells_from
from leap_models.training.musegan import MuseGanLoop

PART = 64  # phrases that how notes are held, and who is silent, is found with
JUDGED = 1024  # phrases that a judge learns from, and a quarter of them that it is tried on
HOLDS = (0.0, 0.25, 0.5, 0.75, 1.0)
SILENT_SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)  # of a phrase's steps: who plays in fewer is silent
CHUNK = 16
SETTLED = 40  # batches that normalisation is settled with


@torch.no_grad()
def settle(loop: MuseGanLoop) -> None:
    """Let the averaged generator's normalisation see what the averaged weights do; weights stay as they are."""
    taught = {name: value.detach().clone() for name, value in loop.made.state_dict().items()}
    loop.made.load_state_dict(loop.ema.state)
    for step in range(SETTLED):
        loop.rehearse(step)
    settled = loop.made.state_dict()
    loop.ema.state = {name: settled[name].detach().clone() for name in loop.ema.state}
    loop.made.load_state_dict(taught)


def settled_cells(logits: torch.Tensor, data: Cells, sizes: MuseGanConfig) -> MuseGanConfig:
    """The network with what turns its logits into cells as the data's are: how long notes are held, which parts are
    silent, and levels.
    """
    density, part = band_metrics.density(data), logits[:PART]
    pitched = [each for each in range(sizes.shape.tracks) if each not in DRUM_TRACKS]

    def made(hold: float, least: tuple[float, ...] = ()) -> Cells:
        found = calibrate(part, density, spared(sizes.shape), hold, least, (1.0,))
        return cells_from(part, replace(sizes, levels=found, refined_levels=Levels(), hold=hold, least=least))

    def short(cells: Cells) -> float:
        return band_metrics.mean(band_metrics.short_notes(cells)[pitched])

    wanted, empty = short(data), band_metrics.empty_bars(data)
    hold = min((abs(short(made(each)) - wanted), each) for each in HOLDS)[1]
    shares = [sizes.shape.bars * sizes.shape.steps * share for share in SILENT_SHARES]
    missed = np.stack([np.abs(band_metrics.empty_bars(made(hold, (each,) * len(empty))) - empty) for each in shares])
    least = tuple(shares[int(best)] for best in missed.argmin(axis=0))
    levels = calibrate(logits, density, spared(sizes.shape), hold, least)
    return replace(sizes, hold=hold, least=least, levels=levels)


def judged(loop: MuseGanLoop, sizes: MuseGanConfig, data: Cells, report: dict[str, float]) -> dict[str, torch.Tensor]:
    """A judge's weights, if there is to be one; `report` gets how often it likes data better."""
    training = loop.training
    if not training.judge_steps:
        return {}
    made = cells_from(many(loop, JUDGED, seed=2), sizes)
    learned, kept = made[: -len(made) // 4], made[-len(made) // 4 :]
    judge = musegan_judge.taught(sizes, loop.batches, learned, training.batch, training.judge_steps, training.seed)
    report["judge"] = musegan_judge.preferred(judge, data[spread(len(data), len(kept))], kept, loop.device)
    return {f"discriminator.{name}": value for name, value in judge.state_dict().items()}


def heard(loop: MuseGanLoop, report: dict[str, float]) -> dict[str, torch.Tensor]:
    """A listener to parts, if there is to be one; `report` gets the nats that it does not hear."""
    if not loop.training.hearing_steps:
        return {}
    hearer, report["unheard"] = musegan_hearing.taught(loop, loop.training.hearing_steps)
    return {f"hearer.{name}": value for name, value in hearer.state_dict().items()}


def many(loop: MuseGanLoop, count: int, seed: int = 1) -> torch.Tensor:
    """What the averaged networks say of so many latents, the same ones for the same seed; on the CPU."""
    rng = np.random.default_rng(seed)
    z = torch.from_numpy(np.stack([drawn(rng, loop.sample_z.shape[1]) for _ in range(count)])).float()
    parts = [musegan_samples.logits_of(loop, each.to(loop.device)).cpu() for each in torch.split(z, CHUNK)]
    return torch.cat(parts)


def spread(count: int, wanted: int) -> np.ndarray:
    """So many indices, evenly over all."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).astype(np.int64))
