"""Beats as they are heard by one who knows what follows.

BeatNet hears only what came before, so it is late to find the beat, and where drums are missing it is often unsure or
beside it. This network hears what BeatNet says, how loud the low bands are and how much louder all bands become, from
twenty seconds before to five seconds after: a stack of dilated convolutions over time (after Davies & Boeck, EUSIPCO
2019, but smaller), of which the last two layers look back only. `leap_models.training.beats` trains it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leap_models.music.beat_network import FRAME_RATE, LOW_BANDS, RISES, Array, Heard, load_weights
from leap_models.paths import weights_folder

TAPS = 5  # of each convolution
LAYERS = ((1, 2), (2, 2), (4, 2), (8, 2), (16, 2), (32, 2), (64, 2), (64, 0), (128, 0))  # dilation, taps ahead
AHEAD = 1 + sum(dilation * ahead for dilation, ahead in LAYERS)  # frames that must be heard beyond a frame
AHEAD_S = AHEAD / FRAME_RATE
FEATURES = 2 + RISES + LOW_BANDS

_OWN = 0.5  # share of this network in what is said: it learned from rendered songs, BeatNet from real ones
_BOLDER = 0.9  # nats by which both together are surer
_UNSURE = 0.01  # a probability is no nearer to 0 or 1
_LOGIT, _RISE, _MIDDLE = 1.0 / 3.0, 12.0, 0.5  # bring everything to about -1..1


def features(activations: Array, bands: Array, rises: Array) -> Array:
    """What the network hears of each frame, (frames, FEATURES), from what `Heard` holds."""
    return np.concatenate([_logits(activations) * _LOGIT, rises * _RISE, bands - _MIDDLE], axis=1).astype(np.float32)


class BeatContext:
    """Frames in, the same frames AHEAD later out, with beats that are surer.

    Args:
        folder: the checkpoint; None is the one that ships.

    Raises:
        DamagedWeights: the checkpoint is missing or not what it says it is.
    """

    def __init__(self, folder: Path | None = None) -> None:
        weights = load_weights(folder or weights_folder("beats"))
        self._enter = _Enter(weights)
        self._layers = [_Layer(weights, place) for place in range(len(LAYERS))]
        self._out = _Mix.named(weights, "context.out")
        self._waiting: Heard | None = None

    def push(self, heard: Heard, last: bool = False) -> Heard:
        """Take the next frames; give those that no frame to come can change, and if they are the last, all."""
        flow = self._enter.push(features(heard.activations, heard.bands, heard.rises), last)
        for layer in self._layers:
            flow = layer.push(flow, last)
        return self._give(heard, flow)

    def _give(self, heard: Heard, flow: Array) -> Heard:
        waiting = heard if self._waiting is None else self._waiting.joined(heard)
        known, self._waiting = waiting.part(0, len(flow)), waiting.part(len(flow), None)
        logits = _OWN * self._out(flow) + (1.0 - _OWN) * _logits(known.activations) + _BOLDER
        beat, downbeat = (1.0 / (1.0 + np.exp(-logits))).T
        downbeat = np.minimum(beat, downbeat)
        return replace(known, activations=np.stack([beat - downbeat, downbeat], axis=1))


def _logits(activations: Array) -> Array:
    """(frames, 2) log odds of any beat and of a downbeat."""
    odds = np.clip(np.stack([activations.sum(axis=1), activations[:, 1]], axis=1), _UNSURE, 1.0 - _UNSURE)
    logits: Array = np.log(odds / (1.0 - odds))
    return logits


@dataclass(frozen=True)
class _Mix:
    """Channels into channels, frame by frame."""

    weight: Array  # (in, out)
    bias: Array

    @classmethod
    def named(cls, weights: Mapping[str, Array], name: str) -> "_Mix":
        """That of a convolution, (out, in, taps), which sees the taps one after another."""
        weight = weights[f"{name}.weight"]
        return cls(np.ascontiguousarray(weight.transpose(2, 1, 0).reshape(-1, len(weight))), weights[f"{name}.bias"])

    def __call__(self, flow: Array) -> Array:
        mixed: Array = flow.reshape(len(flow), len(self.weight)) @ self.weight + self.bias
        return mixed


class _Taps:
    """Frames in, the frames that a convolution sees for each of them out, as soon as all were there."""

    def __init__(self, channels: int, taps: int, dilation: int, ahead: int) -> None:
        self._span, self._dilation, self._ahead = (taps - 1) * dilation, dilation, ahead * dilation
        self._kept = np.zeros((self._span - self._ahead, channels), np.float32)  # silence before the start

    def push(self, flow: Array, last: bool) -> Array:
        """(frames, channels) -> (frames that are complete, taps, channels)."""
        after = np.zeros((self._ahead if last else 0, flow.shape[1]), np.float32)
        seen = np.concatenate([self._kept, flow, after])
        frames = max(0, len(seen) - self._span)
        self._kept = seen[frames:]
        steps = range(0, self._span + 1, self._dilation)
        return np.stack([seen[step : step + frames] for step in steps], axis=1)


class _Enter:
    """Features into channels."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self._taps, self._mix = _Taps(FEATURES, 3, 1, 1), _Mix.named(weights, "context.enter")

    def push(self, flow: Array, last: bool) -> Array:
        """(frames, FEATURES) -> (frames, channels)."""
        return _elu(self._mix(self._taps.push(flow, last)))


class _Layer:
    """A dilated convolution, whose outcome is added to what went in."""

    def __init__(self, weights: Mapping[str, Array], place: int) -> None:
        dilation, ahead = LAYERS[place]
        self._convolve = _Mix.named(weights, f"context.convolve.{place}")
        self._mix = _Mix.named(weights, f"context.mix.{place}")
        self._taps = _Taps(len(self._mix.bias), TAPS, dilation, ahead)
        self._middle = TAPS - 1 - ahead

    def push(self, flow: Array, last: bool) -> Array:
        """(frames, channels) -> (frames, channels)."""
        seen = self._taps.push(flow, last)
        added: Array = seen[:, self._middle] + self._mix(_elu(self._convolve(seen)))
        return added


def _elu(values: Array) -> Array:
    bent: Array = np.where(values > 0.0, values, np.expm1(np.minimum(values, 0.0)))
    return bent
