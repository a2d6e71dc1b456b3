"""Runs of `train timbre`: these notes with the sound of that piano, by any variant of the network."""

from dataclasses import asdict, dataclass
from pathlib import Path

from leap_models import checkpoint
from leap_models.checkpoint import Card
from leap_models.families.timbre.config import TimbreConfig
from leap_models.training import timbre_data
from leap_models.training.loop import Loop, LoopConfig
from leap_models.training.published import named
from leap_models.training.runs import Job, Options, read
from leap_models.training.timbre import Lesson, TimbreTask, TimbreTraining
from leap_models.training.timbre_data import Recordings
from leap_models.training.timbre_passages import MUTOPIA
from leap_models.training.timbre_pianos import SALAMANDER

MUSIC = "POP909 and POP909-CL (MIT), OpenScore Lieder (CC0)"
PLAYED_BY = "played by FluidR3 (MIT) and TimGM6mb (GPL-2)"
MORE_MUSIC = "and Mutopia's pieces (public domain, CC BY and CC BY-SA: see each)"
SAMPLED_BY = "and the Salamander Grand Piano (Alexander Holm, CC BY 3.0)"


@dataclass(frozen=True)
class TimbreRun:
    """Everything about one run of `timbre`.

    Args:
        start: a checkpoint folder to begin from; empty to begin afresh.
    """

    network: TimbreConfig = TimbreConfig()
    training: TimbreTraining = TimbreTraining()
    start: str = ""
    loop: LoopConfig = LoopConfig(
        batch=6, learning_rate=1e-3, warmup_steps=50, decay_steps=3500, ema=0.995, validate_steps=250,
        weight_decay=0.0,
    )  # fmt: skip


def timbre(options: Options) -> Job:
    """One run."""
    run, prepared = read(TimbreRun(), options), Path(options.prepared)
    train, validation = timbre_data.load(prepared, "train"), timbre_data.load(prepared, "validation")
    task = TimbreTask(run.network, run.training, train, validation, train.pianos)
    if run.start:
        checkpoint.fill(task.network.player, checkpoint.load(Path(run.start)).part("network"), Path(run.start))

    def publish(loop: Loop) -> None:
        lesson = Lesson(task.network.player)
        lesson.load_state_dict(loop.ema.state)
        card = Card("timbre", asdict(run.network), trained_on(train), "MIT", loop.step, loop.validate())
        folder = Path(options.out) / "timbre" / "checkpoint"
        checkpoint.save(folder, card, named("network", lesson.player), half=True)

    return Job(task, run.loop, publish)


def trained_on(recordings: Recordings) -> str:
    """Music and pianos, with their licences."""
    sampled = any(piano.startswith(SALAMANDER) for piano in recordings.pianos)
    more = any(passage.startswith(MUTOPIA) for passage in recordings.passages)
    return f"{MUSIC}{f' {MORE_MUSIC}' if more else ''}, {PLAYED_BY}" + (f" {SAMPLED_BY}" if sampled else "")
