"""A band of five: new music for drums, piano, guitar, bass and strings, or for those who play along with a part."""

from pathlib import Path

from leap_models.interface import Model, ModelInfo, Param
from leap_models.music.grid import Grid
from leap_models.music.keys import NAMES as KEYS
from leap_models.music.players import INSTRUMENTS, NAMES

# Windows do not overlap: each goes on from the phrases that the one before left, so there is nothing to crossfade. They
# are long, since no note may be longer.
GRID = Grid(sample_rate=100, frame_rate=100, frames=2048, hop=2048)
STEPS_PER_BEAT = 12  # of phrases
ANY = "any"
NO_SEED = -1
PARAMS = (
    Param("bars", 8, low=1, high=512, unit="bars", help="how long music from nothing is"),
    Param("bpm", 100.0, low=30.0, high=300.0, unit="beats/min", help="tempo of music from nothing"),
    Param("key", ANY, choices=(ANY, *KEYS), help="key of music from nothing; m is minor"),
    Param("track", "piano", choices=NAMES, help="which player of a clip is accompanied; he plays what he played"),
    Param("density", 1.0, low=0.25, high=4.0, help="how many notes; 1 as in the music that was learned from"),
    Param("cells", "best", choices=("best", "hard", "bernoulli", "refined"),
          help="how what the network says becomes notes"),
    Param("change", 0.5, low=0.0, high=1.0, help="how far each phrase goes from the one before"),
    Param("candidates", 4, low=1, high=32, help="phrases made for each that is kept: the one that goes on best"),
    Param("towards", NO_SEED, low=NO_SEED, high=2**31 - 1, help="seed of a take that this one goes towards; -1 none"),
    Param("position", 0.0, low=0.0, high=1.0, help="how far towards it"),
    Param("mode", "slerp", choices=("slerp", "lerp"), help="round, at the usual distance from the middle, or straight"),
)


def describe() -> ModelInfo:
    """What it is, without loading it."""
    return ModelInfo(
        name="musegan", family="musegan", takes=frozenset({"notes"}), gives="roll", grid=GRID, tracks=len(INSTRUMENTS),
        params=PARAMS, licence="MIT",
        trained_on="Freedoom's music (BSD), and POP909 (MIT) played by MMA's styles and Groove's drummers (CC BY 4.0)",
        summary="a band of five from nothing, on the way between two takes, or around a part that you have",
        alone=True, instruments=INSTRUMENTS, steps_per_beat=STEPS_PER_BEAT,
    )  # fmt: skip


def load(folder: Path, device: str) -> Model:
    """Load it from a checkpoint folder.

    Raises:
        DamagedWeights: something is missing, or not what model.json says.
    """
    from leap_models.families.musegan.model import MuseGan

    return MuseGan.load(folder, device)
