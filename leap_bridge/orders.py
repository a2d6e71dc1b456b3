"""From what a client wishes to an order that can be carried out, or to the reason why not."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from leap_bridge import results
from leap_bridge.jobs import Order
from leap_bridge.results import Kept
from leap_bridge.settings import Limits
from leap_bridge.sources import MOST_CHARACTERS, open_source, resolve
from leap_models import pipeline, registry, scores
from leap_models.errors import BadParameter, UnwritableOutput
from leap_models.interface import ModelInfo, Piece, Request
from leap_models.music.notes import Notes, Pedal
from leap_models.music.tempo import TempoMap
from leap_models.params import Param
from leap_models.paths import refuse_existing

RANDOM = -1  # as a seed: the daemon takes one
SUFFIXES = {"roll": (".mid", ".midi"), "audio": (".wav",)}  # of a target, by what the model gives

# What every model can be told besides its own parameters; times are seconds of the source.
OPTIONS: dict[str, Param] = {
    "start_s": Param("start_s", 0.0, low=0.0, unit="s", help="where in the source to begin"),
    "end_s": Param("end_s", 0.0, low=0.0, unit="s", help="where to end; 0 is the end of the source"),
    "seed": replace(pipeline.SEED, low=RANDOM, help="another seed, another arrangement; -1 takes one"),
    "quantize": pipeline.QUANTIZE,
    "tempo": Param("tempo", 0, low=0, help="number of a map sent with /leap/tempo; 0 follows the recording's beat"),
    "keep": Param("keep", 0, low=0, help="number of an earlier job: its music outside start_s and end_s is kept"),
    "score": Param("score", 0, low=0, help="number of notes sent with /leap/score, instead of a source; 0 is none"),
    "like": Param("like", "", help="path of a recording that the result is to sound like, for a model that takes one"),
}
_NEEDED: dict[str, Callable[[ModelInfo], bool]] = {  # by whom; others do not have the option
    "score": lambda info: "notes" in info.takes,
    "like": lambda info: info.has_reference,
}


@dataclass(frozen=True)
class Wish:
    """What a client asks for, unchecked.

    Args:
        source: the path of a file; "" for a model that makes music from nothing, and with `notes`.
        target: where a copy of the .mid, or the .wav, is wanted; "" is nowhere.
        values: of OPTIONS and of the model's parameters, by name.
        tempo: the host's.
        keep: the folder of the job that is kept, if there is one.
        notes, pedals: of a host's clip, which is no file.
    """

    model: str
    source: str
    target: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    tempo: TempoMap | None = None
    keep: Path | None = None
    notes: Notes = ()
    pedals: tuple[Pedal, ...] = ()


def options(info: ModelInfo) -> tuple[Param, ...]:
    """What that model can be told besides its own parameters."""
    return tuple(param for name, param in OPTIONS.items() if name not in _NEEDED or _NEEDED[name](info))


def prepare(wish: Wish, limits: Limits) -> Order:
    """Check a wish.

    Raises:
        UnknownModel, FileMissing, UnreadableAudio, UnreadableMidi, BadParameter, OutputExists, UnwritableOutput:
            it cannot be carried out, and why.
    """
    info = registry.describe(wish.model)
    told = {each.name: each.check(wish.values.get(each.name, each.default)) for each in options(info)}
    seed, end_s = int(told["seed"]), float(told["end_s"])
    params = {name: value for name, value in wish.values.items() if name not in told}
    request = Request(
        model=info.name,
        params=params,  # type: ignore[arg-type]
        seed=secrets.randbelow(2**31) if seed == RANDOM else seed,
        start_s=float(told["start_s"]),
        end_s=end_s or None,
        quantize=float(told["quantize"]),
    )
    piece, kept = _piece(wish, info, limits, params, str(told.get("like", ""))), _kept(wish, info)
    if kept is not None and kept.source != piece.source:
        raise BadParameter(f"keep must be a job of the same file, got one of {kept.source}")
    if wish.tempo is not None:
        made_of_nothing = not piece.source and not piece.notes
        piece = scores.nothing(info.check(params), wish.tempo) if made_of_nothing else replace(piece, tempo=wish.tempo)
    elif kept is not None:  # bars are counted on as they were
        piece = replace(piece, tempo=kept.tempo.shifted(kept.start_s))
    request = replace(request, params=pipeline.check(info, piece, request))
    return _order(wish, kept, info, piece, request, limits)


def _piece(wish: Wish, info: ModelInfo, limits: Limits, params: Mapping[str, object], like: str) -> Piece:
    like = str(resolve(like, limits)) if like else ""
    if not wish.notes:
        return open_source(wish.source, info, limits, params, like)
    if wish.source:
        raise BadParameter(f"source must be nothing where there is a score, got {wish.source[:80]}")
    if scores.plays(info):
        return scores.played(wish.notes, wish.pedals, None, "", info, like)
    return scores.given(wish.notes, wish.tempo, info.check(params), info)


def _kept(wish: Wish, info: ModelInfo) -> Kept | None:
    if wish.keep is not None and info.gives != "roll":
        raise BadParameter(f"keep is for models that give notes, {info.name} gives {info.gives}")
    return None if wish.keep is None else results.read(wish.keep)


def _order(wish: Wish, kept: Kept | None, info: ModelInfo, piece: Piece, request: Request, limits: Limits) -> Order:
    end_s = min(piece.duration_s, piece.duration_s if request.end_s is None else request.end_s)
    start_s, duration_s = request.start_s, end_s - request.start_s
    if duration_s > limits.piece_s:
        raise BadParameter(f"a part may last {limits.piece_s:g} s, got {duration_s:.1f}")
    windows = info.grid.count(duration_s)
    if kept is not None:
        if not kept.start_s <= start_s < end_s <= kept.start_s + kept.duration_s + 0.01:
            raise BadParameter(
                f"keep must be a job that holds {start_s:g} to {end_s:g} s, "
                f"got one from {kept.start_s:g} to {kept.start_s + kept.duration_s:g} s"
            )
        start_s, duration_s = kept.start_s, kept.duration_s
    target = _target(wish.target, SUFFIXES[info.gives]) if wish.target else None
    return Order(request, piece, windows, start_s, duration_s, wish.keep, target, info.gives)


def _target(text: str, suffixes: tuple[str, ...]) -> Path:
    path = Path(text)
    if len(text) > MOST_CHARACTERS or "\0" in text or not path.is_absolute() or path.suffix.lower() not in suffixes:
        raise BadParameter(f"target must be an absolute path that ends in {' or '.join(suffixes)}, got {text[:80]!r}")
    refuse_existing(path)
    if not path.parent.is_dir():
        raise UnwritableOutput(f"cannot write {path}: there is no folder {path.parent}")
    return path
