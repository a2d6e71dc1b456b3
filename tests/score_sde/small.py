"""A small model of the family, untrained, and what tests ask of it."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from leap_models import checkpoint
from leap_models.config import to_dict
from leap_models.families.score_sde.config import CLASSIC, MUSIC, ScoreSdeConfig, build
from leap_models.families.score_sde.model import ScoreSde
from leap_models.families.score_sde.network import Sizes, Wishes
from leap_models.music.notes import Note, Notes

SMALL = replace(MUSIC, sizes=Sizes(width=16, depth=1, heads=2, hidden=16))


class Chorale(nn.Module):
    """Expects a chord on every beat, whatever it sees: C major, a third higher where a wish says a key."""

    def forward(self, noisy: Tensor, t: Tensor, wishes: Wishes) -> Tensor:
        planes = torch.full_like(noisy, -1.0)
        for pitch in (48, 60, 64, 67):
            planes[:, 0, pitch - 21, ::4] = 0.6
            planes[:, 1, pitch - 21] = torch.tensor([1.0, 1.0, 1.0, -1.0]).repeat(noisy.shape[-1] // 4)
        return planes


def chorale() -> ScoreSde:
    return ScoreSde(Chorale(), replace(SMALL, one_key=False))


def save_weights(folder: Path, config: ScoreSdeConfig = SMALL) -> Path:
    torch.manual_seed(0)
    card = checkpoint.Card("score_sde", to_dict(config), "nothing", "MIT", 1)
    network = build(config)
    if config.network == "passage":  # so that chance is heard
        nn.init.normal_(network.write.weight, std=0.2)  # type: ignore[arg-type,union-attr]
    checkpoint.save(folder, card, {f"network.{name}": value for name, value in network.state_dict().items()})
    return folder


def clip(bars: int = 8, bpm: float = 120.0, beats_per_bar: int = 4) -> Notes:
    """A note on every beat, a little early or late, as a person plays."""
    beat_s = 60.0 / bpm
    return tuple(
        Note(beat * beat_s + 0.013 * (beat % 3), (beat + 0.9) * beat_s, 72 + beat % 5, 60 + beat % 40)
        for beat in range(bars * beats_per_bar)
    )


__all__ = ["CLASSIC", "MUSIC", "SMALL", "Chorale", "chorale", "clip", "save_weights"]
