"""The weights of `timbre` that ship: any recording will do as a reference, and what is asked for is played."""

import numpy as np
import pytest
from rendering_fixtures import scale

from leap_models import pipeline, registry
from leap_models.interface import Model, Piece, Request
from leap_models.music.additive import play_additive
from leap_models.music.audio import Audio
from leap_models.music.notes import Note, Notes

RATE = 24_000
TAIL_S = 2.0


@pytest.fixture(scope="module")
def model() -> Model:
    return registry.load("timbre", "cpu")


def played(model: Model, notes: Notes, reference: np.ndarray, rate: int = RATE, **params: float) -> np.ndarray:
    """(samples,) of notes with the sound of a reference."""
    like = Audio(reference.astype(np.float32), rate, len(reference) / rate)
    piece = Piece(like, notes, None, max(note.end_s for note in notes) + TAIL_S, "")
    audio = pipeline.run(model, piece, Request("timbre", params)).audio
    assert audio is not None
    return audio.samples


def plain_piano(seconds: float = 4.0, rate: int = RATE) -> np.ndarray:
    return play_additive(scale(seconds), (), rate, round(seconds * rate))


def speech() -> np.ndarray:
    """Vowels on a gliding voice, with hisses between them."""
    rng, time_s = np.random.default_rng(0), np.arange(RATE // 2) / RATE
    voice = sum(np.sin(2 * np.pi * number * (130 * time_s - 30 * time_s**2)) / number for number in range(1, 30))
    hiss = np.diff(rng.standard_normal(RATE // 5 + 1))
    return 0.1 * np.concatenate([voice * np.hanning(len(voice)), hiss, voice[::-1] * np.hanning(len(voice))])


def band() -> np.ndarray:
    """A chord, a bass, and noise on the beats."""
    rng, time_s = np.random.default_rng(0), np.arange(4 * RATE) / RATE
    tones = sum(np.sign(np.sin(2 * np.pi * hz * time_s)) for hz in (55.0, 220.0, 277.2, 329.6, 440.0))
    return 0.05 * tones + 0.3 * rng.standard_normal(len(time_s)) * np.exp(-30 * (time_s % 0.5))


REFERENCES = {
    "a piano": plain_piano(), "0.1 s": plain_piano()[: RATE // 10], "speech": speech(), "a band": band(),
    "noise": 0.2 * np.random.default_rng(0).standard_normal(RATE), "nearly silent": 1e-3 * plain_piano(),
}  # fmt: skip


@pytest.mark.parametrize("name", REFERENCES)
def test_any_recording_is_a_reference(model: Model, name: str):
    sound = played(model, scale(2.0), REFERENCES[name])
    assert np.isfinite(sound).all()
    assert 1e-3 < float(np.abs(sound).max()) < 1.0


def test_a_reference_of_8_khz_is_taken(model: Model):
    assert np.abs(played(model, scale(2.0), plain_piano(rate=8000), 8000)).max() > 1e-3


@pytest.mark.parametrize("pitch", [21, 45, 60, 81, 96])
def test_a_note_is_heard_at_its_pitch_when_it_is_struck(model: Model, pitch: int):
    sound = played(model, (Note(0.5, 1.5, pitch, 90),), REFERENCES["a piano"])
    before, after = sound[: round(0.48 * RATE)], sound[round(0.52 * RATE) : round(1.52 * RATE)]
    assert np.abs(before).max() < 0.02 * np.abs(after).max()
    spectrum, hz = np.abs(np.fft.rfft(after * np.hanning(len(after)))), 440.0 * 2 ** ((pitch - 69) / 12)
    beside = [spectrum[round(hz * number) - 2 : round(hz * number) + 3].max() for number in (1, 2, 3)]
    between = [spectrum[round(hz * (number + 0.5)) - 2 : round(hz * (number + 0.5)) + 3].max() for number in (1, 2)]
    assert max(beside) > 5 * max(between)


def test_a_harder_strike_is_louder(model: Model):
    sounds = [played(model, (Note(0.0, 1.0, 60, velocity),), REFERENCES["a piano"]) for velocity in (20, 60, 100)]
    levels = [float(np.square(sound).mean()) for sound in sounds]
    assert levels == sorted(levels)
    assert levels[2] > 10 * levels[0]


def test_another_reference_is_another_sound(model: Model):
    one, other = (played(model, scale(2.0), REFERENCES[name]) for name in ("a piano", "a band"))
    assert np.square(one - other).mean() > 0.05 * np.square(one).mean()
