"""What rebuilds a network of this family, and the two presets."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import Tensor, nn

from leap_models.diffusion import schedule
from leap_models.diffusion.denoiser import Denoise
from leap_models.diffusion.guidance import guided
from leap_models.diffusion.schedule import Schedule, VarianceExploding
from leap_models.families.score_sde.network import PassageNet, Sizes, Wishes
from leap_models.families.score_sde.passage import Reading, Shape
from leap_models.families.score_sde.scorenet import ScoreNet

ANY_WISH = (-1.0, -1.0)  # density and register as they come


@dataclass(frozen=True)
class ScoreSdeConfig:
    """What rebuilds a network, and what its training found out.

    Args:
        network: `passage` is told wishes and what is known; `scorenet` sees 28 x 28 cells of one channel alone.
        sde: the schedule; `base` is `ve` with the noise of that base, as in the original.
        one_key: all music is moved to C major or A minor before the network sees it, and back afterwards.
        usual: what the network is told of density and register so that music from nothing, for which neither is wished,
            has those of training passages: of each one in turn, by chance. With () it has whatever the network makes.
        reading: of notes from what it says; found on validation data.
    """

    network: Literal["passage", "scorenet"] = "passage"
    shape: Shape = Shape()
    sde: Literal["ve", "vp", "subvp", "cosine", "flow", "base"] = "vp"
    base: float = 25.0
    sizes: Sizes = Sizes()
    one_key: bool = True
    usual: tuple[tuple[float, float], ...] = ()
    reading: Reading = Reading()

    @property
    def levels(self) -> Schedule:
        """The schedule."""
        return VarianceExploding.of_base(self.base) if self.sde == "base" else schedule.make(self.sde)


    def draw_usual(self, rng: np.random.Generator) -> tuple[float, float]:
        """Density and register to tell the network; negative for any."""
        return self.usual[int(rng.integers(len(self.usual)))] if self.usual else ANY_WISH


MUSIC = ScoreSdeConfig()
CLASSIC = ScoreSdeConfig(
    network="scorenet", shape=Shape(56, 28, 28, 1), sde="base", one_key=False, reading=Reading(0.25)
)


def build(config: ScoreSdeConfig) -> nn.Module:
    """The network, untrained."""
    if config.network == "scorenet":
        return ScoreNet(config.levels)
    return PassageNet(config.sizes, config.shape, config.levels)


def denoiser(network: nn.Module, wishes: Wishes, guidance: float = 1.0) -> Denoise:
    """What the network expects, given the wishes.

    Args:
        guidance: how strictly it keeps to key, density and register; 1 is as trained, and asks the network once a step.
    """

    def expect(x_t: Tensor, t: Tensor) -> Tensor:
        if isinstance(network, ScoreNet):
            said: Tensor = network(x_t, t)
            return said
        full: Tensor = network(x_t, t, wishes)
        if guidance == 1.0:
            return full
        return guided(full, [(network(x_t, t, wishes.without()), guidance)])

    return expect
