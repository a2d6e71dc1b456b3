"""Runs of `train leap.dit` and `leap.grounding`: the arranger, on what `train_leap_parts` made, and LEAP as a whole."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from torch import Tensor
from torch.nn import functional

from leap_models import checkpoint
from leap_models.checkpoint import Card
from leap_models.config import from_dict
from leap_models.families.leap.chords import ChordConfig, ChordHead
from leap_models.families.leap.dit import Dit, DitConfig
from leap_models.families.leap.grounding import Grounding, GroundingConfig
from leap_models.families.leap.melody import MelodyConfig, MelodyHead
from leap_models.families.leap.model import Hearing, Leap, LeapConfig
from leap_models.families.leap.vae import Vae, VaeConfig
from leap_models.music.difficulty import Edges
from leap_models.training import leap_data, shards
from leap_models.training.leap_dit import DitTask, Excerpt, StreamedDitTask, Windows, Withheld
from leap_models.training.leap_grounding import HEARD, GroundingTask, GroundingTraining, Sampled, decode, remembered
from leap_models.training.leap_levels import calibrated
from leap_models.training.loop import Loop, LoopConfig
from leap_models.training.published import filled, named, trained
from leap_models.training.runs import Job, Options, read
from leap_models.training.train_leap_parts import TRAINED_ON, VALIDATION_SONGS
from leap_models.training.truths import rendered_songs

HELD_OUT_WINDOWS = 96


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


def dit(options: Options) -> Job:
    """The arranger."""
    run, out = read(DitRun(), options), Path(options.out)
    before = _made_before(out, run.start, run.network.listener.kind == "planes")
    listener = replace(run.network.listener, planes=before.hearing.count)
    run = replace(run, network=replace(run.network, listener=listener))
    task, difficulty = _dit_task(options.prepared, run, before)

    def publish(loop: Loop) -> None:
        arranger = Dit(run.network)
        arranger.load_state_dict(loop.ema.state)
        config = LeapConfig(before.melody[0], before.vae[0], run.network, difficulty.scores)
        tensors = named("vae", before.vae[1]) | named("melody", before.melody[1]) | named("dit", arranger)
        head = before.hearing.chords
        if head is not None:
            config, tensors = replace(config, chords=head.config), tensors | named("chords", head)
        card = Card("leap", asdict(config), TRAINED_ON, "MIT", loop.step, loop.validate())
        checkpoint.save(out / "leap.dit" / "checkpoint", card, tensors, half=True)

    if run.start:
        begun = checkpoint.load(Path(run.start)).part("dit")
        checkpoint.fill(task.network, _widened(begun, listener.planes), Path(run.start))
    return Job(task, run.loop, publish)


@dataclass(frozen=True)
class _Before:
    """What the transformer needs, with what rebuilds it."""

    vae: tuple[VaeConfig, Vae]
    melody: tuple[MelodyConfig, MelodyHead]
    hearing: Hearing


def _made_before(out: Path, start: str, planes: bool) -> _Before:
    """From runs of their own, else from the LEAP that training starts from. Chords are heard if there is a head."""
    head = None
    if planes and (out / "leap.chords").exists():
        head = trained(out / "leap.chords" / "checkpoint", "chords", ChordConfig, ChordHead)[1]
    if start and not (out / "leap.vae").exists():
        folder = Path(start)
        config = from_dict(LeapConfig, checkpoint.read_card(folder).config)
        vae = config.vae, filled(folder, "vae", Vae(config.vae))
        melody = config.melody, filled(folder, "melody", MelodyHead(config.melody))
        if planes and head is None and config.chords is not None:
            head = filled(folder, "chords", ChordHead(config.chords))
    else:
        vae = trained(out / "leap.vae" / "checkpoint", "vae", VaeConfig, Vae)
        melody = trained(out / "leap.melody" / "checkpoint", "melody", MelodyConfig, MelodyHead)
    return _Before(vae, melody, Hearing(planes, head))


def _widened(begun: dict[str, Tensor], planes: int) -> dict[str, Tensor]:
    """Weights of a transformer that may have heard fewer planes: at first it does not listen to the others."""
    name = "listener.keys.0.weight"
    if name not in begun:
        return begun
    more = planes - begun[name].shape[1]
    return {**begun, name: functional.pad(begun[name], (0, 0, 0, 0, 0, more))}


def _dit_task(prepared: str, run: DitRun, before: _Before) -> tuple[DitTask, Edges]:
    """From a folder of examples, or from archives wherever they lie."""
    made = before.vae[1], before.hearing
    if shards.are_at(prepared):
        archives = shards.Shards(prepared)
        training = archives.of("train")

        def at_hand(step: int, rank: int, ranks: int) -> list[Excerpt]:
            places = shards.at_hand(len(training), step, rank, ranks)
            return [excerpt for place in places for excerpt in archives.excerpts(training[place])]

        held_out = archives.some("validation", VALIDATION_SONGS)
        return StreamedDitTask(run.network, *made, at_hand, held_out, run.withheld), archives.edges
    examples = leap_data.paths(Path(prepared), "train")
    difficulty = leap_data.edges(examples)
    paths = leap_data.paths(Path(prepared), "validation")[:VALIDATION_SONGS]
    songs, validation = leap_data.excerpts(examples, difficulty), leap_data.excerpts(paths, difficulty)
    return DitTask(run.network, *made, songs, validation, run.withheld), difficulty


def grounding(options: Options) -> Job:
    """What corrects the arranger by what was heard; its checkpoint is LEAP, whole."""
    run = read(GroundingRun(), options)
    prepared, folder = Path(options.prepared), Path(options.out) / "leap.grounding"
    arranger = Path(options.out) / "leap.dit" / "checkpoint"
    leap = checkpoint.load(arranger)
    config = from_dict(LeapConfig, leap.card.config)
    vae, arranging = filled(arranger, "vae", Vae(config.vae)), filled(arranger, "dit", Dit(config.dit))
    hearing = Hearing(True, filled(arranger, "chords", ChordHead(config.chords)) if config.chords is not None else None)
    run = replace(run, network=replace(run.network, planes=hearing.count))
    folder.mkdir(parents=True, exist_ok=True)

    def sampled(split: str, most: int) -> tuple[Windows, Sampled]:
        windows = Windows(leap_data.excerpts(leap_data.paths(prepared, split), Edges(config.edges)), HEARD, planes=True)
        rng = np.random.default_rng(0)
        places = [windows.draw(rng) for _ in range(most)]
        latents = remembered(folder / f"{split}.npz", arranging, windows, hearing, vae, places, run.training)
        return windows, decode(vae, places, latents)

    def publish(loop: Loop) -> None:
        network = Grounding(run.network)
        network.load_state_dict(loop.ema.state)
        whole = replace(config, grounding=run.network)
        card = replace(leap.card, evaluation={**leap.card.evaluation, **loop.validate()})
        tensors = {**leap.tensors, **named("grounding", network)}
        checkpoint.save(folder / "checkpoint", replace(card, config=asdict(whole)), tensors, half=True)
        songs = list(rendered_songs(prepared, run.training.songs, "validation"))
        whole = replace(whole, asked=calibrated(Leap.load(folder / "checkpoint", "cpu"), songs))
        checkpoint.save(folder / "checkpoint", replace(card, config=asdict(whole)), tensors, half=True)

    held_out = sampled("validation", HELD_OUT_WINDOWS)
    task = GroundingTask(run.network, hearing, run.training, sampled("train", run.training.windows), held_out)
    return Job(task, run.loop, publish)
