"""How well `prepare pairs` finds out what was done to a cover: POP909's arrangements against rendered songs.

Each song is rendered as a band, tuned by up to 40 cents; its cover is put into each of twelve keys in turn, stretched
smoothly or in steps, and sometimes begins later or plays bars twice. Each song is also given the cover of another one.
With --recorded the cover is a recording too, tuned otherwise, whose notes are found first.

    python benchmarks/pairs.py --data data --songs 40
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
import soxr

from leap_models.music import synth
from leap_models.music.beats import track
from leap_models.music.keys import MOVES
from leap_models.music.metrics import melody_chroma_accuracy
from leap_models.music.notes import Notes
from leap_models.training import pop909
from leap_models.training.band import arrange_band
from leap_models.training.pairs.listening import RATE, Cover, Song, hear_cover, hear_song
from leap_models.training.pairs.matching import Match, keyed, match
from leap_models.training.pairs.stretch import on_beats
from leap_models.training.pairs.verdict import OK, Thresholds, judge
from leap_models.training.render import SAMPLE_RATE, SoundFontBand, render

GRID_S = 0.01
WARPS = ("smooth", "steps")
CUTS = ("whole", "no introduction", "bars twice")


def rendered(song: pop909.Song, drummers: list[Path], band: SoundFontBand, length_s: float, seed: int) -> np.ndarray:
    """The first so many seconds of a song as a band plays it."""
    rng = np.random.default_rng([seed, 9])
    parts = arrange_band(song, drummers, rng)
    cut = [replace(part, notes=begun(part.notes, 0.0, length_s)) for part in parts]
    return render([part for part in cut if part.notes], length_s, band, rng)


def begun(notes: Notes, start_s: float, end_s: float, by_s: float = 0.0) -> Notes:
    """The notes that begin between two times, moved."""
    return tuple(
        replace(note, start_s=note.start_s + by_s, end_s=min(note.end_s, end_s) + by_s)
        for note in notes if start_s <= note.start_s < end_s
    )  # fmt: skip


def warp(kind: str, length_s: float, rng: np.random.Generator) -> np.ndarray:
    """Rising seconds of the cover, one for each GRID_S of the song."""
    count = int(length_s / GRID_S) + 1
    if kind == "smooth":
        times = np.arange(count) * GRID_S
        slope = 1.0 + 0.06 * np.sin(times / rng.uniform(5, 12) + rng.uniform(0, 6)) + rng.uniform(-0.05, 0.05)
    else:
        slope = np.repeat(rng.uniform(0.9, 1.12, count // 800 + 1), 800)[:count]  # another tempo every 8 s
    return rng.uniform(0.0, 1.5) + np.concatenate([[0.0], np.cumsum(slope[:-1]) * GRID_S])


def performed(song: pop909.Song, length_s: float, cut: str, kind: str, seed: int) -> tuple[Notes, Callable]:
    """The cover, and the second of the song for each of its seconds; NaN where it plays what the song has not."""
    rng = np.random.default_rng([seed, 10])
    notes, bars_s = begun(song.arrangement, 0.0, length_s), song.beats_s[song.downbeats]
    bars_s = bars_s[(bars_s > 0) & (bars_s < length_s)]
    first_s, twice = 0.0, (length_s, length_s)
    if cut == "no introduction":
        first_s = float(bars_s[min(4, len(bars_s) - 1)])
        notes = begun(notes, first_s, length_s, -first_s)
    elif cut == "bars twice":
        middle = len(bars_s) // 2
        twice = float(bars_s[middle - 2]), float(bars_s[middle])
        more_s = twice[1] - twice[0]
        notes = begun(notes, 0.0, twice[1]) + begun(notes, *twice, more_s) + begun(notes, twice[1], length_s, more_s)
    played_s = length_s - first_s + twice[1] - twice[0]
    to_cover = warp(kind, played_s + 1.0, rng)
    at = np.arange(len(to_cover)) * GRID_S
    notes = tuple(sorted(
        replace(n, start_s=float(np.interp(n.start_s, at, to_cover)), end_s=float(np.interp(n.end_s, at, to_cover)))
        for n in notes
    ))  # fmt: skip

    def truth(cover_s: np.ndarray) -> np.ndarray:
        written = np.interp(cover_s, to_cover, at)
        after = np.where(written < twice[1], written, written - (twice[1] - twice[0]))
        return np.where((written >= twice[1]) & (after < twice[1]), np.nan, after + first_s)

    return notes, truth


def recorded(notes: Notes, cents: float) -> Cover:
    """The cover as it is heard in its recording; tuned higher it is played faster, and what is heard is slowed down."""
    faster = 2 ** (cents / 1200)
    samples = synth.render(notes, sample_rate=SAMPLE_RATE).samples
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "piano.wav"
        soundfile.write(path, soxr.resample(samples, 1.0, 1 / faster), SAMPLE_RATE)
        heard = hear_cover(path, "basic-pitch")
    times = [replace(n, start_s=n.start_s * faster, end_s=n.end_s * faster) for n in heard.notes]
    return replace(heard, notes=tuple(times), duration_s=heard.duration_s * faster)


def verdict_of(song: Song, notes: Notes, found: Match, confidence: float, ratio: float) -> str:
    """What `prepare pairs` says."""
    figures = {
        "duration_ratio": ratio, "contrast": found.contrast, "agreement": found.agreement,
        "likeness": found.likeness, "wobble": found.wobble, "beat_confidence": confidence,
        "share": max(found.song_share, found.piano_share),
    }  # fmt: skip
    times_s = np.arange(len(song.tune)) / RATE
    aligned = tuple(sorted(n for part in found.stretches for n in part.moved(keyed(notes, found.semitones))))
    figures["mca_aligned"] = melody_chroma_accuracy(times_s, song.tune, aligned)
    return judge(figures, Thresholds()).code


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--songs", type=int, default=24)
    parser.add_argument("--first", type=int, default=0, help="how many songs to leave out at the beginning")
    parser.add_argument("--recorded", action="store_true", help="covers are recordings")
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--soundfont", type=Path, default=Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"))
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    drummers = sorted(path for path in (given.data / "groove").rglob("*4-4.mid") if "_beat_" in path.name)
    band = SoundFontBand(given.soundfont)
    names = [name for name in pop909.names(given.data) if pop909.split(name) != "train"]
    rows: list[dict[str, object]] = []
    before: Cover | None = None
    for number, name in enumerate(names):
        if number < given.first:
            continue
        if sum(row["right"] is True for row in rows) >= given.songs:
            break
        try:
            song = pop909.load(given.data, name)
        except pop909.BadSong:
            continue
        length_s = min(given.seconds, song.duration_s)
        rng = np.random.default_rng([number, 11])
        cents = float(rng.uniform(-40, 40))
        faster = 2 ** (cents / 1200)
        samples = soxr.resample(rendered(song, drummers, band, length_s, number), 1.0, 1 / faster).astype(np.float32)
        began_s = time.perf_counter()
        heard = hear_song(samples)
        confidence = track(samples, SAMPLE_RATE)
        listened_s = time.perf_counter() - began_s
        notes, truth = performed(song, length_s, CUTS[number % 3], WARPS[number % 2], number)
        move = MOVES[number % 12]
        played, own_cents = keyed(notes, -move), float(rng.uniform(-40, 40)) if given.recorded else 0.0
        began_s = time.perf_counter()
        cover = Cover(played, max(n.end_s for n in played), 0.0, "midi")
        if given.recorded:
            cover = recorded(played, own_cents)
        read_s = time.perf_counter() - began_s
        for right, each in [(True, cover), *([(False, before)] if before else [])]:
            began_s = time.perf_counter()
            found = match(heard, each)
            spent_s = time.perf_counter() - began_s + listened_s + read_s
            row = {
                "name": name, "right": right, "cut": CUTS[number % 3], "warp": WARPS[number % 2],
                "code": verdict_of(heard, each.notes, found, confidence.confidence, 1.0),
                "of_length": spent_s / length_s,
                "contrast": found.contrast, "agreement": found.agreement, "wobble": found.wobble,
                "share": max(found.song_share, found.piano_share), "beats": confidence.confidence,
            }  # fmt: skip
            if right:
                off = [abs(heard.cents - cents)] + ([abs(each.cents - own_cents)] if given.recorded else [])
                row |= {"key": found.semitones == move, "cents": max(off)}
                on_beat = [on_beats(part, confidence.times_s) for part in found.stretches]
                for held, parts in (("ms", found.stretches), ("ms_on_beats", on_beat)):
                    at_s = [np.arange(p.piano_s[0], p.piano_s[-1], 0.1) for p in parts]
                    errors = [abs(np.interp(at, p.piano_s, p.song_s) - truth(at) / faster)
                              for at, p in zip(at_s, parts, strict=True)]  # fmt: skip
                    row[held] = [float(each) * 1000 for error in errors for each in error if each == each]
            rows.append(row)
            shown = {k: round(v, 3) if isinstance(v, float) else v for k, v in row.items() if not isinstance(v, list)}
            middle = f" {np.median(row['ms']):.0f} ms" if row.get("ms") else ""
            print(f"{shown}{middle}", flush=True)
        before = cover
    report(rows, given.out)


def report(rows: list[dict[str, object]], out: Path | None) -> None:
    """The figures of all songs together."""
    right, wrong = ([row for row in rows if row["right"] is side] for side in (True, False))
    errors = np.concatenate([row["ms"] for row in right])
    beats = np.concatenate([row["ms_on_beats"] for row in right])
    cents = [row["cents"] for row in right]
    figures = {
        "songs": len(right), "key found": np.mean([row["key"] for row in right]),
        "tuning error, cents, median and most": [np.median(cents), np.max(cents)],
        "songs within 5 cents": np.mean(np.array(cents) <= 5.0),
        "warp error, ms, median and 95 %": [np.median(errors), np.percentile(errors, 95)],
        "held to beats, ms, median and 95 %": [np.median(beats), np.percentile(beats, 95)],
        "songs whose median is below 40 ms": np.mean([bool(row["ms"]) and np.median(row["ms"]) < 40 for row in right]),
        "right ones kept": np.mean([row["code"] == OK for row in right]),
        "wrong ones rejected": np.mean([row["code"] != OK for row in wrong]) if wrong else float("nan"),
        "of a right song, used": np.mean([min(1.0, row["share"]) for row in right]),
        "seconds per second of song": np.mean([row["of_length"] for row in rows]),
    }  # fmt: skip
    for name, value in figures.items():
        print(f"{name}: {' '.join(f'{each:.3g}' for each in np.atleast_1d(value))}")
    if out is not None:
        plain = {name: np.atleast_1d(value).tolist() for name, value in figures.items()}
        out.write_text(json.dumps(plain, indent=1) + "\n")


if __name__ == "__main__":
    main()
