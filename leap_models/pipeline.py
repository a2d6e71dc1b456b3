"""READ FIRST: the whole product as one picture, in code.

    piece -> windows of audio, beats -> model -> crossfade -> notes -> beat grid -> two hands -> stretches of music

`stream` yields a stretch of notes as soon as no later window can change it, and never takes it back; `run` collects the
stretches, so both give the same notes. Every stage is a small object that is pushed what there is and gives back what
became final. Times in what comes out count from the request's start.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leap_models.errors import BadParameter
from leap_models.intake import Intake
from leap_models.interface import Model, ModelInfo, Param, Piece, Request, Values, Window
from leap_models.music.decoders import open_source
from leap_models.music.notes import Note, Notes, Pedal
from leap_models.music.pedal import find_pedals
from leap_models.music.playability import Player
from leap_models.music.roll import NoteReader, Roll, empty_roll
from leap_models.music.tempo import Quantizer, TempoMap
from leap_models.music.windows import RollJoiner
from leap_models.progress import Clock, Progress

HARDEST = 5.0  # how a model without a `difficulty` is made playable: nothing but the impossible is left out
PEDAL_LEVEL = 2.0  # in their first year people play without the pedal
SILENT = 1e-4  # -80 dB: a window whose samples are all smaller is silence
SEED = Param("seed", 0, 0, 2**31 - 1, help="another seed, another arrangement")
QUANTIZE = Param("quantize", 0.0, 0.0, 1.0, help="how far onsets move onto the sixteenths of the beat")


@dataclass(frozen=True)
class Stretch:
    """Music that will not change any more.

    Args:
        window: the number of the window after which it was known.
        windows: how many there are.
        notes: in the order of their onsets; none began in an earlier stretch.
        until_s: all notes that begin before it have been given out.
        tempo: as far as it is known now; before `until_s` it will not change.
        warnings: what a person should know, said once.
    """

    window: int
    windows: int
    notes: Notes
    until_s: float
    tempo: TempoMap
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """An arrangement. Times count from the request's start."""

    notes: Notes
    pedals: tuple[Pedal, ...]
    tempo: TempoMap
    duration_s: float
    windows: int
    seed: int
    request: Request
    warnings: tuple[str, ...] = ()


def open_piece(path: Path | str) -> Piece:
    """A sound file as a piece; only its head is read now.

    Raises:
        UnreadableAudio: it is missing, not audio, damaged or empty, or nothing here can decode it.
    """
    return Piece(None, (), None, open_source(Path(path)).duration_s, str(path))


def run(
    model: Model,
    piece: Piece,
    request: Request,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Result:
    """Arrange a piece.

    Args:
        progress: told often; may be slow only at the run's cost.
        cancelled: asked at every unit of work.

    Raises:
        BadParameter: the request does not fit the model or the piece.
        UnreadableAudio: the piece's file cannot be read.
        Cancelled: `cancelled` said so.
    """
    stretches = list(stream(model, piece, request, progress, cancelled))
    last = stretches[-1]
    notes = tuple(note for stretch in stretches for note in stretch.notes)
    level = float(model.info.check(request.params).get("difficulty", HARDEST))
    return Result(
        notes=notes,
        pedals=find_pedals(notes, last.tempo) if level >= PEDAL_LEVEL else (),
        tempo=last.tempo,
        duration_s=last.until_s,
        windows=last.windows,
        seed=request.seed,
        request=request,
        warnings=tuple(warning for stretch in stretches for warning in stretch.warnings),
    )


def stream(
    model: Model,
    piece: Piece,
    request: Request,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[Stretch]:
    """The same, stretch by stretch: one for each window of the model's grid.

    Raises:
        As `run`; what is wrong with the request is said at once, the rest when it is met.
    """
    return _stream(model, piece, request, check(model.info, piece, request), Clock(progress, cancelled))


def _stream(model: Model, piece: Piece, request: Request, params: Values, clock: Clock) -> Iterator[Stretch]:
    clock.say("decoding")
    source = Intake(piece, model.info, request)
    clock.start(source.count * model.ticks(params))
    chain = _Chain(source, model.info.tracks, request.quantize, float(params.get("difficulty", HARDEST)))
    previous: Window | None = None
    for window in source.windows(clock.check):
        if _is_silent(window):  # nothing to play, and whatever follows begins afresh
            previous = None
            clock.skip(model.ticks(params))
        else:
            rng = np.random.default_rng([request.seed, window.index])
            previous = model.run_window(window, previous, params, rng, clock.tick)
        yield chain.push(window.index, None if previous is None else previous.roll)


def check(info: ModelInfo, piece: Piece, request: Request) -> Values:
    """The complete parameters of a request that fits the model and the piece.

    Raises:
        BadParameter: it does not, and why.
    """
    if request.model != info.name:
        raise BadParameter(f"the request is for the model {request.model}, not for {info.name}")
    if info.gives != "roll":
        raise BadParameter(f"{info.name} gives {info.gives}, which cannot be read as notes")
    SEED.check(request.seed)
    QUANTIZE.check(request.quantize)
    if not 0.0 <= request.start_s < piece.duration_s:
        raise BadParameter(f"start must be from 0 to less than {piece.duration_s:.2f} s, got {request.start_s:g}")
    if request.end_s is not None and not request.start_s < request.end_s:
        raise BadParameter(f"end must be after the start at {request.start_s:g} s, got {request.end_s:g}")
    return info.check(request.params)


class _Chain:
    """Everything behind the model: rolls in, final music out."""

    def __init__(self, source: Intake, tracks: int, quantize: float, level: float) -> None:
        grid = source.grid
        self._source = source
        self._silence = empty_roll(grid.frame_rate, grid.frames, tracks)
        self._joiner = RollJoiner(grid)
        self._reader = NoteReader(longest_s=grid.hop_s)
        self._quantizer = Quantizer(quantize)
        self._player = Player(level)
        self._heard = self._played = False

    def push(self, index: int, roll: Roll | None) -> Stretch:
        """Take the roll of the next window, None for silence; give the music that became final."""
        source, last = self._source, index == self._source.count - 1
        self._heard |= roll is not None
        joined = self._joiner.push(self._silence if roll is None else roll)
        notes = self._reader.push(joined)
        if last:
            notes += self._reader.push(self._joiner.finish()) + self._reader.finish()
        until_s = source.duration_s if last else self._reader.until_s
        notes = self._quantizer.push(notes, source.tempo, until_s)
        if last:
            notes += self._quantizer.finish()
        notes = self._player.push(notes, self._quantizer.until_s)
        if last:
            notes += self._player.finish()
        notes = tuple(_ended(note, source.duration_s) for note in notes if note.start_s < source.duration_s)
        self._played |= bool(notes)
        until_s = source.duration_s if last else max(0.0, self._player.until_s)
        return Stretch(index, source.count, notes, until_s, source.tempo, self._warnings() if last else ())

    def _warnings(self) -> tuple[str, ...]:
        if self._played:
            return self._source.warnings
        reason = "nothing was found to play" if self._heard else "the recording is silent"
        return (*self._source.warnings, f"{reason}, so the arrangement is empty")


def _is_silent(window: Window) -> bool:
    return window.audio is not None and float(np.abs(window.audio).max()) < SILENT


def _ended(note: Note, end_s: float) -> Note:
    return note if note.end_s <= end_s else replace(note, end_s=end_s)
