"""A small band, untrained, and what tests ask of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from leap_models import checkpoint
from leap_models.config import to_dict
from leap_models.families.musegan import config as networks
from leap_models.families.musegan.accents import Accents
from leap_models.families.musegan.config import Levels, MuseGanConfig, preset
from leap_models.families.musegan.discriminator import DiscriminatorSizes
from leap_models.families.musegan.generator import GeneratorSizes, Latents
from leap_models.families.musegan.model import MuseGan
from leap_models.families.musegan.phrase import Cells
from leap_models.families.musegan.shape import BandShape
from leap_models.music.notes import Note, Notes
from leap_models.training import musegan_data

SHAPE = BandShape(bars=2, steps_per_beat=4)
TINY = replace(
    preset("accompaniment"), shape=SHAPE, latents=Latents(8), generator=GeneratorSizes((16, 16, 8), (8, 4)),
    discriminator=DiscriminatorSizes((4, 4, 8), (8, 16), (4, 8), (4, 4, 8), 16),
    levels=Levels((0.25, 4.0), tuple((level, level) for level in (-1.42, -1.32, -1.38, -1.42, -1.502))),  # few cells
)  # fmt: skip
ALONE = replace(TINY, given=())


def save_weights(folder: Path, config: MuseGanConfig = TINY) -> Path:
    torch.manual_seed(0)
    network = networks.generator(config)
    card = checkpoint.Card("musegan", to_dict(config), "nothing", "MIT", 1)
    checkpoint.save(folder, card, {f"generator.{name}": value for name, value in network.state_dict().items()})
    return folder


def band(config: MuseGanConfig = TINY) -> MuseGan:
    torch.manual_seed(0)
    return MuseGan(networks.generator(config), config)


class Chorale(nn.Module):
    """Plays the same whatever it is told: a C major chord in each bar, a bass, and drums on the beats."""

    def forward(self, z: Tensor, given: Tensor | None = None) -> Tensor:
        logits = torch.full((len(z), *SHAPE.planes), -3.0)
        for track, pitches in ((0, (36,)), (1, (60, 64, 67)), (3, (36,))):
            steps = slice(None, None, 4) if track == 0 else slice(0, 12)
            for pitch in pitches:
                logits[:, :, steps, pitch - SHAPE.lowest, track] = 1.0
        return logits


def chorale(accents: Accents | None = None) -> MuseGan:
    return MuseGan(Chorale(), replace(TINY, accents=accents or Accents()))


def bass_line(bars: int = 3, bpm: float = 120.0, track: int = 3) -> Notes:
    """A bass note on every beat, a little early or late, as a person plays."""
    beat_s = 60.0 / bpm
    return tuple(
        Note(beat * beat_s + 0.011 * (beat % 3), (beat + 0.8) * beat_s, 36 + beat % 5, 60 + beat, track)
        for beat in range(4 * bars)
    )


def phrases(count: int, shape: BandShape = SHAPE, seed: int = 0) -> Cells:
    """Music that is easy to learn: one chord, held, in one of two keys, and drums on the beats."""
    rng = np.random.default_rng(seed)
    cells = np.zeros((count, *shape.planes), dtype=bool)
    for cell in cells:
        root = int(rng.choice([24, 26]))
        cell[:, :: shape.steps_per_beat, 12, 0] = True
        for track in range(1, shape.tracks):
            cell[:, : shape.steps - 1, [root, root + 4, root + 7], track] = True
    return cells


def prepared(folder: Path, count: int = 24, shape: BandShape = SHAPE) -> Path:
    """A folder as `prepare musegan` leaves it."""
    (folder / musegan_data.FOLDER).mkdir(parents=True)
    for number, split in enumerate(musegan_data.SPLITS):
        musegan_data.save(folder / musegan_data.FOLDER / f"{split}.npz", phrases(count, shape, number), split)
    return folder
