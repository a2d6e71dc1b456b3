"""Whether Python gives what a golden vector says."""

from typing import Any

import pytest


def agree(found: Any, expected: Any, tolerance: float) -> bool:
    """Of what JSON can hold; numbers that are no counts may differ by the tolerance."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(
            agree(found[name], expected[name], tolerance) for name in expected
        )
    if isinstance(expected, list):
        return len(found) == len(expected) and all(
            agree(one, other, tolerance) for one, other in zip(found, expected, strict=True)
        )
    if isinstance(expected, float):
        return bool(found == pytest.approx(expected, abs=tolerance))
    return bool(found == expected)
