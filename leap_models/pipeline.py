"""READ FIRST: the whole product as one picture, in code.

    piece -> windows of audio, beats -> model -> crossfade -> notes -> beat grid -> two hands -> stretches of music
    piece -> windows of notes, reference -> model that gives audio -> crossfade -> stretches of sound

`stream` yields a stretch as soon as no later window can change it, and never takes it back; `run` collects the
stretches, so both give the same music. Every stage is a small object that is pushed what there is and gives back what
became final. Times in what comes out count from the request's start.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np

from leap_models.errors import BadParameter
from leap_models.filling import SILENT, filled
from leap_models.intake import Intake
from leap_models.interface import Model, ModelInfo, Param, Piece, Request, Values
from leap_models.memory import Memory, part_of
from leap_models.music.audio import Audio, Samples
from leap_models.music.decoders import open_source
from leap_models.music.notes import Note, Notes, Pedal
from leap_models.music.pedal import find_pedals
from leap_models.music.playability import Player
from leap_models.music.players import Everyone
from leap_models.music.tempo import Quantizer, TempoMap
from leap_models.progress import Clock, Progress
from leap_models.reading import Chain, Reading
from leap_models.rendering import Mixer
from leap_models.transcribing import with_notes

HARDEST = 5.0  # how a model without a `difficulty` is made playable: nothing but the impossible is left out
PEDAL_LEVEL = 2.0  # in their first year people play without the pedal
SEED = Param("seed", 0, 0, 2**31 - 1, help="another seed, another arrangement")
QUANTIZE = Param("quantize", 1.0, 0.0, 1.0, help="how far onsets move onto the sixteenths, where the beat is clear")


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
        audio: of a model that gives audio: the samples up to `until_s`, at its grid's rate; they may reach beyond 1.
    """

    window: int
    windows: int
    notes: Notes
    until_s: float
    tempo: TempoMap
    warnings: tuple[str, ...] = ()
    audio: Samples | None = None


@dataclass(frozen=True)
class Result:
    """An arrangement, or sound. Times count from the request's start.

    Args:
        audio: of a model that gives audio, which gives no notes; its samples may reach beyond 1.
    """

    notes: Notes
    pedals: tuple[Pedal, ...]
    tempo: TempoMap
    duration_s: float
    windows: int
    seed: int
    request: Request
    warnings: tuple[str, ...] = ()
    audio: Audio | None = None


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
    memory: Memory | None = None,
) -> Result:
    """Arrange a piece.

    Args:
        progress: told often; may be slow only at the run's cost.
        cancelled: asked at every unit of work.
        memory: of earlier runs; the result is the same without, and comes later.

    Raises:
        BadParameter: the request does not fit the model or the piece.
        UnreadableAudio: the piece's file cannot be read.
        Cancelled: `cancelled` said so.
    """
    return collect(model.info, request, stream(model, piece, request, progress, cancelled, memory))


def collect(info: ModelInfo, request: Request, stretches: Iterable[Stretch]) -> Result:
    """All stretches of a request, of which there is at least one, as one arrangement, with its pedal."""
    found, warnings, sound = list[Note](), list[str](), BytesIO()
    for last in stretches:
        found += last.notes
        warnings += last.warnings
        if last.audio is not None:
            sound.write(last.audio.data)  # so that no more is kept than the result
    notes, level = tuple(found), float(info.check(request.params).get("difficulty", HARDEST))
    return Result(
        notes=notes,
        pedals=find_pedals(notes, last.tempo) if level >= PEDAL_LEVEL and not info.instruments else (),
        tempo=last.tempo,
        duration_s=last.until_s,
        windows=last.windows,
        seed=request.seed,
        request=request,
        warnings=tuple(warnings),
        audio=_sound(sound, info) if sound.tell() else None,
    )


def _sound(written: BytesIO, info: ModelInfo) -> Audio:
    samples: Samples = np.frombuffer(written.getbuffer(), np.float32)
    return Audio(samples, info.grid.sample_rate, len(samples) / info.grid.sample_rate)


def stream(
    model: Model,
    piece: Piece,
    request: Request,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    memory: Memory | None = None,
) -> Iterator[Stretch]:
    """The same, stretch by stretch: one for each window of the model's grid.

    Raises:
        As `run`; what is wrong with the request is said at once, the rest when it is met.
    """
    params = check(model.info, piece, request)
    if model.info.gives == "audio":
        return _rendered(model, piece, request, params, Clock(progress, cancelled), memory)
    reads = _read(model, piece, request, params, Clock(progress, cancelled), memory)
    given = tuple(
        replace(note, start_s=note.start_s - request.start_s, end_s=note.end_s - request.start_s)
        for note in piece.notes if note.start_s >= request.start_s
    )  # fmt: skip
    player = Everyone(given) if model.info.instruments else Player(float(params.get("difficulty", HARDEST)))
    return _finished(reads, Quantizer(request.quantize, model.info.steps_per_beat), player)


def _read(
    model: Model, piece: Piece, request: Request, params: Values, clock: Clock, memory: Memory | None
) -> Iterator[Reading]:
    """What the model made, as notes where it put them; from memory if it was made before."""
    clock.say("decoding")
    told = (request.model, tuple(sorted(params.items())), request.seed, request.start_s, request.end_s, piece.tempo)
    part = None if memory is None or model.info.has_reference else part_of(piece, memory, told)
    known = None if memory is None or part is None else memory.get(("read", part.key), tuple)
    if known is not None:
        yield from _again(known, model.ticks(params), clock)
        return
    made = []
    for read in _made(model, piece, request, params, clock, memory):
        made.append(read)
        yield read
    if memory is not None and part is not None and part.unchanged():
        memory.put(("read", part.key), tuple(made), sum(read.size_bytes for read in made))


def _again(known: Sequence[Reading], ticks: int, clock: Clock) -> Iterator[Reading]:
    clock.start(len(known) * ticks)
    for read in known:
        clock.check()
        clock.skip(ticks)
        yield read


def _made(
    model: Model, piece: Piece, request: Request, params: Values, clock: Clock, memory: Memory | None
) -> Iterator[Reading]:
    source = Intake(with_notes(piece, request, clock, memory), model.info, request, memory)
    chain = Chain(source, model.info.tracks)
    for index, window in enumerate(filled(model, source, request, params, clock)):
        yield chain.push(index, None if window is None else window.roll)


def _rendered(
    model: Model, piece: Piece, request: Request, params: Values, clock: Clock, memory: Memory | None
) -> Iterator[Stretch]:
    """What a model that gives audio made, as sound; of a recording its notes are found first."""
    clock.say("decoding")
    source = Intake(with_notes(piece, request, clock, memory), model.info, request, memory)
    mixer = Mixer(source)
    for index, window in enumerate(filled(model, source, request, params, clock)):
        samples = mixer.push(index, None if window is None else window.audio)
        last = index == source.count - 1
        warnings = (*source.warnings, *_warnings_of(mixer)) if last else ()
        until_s = source.duration_s if last else mixer.until_s
        yield Stretch(index, source.count, (), until_s, source.tempo, warnings, samples)


def _warnings_of(mixer: Mixer) -> tuple[str, ...]:
    if mixer.peak < SILENT:
        return ("nothing was found to play, so the result is silent",)
    return (f"the sound reaches {mixer.peak:.2f} instead of 1; its file is scaled down",) if mixer.peak > 1.0 else ()


def check(info: ModelInfo, piece: Piece, request: Request) -> Values:
    """The complete parameters of a request that fits the model and the piece.

    Raises:
        BadParameter: it does not, and why.
    """
    if request.model != info.name:
        raise BadParameter(f"the request is for the model {request.model}, not for {info.name}")
    if info.has_reference and piece.audio is None and not piece.like:
        raise BadParameter(f"{info.name} needs the path of a recording to sound like (like), got none")
    SEED.check(request.seed)
    QUANTIZE.check(request.quantize)
    if not 0.0 <= request.start_s < piece.duration_s:
        raise BadParameter(f"start must be from 0 to less than {piece.duration_s:.2f} s, got {request.start_s:g}")
    if request.end_s is not None and not request.start_s < request.end_s:
        raise BadParameter(f"end must be after the start at {request.start_s:g} s, got {request.end_s:g}")
    return info.check(request.params)


def _finished(reads: Iterable[Reading], quantizer: Quantizer, player: Player | Everyone) -> Iterator[Stretch]:
    """Notes onto the beat and into two hands, or to everyone in a band."""
    played = False
    for read in reads:
        notes = quantizer.push(read.notes, read.tempo, read.until_s, read.clear)
        if read.last:
            notes += quantizer.finish()
        notes = player.push(notes, quantizer.until_s)
        if read.last:
            notes += player.finish()
        notes = tuple(_ended(note, read.duration_s) for note in notes if note.start_s < read.duration_s)
        played |= bool(notes)
        until_s = read.until_s if read.last else max(0.0, player.until_s)
        warnings = _warnings(read, played) if read.last else ()
        yield Stretch(read.window, read.windows, notes, until_s, read.tempo, warnings)


def _warnings(read: Reading, played: bool) -> tuple[str, ...]:
    if played:
        return read.warnings
    reason = "nothing was found to play" if read.heard else "the recording is silent"
    return (*read.warnings, f"{reason}, so the arrangement is empty")


def _ended(note: Note, end_s: float) -> Note:
    return note if note.end_s <= end_s else replace(note, end_s=end_s)
