"""Melodies in Bach's manner, from nothing or from where yours ends."""

from pathlib import Path

from leap_models.families.continuation import melody_info
from leap_models.interface import Model, ModelInfo

VOICES = 1


def describe() -> ModelInfo:
    """What it is, without loading it."""
    return melody_info("lstm", "a melody that goes on, one note at a time")


def load(folder: Path, device: str) -> Model:
    """Load it from a checkpoint folder.

    Raises:
        DamagedWeights: something is missing, or not what model.json says.
    """
    from leap_models.families.continuation import writing

    return writing.load(describe(), folder, device, VOICES)
