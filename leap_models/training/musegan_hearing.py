"""Teaching a band to hear a part: which latents phrases may have of which one track alone is known.

A generator that learned with a listener plays what latents say; for a part that a musician gives, the latents must be
such that the part could be one of the phrase's own. So a second listener, which hears one track, is taught to say what
the first says of all of them. Source of the idea: conditional priors, Sohn et al. 2015.
"""

import numpy as np
import torch

from leap_models.errors import BadParameter
from leap_models.families.musegan.generator import told
from leap_models.families.musegan.layers import coarsen
from leap_models.families.musegan.listener import Listener
from leap_models.training.musegan import MuseGanLoop
from leap_models.training.musegan_echo import optimizer

RATE = 3e-3


def taught(loop: MuseGanLoop, steps: int) -> tuple[Listener, float]:
    """A listener to parts, and the nats by which it misses what the other says, the mean of the last steps.

    Raises:
        BadParameter: the band learned without a listener, or no track is ever given.
    """
    teacher, sizes, training = loop.listener, loop.sizes, loop.training
    if teacher is None or not sizes.given:
        raise BadParameter("hearing_steps needs echo above 0, and tracks that may be given")
    torch.manual_seed(training.seed)
    hearer = Listener(sizes).to(loop.device).train()
    hearer.straight.copy_(teacher.straight)
    if training.precision == "bf16":
        coarsen(hearer)
    learning, missed = optimizer([hearer], RATE), []
    rates = [group["lr"] for group in learning.param_groups]
    for step in range(steps):
        rng = np.random.default_rng([training.seed, step, 1])
        real = loop.batches.draw(training.batch, rng, loop.moved)
        tracks = torch.from_numpy(rng.choice(sizes.given, size=len(real))).to(loop.device)
        with torch.no_grad():
            whole = teacher(real)
        loss = whole.beyond(hearer(told(real, tracks))).mean()
        for group, rate in zip(learning.param_groups, rates, strict=True):
            group["lr"] = rate * (1.0 - 0.95 * step / steps)
        learning.zero_grad(set_to_none=True)
        loss.backward()
        learning.step()
        missed.append(float(loss.detach()))
    return hearer.eval(), float(np.mean(missed[-50:]))
