"""Score-based generation: new piano passages, variations and continuations of clips, and missing bars filled in."""

from pathlib import Path

from leap_models.interface import Model, ModelInfo, Param
from leap_models.music.grid import Grid
from leap_models.music.keys import NAMES

# Windows do not overlap: each goes on from the passage that the one before left, so there is nothing to crossfade.
GRID = Grid(sample_rate=200, frame_rate=200, frames=1024, hop=1024)
SAMPLERS = ("multistep", "heun", "euler", "ode", "euler_maruyama", "ancestral", "predictor_corrector")
ANY = "any"
TEMPERATURE = 0.85  # of the noise that music begins as: 1 is as trained; found on validation passages
PARAMS = (
    Param("bars", 8, low=1, high=512, unit="bars", help="how long music from nothing is"),
    Param("bpm", 100.0, low=30.0, high=300.0, unit="beats/min", help="tempo of music from nothing"),
    Param("beats_per_bar", 4, low=2, high=7, help="quarters in a bar of music from nothing"),
    Param("key", ANY, choices=(ANY, *NAMES), help="key of what is made; m is minor"),
    Param("density", 0.0, low=0.0, high=12.0, unit="notes/beat", help="how many notes; 0 as it comes"),
    Param("register", 0.0, low=0.0, high=108.0, help="mean MIDI pitch; 0 as it comes"),
    Param("more", 0, low=0, high=512, unit="bars", help="how many bars are added behind a clip, which stays"),
    Param("variation", 0.5, low=0.05, high=1.0, help="how far a clip without fill and more is changed"),
    Param("fill", "", help="bars of a clip that are made anew, first:last, counted from 1; the rest stays"),
    Param("temperature", TEMPERATURE, low=0.5, high=1.2, help="how daring what is made is: less is plainer"),
    Param("fill_low", 0, low=0, high=127, help="lowest MIDI pitch that fill and more make anew"),
    Param("fill_high", 127, low=0, high=127, help="highest MIDI pitch that fill and more make anew"),
    Param("sampler", "multistep", choices=SAMPLERS, help="how noise becomes music"),
    Param("steps", 24, low=2, high=2000, unit="steps", help="of the sampler: more are slower and sometimes better"),
    Param("guidance", 1.5, low=0.0, high=10.0, help="how strictly key, density and register are kept; 1 is as trained"),
)


def describe() -> ModelInfo:
    """What it is, without loading it."""
    return ModelInfo(
        name="score_sde", family="score_sde", takes=frozenset({"notes"}), gives="roll", grid=GRID, tracks=1,
        params=PARAMS, licence="MIT", trained_on="POP909 (MIT) and accompaniments of OpenScore Lieder (CC0)",
        summary="piano passages from nothing, variations of a clip, and missing bars filled in", alone=True,
    )  # fmt: skip


def load(folder: Path, device: str) -> Model:
    """Load it from a checkpoint folder.

    Raises:
        DamagedWeights: something is missing, or not what model.json says.
    """
    from leap_models.families.score_sde.model import ScoreSde

    return ScoreSde.load(folder, device)
