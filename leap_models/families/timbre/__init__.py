"""Timbre: the notes of a clip, played with the sound of a reference recording of another piano."""

from pathlib import Path

from leap_models.interface import Model, ModelInfo, Param
from leap_models.music.grid import Grid

# Windows are the same sound where they overlap, so a short crossfade is enough.
GRID = Grid(sample_rate=24_000, frame_rate=250, frames=1250, hop=1200)
LOWEST, HIGHEST = 21, 108  # MIDI numbers of a piano's keys
TAIL_S = 2.0  # of strings and room
PARAMS = (
    Param("loudness", 0.0, low=-60.0, high=24.0, unit="dB", help="of the whole"),
    Param("dynamics", 1.0, low=0.0, high=2.0, help="how far soft and loud notes differ; 1 is as the clip says"),
    Param("room", 1.0, low=0.0, high=4.0, help="how much of the room is heard; 1 is as in the reference, 0 is dry"),
    Param("ear", "left", choices=("left", "right"), help="where the room is heard; both ears together are stereo"),
    Param("release", 1.0, low=0.25, high=4.0, help="how long notes sound on when they are let go; 1 is as learned"),
    Param("brightness", 0.0, low=-6.0, high=6.0, unit="dB/octave", help="tilts the sound around 1 kHz"),
    Param("tuning", 0.0, low=-100.0, high=100.0, unit="cents", help="of all strings; 0 is A4 = 440 Hz"),
)


def describe() -> ModelInfo:
    """What it is, without loading it."""
    return ModelInfo(
        name="timbre", family="timbre", takes=frozenset({"audio", "notes"}), gives="audio", grid=GRID, tracks=1,
        params=PARAMS, licence="MIT", trained_on="OpenScore Lieder (CC0) and POP909 (MIT), played by many pianos",
        summary="a clip's notes with the sound of another piano's recording", lowest=LOWEST, highest=HIGHEST,
        tail_s=TAIL_S,
    )  # fmt: skip


def load(folder: Path, device: str) -> Model:
    """Load it from a checkpoint folder.

    Raises:
        DamagedWeights: something is missing, or not what model.json says.
    """
    from leap_models.families.timbre.model import Timbre

    return Timbre.load(folder, device)
