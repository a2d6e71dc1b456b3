"""A judge of finished phrases: a discriminator that is taught, after all else, to tell a band's cells from data.

The one that teaches a generator sees numbers that are nearly on or off; this one sees what will be played, and then
chooses among candidates.
"""

import numpy as np
import torch
from torch import Tensor, nn

from leap_models.families.musegan import config as networks
from leap_models.families.musegan.config import MuseGanConfig
from leap_models.families.musegan.phrase import Cells
from leap_models.training.gan_losses import discriminator_loss, r1
from leap_models.training.musegan_batches import Batches

RATE, SMOOTH, EVERY = 1e-3, 10.0, 16  # of learning; of R1, and how many steps go by until it counts


def taught(sizes: MuseGanConfig, data: Batches, made: Cells, batch: int, steps: int, seed: int) -> nn.Module:
    """A judge.

    Args:
        data: phrases to tell from.
        made: (phrases, bars, steps, pitches, tracks) of the band.
    """
    torch.manual_seed(seed)
    judge = networks.discriminator(sizes).to(data.device).train()
    learning = torch.optim.Adam(judge.parameters(), lr=RATE, betas=(0.5, 0.99))
    for step in range(steps):
        rng = np.random.default_rng([seed, step])
        real = data.draw(batch, rng, moved=False)
        fake = phrases(made[rng.integers(len(made), size=batch)], data.device)
        loss = discriminator_loss("nonsaturating", *judge(torch.cat([real, fake])).chunk(2))
        if step % EVERY == 0:
            loss = loss + r1(judge, real, EVERY * SMOOTH)
        for group in learning.param_groups:
            group["lr"] = RATE * (1.0 - step / steps)
        learning.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        learning.step()
    return judge.eval()


def phrases(cells: Cells, device: torch.device) -> Tensor:
    """Cells as -1 and 1."""
    return torch.from_numpy(cells).to(device) * 2.0 - 1.0


@torch.no_grad()
def preferred(judge: nn.Module, data: Cells, made: Cells, device: torch.device, chunk: int = 16) -> float:
    """How often a phrase of the data is liked better than one of the band: 0.5 if the judge knows nothing."""
    one, other = (
        torch.cat([judge(phrases(each[at : at + chunk], device)).mean(dim=1) for at in range(0, len(each), chunk)])
        for each in (data, made)
    )
    return float((one[:, None] > other).float().mean())
