import numpy as np
import pytest

from leap_models.errors import BadParameter
from leap_models.music.grid import Grid
from leap_models.music.roll import Roll
from leap_models.music.windows import Joiner, RollJoiner, cut, join

LENGTHS_AND_HOPS = [(8, 4), (8, 5), (8, 7), (8, 8), (9, 5), (1, 1), (2, 1)]


def grid(length: int = 8, hop: int = 4) -> Grid:
    return Grid(300, 100, length, hop)


def some(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.3, 2, shape).astype(np.float32)


@pytest.mark.parametrize(("length", "hop"), LENGTHS_AND_HOPS)
@pytest.mark.parametrize("total", [1, 4, 8, 9, 12, 13, 40, 41])
def test_join_undoes_cut(length: int, hop: int, total: int) -> None:
    piece = some(2, 3, total)
    np.testing.assert_array_equal(join(cut(piece, grid(length, hop)), grid(length, hop), total), piece)


@pytest.mark.parametrize("total", [1, 24, 25, 100, 121])
def test_join_undoes_cut_of_audio(total: int) -> None:
    piece = some(total)
    np.testing.assert_array_equal(join(cut(piece, grid(), per_frame=3), grid(), total, per_frame=3), piece)


@pytest.mark.parametrize("total", [1, 8, 9, 12, 13, 40])
def test_cut_gives_as_many_windows_as_the_grid_counts(total: int) -> None:
    assert len(cut(some(total), grid())) == grid().count(total / 100)


def test_the_last_window_is_padded_with_silence() -> None:
    assert cut(np.ones(10, np.float32), grid())[1].tolist() == [1, 1, 1, 1, 1, 1, 0, 0]


def test_weights_sum_to_one_everywhere() -> None:
    windows = [np.ones(8, np.float32)] * 5
    np.testing.assert_array_equal(join(windows, grid(), 24), np.ones(24))


def test_the_first_and_the_last_frame_belong_to_one_window() -> None:
    joined = join([np.full(8, 3.0, np.float32), np.full(8, 5.0, np.float32)], grid(), 12)
    assert (joined[0], joined[-1]) == (3.0, 5.0)


def test_a_crossfade_is_linear() -> None:
    joined = join([np.zeros(8, np.float32), np.ones(8, np.float32)], grid(), 12)
    np.testing.assert_allclose(joined[3:9], [0.0, 0.2, 0.4, 0.6, 0.8, 1.0], atol=1e-7)


def test_windows_without_overlap_stand_side_by_side() -> None:
    joined = join([np.zeros(8, np.float32), np.ones(8, np.float32)], grid(8, 8), 16)
    assert joined.tolist() == [0.0] * 8 + [1.0] * 8


def test_what_a_joiner_gives_never_changes() -> None:
    windows = [some(3, 8, seed=seed) for seed in range(6)]
    joiner = Joiner(grid())
    parts = [joiner.push(window) for window in windows]
    before = [part.copy() for part in parts]
    whole = np.concatenate([*parts, joiner.finish()], axis=-1)
    np.testing.assert_array_equal(whole, join(windows, grid(), 28))
    np.testing.assert_array_equal(np.concatenate(before, axis=-1), whole[:, :24])


def test_a_joiner_gives_a_hop_for_every_window() -> None:
    joiner = Joiner(grid())
    assert [joiner.push(some(8)).shape[-1] for _ in range(3)] == [4, 4, 4]


def test_a_joiner_that_knows_the_end_gives_no_more() -> None:
    joiner = Joiner(grid(), total=9)
    assert [joiner.push(some(8)).shape[-1], joiner.push(some(8)).shape[-1], joiner.finish().shape[-1]] == [4, 4, 1]


def test_a_joiner_leaves_its_windows_alone() -> None:
    window = some(8)
    before = window.copy()
    joiner = Joiner(grid())
    joiner.push(np.zeros(8, np.float32))
    joiner.push(window)
    np.testing.assert_array_equal(window, before)


def test_a_window_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(BadParameter, match="8 frames, got 7"):
        Joiner(grid()).push(some(7))


def test_nothing_cannot_be_joined() -> None:
    with pytest.raises(BadParameter, match="no windows"):
        join([], grid(), 8)


def test_too_few_windows_are_refused() -> None:
    with pytest.raises(BadParameter, match="1 windows hold 8 frames, 9 were asked for"):
        join([some(8)], grid(), 9)


def flat(sounding: float, velocity: float) -> Roll:
    plane = np.ones((1, 128, 8), np.float32)
    return Roll(sounding * plane, 0 * plane, velocity * plane, 100)


def joined_velocity(first: Roll, second: Roll) -> np.ndarray:
    joiner = RollJoiner(grid())
    joiner.push(first)
    return joiner.push(second).velocity[0, 0]


def test_velocity_is_not_faded_by_a_window_that_hears_nothing() -> None:
    np.testing.assert_array_equal(joined_velocity(flat(1.0, 0.75), flat(0.0, 0.0)), np.full(4, 0.75))


def test_velocity_is_crossfaded_where_both_hear_the_note() -> None:
    found = joined_velocity(flat(1.0, 0.0), flat(1.0, 1.0))
    np.testing.assert_allclose(found, [0.2, 0.4, 0.6, 0.8], atol=1e-6)


def test_velocity_is_crossfaded_plainly_where_neither_hears_a_note() -> None:
    found = joined_velocity(flat(0.0, 0.0), flat(0.0, 1.0))
    np.testing.assert_allclose(found, [0.2, 0.4, 0.6, 0.8], atol=1e-6)


def test_rolls_that_agree_are_joined_exactly() -> None:
    planes = np.random.default_rng(1).uniform(0, 1, (3, 2, 128, 22)).astype(np.float32)
    parts = [
        Roll(*(window.copy() for window in windows), 100)
        for windows in zip(*(cut(p, grid()) for p in planes), strict=True)
    ]
    joiner = RollJoiner(grid(), total=22)
    joined = [joiner.push(part) for part in parts] + [joiner.finish()]
    for name, plane in zip(("sounding", "onset", "velocity"), planes, strict=True):
        np.testing.assert_array_equal(np.concatenate([getattr(part, name) for part in joined], axis=-1), plane)


def test_a_roll_of_another_rate_is_refused() -> None:
    with pytest.raises(BadParameter, match="100 frames per second is expected, got 50"):
        RollJoiner(grid()).push(Roll(*np.zeros((3, 1, 128, 8), np.float32), 50))
