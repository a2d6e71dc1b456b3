"""Models by name: which there are, what they say of themselves, and how to load one.

One row in `FAMILIES` makes a model known everywhere: to the command line, to hosts and to the tests. A family's
package has `describe() -> ModelInfo`, which must not import torch, and `load(folder, device) -> Model`.
"""

import logging
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np

from leap_models import paths
from leap_models.errors import BadParameter, DamagedWeights, InternalError, OutOfMemory, UnknownModel
from leap_models.interface import Model, ModelInfo, Tick, Values, Window
from leap_models.music.roll import Roll

log = logging.getLogger(__name__)
LOUDEST = 100.0  # of a model's audio, 40 dB over full scale: what is louder is no music but a bug

FAMILIES: dict[str, str] = {
    "leap": "leap_models.families.leap",
    "score_sde": "leap_models.families.score_sde",
    "musegan": "leap_models.families.musegan",
    "lstm": "leap_models.families.continuation.lstm",
    "chorale": "leap_models.families.continuation.chorale",
    "lstm_vae": "leap_models.families.continuation.lstm_vae",
    "conv_vae": "leap_models.families.continuation.conv_vae",
    "melody_nn": "leap_models.families.continuation.melody_nn",
    "timbre": "leap_models.families.timbre",
}


def available() -> tuple[str, ...]:
    """The names of all models, sorted."""
    return tuple(sorted(FAMILIES))


def describe(name: str) -> ModelInfo:
    """What a model is, in milliseconds: nothing heavy is imported.

    Raises:
        UnknownModel: no model is called so.
    """
    info: ModelInfo = _family(name).describe()
    return info


def load(name: str, device: str = "auto", weights: Path | None = None) -> Model:
    """Load a model, ready to fill windows in.

    Args:
        device: "auto" (a GPU if there is one), "cpu", "cuda", "cuda:1", "mps".
        weights: a checkpoint folder; None takes the one that ships.

    Raises:
        UnknownModel: no model is called so.
        BadParameter: there is no such device here.
        DamagedWeights: the folder is missing, incomplete, or not what its model.json says.
    """
    family = _family(name)
    folder = weights if weights is not None else paths.weights_folder(name)
    if not folder.is_dir():
        raise DamagedWeights(f"no weights of {name} in {folder}: expected a folder with model.json and weights")
    model: Model = family.load(folder, find_device(device))
    log.info("loaded %s from %s", name, folder)
    return Guarded(model)


def find_device(wanted: str) -> str:
    """The device to use: `wanted`, or for "auto" the best there is.

    Raises:
        BadParameter: there is no such device here.
    """
    import torch

    present = ["cpu"]
    if torch.cuda.is_available():
        present += ["cuda", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        present.append("mps")
    if wanted == "auto":
        return next((name for name in ("cuda", "mps") if name in present), "cpu")
    if wanted not in present:
        raise BadParameter(f"device must be one of auto, {', '.join(present)}, got {wanted}")
    return wanted


def _family(name: str) -> ModuleType:
    if name not in FAMILIES:
        raise UnknownModel(f"model must be one of {', '.join(available())}, got {name}")
    return import_module(FAMILIES[name])


class Guarded:
    """Any model, held to what its `ModelInfo` says; see `leap_models.interface.Model`."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def info(self) -> ModelInfo:
        """The model's own."""
        return self._model.info

    def ticks(self, params: Values) -> int:
        """The model's own."""
        return self._model.ticks(params)

    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        """The model's own, checked on both sides.

        Raises:
            OutOfMemory: the device's memory was not enough.
            InternalError: the model was given, or gave back, something of a wrong shape or range.
        """
        self._check_given(window)
        try:
            result = self._model.run_window(window, previous, params, rng, tick)
        except (MemoryError, RuntimeError) as error:
            if not _is_out_of_memory(error):
                raise
            raise OutOfMemory(f"not enough memory to run {self.info.name}: {_first_line(error)}") from error
        self._check_result(window, result)
        return result

    def _check_given(self, window: Window) -> None:
        expected = (self.info.grid.samples,)
        if self.info.has_reference:
            if window.reference is None or window.reference.ndim != 1 or not len(window.reference):
                raise InternalError(f"{self.info.name} takes a reference, got none")
        elif "audio" in self.info.takes and (window.audio is None or window.audio.shape != expected):
            shape = None if window.audio is None else window.audio.shape
            raise InternalError(f"{self.info.name} takes audio of shape {expected}, got {shape}")
        if "notes" in self.info.takes and window.roll is None:
            raise InternalError(f"{self.info.name} takes a roll, got none")

    def _check_result(self, window: Window, result: Window) -> None:
        name, index = self.info.name, window.index
        if (result.index, result.start_s) != (window.index, window.start_s):
            raise InternalError(f"{name} gave back window {result.index} for window {index}")
        if self.info.gives == "audio":
            _check_plane(name, index, "audio", result.audio, (self.info.grid.samples,), -LOUDEST, LOUDEST)
            return
        if not isinstance(result.roll, Roll):
            raise InternalError(f"{name} gave no roll in window {index}")
        shape = (self.info.tracks, 128, self.info.grid.frames)
        for plane in ("sounding", "onset", "velocity"):
            _check_plane(name, index, plane, getattr(result.roll, plane), shape, 0.0)


def _check_plane(
    name: str, index: int, plane: str, values: np.ndarray | None, shape: tuple[int, ...], low: float,
    high: float = 1.0,
) -> None:
    where = f"{name} gave, in window {index}, {plane}"
    if values is None or values.shape != shape:
        raise InternalError(f"{where} of shape {None if values is None else values.shape} instead of {shape}")
    if values.dtype != np.float32:
        raise InternalError(f"{where} as {values.dtype} instead of float32")
    least, most = float(values.min()), float(values.max())
    if not (low <= least and most <= high):  # also false for NaN
        raise InternalError(f"{where} from {least:g} to {most:g} instead of {low:g} to {high:g}")


def _is_out_of_memory(error: Exception) -> bool:
    # torch.OutOfMemoryError by name, so that torch need not be imported; the CPU's allocator raises RuntimeError.
    known = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return known or "out of memory" in str(error) or "can't allocate memory" in str(error)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
