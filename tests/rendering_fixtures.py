"""Clips, references, and a model that plays them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_piano

from leap_models import paths, registry
from leap_models.music import midi
from leap_models.music.notes import Note, Notes, Pedal
from leap_models.music.tempo import TempoMap

RATE = toy_piano.GRID.sample_rate


def scale(seconds: float, pitch: int = 60) -> Notes:
    """Two notes a second."""
    return tuple(
        Note(0.5 * step, 0.5 * step + 0.4, pitch + step % 12, 40 + step % 60) for step in range(round(2 * seconds))
    )


def clip_of(path: Path, notes: Notes, pedals: tuple[Pedal, ...] = ()) -> Path:
    midi.write(path, notes, TempoMap.steady(120), track_names=("Piano",), pedals=pedals)
    return path


def tone(path: Path, seconds: float = 2.0, peak: float = 0.5, rate: int = 2 * RATE, channels: int = 1) -> Path:
    """A reference: a tone of that peak."""
    wave = peak * np.sin(2 * np.pi * 220 * np.arange(round(seconds * rate)) / rate)
    soundfile.write(path, np.repeat(wave[:, None], channels, axis=1).astype(np.float32), rate, subtype="FLOAT")
    return path


def ship_piano(monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    """The toy that gives audio is there too, beside the other toy; its name."""
    toy_piano.save_weights(folder / "toy_piano").rename(paths.weights_folder() / "toy_piano")
    monkeypatch.setitem(registry.FAMILIES, "toy_piano", "toy_piano")
    return "toy_piano"
