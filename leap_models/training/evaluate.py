"""`leap-bridge evaluate`: figures that say how good a model is.

- `leap`: LEAP beside what one would otherwise use, in one run; with --on, on your own songs beside their covers.
- `leap.vae`: what LEAP's auto-encoder leaves of the notes of test songs.
- `score_sde`: passages from nothing beside held-out ones, for each sampler with its cost.
- `musegan`: a band's phrases beside held-out ones, shuffled ones, noise and an untrained network.
- `continuation.lstm`, `.chorale`, `.lstm_vae`, `.conv_vae`, `.melody_nn`: what held-out music costs each, beside
  unigrams, the last bar and n-grams; what comes back; and what comes next, beside a copy and the mean.
- `timbre`: notes with the sound of unseen pianos beside what one would otherwise play them with.

Songs are rendered test songs of POP909 (by number, never trained on, with a SoundFont never trained with), whose
tune, chords, beats and human arrangement are known, and real songs whose sung notes people wrote down. Beside LEAP
stand Basic Pitch's own transcription, a chord-template arranger, silence, and on rendered songs the tune alone and
the human arrangement.
"""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leap_models import pipeline, registry
from leap_models.checkpoint import read_card
from leap_models.config import from_dict
from leap_models.errors import BadParameter
from leap_models.families.leap.model import LeapConfig
from leap_models.interface import Request
from leap_models.memory import SONG_BYTES, Memory
from leap_models.music import metrics
from leap_models.music.difficulty import Edges, measure
from leap_models.music.notes import Notes
from leap_models.paths import atomic, weights_folder
from leap_models.training import baselines, evaluate_continuation, table
from leap_models.training.evaluate_leap import at_every_level, difficulty, figures, seams
from leap_models.training.truths import Truth, real_songs, rendered_songs

log = logging.getLogger(__name__)

TASKS = ("leap", "leap.vae", "score_sde", "musegan", "timbre", *evaluate_continuation.TASKS)
SPLITS = ("test", "validation")
SECOND_SEED = 1


@dataclass(frozen=True)
class Options:
    """What is measured.

    Args:
        rendered: folder of examples that `prepare leap.bands` made of test songs; empty for none.
        real: folder of songs, each a folder with audio.* and song.txt; empty for none.
        on: folder of what `prepare pairs` made, of which the test songs are taken; empty for none.
        songs: at most so many rendered ones, or examples of `on`; 0 is all.
        split: of the rendered songs: test, or validation, by which settings are chosen.
        weights: a checkpoint folder; empty for the one that ships.
        set: parameters of the model, with commas between them.
        quantize: strength, 0 to 1.
        levels: whether every difficulty is measured too.
        out: where the figures go; tables go beside it, as .md, and of `score_sde` and of
            a band's latents a picture, as .png.
        prepared: folder of `prepare score_sde`, `musegan`, `continuation` or `timbre`, for these.
        passages: how many each sampler, or the band, makes, for `score_sde` and `musegan`; chorales, for the chorale;
            cases of unseen pianos, for `timbre`.
    """

    rendered: str = ""
    real: str = ""
    on: str = ""
    songs: int = 0
    split: str = "test"
    weights: str = ""
    set: str = ""
    quantize: float = 1.0
    levels: bool = True
    out: str = "evaluation.json"
    prepared: str = "prepared"
    passages: int = 64


class Arranger:
    """LEAP with fixed settings."""

    def __init__(self, weights: Path, options: Options) -> None:
        self.model, self.quantize = registry.load("leap", weights=weights), options.quantize
        self.edges = Edges(from_dict(LeapConfig, read_card(weights).config).edges)
        self.memory = Memory(SONG_BYTES)
        words = [word.partition("=") for word in options.set.split(",") if word]
        self.params = {name: self.model.info.param(name).parse(value) for name, _equals, value in words}

    def __call__(self, truth: Truth, seed: int = 0, **changed: float) -> Notes:
        """Arrange a song."""
        request = Request(self.model.info.name, {**self.params, **changed}, seed, quantize=self.quantize)
        return pipeline.run(self.model, truth.piece, request, memory=self.memory).notes

    def again(self, truth: Truth) -> Notes:
        """The same as `self(truth)`, with nothing remembered."""
        request = Request(self.model.info.name, self.params, quantize=self.quantize)
        return pipeline.run(self.model, truth.piece, request).notes


def compared(arrange: Arranger, truth: Truth) -> dict[str, Notes]:
    """What each system makes of a song."""
    systems = {"leap": arrange(truth), "basic_pitch": baselines.transcribed(truth.piece), "silence": ()}
    systems["template"] = baselines.template(truth.piece)
    if truth.kind == "rendered":
        level = measure(truth.human, 0.0, truth.piece.duration_s, arrange.edges)
        as_hard = arrange(truth, difficulty=level)
        systems |= {"leap_as_hard_as_human": as_hard, "human": truth.human, "melody_alone": truth.melody}
    return systems


def chance(arrange: Arranger, truth: Truth, made: Notes) -> dict[str, float]:
    """Whether the seed alone decides."""
    other = arrange(truth, SECOND_SEED)
    return {"same_again": float(arrange.again(truth) == made), "another_seed": float(other != made)}


def run(task: str, options: Options) -> dict[str, object]:
    """Measure and write the figures.

    Raises:
        BadParameter: no songs were given.
    """
    family, _dot, part = task.partition(".")
    weights = Path(options.weights) if options.weights else weights_folder(part if family == "continuation" else family)
    if task == "leap":
        report = _leap(options, weights)
    elif task == "score_sde":
        from leap_models.training import evaluate_score_sde as generation

        rows = generation.measured(Path(options.prepared), weights, options.passages)
        report = generation.write(rows, Path(options.out))
    elif task == "musegan":
        from leap_models.training import evaluate_musegan as bands

        report = bands.write(bands.measured(Path(options.prepared), weights, options.passages), Path(options.out))
    elif task == "timbre":
        from leap_models.training import evaluate_timbre, timbre_report

        report = timbre_report.write(
            evaluate_timbre.measured(Path(options.prepared), weights, options.passages), Path(options.out)
        )
    elif family == "continuation":
        out = Path(options.out)
        found = evaluate_continuation.measured(
            task, Path(options.prepared), weights, options.passages, out.with_suffix(".png")
        )
        report = evaluate_continuation.write(found, out)
    else:
        from leap_models.training.evaluate_vae import measured

        report = {"summary": dict(measured(Path(options.rendered), weights, options.songs))}
    with atomic(Path(options.out)) as path:
        path.write_text(json.dumps(report, indent=1) + "\n")
    summary: dict[str, object] = report["summary"]  # type: ignore[assignment]
    return summary


def _leap(options: Options, weights: Path) -> dict[str, object]:
    if options.on:
        return _on(options, weights)
    if options.split not in SPLITS:
        raise BadParameter(f"split must be {' or '.join(SPLITS)}, got {options.split}")
    truths = list[Truth]()
    if options.rendered:
        truths += rendered_songs(Path(options.rendered), options.songs, options.split)
    truths += list(real_songs(Path(options.real))) if options.real else []
    if not truths:
        raise BadParameter("there is nothing to measure: give --rendered FOLDER, --real FOLDER or both, or --on FOLDER")
    arrange = Arranger(weights, options)
    rows = [_song(arrange, truth, options) for truth in truths]
    _compare_with_other_songs(rows, truths)
    found = {kind: table.summary([row for row in rows if row["kind"] == kind]) for kind in ("rendered", "real")}
    with atomic(Path(options.out).with_suffix(".md")) as path:
        path.write_text(table.report(found), encoding="utf-8")
    return {"summary": found, "songs": [_plain(row) for row in rows]}


def _on(options: Options, weights: Path) -> dict[str, object]:
    from leap_models.training import evaluate_pairs

    rows = list(evaluate_pairs.measured(Path(options.on), Arranger(weights, options), options.songs))
    with atomic(Path(options.out).with_suffix(".md")) as path:
        path.write_text(evaluate_pairs.table(rows), encoding="utf-8")
    return {"summary": table.summary(rows), "songs": rows}


def _song(arrange: Arranger, truth: Truth, options: Options) -> dict[str, object]:
    """Everything about one song; `systems` holds each system's figures."""
    started_s = time.monotonic()
    made = compared(arrange, truth)
    row: dict[str, object] = {"name": truth.name, "kind": truth.kind, "made": made}
    row["systems"] = {name: figures(notes, truth) for name, notes in made.items()}
    checks = chance(arrange, truth, made["leap"]) | seams(made["leap"], truth, arrange.model.info.grid)
    if options.levels:
        levels = at_every_level(arrange, arrange.edges, truth)
        row["systems"] |= levels  # type: ignore[operator]
        checks |= difficulty(levels)
    row["checks"] = checks
    leap = {name: round(value, 3) for name, value in (row["systems"]["leap"] | checks).items()}  # type: ignore[index]
    log.info("%s: %s (%.0f s)", truth.name, leap, time.monotonic() - started_s)
    return row


def _compare_with_other_songs(rows: Sequence[dict[str, object]], truths: Sequence[Truth]) -> None:
    """How alike each arrangement sounds to its own song, and to the next of its kind."""
    chromas = [baselines.chroma(truth.piece) for truth in truths]
    for index, row in enumerate(rows):
        others = [at for at, truth in enumerate(truths) if truth.kind == row["kind"] and at != index]
        other = min(others, key=lambda at: (at - index) % len(rows), default=index)
        frames = min(chromas[index].shape[1], chromas[other].shape[1])
        for name, notes in row["made"].items():  # type: ignore[attr-defined]
            songs = (chromas[index][:, :frames], chromas[other][:, :frames])
            own, foreign = (metrics.chroma_similarity(notes, song, baselines.CHROMA_RATE) for song in songs)
            row["systems"][name] |= {"own_song": own, "other_song": foreign}  # type: ignore[index]


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "made"}
