"""Classifier-free guidance with any number of conditions. Source: Ho & Salimans 2022; Liu et al. 2022 (composition)."""

from collections.abc import Sequence

from torch import Tensor


def guided(full: Tensor, without: Sequence[tuple[Tensor, float]]) -> Tensor:
    """Push a prediction away from what it would be without a condition.

    Args:
        full: the prediction with every condition.
        without: for each guided condition, the prediction without it and the scale; scale 1 changes nothing, and with
        one
            condition scale 0 is the unconditional prediction.
    """
    moved = full
    for prediction, scale in without:
        moved = moved + (scale - 1.0) * (full - prediction)
    return moved
