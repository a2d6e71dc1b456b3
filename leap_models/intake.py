"""A piece as its models need it: window by window, read no earlier than it is needed.

A file is decoded in blocks and only what lies ahead is kept, so an hour needs no more memory than a minute. The beat is
followed some seconds ahead of the window that is handed out, so that its tempo is known beyond its end.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np
import soxr

from leap_models import reference
from leap_models.following import Follower, follower
from leap_models.interface import ModelInfo, Piece, Recall, Request, Window, make_anew
from leap_models.memory import Memory, digest, part_of, recall
from leap_models.music import audio
from leap_models.music.audio import Samples
from leap_models.music.beats import AHEAD_S, CLEAR, BeatTracker
from leap_models.music.notes import Note, Notes, Pedal, within
from leap_models.music.roll import Roll, notes_to_roll
from leap_models.music.tempo import TempoMap

LOUDEST = 1.26  # 2 dB over full scale, which lossy formats reach by themselves
STEADY = TempoMap.steady(120)  # what MIDI files without a tempo have


class Intake:
    """The part of a piece that a request wants. Times count from the request's start.

    Attributes:
        duration_s: of the part; a file's own word for it until its end was read.
        tempo: the host's, else as far as the beat is known; before the last window's end it will not change.
        warnings: what was wrong with the audio and has been put right; complete after the last window.
    """

    def __init__(self, piece: Piece, info: ModelInfo, request: Request, memory: Memory | None = None) -> None:
        self._info, self.grid, self._memory = info, info.grid, memory
        end_s = min(piece.duration_s, piece.duration_s if request.end_s is None else request.end_s)
        self.duration_s = end_s - request.start_s
        reads = "notes" in info.takes
        self._warnings = piece.warnings
        self._notes = tuple(_earlier(note, request.start_s) for note in piece.notes) if reads else ()
        self._pedals = tuple(_earlier(pedal, request.start_s) for pedal in piece.pedals) if reads else ()
        playable = within(self._notes, info.lowest, info.highest)
        self._notes, self._moved = playable.notes, playable.moved
        self._reference = reference.read(piece, self.grid.sample_rate) if info.has_reference else None
        self._stream: audio.AudioStream | None = None
        self._hears = "audio" in info.takes and not info.has_reference
        self._blocks = iter(self._open(piece, request)) if self._hears else None
        self._kept = np.zeros(0, np.float32)  # from the next window's start on
        self._read = 0  # samples so far
        self._peak = LOUDEST
        self._tracker = self._follower(piece, request) if self._hears and piece.tempo is None else None
        self._given = piece.tempo is not None
        self.tempo = STEADY if piece.tempo is None else piece.tempo.shifted(-request.start_s)

    @property
    def count(self) -> int:
        """How many windows there are."""
        return self.grid.count(self.duration_s)

    @property
    def warnings(self) -> tuple[str, ...]:
        """See the class."""
        found = (*self._warnings, *(self._stream.warnings if self._stream is not None else ()))
        if self._reference is not None:
            found += self._reference.warnings
        if self._moved:
            keys = f"{self._info.lowest} to {self._info.highest}"
            found += (f"{self._moved} notes lie beyond the keys {keys}; they were moved by octaves",)
        if self._peak > LOUDEST:
            found += (f"samples reach {self._peak:.2f} instead of 1; they were scaled down",)
        return found

    def is_clear(self, start_s: float, end_s: float) -> bool:
        """Whether the tempo between two times can be relied upon: the host's can, one that nobody gave cannot."""
        if self._tracker is None:
            return self._given
        return self._tracker.clarity.confidence(start_s, end_s) >= CLEAR

    def windows(self, check: Callable[[], None]) -> Iterator[Window]:
        """Every window, in order.

        Args:
            check: called after each block that was read; may raise to stop.

        Raises:
            UnreadableAudio: the file turns out to be damaged.
        """
        like = None if self._reference is None else self._reference.samples
        remembered = self._recall(like)
        index = 0
        while index < self.count:
            heard = self._hear(index, check) if self._hears else None
            start_s = self.grid.start_s(index)
            yield Window(
                index, start_s, heard, self._draw(start_s), self.tempo,
                recall=remembered if heard is None else self._recall(heard),
                notes=self._notes, pedals=self._pedals, reference=like,
            )  # fmt: skip
            index += 1

    def _open(self, piece: Piece, request: Request) -> Iterable[Samples]:
        if piece.audio is None:
            self._stream = audio.stream(piece.source, self.grid.sample_rate, request.start_s, request.end_s)
            return self._stream
        rate = piece.audio.sample_rate
        samples = piece.audio.samples[round(request.start_s * rate) :][: round(self.duration_s * rate)]
        return [soxr.resample(samples, rate, self.grid.sample_rate)]

    def _follower(self, piece: Piece, request: Request) -> Follower:
        """Who follows the beat: anew, or from memory."""
        rate, memory = self.grid.sample_rate, self._memory
        part = None if memory is None else part_of(piece, memory, request.start_s, request.end_s, rate)
        if memory is None or part is None:
            return BeatTracker(rate)
        return follower(memory, part, lambda: BeatTracker(rate))

    def _recall(self, heard: Samples | None) -> Recall:
        if self._memory is None or heard is None:
            return make_anew
        return recall(self._memory, (self._info.name, digest(heard)))

    def _hear(self, index: int, check: Callable[[], None]) -> Samples:
        """(grid.samples,) of window `index`; called with rising indices."""
        grid = self.grid
        start = index * grid.hop_samples
        target = start + grid.samples + (0 if self._tracker is None else round(AHEAD_S * grid.sample_rate))
        while self._blocks is not None and self._read <= target:  # one more than needed, to know where the end is
            self._take(next(self._blocks, None))
            check()
        first = start - (self._read - len(self._kept))
        self._kept = self._kept[first:]
        window = self._kept[: grid.samples]
        return np.concatenate([window, np.zeros(grid.samples - len(window), np.float32)])

    def _take(self, block: Samples | None) -> None:
        """Keep a block, and follow its beat; None is the end."""
        if block is None:
            self._blocks = None
            self.duration_s = self._read / self.grid.sample_rate
        else:
            if len(block):
                self._peak = max(self._peak, float(np.abs(block).max()))
            if self._peak > LOUDEST:
                block = block / np.float32(self._peak)
            self._kept = np.concatenate([self._kept, block])
            self._read += len(block)
            self.duration_s = max(self.duration_s, self._read / self.grid.sample_rate)
        if self._tracker is not None:
            self.tempo = self._tracker.finish() if block is None else self._tracker.push(block)

    def _draw(self, start_s: float) -> Roll | None:
        """The piece's notes on the window's roll, for a model that takes them."""
        if "notes" not in self._info.takes:
            return None
        grid = self.grid
        near: Notes = tuple(n for n in self._notes if n.end_s > start_s and n.start_s < start_s + grid.window_s)
        return notes_to_roll(near, grid.frame_rate, grid.frames, self._info.tracks, start_s)


_Timed = TypeVar("_Timed", Note, Pedal)


def _earlier(timed: _Timed, by_s: float) -> _Timed:
    return replace(timed, start_s=timed.start_s - by_s, end_s=timed.end_s - by_s) if by_s else timed
