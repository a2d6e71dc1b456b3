"""Which beats begin a bar: a vote of all beats and half beats, by what the network hears and by where harmony changes.

The network knows drums; where there are none, chords and basses that change on bar lines speak instead.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leap_models.music.beat_network import FRAME_RATE, Array, Heard
from leap_models.music.beat_path import KEPT_S, Floats

_CONTEXT_BEATS = 2.0  # before and after, whose spectra are compared
_WALTZ = 2.0  # by how many standard errors bars of three must be clearer than bars of four
_FEWEST = 16  # votes that decide anything


@dataclass(frozen=True)
class Bars:
    """As in `TempoMap`: `downbeat` is the number of a beat, whole or half, that begins a bar."""

    beats_per_bar: int
    downbeat: float


class BarVotes:
    """What was heard on each beat and half beat of the grid, in the order of time."""

    def __init__(self) -> None:
        self._activations = np.zeros((0, 2), np.float32)
        self._bands: Array | None = None
        self._first = 0  # frame of the first that is kept
        self._votes = np.zeros((5, 0))  # second, half beats, lead of a downbeat, strength, change of harmony
        self._begins = [0]  # votes from which on beats are counted anew

    def push(self, heard: Heard) -> None:
        """Take the next frames."""
        kept = round(KEPT_S * FRAME_RATE)
        bands = heard.bands if self._bands is None else np.concatenate([self._bands, heard.bands])
        self._first += max(0, len(bands) - kept)
        self._bands = bands[-kept:]
        self._activations = np.concatenate([self._activations, heard.activations])[-kept:]

    def vote(self, times_s: Floats, beats: Floats, beat_s: float) -> None:
        """Let beats and half beats vote, within the frames that are kept.

        Args:
            beat_s: how long a beat is.
        """
        assert self._bands is not None  # there is no grid without frames
        places = np.clip(np.round(times_s * FRAME_RATE).astype(int) - self._first, 1, len(self._activations) - 2)
        near = np.max([self._activations[places + step] for step in (-1, 0, 1)], axis=0)
        changes = _changes(self._bands, places, round(_CONTEXT_BEATS * beat_s * FRAME_RATE))
        votes = np.array([times_s, np.round(2.0 * beats), near[:, 1] - near[:, 0], near.sum(axis=1), changes])
        self._votes = np.concatenate([self._votes, votes], axis=1)

    def count_anew(self) -> None:
        """From here on beats have another length; what was voted before does not count."""
        self._begins.append(self._votes.shape[1])

    def bars(self, until_s: float) -> Bars:
        """The outcome of the votes before `until_s`."""
        known = int(np.searchsorted(self._votes[0], until_s))
        begin = max(place for place in self._begins if place <= known)
        if known - begin < _FEWEST:
            return Bars(4, 0.0)
        scores = {bar: _scores(self._votes[1:, begin:known], 2 * bar) for bar in (4, 3)}
        bar = 3 if scores[3].max() > scores[4].max() + _WALTZ else 4
        return Bars(bar, float(scores[bar].argmax()) / 2.0)


def _changes(bands: Array, places: npt.NDArray[np.int_], context: int) -> Floats:
    """How different the mean spectrum is after each place from before; 0..1."""
    sums = np.concatenate([np.zeros((1, bands.shape[1])), np.cumsum(bands, axis=0, dtype=np.float64)])

    def mean(starts: npt.NDArray[np.int_], ends: npt.NDArray[np.int_]) -> Floats:
        starts = np.clip(starts, 0, len(bands) - 1)
        ends = np.clip(ends, starts + 1, len(bands))
        found: Floats = (sums[ends] - sums[starts]) / (ends - starts)[:, None]
        return found

    before, after = mean(places - context, places - 1), mean(places + 1, places + context)
    alike = (before * after).sum(axis=1)
    lengths = np.sqrt((before**2).sum(axis=1) * (after**2).sum(axis=1))
    changes: Floats = 1.0 - alike / np.maximum(lengths, 1e-9)
    return changes


def _scores(votes: Floats, cycle: int) -> Floats:
    """(cycle,) for each half beat of a bar, how clearly bars begin there, in standard errors."""
    halves, (leads, strengths, changes) = votes[0].astype(int), (_standard(row) for row in votes[1:])
    scores = np.zeros(cycle)
    for place in range(cycle):
        here, same = halves % cycle == place, halves % 2 == place % 2
        if here.any():
            lead = (leads[here].mean() - leads[same].mean()) / (leads[same].std() + 1e-6)
            scores[place] = (lead + changes[here].mean() + strengths[same].mean()) * np.sqrt(here.sum())
    return scores


def _standard(values: Floats) -> Floats:
    standard: Floats = (values - values.mean()) / (values.std() + 1e-6)
    return standard
