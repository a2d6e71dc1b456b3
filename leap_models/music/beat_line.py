"""Straight lines through beats: one tempo, from a robust fit."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from leap_models.music.beat_path import Floats, Path

_BESIDE_S = 0.030  # a beat this near lies on the line
_BESIDE = 0.12  # or this near, in beats, where the tempo is fast
_SPREAD = 0.03  # tempi tried around the median, relative
_TRIED = 121
_FEWEST = 4  # beats that make a line
_UNEVEN = 0.1  # share of itself by which an interval may be off
_JITTER_S = 0.005  # of a tracked beat, at least
_ROUND_BPM = (1.0, 0.5, 0.1)  # tempi that people choose: whole numbers before halves before tenths
_SURE = 2.5  # standard errors that a tempo may be off
_ROOM = 8.0  # standard errors between neighbours, or any number would be near a round one


@dataclass(frozen=True)
class Line:
    """Beat `beat` is at `second`, and a beat lasts `period_s`."""

    second: float
    beat: float
    period_s: float

    def time_of(self, beat: float) -> float:
        """The second of a beat."""
        return self.second + (beat - self.beat) * self.period_s

    def beat_of(self, second: float) -> float:
        """The beat at a time."""
        return self.beat + (second - self.second) / self.period_s

    def nearest_halves(self, path: Path) -> Floats:
        """The beat or half beat that each beat of the path is nearest to."""
        halves: Floats = np.round((path.times_s - self.second) / self.period_s * 2.0) / 2.0
        return halves + self.beat

    def residuals_s(self, path: Path) -> Floats:
        """How much later than that it is."""
        residuals: Floats = path.times_s - self.second - (self.nearest_halves(path) - self.beat) * self.period_s
        return residuals

    def holds(self, path: Path) -> npt.NDArray[np.bool_]:
        """Which beats lie on the line."""
        near: npt.NDArray[np.bool_] = np.abs(self.residuals_s(path)) <= min(_BESIDE_S, _BESIDE * self.period_s)
        return near

    def share(self, path: Path) -> float:
        """How much of the beats, by strength, does; 1 where there are none."""
        total = path.strengths.sum()
        return float(path.strengths[self.holds(path)].sum() / total) if total > 0.0 else 1.0

    def evenness(self, path: Path) -> float:
        """Share of the intervals between beats that are a beat long, half a beat or two; 1 with too few to tell."""
        if len(path) < _FEWEST:
            return 1.0
        beats = np.diff(path.times_s) / self.period_s
        even = np.min([np.abs(beats / factor - 1.0) for factor in (0.5, 1.0, 2.0)], axis=0) < _UNEVEN
        return float(even.mean())

    def off_s(self, path: Path) -> float:
        """How much later than the line the beats on it are, in the mean; 0 with too few to tell."""
        on = self.holds(path)
        if on.sum() < _FEWEST:
            return 0.0
        return float(np.average(self.residuals_s(path)[on], weights=path.strengths[on]))


@dataclass(frozen=True)
class LineFit:
    """A line, and how well it fits.

    Args:
        share: of the beats that lie on it.
        start_s: the first of them.
    """

    line: Line
    share: float
    start_s: float


def find_line(path: Path) -> LineFit:
    """The line through most of the beats. Its whole beats are where more is heard; how they are numbered says nothing.

    Args:
        path: at least two beats.
    """
    median_s = float(np.median(np.diff(path.times_s)))
    periods = median_s * np.exp(np.linspace(-_SPREAD, _SPREAD, _TRIED))
    turns = np.exp(4j * np.pi * path.times_s / periods[:, None]) @ path.strengths  # half beats coincide
    best = int(np.abs(turns).argmax())
    phase = float(np.angle(turns[best])) / (4.0 * np.pi)
    fit = refine(path, Line(phase * float(periods[best]), 0.0, float(periods[best])))
    fit = replace(fit, share=fit.share * fit.line.evenness(path))
    on = fit.line.holds(path)
    odd = fit.line.nearest_halves(path)[on] % 1.0 != 0.0
    strengths = path.strengths[on]
    if strengths[odd].sum() <= strengths[~odd].sum():
        return fit
    return replace(fit, line=replace(fit.line, second=fit.line.second + fit.line.period_s / 2.0))


def refine(path: Path, line: Line) -> LineFit:
    """The line that fits best among those near another; beats keep their numbers."""
    for _ in range(3):
        on = line.holds(path)
        if on.sum() < _FEWEST:
            return LineFit(line, 0.0, float(path.times_s[0]))
        line = _regressed(path.times_s[on], line.nearest_halves(path)[on], path.strengths[on])
    on = line.holds(path)
    return LineFit(line, line.share(path), float(path.times_s[on][0]) if on.any() else float(path.times_s[0]))


def _regressed(times_s: Floats, beats: Floats, weights: Floats) -> Line:
    """Least squares, with the roundest tempo that the beats leave room for."""
    beat, second = float(np.average(beats, weights=weights)), float(np.average(times_s, weights=weights))
    spread = float((weights * (beats - beat) ** 2).sum())
    period_s = float((weights * (beats - beat) * (times_s - second)).sum()) / spread
    residuals = times_s - second - period_s * (beats - beat)
    jitter_s = max(_JITTER_S, float(np.sqrt(np.average(residuals**2, weights=weights))))
    period_s = _rounded(period_s, jitter_s * float(np.sqrt(weights.mean() / spread)))
    whole = float(np.round(beat))
    return Line(second + (whole - beat) * period_s, whole, period_s)


def _rounded(period_s: float, error_s: float) -> float:
    bpm = 60.0 / period_s
    for step in _ROUND_BPM:
        if period_s * step / bpm < _ROOM * error_s:
            break
        near_s = 60.0 / (round(bpm / step) * step)
        if abs(near_s - period_s) <= _SURE * error_s:
            return near_s
    return period_s
