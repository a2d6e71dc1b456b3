from functools import cache

import numpy as np
import pytest

from leap_models.music.beat_context import AHEAD, FEATURES, BeatContext, features
from leap_models.music.beat_network import LOW_BANDS, RISES, Heard

FRAMES = 900


@cache
def sounds() -> Heard:
    """Frames of anything."""
    rng = np.random.default_rng(3)
    widths = {"activations": 2, "bands": LOW_BANDS, "rises": RISES}
    return Heard(*(0.45 * rng.random((FRAMES, width), dtype=np.float32) for width in widths.values()))


def in_blocks(heard: Heard, length: int) -> list[Heard]:
    context = BeatContext()
    edges = range(0, FRAMES, length)
    return [context.push(heard.part(edge, edge + length), last=edge == edges[-1]) for edge in edges]


@pytest.mark.parametrize("length", [1, 50, 333])
def test_blocks_give_what_the_whole_gives(length: int) -> None:
    found = np.concatenate([each.activations for each in in_blocks(sounds(), length)])
    np.testing.assert_allclose(found, in_blocks(sounds(), FRAMES)[0].activations, atol=1e-5)


def test_a_frame_is_given_when_what_it_needs_was_heard() -> None:
    given = BeatContext().push(sounds())
    assert len(given.activations) == FRAMES - AHEAD


def test_bands_stay_beside_their_frames() -> None:
    found = np.concatenate([each.bands for each in in_blocks(sounds(), 70)])
    np.testing.assert_array_equal(found, sounds().bands)


def test_what_comes_later_than_that_changes_nothing() -> None:
    heard = sounds()
    changed = heard.part(0, 600).joined(Heard(heard.activations[600:], heard.bands[600:] + 1.0, heard.rises[600:]))
    found = [in_blocks(each, FRAMES)[0].activations[: 600 - AHEAD] for each in (heard, changed)]
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


def test_beat_and_downbeat_are_probabilities() -> None:
    found = in_blocks(sounds(), FRAMES)[0].activations
    assert found.min() >= 0.0
    assert found.sum(axis=1).max() <= 1.0


def test_a_downbeat_is_a_beat_among_the_features() -> None:
    bands, rises = (np.zeros((1, width), np.float32) for width in (LOW_BANDS, RISES))
    found = features(np.array([[0.25, 0.25]], np.float32), bands, rises)
    np.testing.assert_allclose(found[0, :2], [0.0, np.log(1.0 / 3.0) / 3.0], atol=1e-6)


def test_there_are_as_many_features_as_it_says() -> None:
    heard = sounds().part(0, 4)
    assert features(heard.activations, heard.bands, heard.rises).shape == (4, FEATURES)
