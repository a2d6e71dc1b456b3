"""How a step is taken: AdamW, or Muon for the matrices of linear layers and convolutions, and AdamW for all else.

Muon makes every direction of a matrix's step equally long. Where music is squeezed through few numbers it learns
several times as fast. Source: Jordan et al. 2024; steps are as long as AdamW's, after Liu et al. 2025.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from leap_models.errors import BadParameter

NAMES = ("adamw", "muon")
MOMENTUM = 0.95
LIKE_ADAMW = 0.2  # root of the mean square of an AdamW step, in learning rates
# A polynomial that takes all singular values of a matrix near 1 when it is applied so often.
TIMES, ONE, THREE, FIVE = 5, 3.4445, -4.7750, 2.0315
_MATRICES = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d)


class Muon(torch.optim.Optimizer):
    """Muon; what has more than two axes is a matrix of the first and all others."""

    def __init__(self, values: Iterable[Tensor], lr: float, weight_decay: float) -> None:
        super().__init__(list(values), {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One step of everything that has a gradient."""
        assert closure is None
        for group in self.param_groups:
            for value in group["params"]:
                if value.grad is not None:
                    momentum = self.state[value].setdefault("momentum", torch.zeros_like(value))
                    momentum.lerp_(value.grad, 1.0 - MOMENTUM)
                    value.mul_(1.0 - group["lr"] * group["weight_decay"])
                    value.add_(self.turned(value.grad.lerp(momentum, MOMENTUM)), alpha=-group["lr"])

    def turned(self, ahead: Tensor) -> Tensor:
        """What is followed instead of a gradient: the same shape, levelled, about as long as AdamW's steps."""
        flat = ahead.flatten(1)
        found: Tensor = levelled(flat).reshape(ahead.shape) * (LIKE_ADAMW * float(max(flat.shape)) ** 0.5)
        return found


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


def levelled(matrix: Tensor) -> Tensor:
    """A matrix with the same directions, and singular values from about 0.7 to 1.2."""
    x = matrix.bfloat16()
    x = x / (x.norm() + 1e-7)
    flat = len(x) <= x.shape[1]
    x = x if flat else x.T
    for _ in range(TIMES):
        square = x @ x.T
        x = ONE * x + (THREE * square + FIVE * square @ square) @ x
    found: Tensor = (x if flat else x.T).to(matrix.dtype)
    return found


def build(
    name: str, network: nn.Module, learning_rate: float, betas: tuple[float, float], weight_decay: float
) -> torch.optim.Optimizer:
    """The optimiser of a network.

    Raises:
        BadParameter: none is called so.
    """
    if name not in NAMES:
        raise BadParameter(f"loop.optimizer must be one of {', '.join(NAMES)}, got {name}")
    found = [each.weight for each in network.modules() if isinstance(each, _MATRICES)] if name == "muon" else []
    known = {id(each) for each in found}
    rest = [each for each in network.parameters() if id(each) not in known]
    adam = torch.optim.AdamW(rest, lr=learning_rate, betas=betas, weight_decay=weight_decay)
    return Both([adam, Muon(found, learning_rate, weight_decay)]) if found else adam
