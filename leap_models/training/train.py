"""`leap-bridge train`: one network at a time, on a CPU, a GPU, or several with `accelerate launch`.

- `leap.vae`: rolls as latents; needs `prepare leap.bands`.
- `leap.melody`: where the melody is; needs `prepare leap.bands`, and learns more from `prepare leap.teacher`.
- `leap.dit`: the arranger; needs the other two, or a LEAP to start from, and `prepare leap.features`; what
  `prepare shards` packed is streamed.
- `leap.grounding`: what corrects the arranger by what was heard, and what to ask it for at each level; needs the
  arranger. Its checkpoint is LEAP, whole.
- `beats`: the beat tracker's second network; needs `prepare leap.bands`.
- `score_sde`, `score_sde.classic`: piano passages, by the preset `music` or `classic`; need `prepare score_sde`.
- `musegan`: a band, by `--set preset=...`; needs `prepare musegan`. `musegan.setup` makes the folder of a run with
  its files, `musegan.rerun` begins it again.
- `continuation.lstm`, `.chorale`, `.lstm_vae`, `.conv_vae`: melodies and chorales; need `prepare continuation`.
- `continuation.window_ae`: windows of a band as latents; `continuation.melody_nn`, which needs it: what comes next.
- `timbre`: notes with the sound of a recording, by `--set network.variant=...`; needs `prepare timbre`.

A run is a folder: it goes on where it stopped, and `loss.png` and `log.csv` say how it went.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from leap_models import checkpoint
from leap_models.checkpoint import Card
from leap_models.config import from_dict
from leap_models.families.leap.dit import Dit, DitConfig
from leap_models.families.leap.grounding import Grounding, GroundingConfig
from leap_models.families.leap.melody import MelodyConfig, MelodyHead
from leap_models.families.leap.model import Leap, LeapConfig, load_nmp
from leap_models.families.leap.vae import Vae, VaeConfig
from leap_models.music.difficulty import Edges
from leap_models.training import (
    leap_data,
    shards,
    train_beats,
    train_continuation,
    train_musegan,
    train_score_sde,
    train_timbre,
)
from leap_models.training.leap_dit import DitTask, Excerpt, StreamedDitTask, Windows, Withheld
from leap_models.training.leap_grounding import HEARD, GroundingTask, GroundingTraining, Sampled, decode, remembered
from leap_models.training.leap_levels import calibrated
from leap_models.training.leap_melody import MelodyTask, MelodyTraining, Recording, from_notes, from_teachers
from leap_models.training.leap_vae import VaeLoss, VaeTask, measure_latents, settle_onsets
from leap_models.training.loop import Loop, LoopConfig
from leap_models.training.prepare import TAUGHT
from leap_models.training.published import named, trained
from leap_models.training.runs import Job, Options, read
from leap_models.training.truths import rendered_songs

VALIDATION_SONGS = 24
HELD_OUT_WINDOWS = 96
TRAINED_ON = "POP909 and POP909-CL (MIT), rendered as bands with Groove MIDI drums (CC BY 4.0)"


@dataclass(frozen=True)
class VaeRun:
    """Everything about one run of `leap.vae`.

    Args:
        start: a checkpoint folder to begin from; empty to begin afresh.
        keep_latents: teach the decoder alone, so that transformers trained on the latents stay valid.
    """

    network: VaeConfig = VaeConfig()
    start: str = ""
    keep_latents: bool = False
    loss: VaeLoss = VaeLoss()
    loop: LoopConfig = LoopConfig(
        batch=8, learning_rate=1e-3, warmup_steps=100, decay_steps=6000, ema=0.995, validate_steps=250
    )


@dataclass(frozen=True)
class MelodyRun:
    """Everything about one run of `leap.melody`."""

    network: MelodyConfig = MelodyConfig()
    training: MelodyTraining = MelodyTraining()
    loop: LoopConfig = LoopConfig(
        batch=8, learning_rate=2.5e-3, warmup_steps=50, decay_steps=1000, ema=0.995, validate_steps=100
    )


@dataclass(frozen=True)
class DitRun:
    """Everything about one run of `leap.dit`.

    Args:
        start: a checkpoint folder of LEAP to begin from; empty to begin afresh.
    """

    network: DitConfig = DitConfig()
    start: str = ""
    withheld: Withheld = Withheld()
    loop: LoopConfig = LoopConfig(batch=16, learning_rate=5e-4, decay_steps=40_000, validate_steps=250)


@dataclass(frozen=True)
class GroundingRun:
    """Everything about one run of `leap.grounding`."""

    network: GroundingConfig = GroundingConfig()
    training: GroundingTraining = GroundingTraining()
    loop: LoopConfig = LoopConfig(
        batch=4, learning_rate=2e-3, warmup_steps=30, decay_steps=2000, ema=0.99, validate_steps=200
    )


def _vae(options: Options) -> Job:
    run = read(VaeRun(), options)
    prepared, folder = Path(options.prepared), Path(options.out) / "leap.vae"
    songs = list(leap_data.targets(leap_data.paths(prepared, "train")))
    held_out = list(leap_data.targets(leap_data.paths(prepared, "validation")[:VALIDATION_SONGS]))

    task = VaeTask(run.network, run.loss, songs, held_out)
    if run.start:
        _sizes, begun = trained(Path(run.start), "vae", VaeConfig, Vae)
        task.network.load_state_dict(begun.state_dict())
    if run.keep_latents:
        task.network.encoder.requires_grad_(False)

    def publish(loop: Loop) -> None:
        vae = Vae(run.network).eval()
        vae.load_state_dict(loop.ema.state)
        if not run.keep_latents:
            measure_latents(vae, songs)
        settle_onsets(vae, task.held_out)
        card = Card("leap.vae", asdict(run.network), TRAINED_ON, "MIT", loop.step, loop.validate())
        checkpoint.save(folder / "checkpoint", card, named("vae", vae))

    return Job(task, run.loop, publish)


def _melody(options: Options) -> Job:
    run = read(MelodyRun(), options)
    prepared, folder = Path(options.prepared), Path(options.out) / "leap.melody"
    known = [_sung(path) for path in leap_data.paths(prepared, "train")]
    held_out = [_sung(path) for path in leap_data.paths(prepared, "validation")[:VALIDATION_SONGS]]
    taught = []
    for path in sorted((prepared / TAUGHT).glob("*.npz")):
        with np.load(path) as arrays:
            taught.append(from_teachers(arrays["samples"], arrays["vocal"], arrays["lead"]))

    def publish(loop: Loop) -> None:
        head = MelodyHead(run.network)
        head.load_state_dict(loop.ema.state)
        trained_on = f"{TRAINED_ON}; {len(taught)} recordings labelled by DeepSalience (MIT)"
        card = Card("leap.melody", asdict(run.network), trained_on, "MIT", loop.step, loop.validate())
        checkpoint.save(folder / "checkpoint", card, named("melody", head))

    return Job(MelodyTask(run.network, run.training, load_nmp(), known, taught, held_out), run.loop, publish)


def _sung(path: Path) -> Recording:
    with np.load(path) as arrays:
        return from_notes(arrays["samples"].astype(np.float32) / 32767.0, arrays["melody"])


def _dit(options: Options) -> Job:
    run = read(DitRun(), options)
    out = Path(options.out)
    vae, melody = _made_before(out, run.start)
    task, difficulty = _dit_task(options.prepared, run, vae[1])

    def publish(loop: Loop) -> None:
        dit = Dit(run.network)
        dit.load_state_dict(loop.ema.state)
        config = LeapConfig(melody[0], vae[0], run.network, difficulty.scores)
        card = Card("leap", asdict(config), TRAINED_ON, "MIT", loop.step, loop.validate())
        tensors = named("vae", vae[1]) | named("melody", melody[1]) | named("dit", dit)
        checkpoint.save(out / "leap.dit" / "checkpoint", card, tensors, half=True)

    if run.start:
        checkpoint.fill(task.network, checkpoint.load(Path(run.start)).part("dit"), Path(run.start))
    return Job(task, run.loop, publish)


def _made_before(out: Path, start: str) -> tuple[tuple[VaeConfig, Vae], tuple[MelodyConfig, MelodyHead]]:
    """What the transformer needs: from runs of their own, else from the LEAP that training starts from."""
    if start and not (out / "leap.vae").exists():
        leap, folder = checkpoint.load(Path(start)), Path(start)
        config = from_dict(LeapConfig, leap.card.config)
        vae, melody = Vae(config.vae).eval(), MelodyHead(config.melody).eval()
        checkpoint.fill(vae, leap.part("vae"), folder)
        checkpoint.fill(melody, leap.part("melody"), folder)
        return (config.vae, vae), (config.melody, melody)
    return (
        trained(out / "leap.vae" / "checkpoint", "vae", VaeConfig, Vae),
        trained(out / "leap.melody" / "checkpoint", "melody", MelodyConfig, MelodyHead),
    )


def _dit_task(prepared: str, run: DitRun, vae: Vae) -> tuple[DitTask, Edges]:
    """From a folder of examples, or from archives wherever they lie."""
    if shards.are_at(prepared):
        archives = shards.Shards(prepared)
        training = archives.of("train")

        def at_hand(step: int, rank: int, ranks: int) -> list[Excerpt]:
            places = shards.at_hand(len(training), step, rank, ranks)
            return [excerpt for place in places for excerpt in archives.excerpts(training[place])]

        held_out = archives.some("validation", VALIDATION_SONGS)
        return StreamedDitTask(run.network, vae, at_hand, held_out, run.withheld), archives.edges
    examples = leap_data.paths(Path(prepared), "train")
    difficulty = leap_data.edges(examples)
    paths = leap_data.paths(Path(prepared), "validation")[:VALIDATION_SONGS]
    songs, validation = leap_data.excerpts(examples, difficulty), leap_data.excerpts(paths, difficulty)
    return DitTask(run.network, vae, songs, validation, run.withheld), difficulty


def _grounding(options: Options) -> Job:
    run = read(GroundingRun(), options)
    prepared, folder = Path(options.prepared), Path(options.out) / "leap.grounding"
    arranger = Path(options.out) / "leap.dit" / "checkpoint"
    leap = checkpoint.load(arranger)
    config = from_dict(LeapConfig, leap.card.config)
    vae, dit = Vae(config.vae).eval(), Dit(config.dit).eval()
    checkpoint.fill(vae, leap.part("vae"), arranger)
    checkpoint.fill(dit, leap.part("dit"), arranger)
    folder.mkdir(parents=True, exist_ok=True)

    def sampled(split: str, most: int) -> tuple[Windows, Sampled]:
        windows = Windows(leap_data.excerpts(leap_data.paths(prepared, split), Edges(config.edges)), HEARD, planes=True)
        rng = np.random.default_rng(0)
        places = [windows.draw(rng) for _ in range(most)]
        latents = remembered(folder / f"{split}.npz", dit, windows, vae, places, run.training)
        return windows, decode(vae, places, latents)

    def publish(loop: Loop) -> None:
        grounding = Grounding(run.network)
        grounding.load_state_dict(loop.ema.state)
        whole = replace(config, grounding=run.network)
        card = replace(leap.card, evaluation={**leap.card.evaluation, **loop.validate()})
        tensors = {**leap.tensors, **named("grounding", grounding)}
        checkpoint.save(folder / "checkpoint", replace(card, config=asdict(whole)), tensors, half=True)
        songs = list(rendered_songs(prepared, run.training.songs, "validation"))
        whole = replace(whole, asked=calibrated(Leap.load(folder / "checkpoint", "cpu"), songs))
        checkpoint.save(folder / "checkpoint", replace(card, config=asdict(whole)), tensors, half=True)

    held_out = sampled("validation", HELD_OUT_WINDOWS)
    task = GroundingTask(run.network, run.training, sampled("train", run.training.windows), held_out)
    return Job(task, run.loop, publish)


_BUILDERS: dict[str, Callable[[Options], Job]] = {
    "leap.vae": _vae, "leap.melody": _melody, "leap.dit": _dit, "leap.grounding": _grounding,
    "score_sde": train_score_sde.music, "score_sde.classic": train_score_sde.classic, "beats": train_beats.beats,
    "timbre": train_timbre.timbre, **train_continuation.BUILDERS,
}
TASKS = (*_BUILDERS, *train_musegan.TASKS)


def run(task: str, options: Options) -> dict[str, object]:
    """Train until the time is up, publish, and return the last validation figures."""
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    if task in train_musegan.TASKS:
        return train_musegan.run(task, options)
    job = _BUILDERS[task](options)
    loop = Loop(job.task, job.loop, Path(options.out) / task)
    loop.fit(options.minutes)
    loop.close()
    if loop.accelerator.is_main_process:
        job.publish(loop)
    return {"steps": loop.step, "folder": str(loop.folder), **loop.validate()}
