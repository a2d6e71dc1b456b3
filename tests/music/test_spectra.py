"""How alike two sounds are."""

from pathlib import Path

import numpy as np
import pytest

from leap_models.errors import BadParameter
from leap_models.music import sound_pictures, spectra
from leap_models.music.spectra import BANDS, colour, colour_distance_db, distance_db, log_mel

RATE = 24_000


def harmonics(hz: float, falling: float, seconds: float = 1.0) -> np.ndarray:
    """A tone whose partials fall by so many dB an octave."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    partials = np.arange(1, int(RATE / 2 / hz))
    weights = 10 ** (-falling * np.log2(partials) / 20)
    return (0.1 * weights @ np.sin(2 * np.pi * hz * partials[:, None] * time_s)).astype(np.float32)


@pytest.mark.parametrize("hz", [110.0, 440.0, 3000.0])
def test_a_tone_is_loudest_in_its_own_band(hz: float):
    heard = log_mel(np.sin(2 * np.pi * hz * np.arange(RATE) / RATE).astype(np.float32), RATE)
    assert heard.hz[heard.db[:, 20].argmax()] == pytest.approx(hz, rel=0.15)


def test_a_tenth_of_the_amplitude_is_20_db_less():
    loud, quiet = (log_mel(gain * harmonics(220, 6), RATE) for gain in (1.0, 0.1))
    assert float((loud.db - quiet.db)[loud.db > loud.db.max() - 50].mean()) == pytest.approx(20.0, abs=0.01)


def test_the_level_is_no_colour():
    assert colour_distance_db(log_mel(harmonics(220, 6), RATE), log_mel(0.1 * harmonics(220, 6), RATE)) < 0.01


def test_another_colour_is_further_than_another_note():
    here, note, other = (log_mel(harmonics(*each), RATE) for each in ((220, 6), (233, 6), (220, 14)))
    assert 0 < colour_distance_db(here, note) < colour_distance_db(here, other)


def test_silence_between_notes_is_no_colour():
    tone = harmonics(220, 6)
    followed = log_mel(np.concatenate([tone, 0 * tone]), RATE)
    assert float(np.abs(colour(log_mel(tone, RATE)) - colour(followed)).mean()) < 0.6


def test_the_same_music_is_compared_as_long_as_both_last():
    tone = harmonics(220, 6)
    assert distance_db(log_mel(tone, RATE), log_mel(np.concatenate([tone, tone]), RATE)) < 0.5
    with pytest.raises(BadParameter, match="same rate"):
        distance_db(log_mel(tone, RATE), log_mel(tone, 48_000))


@pytest.mark.parametrize(("count", "rate"), [(1, 8000), (100, 24_000), (30_000, 44_100), (48_000, 8000)])
def test_every_sound_has_a_spectrogram(count: int, rate: int):
    heard = log_mel(np.full(count, 0.1, np.float32), rate)
    assert heard.db.shape[0] == BANDS == len(heard.hz)
    assert heard.db.shape[1] >= 1
    assert np.isfinite(heard.db).all()


def test_silence_has_a_spectrogram_too():
    assert np.isfinite(colour(log_mel(np.zeros(RATE, np.float32), RATE))).all()


def test_no_band_is_deaf():
    for rate in (8000, 24_000, 48_000):
        noise = np.random.default_rng(0).normal(0, 0.1, 2 * rate).astype(np.float32)
        level = log_mel(noise, rate).db.mean(axis=1)
        assert level.max() - level.min() < 6.0


def test_pictures_are_drawn(tmp_path: Path):
    rows = [sound_pictures.Row(log_mel(harmonics(220, 6, seconds), RATE), "a tone") for seconds in (0.05, 2.0)]
    sound_pictures.write(tmp_path / "a.png", rows)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert spectra.RANGE_DB == 80.0
