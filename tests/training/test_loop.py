"""The training loop: what survives a kill, what is averaged, and what several processes agree on."""

import csv
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from leap_models.training import curves
from leap_models.training.loop import Loop, LoopConfig, rate

CONFIG = LoopConfig(batch=4, learning_rate=0.05, warmup_steps=1, validate_steps=1000, log_steps=1, ema=0.5)


class Line:
    """Learns y = 2 x + 1."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.network: nn.Module = nn.Linear(1, 1)

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        x = torch.from_numpy(rng.normal(size=(size, 1)).astype(np.float32))
        return {"x": x, "y": 2 * x + 1}

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:
        blur = 0.01 * torch.randn(batch["x"].shape, generator=rng)
        return {"loss": (network(batch["x"] + blur) - batch["y"]).square().mean()}

    def validate(self, network: nn.Module) -> dict[str, float]:
        return {"slope": float(network.weight.detach())}  # type: ignore[arg-type]


def losses(folder: Path) -> list[str]:
    with (folder / "log.csv").open() as stream:
        return [row[3] for row in csv.reader(stream) if row[2] == "train_loss"]


def test_a_killed_run_goes_on_with_the_losses_it_would_have_had(tmp_path: Path) -> None:
    Loop(Line(), CONFIG, tmp_path / "whole").fit(minutes=1, steps=8)
    Loop(Line(), CONFIG, tmp_path / "halves").fit(minutes=1, steps=4)
    Loop(Line(), CONFIG, tmp_path / "halves").fit(minutes=1, steps=8)
    assert losses(tmp_path / "halves") == losses(tmp_path / "whole")


def test_it_learns_the_line(tmp_path: Path) -> None:
    loop = Loop(Line(), CONFIG, tmp_path)
    loop.fit(minutes=1, steps=300)
    assert loop.validate()["valid_slope"] == pytest.approx(2.0, abs=0.05)


def test_a_run_draws_its_curve(tmp_path: Path) -> None:
    Loop(Line(), CONFIG, tmp_path).fit(minutes=1, steps=12)
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_of_a_step_logged_twice_the_last_counts(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("1,0.0,train_loss,5\n2,0.1,train_loss,4\n2,0.1,train_loss,3\n")
    assert curves.read(tmp_path / "log.csv")["train_loss"].tolist() == [[1.0, 5.0], [2.0, 3.0]]


def test_no_time_means_no_step(tmp_path: Path) -> None:
    loop = Loop(Line(), CONFIG, tmp_path)
    loop.fit(minutes=0)
    assert loop.step == 0
    assert (tmp_path / "state.pt").exists()


def test_the_first_average_is_nine_tenths_of_the_first_step(tmp_path: Path) -> None:
    loop = Loop(Line(), replace(CONFIG, ema=0.999), tmp_path)
    before = float(loop.ema.state["weight"])
    loop.fit(minutes=1, steps=1)
    now = float(loop.network.weight.detach())
    assert float(loop.ema.state["weight"]) == pytest.approx(before + 0.9 * (now - before))


def test_validation_leaves_the_trained_weights_alone(tmp_path: Path) -> None:
    loop = Loop(Line(), CONFIG, tmp_path)
    loop.fit(minutes=1, steps=3)
    before = float(loop.network.weight.detach())
    loop.validate()
    assert float(loop.network.weight.detach()) == before


def test_two_small_batches_are_one_large_one(tmp_path: Path) -> None:
    """Gradient accumulation steps the optimiser once for all its parts."""
    loop = Loop(Line(), replace(CONFIG, accumulate=2), tmp_path)
    before = float(loop.network.weight.detach())
    loop.learn()
    assert loop.step == 1
    assert float(loop.network.weight.detach()) != before


def test_the_rate_rises_and_falls_to_a_twentieth() -> None:
    config = LoopConfig(learning_rate=1.0, warmup_steps=10, decay_steps=100)
    assert rate(config, 0) == pytest.approx(0.1)
    assert rate(config, 100) == pytest.approx(0.05)
    assert rate(config, 10_000) == pytest.approx(0.05)


START = """
import os, signal, sys
sys.path[:0] = [{tests!r}]
from dataclasses import replace
from pathlib import Path
from test_loop import CONFIG, Line
from leap_models.training.loop import Loop
folder = Path({folder!r})
loop = Loop(Line(), replace(CONFIG, checkpoint_minutes=0.0), folder)
rank = loop.accelerator.process_index
"""
END = """
weight = float(loop.accelerator.unwrap_model(loop.network).weight.detach())
(folder / f"rank{rank}").write_text(f"{loop.step} {weight}")
loop.close()
"""


def two_processes(body: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs lines of Python in two processes that learn together; each leaves its last step and weight in a file."""
    script = folder / "script.py"
    script.write_text(START.format(tests=str(Path(__file__).parent), folder=str(folder)) + body + END)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", str(script)]
    environment = os.environ | {"ACCELERATE_USE_CPU": "true", "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)


def left(folder: Path) -> tuple[int, float]:
    """The step and the weight with which both processes ended."""
    first, second = ((folder / f"rank{rank}").read_text() for rank in (0, 1))
    assert first == second
    step, weight = first.split()
    return int(step), float(weight)


def test_two_processes_end_with_one_network(tmp_path: Path) -> None:
    done = two_processes("loop.fit(minutes=5, steps=3)", tmp_path)
    assert done.returncode == 0, done.stderr
    assert left(tmp_path) == (3, pytest.approx(both_shares(steps=3), abs=1e-6))


@pytest.mark.parametrize("hasty", [0, 1])
def test_when_the_clock_of_one_of_two_processes_says_stop_both_stop(hasty: int, tmp_path: Path) -> None:
    body = f"loop.fit(minutes=5, steps=2)\nloop.fit(minutes=0 if rank == {hasty} else 5, steps=100_000)"
    done = two_processes(body, tmp_path)
    assert done.returncode == 0, done.stderr
    assert left(tmp_path) == (2, pytest.approx(both_shares(steps=2), abs=1e-6))


KILLED = """
if loop.step == 0:
    loop.fit(minutes=5, steps=3)
    if rank == 1:
        os.kill(os.getpid(), signal.SIGKILL)  # in the middle of the run: five steps were wanted
loop.fit(minutes=5, steps=5)
"""


def test_after_one_of_two_processes_was_killed_a_run_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    assert two_processes(KILLED, tmp_path).returncode != 0
    resumed = two_processes(KILLED, tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert left(tmp_path) == (5, pytest.approx(both_shares(steps=5), abs=1e-6))


def both_shares(steps: int) -> float:
    """The weight after training alone on what two processes learn from."""

    learned = Line()
    optimizer = torch.optim.AdamW(
        learned.network.parameters(), lr=CONFIG.learning_rate, betas=CONFIG.betas, weight_decay=CONFIG.weight_decay
    )
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(CONFIG, step)
        optimizer.zero_grad()
        for rank in range(2):
            rng = np.random.default_rng([CONFIG.seed, rank, step, 0])
            batch = Line().batch(CONFIG.batch, rng)
            noise = torch.Generator().manual_seed(int(rng.integers(2**62)))
            (learned.loss(learned.network, batch, noise)["loss"] / 2).backward()
        torch.nn.utils.clip_grad_norm_(learned.network.parameters(), CONFIG.clip)
        optimizer.step()
    return float(learned.network.weight.detach())  # type: ignore[arg-type]
