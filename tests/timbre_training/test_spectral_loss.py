"""What the spectral loss hears and what it does not."""

import numpy as np
import pytest
import torch

from leap_models.training import spectral_loss
from leap_models.training.spectral_loss import FLOOR, SIZES, LossWeights

RATE = 24_000


def sine(pitch_hz: float, phase: float = 0.0, level: float = 0.3) -> torch.Tensor:
    time_s = torch.arange(RATE // 2) / RATE
    return (level * torch.sin(2 * torch.pi * pitch_hz * time_s + phase))[None]


def by_numpy(one: np.ndarray, other: np.ndarray) -> float:
    """DDSP's loss written out."""
    total = 0.0
    for size in SIZES:
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
        spectra = []
        for sound in (one, other):
            frames = -(-len(sound) // (size // 4))
            padded = np.pad(sound, (0, (frames - 1) * (size // 4) + size - len(sound)))
            cut = np.stack([padded[at * size // 4 : at * size // 4 + size] for at in range(frames)])
            spectra.append(np.abs(np.fft.rfft(cut * window)))
        total += np.abs(spectra[0] - spectra[1]).mean()
        total += np.abs(np.log(np.maximum(spectra[0], FLOOR)) - np.log(np.maximum(spectra[1], FLOOR))).mean()
    return float(total)


def test_a_sound_is_nowhere_from_itself() -> None:
    found = spectral_loss.sound_loss(sine(440.0), sine(440.0), RATE, LossWeights())
    assert {name: float(value) for name, value in found.items()} == dict.fromkeys(found, 0.0)


def test_it_is_the_loss_of_ddsp() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(0, 0.2, 5000), rng.normal(0, 0.1, 5000)
    made = float(spectral_loss.multi_scale(torch.from_numpy(one)[None], torch.from_numpy(other)[None]))
    assert made == pytest.approx(by_numpy(one, other), rel=1e-4)


def test_it_hears_pitches_and_not_phases_as_waveforms_do() -> None:
    tone, shifted, higher = sine(440.0), sine(440.0, np.pi), sine(466.2)
    heard_shift, heard_pitch = (float(spectral_loss.multi_scale(each, tone)) for each in (shifted, higher))
    assert heard_shift < 0.25 * heard_pitch
    assert float((shifted - tone).square().mean()) > 1.5 * float((higher - tone).square().mean())


def test_twice_as_loud_is_six_decibels_in_every_mel_band() -> None:
    torch.manual_seed(0)
    noise = 0.1 * torch.randn(1, RATE)
    assert spectral_loss.mel_distance_db(2 * noise, noise, RATE) == pytest.approx(6.02, abs=0.01)


def test_the_envelope_hears_when_a_note_dies_away() -> None:
    fading = sine(440.0) * torch.exp(-torch.arange(RATE // 2) / 3000)
    apart = (spectral_loss.log_envelope(sine(440.0)) - spectral_loss.log_envelope(fading)).abs()[0]
    assert apart[0] < 0.2 < 1.0 < apart[-1]


def test_silence_can_be_learned_from() -> None:
    made = torch.zeros(1, 4096, requires_grad=True)
    spectral_loss.sound_loss(made, sine(440.0)[:, :4096], RATE, LossWeights())["sound"].backward()
    assert torch.isfinite(made.grad).all()


def test_gradients_are_those_that_differences_say() -> None:
    rng = np.random.default_rng(0)
    made, wanted = (torch.from_numpy(rng.normal(0, 0.1, (2, 300))) for _ in range(2))
    way, small = torch.from_numpy(rng.normal(0, 1, (2, 300))), 1e-7
    made.requires_grad_(True)
    spectral_loss.multi_scale(made, wanted).backward()
    with torch.no_grad():
        further, back = (spectral_loss.multi_scale(made + side * small * way, wanted) for side in (1, -1))
    assert float((made.grad * way).sum()) == pytest.approx(float(further - back) / (2 * small), rel=1e-3)


def test_what_sixteen_bits_cannot_hold_is_not_learned_from() -> None:
    held = torch.round(sine(440.0) * 32767) / 32767
    heard, ideal = (
        float(spectral_loss.multi_scale(held, sine(440.0), 1.0, floor)) for floor in (spectral_loss.SIXTEEN_BITS, 0.0)
    )
    assert heard < 0.2 * ideal
