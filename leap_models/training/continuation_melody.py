"""What the melody models of `continuation` learn, from Bach's chorales in every key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.continuation.lstm_net import PADDING, LstmConfig, MelodyLstm, Stream, padded, stream_of
from leap_models.families.continuation.symbols import END, HOLD, STEPS_PER_BEAT, Symbols, transposed
from leap_models.music.keys import MOVES
from leap_models.training.bach import Chorale

_INPUTS = ("before", "sounding", "place", "voice")


@dataclass(frozen=True)
class SymbolTraining:
    """How streams are learned.

    Args:
        steps: of an example.
        held_out: chorales that are looked at while it learns; the others wait for `evaluate`.
    """

    steps: int = 128
    held_out: int = 8


@dataclass(frozen=True, eq=False)
class Sung:
    """A whole stream as the network sees it, (5, places): four inputs and the symbol that is there."""

    rows: np.ndarray
    voices: int

    def cut(self, start: int, steps: int, semitones: int) -> np.ndarray:
        """(6, steps * voices) of it, in another key; the last row is 1 where a symbol counts."""
        begin, length = start * self.voices, steps * self.voices
        rows = self.rows[:, begin : begin + length].copy()
        for row in (0, 1, 4):
            rows[row] = transposed(rows[row], semitones)
        counts = np.arange(begin, begin + rows.shape[1]) >= PADDING * self.voices
        missing = length - rows.shape[1]
        return np.pad(np.concatenate([rows, counts[None]]), ((0, 0), (0, missing)))


def sequence(symbols: Symbols, first: int, beats_per_bar: int) -> Sung:
    """A melody (steps, voices) with its beginning and its end; its step 0 is step `first`."""
    whole = padded(symbols)
    bar = beats_per_bar * STEPS_PER_BEAT
    stream = stream_of(whole, (first - PADDING) % bar, beats_per_bar)
    inputs = [getattr(stream, name)[0].numpy() for name in _INPUTS]
    return Sung(np.stack([*inputs, whole.reshape(-1)]), symbols.shape[1])


def sequences(chorales: Iterable[Chorale], voices: int) -> list[Sung]:
    """Every voice of every chorale, or all four of each as one."""
    found = []
    for chorale in chorales:
        parts = [chorale.symbols] if voices > 1 else [chorale.symbols[:, [voice]] for voice in range(4)]
        found += [sequence(part, chorale.first, chorale.beats_per_bar) for part in parts]
    return found


class SymbolTask:
    """`lstm` and `chorale`: the next symbol; see `loop.Task`."""

    def __init__(
        self, config: LstmConfig, training: SymbolTraining, train: Sequence[Chorale], held_out: Sequence[Chorale]
    ) -> None:
        self.network: nn.Module = MelodyLstm(config)
        self.training, self.one_key = training, config.one_key
        self.train = sequences(train, config.voices)
        self.held_out = sequences(held_out[: training.held_out], config.voices)

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """Stretches of streams, each in a key that chance decides, unless the network knows one alone."""
        rows, steps = [], self.training.steps
        moves = [0] if self.one_key else list(MOVES)
        for _ in range(size):
            whole = self.train[int(rng.integers(len(self.train)))]
            start = int(rng.integers(max(1, whole.rows.shape[1] // whole.voices - steps + 1)))
            rows.append(whole.cut(start, steps, int(rng.choice(moves))))
        found = torch.from_numpy(np.stack(rows, axis=1).astype(np.int64))
        return dict(zip((*_INPUTS, "symbol", "counts"), found, strict=True))

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:  # noqa: ARG002
        """Nats a symbol."""
        logits = network(Stream(*(batch[name] for name in _INPUTS)))
        nats = functional.cross_entropy(logits.transpose(1, 2), batch["symbol"], reduction="none")
        return {"loss": (nats * batch["counts"]).sum() / batch["counts"].sum().clamp(min=1)}

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Nats a symbol on music never trained on, with and without holds."""
        assert isinstance(network, MelodyLstm)
        return nats_of(network, self.held_out).figures


@dataclass(frozen=True, eq=False)
class Nats:
    """What a model pays for symbols.

    Args:
        nats, symbols: of each symbol.
    """

    nats: np.ndarray
    symbols: np.ndarray

    @property
    def figures(self) -> dict[str, float]:
        """Means: of all, and of those that are no holds."""
        struck = self.symbols != HOLD
        return {"nats": float(self.nats.mean()), "nats_struck": float(self.nats[struck].mean())}


@torch.no_grad()
def nats_of(network: MelodyLstm, held_out: Sequence[Sung]) -> Nats:
    """Every stream from its beginning to its end; the end counts too."""
    device = next(network.parameters()).device
    nats, symbols = [], []
    for whole in held_out:
        rows = torch.from_numpy(whole.rows.astype(np.int64)).to(device)
        logits = network(Stream(*rows[:4, None]))[0]
        each = functional.cross_entropy(logits, rows[4], reduction="none").cpu().numpy()
        # Of the end only the first voice's counts: the others' are known from it.
        last = len(each) - whole.voices + 1
        nats.append(each[PADDING * whole.voices : last])
        symbols.append(whole.rows[4, PADDING * whole.voices : last])
    assert all(row[-1] == END for row in symbols)
    return Nats(np.concatenate(nats).astype(np.float64), np.concatenate(symbols))
