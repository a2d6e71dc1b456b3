"""The networks that are there for comparison."""

import numpy as np
import pytest
import torch
from tiny_timbre import RATE, SMALL, SMALL_CONTOUR, passage, played, score, vector
from torch import nn

from leap_models.errors import ConfigError
from leap_models.families.timbre.config import PERFORMANCE_NET, TimbreConfig, build
from leap_models.families.timbre.contour import Contour
from leap_models.families.timbre.encoder import TimbreEncoder
from leap_models.families.timbre.griffin_lim import Spectra, griffin_lim
from leap_models.families.timbre.texture import MultiBand
from leap_models.families.timbre.wavenet import Wavenet, decode, encode
from leap_models.music.notes import Note
from leap_models.nn.conv import count_parameters

COMPARED = ("contour", "concat_skips", "wavenet")


def small(variant: str) -> nn.Module:
    torch.manual_seed(0)
    return build(SMALL[variant]).eval()


def test_a_texture_block_of_zeros_is_the_identity():
    block, x = MultiBand(16, 4, "frame", 0), torch.randn(1, 16, 20)
    for layer in (block.first, block.second):
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    assert torch.equal(block(x), x)


def test_a_texture_block_that_learned_something_changes_something():
    torch.manual_seed(0)
    x = torch.randn(1, 16, 20)
    assert (MultiBand(16, 4, "instance", 0)(x) - x).abs().mean() > 0.1


def test_what_is_to_be_learned_reaches_the_texture():
    network = small("contour")
    network.loss(score(passage(0.5), seconds=0.5), torch.randn(1, RATE), torch.randn(1, RATE // 2)).backward()
    weights = [block.first.weight.grad for block in network.texture.blocks]
    assert all(grad is not None and grad.any() for grad in weights)


def test_bands_of_a_texture_do_not_see_each_other():
    torch.manual_seed(0)
    block, x = MultiBand(16, 4, "instance", 0), torch.randn(1, 16, 20)
    other = x.clone()
    other[:, :4] += torch.randn(1, 4, 20)
    assert torch.allclose(block(x)[:, 4:], block(other)[:, 4:])


def convergence(sound: torch.Tensor, spectra: Spectra) -> float:
    wanted = spectra.of(sound).abs()
    found = spectra.of(griffin_lim(spectra.log_power(sound), spectra, sound.shape[-1])).abs()
    return float((found - wanted).norm() / wanted.norm())


def test_griffin_lim_finds_a_sound_of_that_spectrogram():
    assert convergence(torch.from_numpy(played(passage(1.0)))[None], Spectra(1024, 192)) < 0.2


def test_griffin_lim_keeps_what_is_above_3200_hz():
    time_s = torch.arange(RATE) / RATE
    sound = 0.3 * torch.sin(2 * torch.pi * 7000.0 * time_s)[None]
    spectra = Spectra(1024, 192)
    found = griffin_lim(spectra.log_power(sound), spectra, RATE)
    assert float(found.square().mean() / sound.square().mean()) == pytest.approx(1.0, abs=0.1)


def test_griffin_lim_of_silence_is_silence():
    spectra = Spectra(1024, 192)
    assert not griffin_lim(torch.zeros(1, spectra.bins, 50), spectra, 49 * 192).any()


@pytest.mark.parametrize("variant", COMPARED)
def test_a_variant_gives_as_many_samples_as_the_score_has(variant):
    with torch.no_grad():
        made = small(variant)(score(passage(0.1), seconds=0.02), torch.randn(1, RATE))
    assert made.shape == (1, 480)


@pytest.mark.parametrize("variant", COMPARED)
def test_a_variant_learns_from_its_own_loss(variant):
    network = small(variant)
    network.loss(score(passage(0.5), seconds=0.2), torch.randn(1, RATE), 0.1 * torch.randn(1, 4800)).backward()
    assert sum(parameter.grad is not None and bool(parameter.grad.any()) for parameter in network.parameters()) > 20


@pytest.mark.parametrize("variant", COMPARED)
def test_a_variants_reference_matters(variant):
    network, notes = small(variant), score(passage(0.5), seconds=0.2)
    audio, references = 0.1 * torch.randn(1, 4800), (torch.randn(1, RATE), torch.randn(1, RATE).cumsum(1) / 100)
    with torch.no_grad():
        losses = [float(network.loss(notes, reference, audio)) for reference in references]
    assert losses[0] != losses[1]


def test_the_u_net_is_told_of_strikes_at_its_deep_blocks():
    network = Contour(SMALL_CONTOUR, RATE, 96)
    assert [up.second.in_channels - up.first.out_channels for up in network.ups] == [16, 16]


def test_the_u_net_of_the_usual_size_has_at_most_8_million_parameters():
    assert count_parameters(build(TimbreConfig(variant="contour"))) <= 8_000_000


def test_performance_net_can_be_built_at_its_published_size():
    with torch.device("meta"):
        network = Contour(PERFORMANCE_NET.contour, RATE, 96)
    assert count_parameters(network) == pytest.approx(249.8e6, rel=0.01)


def test_a_wavenet_that_remembers_says_what_one_that_looks_back_says():
    network = small("wavenet")
    assert isinstance(network, Wavenet)
    notes = score(passage(0.5), seconds=0.012)
    with torch.no_grad():
        made = network.play(notes, vector())
        logits = network.logits(made, network.told(notes, vector()))
    expected = logits.softmax(dim=1).transpose(1, 2) @ decode(torch.arange(256))
    assert torch.allclose(made, expected, atol=1e-4)


def test_a_wavenet_does_not_see_the_sample_that_it_is_to_say():
    network, audio = small("wavenet"), 0.5 * torch.randn(1, 288)
    told = network.told(score(passage(0.5), seconds=0.012), vector())
    other = audio.clone()
    other[:, 200:] = 0.9
    assert torch.equal(network.logits(audio, told)[..., :201], network.logits(other, told)[..., :201])


def test_mu_law_keeps_a_sample_within_three_percent():
    samples = torch.linspace(-1.0, 1.0, 999)
    assert (decode(encode(samples)) - samples).abs().max() < 0.03


def test_mu_law_keeps_silence():
    assert decode(encode(torch.zeros(3))).tolist() == [0.0, 0.0, 0.0]


def test_a_hop_that_does_not_make_250_frames_a_second_is_refused():
    with pytest.raises(ConfigError, match="sample_rate must be 250 x hop, got 22050 and 96"):
        TimbreConfig(sample_rate=22_050)


@pytest.fixture(scope="module")
def encoder() -> TimbreEncoder:
    torch.manual_seed(0)
    return TimbreEncoder(RATE).eval()


@pytest.fixture(scope="module")
def recording() -> torch.Tensor:
    notes = (Note(0.05, 0.5, 48, 90), Note(0.5, 1.2, 64, 80), Note(1.0, 1.9, 60, 90))
    return torch.from_numpy(played(notes, seconds=2.0))


def apart(encoder: TimbreEncoder, one: torch.Tensor, other: torch.Tensor) -> float:
    """The distance of two timbres, whose vectors are 8 long."""
    with torch.no_grad():
        return float((encoder(one[None]) - encoder(other[None])).norm())


def test_a_later_recording_has_nearly_the_same_timbre(encoder, recording):
    assert apart(encoder, recording, torch.cat([torch.zeros(5000), recording])) < 0.4


def test_a_quieter_recording_has_the_same_timbre(encoder, recording):
    assert apart(encoder, recording, 0.05 * recording) < 0.05


def test_a_duller_recording_has_another_timbre(encoder, recording):
    spectrum = torch.fft.rfft(recording)
    dull = torch.fft.irfft(spectrum / (1 + torch.arange(len(spectrum)) / 300), len(recording))
    assert apart(encoder, recording, dull) > 0.4


@pytest.mark.parametrize("samples", [1, 2400])
def test_a_short_recording_has_a_timbre(encoder, samples):
    assert torch.isfinite(encoder(torch.randn(1, samples))).all()


def test_a_timbre_of_silence_is_a_number():
    assert torch.isfinite(TimbreEncoder(RATE)(torch.zeros(1, RATE))).all()


def test_no_band_of_the_mel_scale_is_empty(encoder):
    assert np.allclose(encoder.mel.bands.sum(dim=1), 1.0, atol=1e-5)
