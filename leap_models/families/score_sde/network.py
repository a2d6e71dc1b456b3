"""The network of the `music` preset: a transformer over eighths, with the keys of its two sixteenths as channels.

It is told what is known, what is missing, where in the bar each step lies, and what is wished for.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.diffusion.denoiser import column
from leap_models.diffusion.schedule import Schedule
from leap_models.errors import BadParameter
from leap_models.families.score_sde.passage import PLACES, Shape
from leap_models.music.keys import NAMES
from leap_models.nn.embed import ScalarEmbedding
from leap_models.nn.modulated import ModulatedBlock

DENSE = 8.0  # notes a beat: about the most
MIDDLE, REACH = 60.0, 24.0  # MIDI number of a usual mean pitch, and semitones to an unusual one
CONDITIONS = ("key", "density", "register")
VARIANCE = 0.08  # of the planes' elements round their mean, about


@dataclass(frozen=True)
class Sizes:
    """Of the transformer.

    Args:
        patch: sixteenths of a token.
    """

    width: int = 256
    depth: int = 6
    heads: int = 4
    hidden: int = 640
    patch: int = 2


@dataclass(frozen=True)
class Wishes:
    """What steers a batch of passages.

    Attributes:
        known: (batch, channels, rows, steps); what it holds where `missing` is true does not matter.
        missing: bool (batch, 1, rows, steps).
        places: (batch, steps, PLACES).
        key: (batch,) int64 number in `keys.NAMES`, or -1 for any.
        density: (batch,) notes a beat, or a negative number for any.
        register: (batch,) mean MIDI pitch, or a negative number for any.
    """

    known: Tensor
    missing: Tensor
    places: Tensor
    key: Tensor
    density: Tensor
    register: Tensor

    def without(self) -> "Wishes":
        """The same with any key, density and register."""
        return replace(self, **{name: torch.full_like(getattr(self, name), -1) for name in CONDITIONS})


@dataclass(frozen=True)
class _Frame:
    """What the network is spared: the best linear guess, and usual sizes. Source: Karras et al. 2022, table 1.

    Attributes:
        centred: the noisy planes, less what silence would be at that time.
        size: of them, as a standard deviation.
        gain: of the linear guess.
        rest: the size of what that guess leaves open.
    """

    centred: Tensor
    size: Tensor
    gain: Tensor
    rest: Tensor


class PassageNet(nn.Module):
    """Expects clean planes. (batch, channels, rows, steps) noisy, times (batch,), wishes -> the same shape."""

    def __init__(self, sizes: Sizes, shape: Shape, levels: Schedule) -> None:
        super().__init__()
        if shape.steps % sizes.patch:
            raise BadParameter(f"patch must divide {shape.steps} steps, got {sizes.patch}")
        self.shape, self.levels, self.patch = shape, levels, sizes.patch
        width, cells = sizes.width, shape.channels * shape.rows
        self.read = nn.Linear(sizes.patch * (2 * cells + shape.rows + PLACES), width)
        self.time = ScalarEmbedding(width)
        self.key = nn.Embedding(len(NAMES) + 1, width)
        self.density, self.register = ScalarEmbedding(width, fastest=20.0), ScalarEmbedding(width, fastest=20.0)
        self.any_density, self.any_register = (nn.Parameter(torch.zeros(width)) for _ in range(2))
        self.steer = nn.Linear(width, 6 * width)
        self.blocks = nn.ModuleList(ModulatedBlock(width, sizes.heads, sizes.hidden) for _ in range(sizes.depth))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.steer_out = nn.Linear(width, 2 * width)
        self.write = nn.Linear(width, sizes.patch * cells)
        for layer in (self.steer, self.steer_out, self.write):  # it starts as the best linear guess
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, noisy: Tensor, t: Tensor, wishes: Wishes) -> Tensor:
        frame = self._frame(noisy, t)
        x = self.read(self._tokens(frame.centred / frame.size, wishes))
        steering = functional.silu(self.time(t) + self._wished(wishes))
        modulation = self.steer(steering)
        for block in self.blocks:
            x = block(x, modulation)
        shift, scale = self.steer_out(steering)[:, None].chunk(2, dim=-1)
        written: Tensor = self.write(self.norm(x) * (1 + scale) + shift)  # (batch, tokens, patch x channels x rows)
        left = written.reshape(len(x), self.shape.steps, -1).transpose(1, 2).reshape(noisy.shape)
        return self.shape.empty + frame.gain * frame.centred + frame.rest * left

    def _frame(self, noisy: Tensor, t: Tensor) -> "_Frame":
        times = column(t, noisy)
        alpha, sigma = self.levels.alpha(times), self.levels.sigma(times)
        size = (alpha.square() * VARIANCE + sigma.square()).sqrt()
        gain, rest = alpha * VARIANCE / size.square(), sigma * VARIANCE**0.5 / size
        return _Frame(noisy - alpha * self.shape.empty, size, gain, rest)

    def _tokens(self, noisy: Tensor, wishes: Wishes) -> Tensor:
        """(batch, tokens, inputs): everything about the steps of a token."""
        missing = wishes.missing.to(noisy)
        known = (wishes.known - self.shape.empty) * (1.0 - missing)
        cells = [part.flatten(1, 2).transpose(1, 2) for part in (noisy, known, missing)]
        steps = torch.cat([*cells, wishes.places], dim=-1)
        return steps.reshape(len(steps), self.shape.steps // self.patch, -1)

    def _wished(self, wishes: Wishes) -> Tensor:
        """(batch, width)."""
        wished: Tensor = self.key(wishes.key + 1)
        for values, embed, scaled, other in (
            (wishes.density, self.density, wishes.density / DENSE, self.any_density),
            (wishes.register, self.register, (wishes.register - MIDDLE) / REACH + 0.5, self.any_register),
        ):
            wished = wished + torch.where(values[:, None] >= 0, embed(scaled), other)
        return wished
