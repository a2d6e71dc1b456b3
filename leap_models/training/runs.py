"""What a run of `train` is made of, for every task."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from leap_models import config as configs
from leap_models.config import override
from leap_models.training.loop import Loop, LoopConfig, Task

Run = TypeVar("Run")


@dataclass(frozen=True)
class Options:
    """How to train.

    Args:
        prepared: folder of examples.
        out: folder of runs; a task's is below it.
        minutes: time budget.
        config: a YAML or JSON file; empty for the defaults.
        set: overrides of the config, with commas between them: loop.batch=8,network.depth=4
        threads: of the CPU; 0 leaves it to torch.
    """

    prepared: str = "prepared"
    out: str = "runs"
    minutes: float = 60.0
    config: str = ""
    set: str = ""
    threads: int = 0


@dataclass(frozen=True)
class Job:
    """What to learn, how, and what to write when the time is up."""

    task: Task
    loop: LoopConfig
    publish: Callable[[Loop], None]


def read(default: Run, options: Options) -> Run:
    """The defaults, with a file's values and then the overrides laid over them."""
    chosen = configs.load(type(default), options.config) if options.config else default
    return override(chosen, [word for word in options.set.split(",") if word])
