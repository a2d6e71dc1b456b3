"""Runs of `train beats`: the beat tracker's second network. BeatNet's weights, which it stands on, stay as they are."""

from dataclasses import dataclass, replace
from pathlib import Path

from leap_models import checkpoint
from leap_models.paths import weights_folder
from leap_models.training import leap_data
from leap_models.training.beats import BeatsTask, BeatsTraining, Song, listen
from leap_models.training.loop import Loop, LoopConfig
from leap_models.training.published import named
from leap_models.training.runs import Job, Options, read

PART = "context"
LEARNED = "; the second network: POP909 and POP909-CL (MIT), rendered as bands with Groove MIDI drums (CC BY 4.0)"


@dataclass(frozen=True)
class BeatsRun:
    """Everything about one run of `beats`.

    Args:
        start: a checkpoint folder to begin from; empty to begin afresh.
    """

    training: BeatsTraining = BeatsTraining()
    start: str = ""
    loop: LoopConfig = LoopConfig(
        batch=6, learning_rate=3e-3, warmup_steps=60, decay_steps=2000, ema=0.997, validate_steps=250
    )


def beats(options: Options) -> Job:
    """The network that the beat tracker runs on what BeatNet hears."""
    run, folder = read(BeatsRun(), options), Path(options.out) / "beats"
    folder.mkdir(parents=True, exist_ok=True)

    def heard(split: str) -> list[Song]:
        paths = leap_data.paths(Path(options.prepared), split)
        return [listen(path, folder / f"{path.stem}.heard.npz") for path in paths]

    task = BeatsTask(run.training, heard("train"), heard("validation"))
    if run.start:
        checkpoint.fill(task.network, checkpoint.load(Path(run.start)).part(PART), Path(run.start))

    def publish(loop: Loop) -> None:
        shipped = checkpoint.load(weights_folder("beats"))
        tensors = {name: tensor for name, tensor in shipped.tensors.items() if not name.startswith(f"{PART}.")}
        task.network.load_state_dict(loop.ema.state)
        card = replace(
            shipped.card, trained_on=shipped.card.trained_on.partition(LEARNED)[0] + LEARNED, steps=loop.step,
            evaluation=loop.validate(),
        )
        checkpoint.save(folder / "checkpoint", card, {**tensors, **named(PART, task.network)}, half=True)

    return Job(task, run.loop, publish)
