"""Loaded models: kept for the next job, within a memory budget, until nobody has needed them for a while."""

import logging
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from leap_models import paths, registry
from leap_models.errors import OutOfMemory
from leap_models.interface import Model

log = logging.getLogger(__name__)
MB = 2**20


@dataclass
class _Loaded:
    model: Model
    size_mb: float
    used_s: float  # when it was given back last
    lent: int = 0


class Warm:
    """Models by name, loaded when they are first needed.

    Args:
        budget_mb: for the weights of all together.
        idle_s: after so long without use a model may go; 0 is never.
        load: as `registry.load`.
        clock: seconds.
    """

    def __init__(
        self,
        budget_mb: float = 4096,
        idle_s: float = 900.0,
        device: str = "auto",
        load: Callable[[str, str], Model] = registry.load,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget_mb, self._idle_s, self._device = budget_mb, idle_s, device
        self._load, self._clock = load, clock
        self._loaded: OrderedDict[str, _Loaded] = OrderedDict()  # the least recently used first
        self._lock = threading.RLock()

    @contextmanager
    def lend(self, name: str) -> Iterator[Model]:
        """A model, for as long as the block lasts.

        Raises:
            UnknownModel, BadParameter, DamagedWeights: it cannot be loaded.
            OutOfMemory: its weights are larger than the budget, or than what is left of it beside models in use.
        """
        with self._lock:
            loaded = self._get(name)
            loaded.lent += 1
        try:
            yield loaded.model
        finally:
            with self._lock:
                loaded.lent -= 1
                loaded.used_s = self._clock()

    def names(self) -> tuple[str, ...]:
        """Those that are loaded, the least recently used first."""
        return tuple(self._loaded)

    def size_mb(self) -> float:
        """The weights of all that are loaded."""
        return sum(loaded.size_mb for loaded in tuple(self._loaded.values()))

    def unload_idle(self) -> None:
        """Let models go that nobody has needed for a while."""
        if self._idle_s and self._lock.acquire(blocking=False):  # whoever is loading one now needs no unloading
            try:
                now_s = self._clock()
                for name in self._free():
                    if now_s - self._loaded[name].used_s >= self._idle_s:
                        self._unload(name)
            finally:
                self._lock.release()

    def unload_all(self) -> None:
        """Let every model go that is not in use."""
        with self._lock:
            for name in self._free():
                self._unload(name)

    def _get(self, name: str) -> _Loaded:
        if name not in self._loaded:
            size_mb = _size_mb(name)
            self._make_room(name, size_mb)
            began_s = time.perf_counter()
            model = self._load(name, self._device)
            log.info("loaded %s, %.0f MB, in %.1f s", name, size_mb, time.perf_counter() - began_s)
            self._loaded[name] = _Loaded(model, size_mb, self._clock())
        self._loaded.move_to_end(name)
        return self._loaded[name]

    def _make_room(self, name: str, size_mb: float) -> None:
        for old in self._free():
            if self.size_mb() + size_mb > self._budget_mb:
                self._unload(old)
        left_mb = self._budget_mb - self.size_mb()
        if size_mb > left_mb:
            raise OutOfMemory(f"{name} needs {size_mb:.0f} MB, {left_mb:.0f} of {self._budget_mb:g} MB are left")

    def _free(self) -> list[str]:
        return [name for name, loaded in self._loaded.items() if not loaded.lent]

    def _unload(self, name: str) -> None:
        del self._loaded[name]
        log.info("unloaded %s", name)
        if "torch" in sys.modules:
            import torch

            torch.cuda.empty_cache()


def _size_mb(name: str) -> float:
    """What the weights of a model take up: as much as their file."""
    folder = paths.weights_folder(name)
    return sum(path.stat().st_size for path in folder.glob("*.safetensors")) / MB if folder.is_dir() else 0.0
