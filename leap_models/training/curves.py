"""A run's log as a picture: what was learned, against steps."""

import csv
from pathlib import Path

import numpy as np

SMOOTH = 9  # logged values in one mean of a training curve


def read(log: Path) -> dict[str, np.ndarray]:
    """Each figure's (values, 2) of step and value; of a step logged twice, as after a kill, the last counts."""
    found: dict[str, dict[int, float]] = {}
    with log.open(newline="") as stream:
        for step, _seconds, name, value in csv.reader(stream):
            found.setdefault(name, {})[int(step)] = float(value)
    return {name: np.array(sorted(values.items())) for name, values in found.items()}


def draw(log: Path, picture: Path) -> None:
    """One panel for each figure, its training and its validation curve in one."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    curves = read(log)
    names = sorted({name.partition("_")[2] for name in curves})
    figure = Figure(figsize=(4 * len(names), 3), layout="constrained")
    FigureCanvasAgg(figure)
    for index, name in enumerate(names, start=1):
        axis = figure.add_subplot(1, len(names), index, title=name, xlabel="step")
        for kind in ("train", "valid"):
            points = curves.get(f"{kind}_{name}")
            if points is not None:
                smooth = kind == "train" and len(points) > SMOOTH
                axis.plot(points[:, 0], _smoothed(points[:, 1]) if smooth else points[:, 1], label=kind)
        axis.legend()
    figure.savefig(picture, dpi=80, format="png")


def _smoothed(values: np.ndarray) -> np.ndarray:
    """Means of neighbours, as long as the values; at the ends of fewer."""
    weights = np.convolve(np.ones(len(values)), np.ones(SMOOTH), mode="same")
    means: np.ndarray = np.convolve(values, np.ones(SMOOTH), mode="same") / weights
    return means
