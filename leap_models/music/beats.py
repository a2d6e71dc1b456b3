"""Beats, bars and tempo of a recording, followed as it is read.

    samples -> beat_network: activations -> beat_context: surer ones -> beat_path: beats
            -> beat_grid: a steady tempo map -> beat_clarity: how sure

Audio is worked on in blocks of one second, whatever lengths it comes in; so the result does not depend on them. A part
of the map is fixed AHEAD_S after it was heard and does not change any more.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soxr

from leap_models.errors import BadParameter
from leap_models.music.beat_bars import BarVotes
from leap_models.music.beat_clarity import CLEAR as CLEAR
from leap_models.music.beat_clarity import BeatClarity
from leap_models.music.beat_context import AHEAD_S as _CONTEXT_AHEAD_S
from leap_models.music.beat_context import BeatContext
from leap_models.music.beat_grid import AHEAD_S as _GRID_AHEAD_S
from leap_models.music.beat_grid import STRIDE_S, BeatGrid
from leap_models.music.beat_network import FRAME_RATE, SAMPLE_RATE, BeatNetwork, Heard
from leap_models.music.beat_path import BeatPath, Floats, Path
from leap_models.music.tempo import TempoMap

AHEAD_S = 2.0 + _CONTEXT_AHEAD_S + _GRID_AHEAD_S  # how much audio must have been pushed before a time's tempo is final


@dataclass(frozen=True)
class Beats:
    """What a whole song's beats are.

    Args:
        tempo: the map; steady 120 bpm where there is no beat.
        confidence: 0..1, the mean of `confidences`.
        confidences: of each second, the last one begun included, (seconds,); see `BeatTracker.confidence`.
        times_s: beats of the map within the song, (beats,).
        downbeats_s: those of them that begin a bar.
    """

    tempo: TempoMap
    confidence: float
    confidences: Floats
    times_s: Floats
    downbeats_s: Floats


class BeatTracker:
    """A recording in, piece by piece; its tempo map out, as far as it is known.

    Args:
        sample_rate: of the samples that are pushed; other rates than 24 000 are resampled.

    Attributes:
        clarity: what `confidence` asks; it may outlive the tracker.

    Raises:
        BadParameter: the rate is not positive.
        DamagedWeights: the network's checkpoint is missing or damaged.
    """

    def __init__(self, sample_rate: int = SAMPLE_RATE) -> None:
        if sample_rate <= 0:
            raise BadParameter(f"sample_rate must be positive, got {sample_rate}")
        self._rate = sample_rate
        self._resampler = None if sample_rate == SAMPLE_RATE else soxr.ResampleStream(sample_rate, SAMPLE_RATE, 1)
        self._network, self._context = BeatNetwork(), BeatContext()
        self._path, self._grid = BeatPath(), BeatGrid()
        self._votes, self.clarity = BarVotes(), BeatClarity()
        self._waiting: list[npt.NDArray[np.float32]] = []  # samples that do not fill a block yet
        self._pushed = 0  # samples
        self._frames = 0
        self._finished = False

    def push(self, samples: npt.NDArray[np.float32]) -> TempoMap:
        """Take the next samples, mono; give the map, which is final before AHEAD_S ago.

        Raises:
            BadParameter: `finish` was called before.
        """
        if self._finished:
            raise BadParameter("nothing can be pushed to a beat tracker after finish()")
        self._pushed += len(samples)
        waiting = np.concatenate([*self._waiting, samples])
        whole = len(waiting) - len(waiting) % self._rate
        for start in range(0, whole, self._rate):
            self._hear(waiting[start : start + self._rate], last=False)
        self._waiting = [waiting[whole:]]
        return self.tempo(max(0.0, self._pushed / self._rate - AHEAD_S))

    def finish(self) -> TempoMap:
        """The recording ends here; give the whole map."""
        if not self._finished:
            self._finished = True
            self._hear(np.concatenate([*self._waiting, np.zeros(0, np.float32)]), last=True)
        return self.tempo()

    def tempo(self, until_s: float | None = None) -> TempoMap:
        """The map from the start to `until_s`; None is as far as it is final. Beyond, its last tempo goes on.

        Whenever it is asked for, the same audio and the same `until_s` give the same map, if AHEAD_S more was pushed.
        Anchors before `until_s` are those of every later map. Bars are counted by what was heard before `until_s`.
        """
        until_s = self._grid.until_s if until_s is None else min(until_s, self._grid.until_s)
        bars = self._votes.bars(until_s)
        return TempoMap(self._grid.known(until_s), bars.beats_per_bar, bars.downbeat)

    def confidence(self, start_s: float, end_s: float) -> float:
        """0..1, how sure it is that the map's sixteenths between two times are the music's; from CLEAR on, rely on it.

        Final together with the map before `end_s`; what is not known yet does not count. 0 where there is no beat. The
        map may still count beats in twos or in halves.
        """
        return self.clarity.confidence(start_s, end_s)

    def beats(self) -> Beats:
        """All beats, once `finish` was called.

        Raises:
            BadParameter: it was not.
        """
        if not self._finished:
            raise BadParameter("the beats of a recording are known after finish()")
        tempo, end_s = self.tempo(), self._pushed / self._rate
        shift = tempo.downbeat % 1.0
        numbers = np.arange(np.ceil(tempo.beat_at(0.0) - shift), np.floor(tempo.beat_at(end_s) - shift) + 1) + shift
        times_s = tempo.seconds_at(numbers)
        first = (numbers - tempo.downbeat) % tempo.beats_per_bar == 0.0
        seconds = np.arange(0.0, end_s)
        confidences = np.array([self.confidence(second, second + 1.0) for second in seconds])
        return Beats(tempo, self.confidence(0.0, end_s), confidences, times_s, times_s[first])

    def _hear(self, block: npt.NDArray[np.float32], last: bool) -> None:
        if self._resampler is not None:
            block = self._resampler.resample_chunk(block.astype(np.float32), last=last)
        self._take(self._context.push(self._network.push(block)))
        if last:
            self._take(self._context.push(self._network.finish(), last=True))
            self._path.finish()
        heard_s = self._frames / FRAME_RATE
        self._follow(heard_s if last else heard_s - _GRID_AHEAD_S)

    def _take(self, heard: Heard) -> None:
        self._votes.push(heard)
        self.clarity.push(heard.onsets)
        self._path.push(heard.activations)
        self._frames += len(heard.activations)

    def _follow(self, until_s: float) -> None:
        """Fix the grid up to `until_s`."""
        path = self._path.trace()
        while self._grid.until_s < until_s:
            self._advance(path, min(self._grid.until_s + STRIDE_S, until_s))

    def _advance(self, path: Path, until_s: float) -> None:
        """Lay the next stretch of the grid, judge it, and let its beats vote on the bars."""
        grid, from_s, recounts = self._grid, self._grid.until_s, self._grid.recounts
        grid.advance(path, until_s)
        if grid.recounts > recounts:
            self._votes.count_anew()
        tempo = TempoMap(grid.known(until_s)) if grid.found else None
        self.clarity.judge(until_s, path, tempo)
        if tempo is None:
            return
        first, end = (np.ceil(2.0 * tempo.beat_at(edge_s)) for edge_s in (from_s, until_s))
        beats = np.arange(first, end, dtype=np.float64) / 2.0
        self._votes.vote(tempo.seconds_at(beats), beats, 60.0 / tempo.bpm_at(until_s))


def track(samples: npt.NDArray[np.float32], sample_rate: int) -> Beats:
    """The beats of a whole song, mono; the same as pushing it in blocks.

    Raises:
        BadParameter: the rate is not positive.
        DamagedWeights: the network's checkpoint is missing or damaged.
    """
    tracker = BeatTracker(sample_rate)
    tracker.push(samples)
    tracker.finish()
    return tracker.beats()
