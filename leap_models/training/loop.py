"""One training loop for every network: resumable, averaged, on a CPU, a GPU, or several through Hugging Face
Accelerate.

A `Task` says what to learn; the loop says how. The batch of a step comes from a generator made from [seed, rank,
step], so a run that was killed and resumed sees the batches, and prints the losses, that it would have seen anyway.
"""

import csv
import json
import logging
import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from leap_models.paths import atomic
from leap_models.training import curves, optimizers

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoopConfig:
    """How long and how fast to learn."""

    batch: int = 16
    accumulate: int = 1  # batches for one step of the optimiser
    learning_rate: float = 3e-4
    warmup_steps: int = 200
    decay_steps: int = 100_000  # the rate falls to a twentieth by then, along a cosine
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.99)
    clip: float = 1.0
    ema: float = 0.999  # of the averaged weights, which are the ones that ship
    precision: str = "no"  # no | bf16 | fp16
    optimizer: str = "adamw"  # adamw | muon
    checkpoint_minutes: float = 5.0
    validate_steps: int = 1000
    log_steps: int = 25
    seed: int = 0


class Task(Protocol):
    """What is learned: a network, its batches, its loss, and how good it is."""

    @property
    def network(self) -> nn.Module:
        """The network that learns."""
        ...

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """A training batch."""
        ...

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:
        """Named scalars; `loss` among them is minimised."""
        ...

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Figures on songs never trained on."""
        ...


@runtime_checkable
class Streamed(Protocol):
    """A task whose songs are too many to be held at once."""

    def seek(self, step: int, rank: int, ranks: int) -> None:
        """Have those at hand that a process draws from in a step; the same ones whenever it is asked."""
        ...


class Ema:
    """Moving average of a network's floating-point state; it warms up, so that early steps are forgotten."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards the network's present state."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value.detach(), 1.0 - decay)
            else:
                self.state[name].copy_(value)


def rate(config: LoopConfig, step: int) -> float:
    """Learning rate at a step: a linear rise, then half a cosine down to a twentieth."""
    rise = min(1.0, (step + 1) / config.warmup_steps)
    fall = min(1.0, step / config.decay_steps)
    return config.learning_rate * rise * (0.05 + 0.95 * 0.5 * (1.0 + math.cos(math.pi * fall)))


class Loop:
    """Trains a task in a folder: `state.pt` to resume, `log.csv` and `loss.png` to see how it goes."""

    def __init__(self, task: Task, config: LoopConfig, folder: Path) -> None:
        self.task, self.config, self.folder = task, config, folder
        self.accelerator = Accelerator(mixed_precision=config.precision, gradient_accumulation_steps=config.accumulate)
        optimizer = optimizers.build(
            config.optimizer, task.network, config.learning_rate, config.betas, config.weight_decay
        )
        self.ema = Ema(task.network, config.ema)
        self.network, self.optimizer = self.accelerator.prepare(task.network, optimizer)
        self.ema.state = {name: value.to(self.accelerator.device) for name, value in self.ema.state.items()}
        self.step = 0
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "state.pt").exists():
            self.resume()

    def fit(self, minutes: float, steps: int | None = None) -> None:
        """Learn until the clock or the step count says stop; saves at the end and every few minutes.

        Several processes stop together, when the first of their clocks says so, and none leaves before the last has
        its share and the state is saved.
        """
        started = saved = time.monotonic()
        while steps is None or self.step < steps:
            if time.monotonic() - started >= 60 * minutes:
                self.accelerator.set_trigger()
            if self.accelerator.check_trigger():
                break
            figures = self.learn()
            if self.step % self.config.log_steps == 0:
                self.record({"train_" + name: value for name, value in figures.items()}, time.monotonic() - started)
            if self.step % self.config.validate_steps == 0:
                self.record(self.validate(), time.monotonic() - started)
            if time.monotonic() - saved > 60 * self.config.checkpoint_minutes:
                self.save()
                saved = time.monotonic()
        self.record(self.validate(), time.monotonic() - started)
        self.save()
        self.accelerator.wait_for_everyone()

    def close(self) -> None:
        """Part from the other processes; nothing more can be learned."""
        self.accelerator.end_training()

    def learn(self) -> dict[str, float]:
        """One step of the optimiser; returns the step's figures."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate(self.config, self.step)
        rank, device = self.accelerator.process_index, self.accelerator.device
        if isinstance(self.task, Streamed):
            self.task.seek(self.step, rank, self.accelerator.num_processes)
        sums: dict[str, float] = {}
        for part in range(self.config.accumulate):
            rng = np.random.default_rng([self.config.seed, rank, self.step, part])
            batch = {name: value.to(device) for name, value in self.task.batch(self.config.batch, rng).items()}
            noise = torch.Generator(device).manual_seed(int(rng.integers(2**62)))
            with self.accelerator.accumulate(self.network), self.accelerator.autocast():
                figures = self.task.loss(self.network, batch, noise)
                self.accelerator.backward(figures["loss"])
                if self.accelerator.sync_gradients:
                    self.accelerator.clip_grad_norm_(self.network.parameters(), self.config.clip)
                self.optimizer.step()
                self.optimizer.zero_grad(set_to_none=True)
            for name, value in figures.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach()) / self.config.accumulate
        self.ema.update(self.accelerator.unwrap_model(self.network), self.step)
        self.step += 1
        return sums

    def validate(self) -> dict[str, float]:
        """The averaged network's figures on the validation songs."""
        network = self.accelerator.unwrap_model(self.network)
        trained = {name: value.detach().clone() for name, value in network.state_dict().items()}
        network.load_state_dict(self.ema.state)
        network.eval()
        try:
            with torch.no_grad():
                return {"valid_" + name: value for name, value in self.task.validate(network).items()}
        finally:
            network.load_state_dict(trained)
            network.train()

    def record(self, figures: Mapping[str, float], seconds: float) -> None:
        """Append to the log, and say it."""
        if not self.accelerator.is_main_process:
            return
        log.info("step %d %s", self.step, " ".join(f"{name} {value:.4f}" for name, value in figures.items()))
        with (self.folder / "log.csv").open("a", newline="") as stream:
            writer = csv.writer(stream)
            for name, value in figures.items():
                writer.writerow([self.step, round(seconds, 1), name, f"{value:.6g}"])

    def save(self) -> None:
        """Write what resuming needs, whole or not at all."""
        if not self.accelerator.is_main_process:
            return
        state = {
            "network": self.accelerator.unwrap_model(self.network).state_dict(), "ema": self.ema.state,
            "optimizer": self.optimizer.state_dict(), "step": self.step,
        }
        with atomic(self.folder / "state.pt") as path:
            torch.save(state, path)
        with atomic(self.folder / "config.json") as path:
            path.write_text(json.dumps(asdict(self.config), indent=2) + "\n")
        if (self.folder / "log.csv").exists():
            with atomic(self.folder / "loss.png") as path:
                curves.draw(self.folder / "log.csv", path)

    def resume(self) -> None:
        """Go on from `state.pt`."""
        # Several processes on CPUs call theirs cpu:0, cpu:1 ..., which torch.load does not know.
        state = torch.load(self.folder / "state.pt", map_location="cpu", weights_only=True)
        self.accelerator.unwrap_model(self.network).load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.ema.state = {name: value.to(self.accelerator.device) for name, value in state["ema"].items()}
        self.step = state["step"]
        log.info("resumed at step %d", self.step)
