"""From what a client wishes to an order that can be carried out, or to the reason why not."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from leap_bridge import results
from leap_bridge.jobs import Order
from leap_bridge.results import Kept
from leap_bridge.settings import Limits
from leap_bridge.sources import MOST_CHARACTERS, open_source
from leap_models import pipeline, registry, scores
from leap_models.errors import BadParameter, UnwritableOutput
from leap_models.interface import ModelInfo, Piece, Request
from leap_models.music.tempo import TempoMap
from leap_models.params import Param
from leap_models.paths import refuse_existing

RANDOM = -1  # as a seed: the daemon takes one
SUFFIXES = (".mid", ".midi")

# What every model can be told besides its own parameters; times are seconds of the source.
OPTIONS: dict[str, Param] = {
    "start_s": Param("start_s", 0.0, low=0.0, unit="s", help="where in the source to begin"),
    "end_s": Param("end_s", 0.0, low=0.0, unit="s", help="where to end; 0 is the end of the source"),
    "seed": replace(pipeline.SEED, low=RANDOM, help="another seed, another arrangement; -1 takes one"),
    "quantize": pipeline.QUANTIZE,
    "tempo": Param("tempo", 0, low=0, help="number of a map sent with /leap/tempo; 0 follows the recording's beat"),
    "keep": Param("keep", 0, low=0, help="number of an earlier job: its music outside start_s and end_s is kept"),
}


@dataclass(frozen=True)
class Wish:
    """What a client asks for, unchecked.

    Args:
        source: the path of a file; "" for a model that makes music from nothing.
        target: where a copy of the .mid is wanted; "" is nowhere.
        values: of OPTIONS and of the model's parameters, by name.
        tempo: the host's.
        keep: the folder of the job that is kept, if there is one.
    """

    model: str
    source: str
    target: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    tempo: TempoMap | None = None
    keep: Path | None = None


def prepare(wish: Wish, limits: Limits) -> Order:
    """Check a wish.

    Raises:
        UnknownModel, FileMissing, UnreadableAudio, UnreadableMidi, BadParameter, OutputExists, UnwritableOutput:
            it cannot be carried out, and why.
    """
    info = registry.describe(wish.model)
    options = {name: param.check(wish.values.get(name, param.default)) for name, param in OPTIONS.items()}
    seed, end_s = int(options["seed"]), float(options["end_s"])
    params = {name: value for name, value in wish.values.items() if name not in OPTIONS}
    request = Request(
        model=info.name,
        params=params,  # type: ignore[arg-type]
        seed=secrets.randbelow(2**31) if seed == RANDOM else seed,
        start_s=float(options["start_s"]),
        end_s=end_s or None,
        quantize=float(options["quantize"]),
    )
    piece, kept = open_source(wish.source, info, limits, params), _kept(wish)
    if kept is not None and kept.source != piece.source:
        raise BadParameter(f"keep must be a job of the same file, got one of {kept.source}")
    if wish.tempo is not None:
        made_of_nothing = not piece.source
        piece = scores.nothing(info.check(params), wish.tempo) if made_of_nothing else replace(piece, tempo=wish.tempo)
    elif kept is not None:  # bars are counted on as they were
        piece = replace(piece, tempo=kept.tempo.shifted(kept.start_s))
    request = replace(request, params=pipeline.check(info, piece, request))
    return _order(wish, kept, info, piece, request, limits)


def _kept(wish: Wish) -> Kept | None:
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
    target = _target(wish.target) if wish.target else None
    return Order(request, piece, windows, start_s, duration_s, wish.keep, target)


def _target(text: str) -> Path:
    path = Path(text)
    if len(text) > MOST_CHARACTERS or "\0" in text or not path.is_absolute() or path.suffix.lower() not in SUFFIXES:
        raise BadParameter(f"target must be an absolute path that ends in {' or '.join(SUFFIXES)}, got {text[:80]!r}")
    refuse_existing(path)
    if not path.parent.is_dir():
        raise UnwritableOutput(f"cannot write {path}: there is no folder {path.parent}")
    return path
