"""LEAP's transformer guided by what was heard and by the difficulty, in one call of it a step."""

from dataclasses import replace

import torch
from torch import Tensor

from leap_models.diffusion.denoiser import Denoise
from leap_models.diffusion.guidance import guided
from leap_models.families.leap.dit import Condition, Dit
from leap_models.families.leap.listening import Listened


def denoiser(dit: Dit, condition: Condition, audio: float = 1.0, level: float = 1.0) -> Denoise:
    """The transformer as a sampler takes it.

    Args:
        condition: with nothing withheld.
        audio, level: how strictly what was heard and the difficulty are followed; 1 is as trained, and costs nothing.
    """
    return Guided(dit, condition, dit.listen(condition), audio, level)


class Guided:
    """See `denoiser`; what was heard is at hand already."""

    def __init__(self, dit: Dit, condition: Condition, listened: Listened, audio: float, level: float) -> None:
        withheld = [(part, scale) for part, scale in (("audio", audio), ("level", level)) if scale != 1.0]
        self.dit, self.scales, self.variants = dit, [scale for _part, scale in withheld], 1 + len(withheld)
        keep = {part: torch.ones_like(condition.level).repeat(self.variants, 1) for part in ("audio", "level")}
        for variant, (part, _scale) in enumerate(withheld, start=1):
            keep[part][variant] = 0.0
        self.condition = replace(
            condition, level=self._each(condition.level), known=self._each(condition.known),
            is_known=self._each(condition.is_known), keep_audio=keep["audio"].flatten(),
            keep_level=keep["level"].flatten(),
        )
        every = Listened(self._each(listened.tokens), self._each(listened.draft))
        self.listened = dit.kept(every, self.condition.keep_audio)

    def __call__(self, noisy: Tensor, times: Tensor) -> Tensor:
        """x0 of a batch."""
        clean = self.dit(self._each(noisy), self._each(times), self.condition, self.listened)
        full, *without = clean.chunk(self.variants)
        return guided(full, list(zip(without, self.scales, strict=True)))

    def _each(self, values: Tensor) -> Tensor:
        """A batch once for every variant."""
        return values.repeat(self.variants, *([1] * (values.dim() - 1)))
