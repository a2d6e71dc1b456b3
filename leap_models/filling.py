"""Windows through a model, one after the other."""

from collections.abc import Iterator

import numpy as np

from leap_models.intake import Intake
from leap_models.interface import Model, ModelInfo, Request, Values, Window
from leap_models.progress import Clock

SILENT = 1e-4  # -80 dB: a window whose samples are all smaller is silence


def filled(model: Model, source: Intake, request: Request, params: Values, clock: Clock) -> Iterator[Window | None]:
    """What the model made of each window; None for one in which there is nothing."""
    clock.start(source.count * model.ticks(params))
    previous: Window | None = None
    for window in source.windows(clock.check):
        if _is_silent(window, model.info):  # nothing to play, and whatever follows begins afresh
            previous = None
            clock.skip(model.ticks(params))
        else:
            rng = np.random.default_rng([request.seed, window.index])
            previous = model.run_window(window, previous, params, rng, clock.tick)
        yield previous


def _is_silent(window: Window, info: ModelInfo) -> bool:
    if window.audio is not None:
        return float(np.abs(window.audio).max()) < SILENT
    return info.gives == "audio" and "notes" in info.takes and not info.alone and not window.notes
