"""Teaching MuseGAN: several updates of the discriminator for each of the generator, which alone counts as a step.

Chance comes from [seed, step, update], so a run that was killed and resumed goes on as it would have.
"""

import csv
import logging
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from leap_models.errors import UserError
from leap_models.families.musegan import config as networks
from leap_models.families.musegan.config import MuseGanConfig
from leap_models.families.musegan.generator import told
from leap_models.families.musegan.layers import coarsen, limit
from leap_models.families.musegan.listener import Listener
from leap_models.families.musegan.refiner import decide
from leap_models.paths import atomic
from leap_models.training import curves
from leap_models.training.gan_losses import discriminator_loss, generator_losses, gradient_penalty, r1, reinforced
from leap_models.training.loop import Ema
from leap_models.training.musegan_batches import Batches
from leap_models.training.musegan_data import Phrases
from leap_models.training.musegan_echo import echoed, heard, listener_for, straighten
from leap_models.training.musegan_optimizers import check, optimizers
from leap_models.training.musegan_played import Played
from leap_models.training.musegan_training import MuseGanTraining, Ramp

log = logging.getLogger(__name__)
STRAIGHTENED = 64  # batches that latents are straightened by


class Diverged(UserError):  # noqa: N818
    """A loss is no number any more; what was saved last is still good."""

    code = "diverged"


class MuseGanLoop:
    """Trains in a folder: `state.pt` to resume, `log.csv` and `loss.png` to see how it goes.

    Args:
        on_step: called after each step, with this loop: for samples and figures.
    """

    def __init__(
        self, sizes: MuseGanConfig, training: MuseGanTraining, phrases: Phrases, folder: Path, device: str = "cpu",
        on_step: Callable[["MuseGanLoop"], None] | None = None,
    ) -> None:
        self.sizes, self.training, self.folder, self.on_step = sizes, training, folder, on_step
        self.device = torch.device(device)
        torch.manual_seed(training.seed)
        self.generator = networks.generator(sizes).to(self.device).train()
        self.discriminator = networks.discriminator(sizes).to(self.device).train()
        self.refiner = networks.refiner(sizes)
        if training.spectral_norm:
            limit(self.discriminator)
        if training.precision == "bf16":
            coarsen(self.generator)
            coarsen(self.discriminator)
        check(sizes, training)
        self.made = self._made()
        self.listener = listener_for(sizes, training, self.generator)
        self.optimizers = optimizers(training, self.made, self.discriminator, self.listener)
        self.rates = {name: [group["lr"] for group in each.param_groups] for name, each in self.optimizers.items()}
        self.ema = Ema(self.made, training.ema)
        self.batches, self.step = Batches(phrases, self.device), 0
        self.moved = training.transposed and not sizes.one_key
        count = training.sample_rows * training.sample_columns
        rng = torch.Generator().manual_seed(training.seed)
        self.sample_z = torch.randn(count, sizes.latents.size(sizes.shape), generator=rng).to(self.device)
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "state.pt").exists():
            self.resume()

    def _made(self) -> nn.ModuleDict:
        """What makes music; of it what is taught has gradients."""
        parts: dict[str, nn.Module] = {"generator": self.generator}
        if self.refiner is not None:
            parts["refiner"] = self.refiner.to(self.device).train()
        if self.training.taught == "refiner":
            self.generator.requires_grad_(False).eval()
        return nn.ModuleDict(parts)

    def fit(self, minutes: float) -> None:
        """Learn until the clock or the step count says stop; saves at the end and every few minutes.

        Raises:
            Diverged: a loss is no number any more.
        """
        began = saved = time.monotonic()
        while self.step < self.training.steps and time.monotonic() - began < 60 * minutes:
            figures = self.learn()
            if self.step % self.training.log_steps == 0:
                self.record({"train_" + name: value for name, value in figures.items()}, time.monotonic() - began)
            if self.on_step is not None:
                self.on_step(self)
            if time.monotonic() - saved > 60 * self.training.checkpoint_minutes:
                self.save()
                saved = time.monotonic()
        self.save()

    def learn(self) -> dict[str, float]:
        """One step of the generator, and those of the discriminator before it; returns the losses.

        Raises:
            Diverged: one of them is no number.
        """
        fade = Ramp(1.0, 0.1, 0, self.training.echo_steps).at(self.step)
        for name, each in self.optimizers.items():
            for group, rate in zip(each.param_groups, self.rates[name], strict=True):
                group["lr"] = rate * (fade if name == "echo" else self.training.decay.at(self.step))
        if self.listener is not None and self.step < self.training.echo_steps:
            return self._learned(self._teach_echo())
        if self.listener is not None and self.step == self.training.echo_steps:
            self.straighten(self.listener)
        updates = self.training.updates(self.step)
        for update in range(updates):
            rng, noise = self._chance(update)
            real = self.batches.draw(self.training.batch, rng, self.moved)
            with torch.set_grad_enabled(update == updates - 1):  # what the generator then learns from too
                played = self._played(self._latents(len(real), noise), noise, real, self._given(len(real), rng))
            critic, penalty = self._teach_discriminator(update, real, played.phrases.detach(), noise)
        made = self._teach_generator(played, real, noise)
        return self._learned({"discriminator": critic, "penalty": penalty, **made})

    def _learned(self, losses: Mapping[str, Tensor]) -> dict[str, float]:
        """A step is done."""
        self.ema.update(self.made, self.step)
        figures = dict(zip(losses, torch.stack(list(losses.values())).tolist(), strict=True))
        if not all(math.isfinite(value) for value in figures.values()):
            raise Diverged(f"step {self.step}: losses are {figures}; go on from {self.folder} with a lower rate")
        self.step += 1
        return figures

    def rehearse(self, number: int) -> None:
        """Play a batch as in training, so that normalisation remembers it; nothing is learned."""
        rng = np.random.default_rng([self.training.seed, number])
        noise = torch.Generator(self.device).manual_seed(int(rng.integers(2**62)))
        real = self.batches.draw(self.training.batch, rng, self.moved)
        self.play(self._latents(len(real), noise), noise, real, self._given(len(real), rng))

    def _teach_discriminator(
        self, update: int, real: Tensor, fake: Tensor, noise: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        training = self.training
        loss = discriminator_loss(training.loss, *self.discriminator(torch.cat([real, fake])).chunk(2))
        penalty, much = loss.new_zeros(()), float(training.penalty_every)
        due = (self.step * training.discriminator_updates + update) % training.penalty_every == 0
        if training.gradient_penalty and due:
            penalty = gradient_penalty(self.discriminator, real, fake, much * training.gradient_penalty, noise)
        if training.r1 and due:
            penalty = penalty + r1(self.discriminator, real, much * training.r1)
        self._step("discriminator", loss + penalty)
        return loss.detach(), penalty.detach()

    def _teach_generator(self, played: Played, real: Tensor, noise: torch.Generator) -> dict[str, Tensor]:
        training = self.training
        self.discriminator.requires_grad_(False)
        losses = generator_losses(training.loss, self.discriminator(played.phrases))
        loss = losses.mean()
        if training.estimator == "reinforce":
            loss = reinforced(losses, played.likelihood(training.slope.at(self.step)))
        figures = {"generator": losses.detach().mean()}
        if self.listener is not None:
            missed, nats = echoed(self.generator, self.listener, real, played.given, noise)
            loss = loss + training.echo * (missed + training.echo_told * nats) / 1000.0
            figures |= {"missed": missed.detach(), "told": nats.detach()}
        self._step("generator", loss)
        self.discriminator.requires_grad_(True)
        return figures

    def _teach_echo(self) -> dict[str, Tensor]:
        """A step without a discriminator."""
        assert self.listener is not None
        rng, noise = self._chance(0)
        real = self.batches.draw(self.training.batch, rng, self.moved)
        given = self._given(len(real), rng)
        part = torch.zeros_like(real) if given is None else told(real, given)
        missed, nats = echoed(self.generator, self.listener, real, part, noise)
        self._step("echo", (missed + self.training.echo_told * nats) / 1000.0)
        return {"missed": missed.detach(), "told": nats.detach()}

    @torch.no_grad()
    def straighten(self, listener: Listener) -> None:
        """Go on from the averaged generator, with latents by chance that vary as those that were heard."""
        self.made.load_state_dict(self.ema.state)
        seeds = ([self.training.seed, self.step, 0, number] for number in range(STRAIGHTENED))
        batches = (self.batches.draw(self.training.batch, np.random.default_rng(seed), self.moved) for seed in seeds)
        straighten(self.generator, listener, heard([listener(each) for each in batches]))
        self.ema = Ema(self.made, self.training.ema)

    def _step(self, name: str, loss: Tensor) -> None:
        taught = self.optimizers[name]
        taught.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        taught.step()

    def play(
        self, z: Tensor, noise: torch.Generator, real: Tensor | None = None, given: Tensor | None = None
    ) -> Tensor:
        """Phrases in -1..1, with the given tracks of real ones in their places.

        Args:
            given: (batch,) the number of the track of each that is given; -1: none.
        """
        return self._played(z, noise, real, given).phrases

    def _played(
        self, z: Tensor, noise: torch.Generator, real: Tensor | None = None, given: Tensor | None = None
    ) -> Played:
        heard = None if real is None or given is None else told(real, given)
        logits, slope = self.logits(z, real, given), self.training.slope.at(self.step)
        if self.sizes.refiner is not None and self.training.taught != "generator":
            fake = decide(logits, self.sizes.refiner.neurons, slope, noise)
        elif self.sizes.output == "tanh":
            fake = torch.tanh(logits)
        else:
            fake = decide(logits, self.sizes.output, slope, noise)
        if heard is None:
            return Played(logits, fake, torch.zeros_like(fake))
        return Played(logits, torch.where(heard != 0, heard, fake), heard)

    def logits(self, z: Tensor, real: Tensor | None = None, given: Tensor | None = None) -> Tensor:
        """The same before anything is decided."""
        logits: Tensor = self.generator(z, None if real is None or given is None else told(real, given))
        refined = self.refiner is not None and self.training.taught != "generator"
        return self.refiner(logits) if refined and self.refiner is not None else logits

    def _chance(self, update: int) -> tuple[np.random.Generator, torch.Generator]:
        rng = np.random.default_rng([self.training.seed, self.step, update])
        return rng, torch.Generator(self.device).manual_seed(int(rng.integers(2**62)))

    def _latents(self, count: int, noise: torch.Generator) -> Tensor:
        return torch.randn(count, self.sample_z.shape[1], generator=noise, device=self.device)

    def _given(self, count: int, rng: np.random.Generator) -> Tensor | None:
        if not self.sizes.given:
            return None
        chosen = np.where(rng.random(count) < self.training.nothing_given, -1, rng.choice(self.sizes.given, size=count))
        return torch.from_numpy(chosen).to(self.device)

    def record(self, figures: Mapping[str, float], seconds: float) -> None:
        """Append to the log, and say it."""
        log.info("step %d %s", self.step, " ".join(f"{name} {value:.4f}" for name, value in figures.items()))
        with (self.folder / "log.csv").open("a", newline="") as stream:
            rows = [[self.step, round(seconds, 1), name, f"{value:.6g}"] for name, value in figures.items()]
            csv.writer(stream).writerows(rows)

    def save(self) -> None:
        """Write what resuming needs, whole or not at all."""
        state = {
            "made": self.made.state_dict(), "discriminator": self.discriminator.state_dict(), "ema": self.ema.state,
            "optimizers": {name: each.state_dict() for name, each in self.optimizers.items()},
            "sample_z": self.sample_z, "step": self.step,
            "listener": {} if self.listener is None else self.listener.state_dict(),
        }  # fmt: skip
        with atomic(self.folder / "state.pt") as path:
            torch.save(state, path)
        if (self.folder / "log.csv").exists():
            with atomic(self.folder / "loss.png") as path:
                curves.draw(self.folder / "log.csv", path)

    def resume(self) -> None:
        """Go on from `state.pt`."""
        state = torch.load(self.folder / "state.pt", map_location=self.device, weights_only=True)
        self.made.load_state_dict(state["made"])
        self.discriminator.load_state_dict(state["discriminator"])
        if self.listener is not None:
            self.listener.load_state_dict(state["listener"])
        for name, each in self.optimizers.items():
            each.load_state_dict(state["optimizers"][name])
        self.ema.state, self.sample_z, self.step = state["ema"], state["sample_z"], state["step"]
        log.info("resumed at step %d", self.step)
