"""The mathematics of diffusion against closed forms."""

import pytest
import torch
from torch import Tensor

from leap_models.diffusion import samplers, schedule
from leap_models.diffusion.denoiser import clean, column, noised, target
from leap_models.diffusion.guidance import guided
from leap_models.diffusion.loss import data_weight, draw_times
from leap_models.errors import BadParameter

KINDS = ("flow", "cosine", "linear_beta")
MEAN, SPREAD = 1.5, 0.4


def exact_denoiser(levels: schedule.Schedule):  # type: ignore[no-untyped-def]
    """E[x0 | x_t] where x0 is Gaussian with MEAN and SPREAD."""

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        alpha, sigma = levels.alpha(column(t, x)), levels.sigma(column(t, x))
        gain = alpha * SPREAD**2 / (alpha**2 * SPREAD**2 + sigma**2)
        return MEAN + gain * (x - alpha * MEAN)

    return denoise


@pytest.mark.parametrize("kind", KINDS)
def test_every_schedule_begins_with_data_and_ends_in_pure_noise(kind: schedule.Kind) -> None:
    levels = schedule.make(kind)
    ends = torch.tensor([0.0, 1.0])
    assert levels.alpha(ends).tolist() == pytest.approx([1.0, 0.0], abs=1e-6)
    assert levels.sigma(ends).tolist() == pytest.approx([0.0, 1.0], abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_slopes_are_the_derivatives(kind: schedule.Kind) -> None:
    levels = schedule.make(kind)
    t = torch.linspace(0.1, 0.9, 9, dtype=torch.float64, requires_grad=True)
    (alpha,) = torch.autograd.grad(levels.alpha(t).sum(), t, retain_graph=True)
    (sigma,) = torch.autograd.grad(levels.sigma(t).sum(), t)
    slopes = levels.slopes(t.detach())
    assert torch.allclose(alpha, slopes[0])
    assert torch.allclose(sigma, slopes[1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("predicts", ["data", "noise", "velocity"])
def test_the_clean_signal_is_the_same_from_each_prediction(kind: schedule.Kind, predicts: str) -> None:
    levels = schedule.make(kind)
    x0, eps = torch.randn(6, 4, dtype=torch.float64), torch.randn(6, 4, dtype=torch.float64)
    t = torch.linspace(0.05, 0.9, 6, dtype=torch.float64)
    said = target(x0, eps, t, levels, predicts)  # type: ignore[arg-type]
    found = clean(said, noised(x0, eps, t, levels), t, levels, predicts)  # type: ignore[arg-type]
    assert float((found - x0).abs().max()) < 1e-4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["euler", "heun"])
def test_a_sampler_with_the_exact_denoiser_draws_the_gaussian(kind: schedule.Kind, name: str) -> None:
    levels = schedule.make(kind)
    noise = samplers.gaussian((20_000, 1), 0, torch.device("cpu"))
    drawn = samplers.make(name)(exact_denoiser(levels), levels, noise, schedule.times(100), lambda: None)
    assert float(drawn.mean()) == pytest.approx(MEAN, abs=3 * SPREAD / 20_000**0.5 + 0.01)
    assert float(drawn.std()) == pytest.approx(SPREAD, rel=0.05)


def test_a_sampler_ticks_once_a_step() -> None:
    ticks: list[int] = []
    samplers.euler(lambda x, t: x, schedule.Flow(), torch.zeros(1, 2), schedule.times(7), lambda: ticks.append(1))
    assert len(ticks) == 7


def test_the_same_seed_gives_the_same_noise() -> None:
    first, again = (samplers.gaussian((3, 4), 5, torch.device("cpu")) for _ in range(2))
    assert torch.equal(first, again)


def test_times_fall_from_one_to_zero() -> None:
    times = schedule.times(8, shift=3.0)
    assert (times[0], times[-1]) == (1, 0)
    assert bool((times.diff() < 0).all())


def test_guidance_of_scale_one_changes_nothing() -> None:
    full, without = torch.randn(3), torch.randn(3)
    assert torch.equal(guided(full, [(without, 1.0)]), full)


def test_guidance_of_scale_zero_is_the_prediction_without_the_condition() -> None:
    full, without = torch.randn(3), torch.randn(3)
    assert torch.allclose(guided(full, [(without, 0.0)]), without)


def test_the_weight_turns_an_error_of_data_into_one_of_velocity() -> None:
    levels, t = schedule.Flow(), torch.tensor([0.5])
    x0, wrong, eps = torch.randn(1, 8), torch.randn(1, 8), torch.randn(1, 8)
    x = noised(x0, eps, t, levels)
    implied = (x - levels.alpha(t) * wrong) / levels.sigma(t)
    velocity_error = (target(wrong, implied, t, levels, "velocity") - target(x0, eps, t, levels, "velocity")).square()
    assert torch.allclose(data_weight(t, levels) * (wrong - x0).square(), velocity_error, atol=1e-5)


def test_times_are_drawn_within_zero_and_one() -> None:
    drawn = draw_times(1000, torch.Generator().manual_seed(0), torch.device("cpu"), centre=0.5, spread=3.0)
    assert float(drawn.min()) > 0.0
    assert float(drawn.max()) < 1.0


def test_an_unknown_schedule_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadParameter, match="flow, cosine, linear_beta"):
        schedule.make("quadratic")  # type: ignore[arg-type]
