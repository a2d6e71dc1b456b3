"""The diffusion transformer that turns noise into latents of a piano roll while it listens (parts L6, L7, L10).

One token is one latent column: 4 channels x 12 rows, 80 ms. Beside the noisy latents a token holds what is known
already (the overlap with the window before), and what was heard at that moment. Difficulty and noise level steer
every block (adaLN-zero, one shared projection and a table per block). Three ways of listening, by `architecture`:

- `concat`: what was heard is added to its token. Half the cost of the others; what ships.
- `mmdit`: a second stream of tokens, joint attention (Esser et al. 2024).
- `cross_attention`: the latent tokens ask the heard ones.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.leap.listening import CHANNELS, ROWS, Heard, Listened, Listener, ListenerConfig
from leap_models.nn.attention import CrossAttention, FeedForward, JointAttention, SelfAttention
from leap_models.nn.embed import ScalarEmbedding
from leap_models.nn.modulated import Modulated

TOKEN = CHANNELS * ROWS  # numbers of one latent column


@dataclass(frozen=True)
class DitConfig:
    """Sizes of the transformer."""

    width: int = 256
    depth: int = 8
    heads: int = 4
    hidden: int = 640  # of the gated feed-forward blocks
    architecture: Literal["concat", "mmdit", "cross_attention"] = "concat"
    listener: ListenerConfig = ListenerConfig()


@dataclass(frozen=True)
class Condition:
    """What steers a batch of windows.

    Attributes:
        heard: features of the audio.
        level: (batch,) difficulty from 1 to 5.
        known: (batch, 4, 12, 128) latents of the overlap, zero where nothing is known.
        is_known: (batch, 128) 1 where `known` holds.
        keep_audio, keep_level: (batch,) 0 where that condition is withheld.
    """

    heard: Heard
    level: Tensor
    known: Tensor
    is_known: Tensor
    keep_audio: Tensor
    keep_level: Tensor


class Block(Modulated):
    """One transformer block of any architecture, modulated by (batch, 6 x width)."""

    def __init__(self, config: DitConfig) -> None:
        width = config.width
        super().__init__(width, config.hidden)
        self.joint = JointAttention(width, config.heads) if config.architecture == "mmdit" else None
        self.attention = None if self.joint else SelfAttention(width, config.heads)
        self.ask = CrossAttention(width, config.heads) if config.architecture == "cross_attention" else None
        if self.joint:
            self.norm_heard, self.feed_heard = nn.LayerNorm(width), FeedForward(width, config.hidden // 2)

    def forward(self, x: Tensor, heard: Tensor, steering: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, tokens, width) twice and the modulation -> both streams."""
        told = heard

        def mix(inner: Tensor) -> Tensor:
            nonlocal told
            mixed: Tensor
            if self.joint is not None:
                mixed, mixed_heard = self.joint(inner, self.norm_heard(heard))
                told = heard + mixed_heard
                told = told + self.feed_heard(self.norm_heard(told))
                return mixed
            assert self.attention is not None
            mixed = self.attention(inner)
            if self.ask is not None:
                mixed = mixed + self.ask(inner, heard)
            return mixed

        return self.steered(x, steering, mix), told


class Dit(nn.Module):
    """Predicts clean latents. (batch, 4, 12, 128) noisy, times (batch,), condition -> (batch, 4, 12, 128)."""

    def __init__(self, config: DitConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.listener = Listener(config.listener, width)
        self.no_audio = nn.Parameter(torch.zeros(width))
        self.no_level = nn.Parameter(torch.zeros(width))
        self.read = nn.Linear(3 * TOKEN + 1, width)
        self.time = ScalarEmbedding(width)
        self.level = ScalarEmbedding(width, fastest=20.0)
        self.steer = nn.Linear(width, 6 * width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.steer_out = nn.Linear(width, 2 * width)
        self.write = nn.Linear(width, TOKEN)
        for layer in (self.steer, self.steer_out, self.write):  # adaLN-zero: every block starts as the identity
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def listen(self, condition: Condition) -> Listened:
        """The heard features as tokens and draft, once a window, not once a step."""
        listened: Listened = self.listener(condition.heard)
        return self.kept(listened, condition.keep_audio)

    def kept(self, listened: Listened, keep_audio: Tensor) -> Listened:
        """What was heard, but where `keep_audio` (batch,) is 0 what stands for nothing heard."""
        keep = keep_audio[:, None, None]
        tokens = listened.tokens * keep + self.no_audio * (1.0 - keep)
        return Listened(tokens, listened.draft * keep[..., None])

    def forward(self, noisy: Tensor, times: Tensor, condition: Condition, listened: Listened | None = None) -> Tensor:
        if listened is None:
            listened = self.listen(condition)
        heard, draft = listened.tokens, _tokens(listened.draft)
        known = [_tokens(condition.known), condition.is_known[..., None]]
        x = self.read(torch.cat([_tokens(noisy), draft, *known], dim=-1))
        if self.config.architecture == "concat":
            x = x + heard
        keep = condition.keep_level[:, None]
        level = self.level((condition.level - 1.0) / 4.0) * keep + self.no_level * (1.0 - keep)
        steering = functional.silu(self.time(times) + level)
        modulation = self.steer(steering)
        for block in self.blocks:
            x, heard = block(x, heard, modulation)
        shift, scale = self.steer_out(steering)[:, None].chunk(2, dim=-1)
        return _latents(draft + self.write(self.norm(x) * (1 + scale) + shift))


def _tokens(latents: Tensor) -> Tensor:
    """(batch, 4, 12, columns) -> (batch, columns, 48)."""
    return latents.flatten(1, 2).transpose(1, 2)


def _latents(tokens: Tensor) -> Tensor:
    """(batch, columns, 48) -> (batch, 4, 12, columns)."""
    batch, columns, _width = tokens.shape
    return tokens.transpose(1, 2).reshape(batch, CHANNELS, ROWS, columns)
