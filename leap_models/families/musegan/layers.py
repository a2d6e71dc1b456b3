"""Layers whose kernels do not overlap, which makes convolutions into products of matrices.

Features come last: (groups, rows, features). A row is a place in a phrase; a group is a track with weights of its own.
Growing turns a row into several; looking puts several together into one.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.musegan.shape import Stride

MOMENTUM = 0.1  # of what a normalisation remembers
TINY = 1e-5
WIDE = 64  # of matrices: products of thinner ones are not quicker with fewer bits


class Dense(nn.Module):
    """Every row becomes `copies` rows of `outputs` features. (groups or 1, rows, inputs) -> (groups, rows * copies, o).

    With `copies` it is a transposed convolution, with inputs from several places a convolution.

    Attributes:
        coarse: multiply with 8 bits of each number's 24 while training: some CPUs do so in half the time.
    """

    coarse = False

    def __init__(self, inputs: int, outputs: int, copies: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.outputs, self.copies = outputs, copies
        self.weight = nn.Parameter(torch.randn(groups, inputs, copies * outputs) * math.sqrt(1.0 / inputs))
        self.bias = nn.Parameter(torch.zeros(groups, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return self.scaled(x, None, self.bias)

    def scaled(self, x: Tensor, scale: Tensor | None, shift: Tensor) -> Tensor:
        """The same with every output feature multiplied and then shifted. scale, shift: (groups, outputs)."""
        weight: Tensor = self.weight
        if scale is not None:
            weight = weight * scale.repeat(1, self.copies)[:, None]
        shift = shift.repeat(1, self.copies)[:, None]
        if self.coarse and self.training:
            made = torch.bmm(x.bfloat16().expand(len(weight), -1, -1), weight.bfloat16()).float().add_(shift)
        else:
            made = torch.baddbmm(shift, x.expand(len(weight), -1, -1), weight)
        return made.reshape(len(made), -1, self.outputs)


class Norm(nn.Module):
    """Batch normalisation of each group's features. (groups, rows, features) -> the same."""

    def __init__(self, features: int, groups: int = 1) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(groups, features))
        self.shift = nn.Parameter(torch.zeros(groups, features))
        self.mean: Tensor
        self.variance: Tensor
        self.register_buffer("mean", torch.zeros(groups, features))
        self.register_buffer("variance", torch.ones(groups, features))

    def forward(self, x: Tensor) -> Tensor:
        scale, shift = self.of(x) if self.training else self.remembered()
        return torch.addcmul(shift[:, None], x, scale[:, None])

    def of(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Factor and summand, (groups, features) each, that normalise a batch, which is remembered."""
        variance, mean = torch.var_mean(x, dim=1, correction=0)
        self.remember(mean, variance)
        return self._affine(mean, variance)

    @torch.no_grad()
    def remember(self, mean: Tensor, variance: Tensor) -> None:
        """A batch's own, (groups, features) each."""
        self.mean.lerp_(mean, MOMENTUM)
        self.variance.lerp_(variance, MOMENTUM)

    def positive(self, x: Tensor) -> Tensor:
        """Normalised, and negative features cut."""
        if not self.training:
            return torch.relu_(self(x))
        made, mean, variance = _Positive.apply(x, self.scale, self.shift)  # type: ignore[no-untyped-call]
        self.remember(mean, variance)
        cut: Tensor = made
        return cut

    def remembered(self) -> tuple[Tensor, Tensor]:
        """The same of all batches so far."""
        return self._affine(self.mean, self.variance)

    def _affine(self, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        scale = self.scale * torch.rsqrt(variance + TINY)
        return scale, self.shift - mean * scale


class _Positive(torch.autograd.Function):
    """Batch normalisation and relu at once, with each sum over rows as a product of matrices: a CPU is quick at those.

    (groups, rows, features) -> the same, and the batch's mean and variance, (groups, features).
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, gain: Tensor, shift: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # noqa: ANN401
        mean = _mean(x)
        variance = (_mean_product(x, x) - mean.square()).clamp_min(0.0)
        steep = torch.rsqrt(variance + TINY)
        scale = gain * steep
        made = torch.addcmul((shift - mean * scale)[:, None], x, scale[:, None]).relu_()
        ctx.save_for_backward(x, made, mean, steep, scale)
        ctx.mark_non_differentiable(mean, variance)
        return made, mean, variance

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # noqa: ANN401
        x, made, mean, steep, scale = ctx.saved_tensors
        slope = grads[0] * (made > 0)
        of_shift = _mean(slope)
        of_gain = (_mean_product(x, slope) - mean * of_shift) * steep
        bend = scale * steep * of_gain
        of_x = torch.addcmul((bend * mean - scale * of_shift)[:, None], x, -bend[:, None])
        of_x.addcmul_(slope, scale[:, None])
        rows = x.shape[1]
        return of_x, of_gain * rows, of_shift * rows


def _mean(x: Tensor) -> Tensor:
    """(groups, features) over all rows."""
    ones = x.new_full((1, 1, x.shape[1]), 1.0 / x.shape[1]).expand(len(x), -1, -1)
    return torch.bmm(ones, x)[:, 0]


def _mean_product(x: Tensor, y: Tensor) -> Tensor:
    """(groups, features) of x * y over all rows; whole matrices of products are still quicker than sums."""
    return torch.bmm(x.transpose(1, 2), y).diagonal(dim1=1, dim2=2) / x.shape[1]


def positive(x: Tensor, dense: Dense, norm: Norm) -> Tensor:
    """Through a layer, normalised, and negative features cut; in use, both layers are one product."""
    if norm.training:
        return norm.positive(dense(x))
    scale, shift = norm.remembered()
    return torch.relu_(dense.scaled(x, scale, shift + dense.bias * scale))


class Grown(nn.Module):
    """A stage of a generator: more rows, normalised, negative features cut."""

    def __init__(self, inputs: int, outputs: int, copies: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.dense, self.norm = Dense(inputs, outputs, copies, groups), Norm(outputs, groups)

    def forward(self, x: Tensor) -> Tensor:
        return positive(x, self.dense, self.norm)


class GrownPitches(nn.Module):
    """The same for places (groups, batch, bars, times, pitches, features) whose kernels overlap along pitch."""

    def __init__(self, inputs: int, outputs: int, times: int, stride: Stride, groups: int = 1) -> None:
        super().__init__()
        self.times, self.stride = times, stride
        self.dense, self.norm = Dense(inputs, outputs, times * stride.kernel, groups), Norm(outputs, groups)

    def forward(self, x: Tensor) -> Tensor:
        stride, (batch, bars, times, pitches) = self.stride, x.shape[1:5]
        made = self.dense(x.reshape(len(x), -1, x.shape[-1]))
        made = made.reshape(len(made), batch, bars, times, pitches, self.times, stride.kernel, -1)
        # (groups, batch, bars, times, self.times, pitches, kernel, features), then what meets at a pitch is added.
        made = made.transpose(4, 5)
        if stride.step == stride.kernel:
            size, grown = pitches * stride.kernel, made.reshape(*made.shape[:5], -1, made.shape[-1])
        else:
            size = (pitches - 1) * stride.step + stride.kernel
            meeting: list[list[Tensor]] = [[] for _ in range(size)]
            for pitch in range(pitches):
                for offset in range(stride.kernel):
                    meeting[pitch * stride.step + offset].append(made[..., pitch, offset, :])
            grown = torch.stack([torch.stack(each).sum(0) if len(each) > 1 else each[0] for each in meeting], dim=5)
        rows = grown.reshape(len(grown), -1, grown.shape[-1])
        rows = self.norm.positive(rows)
        return rows.reshape(len(grown), batch, bars, times * self.times, size, -1)


def seen(x: Tensor, times: int, stride: Stride) -> Tensor:
    """The places a convolution sees: (groups, batch, bars, t, p, f) -> the same with t', p', times * kernel * f.

    Args:
        times: places in time that are put together.
        stride: along pitch.
    """
    groups, batch, bars, time, _pitches, features = x.shape
    pitches = [x[..., at * stride.step : at * stride.step + stride.kernel, :] for at in range(stride.first)]
    windows = torch.stack(pitches, dim=4)  # (groups, batch, bars, t, p', kernel, f)
    windows = windows.reshape(groups, batch, bars, time // times, times, stride.first, stride.kernel, features)
    return windows.transpose(4, 5).reshape(groups, batch, bars, time // times, stride.first, -1)


def leaky(x: Tensor) -> Tensor:
    """What discriminators do to features."""
    return functional.leaky_relu(x, 0.2)


class Limited(nn.Module):
    """Spectral normalisation of a `Dense` layer's weights: each group's matrix is divided by its largest stretch."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.guess: Tensor
        self.register_buffer("guess", functional.normalize(torch.randn(len(weight), weight.shape[2], 1), dim=1))

    def forward(self, weight: Tensor) -> Tensor:
        with torch.no_grad():
            into = functional.normalize(weight @ self.guess, dim=1)
            out = functional.normalize(weight.transpose(1, 2) @ into, dim=1)
            if self.training:
                self.guess.copy_(out)
        return weight / (into.transpose(1, 2) @ weight @ out)


def coarsen(network: nn.Module) -> None:
    """Have every `Dense` layer that is wide on both sides multiply coarsely."""
    for module in network.modules():
        if isinstance(module, Dense) and min(module.weight.shape[1:]) >= WIDE:
            module.coarse = True


def limit(network: nn.Module) -> None:
    """Give every `Dense` layer of a network spectral normalisation."""
    for module in network.modules():
        if isinstance(module, Dense):
            nn.utils.parametrize.register_parametrization(module, "weight", Limited(module.weight.detach()))
