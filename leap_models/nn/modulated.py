"""Transformer blocks that a vector steers: adaLN-zero, as in diffusion transformers. Source: Peebles & Xie 2023."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from leap_models.nn.attention import FeedForward, SelfAttention


class Modulated(nn.Module):
    """A block but for how its tokens look at each other: a part that mixes them, and a feed-forward part.

    Both are shifted, scaled and gated. With a modulation of zeros, as at the beginning, it is the identity.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(width, elementwise_affine=False)
        self.norm_feed = nn.LayerNorm(width, elementwise_affine=False)
        self.table = nn.Parameter(torch.zeros(6 * width))
        self.feed = FeedForward(width, hidden)

    def steered(self, x: Tensor, steering: Tensor, mix: Callable[[Tensor], Tensor]) -> Tensor:
        """(batch, tokens, width), (batch, 6 x width), and what mixes tokens -> (batch, tokens, width)."""
        shift, scale, gate, shift_feed, scale_feed, gate_feed = (steering + self.table)[:, None].chunk(6, dim=-1)
        x = x + gate * mix(self.norm_attention(x) * (1 + scale) + shift)
        fed: Tensor = x + gate_feed * self.feed(self.norm_feed(x) * (1 + scale_feed) + shift_feed)
        return fed


class ModulatedBlock(Modulated):
    """With self-attention. (batch, tokens, width) -> the same."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__(width, hidden)
        self.attention = SelfAttention(width, heads)

    def forward(self, x: Tensor, steering: Tensor) -> Tensor:
        """(batch, tokens, width), (batch, 6 x width) -> (batch, tokens, width)."""
        return self.steered(x, steering, self.attention)
