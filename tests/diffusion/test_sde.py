"""The stochastic and the ordinary equation against closed forms: the exact score of a Gaussian."""

import math

import pytest
import torch
from torch import Tensor

from leap_models.diffusion import inpainting, likelihood, ode, samplers, schedule
from leap_models.diffusion.denoiser import Counted, Denoise, column, score, target
from leap_models.diffusion.samplers import Settings
from leap_models.diffusion.sde import END, Sde
from leap_models.diffusion.stochastic import Stochastic
from leap_models.errors import BadParameter

KINDS = ("ve", "vp", "subvp")
MEAN, SPREAD = 0.3, 0.5
BATCH, DIMS = 200, 32
CLASSIC = schedule.VarianceExploding.of_base(25.0)
CPU = torch.device("cpu")


def exact(levels: schedule.Schedule) -> Denoise:
    """E[x0 | x_t] of N(MEAN, SPREAD^2) in every element."""

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        alpha, sigma = levels.alpha(column(t, x)), levels.sigma(column(t, x))
        gain = alpha * SPREAD**2 / (alpha**2 * SPREAD**2 + sigma**2)
        return MEAN + gain * (x - alpha * MEAN)

    return denoise


def drawn(kind: schedule.Kind, name: str, steps: int, settings: Settings | None = None) -> samplers.Drawn:
    levels = schedule.make(kind)
    start = samplers.prior((BATCH, DIMS), 1, levels, CPU)
    end = 0.0 if name in samplers.TO_ZERO else END
    return samplers.draw(name, exact(levels), levels, start, schedule.times(steps, end=end), settings)


def is_the_gaussian(x: Tensor) -> None:
    assert float(x.mean()) == pytest.approx(MEAN, abs=3 * SPREAD / (BATCH * DIMS) ** 0.5)
    assert float(x.std()) == pytest.approx(SPREAD, rel=0.05)


@pytest.mark.parametrize(("t", "sigma"), [(1.0, 9.8529), (0.5, 1.9308), (0.0, 0.0)])
def test_sigma_of_base_25_is_that_of_the_formula(t: float, sigma: float) -> None:
    formula = math.sqrt((25.0 ** (2 * t) - 1.0) / (2.0 * math.log(25.0)))
    assert float(CLASSIC.sigma(torch.tensor(t))) == pytest.approx(formula, abs=1e-4)
    assert formula == pytest.approx(sigma, abs=0.01)


@pytest.mark.parametrize(("t", "g"), [(0.5, 5.0), (1.0, 25.0)])
def test_diffusion_of_base_25_is_25_to_the_t(t: float, g: float) -> None:
    assert float(Sde(CLASSIC).diffusion(torch.tensor([t]))) == pytest.approx(g, abs=1e-4)


def test_diffusion_of_vp_is_the_root_of_beta() -> None:
    t = torch.linspace(0.1, 1.0, 10, dtype=torch.float64)
    assert torch.allclose(Sde(schedule.VariancePreserving()).diffusion(t).square(), 0.1 + 19.9 * t)


def test_diffusion_of_subvp_is_that_of_the_paper() -> None:
    t = torch.linspace(0.1, 1.0, 10, dtype=torch.float64)
    beta, spent = 0.1 + 19.9 * t, 0.1 * t + 9.95 * t.square()
    paper = beta * (1.0 - torch.exp(-2.0 * spent))
    assert torch.allclose(Sde(schedule.SubVariancePreserving()).diffusion(t).square(), paper)


@pytest.mark.parametrize("kind", KINDS)
def test_slopes_are_the_derivatives(kind: schedule.Kind) -> None:
    levels = schedule.make(kind)
    t = torch.linspace(0.1, 0.9, 9, dtype=torch.float64, requires_grad=True)
    (sigma,) = torch.autograd.grad(levels.sigma(t).sum(), t)
    assert torch.allclose(sigma, levels.slopes(t.detach())[1])


@pytest.mark.parametrize("kind", KINDS)
def test_marginals_solve_the_equation_of_their_moments(kind: schedule.Kind) -> None:
    sde, t, step = Sde(schedule.make(kind)), torch.tensor([0.4], dtype=torch.float64), 1e-5
    here, there = (sde.marginal(torch.ones(1, dtype=torch.float64), t + move) for move in (-step, step))
    drift, g = sde.drift(torch.ones(1, dtype=torch.float64), t), sde.diffusion(t)
    middle = sde.marginal(torch.ones(1, dtype=torch.float64), t)
    assert torch.allclose((there.mean - here.mean) / (2 * step), drift * middle.mean, atol=1e-6)
    growth = (there.std.square() - here.std.square()) / (2 * step)
    assert torch.allclose(growth, 2 * drift * middle.std.square() + g.square(), rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_reverse_drift_and_the_flow_share_the_score(kind: schedule.Kind) -> None:
    sde, t = Sde(schedule.make(kind)), torch.tensor([0.3, 0.8], dtype=torch.float64)
    x, x0 = torch.randn(2, 5, dtype=torch.float64), torch.randn(2, 5, dtype=torch.float64)
    half = 0.5 * (sde.drift(x, t) + sde.reverse_drift(x, x0, t))
    assert torch.allclose(sde.flow(x, x0, t), half, rtol=1e-6)


def test_the_loss_of_the_exact_score_is_its_analytic_minimum() -> None:
    levels = CLASSIC
    rng = torch.Generator().manual_seed(0)
    x0 = MEAN + SPREAD * torch.randn(40_000, 1, generator=rng, dtype=torch.float64)
    eps = torch.randn(x0.shape, generator=rng, dtype=torch.float64)
    t = torch.full((len(x0),), 0.3, dtype=torch.float64)
    sigma = float(levels.sigma(t[:1]))
    x = x0 + sigma * eps
    error = sigma * (score(x, exact(levels)(x, t), t, levels) - target(x0, eps, t, levels, "score"))
    assert float(error.square().mean()) == pytest.approx(SPREAD**2 / (SPREAD**2 + sigma**2), rel=0.03)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["euler", "heun", "multistep", "ode", "euler_maruyama", "ancestral"])
def test_a_sampler_with_the_exact_score_draws_the_gaussian(kind: schedule.Kind, name: str) -> None:
    is_the_gaussian(drawn(kind, name, {"ode": 1, "heun": 60, "multistep": 100}.get(name, 300)).x)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("predictor", ["euler_maruyama", "reverse_diffusion", "ancestral"])
@pytest.mark.parametrize("corrector", ["langevin", "annealed_langevin"])
def test_a_corrected_sampler_draws_the_gaussian(kind: schedule.Kind, predictor: str, corrector: str) -> None:
    how = Stochastic(predictor, corrector)  # type: ignore[arg-type]
    is_the_gaussian(drawn(kind, "predictor_corrector", 200, Settings(2, how)).x)


def test_a_corrector_works_without_a_predictor() -> None:
    how = Stochastic("none", "langevin", snr=0.25, corrector_steps=2)
    made = drawn("ve", "predictor_corrector", 400, Settings(2, how))
    assert float(made.x.std()) == pytest.approx(SPREAD, rel=0.1)


@pytest.mark.parametrize(
    ("name", "settings", "calls"),
    [
        ("euler_maruyama", None, 500),
        ("predictor_corrector", None, 1000),
        ("predictor_corrector", Settings(stochastic=Stochastic(corrector_steps=2)), 1500),
        ("predictor_corrector", Settings(stochastic=Stochastic("none")), 500),
        ("heun", None, 999),
        ("multistep", None, 500),
    ],
)
def test_calls_of_the_network_are_counted(name: str, settings: Settings | None, calls: int) -> None:
    end = 0.0 if name in samplers.TO_ZERO else END
    start = samplers.prior((2, 3), 1, CLASSIC, CPU)
    assert samplers.draw(name, exact(CLASSIC), CLASSIC, start, schedule.times(500, end=end), settings).calls == calls


@pytest.mark.parametrize("name", samplers.NAMES)
def test_every_sampler_ticks_once_a_step(name: str) -> None:
    ticks: list[int] = []
    start = samplers.prior((2, 3), 1, CLASSIC, CPU)
    samplers.make(name)(exact(CLASSIC), CLASSIC, start, schedule.times(9, end=END), lambda: ticks.append(1))
    assert len(ticks) == 9


@pytest.mark.parametrize("name", samplers.NAMES)
def test_a_seed_and_a_start_code_decide_everything(name: str) -> None:
    start = samplers.prior((2, 3), 1, CLASSIC, CPU)
    first, again = (
        samplers.draw(name, exact(CLASSIC), CLASSIC, start, schedule.times(9, end=END), Settings(3)).x
        for _ in range(2)
    )
    assert torch.equal(first, again)


def test_a_multistep_sampler_needs_far_fewer_calls_than_euler_for_the_same_error() -> None:
    levels = schedule.make("vp")
    start = samplers.prior((50, 8), 1, levels, CPU)
    alpha, sigma = (float(level(torch.ones(()))) for level in (levels.alpha, levels.sigma))
    truth = MEAN + SPREAD * (start - alpha * MEAN) / math.hypot(alpha * SPREAD, sigma)

    def error(name: str, steps: int) -> float:
        made = samplers.draw(name, exact(levels), levels, start, schedule.times(steps)).x
        return float((made - truth).abs().max())

    assert error("multistep", 25) < error("euler", 100)


def test_a_tighter_tolerance_takes_more_calls() -> None:
    loose, tight = (drawn("ve", "ode", 1, Settings(tolerance=tolerance)).calls for tolerance in (1e-3, 1e-6))
    assert tight > loose


@pytest.mark.parametrize("kind", KINDS)
def test_decoding_undoes_encoding(kind: schedule.Kind) -> None:
    levels = schedule.make(kind)
    x = MEAN + SPREAD * samplers.gaussian((4, 16), 3, CPU)
    code = ode.encode(exact(levels), levels, x)
    assert float((ode.decode(exact(levels), levels, code.x).x - x).abs().max()) < 1e-2


def test_a_code_of_the_data_is_noise() -> None:
    x = MEAN + SPREAD * samplers.gaussian((BATCH, 2 * DIMS), 3, CPU)
    code = ode.encode(exact(schedule.make("vp")), schedule.make("vp"), x).x
    error = 4.0 / code.numel() ** 0.5
    assert (float(code.mean()), float(code.std())) == (pytest.approx(0.0, abs=error), pytest.approx(1.0, abs=error))


def test_interpolation_goes_from_one_code_to_the_other() -> None:
    one, other = samplers.gaussian((2, 9), 0, CPU), samplers.gaussian((2, 9), 1, CPU)
    assert torch.allclose(ode.interpolate(one, other, 0.0), one, atol=1e-5)
    assert torch.allclose(ode.interpolate(one, other, 1.0), other, atol=1e-5)


def test_half_way_between_two_codes_is_as_large_as_they_are() -> None:
    one, other = samplers.gaussian((1, 4000), 0, CPU), samplers.gaussian((1, 4000), 1, CPU)
    assert float(ode.interpolate(one, other, 0.5).std()) == pytest.approx(1.0, abs=0.03)


def far_from_the_closed_form(kind: schedule.Kind, probe: likelihood.Probe) -> Tensor:
    """(500,) of how much more likely data of the Gaussian were found to be than they are."""
    levels = schedule.make(kind)
    x = (MEAN + SPREAD * samplers.gaussian((500, DIMS), 3, CPU)).double()
    alpha, sigma = (float(level(torch.tensor(END, dtype=torch.float64))) for level in (levels.alpha, levels.sigma))
    truth = torch.distributions.Normal(alpha * MEAN, math.hypot(alpha * SPREAD, sigma)).log_prob(x).sum(dim=1)
    return likelihood.log_likelihood(exact(levels), levels, x, 0, probe).log_density - truth


@pytest.mark.parametrize("kind", KINDS)
def test_the_likelihood_of_a_gaussian_is_its_closed_form(kind: schedule.Kind) -> None:
    entropy = DIMS * (0.5 + math.log(SPREAD * math.sqrt(2 * math.pi)))
    assert float(far_from_the_closed_form(kind, "rademacher").abs().mean()) < 0.01 * entropy


@pytest.mark.parametrize("kind", KINDS)
def test_gaussian_probes_agree_with_it_within_their_error(kind: schedule.Kind) -> None:
    far = far_from_the_closed_form(kind, "gaussian")
    assert abs(float(far.mean())) < 3 * float(far.std()) / 500**0.5


def test_bits_of_even_noise_are_the_bits_of_its_levels() -> None:
    nothing = torch.zeros(1)  # the log-density of evenly spread data on a range of 1
    assert float(likelihood.bits_per_dim(nothing, 10, 256, 1.0)) == pytest.approx(8.0)


def test_dequantized_data_keep_their_level() -> None:
    x = torch.arange(8).float()
    moved = likelihood.dequantized(x, 8, 8.0, torch.Generator().manual_seed(0))
    assert torch.equal(moved.round(), x)
    assert not torch.equal(moved, x)


@pytest.mark.parametrize("name", samplers.NAMES)
def test_what_is_known_is_bit_equal_after_filling(name: str) -> None:
    levels = schedule.make("vp")
    known, missing = samplers.gaussian((3, 8), 5, CPU), samplers.gaussian((3, 8), 6, CPU) > 0
    start = samplers.prior((3, 8), 1, levels, CPU)
    fill = inpainting.filling(exact(levels), known, missing)
    made = samplers.draw(name, fill, levels, start, schedule.times(30, end=END)).x
    result = inpainting.filled(made, known, missing)
    assert torch.equal(result[~missing], known[~missing])
    assert not torch.equal(result[missing], known[missing])


def test_a_filler_sees_what_is_known_at_the_level_of_noise_of_the_moment() -> None:
    levels, known = schedule.make("vp"), torch.full((1, 2000), 0.7)
    seen: list[float] = []

    def watch(x: Tensor, t: Tensor) -> Tensor:
        seen.append(float((x.mean() / levels.alpha(t[0])) if float(t[0]) < 0.3 else 0.7))
        return torch.zeros_like(x)

    fill = inpainting.filling(watch, known, torch.zeros_like(known, dtype=torch.bool))
    start = samplers.prior((1, 2000), 1, levels, CPU)
    samplers.draw("euler_maruyama", fill, levels, start, schedule.times(100, end=END))
    assert seen == [pytest.approx(0.7, abs=0.1)] * 100


def test_variation_starts_from_a_part_of_the_noise() -> None:
    times = schedule.times(4, start=0.4, end=0.1)
    assert (float(times[0]), float(times[-1])) == (pytest.approx(0.4), pytest.approx(0.1))


def test_a_counted_denoiser_counts_calls_not_examples() -> None:
    counted = Counted(lambda x, t: x)
    counted(torch.zeros(7, 2), torch.zeros(7))
    assert counted.calls == 1


def test_an_unknown_sampler_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadParameter, match="euler, heun, multistep, ode"):
        samplers.make("guess")


def test_an_unknown_corrector_is_refused() -> None:
    with pytest.raises(BadParameter, match="corrector must be one of langevin"):
        drawn("vp", "predictor_corrector", 2, Settings(stochastic=Stochastic(corrector="mend")))  # type: ignore[arg-type]
