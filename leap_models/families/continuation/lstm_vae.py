"""Melodies in a latent space: a clip again, new ones, ways between two, sliders."""

from pathlib import Path

from leap_models.families.continuation import melody_info
from leap_models.interface import Model, ModelInfo


def describe() -> ModelInfo:
    """What it is, without loading it."""
    return melody_info("lstm_vae", "melodies from a latent space: again, new, between two", latent=True)


def load(folder: Path, device: str) -> Model:
    """Load it from a checkpoint folder.

    Raises:
        DamagedWeights: something is missing, or not what model.json says.
    """
    from leap_models.families.continuation import latent_coders

    return latent_coders.load(describe(), folder, device)
