"""A small WaveNet: sample after sample, told the notes and the mel spectrogram that it expects. For comparison.

Sources: van den Oord et al. 2016; cached as in Le Paine et al. 2016; told a mel spectrogram as in Shen et al. 2018.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.timbre.encoder import VECTOR, LogMel
from leap_models.families.timbre.film import Film
from leap_models.families.timbre.player import Player
from leap_models.families.timbre.score import KEYS
from leap_models.families.timbre.touch import AS_LEARNED, Touch

LEVELS = 256  # of 8-bit mu-law
_ZERO = LEVELS // 2
_MEL_DB = (-80.0, 40.0)  # what 0 and 1 of the expected mel spectrogram stand for


@dataclass(frozen=True)
class WavenetSizes:
    """How large the network is. Each of `layers` sees twice as far back as the one before, then it begins again."""

    channels: int = 32
    skip: int = 64
    layers: int = 8
    rounds: int = 2
    mels: int = 80
    width: int = 96


class Wavenet(Player):
    """(score, reference) -> audio, very slowly; see the module."""

    def __init__(self, sizes: WavenetSizes, sample_rate: int, hop: int) -> None:
        super().__init__(sample_rate, hop)
        self.mel = LogMel(sample_rate, sizes.mels, hop=hop)
        self.read = nn.Conv1d(2 * KEYS + 1, sizes.width, 5, padding=2)
        self.film = Film(VECTOR, sizes.width)
        self.think = nn.Conv1d(sizes.width, sizes.width, 5, padding=2)
        self.expect = nn.Conv1d(sizes.width, sizes.mels, 1)
        told = sizes.width + sizes.mels
        self.embed = nn.Embedding(LEVELS, sizes.channels)
        self.layers = nn.ModuleList(
            _Layer(sizes.channels, sizes.skip, told, 2 ** (index % sizes.layers))
            for index in range(sizes.rounds * sizes.layers)
        )
        self.middle, self.last = nn.Conv1d(sizes.skip, sizes.skip, 1), nn.Conv1d(sizes.skip, LEVELS, 1)

    def told(self, score: Mapping[str, Tensor], vector: Tensor) -> Tensor:
        """What every sample of a frame is told: thoughts and the expected mel. (batch, width + mels, frames)."""
        notes = torch.cat([score["onset"], score["sounding"], score["pedal"][..., None]], dim=-1).transpose(1, 2)
        thought = functional.silu(self.think(functional.silu(self.film(self.read(notes), vector))))
        return torch.cat([thought, self.expect(thought)], dim=1)

    def logits(self, audio: Tensor, told: Tensor) -> Tensor:
        """How likely each of the 256 levels is at each sample, given those before. -> (batch, 256, samples)."""
        before = functional.pad(encode(audio)[:, :-1], (1, 0), value=_ZERO)
        x, conditions = self.embed(before).transpose(1, 2), told.repeat_interleave(self.hop, dim=-1)
        total = x.new_zeros(())
        for layer in self.layers:
            x, skip = layer(x, conditions)
            total = total + skip
        found: Tensor = self.last(self.middle(total.relu()).relu())
        return found

    def loss(self, score: Mapping[str, Tensor], reference: Tensor, audio: Tensor) -> Tensor:
        """Cross-entropy of the samples, and how far the expected mel is from the true one; a scalar."""
        told = self.told(score, self.timbre(reference))
        low, high = _MEL_DB
        true = (10.0 * torch.log10(self.mel.power(audio) + 1e-8) - low) / (high - low)
        expected = self.expect.weight.shape[0]
        missed = (told[:, -expected:] - true[..., : told.shape[-1]]).abs().mean()
        return functional.cross_entropy(self.logits(audio, told), encode(audio)) + missed

    @torch.no_grad()
    def play(self, score: Mapping[str, Tensor], heard: Tensor, touch: Touch = AS_LEARNED) -> Tensor:  # noqa: ARG002  (only partials can be touched)
        """(batch, frames x hop): the expectation at each sample, so nothing is drawn by chance."""
        told = self.told(score, heard)
        level = torch.full((len(heard),), _ZERO, dtype=torch.long, device=told.device)
        made, values = [], decode(torch.arange(LEVELS, device=told.device))
        steps = [_Cached(cast(_Layer, layer), told) for layer in self.layers]
        for index in range(told.shape[-1] * self.hop):
            x, total = self.embed.weight[level], told.new_zeros(())
            for step in steps:
                x, skip = step(x, index, index // self.hop)
                total = total + skip
            sample = self._logits_of(total).softmax(dim=-1) @ values
            made.append(sample)
            level = encode(sample)
        return torch.stack(made, dim=1)

    def _logits_of(self, total: Tensor) -> Tensor:
        """`last` for one sample. (batch, skip) -> (batch, 256)."""
        hidden = functional.linear(total.relu(), self.middle.weight[..., 0], self.middle.bias).relu()
        return functional.linear(hidden, self.last.weight[..., 0], self.last.bias)


class _Layer(nn.Module):
    """A gated convolution of two samples that lie `reach` apart."""

    def __init__(self, channels: int, skip: int, told: int, reach: int) -> None:
        super().__init__()
        self.reach = reach
        self.past, self.now = (nn.Conv1d(channels, 2 * channels, 1, bias=False) for _ in range(2))
        self.condition = nn.Conv1d(told, 2 * channels, 1)
        self.out, self.skip = nn.Conv1d(channels, channels, 1), nn.Conv1d(channels, skip, 1)

    def forward(self, x: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        past = functional.pad(x, (self.reach, 0))[..., : x.shape[-1]]
        gate, value = (self.past(past) + self.now(x) + self.condition(told)).chunk(2, dim=1)
        hidden = torch.sigmoid(gate) * torch.tanh(value)
        return x + self.out(hidden), self.skip(hidden)


class _Cached:
    """A layer that is given one sample after the other, and remembers those that it will need."""

    def __init__(self, layer: "_Layer", told: Tensor) -> None:
        channels = layer.now.in_channels
        self.conditions = layer.condition(told).permute(2, 0, 1).contiguous()
        self.weight = torch.cat([layer.past.weight, layer.now.weight], dim=1)[..., 0].T.contiguous()
        self.out = torch.cat([layer.out.weight, layer.skip.weight])[..., 0].T.contiguous()
        self.bias = torch.cat([bias for bias in (layer.out.bias, layer.skip.bias) if bias is not None])
        self.before = [told.new_zeros(len(told), channels)] * layer.reach
        self.channels = channels

    def __call__(self, x: Tensor, index: int, frame: int) -> tuple[Tensor, Tensor]:
        """(batch, channels) -> the same and (batch, skip)."""
        place = index % len(self.before)
        both = torch.cat([self.before[place], x], dim=1)
        self.before[place] = x
        gate, value = torch.addmm(self.conditions[frame], both, self.weight).chunk(2, dim=1)
        made = torch.addmm(self.bias, torch.sigmoid(gate) * torch.tanh(value), self.out)
        return x + made[:, : self.channels], made[:, self.channels :]


def encode(audio: Tensor) -> Tensor:
    """Samples in -1..1 as 8-bit mu-law levels 0..255; silence is 128."""
    mu = LEVELS - 1
    bent = audio.sign() * torch.log1p(mu * audio.abs().clamp(max=1.0)) / math.log1p(mu)
    return (bent * (_ZERO - 1) + _ZERO).round().long()


def decode(levels: Tensor) -> Tensor:
    """The samples that levels stand for."""
    mu = LEVELS - 1
    bent = (levels - _ZERO) / (_ZERO - 1)
    return bent.sign() * torch.expm1(bent.abs() * math.log1p(mu)) / mu
