"""The network of `lstm` and `chorale`: what comes next, after all symbols before.

A stream of several voices is one sequence: on each step first the highest voice, then the next. The network is told
where in bar and beat it is, whose turn it is, and what that voice sounds.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from leap_models.errors import BadParameter
from leap_models.families.continuation.symbols import END, PLACES, VOCABULARY, Symbols, places, sounding

PADDING = 64  # steps of END before a melody begins
MOST_VOICES = 8

Hidden = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class LstmConfig:
    """Sizes.

    Args:
        voices: of a stream; 1 is a melody.
        embedding: numbers for a symbol.
        one_key: all music is moved to C major or A minor before the network hears it, and back afterwards.

    Raises:
        BadParameter: too many or too few voices.
    """

    voices: int = 1
    embedding: int = 48
    width: int = 192
    layers: int = 2
    dropout: float = 0.3
    one_key: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.voices <= MOST_VOICES:
            raise BadParameter(f"voices must be from 1 to {MOST_VOICES}, got {self.voices}")


@dataclass(frozen=True, eq=False)
class Stream:
    """What the network sees: for every place of a sequence, (batch, length) each.

    Args:
        before: the symbol before. sounding: of the voice whose turn it is. place: in bar and beat. voice: its number.
    """

    before: Tensor
    sounding: Tensor
    place: Tensor
    voice: Tensor


class MelodyLstm(nn.Module):
    """Streams (batch, length) -> (batch, length, VOCABULARY) logits of the symbols there."""

    def __init__(self, config: LstmConfig) -> None:
        super().__init__()
        self.config = config
        width = config.embedding
        self.before, self.sounding = nn.Embedding(VOCABULARY, width), nn.Embedding(VOCABULARY, width)
        self.place, self.voice = nn.Embedding(PLACES, 16), nn.Embedding(MOST_VOICES, 8)
        self.drop = nn.Dropout(config.dropout)
        between = config.dropout if config.layers > 1 else 0.0
        self.lstm = nn.LSTM(2 * width + 24, config.width, config.layers, batch_first=True, dropout=between)
        self.out = nn.Linear(config.width, VOCABULARY)

    def forward(self, stream: Stream) -> Tensor:
        logits, _hidden = self.heard(stream, None)
        return logits

    def heard(self, stream: Stream, hidden: Hidden | None) -> tuple[Tensor, Hidden]:
        """The logits, and what it remembers behind the last."""
        seen = torch.cat(
            [self.before(stream.before), self.sounding(stream.sounding), self.place(stream.place),
             self.voice(stream.voice)], dim=-1,
        )  # fmt: skip
        made, hidden = self.lstm(seen, hidden)
        logits: Tensor = self.out(self.drop(made))
        return logits, hidden


def stream_of(symbols: Symbols, first: int, beats_per_bar: int, before: Symbols | None = None) -> Stream:
    """(1, steps * voices) as the network sees it.

    Args:
        symbols: (steps, voices) whose step 0 is step `first`, which may be negative.
        before: (2, voices) the step before, and what sounded on it; None: END, before the beginning.
    """
    voices = symbols.shape[1]
    if before is None:
        before = np.full((2, voices), END)
    flat = symbols.reshape(-1)
    shifted = np.concatenate([before[0, -1:], flat[:-1]])
    sounds = np.concatenate([before[1:], sounding(symbols)[:-1]]) if len(symbols) else before[:0]
    place = np.repeat(places(first, len(symbols), beats_per_bar), voices)
    voice = np.tile(np.arange(voices), len(symbols))
    return Stream(*(torch.from_numpy(np.asarray(each)).reshape(1, -1) for each in (shifted, sounds, place, voice)))


def batched(streams: list[Stream]) -> Stream:
    """Streams of the same length as one."""
    return Stream(
        torch.cat([each.before for each in streams]), torch.cat([each.sounding for each in streams]),
        torch.cat([each.place for each in streams]), torch.cat([each.voice for each in streams]),
    )  # fmt: skip


def padded(symbols: Symbols) -> Symbols:
    """A melody with its beginning, PADDING steps, and its end."""
    voices = symbols.shape[1]
    return np.concatenate([np.full((PADDING, voices), END), symbols, np.full((1, voices), END)])
