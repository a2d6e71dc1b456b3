"""LEAP's networks: shapes, what must stay silent, and what must reach the output."""

from dataclasses import replace

import pytest
import torch

from leap_models.families.leap.dit import Condition, Dit, DitConfig
from leap_models.families.leap.guiding import denoiser
from leap_models.families.leap.listening import Heard, ListenerConfig
from leap_models.families.leap.vae import KEYS, Vae, VaeConfig

TINY_VAE = VaeConfig(encoder_widths=(8, 8, 16), decoder_widths=(8, 8, 16), decoder_blocks=(1, 1, 1))
TINY = DitConfig(width=32, depth=2, heads=2, hidden=48)
ARCHITECTURES = ("concat", "mmdit", "cross_attention")


def condition(batch: int = 2, seed: int = 0) -> Condition:
    rng = torch.Generator().manual_seed(seed)
    heard = Heard(torch.rand(batch, 3, 88, 512, generator=rng), torch.rand(batch, 512, 10, generator=rng))
    one = torch.ones(batch)
    return Condition(heard, 3 * one, torch.zeros(batch, 4, 12, 128), torch.zeros(batch, 128), one, one)


def awake(architecture: str = "concat") -> Dit:
    """A transformer whose zero layers are filled, as training would."""
    torch.manual_seed(0)
    dit = Dit(replace(TINY, architecture=architecture))
    for parameter in dit.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return dit.eval()


def test_a_roll_becomes_latents_of_4_by_12_by_128() -> None:
    assert Vae(TINY_VAE).encode(torch.rand(2, 1, 96, 1024)).shape == (2, 4, 12, 128)


def test_latents_become_three_planes_of_96_by_1024() -> None:
    decoded = Vae(TINY_VAE).decode(torch.randn(2, 4, 12, 128))
    assert decoded.onset.shape == decoded.sounding.shape == decoded.velocity.shape == (2, 96, 1024)


def test_rows_without_a_key_stay_silent_whatever_is_decoded() -> None:
    with torch.no_grad():
        decoded = Vae(TINY_VAE).decode(10 * torch.randn(1, 4, 12, 128))
    assert float(torch.sigmoid(decoded.sounding[:, KEYS:]).max()) < 1e-3


def test_the_scale_of_latents_is_kept_inside_encode_and_decode() -> None:
    vae, roll = Vae(TINY_VAE).eval(), torch.rand(1, 1, 96, 64)
    before = vae.decode(vae.encode(roll)).sounding
    vae.shift.fill_(0.7)
    vae.scale.fill_(3.0)
    assert torch.allclose(vae.decode(vae.encode(roll)).sounding, before, atol=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_latents_keep_their_shape(architecture: str) -> None:
    assert awake(architecture)(torch.randn(2, 4, 12, 128), torch.rand(2), condition()).shape == (2, 4, 12, 128)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_is_heard_reaches_the_output(architecture: str) -> None:
    dit, noisy, times = awake(architecture), torch.randn(2, 4, 12, 128), torch.rand(2)
    assert not torch.allclose(dit(noisy, times, condition(seed=0)), dit(noisy, times, condition(seed=1)), atol=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_withheld_audio_does_not_reach_the_output(architecture: str) -> None:
    dit, noisy, times = awake(architecture), torch.randn(2, 4, 12, 128), torch.rand(2)
    deaf = [replace(condition(seed=seed), keep_audio=torch.zeros(2)) for seed in (0, 1)]
    assert torch.allclose(dit(noisy, times, deaf[0]), dit(noisy, times, deaf[1]))


def test_a_withheld_level_does_not_reach_the_output() -> None:
    dit, noisy, times = awake(), torch.randn(2, 4, 12, 128), torch.rand(2)
    blind = [replace(condition(), level=torch.full((2,), level), keep_level=torch.zeros(2)) for level in (1.0, 5.0)]
    assert torch.allclose(dit(noisy, times, blind[0]), dit(noisy, times, blind[1]))


def test_the_level_reaches_the_output() -> None:
    dit, noisy, times = awake(), torch.randn(2, 4, 12, 128), torch.rand(2)
    easy, hard = (dit(noisy, times, replace(condition(), level=torch.full((2,), level))) for level in (1.0, 5.0))
    assert not torch.allclose(easy, hard, atol=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_guidance_leads_away_from_what_is_played_unheard_and_at_no_level(architecture: str) -> None:
    dit, given, noisy, times = awake(architecture), condition(), torch.randn(2, 4, 12, 128), torch.full((2,), 0.7)
    full = dit(noisy, times, given)
    unheard = dit(noisy, times, replace(given, keep_audio=torch.zeros(2)))
    unasked = dit(noisy, times, replace(given, keep_level=torch.zeros(2)))
    guided = denoiser(dit, given, audio=2.0, level=1.5)(noisy, times)
    assert torch.allclose(guided, full + (full - unheard) + 0.5 * (full - unasked), atol=1e-5)
    assert not torch.allclose(guided, full, atol=1e-3)


def test_without_guidance_the_transformer_speaks_for_itself() -> None:
    dit, given, noisy, times = awake(), condition(), torch.randn(2, 4, 12, 128), torch.full((2,), 0.7)
    assert torch.equal(denoiser(dit, given)(noisy, times), dit(noisy, times, given))


def test_a_new_transformer_predicts_its_draft() -> None:
    dit, given = Dit(TINY), condition(1)
    assert torch.equal(dit(torch.randn(1, 4, 12, 128), torch.rand(1), given), dit.listen(given).draft)


def test_features_may_be_vectors_instead_of_planes() -> None:
    config = replace(TINY, listener=ListenerConfig(kind="vectors", width=64))
    heard = Heard(torch.rand(2, 512, 64), torch.rand(2, 512, 10))
    given = replace(condition(), heard=heard)
    assert Dit(config)(torch.randn(2, 4, 12, 128), torch.rand(2), given).shape == (2, 4, 12, 128)
