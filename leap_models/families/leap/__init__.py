"""LEAP: a song's recording in, a piano arrangement at the difficulty asked for out."""

from pathlib import Path

from leap_models.interface import Model, ModelInfo, Param
from leap_models.music.grid import Grid

# Found on validation songs: what is sampled so follows the song more closely than a plain sample of many steps.
STEPS, GUIDANCE, TEMPERATURE = 2, 2.0, 0.7
GRID = Grid(sample_rate=24_000, frame_rate=100, frames=1024, hop=512)
PARAMS = (
    Param("difficulty", 3.0, low=1.0, high=5.0, help="from 1, first year, to 5, virtuoso; fractions allowed"),
    Param("conditioner", "nmp", choices=("nmp", "mert"), help="what listens, as in the weights' training"),
    Param("mert", "", help="folder of a MERT checkpoint, whose weights are CC BY-NC 4.0; for conditioner mert"),
    Param("melody", 0.9, low=0.0, high=1.0, help="how firmly the tune that was heard is kept on top"),
    Param("harmony", 0.5, low=0.0, high=1.0, help="how firmly what lies beneath the tune keeps to the chords heard"),
    Param("steps", STEPS, low=1, high=200, unit="steps", help="of the sampler: more are slower, and play more freely"),
    Param("guidance", GUIDANCE, low=0.0, high=10.0, help="how strictly it follows the recording; 1 is as trained"),
    Param("level_guidance", 1.0, low=0.0, high=10.0, help="how strictly it keeps to the difficulty; 1 is as trained"),
    Param("temperature", TEMPERATURE, low=0.0, high=1.2, help="how daring the arrangement is: less is plainer"),
)


def describe() -> ModelInfo:
    """What LEAP is, without loading it."""
    return ModelInfo(
        name="leap", family="leap", takes=frozenset({"audio"}), gives="roll", grid=GRID, tracks=1, params=PARAMS,
        licence="MIT", trained_on="POP909 and POP909-CL (MIT), rendered as bands",
        summary="a song's recording as a piano arrangement",
    )


def load(folder: Path, device: str) -> Model:
    """Load LEAP from a checkpoint folder.

    Raises:
        DamagedWeights: something is missing, or not what model.json says.
    """
    from leap_models.families.leap.model import Leap

    return Leap.load(folder, device)
