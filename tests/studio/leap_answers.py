"""What Python answers to the cases of LEAP Studio's golden/leap.json, each from a recipe that both languages follow.

Sound, likelihoods and weights are made of noise by `unit_noise`, which is the same in both, and of simple formulas. So
no vector depends on the weights that ship.
"""

from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import patch

import numpy as np

from leap_models.diffusion.noise import unit_noise
from leap_models.families.leap import lead
from leap_models.families.leap.conditioner import beat_features
from leap_models.families.leap.easing import eased
from leap_models.families.leap.melody import KEYS
from leap_models.music import beat_context, beats
from leap_models.music.beat_network import HOP, WINDOW, BeatNetwork, spectrum
from leap_models.music.difficulty import EDGES
from leap_models.music.roll import Roll
from leap_models.music.tempo import TempoMap

Json = Any
CHANNELS = 24


def _noise(given: Json) -> Json:
    seed = int(np.random.default_rng([given["seed"], given["window"]]).integers(2**62))
    return {"seed": str(seed), "noise": unit_noise(given["count"], seed).tolist()}


def _spectrum(given: Json) -> Json:
    samples = sound(given["frames"] * HOP + WINDOW, given["hz"], given["seed"])
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP][: given["frames"]]
    bands = spectrum(windows)
    return [row[:: given["every"]].tolist() for row in bands]


def sound(count: int, hz: float, seed: int) -> np.ndarray:
    """A tone in noise."""
    tone = 0.3 * np.sin(2 * np.pi * hz * np.arange(count) / 24_000)
    return (tone + 0.1 * unit_noise(count, seed)).astype(np.float32)


def weights(seed: int) -> Mapping[str, np.ndarray]:
    """Of a beat context that says little of its own."""
    shapes = {"context.enter": (CHANNELS, beat_context.FEATURES, 3), "context.out": (2, CHANNELS, 1)}
    for place in range(len(beat_context.LAYERS)):
        shapes[f"context.convolve.{place}"] = (CHANNELS, CHANNELS, beat_context.TAPS)
        shapes[f"context.mix.{place}"] = (CHANNELS, CHANNELS, 1)
    made = {}
    for number, (name, shape) in enumerate(sorted(shapes.items())):
        noise = unit_noise(int(np.prod(shape)) + shape[0], seed + number) * np.float32(0.05)
        made[f"{name}.weight"], made[f"{name}.bias"] = noise[shape[0] :].reshape(shape), noise[: shape[0]]
    return made


def clicks(given: Json, frames: int) -> np.ndarray:
    """(frames, 2) activations of beats whose tempo is [from second, bpm], and of downbeats, with noise."""
    heard = np.abs(0.04 * unit_noise(2 * frames, given["seed"]).astype(np.float64)).reshape(frames, 2) + 0.01
    second, beat = given["first_s"], 0
    while second < frames / 50:
        bpm = [bpm for from_s, bpm in given["tempi"] if from_s <= second][-1]
        frame = int(second * 50 + 0.5)
        silent = any(start <= second < end for start, end in given["silent"])
        if frame < frames and not silent:
            heard[frame, int(beat % given["beats_per_bar"] == 0)] = 0.85
        second, beat = second + 60 / bpm, beat + 1
    return heard.astype(np.float32)


def _beats(given: Json) -> Json:
    seconds = given["seconds"]
    activations, place = clicks(given, 50 * seconds + 50), 0

    def listen(_network: BeatNetwork, features: np.ndarray) -> np.ndarray:
        nonlocal place
        place += len(features)
        return activations[place - len(features) : place]

    made = weights(1)
    with patch.object(BeatNetwork, "_listen", listen), patch.object(beat_context, "load_weights", lambda _folder: made):
        tracker = beats.BeatTracker()
        samples = sound(24_000 * seconds, 220.0, given["seed"] + 1)
        halfway = tracker.push(samples[: 24_000 * (seconds // 2)])
        tracker.push(samples[24_000 * (seconds // 2) :])
        whole = tracker.finish()
    confidences = [tracker.confidence(second, second + 5.0) for second in range(0, seconds, 5)]
    return {"halfway": _tempo(halfway), "whole": _tempo(whole), "confidences": confidences}


def _tempo(tempo: TempoMap) -> Json:
    return [[list(anchor) for anchor in tempo.anchors], tempo.beats_per_bar, tempo.downbeat]


def _features(given: Json) -> Json:
    anchors, beats_per_bar, downbeat = given["tempo"]
    tempo = TempoMap(tuple((second, beat) for second, beat in anchors), beats_per_bar, downbeat)
    return beat_features(tempo, given["start_s"], given["frames"]).tolist()


def melody(given: Json) -> np.ndarray:
    """(512, 88): the tune's notes, [first, end, key, likelihood], in weak noise."""
    heard = np.abs(unit_noise(512 * KEYS, given["seed"]).astype(np.float64)).reshape(512, KEYS) * 0.002
    for first, end, key, likelihood in given["tune"]:
        heard[first:end, key] += likelihood
    return heard.astype(np.float32)


def _lead(given: Json) -> Json:
    planes = np.zeros((3, 1, 128, 1024), np.float32)
    for first, end, pitch, velocity in given["notes"]:
        planes[0, 0, pitch, first:end], planes[1, 0, pitch, first], planes[2, 0, pitch, first:end] = 0.8, 0.9, velocity
    roll = Roll(planes[0], planes[1], planes[2], 100)
    tune = tuple(lead.line(melody(given)))
    played = lead.octaves(roll, tune)
    led = lead.follow(roll, tune, lead.OCTAVES[int(played.argmax())], given["firmness"])
    return {
        "tune": [[note.first, note.end, note.pitch, note.certainty] for note in tune],
        "octaves": played.tolist(),
        "rows": {"sounding": rows(led.sounding), "onset": rows(led.onset), "velocity": rows(led.velocity)},
    }


def _easing(given: Json) -> Json:
    sounding, onset, velocity = np.zeros((3, 1, 128, 1024), np.float32)
    for first, end, pitch, likelihood in given["notes"]:
        sounding[0, pitch, first:end], onset[0, pitch, first] = 0.8, likelihood
    found = eased(Roll(sounding, onset, velocity, 100), given["level"], EDGES)
    return {"sounding": rows(found.sounding), "onset": rows(found.onset)}


def rows(plane: np.ndarray) -> Json:
    """The sums of the rows in which there is something."""
    used = np.flatnonzero(plane[0].any(axis=1))
    return {str(row): float(plane[0, row].sum(dtype=np.float64)) for row in used}


ANSWERS: dict[str, Callable[[Json], Json]] = {
    "noise": _noise, "spectrum": _spectrum, "beats": _beats, "features": _features, "lead": _lead, "easing": _easing,
}  # fmt: skip
