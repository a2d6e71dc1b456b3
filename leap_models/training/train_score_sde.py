"""Runs of `train score_sde`: piano passages, by either preset."""

from dataclasses import asdict, dataclass
from pathlib import Path

from leap_models import checkpoint
from leap_models.checkpoint import Card
from leap_models.families.score_sde.config import CLASSIC, MUSIC, ScoreSdeConfig, build
from leap_models.training import passages
from leap_models.training.loop import Loop, LoopConfig
from leap_models.training.published import named
from leap_models.training.runs import Job, Options, read
from leap_models.training.score_sde import ScoreSdeTask, ScoreSdeTraining

SOURCES = {  # by how the names of pieces begin
    "lieder": "accompaniments of OpenScore Lieder (CC0)", "maestro": "MAESTRO v3 (CC BY-NC-SA 4.0)",
    "pop909": "POP909 and POP909-CL (MIT)",
}  # fmt: skip


@dataclass(frozen=True)
class ScoreSdeRun:
    """Everything about one run of `score_sde`.

    Args:
        start: a checkpoint folder to begin from; empty to begin afresh.
    """

    network: ScoreSdeConfig = MUSIC
    training: ScoreSdeTraining = ScoreSdeTraining()
    start: str = ""
    loop: LoopConfig = LoopConfig(batch=32, learning_rate=5e-4, decay_steps=30_000, validate_steps=500)


@dataclass(frozen=True)
class ClassicRun(ScoreSdeRun):
    """The same for `score_sde.classic`, with the original's batch and rate."""

    network: ScoreSdeConfig = CLASSIC
    training: ScoreSdeTraining = ScoreSdeTraining(nothing_known=1.0, least_weight=0.0, most_weight=0.0)
    loop: LoopConfig = LoopConfig(batch=32, learning_rate=1e-4, weight_decay=0.0, validate_steps=500)


def music(options: Options) -> Job:
    """The preset that people use."""
    return _job(options, "score_sde", ScoreSdeRun())


def classic(options: Options) -> Job:
    """The original's network, on its 28 x 28 cells."""
    return _job(options, "score_sde.classic", ClassicRun())


def _job(options: Options, name: str, default: ScoreSdeRun) -> Job:
    run, prepared = read(default, options), Path(options.prepared)
    train, validation = passages.load(prepared, "train"), passages.load(prepared, "validation")
    task = ScoreSdeTask(run.network, run.training, train, validation)
    if run.start:
        checkpoint.fill(task.network, checkpoint.load(Path(run.start)).part("network"), Path(run.start))

    def publish(loop: Loop) -> None:
        network = build(run.network)
        network.load_state_dict(loop.ema.state)
        config = task.finished(network.eval())
        sources = sorted({piece.name.partition("-")[0] for piece in train})
        licence = "CC BY-NC-SA 4.0" if "maestro" in sources else "MIT"
        trained_on = ", ".join(SOURCES[source] for source in sources)
        card = Card("score_sde", asdict(config), trained_on, licence, loop.step, loop.validate())
        checkpoint.save(Path(options.out) / name / "checkpoint", card, named("network", network), half=True)

    return Job(task, run.loop, publish)
