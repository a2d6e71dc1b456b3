"""What teaches the networks of a band, and what they cannot be taught."""

from torch import nn
from torch.optim import Adam, Optimizer

from leap_models.errors import BadParameter
from leap_models.families.musegan.config import MuseGanConfig
from leap_models.families.musegan.listener import Listener
from leap_models.training.musegan_echo import optimizer
from leap_models.training.musegan_training import MuseGanTraining


def check(sizes: MuseGanConfig, training: MuseGanTraining) -> None:
    """Refuse a training that does not fit its networks.

    Raises:
        BadParameter: there is no refiner to be taught, or nothing is decided by chance.
    """
    neurons: str = sizes.output
    if training.taught != "generator":
        if sizes.refiner is None:
            raise BadParameter(f"taught must be generator with a network without refiner, got {training.taught}")
        neurons = sizes.refiner.neurons
    if training.estimator == "reinforce" and neurons != "sbn":
        raise BadParameter("estimator must be straight_through with what decides nothing by chance, got reinforce")


def optimizers(
    training: MuseGanTraining, made: nn.ModuleDict, discriminator: nn.Module, listener: Listener | None
) -> dict[str, Optimizer]:
    """By name: of the generator (and refiner, and listener), of the discriminator, and of echo alone."""
    taught = [each for each in made.parameters() if each.requires_grad]
    fused = next(discriminator.parameters()).is_cuda
    found: dict[str, Optimizer] = {}
    if listener is not None:
        taught += list(listener.parameters())
        found["echo"] = optimizer([made["generator"], listener], training.echo_rate)
    found["generator"] = Adam(taught, lr=training.generator_rate, betas=training.betas, fused=fused)
    found["discriminator"] = Adam(
        discriminator.parameters(), lr=training.discriminator_rate, betas=training.betas, fused=fused
    )
    return found
