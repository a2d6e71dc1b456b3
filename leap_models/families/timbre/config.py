"""What rebuilds a network of this family."""

from dataclasses import dataclass
from typing import Literal

from leap_models.errors import ConfigError
from leap_models.families.timbre.concat_skips import ConcatSkips
from leap_models.families.timbre.contour import PUBLISHED, Contour, ContourSizes
from leap_models.families.timbre.ddsp import Ddsp, DdspSizes
from leap_models.families.timbre.player import Player
from leap_models.families.timbre.score import RATE
from leap_models.families.timbre.wavenet import Wavenet, WavenetSizes


@dataclass(frozen=True)
class TimbreConfig:
    """What rebuilds a network.

    Args:
        variant: `ddsp` plays partials and can be touched; the others are for comparison.
        hop: samples in a frame of the score.

    Raises:
        ConfigError: the sample rate and the hop do not make 250 frames a second.
    """

    variant: Literal["ddsp", "contour", "concat_skips", "wavenet"] = "ddsp"
    sample_rate: int = 24_000
    hop: int = 96
    ddsp: DdspSizes = DdspSizes()
    contour: ContourSizes = ContourSizes()
    wavenet: WavenetSizes = WavenetSizes()

    def __post_init__(self) -> None:
        if self.hop * RATE != self.sample_rate:
            raise ConfigError(f"sample_rate must be {RATE} x hop, got {self.sample_rate} and {self.hop}")


PERFORMANCE_NET = TimbreConfig(variant="contour", contour=PUBLISHED)


def build(config: TimbreConfig) -> Player:
    """The network, untrained."""
    rate, hop = config.sample_rate, config.hop
    if config.variant == "ddsp":
        return Ddsp(config.ddsp, rate, hop)
    if config.variant == "wavenet":
        return Wavenet(config.wavenet, rate, hop)
    return (Contour if config.variant == "contour" else ConcatSkips)(config.contour, rate, hop)
