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
    found = checkpoint.load(folder)
    sizes = from_dict(config, found.card.config)
    made = network(sizes)
    checkpoint.fill(made, found.part(part), folder)
    made.eval()
    return sizes, made
