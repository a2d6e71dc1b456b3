"""Teaching LEAP's chord head: songs whose chords are known."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.leap.chords import CLASSES, ChordConfig, ChordHead
from leap_models.families.leap.conditioner import RATE
from leap_models.families.leap.listening import COLUMNS, Heard
from leap_models.families.leap.model import as_heard
from leap_models.training.leap_dit import HEARD_FRAMES, Excerpt, Place, Windows, Withheld, stacked

NONE = -1  # the bass where no chord is known
BASS = 0.5  # weight of the bass beside the chord
AT_ONCE = 16  # windows validated together
HEARD = Withheld(audio=0.0, level=0.0, known=0.0, beat=0.1, melody=0.05)  # it always hears


class ChordTask:
    """Which pitch classes belong to the chord; see `leap_models.training.loop.Task`.

    Args:
        songs, held_out: excerpts, and the (chords, 4) of each: start_s, end_s, bass, mask of pitch classes.
    """

    def __init__(
        self, config: ChordConfig, songs: tuple[Sequence[Excerpt], Sequence[np.ndarray]],
        held_out: tuple[Sequence[Excerpt], Sequence[np.ndarray]],
    ) -> None:
        self.network: nn.Module = ChordHead(config)
        self.windows, self.chords = Windows(songs[0], HEARD, planes=True), songs[1]
        windows, rng = Windows(held_out[0], HEARD, planes=True), np.random.default_rng(0)
        places = windows.every(9.0)
        self.held_out = stacked([_cut(windows, held_out[1], place, rng, exact=True) for place in places])

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """Windows of random songs in random keys, roughened, with their chords."""
        return stacked([_cut(self.windows, self.chords, self.windows.draw(rng), rng) for _ in range(size)])

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:  # noqa: ARG002
        """Cross entropies where a chord is known: of the pitch classes, summed over them, and of the bass."""
        return _losses(network(_heard(batch)).float(), batch)

    @torch.no_grad()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Losses; how often the whole chord is right, and the bass; precision and recall of its pitch classes."""
        said = torch.cat([
            network(_heard({name: values[first : first + AT_ONCE] for name, values in self.held_out.items()})).float()
            for first in range(0, len(self.held_out["bass"]), AT_ONCE)
        ])
        known = self.held_out["bass"] != NONE
        member, truth = said[:, 0].transpose(1, 2)[known] > 0, self.held_out["member"].transpose(1, 2)[known] > 0
        hits = (member & truth).sum()
        return {name: float(value) for name, value in _losses(said, self.held_out).items()} | {
            "chord": float((member == truth).all(dim=1).float().mean()),
            "bass_right": float((said[:, 1].argmax(dim=1) == self.held_out["bass"])[known].float().mean()),
            "precision": float(hits / member.sum()), "recall": float(hits / truth.sum()),
        }


def by_column(chords: np.ndarray, start_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Chords of a window as they are at the middle of each latent column.

    Args:
        chords: (chords, 4) start_s, end_s, bass, mask of pitch classes; a mask of 0 is no chord.
        start_s: of the window.

    Returns:
        (12, 128) float32, 1 for pitch classes of the chord; (128,) int64, its bass, or NONE.
    """
    moments_s = start_s + (np.arange(COLUMNS) + 0.5) * HEARD_FRAMES / COLUMNS / RATE
    member, bass = np.zeros((CLASSES, COLUMNS), np.float32), np.full(COLUMNS, NONE)
    for begin_s, end_s, lowest, mask in chords.tolist():
        within = (moments_s >= begin_s) & (moments_s < end_s)
        if int(mask) and within.any():
            member[:, within] = np.array([[int(mask) >> pitch_class & 1] for pitch_class in range(CLASSES)])
            bass[within] = int(lowest) % CLASSES
    return member, bass


def _cut(
    windows: Windows, chords: Sequence[np.ndarray], place: Place, rng: np.random.Generator, exact: bool = False
) -> dict[str, np.ndarray]:
    heard = windows.heard(place, rng, exact)
    member, bass = by_column(chords[place.song], place.start_s)
    return {
        "features": heard["features"], "beat": heard["beat"], "member": np.roll(member, place.semitones, axis=0),
        "bass": np.where(bass == NONE, NONE, (bass + place.semitones) % CLASSES),
    }


def _heard(batch: Mapping[str, Tensor]) -> Heard:
    return as_heard(batch["features"], batch["beat"], planes=True)


def _losses(said: Tensor, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    known = (batch["bass"] != NONE).float()
    cells = functional.binary_cross_entropy_with_logits(said[:, 0], batch["member"], reduction="none").sum(dim=1)
    member = (cells * known).sum() / known.sum().clamp(min=1.0)
    bass = functional.cross_entropy(said[:, 1], batch["bass"], ignore_index=NONE)
    return {"loss": member + BASS * bass, "member": member, "bass": bass}
