"""How clear it is where the beats are: whether beats are heard, lie on the grid, and begin notes on its sixteenths.

A confidence is a probability: that nine of ten sixteenths of the grid lie within 40 ms of true ones, whether or not
the grid counts the beats in twos. Learned by logistic regression from 120 renderings of pop songs, with and without
drums, before `beat_context` made beats surer: it says rather too little.
"""

import numpy as np

from leap_models.music.beat_network import FRAME_RATE, Array
from leap_models.music.beat_path import KEPT_S, Path
from leap_models.music.tempo import TempoMap

CLEAR = 0.7  # from this confidence on the grid can be relied upon: on validation songs, nine of ten times just above it

REACH_S = 5.0  # before and after a time, what speaks for it
_ON_S, _ON_BEATS = 0.030, 0.12  # so near to a whole or half beat a beat lies on the grid
_LATE_S = 0.008  # by which the spectrum rises after a note began
_STEPS = 4  # of the grid per beat: sixteenths

_HEARD, _ALIGNED, _BIAS = 5.0, 3.2, -3.1


class BeatClarity:
    """Judges the grid stretch by stretch, once for ever."""

    def __init__(self) -> None:
        self._onsets = np.zeros(0, np.float32)
        self._first = 0  # frame of the first that is kept
        self._edges_s: list[float] = [0.0]
        self._judged: list[float] = []  # between two edges each

    def push(self, onsets: Array) -> None:
        """Take the next frames, (frames,)."""
        kept = round(KEPT_S * FRAME_RATE)
        onsets = np.concatenate([self._onsets, onsets])
        self._first += max(0, len(onsets) - kept)
        self._onsets = onsets[-kept:]

    def judge(self, until_s: float, path: Path, tempo: TempoMap | None) -> None:
        """Find out how clear the grid is between the last edge and `until_s`.

        Args:
            path: the beats up to REACH_S around `until_s`.
            tempo: as it is known there; None without beats.
        """
        self._edges_s.append(until_s)
        self._judged.append(0.0 if tempo is None else self._confidence(until_s, path, tempo))

    def confidence(self, start_s: float, end_s: float) -> float:
        """The mean over what is judged of [start_s, end_s); 0 where nothing is."""
        edges_s = np.clip(self._edges_s, start_s, end_s)
        lengths_s = np.diff(edges_s)
        total_s = float(lengths_s.sum())
        return float(lengths_s @ np.array(self._judged)) / total_s if total_s > 0.0 else 0.0

    def _confidence(self, second: float, path: Path, tempo: TempoMap) -> float:
        near = path.between(second - REACH_S, second + REACH_S)
        evidence = _HEARD * _heard(near, tempo, second) + _ALIGNED * self._aligned(tempo, second) + _BIAS
        return float(1.0 / (1.0 + np.exp(-evidence)))

    def _aligned(self, tempo: TempoMap, second: float) -> float:
        """-1..1: whether onsets lie on sixteenths (1), all between them (-1), or anywhere (0)."""
        first = max(0, round((second - REACH_S) * FRAME_RATE) - self._first)
        end = max(first, round((second + REACH_S) * FRAME_RATE) - self._first)
        onsets = self._onsets[first:end].astype(np.float64)
        if not onsets.any():
            return 0.0
        onsets = np.maximum(onsets - np.median(onsets), 0.0)
        seconds = (self._first + first + np.arange(len(onsets))) / FRAME_RATE - _LATE_S
        return float(onsets @ np.cos(2.0 * np.pi * _STEPS * tempo.beats_at(seconds)) / max(onsets.sum(), 1e-9))


def _heard(path: Path, tempo: TempoMap, second: float) -> float:
    """0..1: how strongly beats were heard in the mean; those beside the grid count as unheard."""
    if not len(path):
        return 0.0
    halves = 2.0 * tempo.beats_at(path.times_s)
    beat_s = 60.0 / tempo.bpm_at(second)
    on = np.abs(halves - np.round(halves)) / 2.0 * beat_s <= min(_ON_S, _ON_BEATS * beat_s)
    return float((path.strengths * on).mean())
