"""Transformer blocks that a vector steers: adaLN-zero, as in diffusion transformers. Source: Peebles & Xie 2023."""

import torch
from torch import Tensor, nn

from leap_models.nn.attention import FeedForward, SelfAttention


class ModulatedBlock(nn.Module):
    """Self-attention and a feed-forward part, both shifted, scaled and gated. (batch, tokens, width) -> the same.

    With a modulation of zeros, as at the beginning, it is the identity.
    """

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(width, elementwise_affine=False)
        self.norm_feed = nn.LayerNorm(width, elementwise_affine=False)
        self.attention, self.feed = SelfAttention(width, heads), FeedForward(width, hidden)
        self.table = nn.Parameter(torch.zeros(6 * width))

    def forward(self, x: Tensor, steering: Tensor) -> Tensor:
        """(batch, tokens, width), (batch, 6 x width) -> (batch, tokens, width)."""
        shift, scale, gate, shift_feed, scale_feed, gate_feed = (steering + self.table)[:, None].chunk(6, dim=-1)
        x = x + gate * self.attention(self.norm_attention(x) * (1 + scale) + shift)
        fed: Tensor = x + gate_feed * self.feed(self.norm_feed(x) * (1 + scale_feed) + shift_feed)
        return fed
