"""Attention blocks over (batch, tokens, width)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.nn.embed import rotary, rotate


class Projections(nn.Module):
    """Queries, keys and values of one stream, normalised per head.

    (batch, tokens, width) -> 3 x (batch, heads, tokens, width / heads).
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.all = nn.Linear(width, 3 * width)
        self.norm_query = nn.RMSNorm(width // heads)
        self.norm_key = nn.RMSNorm(width // heads)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        batch, tokens, width = x.shape
        query, key, value = (
            part.reshape(batch, tokens, self.heads, width // self.heads).transpose(1, 2)
            for part in self.all(x).chunk(3, dim=-1)
        )
        place = rotary(tokens, width // self.heads, x.device)
        return rotate(self.norm_query(query), *place), rotate(self.norm_key(key), *place), value


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Softmax attention, heads joined again. -> (batch, tokens, width)."""
    heard = functional.scaled_dot_product_attention(query, key, value)
    batch, heads, tokens, width = heard.shape
    return heard.transpose(1, 2).reshape(batch, tokens, heads * width)


class SelfAttention(nn.Module):
    """(batch, tokens, width) -> the same."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.project = Projections(width, heads)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.out(attend(*self.project(x)))
        return mixed


class CrossAttention(nn.Module):
    """Tokens ask another sequence. (batch, tokens, width), (batch, others, width) -> (batch, tokens, width)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.ask, self.tell = Projections(width, heads), Projections(width, heads)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, others: Tensor) -> Tensor:
        query, _key, _value = self.ask(x)
        _query, key, value = self.tell(others)
        mixed: Tensor = self.out(attend(query, key, value))
        return mixed


class JointAttention(nn.Module):
    """Two streams with projections of their own attend to both together. Source: Esser et al. 2024 (MM-DiT)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.first, self.second = Projections(width, heads), Projections(width, heads)
        self.out_first, self.out_second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        both = [torch.cat(pair, dim=2) for pair in zip(self.first(x), self.second(y), strict=True)]
        heard = attend(*both)
        return self.out_first(heard[:, : x.shape[1]]), self.out_second(heard[:, x.shape[1] :])


class FeedForward(nn.Module):
    """Gated linear units. (batch, tokens, width) -> the same. Source: Shazeer 2020."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.rise, self.fall = nn.Linear(width, 2 * hidden), nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        gate, value = self.rise(x).chunk(2, dim=-1)
        mixed: Tensor = self.fall(functional.silu(gate) * value)
        return mixed
