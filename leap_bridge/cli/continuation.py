"""`leap-bridge continue`, `morph` and `accompany`: a clip goes on, becomes another, or gets a band."""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leap_bridge.cli import bands, flags, generate
from leap_bridge.cli.bar import Bar
from leap_bridge.cli.outputs import add_extras, extras
from leap_models import pipeline, registry, scores
from leap_models.errors import BadParameter
from leap_models.families.continuation import PASSAGE_BEATS, VOICES
from leap_models.families.continuation.clip import begun
from leap_models.families.continuation.symbols import STEPS_PER_BEAT, parse
from leap_models.interface import Model, ModelInfo, Param, Piece, Request, Value
from leap_models.music.bars import Bars
from leap_models.music.notes import LEFT, Note, Notes
from leap_models.music.tempo import TempoMap
from leap_models.pipeline import Result

MODELS = {"continue": "lstm", "morph": "lstm_vae", "accompany": "melody_nn"}
EXAMPLES = {
    "continue": "continue clip.mid --model chorale --bars 8", "morph": "morph one.mid other.mid --count 5",
    "accompany": "accompany piano.mid --without strings",
}  # fmt: skip
COUNT = Param("count", 5, 2, 64, help="how many passages lie on the way, both ends among them")
_MOVED_BEATS = 0.1  # how far an onset of what is made may come before the bar line that it belongs to

Values = dict[str, Value]


@dataclass(frozen=True)
class Plan:
    """What is to be made.

    Args:
        kept: notes of the clip that stay as they are. from_s: where what is made begins.
        warnings: what a person should know.
    """

    piece: Piece
    requests: tuple[Request, ...]
    kept: Notes = ()
    from_s: float = 0.0
    warnings: tuple[str, ...] = ()


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Flags and an example."""
    verb = parser.prog.rpartition(" ")[2]
    names = {"continue": ("clip",), "morph": ("clip", "other"), "accompany": ("clip",)}[verb]
    for name in names:
        parser.add_argument(name, metavar=f"{name.upper()}.mid", nargs="?" if verb == "continue" else None)
    parser.add_argument("-o", "--output", metavar="OUT.mid", help=f"default: CLIP.{verb}.mid")
    parser.add_argument("--seed", default=str(pipeline.SEED.default), help=flags.help_of(pipeline.SEED))
    parser.add_argument("--force", action="store_true", help="overwrite files that exist")
    add_extras(parser)
    if verb == "morph":
        parser.add_argument("--count", default=str(COUNT.default), help=flags.help_of(COUNT))
    flags.add_model(parser, argv, MODELS[verb])
    parser.epilog = f"example: leap-bridge {EXAMPLES[verb]}"


def run(arguments: argparse.Namespace) -> None:
    """Make it, write it, and say where it is.

    Raises:
        BadParameter: the model cannot do it, or a value is wrong.
    """
    info, verb = registry.describe(arguments.model), str(arguments.command)
    output, more = _output(arguments, info, verb), extras(arguments)
    plan = _PLANS[verb](arguments, info, flags.given(arguments, info))
    for request in plan.requests:
        pipeline.check(info, plan.piece, request)
    model = registry.load(info.name, arguments.device, Path(arguments.weights) if arguments.weights else None)
    began_s = time.perf_counter()
    result = _made(model, plan)
    sample = generate.written(output, result.notes, result, time.perf_counter() - began_s, info, more)
    generate.show(
        generate.Report(info.name, plan.piece.source, dict(plan.requests[0].params), (sample,), None), arguments.json
    )


def _continue(arguments: argparse.Namespace, info: ModelInfo, given: Values) -> Plan:
    """Bars behind a clip, or behind words."""
    if not any(each.name == "more" for each in info.params):
        raise BadParameter(f"continue needs a model that has the parameter more, {info.name} has not")
    bars = int(given.pop("bars", given.get("more", info.param("more").default)))
    if bars < 1:
        raise BadParameter(f"continue must add at least one bar, got {bars}")
    seed, melody = _seed(arguments), str(given.get("melody", ""))
    if arguments.clip is None:
        if not melody:
            raise BadParameter('continue needs a CLIP.mid, or --melody "67 _ _ _ 65 _"')
        per_bar = STEPS_PER_BEAT * int(given.get("beats_per_bar", info.param("beats_per_bar").default))
        params = info.check({**given, "bars": -(-len(parse(melody)) // per_bar) + bars})
        return Plan(scores.nothing(params), (Request(info.name, params, seed),))
    params = info.check({**given, "more": bars})
    piece = scores.clip(arguments.clip, params, info)
    request, tempo = Request(info.name, params, seed), _tempo(piece)
    if info.instruments:
        return Plan(piece, (request,))
    from_s = tempo.second_at(_bar_beat(tempo, Bars(tempo).count(piece.notes)) - _MOVED_BEATS)
    kept = tuple(sorted(replace(note, track=min(note.track, LEFT)) for note in piece.notes))
    return Plan(piece, (request,), kept, from_s, _simplified(piece, melody, info))


def _morph(arguments: argparse.Namespace, info: ModelInfo, given: Values) -> Plan:
    """Passages on the way from one clip to another, one after the other, at the first one's tempo."""
    if not any(each.name == "position" for each in info.params) or info.instruments:
        raise BadParameter(f"morph needs a model with a latent space of clips, {info.name} has none")
    count = int(COUNT.parse(arguments.count))
    base = {name: value for name, value in given.items() if name not in ("mode", "position")}
    one, other = (scores.clip(path, {}, None) for path in (arguments.clip, arguments.other))
    tempo = _tempo(one)
    if _tempo(other).beats_per_bar != tempo.beats_per_bar:
        raise BadParameter(
            f"clips must be in one metre, got {tempo.beats_per_bar} and {_tempo(other).beats_per_bar} beats a bar"
        )
    origin = Bars(tempo).origin
    notes = [*_first_beats(one, tempo, 0), *_first_beats(other, tempo, PASSAGE_BEATS)]
    end_s, half_s = (tempo.second_at(origin + beats) for beats in (2 * PASSAGE_BEATS, PASSAGE_BEATS))
    piece = Piece(None, tuple(sorted(notes)), tempo, end_s, f"{arguments.clip} {arguments.other}")
    places = [index / (count - 1) for index in range(count)]
    requests = tuple(
        Request(info.name, info.check({**base, "mode": "morph", "position": place}), _seed(arguments), 0.0, half_s)
        for place in places
    )
    return Plan(piece, requests, warnings=_simplified(piece, "", info))


def _accompany(arguments: argparse.Namespace, info: ModelInfo, given: Values) -> Plan:
    """Everybody else for as long as the clip lasts."""
    if not info.instruments or not info.alone:
        raise BadParameter(f"accompany needs a band, {info.name} is none")
    extra = {"more": 0} if any(each.name == "more" for each in info.params) else {}
    params = info.check({**extra, **given})
    return Plan(scores.clip(arguments.clip, params, info), (Request(info.name, params, _seed(arguments)),))


_PLANS: dict[str, Callable[[argparse.Namespace, ModelInfo, Values], Plan]] = {
    "continue": _continue, "morph": _morph, "accompany": _accompany,
}  # fmt: skip


def _made(model: Model, plan: Plan) -> Result:
    """All requests one after the other, with what stays of the clip."""
    notes: list[Note] = list(plan.kept)
    result, begin_s = None, 0.0
    for request in plan.requests:
        with Bar() as bar:
            result = pipeline.run(model, plan.piece, request, bar)
        notes += [_later(note, begin_s) for note in result.notes if note.start_s >= plan.from_s]
        begin_s += result.duration_s
    assert result is not None  # a plan has requests
    return replace(
        result, notes=tuple(sorted(notes)), duration_s=begin_s, warnings=(*plan.warnings, *result.warnings)
    )


def _output(arguments: argparse.Namespace, info: ModelInfo, verb: str) -> Path:
    """The .mid; nothing that is there is lost.

    Raises:
        BadParameter: a name with another ending.
    """
    source = Path(arguments.clip or "melody.mid")
    main = Path(arguments.output) if arguments.output else source.with_name(f"{source.stem}.{verb}.mid")
    if main.suffix.lower() != ".mid":
        raise BadParameter(f"the output must end in .mid, got {main.name}")
    beside = [main.with_suffix(end) for end in (bands.ENDINGS if info.instruments else generate.ENDINGS)]
    for path in (*beside, *extras(arguments).paths):
        generate.check(path, arguments.force)
    return main


def _simplified(piece: Piece, melody: str, info: ModelInfo) -> tuple[str, ...]:
    voices = VOICES.get(info.name)
    if voices is None or not begun(piece.notes, melody, _tempo(piece), voices).simplified:
        return ()
    heard = "its top line was" if voices == 1 else f"{voices} notes at once were"
    return (f"{piece.source} holds more notes at once than {info.name} hears: {heard} taken",)


def _first_beats(clip: Piece, tempo: TempoMap, beats: float) -> Notes:
    """The first passage of a clip, at another's tempo and so many beats later."""
    own, moved = _tempo(clip), []
    for note in clip.notes:
        begin, end = (own.beat_at(at) - Bars(own).origin for at in (note.start_s, note.end_s))
        if 0 <= begin < PASSAGE_BEATS:
            start_s, end_s = (
                tempo.second_at(Bars(tempo).origin + beats + beat) for beat in (begin, min(end, PASSAGE_BEATS))
            )
            moved.append(replace(note, start_s=start_s, end_s=end_s))
    return tuple(moved)


def _bar_beat(tempo: TempoMap, bar: int) -> float:
    return Bars(tempo).origin + bar * tempo.beats_per_bar


def _later(note: Note, by_s: float) -> Note:
    return replace(note, start_s=note.start_s + by_s, end_s=note.end_s + by_s) if by_s else note


def _seed(arguments: argparse.Namespace) -> int:
    return int(pipeline.SEED.parse(arguments.seed))


def _tempo(piece: Piece) -> TempoMap:
    assert piece.tempo is not None  # every clip has one
    return piece.tempo

