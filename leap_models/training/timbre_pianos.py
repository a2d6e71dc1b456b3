"""The pianos that timbre transfer learns from, those it is measured with, and what makes one SoundFont many pianos.

A piano is one or two presets of a SoundFont, or sampled strings, out of tune or not, through an equaliser, darker the
softer it is struck, in a room. Each belongs to one split. Of `validation` and `test` pianos nothing is ever learned,
not even by another preset with the same recordings: MuseScore General, which is for measuring alone, has FluidR3's
Rhodes, electric grand and harpsichord, so these train nothing either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leap_models.errors import BadParameter
from leap_models.music.synth import FOLDERS

FLUID, TIM, MUSESCORE = "FluidR3_GM.sf2", "TimGM6mb.sf2", "MuseScore_General.sf3"
SALAMANDER = "salamander"  # instead of a SoundFont: the samples of `timbre_samples`
PLAIN = "fluid_grand"  # what one would use who knows nothing of the piano that is wanted
FAMILIES = ("grand", "upright", "electric", "fm", "harpsichord")


@dataclass(frozen=True)
class Layer:
    """A preset.

    Args:
        soundfont: file name, or SALAMANDER.
        program: General MIDI, 0..127.
    """

    soundfont: str
    program: int = 0
    gain_db: float = 0.0
    cents: float = 0.0  # out of tune


@dataclass(frozen=True)
class Band:
    """A band of an equaliser, peaking."""

    centre_hz: float
    gain_db: float
    quality: float = 0.7


@dataclass(frozen=True)
class Room:
    """Noise that dies away, faster in the treble.

    Args:
        decay_s: until 60 dB below.
        wet: share of the sound.
        dark_hz: where the treble's own decay begins.
    """

    decay_s: float
    wet: float
    dark_hz: float = 4000.0


@dataclass(frozen=True)
class Piano:
    """One piano.

    Args:
        touch_db: by how much the treble of the softest stroke is weaker than that of the strongest.
    """

    name: str
    family: str
    layers: tuple[Layer, ...]
    split: str = "train"
    equaliser: tuple[Band, ...] = ()
    touch_db: float = 0.0
    room: Room | None = None


DARK = (Band(250.0, 3.0), Band(2500.0, -6.0), Band(7000.0, -10.0))
BRIGHT = (Band(200.0, -4.0), Band(3000.0, 5.0), Band(8000.0, 6.0))
BOXY = (Band(80.0, -8.0), Band(500.0, 7.0, 1.2), Band(6000.0, -9.0))
HOLLOW = (Band(120.0, 4.0), Band(700.0, -7.0, 1.0), Band(4000.0, 3.0))
NASAL = (Band(150.0, -5.0), Band(1200.0, 6.0, 1.5), Band(9000.0, -6.0))
CLOSET, PARLOUR, HALL, CHURCH = Room(0.25, 0.2), Room(0.6, 0.15), Room(1.4, 0.2), Room(2.4, 0.3, 2500.0)


def _fluid(program: int, gain_db: float = 0.0, cents: float = 0.0) -> Layer:
    return Layer(FLUID, program, gain_db, cents)


def _tim(program: int, gain_db: float = 0.0, cents: float = 0.0) -> Layer:
    return Layer(TIM, program, gain_db, cents)


def _musescore(name: str, family: str, program: int, *equaliser: Band, room: Room | None = None) -> Piano:
    return Piano(f"musescore_{name}", family, (Layer(MUSESCORE, program),), "test", equaliser, 0.0, room)


PIANOS = (
    Piano(PLAIN, "grand", (_fluid(0),)),
    Piano("fluid_hall", "grand", (_fluid(0),), touch_db=14.0, room=HALL),
    Piano("fluid_felt", "grand", (_fluid(0),), equaliser=DARK, touch_db=10.0, room=CLOSET),
    Piano("fluid_pop", "grand", (_fluid(0, cents=-7.0),), equaliser=BRIGHT, touch_db=6.0),
    Piano("fluid_hollow", "grand", (_fluid(1, cents=5.0),), equaliser=HOLLOW, touch_db=18.0, room=PARLOUR),
    Piano("tim_grand", "grand", (_tim(0),), touch_db=8.0),
    Piano("tim_church", "grand", (_tim(1),), equaliser=(Band(300.0, 4.0),), touch_db=16.0, room=CHURCH),
    Piano("two_grands", "grand", (_tim(0), _fluid(0, -2.0, 3.0)), touch_db=10.0, room=PARLOUR),
    Piano("salamander", "grand", (Layer(SALAMANDER),)),
    Piano("salamander_hall", "grand", (Layer(SALAMANDER),), equaliser=(Band(400.0, -3.0),), room=HALL),
    Piano("salamander_pop", "grand", (Layer(SALAMANDER),), equaliser=BRIGHT),
    Piano("tim_upright", "upright", (_tim(0, cents=-12.0),), equaliser=BOXY, touch_db=8.0, room=CLOSET),
    Piano("salamander_upright", "upright", (Layer(SALAMANDER, cents=8.0),), equaliser=BOXY, room=CLOSET),
    Piano("fluid_saloon", "upright", (_fluid(3),), touch_db=6.0),
    Piano("tim_saloon", "upright", (_tim(3),), equaliser=NASAL, room=PARLOUR),
    Piano("out_of_tune", "upright", (_fluid(0, cents=-9.0), _fluid(1, 0.0, 9.0)), equaliser=NASAL, touch_db=8.0),
    Piano("tim_stage", "electric", (_tim(2),), touch_db=8.0),
    Piano("tim_rhodes", "electric", (_tim(4),), touch_db=10.0),
    Piano("tim_rhodes_dark", "electric", (_tim(4),), equaliser=DARK, room=PARLOUR),
    Piano("tim_fm", "fm", (_tim(5),)),
    Piano("tim_fm_hall", "fm", (_tim(5),), equaliser=BRIGHT, touch_db=6.0, room=HALL),
    Piano("tim_harpsichord", "harpsichord", (_tim(6),)),
    Piano("tim_harpsichord_hall", "harpsichord", (_tim(6),), equaliser=DARK, room=HALL),
    Piano("fluid_stage", "electric", (_fluid(2),), "validation", touch_db=8.0),
    Piano("fluid_stage_hall", "electric", (_fluid(2),), "validation", HOLLOW, room=HALL),
    Piano("fluid_fm", "fm", (_fluid(5),), "validation"),
    _musescore("grand", "grand", 0),
    _musescore("bright", "grand", 1, room=HALL),
    _musescore("upright", "upright", 0, *BOXY, room=CLOSET),
    _musescore("saloon", "upright", 3),
    _musescore("rhodes", "electric", 4),
    _musescore("fm", "fm", 5),
    _musescore("harpsichord", "harpsichord", 6, room=PARLOUR),
)


def named(name: str) -> Piano:
    """One of PIANOS.

    Raises:
        BadParameter: there is none of that name.
    """
    for piano in PIANOS:
        if piano.name == name:
            return piano
    raise BadParameter(f"a piano must be one of {', '.join(piano.name for piano in PIANOS)}, got {name}")


def of_split(split: str, pianos: Sequence[Piano] = PIANOS) -> tuple[Piano, ...]:
    """The pianos that belong to a split."""
    return tuple(piano for piano in pianos if piano.split == split)


def find(soundfont: str, folders: Sequence[str] = FOLDERS) -> Path | None:
    """A SoundFont in the usual places; None if it is not there."""
    places = [Path(folder).expanduser() / soundfont for folder in folders]
    return next((path for path in places if path.is_file()), None)


def playable(piano: Piano, samples: Path | None, folders: Sequence[str] = FOLDERS) -> bool:
    """Whether everything that it is made of is here.

    Args:
        samples: folder of the Salamander samples.
    """
    return all(
        samples is not None if layer.soundfont == SALAMANDER else find(layer.soundfont, folders) is not None
        for layer in piano.layers
    )
