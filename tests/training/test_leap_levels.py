"""What LEAP asks its transformer for, so that level 3 sounds like level 3."""

import pytest

from leap_models.training.leap_levels import inverse

EDGES = (1.0, 2.0, 3.0, 4.0, 5.0)


def test_a_model_that_plays_a_level_too_hard_is_asked_for_a_level_less() -> None:
    asked = [float(level) for level in range(7)]
    assert inverse(asked, [level + 1.0 for level in asked], EDGES) == pytest.approx((0.0, 1.0, 2.0, 3.0, 4.0))


def test_levels_that_are_not_reached_get_the_ends_of_what_was_tried() -> None:
    assert inverse((1.0, 2.0, 3.0), (2.0, 3.0, 4.0), EDGES) == pytest.approx((1.0, 1.0, 2.0, 3.0, 3.0))


def test_where_the_curve_dips_levels_still_rise() -> None:
    found = inverse((0.0, 1.0, 2.0, 3.0), (0.5, 2.5, 2.2, 5.5), EDGES)
    assert list(found) == sorted(found)
    assert found[0] < 1.0 < found[2] < 3.0
