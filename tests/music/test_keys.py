"""Keys: which one music is in, and how far it lies from the white ones."""

import numpy as np
import pytest

from leap_models.music.keys import MOVES, NAMES, SCALES, key_of, number_of, to_white_keys, transposed

WHITE = SCALES[number_of("C")]


@pytest.mark.parametrize("name", NAMES)
def test_every_key_comes_to_the_white_keys(name: str) -> None:
    semitones = to_white_keys(number_of(name))
    assert semitones in MOVES
    assert transposed(number_of(name), semitones) == number_of("Am" if name.endswith("m") else "C")
    assert np.array_equal(np.roll(SCALES[number_of(name)], semitones), WHITE)


@pytest.mark.parametrize("name", NAMES)
def test_a_scale_with_its_tonic_and_fifth_stressed_is_in_its_key(name: str) -> None:
    weights = SCALES[number_of(name)].astype(float)
    weights[[number_of(name) % 12, (number_of(name) + 7) % 12]] += 1.0
    assert key_of(weights) == number_of(name)
