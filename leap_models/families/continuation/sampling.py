"""One of many symbols, by chance: temperature, then the likeliest few, then the likeliest that make up a share."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """How a symbol is chosen.

    Args:
        temperature: more than 0; towards 0 the likeliest is always taken.
        top_k: 0 is all.
        top_p: the likeliest that together have this probability; 1 is all.

    Raises:
        BadParameter: one of them is out of range.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if not self.temperature > 0.0:
            raise BadParameter(f"temperature must be more than 0, got {self.temperature:g}")
        if self.top_k < 0:
            raise BadParameter(f"top_k must be at least 0, got {self.top_k}")
        if not 0.0 < self.top_p <= 1.0:
            raise BadParameter(f"top_p must be more than 0 and at most 1, got {self.top_p:g}")

    def probabilities(self, logits: Floats) -> Floats:
        """(symbols,) of logits; what may not come has -inf, and 0 here."""
        scaled = (logits - logits.max()) / self.temperature
        found: Floats = np.exp(scaled)
        found /= found.sum()
        order = np.argsort(-found, kind="stable")
        kept = np.ones(len(order), dtype=bool)
        if self.top_k:
            kept[self.top_k :] = False
        before = np.cumsum(found[order]) - found[order]
        kept &= before < self.top_p  # the likeliest always stays
        found[order[~kept]] = 0.0
        return np.asarray(found / found.sum())

    def draw(self, logits: Floats, rng: np.random.Generator) -> int:
        """The number of one symbol."""
        edges = np.cumsum(self.probabilities(logits))
        return int(min(np.searchsorted(edges, rng.random() * edges[-1], side="right"), len(logits) - 1))
