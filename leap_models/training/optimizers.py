"""How a step is taken: AdamW, or Muon for the matrices of linear layers and AdamW for all else.

Muon makes every direction of a matrix's step equally long. Where music is squeezed through few numbers it learns
several times as fast. Source: Jordan et al. 2024; steps are as long as AdamW's, after Liu et al. 2025.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from leap_models.errors import BadParameter

NAMES = ("adamw", "muon")


class Both(torch.optim.Optimizer):
    """Several optimisers of different parameters as one."""

    def __init__(self, parts: list[torch.optim.Optimizer]) -> None:
        self.parts = parts
        super().__init__([value for part in parts for group in part.param_groups for value in group["params"]], {})
        self._gather()

    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One step of each."""
        assert closure is None
        for part in self.parts:
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """What resuming needs, of each."""
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from it."""
        for part, state in zip(self.parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
        self._gather()

    def _gather(self) -> None:
        self.param_groups = [group for part in self.parts for group in part.param_groups]


def build(
    name: str, network: nn.Module, learning_rate: float, betas: tuple[float, float], weight_decay: float
) -> torch.optim.Optimizer:
    """The optimiser of a network.

    Raises:
        BadParameter: none is called so.
    """
    if name not in NAMES:
        raise BadParameter(f"loop.optimizer must be one of {', '.join(NAMES)}, got {name}")
    everything = list(network.parameters())
    linear = [each.weight for each in network.modules() if isinstance(each, nn.Linear)] if name == "muon" else []
    known = {id(each) for each in linear}
    rest = [each for each in everything if id(each) not in known]
    adam = torch.optim.AdamW(rest, lr=learning_rate, betas=betas, weight_decay=weight_decay)
    if not linear:
        return adam
    muon = torch.optim.Muon(linear, lr=learning_rate, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw")
    return Both([adam, muon])
