"""One pair, from two files to a verdict, a file with every number, and examples."""

import hashlib
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from leap_models.errors import MissingDependency, UnwritableOutput, UserError
from leap_models.families.leap.conditioner import RATE
from leap_models.music import audio, metrics
from leap_models.music.beats import Beats
from leap_models.music.notes import Notes
from leap_models.paths import atomic, made
from leap_models.training.pairs.example import SHORTEST_S, Played, arrays, played
from leap_models.training.pairs.grids import grids
from leap_models.training.pairs.index import Pair
from leap_models.training.pairs.listening import Cover, Floats, Song, beats_at, hear_cover, song_at
from leap_models.training.pairs.matching import Match, keyed, match
from leap_models.training.pairs.pictures import picture
from leap_models.training.pairs.stretch import on_beats
from leap_models.training.pairs.verdict import OK, Thresholds, Verdict, judge
from leap_models.training.render import SAMPLE_RATE

log = logging.getLogger(__name__)

FOLDER = "pairs"  # within the examples', of what is known of each pair
SILENT = 1e-3  # a recording whose loudest sample is below
GRID_NAMES = {2: "eighths", 3: "triplets", 4: "sixteenths"}


@dataclass(frozen=True)
class PairConfig:
    """How a cover becomes an example.

    Args:
        anchor: where the cover is held to the song: at every tenth of a second, or at beats alone, so that it keeps
            the rhythm that it was played with.
        snap: put onsets on the grid of their bar.
        reader: who finds the notes of recordings; see `leap_models.transcribing`.
        blacklist: names of pairs that are left out.
    """

    anchor: Literal["beats", "frames"] = "beats"
    snap: bool = False
    reader: Literal["auto", "transkun", "basic-pitch"] = "auto"
    blacklist: tuple[str, ...] = ()
    thresholds: Thresholds = Thresholds()


@dataclass(frozen=True)
class Job:
    """A pair and what is to become of it."""

    pair: Pair
    out: Path
    config: PairConfig

    @property
    def record(self) -> Path:
        """The file with every number; once it is there, the pair is done."""
        return self.out / FOLDER / f"{self.pair.name}.json"


def is_done(job: Job) -> bool:
    """Whether these very files were worked on in this very way."""
    try:
        return bool(json.loads(job.record.read_text(encoding="utf-8"))["made_from"] == _made_from(job))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def work(job: Job) -> str:
    """Do one pair, unless it is done; gives a line about it. What is wrong with the pair is told, not raised.

    Raises:
        UnwritableOutput: the disk is full or read-only.
        MissingDependency: a reader was asked for that is not here.
    """
    if is_done(job):
        return f"{job.pair.name} is ready"
    made_from = _made_from(job)
    maker = _Maker(job)
    try:
        verdict = maker.make()
    except (UnwritableOutput, MissingDependency):
        raise
    except Exception as error:
        log.debug("pair %s", job.pair.name, exc_info=True)
        verdict = Verdict("FAILED", f"{type(error).__name__}: {error}", True)
    record = {
        "name": job.pair.name, "code": verdict.code, "why": verdict.why, "doubtful": verdict.doubtful,
        "song": str(job.pair.song), "piano": str(job.pair.piano), **maker.known,
        "figures": maker.figures, "examples": maker.examples, "seconds": maker.seconds, "made_from": made_from,
    }  # fmt: skip
    with atomic(made(job.out / FOLDER) / job.record.name) as path:
        path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    told = f"skipped: {job.pair.name}: {verdict.code}: {verdict.why}"
    return f"{job.pair.name} is ready" if verdict.code == OK else told


def split_of(song: str) -> str:
    """Where a song belongs, by its content alone: 8 of 10 `train`, then `validation` and `test`."""
    return {8: "validation", 9: "test"}.get(int(song[:8], 16) % 10, "train")


class _Maker:
    """The steps, and what is known after each."""

    def __init__(self, job: Job) -> None:
        self.job, self.config = job, job.config
        self.known: dict[str, object] = {}
        self.figures: dict[str, float] = {}
        self.seconds: dict[str, float] = {}
        self.examples: list[str] = []
        self._since_s = time.perf_counter()

    def make(self) -> Verdict:
        pair = self.job.pair
        if pair.name in self.config.blacklist:
            return Verdict("BLACKLIST", "its name is on the list of what is left out", False)
        try:
            song_s = audio.stream(pair.song, SAMPLE_RATE).duration_s
        except UserError as error:
            return Verdict("NO_SONG", str(error), False)
        try:
            cover = hear_cover(pair.piano, self.config.reader)
        except MissingDependency:
            raise
        except UserError as error:
            return Verdict("NO_PIANO", str(error), False)
        self._lap("cover")
        self.known["reader"] = cover.reader
        self.figures |= {
            "song_s": song_s, "piano_s": cover.duration_s, "notes": len(cover.notes), "piano_cents": cover.cents,
            "duration_ratio": cover.duration_s / song_s,
        }  # fmt: skip
        verdict = judge(self.figures, self.config.thresholds)
        if verdict.code != OK:
            return verdict
        try:
            song = song_at(pair.song, _stamp(pair.song))
        except UserError as error:
            return Verdict("NO_SONG", str(error), False)
        if np.abs(song.samples).max() < SILENT:
            return Verdict("NO_SONG", f"{pair.song}: it is silent", False)
        self.known["song_id"] = _digest(pair.song)
        self._lap("song")
        return self._match(song, cover)

    def _match(self, song: Song, cover: Cover) -> Verdict:
        found = match(song, cover)
        self._lap("alignment")
        self.figures |= {
            "song_cents": song.cents, "cents": found.cents, "semitones": found.semitones, "cost": found.cost,
            "contrast": found.contrast, "agreement": found.agreement,
            "likeness": found.likeness, "wobble": found.wobble,
            "song_share": found.song_share, "piano_share": found.piano_share,
            "share": min(1.0, max(found.song_share, found.piano_share)),
        }  # fmt: skip
        self.known["stretches"] = [
            [round(float(edge), 3) for edge in (each.piano_s[0], each.piano_s[-1], each.song_s[0], each.song_s[-1])]
            for each in found.stretches
        ]
        verdict = judge(self.figures, self.config.thresholds)
        if verdict.code == OK:
            beats = beats_at(self.job.pair.song, _stamp(self.job.pair.song))
            self._lap("beats")
            self._tune(song, cover, found, beats)
            self._lap("tune")
            verdict = judge(self.figures, self.config.thresholds)
            if verdict.code == OK:
                verdict = self._write(song, cover, found, beats, verdict)
                self._lap("example")
        if verdict.doubtful:
            self._draw(song, cover, found)
        return verdict

    def _tune(self, song: Song, cover: Cover, found: Match, beats: Beats) -> None:
        times_s = np.arange(len(song.tune)) / RATE
        reached = np.full(len(song.tune), np.nan)
        for stretch in found.stretches:
            inside = (times_s >= stretch.song_s[0]) & (times_s < stretch.song_s[-1])
            reached[inside] = song.tune[inside]
        notes = keyed(cover.notes, found.semitones)
        aligned = tuple(sorted(note for stretch in found.stretches for note in stretch.moved(notes)))
        on_beat = tuple(sorted(
            note for stretch in found.stretches for note in on_beats(stretch, beats.times_s).moved(notes)
        ))  # fmt: skip
        self.figures |= {"beat_confidence": beats.confidence, "bpm": _bpm(beats, song.duration_s)}
        self.figures |= _accuracy("raw", times_s, song.tune, cover.notes)
        self.figures |= _accuracy("aligned", times_s, reached, aligned)
        self.figures |= _accuracy("on_beats", times_s, reached, on_beat)
        self.figures["sung_share"] = float(np.mean(~np.isnan(song.tune)))
        steps = list(grids(on_beat, beats.tempo).values())
        self.figures |= {f"bars_in_{name}": float(steps.count(step)) for step, name in GRID_NAMES.items()}

    def _write(self, song: Song, cover: Cover, found: Match, beats: Beats, verdict: Verdict) -> Verdict:
        notes = keyed(cover.notes, found.semitones)
        parts: list[Played] = []
        for stretch in found.stretches:
            held = on_beats(stretch, beats.times_s) if self.config.anchor == "beats" else stretch
            part = played(held, notes)
            if part.end_s - part.start_s >= SHORTEST_S and part.notes:
                parts.append(part)
        if not parts:
            return Verdict("TOO_SHORT", f"no part that matches lasts {SHORTEST_S:.1f} s", False)
        split = split_of(str(self.known["song_id"]))
        self.known["split"] = split
        for number, part in enumerate(parts):
            name = f"{self.job.pair.name}_{number}"
            with atomic(made(self.job.out) / f"{name}.npz") as path, path.open("wb") as stream:
                np.savez(stream, allow_pickle=False, **arrays(song, beats, part, split, self.config.snap))
            self.examples.append(name)
        return verdict

    def _draw(self, song: Song, cover: Cover, found: Match) -> None:
        with atomic(made(self.job.out / FOLDER) / f"{self.job.pair.name}.svg") as path:
            path.write_text(picture(song, keyed(cover.notes, found.semitones), found.stretches), encoding="utf-8")

    def _lap(self, step: str) -> None:
        now_s = time.perf_counter()
        self.seconds[step] = round(now_s - self._since_s, 3)
        self._since_s = now_s


def _accuracy(name: str, times_s: Floats, tune: Floats, notes: Notes) -> dict[str, float]:
    found = metrics.melody_accuracy(times_s, tune, notes)
    return {f"mca_{name}": found.chroma, f"mpa_{name}": found.pitch}


def _bpm(beats: Beats, duration_s: float) -> float:
    return 60.0 * (beats.tempo.beat_at(duration_s) - beats.tempo.beat_at(0.0)) / duration_s


def _made_from(job: Job) -> Mapping[str, object]:
    """What decides the result: both files, as far as one can say without reading them, and how they are used."""

    config: Mapping[str, object] = json.loads(json.dumps(asdict(job.config)))
    return {"song": list(_stamp(job.pair.song)), "piano": list(_stamp(job.pair.piano)), "config": config}


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        about = path.stat()
    except OSError:
        return ()
    return about.st_size, about.st_mtime_ns


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:16]
