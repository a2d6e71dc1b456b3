"""Sound files that grow: whole at every moment, and no louder than full scale in the end."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from leap_models.errors import UnwritableOutput
from leap_models.music import wav

RATE = 24_000


def noise(seconds: float, peak: float = 0.5) -> np.ndarray:
    return np.random.default_rng(1).uniform(-peak, peak, round(seconds * RATE)).astype(np.float32)


def read(path: Path) -> np.ndarray:
    samples, rate = soundfile.read(path, dtype="float32")
    assert rate == RATE
    return samples


def test_what_is_written_is_what_is_read(tmp_path: Path):
    wav.write(tmp_path / "a.wav", noise(1.5), RATE)
    assert np.array_equal(read(tmp_path / "a.wav"), noise(1.5))


def test_two_channels_are_kept_apart(tmp_path: Path):
    both = np.stack([noise(0.5), -noise(0.5)], axis=1)
    wav.write(tmp_path / "a.wav", both, RATE)
    assert np.array_equal(read(tmp_path / "a.wav"), both)


def test_a_draft_is_a_whole_file_after_every_stretch(tmp_path: Path):
    draft, sound = wav.Draft(tmp_path / "a.wav", RATE), noise(2.0)
    assert len(read(tmp_path / "a.wav")) == 0
    for first in range(0, len(sound), 10_000):
        draft.push(sound[first : first + 10_000])
        assert np.array_equal(read(tmp_path / "a.wav"), sound[: first + 10_000])
    draft.finish()
    assert np.array_equal(read(tmp_path / "a.wav"), sound)


def test_a_draft_that_was_cut_off_while_it_grew_is_the_shorter_file(tmp_path: Path):
    draft = wav.Draft(tmp_path / "a.wav", RATE)
    draft.push(noise(1.0))
    with (tmp_path / "a.wav").open("ab") as stream:
        stream.write(bytes(4001))  # samples came, their header did not
    assert np.array_equal(read(tmp_path / "a.wav"), noise(1.0))


def test_a_file_is_scaled_down_only_if_it_reaches_beyond_1(tmp_path: Path):
    wav.write(tmp_path / "a.wav", noise(1.0, 2.0), RATE)
    assert float(np.abs(read(tmp_path / "a.wav")).max()) == pytest.approx(1.0)
    draft = wav.Draft(tmp_path / "b.wav", RATE)
    draft.push(noise(1.0, 2.0))
    draft.finish()
    assert np.array_equal(read(tmp_path / "b.wav"), read(tmp_path / "a.wav"))
    assert list(tmp_path.glob(".*")) == []


def test_the_same_sound_gives_the_same_bytes(tmp_path: Path):
    for name in ("a.wav", "b.wav"):
        wav.write(tmp_path / name, noise(1.0), RATE)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_where_nothing_can_be_written_that_is_said(tmp_path: Path):
    with pytest.raises(UnwritableOutput):
        wav.write(tmp_path / "none" / "a.wav", noise(0.1), RATE)
    draft = wav.Draft(tmp_path / "a.wav", RATE)
    (tmp_path / "a.wav").unlink()
    with pytest.raises(UnwritableOutput, match=r"a\.wav"):
        draft.push(noise(0.1))
