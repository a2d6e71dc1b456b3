"""Runs of `train continuation...`: one for each melody model, one for a band's windows, one for what comes next."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

from leap_models import checkpoint
from leap_models.checkpoint import Card
from leap_models.families.continuation import BACH, BANDS
from leap_models.families.continuation.band_config import BandConfig, Coders, CodersConfig, Nexts
from leap_models.families.continuation.lstm_net import LstmConfig, MelodyLstm
from leap_models.families.continuation.next_net import NextConfig
from leap_models.families.continuation.roll_coder import RollCoderConfig
from leap_models.families.continuation.sequence_vae import SequenceVaeConfig
from leap_models.training import bach, continuation_bands
from leap_models.training.continuation_latents import Annealed, LatentTask, LatentTraining, build
from leap_models.training.continuation_melody import SymbolTask, SymbolTraining
from leap_models.training.continuation_next import NextTask, NextTraining, begins, steps_of
from leap_models.training.continuation_windows import WindowTask, WindowTraining
from leap_models.training.loop import Loop, LoopConfig
from leap_models.training.published import named, trained
from leap_models.training.runs import Job, Options, read


@dataclass(frozen=True)
class LstmRun:
    """Everything about one run of `continuation.lstm`."""

    network: LstmConfig = LstmConfig(one_key=True)
    training: SymbolTraining = SymbolTraining()
    loop: LoopConfig = LoopConfig(
        batch=32, learning_rate=4e-3, warmup_steps=50, decay_steps=1500, ema=0.995, validate_steps=250
    )


@dataclass(frozen=True)
class ChoraleRun(LstmRun):
    """Everything about one run of `continuation.chorale`."""

    network: LstmConfig = LstmConfig(voices=4, width=256, one_key=True)
    training: SymbolTraining = SymbolTraining(steps=64, held_out=8)
    loop: LoopConfig = LoopConfig(
        batch=24, learning_rate=4e-3, warmup_steps=50, decay_steps=1200, ema=0.995, validate_steps=250
    )


@dataclass(frozen=True)
class LstmVaeRun:
    """Everything about one run of `continuation.lstm_vae`."""

    network: SequenceVaeConfig = SequenceVaeConfig(one_key=True)
    training: LatentTraining = LatentTraining()
    loop: LoopConfig = LoopConfig(
        batch=48, learning_rate=3e-3, warmup_steps=50, decay_steps=2000, ema=0.995, validate_steps=250
    )


@dataclass(frozen=True)
class ConvVaeRun:
    """Everything about one run of `continuation.conv_vae`."""

    network: RollCoderConfig = RollCoderConfig(steps=64, widths=(48, 96, 192), latent=48, varies=True, one_key=True)
    training: LatentTraining = LatentTraining(divergence=1.0)
    loop: LoopConfig = LoopConfig(
        batch=32, learning_rate=3e-3, warmup_steps=50, decay_steps=3000, ema=0.995, optimizer="muon",
        validate_steps=250,
    )


@dataclass(frozen=True)
class WindowRun:
    """Everything about one run of `continuation.window_ae`."""

    network: CodersConfig = CodersConfig()
    training: WindowTraining = WindowTraining()
    loop: LoopConfig = LoopConfig(
        batch=96, learning_rate=3e-3, warmup_steps=200, decay_steps=12_000, ema=0.998, optimizer="muon",
        validate_steps=500, log_steps=100,
    )


@dataclass(frozen=True)
class NextRun:
    """Everything about one run of `continuation.melody_nn`."""

    network: NextConfig = NextConfig()
    training: NextTraining = NextTraining()
    loop: LoopConfig = LoopConfig(
        batch=256, learning_rate=3e-3, warmup_steps=50, decay_steps=900, ema=0.99, optimizer="muon", validate_steps=250
    )


def _lstm(options: Options) -> Job:
    return _symbols("lstm", read(LstmRun(), options), options)


def _chorale(options: Options) -> Job:
    return _symbols("chorale", read(ChoraleRun(), options), options)


def _symbols(name: str, run: LstmRun, options: Options) -> Job:
    task = SymbolTask(run.network, run.training, *_chorales(options, run.network.one_key))

    def publish(loop: Loop) -> None:
        network = MelodyLstm(run.network)
        network.load_state_dict(loop.ema.state)
        _save(name, options, Card(name, asdict(run.network), BACH, "MIT", loop.step, loop.validate()), network)

    return Job(task, run.loop, publish)


def _lstm_vae(options: Options) -> Job:
    run = read(LstmVaeRun(), options)
    task = LatentTask(run.network, run.training, *_chorales(options, run.network.one_key))
    return _latents("lstm_vae", task, run.loop, options)


def _conv_vae(options: Options) -> Job:
    run = read(ConvVaeRun(), options)
    task = LatentTask(run.network, run.training, *_chorales(options, run.network.one_key))
    return _latents("conv_vae", task, run.loop, options)


def _latents(name: str, task: LatentTask, config: LoopConfig, options: Options) -> Job:
    def publish(loop: Loop) -> None:
        whole = Annealed(build(task.sizes))
        whole.load_state_dict(loop.ema.state)
        sizes = task.finished(whole.network.eval())
        card = Card(name, asdict(sizes), BACH, "MIT", loop.step, loop.validate())
        _save(name, options, card, whole.network)

    return Job(task, config, publish)


def _windows(options: Options) -> Job:
    run, prepared = read(WindowRun(), options), Path(options.prepared)
    train, held_out = (continuation_bands.load(prepared, split) for split in ("train", "validation"))
    task = WindowTask(run.network, run.training, train, held_out)

    def publish(loop: Loop) -> None:
        coders = Coders(run.network).eval()
        coders.load_state_dict(loop.ema.state)
        config = task.finished(coders)
        task.network = Coders(config).eval()
        task.network.load_state_dict(coders.state_dict())
        card = Card("window_ae", asdict(config), BANDS, "MIT", loop.step, task.validate(task.network))
        checkpoint.save(folder(options, "window_ae"), card, named("coders", coders), half=True)

    return Job(task, run.loop, publish)


def _nexts(options: Options) -> Job:
    run, prepared = read(NextRun(), options), Path(options.prepared)
    sizes, coders = trained(folder(options, "window_ae"), "coders", CodersConfig, Coders)
    coders.to("cuda" if torch.cuda.is_available() else "cpu")
    songs, unseen = (continuation_bands.load(prepared, split) for split in ("train", "validation"))
    songs = continuation_bands.Songs(songs.stretches[:: run.training.every])
    config = BandConfig(sizes, run.network)
    task = NextTask(config, run.training, steps_of(songs, coders), steps_of(unseen, coders))

    def publish(loop: Loop) -> None:
        nexts = Nexts(config).eval()
        nexts.load_state_dict(loop.ema.state)
        whole = task.finished(nexts, coders)
        tensors = named("coders", coders) | named("nexts", nexts) | {"begins.windows": begins(songs, coders)}
        card = Card("melody_nn", asdict(whole), BANDS, "MIT", loop.step, loop.validate())
        checkpoint.save(folder(options, "melody_nn"), card, tensors, half=True)

    return Job(task, run.loop, publish)


def folder(options: Options, name: str) -> Path:
    """Where a model's checkpoint goes."""
    return Path(options.out) / f"continuation.{name}" / "checkpoint"


def _chorales(options: Options, one_key: bool) -> tuple[list[bach.Chorale], list[bach.Chorale]]:
    prepared = Path(options.prepared)
    return bach.load(prepared, "train", one_key), bach.load(prepared, "validation", one_key)


def _save(name: str, options: Options, card: Card, network: nn.Module) -> None:
    checkpoint.save(folder(options, name), card, named("network", network), half=True)


BUILDERS: dict[str, Callable[[Options], Job]] = {
    "continuation.lstm": _lstm, "continuation.chorale": _chorale, "continuation.lstm_vae": _lstm_vae,
    "continuation.conv_vae": _conv_vae, "continuation.window_ae": _windows, "continuation.melody_nn": _nexts,
}  # fmt: skip
