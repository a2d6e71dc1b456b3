"""How MuseGAN is taught: everything that a run can be told besides the networks' sizes."""

from dataclasses import dataclass
from typing import Literal

from leap_models.errors import BadParameter
from leap_models.training.gan_losses import Kind


@dataclass(frozen=True)
class Ramp:
    """A value that changes along a straight line, by the generator's steps."""

    start: float
    end: float
    first_step: int
    last_step: int

    def at(self, step: int) -> float:
        """The value in a step."""
        done = (step - self.first_step) / max(1, self.last_step - self.first_step)
        return self.start + (self.end - self.start) * min(1.0, max(0.0, done))


@dataclass(frozen=True)
class MuseGanTraining:
    """How it is taught. Everything is counted in steps of the generator.

    Args:
        taught: the generator, the refiner behind a finished generator, or both at once.
        echo: what it counts, for every thousand nats, that the generator plays what a listener hears; 0: no listener.
        echo_told: what every nat counts that the listener tells.
        echo_steps: so many steps at first are learned by echo alone, at the rate `echo_rate`, which falls.
        hearing_steps: that a listener to single parts learns in the end, for bands that accompany; 0: none.
        judge_steps: that a judge of finished phrases learns in the end; 0: no judge.
        precision: of wide products of matrices; `bf16` has 8 bits.
        batch: phrases of an update.
        discriminator_updates: for each of the generator; `eager_factor` times as many in the first `eager_steps`.
        penalty_every: how many of the discriminator's updates go by until the penalties count, so many times as much.
        decay: how the learning rates fall, as a factor.
        slope: of neurons that are on or off.
        estimator: of the gradient of neurons that decide by chance.
        nothing_given: how often no track is given, with networks that accompany.
        transposed: whether phrases are moved by semitones; never with networks of one key.
        save_samples_steps, evaluate_steps: 0 is never.
        sample_rows, sample_columns: of the grid of samples.
        runs: grids that a finished run writes, each of latents of its own.
    """

    loss: Kind = "wasserstein"
    gradient_penalty: float = 10.0
    r1: float = 0.0
    penalty_every: int = 1
    spectral_norm: bool = False
    taught: Literal["generator", "refiner", "both"] = "generator"
    echo: float = 0.0
    echo_told: float = 0.5
    echo_steps: int = 0
    echo_rate: float = 3e-3
    hearing_steps: int = 0
    judge_steps: int = 0
    precision: Literal["full", "bf16"] = "full"
    batch: int = 64
    steps: int = 50_000
    discriminator_updates: int = 5
    eager_steps: int = 10
    eager_factor: int = 10
    generator_rate: float = 1e-3
    discriminator_rate: float = 1e-3
    betas: tuple[float, float] = (0.5, 0.9)
    decay: Ramp = Ramp(1.0, 0.0, 45_000, 50_000)
    slope: Ramp = Ramp(1.0, 5.0, 10_000, 50_000)
    estimator: Literal["straight_through", "reinforce"] = "straight_through"
    ema: float = 0.999
    nothing_given: float = 0.5
    transposed: bool = True
    log_steps: int = 25
    evaluate_steps: int = 0
    save_samples_steps: int = 0
    save_array_samples: bool = True
    save_image_samples: bool = True
    save_pianoroll_samples: bool = True
    sample_rows: int = 8
    sample_columns: int = 8
    runs: int = 1
    checkpoint_minutes: float = 5.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("batch", "steps", "discriminator_updates", "log_steps", "sample_rows", "sample_columns",
                     "penalty_every", "runs"):  # fmt: skip
            if getattr(self, name) < 1:
                raise BadParameter(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.estimator == "reinforce" and self.batch < 2:
            raise BadParameter(f"batch must be at least 2 with reinforce, got {self.batch}")

    def updates(self, step: int) -> int:
        """Of the discriminator in a step."""
        return self.discriminator_updates * (self.eager_factor if step < self.eager_steps else 1)
