"""What says the next symbol without learning much: how often each comes, the bar before, and Kneser-Ney n-grams.

*Sources.* Kneser & Ney 1995, interpolated as by Chen & Goodman 1999: counts of the longest context, of shorter ones the
number of different symbols before, each less a discount whose share goes to the shorter context.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from leap_models.families.continuation.symbols import END, VOCABULARY

Stream = npt.NDArray[np.int64]  # (symbols,)
Floats = npt.NDArray[np.float64]


class Unigram:
    """How often each symbol comes; one more than was counted, so that nothing is impossible."""

    def __init__(self, train: Sequence[Stream]) -> None:
        counts = np.bincount(np.concatenate(train), minlength=VOCABULARY) + 1.0
        self.chances: Floats = counts / counts.sum()

    def nats(self, stream: Stream) -> Floats:
        """What each symbol of a stream costs."""
        return np.asarray(-np.log(self.chances[stream]))


class LastBar:
    """The symbol a bar ago, as often as it was right in training; else as `Unigram`."""

    def __init__(self, train: Sequence[Stream], bars: Sequence[int]) -> None:
        self.unigram = Unigram(train)
        right = [each[bar:] == each[:-bar] for each, bar in zip(train, bars, strict=True) if len(each) > bar]
        self.share = min(0.99, float(np.mean(np.concatenate(right)))) if right else 0.0

    def nats(self, stream: Stream, bar: int) -> Floats:
        """What each symbol of a stream costs, whose bars have so many symbols."""
        chances = self.unigram.chances[stream]
        again = np.zeros(len(stream))
        again[bar:] = stream[bar:] == stream[:-bar]
        mixed = np.where(np.arange(len(stream)) < bar, chances, self.share * again + (1.0 - self.share) * chances)
        return np.asarray(-np.log(mixed))


class KneserNey:
    """N-grams.

    Args:
        order: symbols of an n-gram: 2 is a Markov chain.
        discount: of each count, 0..1.
    """

    def __init__(self, train: Sequence[Stream], order: int = 5, discount: float = 0.75) -> None:
        self.order, self.discount = order, discount
        highest: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for stream in train:
            padded = [END] * (order - 1) + stream.tolist()
            for at in range(order - 1, len(padded)):
                highest[tuple(padded[at - order + 1 : at])][padded[at]] += 1
        self.tables = [highest]  # from the longest context to the empty one
        for _ in range(order - 1):
            shorter: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
            for context, counts in self.tables[-1].items():
                for symbol in counts:
                    shorter[context[1:]][symbol] += 1
            self.tables.append(shorter)
        self.totals = [{context: sum(counts.values()) for context, counts in table.items()} for table in self.tables]

    def chance(self, context: Sequence[int], symbol: int) -> float:
        """The probability of a symbol after the last symbols, as many as are known."""
        found = 1.0 / VOCABULARY
        for length in range(self.order):
            table, totals = self.tables[-1 - length], self.totals[-1 - length]
            key = tuple(context[len(context) - length :])
            counts = table.get(key)
            if counts is None:
                break  # a longer context was not seen either
            total = totals[key]
            left = self.discount * len(counts) / total
            found = max(0.0, counts[symbol] - self.discount) / total + left * found
        return found

    def nats(self, stream: Stream) -> Floats:
        """What each symbol of a stream costs."""
        padded = [END] * (self.order - 1) + stream.tolist()
        places = range(self.order - 1, len(padded))
        return -np.log([self.chance(padded[at - self.order + 1 : at], padded[at]) for at in places])
