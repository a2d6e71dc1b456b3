"""Runs of `train leap.vae`, `leap.melody` and `leap.chords`: what LEAP's arranger stands on."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from leap_models import checkpoint
from leap_models.checkpoint import Card
from leap_models.families.leap.chords import ChordConfig, ChordHead
from leap_models.families.leap.melody import MelodyConfig, MelodyHead
from leap_models.families.leap.model import load_nmp
from leap_models.families.leap.vae import Vae, VaeConfig
from leap_models.music.difficulty import EDGES
from leap_models.training import leap_data
from leap_models.training.leap_chords import ChordTask
from leap_models.training.leap_dit import Excerpt
from leap_models.training.leap_melody import MelodyTask, MelodyTraining, Recording, from_notes, from_teachers
from leap_models.training.leap_vae import VaeLoss, VaeTask, measure_latents, settle_onsets
from leap_models.training.loop import Loop, LoopConfig
from leap_models.training.prepare import TAUGHT
from leap_models.training.published import named, trained
from leap_models.training.runs import Job, Options, read

VALIDATION_SONGS = 24
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
class ChordRun:
    """Everything about one run of `leap.chords`."""

    network: ChordConfig = ChordConfig()
    loop: LoopConfig = LoopConfig(
        batch=12, learning_rate=2e-3, warmup_steps=50, decay_steps=4000, ema=0.995, validate_steps=500
    )


def vae(options: Options) -> Job:
    """The auto-encoder of piano rolls."""
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
        network = Vae(run.network).eval()
        network.load_state_dict(loop.ema.state)
        if not run.keep_latents:
            measure_latents(network, songs)
        settle_onsets(network, task.held_out)
        card = Card("leap.vae", asdict(run.network), TRAINED_ON, "MIT", loop.step, loop.validate())
        checkpoint.save(folder / "checkpoint", card, named("vae", network))

    return Job(task, run.loop, publish)


def melody(options: Options) -> Job:
    """What hears the tune."""
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


def chords(options: Options) -> Job:
    """What hears the chords."""
    run = read(ChordRun(), options)
    prepared, folder = Path(options.prepared), Path(options.out) / "leap.chords"

    def labelled(split: str, most: int | None) -> tuple[list[Excerpt], list[np.ndarray]]:
        examples = leap_data.paths(prepared, split)[:most]
        songs = leap_data.excerpts(examples, EDGES)
        known = {path.stem: leap_data.chords(path) for path in examples}
        return songs, [known[song.name] for song in songs]

    def publish(loop: Loop) -> None:
        head = ChordHead(run.network)
        head.load_state_dict(loop.ema.state)
        card = Card("leap.chords", asdict(run.network), TRAINED_ON, "MIT", loop.step, loop.validate())
        checkpoint.save(folder / "checkpoint", card, named("chords", head))

    task = ChordTask(run.network, labelled("train", None), labelled("validation", VALIDATION_SONGS))
    return Job(task, run.loop, publish)
