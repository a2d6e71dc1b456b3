"""The figures of `evaluate timbre` as a table, and recordings as pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from leap_models.paths import atomic
from leap_models.training import timbre_measures
from leap_models.training.evaluate_timbre import Found
from leap_models.training.table import markdown, spread
from leap_models.training.timbre_bench import OURS
from leap_models.training.timbre_render import RATE

MEANINGS = {
    "spectral": "multi-scale spectral distance", "mel_db": "log-mel distance, dB",
    "family": "nearest piano is of its family", "onset_f1": "onset F1 as transcribed",
}  # fmt: skip
NEARER = "cases in which ours is nearer, by mel"


def report(found: Found) -> str:
    """Tables for people: mean and spread over the cases, a row for each system; then what was measured once."""
    rows = [[name, *_row(figures, found.systems[OURS])] for name, figures in found.systems.items()]
    head = [f"{len(found.systems[OURS]['mel_db'])} cases", *MEANINGS.values(), NEARER]
    checks = [[name, f"{value:.3f}"] for name, value in found.checks.items()]
    return markdown(head, rows) + "\n" + markdown(["", OURS], checks)


def write(found: Found, out: Path) -> dict[str, object]:
    """A table and a picture beside `out`; gives what goes into it."""
    with atomic(out.with_suffix(".md")) as path:
        path.write_text(report(found), encoding="utf-8")
    with atomic(out.with_suffix(".png")) as path:
        draw(found.pictures, path)
    summary = {
        system: {name: {"mean": float(np.mean(each)), "spread": float(np.std(each))} for name, each in figures.items()}
        for system, figures in found.systems.items()
    }
    return {"summary": {**summary, "checks": dict(found.checks)}, "cases": found.systems}


def draw(pictures: Sequence[tuple[str, Mapping[str, np.ndarray]]], path: Path) -> None:
    """Mel spectrograms: a row for each case, a column for each recording."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = max(len(sounds) for _title, sounds in pictures)
    figure = Figure(figsize=(4.5 * columns, 2.2 * len(pictures)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(pictures), columns, squeeze=False)
    for row, (title, sounds) in zip(axes, pictures, strict=True):
        for axis, (name, sound) in zip(row, sounds.items(), strict=False):
            frames = timbre_measures.mel_db(sound)
            extent = (0.0, len(sound) / RATE, 0.0, float(len(frames)))
            axis.imshow(frames, origin="lower", aspect="auto", extent=extent, vmin=frames.max() - 70, vmax=frames.max())
            axis.set_title(f"{name} - {title}" if name == "reference" else name, loc="left", fontsize=8)
            axis.set_yticks([])
    figure.savefig(path, dpi=100, format="png")


def _row(figures: Mapping[str, Sequence[float]], ours: Mapping[str, Sequence[float]]) -> list[str]:
    cells = [spread(figures[name]) if name in figures else "" for name in MEANINGS]
    if figures is ours or not np.any(figures["mel_db"]):  # ours, and the truth
        return [*cells, ""]
    return [*cells, f"{np.mean(np.less(ours['mel_db'], figures['mel_db'])):.2f}"]
