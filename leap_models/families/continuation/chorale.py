"""Chorales of four voices in Bach's manner, from nothing or from where yours ends."""

from pathlib import Path

from leap_models.families.continuation import melody_info
from leap_models.interface import Model, ModelInfo

VOICES = 4


def describe() -> ModelInfo:
    """What it is, without loading it."""
    return melody_info("chorale", "a chorale of four voices that goes on")


def load(folder: Path, device: str) -> Model:
    """Load it from a checkpoint folder.

    Raises:
        DamagedWeights: something is missing, or not what model.json says.
    """
    from leap_models.families.continuation import writing

    return writing.load(describe(), folder, device, VOICES)
