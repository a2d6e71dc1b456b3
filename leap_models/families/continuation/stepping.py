"""The network of `lstm` and `chorale`, one symbol at a time, in NumPy: several times faster than PyTorch's calls."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leap_models.families.continuation.lstm_net import Hidden, MelodyLstm

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Remembered:
    """(layers, width) what each layer says, and its cells."""

    said: Floats
    cells: Floats


class Stepper:
    """Of a network as it is now; dropout is off."""

    def __init__(self, network: MelodyLstm) -> None:
        state = {name: value.detach().float().cpu().numpy() for name, value in network.state_dict().items()}
        self._tables = [state[f"{name}.weight"] for name in ("before", "sounding", "place", "voice")]
        self._layers = []
        for layer in range(network.config.layers):
            parts = [state[f"lstm.{name}_l{layer}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            self._layers.append((np.concatenate(parts[:2], axis=1), parts[2] + parts[3]))
        self._weight, self._bias = state["out.weight"], state["out.bias"]

    def step(self, seen: tuple[int, int, int, int], memory: Remembered) -> tuple[Floats, Remembered]:
        """(VOCABULARY,) logits, and what is remembered, after one more place.

        Args:
            seen: the symbol before, what the voice sounds, the place, the voice's number.
        """
        x = np.concatenate([table[number] for table, number in zip(self._tables, seen, strict=True)])
        said, cells = np.empty_like(memory.said), np.empty_like(memory.cells)
        for layer, (weight, bias) in enumerate(self._layers):
            gates = weight @ np.concatenate([x, memory.said[layer]]) + bias
            take, keep, new, show = np.split(gates, 4)
            cells[layer] = _sigmoid(keep) * memory.cells[layer] + _sigmoid(take) * np.tanh(new)
            x = said[layer] = _sigmoid(show) * np.tanh(cells[layer])
        return self._weight @ x + self._bias, Remembered(said, cells)


def remembered(hidden: Hidden) -> Remembered:
    """What PyTorch's LSTM remembers of one sequence."""
    said, cells = (each[:, 0].detach().float().cpu().numpy() for each in hidden)
    return Remembered(said, cells)


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x))
