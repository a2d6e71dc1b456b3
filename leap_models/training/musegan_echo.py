"""A listener for a generator that learns: it hears a phrase as latents, from which the generator plays it again.

What is learned so is slow to fall into playing one phrase for all latents, as generators do that a discriminator alone
teaches. The listener is needed for learning only. Sources: Kingma & Welling 2014; Larsen et al. 2016 (VAE-GAN).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.errors import BadParameter
from leap_models.families.musegan.config import MuseGanConfig
from leap_models.families.musegan.generator import Generator
from leap_models.families.musegan.layers import Dense, coarsen
from leap_models.families.musegan.listener import Heard, Listener
from leap_models.training.musegan_training import MuseGanTraining
from leap_models.training.optimizers import LIKE_ADAMW, Both, Muon, levelled

WIDE = 32  # of matrices: thinner ones are taught by Adam
SILENT = -5.0  # logits before anything is learned: nearly all cells are off
LEAST = 1e-4  # of what latents vary along any way


class Grouped(Muon):
    """Muon for weights (groups, inputs, outputs), of which each group is a matrix."""

    def turned(self, ahead: Tensor) -> Tensor:
        """The same of each group."""
        length = LIKE_ADAMW * float(max(ahead.shape[1:])) ** 0.5
        found: Tensor = torch.stack([levelled(each) for each in ahead]) * length
        return found


def optimizer(networks: Sequence[nn.Module], rate: float) -> torch.optim.Optimizer:
    """Muon for wide layers, Adam with a third of the rate for all else."""
    layers = [layer for network in networks for layer in network.modules() if isinstance(layer, Dense)]
    wide = [layer.weight for layer in layers if min(layer.weight.shape[1:]) >= WIDE]
    known = {id(weight) for weight in wide}
    rest = [value for network in networks for value in network.parameters() if id(value) not in known]
    adam = torch.optim.Adam(rest, lr=rate / 3, betas=(0.9, 0.99))
    return Both([adam, Grouped(wide, rate, 0.0)]) if wide else adam


def listener_for(sizes: MuseGanConfig, training: MuseGanTraining, generator: Generator) -> Listener | None:
    """The listener of a generator that nothing was taught yet, which begins in silence; None without echo.

    Raises:
        BadParameter: it cannot be taught by echo.
    """
    if not training.echo:
        return None
    if training.taught != "generator" or sizes.apart:
        raise BadParameter("echo needs a generator that is taught, whose tracks are not apart: set echo to 0")
    nn.init.constant_(generator.own.norm.shift, SILENT)
    listener = Listener(sizes).to(generator.own.norm.shift.device)
    if training.precision == "bf16":
        coarsen(listener)
    return listener


def echoed(
    generator: Generator, listener: Listener, real: Tensor, given: Tensor, noise: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Nats that a generator misses, and nats that its listener tells it, for each phrase.

    Args:
        given: as `echo`.
    """
    known = listener(real)
    logits = generator(listener.latents(known, noise), None if generator.encoder is None else given)
    return echo(logits, real, given).mean(), known.told().mean()


def heard(parts: Sequence[Heard]) -> Heard:
    """All of several batches."""
    return Heard(torch.cat([each.mean for each in parts]), torch.cat([each.spread for each in parts]))


def echo(logits: Tensor, real: Tensor, given: Tensor) -> Tensor:
    """(batch,) nats by which a generator misses the cells of phrases.

    Args:
        logits, real: (batch, bars, steps, pitches, tracks), real ones as -1 and 1.
        given: the same, 0 where it was not told.
    """
    missed = functional.binary_cross_entropy_with_logits(logits, (real > 0).to(logits.dtype), reduction="none")
    return torch.where(given != 0, 0.0, missed).flatten(1).sum(dim=1)


@torch.no_grad()
def straighten(generator: Generator, listener: Listener, heard: Heard) -> None:
    """Have latents that are drawn by chance vary as those that were heard do, by turning the generator's first layer.

    Args:
        heard: many phrases.
    """
    around = heard.mean - heard.mean.mean(dim=0)
    spread = around.T @ around / len(around) + torch.diag(heard.spread.exp().mean(dim=0) + LEAST)
    root = torch.linalg.cholesky(spread)
    first = generator.bars.dense.weight  # (1, size, outputs)
    first.copy_(root.T @ listener.straight @ first[0])
    listener.straight.copy_(torch.linalg.inv(root).T)
