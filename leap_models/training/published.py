"""Networks that one task publishes and another builds on."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from torch import Tensor, nn

from leap_models import checkpoint
from leap_models.config import from_dict

Config = TypeVar("Config")
Network = TypeVar("Network", bound=nn.Module)


def named(name: str, network: nn.Module) -> dict[str, Tensor]:
    """The weights of a network under the name of the part that it is in a checkpoint."""
    return {f"{name}.{key}": value for key, value in network.state_dict().items()}


def trained(
    folder: Path, part: str, config: type[Config], network: Callable[[Config], Network]
) -> tuple[Config, Network]:
    """A network that an earlier task published, with its config."""
    sizes = from_dict(config, checkpoint.read_card(folder).config)
    return sizes, filled(folder, part, network(sizes))


def filled(folder: Path, part: str, network: Network) -> Network:
    """A network with the weights that a checkpoint has for it, ready to be used."""
    checkpoint.fill(network, checkpoint.load(folder).part(part), folder)
    network.eval()
    return network
