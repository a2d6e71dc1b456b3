"""Models with small untrained networks, and pieces for them."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import nn

from leap_models import checkpoint
from leap_models.families.continuation.band_config import BandConfig, Coders, CodersConfig, Nexts
from leap_models.families.continuation.lstm_net import LstmConfig, MelodyLstm
from leap_models.families.continuation.next_net import NextConfig
from leap_models.families.continuation.roll_coder import RollCoder, RollCoderConfig
from leap_models.families.continuation.sequence_vae import SequenceVae, SequenceVaeConfig
from leap_models.families.continuation.window_coder import WindowCoder, WindowCoderConfig
from leap_models.interface import Piece
from leap_models.music.bars import Bars
from leap_models.music.notes import Note
from leap_models.music.tempo import TempoMap
from leap_models.training.bach import Chorale

LSTM = LstmConfig(embedding=8, width=16, layers=1)
CHORALE = LstmConfig(voices=4, embedding=8, width=16, layers=1)
SEQUENCE = SequenceVaeConfig(latent=6, embedding=8, encoder=8, decoder=12)
ROLL = RollCoderConfig(steps=64, widths=(4, 6, 8), latent=6, varies=True)
BAND = BandConfig(
    CodersConfig(WindowCoderConfig(latent=8, cell=4, width=8, thin=4)), NextConfig(width=8, layers=2)
)
MELODIES = {"lstm": LSTM, "chorale": CHORALE, "lstm_vae": SEQUENCE, "conv_vae": ROLL}
BUILD = {LstmConfig: MelodyLstm, SequenceVaeConfig: SequenceVae, RollCoderConfig: RollCoder}


def save_melody(folder: Path, name: str) -> Path:
    """A checkpoint of a melody model."""
    torch.manual_seed(3)
    config = MELODIES[name]
    network = BUILD[type(config)](config)
    liven(network)
    return save(folder, name, asdict(config), {"network": network})


def save_band(folder: Path, config: BandConfig = BAND) -> Path:
    """A checkpoint of a band whose players strike something."""
    torch.manual_seed(3)
    coders, nexts = Coders(config.coders), Nexts(config)
    for player in range(5):
        liven(coders.coder(player))
    begins = torch.randn(3, 5, config.coders.coder.latent)
    begins[:, 3] = float("nan")
    return save(folder, "melody_nn", asdict(config), {"coders": coders, "nexts": nexts}, {"begins.windows": begins})


@torch.no_grad()
def liven(network: nn.Module) -> None:
    """An untrained network says something: what it hears matters, and a few cells in a hundred sound."""
    if isinstance(network, WindowCoder):
        network.shrink.weight.mul_(100.0)
        said = network.decode_coarse(torch.randn(8, network.config.latent))
        network.cells.weight.mul_(1.0 / said.std())
        said = network.decode_coarse(torch.randn(8, network.config.latent))
        for plane in range(2):
            network.habit[plane] -= torch.quantile(said[:, plane].flatten(), 0.98)
        return
    if isinstance(network, RollCoder):
        network.shrink.weight.mul_(100.0)
        said, last = network.decode(torch.randn(8, network.config.latent)), network.up[-1]
        scale = 1.0 / said.std()
        last.weight.mul_(scale)
        last.bias.mul_(scale)
        for plane in range(2):
            last.bias[plane] -= torch.quantile(scale * said[:, plane].flatten()[::7], 0.98)
        return
    network.out.weight.mul_(20.0)
    if isinstance(network, SequenceVae):
        network.parameters_of.weight.mul_(50.0)


def save(folder: Path, name: str, config: dict, parts: dict[str, nn.Module], more: dict | None = None) -> Path:
    tensors = {f"{part}.{key}": value for part, net in parts.items() for key, value in net.state_dict().items()}
    checkpoint.save(folder, checkpoint.Card(name, config, "nothing", "MIT", 0), {**tensors, **(more or {})})
    return folder


def tune(
    bars: int = 2, bpm: float = 120.0, beats_per_bar: int = 4, chords: bool = False, more: int = 0,
    low: int = 60,
) -> Piece:
    """Quarters that go up, after four bars from higher on, and room for more bars behind them."""
    tempo = TempoMap.steady(bpm, beats_per_bar)
    beat = 60.0 / bpm
    notes = [
        Note(at * beat, (at + 0.9) * beat, low + at % 8 + at // 16 * 7 - below, 80)
        for at in range(bars * beats_per_bar) for below in ((0, 4, 7) if chords else (0,))
    ]  # fmt: skip
    return Piece(None, tuple(sorted(notes)), tempo, Bars(tempo).second_at(bars + more), "tune.mid")


def chorale(name: str = "bwv1.6", bars: int = 6, seed: int = 0) -> Chorale:
    """Four voices in quarters, at random."""
    rng = np.random.default_rng(seed)
    symbols = np.full((16 * bars, 4), 128)
    for voice, low in enumerate((62, 57, 50, 40)):
        symbols[::4, voice] = low + rng.integers(0, 8, 4 * bars)
    return Chorale(name, symbols, 4, 0)
