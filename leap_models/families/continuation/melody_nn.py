"""A band of five in which guitar, bass, strings and drums follow the piano, window after window."""

from pathlib import Path

from leap_models.families.continuation import band_info
from leap_models.interface import Model, ModelInfo


def describe() -> ModelInfo:
    """What it is, without loading it."""
    return band_info("melody_nn", "a band of five that follows the piano: from nothing, to your part, or after it")


def load(folder: Path, device: str) -> Model:
    """Load it from a checkpoint folder.

    Raises:
        DamagedWeights: something is missing, or not what model.json says.
    """
    from leap_models.families.continuation.band import Band

    return Band.load(describe(), folder, device)
