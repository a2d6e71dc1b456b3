"""What rebuilds a band, and the presets by name."""

from dataclasses import dataclass, replace
from typing import Literal

from torch import nn

from leap_models.errors import BadParameter
from leap_models.families.musegan.accents import Accents
from leap_models.families.musegan.discriminator import Discriminator, DiscriminatorSizes
from leap_models.families.musegan.generator import Generator, GeneratorSizes, Latents
from leap_models.families.musegan.refiner import Refiner, RefinerSizes
from leap_models.families.musegan.shape import BandShape, Order, growth

Output = Literal["tanh", "dbn", "sbn"]


@dataclass(frozen=True)
class Streams:
    """What a discriminator is shown besides the cells."""

    chroma: bool = True
    onsets: bool = True


@dataclass(frozen=True)
class Levels:
    """What training found out about a generator's output: how dense it is above which logit.

    Args:
        logits: for each track, those above which it is as many `factors` times as dense as the data.
        factors: rising.
    """

    factors: tuple[float, ...] = ()
    logits: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class MuseGanConfig:
    """What rebuilds the networks, and what their training found out.

    Args:
        output: what the generator ends in: numbers in -1..1, or neurons that are on or off.
        order: in which it grows bars and pitches.
        apart: every track has a part of its own from the beginning.
        given: numbers of the tracks that may be given, which it then accompanies.
        one_key: all music is moved to C major or A minor before the networks see it, and back afterwards.
        refiner: null: none.
        judged: the discriminator is in the weights too, and says which of several phrases is most like music.
        hears: a listener to single parts is in the weights too, for accompanying.
        hold: how far below its track's level a note's logit may fall before it ends.
        least: in how many steps of a phrase each track must sound, or else is silent; empty: in none.
        levels, refined_levels: of the generator's output, and of the refiner's.
    """

    shape: BandShape = BandShape()
    output: Output = "tanh"
    order: Order = "musical"
    apart: bool = False
    given: tuple[int, ...] = ()
    one_key: bool = False
    latents: Latents = Latents()
    generator: GeneratorSizes = GeneratorSizes()
    discriminator: DiscriminatorSizes = DiscriminatorSizes()
    streams: Streams = Streams()
    refiner: RefinerSizes | None = None
    judged: bool = False
    hears: bool = False
    hold: float = 0.0
    least: tuple[float, ...] = ()
    levels: Levels = Levels()
    refined_levels: Levels = Levels()
    accents: Accents = Accents()

    def __post_init__(self) -> None:
        if any(not 0 <= track < self.shape.tracks for track in self.given):
            raise BadParameter(f"given must be tracks from 0 to {self.shape.tracks - 1}, got {list(self.given)}")
        if self.apart and self.given:
            raise BadParameter("given tracks need a part that all tracks share: apart must be false")


_APART = GeneratorSizes((256, 128, 64), (32, 16))
# What looks at single steps and pitches is thinner; what sees beats and bars costs little, and is not.
_SMALL_G = GeneratorSizes((384, 192, 128), (6, 4))
_SMALL_D = DiscriminatorSizes((8, 16, 32))
DEFAULT = MuseGanConfig()
PRESETS: dict[str, MuseGanConfig] = {
    "default": DEFAULT,
    "accompaniment": replace(DEFAULT, given=(0, 1, 2, 3, 4)),
    "dbn": replace(DEFAULT, output="dbn"),
    "sbn": replace(DEFAULT, output="sbn"),
    "bad_pitch_order": replace(DEFAULT, order="bad_pitch"),
    "bad_temp_order": replace(DEFAULT, order="bad_time"),
    "hybrid": replace(DEFAULT, apart=True, latents=Latents(32, 32, 32, 32), generator=_APART),
    "composer": replace(DEFAULT, apart=True, latents=Latents(64, 64, 0, 0), generator=_APART),
    "jamming": replace(DEFAULT, apart=True, latents=Latents(0, 0, 64, 64), generator=_APART),
    "refined": replace(DEFAULT, refiner=RefinerSizes()),
    "no_chroma_stream": replace(DEFAULT, streams=Streams(chroma=False)),
    "no_onset_offset_stream": replace(DEFAULT, streams=Streams(onsets=False)),
    "no_chroma_onset_offset_streams": replace(DEFAULT, streams=Streams(False, False)),
    "small": replace(
        DEFAULT, shape=BandShape(steps_per_beat=4), given=(0, 1, 2, 3, 4), one_key=True, generator=_SMALL_G,
        discriminator=_SMALL_D,
    ),
}


def preset(name: str) -> MuseGanConfig:
    """A preset by name.

    Raises:
        BadParameter: there is none of that name.
    """
    if name not in PRESETS:
        raise BadParameter(f"preset must be one of {', '.join(PRESETS)}, got {name}")
    return PRESETS[name]


def generator(config: MuseGanConfig) -> Generator:
    """Untrained."""
    plan = growth(config.shape, config.order)
    return Generator(config.shape, plan, config.generator, config.latents, config.apart, bool(config.given))


def discriminator(config: MuseGanConfig) -> Discriminator:
    """Untrained. It always looks in the musical order."""
    return Discriminator(
        config.shape, growth(config.shape), config.discriminator, config.streams.chroma, config.streams.onsets
    )


def refiner(config: MuseGanConfig) -> nn.Module | None:
    """Untrained; None if there is to be none."""
    return None if config.refiner is None else Refiner(config.shape, config.refiner)
