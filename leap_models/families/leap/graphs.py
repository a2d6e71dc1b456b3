"""LEAP's networks as graphs, cut where a running model cuts them: what is done once a hop, a window, a step.

    conditioner  (1, samples at 24 000 Hz)               -> notes, onsets, melody, onset strength of every frame
    listen       features, beat                          -> tokens, draft, chords                   once a window
    step         noisy, time, level, the known, tokens   -> clean latents                           once a step
    decoder      latents, features, beat, level, chords  -> sounding, onset, velocity of 88 keys    once a window
    beats        a block of spectra, memory              -> activations, memory                     once a second
"""

import numpy as np
import torch
from torch import Tensor, nn

from leap_models.errors import BadParameter
from leap_models.families.leap import GRID, nmp
from leap_models.families.leap.chords import CHORD_PLANES, CLASSES, harmonised, told
from leap_models.families.leap.conditioner import EXTRAS, MARGIN_S, STRETCH_S, NmpConditioner
from leap_models.families.leap.dit import Condition, Dit
from leap_models.families.leap.guiding import Guided
from leap_models.families.leap.listening import CHANNELS, COLUMNS, ROWS, Heard, Listened
from leap_models.families.leap.model import Leap, as_heard
from leap_models.families.leap.vae import KEYS
from leap_models.music.beat_network import load_weights
from leap_models.nn.onnx_graph import Graph
from leap_models.nn.resample import Resample
from leap_models.paths import weights_folder

SAMPLE_RATE = GRID.sample_rate
FRAMES = 512  # of features in a window
BANDS = 272  # of the spectrum and its rise, what the beat network hears of a frame
CELLS = 150


def graphs(model: Leap) -> tuple[Graph, ...]:
    """All that run a window.

    Raises:
        BadParameter: the model listens through something that has no graph.
    """
    ears = model.conditioner
    if not isinstance(ears, NmpConditioner) or not model.hearing.planes:
        raise BadParameter("only models with the conditioner nmp can be exported, got one with mert")
    step = _step(model.dit, float(model.info.param("guidance").default))
    return _conditioner(ears), _listen(model, ears.width), step, _decoder(model, ears.width), _beats()


class _Ears(nn.Module):
    def __init__(self, ears: NmpConditioner) -> None:
        super().__init__()
        self.network, self.melody, self.frames = ears.network, ears.melody, ears.frames
        self.resample = Resample(SAMPLE_RATE, nmp.SAMPLE_RATE)

    def forward(self, samples: Tensor) -> Tensor:
        heard = self.resample(samples)
        whole = heard.shape[1] // nmp.HOP * nmp.HOP
        return self.frames(heard[:, :whole])[0]


def _conditioner(ears: NmpConditioner) -> Graph:
    hop, margin = round(STRETCH_S * SAMPLE_RATE), round(MARGIN_S * SAMPLE_RATE)
    long, short = (_noise(1, length) * 0.1 for length in (margin + hop, hop))
    free = {"samples": {1: "samples"}, "frames": {0: "frames"}}
    return Graph("conditioner", _Ears(ears), {"samples": long}, ("frames",), free, ({"samples": short},))


class _Listen(nn.Module):
    def __init__(self, model: Leap) -> None:
        super().__init__()
        self.listener, self.chords = model.dit.listener, model.hearing.chords

    def forward(self, features: Tensor, beat: Tensor) -> tuple[Tensor, ...]:
        heard = as_heard(features, beat, planes=True)
        found: tuple[Tensor, ...] = ()
        if self.chords is not None:
            chords = self.chords.likelihoods(heard)
            heard, found = told(heard, chords), (chords,)
        listened: Listened = self.listener(heard)
        return listened.tokens, listened.draft, *found


def _listen(model: Leap, width: int) -> Graph:
    inputs = {"features": _shares(1, FRAMES, width), "beat": _noise(1, FRAMES, EXTRAS - 1)}
    outputs = ("tokens", "draft") if model.hearing.chords is None else ("tokens", "draft", "chords")
    return Graph("listen", _Listen(model), inputs, outputs, {})


class _Step(nn.Module):
    def __init__(self, dit: Dit, guidance: float) -> None:
        super().__init__()
        self.dit, self.guidance = dit, guidance

    def forward(
        self, noisy: Tensor, time: Tensor, level: Tensor, known: Tensor, is_known: Tensor, tokens: Tensor, draft: Tensor
    ) -> Tensor:
        one, nothing = torch.ones_like(level), Heard(tokens, tokens)  # what was heard is in the tokens
        condition = Condition(nothing, level, known, is_known, one, one)
        return Guided(self.dit, condition, Listened(tokens, draft), self.guidance, 1.0)(noisy, time)


def _step(dit: Dit, guidance: float) -> Graph:
    latents = (1, CHANNELS, ROWS, COLUMNS)
    inputs = {
        "noisy": _noise(*latents), "time": torch.tensor([0.75]), "level": torch.tensor([2.5]),
        "known": _noise(*latents), "is_known": torch.ones(1, COLUMNS), "tokens": _noise(1, COLUMNS, dit.config.width),
        "draft": _noise(*latents),
    }  # fmt: skip
    return Graph("step", _Step(dit, guidance), inputs, ("clean",), {})


class _Decoder(nn.Module):
    def __init__(self, model: Leap) -> None:
        super().__init__()
        self.vae, self.grounding, self.chords = model.vae, model.grounding, model.hearing.chords
        self.harmony = float(model.info.param("harmony").default)

    def forward(self, latents: Tensor, *known: Tensor) -> Tensor:
        decoded = self.vae.decode(latents)
        if known:
            features, beat, level, *chords = known
            heard = as_heard(features, beat, planes=True)
            heard = told(heard, chords[0]) if chords else heard
            decoded = decoded if self.grounding is None else self.grounding(decoded, heard, level)
            decoded = harmonised(decoded, heard, self.harmony) if chords else decoded
        planes = torch.cat([torch.sigmoid(decoded.sounding), torch.sigmoid(decoded.onset), decoded.velocity])
        return planes[:, :KEYS]


def _decoder(model: Leap, width: int) -> Graph:
    inputs = {
        "latents": _noise(1, CHANNELS, ROWS, COLUMNS), "features": _shares(1, FRAMES, width),
        "beat": _noise(1, FRAMES, EXTRAS - 1), "level": torch.tensor([2.5]),
        "chords": _shares(1, CHORD_PLANES, CLASSES, COLUMNS),
    }  # fmt: skip
    needed = {name: inputs[name] for name in decoder_inputs(model)}
    return Graph("decoder", _Decoder(model), needed, ("planes",), {})


def decoder_inputs(model: Leap) -> tuple[str, ...]:
    """What the decoder must be given: with nothing that looks at what was heard, latents alone."""
    chords, heard = model.hearing.chords, ("latents", "features", "beat", "level")
    if chords is None:
        return heard if model.grounding is not None else heard[:1]
    return *heard, "chords"


class _Beats(nn.Module):
    """`leap_models.music.beat_network`'s sums in torch: its spectra and rises in, activations out."""

    def __init__(self) -> None:
        super().__init__()
        weights = {name: torch.from_numpy(values) for name, values in load_weights(weights_folder("beats")).items()}
        self.conv, self.conv_bias = weights["conv.weight"].flatten(0, 1)[:, None], weights["conv.bias"].flatten()
        self.runs, self.channels = weights["conv.weight"].shape[:2]
        self.dense, self.dense_bias = weights["dense.weight"], weights["dense.bias"]
        self.out, self.out_bias = weights["out.weight"], weights["out.bias"]
        self.layers = nn.ModuleList(nn.LSTM(CELLS, CELLS, 2) for _ in range(self.runs))
        for run, lstm in enumerate(self.layers):
            for layer in range(2):
                parts = {
                    f"weight_ih_l{layer}": weights[f"lstm.{layer}.input"][run].T,
                    f"weight_hh_l{layer}": weights[f"lstm.{layer}.hidden"][run],
                    f"bias_ih_l{layer}": weights[f"lstm.{layer}.bias"][run],
                    f"bias_hh_l{layer}": torch.zeros(4 * CELLS),
                }
                lstm.load_state_dict({name: _gates(values) for name, values in parts.items()}, strict=False)

    def forward(self, features: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(frames, 272) and (runs, 2, 1, 150) twice -> (frames, 2) and the memory after them."""
        heard = torch.relu(nn.functional.conv1d(features[:, None], self.conv, self.conv_bias))
        pooled = nn.functional.max_pool1d(heard, 2)
        said, hiddens, cells = [], [], []
        for run, lstm in enumerate(self.layers):
            flow = pooled[:, run * self.channels : (run + 1) * self.channels].flatten(1)
            flow = flow @ self.dense[run] + self.dense_bias[run]
            told, (after, kept) = lstm(flow[:, None], (hidden[run], cell[run]))
            said.append((told[:, 0] @ self.out[run] + self.out_bias[run]).softmax(dim=-1))
            hiddens.append(after)
            cells.append(kept)
        return torch.stack(said).mean(dim=0)[:, :2], torch.stack(hiddens), torch.stack(cells)


def _gates(values: Tensor) -> Tensor:
    """Input, forget, output, candidate, the first three at half strength -> torch's order, at full strength."""
    put_in, keep, give, candidate = values.chunk(4)
    return torch.cat([2 * put_in, 2 * keep, candidate, 2 * give]).contiguous()


def _beats() -> Graph:
    network = _Beats()
    memory = torch.zeros(network.runs, 2, 1, CELLS)
    inputs = {"features": _shares(50, BANDS), "hidden": memory, "cell": memory.clone()}
    outputs = ("activations", "hidden_after", "cell_after")
    free = {"features": {0: "frames"}, "activations": {0: "frames"}}
    longer = {**inputs, "features": _shares(63, BANDS), "hidden": memory + 0.1, "cell": memory + 0.2}
    return Graph("beats", network, inputs, outputs, free, (longer,))


def _noise(*shape: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(0).standard_normal(shape, np.float32))


def _shares(*shape: int) -> Tensor:
    """Numbers from 0 to 1, most of them small, as likelihoods are."""
    return torch.from_numpy(np.random.default_rng(0).random(shape, np.float32) ** 8)
