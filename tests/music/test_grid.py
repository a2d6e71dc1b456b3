import pytest

from leap_models.errors import BadParameter
from leap_models.music.grid import Grid, exact_div

LEAP = Grid(24_000, 100, 1024, 512)


def test_a_window_of_leap_is_10_24_seconds_every_5_12() -> None:
    assert (LEAP.window_s, LEAP.hop_s) == (10.24, 5.12)


def test_a_window_of_leap_is_245760_samples_every_122880() -> None:
    assert (LEAP.samples, LEAP.hop_samples) == (245_760, 122_880)


def test_windows_begin_every_hop() -> None:
    assert [LEAP.start_s(index) for index in range(3)] == [0.0, 5.12, 10.24]


@pytest.mark.parametrize(
    ("duration_s", "count"),
    [(0.0, 1), (0.01, 1), (10.24, 1), (10.241, 2), (15.36, 2), (15.37, 3), (3600.0, 703)],
)
def test_windows_cover_a_piece(duration_s: float, count: int) -> None:
    assert LEAP.count(duration_s) == count


@pytest.mark.parametrize("duration_s", [-1.0, float("nan"), float("inf")])
def test_a_length_that_is_none_is_refused(duration_s: float) -> None:
    with pytest.raises(BadParameter, match="duration_s must be at least 0"):
        LEAP.count(duration_s)


@pytest.mark.parametrize("hop", [0, 511, 1025])
def test_a_hop_below_half_a_window_or_above_one_is_refused(hop: int) -> None:
    with pytest.raises(BadParameter, match=f"half a window to a window of 1024 frames, got {hop}"):
        Grid(24_000, 100, 1024, hop)


def test_frames_that_are_no_whole_samples_are_refused() -> None:
    with pytest.raises(BadParameter, match="22050 is not a whole multiple of 100"):
        Grid(22_050, 100, 1024, 512)


def test_exact_div_refuses_to_round() -> None:
    with pytest.raises(BadParameter, match="7 is not a whole multiple of 2"):
        exact_div(7, 2)


def test_exact_div_divides() -> None:
    assert exact_div(24_000, 100) == 240
