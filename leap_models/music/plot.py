"""Piano rolls as pictures: a colour for each hand, a line for each bar, and a second row to compare with."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING

from leap_models.music.notes import LEFT, RIGHT, Note, Notes
from leap_models.music.tempo import TempoMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {RIGHT: "#2f6fb5", LEFT: "#c8553d"}
OTHER = "#5b5b5b"  # tracks that are no hands
NAMES = {RIGHT: "right hand", LEFT: "left hand"}
MIDDLE_C = 60
HALF_KEY = 0.43  # of a semitone: half the height of a note
WIDTH_PER_S, NARROWEST, WIDEST = 0.22, 8.0, 60.0  # inches
ROW_HEIGHT = 3.4  # inches
EARLY_S = 0.15  # a beat tracker may put the first beat so much before the first sound
MOST_BARS = 60  # with more, only every second, fourth, ... bar is numbered


@dataclass(frozen=True)
class Row:
    """One piano roll of a picture."""

    notes: Notes
    title: str


def write(path: Path, notes: Notes, tempo: TempoMap, title: str = "", compare: Row | None = None) -> None:
    """Draw notes over time into a PNG file.

    Args:
        tempo: where the bar lines are.
        compare: a second row below, on the same axes.

    Raises:
        OSError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = [Row(notes, title)] if compare is None else [Row(notes, title), compare]
    heard = [note for row in rows for note in row.notes]
    end_s = max((note.end_s for note in heard), default=1.0)
    low, high = min((n.pitch for n in heard), default=48), max((n.pitch for n in heard), default=72)
    width = min(max(WIDTH_PER_S * end_s, NARROWEST), WIDEST)
    figure = Figure(figsize=(width, ROW_HEIGHT * len(rows) + 0.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(rows), 1, sharex=True, squeeze=False)[:, 0]
    for axis, row in zip(axes, rows, strict=True):
        axis.set_ylim(low - 2.5, high + 2.5)
        _draw_keys(axis, low - 3, high + 3)
        _draw_notes(axis, row.notes)
        axis.set_title(row.title, loc="left", fontsize=10)
        _draw_bars(axis, tempo, end_s)
        axis.set_xlim(0.0, end_s)
    axes[-1].set_xlabel("bar")
    figure.savefig(path, dpi=100, format="png")


def write_grid(path: Path, samples: Sequence[Row], tempo: TempoMap) -> None:
    """Draw many rolls side by side into a PNG file, all with the same keys and seconds.

    Raises:
        OSError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = ceil(len(samples) ** 0.5)
    rows = ceil(len(samples) / columns)
    heard = [note for sample in samples for note in sample.notes]
    end_s = max((note.end_s for note in heard), default=1.0)
    low, high = min((n.pitch for n in heard), default=48), max((n.pitch for n in heard), default=72)
    figure = Figure(figsize=(4.0 * columns, 2.4 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, sample in zip(axes, samples, strict=False):
        axis.set_ylim(low - 2.5, high + 2.5)
        _draw_keys(axis, low - 3, high + 3)
        _draw_notes(axis, sample.notes, legend=False)
        axis.set_title(sample.title, loc="left", fontsize=9)
        _draw_bars(axis, tempo, end_s)
        axis.set_xlim(0.0, end_s)
    for axis in axes[len(samples) :]:
        axis.set_axis_off()
    figure.savefig(path, dpi=80, format="png")


def _draw_notes(axis: "Axes", notes: Notes, legend: bool = True) -> None:
    """A bar for each note, darker the louder, with its onset marked."""
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Patch

    shown = []
    for track in sorted({note.track for note in notes}):
        part = [note for note in notes if note.track == track]
        colour = COLOURS.get(track, OTHER)
        shades = [to_rgba(colour, 0.4 + 0.6 * note.velocity / 127.0) for note in part]
        axis.add_collection(PolyCollection([_corners(note) for note in part], facecolors=shades), autolim=False)
        axis.vlines(*_onsets(part), color=colour, linewidth=1.2)
        shown.append(Patch(color=colour, label=NAMES.get(track, f"track {track + 1}")))
    if shown and legend:
        style = {"ncols": 4, "fontsize": 8, "frameon": False, "borderpad": 0.1}
        axis.legend(handles=shown, loc="lower right", bbox_to_anchor=(1.0, 1.0), **style)


def _corners(note: Note) -> list[tuple[float, float]]:
    low, high = note.pitch - HALF_KEY, note.pitch + HALF_KEY
    return [(note.start_s, low), (note.start_s, high), (note.end_s, high), (note.end_s, low)]


def _onsets(notes: Sequence[Note]) -> tuple[list[float], list[float], list[float]]:
    return [n.start_s for n in notes], [n.pitch - HALF_KEY for n in notes], [n.pitch + HALF_KEY for n in notes]


def _draw_keys(axis: "Axes", low: int, high: int) -> None:
    """Shade the black keys and name each C."""
    for pitch in range(low, high + 1):
        if pitch % 12 in (1, 3, 6, 8, 10):
            axis.axhspan(pitch - 0.5, pitch + 0.5, color="#f3f3f3", zorder=0)
    axis.axhline(MIDDLE_C - 0.5, color="#bbbbbb", linewidth=0.8, zorder=0.5)
    names = [pitch for pitch in range(low, high + 1) if pitch % 12 == 0]
    axis.set_yticks(names, [f"C{pitch // 12 - 1}" for pitch in names])


def bar_lines(tempo: TempoMap, end_s: float) -> list[float]:
    """Seconds at which bars begin; one that began a moment before 0 s begins there."""
    first, last = ((tempo.beat_at(time_s) - tempo.downbeat) / tempo.beats_per_bar for time_s in (-EARLY_S, end_s))
    beats = [tempo.downbeat + bar * tempo.beats_per_bar for bar in range(ceil(first), floor(last) + 1)]
    return [max(0.0, tempo.second_at(beat)) for beat in beats]


def _draw_bars(axis: "Axes", tempo: TempoMap, end_s: float) -> None:
    """A line at the start of each bar; the first in the picture is number 1."""
    lines_s = bar_lines(tempo, end_s)
    for line_s in lines_s:
        axis.axvline(line_s, color="#d0d0d0", linewidth=0.8, zorder=0.6)
    step = 1
    while len(lines_s) / step > MOST_BARS:
        step *= 2
    axis.set_xticks(lines_s[::step], [str(number) for number in range(1, len(lines_s) + 1, step)])
