"""Sounds as pictures: log-mel spectrograms below each other, on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_models.music.spectra import RANGE_DB, LogMel

LONGEST_S = 30.0  # of a sound that is drawn
WIDTH, ROW_HEIGHT = 10.0, 2.6  # inches
TICKS_HZ = (55, 110, 220, 440, 880, 1760, 3520, 7040)


@dataclass(frozen=True)
class Row:
    """One spectrogram of a picture."""

    sound: LogMel
    title: str


def write(path: Path, rows: Sequence[Row]) -> None:
    """Draw the first half minute of each sound into a PNG file.

    Raises:
        OSError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, ROW_HEIGHT * len(rows) + 0.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for axis, row in zip(axes, rows, strict=True):
        sound = row.sound
        shown = sound.db[:, : max(1, round(LONGEST_S / sound.hop_s))]
        top = float(shown.max())
        axis.imshow(
            shown, origin="lower", aspect="auto", cmap="magma", vmin=top - RANGE_DB, vmax=top, interpolation="nearest",
            extent=(0.0, shown.shape[1] * sound.hop_s, -0.5, len(sound.hz) - 0.5),
        )  # fmt: skip
        ticks = [hz for hz in TICKS_HZ if hz <= sound.hz[-1]]
        axis.set_yticks(np.interp(ticks, sound.hz, np.arange(len(sound.hz))), [str(hz) for hz in ticks])
        axis.set_ylabel("Hz")
        axis.set_title(row.title, loc="left", fontsize=10)
    axes[-1].set_xlabel("seconds")
    figure.savefig(path, dpi=100, format="png")
