"""The ordinary equation with the same marginals, followed both ways: data as codes, codes as data.

Source: Song et al. 2021, section 4.3. The solver is SciPy's RK45 (Dormand & Prince), in double precision.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from leap_models.diffusion.denoiser import Counted, Denoise
from leap_models.diffusion.schedule import Schedule
from leap_models.diffusion.sde import END, Sde
from leap_models.errors import InternalError

TOLERANCE = 1e-5
_State = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Followed:
    """Where the equation led, and how many calls of the network it took."""

    x: Tensor
    calls: int


def rk45(
    denoise: Denoise, schedule: Schedule, start: Tensor, times: Tensor, tick: Callable[[], None],
    tolerance: float = TOLERANCE,
) -> Tensor:
    """See `samplers.euler`. Steps are as long as the tolerance allows; of `times` the last must be above 0."""
    sde = Sde(schedule)

    def slope(t: float, state: _State) -> _State:
        x = _tensor(state, start)
        when = torch.full((len(x),), t, device=x.device)
        return _array(sde.flow(x, denoise(x, when), when))

    marks = [float(t) for t in times]
    return _tensor(solve(slope, _array(start), marks, tick, tolerance), start)


def encode(denoise: Denoise, schedule: Schedule, x: Tensor, tolerance: float = TOLERANCE) -> Followed:
    """Data -> its code, as noise of time 1. The only chance in it is the data's."""
    return _follow(denoise, schedule, x, (END, 1.0), tolerance)


def decode(denoise: Denoise, schedule: Schedule, code: Tensor, tolerance: float = TOLERANCE) -> Followed:
    """A code -> its data; undoes `encode`."""
    return _follow(denoise, schedule, code, (1.0, END), tolerance)


def interpolate(code: Tensor, other: Tensor, share: float) -> Tensor:
    """A code between two, on the arc between them, so that it is as large as noise is. `share` 0 is the first.

    Both of shape (batch, ...). Source: Shoemake 1985.
    """
    flat, flat_other = code.flatten(1), other.flatten(1)
    cosine = torch.nn.functional.cosine_similarity(flat, flat_other).clamp(-1.0, 1.0)
    angle = torch.arccos(cosine)[:, None]
    straight = angle.sin() < 1e-4
    sine = angle.sin().clamp(min=1e-4)
    first = torch.where(straight, 1.0 - share, ((1.0 - share) * angle).sin() / sine)
    second = torch.where(straight, share, (share * angle).sin() / sine)
    return (first * flat + second * flat_other).reshape(code.shape)


def solve(
    slope: Callable[[float, _State], _State], state: _State, marks: list[float], tick: Callable[[], None],
    tolerance: float,
) -> _State:
    """Follow dx/dt from the first mark to the last; `tick` is called once for each mark that is passed.

    Raises:
        InternalError: the slopes are such that no step is short enough.
    """
    from scipy.integrate import RK45

    direction = 1.0 if marks[-1] > marks[0] else -1.0
    solver = RK45(slope, marks[0], state, marks[-1], rtol=tolerance, atol=tolerance)
    passed = 0
    while solver.status == "running":
        while passed < len(marks) - 1 and direction * (solver.t - marks[passed]) >= 0:
            tick()
            passed += 1
        solver.step()
    if solver.status == "failed":
        raise InternalError(f"the equation cannot be followed beyond t = {solver.t:g}")
    for _ in range(passed, len(marks) - 1):
        tick()
    found: _State = solver.y
    return found


def _follow(
    denoise: Denoise, schedule: Schedule, x: Tensor, span: tuple[float, float], tolerance: float
) -> Followed:
    counted = Counted(denoise)
    followed = rk45(counted, schedule, x, torch.tensor(span, dtype=torch.float64), lambda: None, tolerance)
    return Followed(followed, counted.calls)


def _array(x: Tensor) -> _State:
    return x.detach().cpu().double().numpy().ravel()


def _tensor(state: _State, like: Tensor) -> Tensor:
    return torch.from_numpy(state).to(like).reshape(like.shape)
