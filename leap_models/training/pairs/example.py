"""What matches of a pair as examples, in the layout of `leap_models.training.examples`, and what else is known of it.

Beside what those have, that of a pair has `tune`, the sung line (50 frames a second, NaN where it rests), `cover`,
its notes on the song, `raw`, the same as they were played, and `grids`, the steps a beat of each of its bars.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from leap_models.families.leap.conditioner import RATE
from leap_models.music.baselines import NO_CHORD, TRIADS, find_chords
from leap_models.music.beats import Beats
from leap_models.music.difficulty import LEVELS, reduce
from leap_models.music.notes import Note, Notes
from leap_models.music.playability import make_playable
from leap_models.music.tempo import TempoMap
from leap_models.training.examples import WINDOW_S, difficulty_scores
from leap_models.training.pairs.grids import bar_of, grids, snapped
from leap_models.training.pairs.listening import Floats, Song
from leap_models.training.pairs.stretch import Stretch
from leap_models.training.render import SAMPLE_RATE

SHORTEST_S = WINDOW_S + 2.0
TUNE_VELOCITY, SHORTEST_TUNE_S = 90, 0.08


@dataclass(frozen=True, eq=False)
class Played:
    """A stretch of a pair: where it lies in the song, and what is played there, in seconds from its start."""

    start_s: float
    end_s: float
    notes: Notes
    raw: Notes


def played(stretch: Stretch, notes: Notes) -> Played:
    """What is played in a stretch.

    Args:
        notes: of the whole cover, in the song's key.
    """
    start_s, end_s = float(stretch.song_s[0]), float(stretch.song_s[-1])
    piano_s = float(stretch.piano_s[0])
    raw = (note for note in notes if stretch.holds(note.start_s))
    return Played(start_s, end_s, _earlier(stretch.moved(notes), start_s), _earlier(raw, piano_s))


def arrays(song: Song, beats: Beats, part: Played, split: str, snap: bool) -> dict[str, np.ndarray]:
    """Everything that training and evaluating need to know of an example."""
    tempo, beats_s, downbeats = _grid(beats, part)
    notes = snapped(part.notes, tempo) if snap else part.notes
    first, end = round(part.start_s * RATE), round(part.end_s * RATE)
    samples = song.samples[round(part.start_s * SAMPLE_RATE) : round(part.end_s * SAMPLE_RATE)]
    tune, length_s = song.tune[first:end], part.end_s - part.start_s
    steps = grids(part.notes, tempo)
    bars = range(bar_of(length_s, tempo) + 1)
    found = {
        "samples": np.round(samples * 32767).astype(np.int16), "split": np.array(split),
        "melody": columns(sung_notes(tune)), "beats_s": beats_s, "downbeats": downbeats,
        "beats_per_bar": np.array(tempo.beats_per_bar),
        "chords": _chords(song.sequence[:12, first:end], tempo, beats_s, length_s), "tune": tune.astype(np.float32),
        "cover": columns(part.notes), "raw": columns(part.raw),
        "grids": np.array([steps.get(bar, 0) for bar in bars], np.int8),
    }
    for level in LEVELS:
        simpler = make_playable(reduce(notes, level, tempo), level)
        found[f"target_{level:g}"] = columns(simpler)
        found[f"scores_{level:g}"] = difficulty_scores(simpler, tempo, length_s)
    return found


def columns(notes: Notes) -> np.ndarray:
    """(notes, 4): start, end, pitch, velocity."""
    return np.array([(n.start_s, n.end_s, n.pitch, n.velocity) for n in notes], dtype=np.float64).reshape(-1, 4)


def sung_notes(tune: Floats) -> Notes:
    """The runs of one pitch in a line."""
    pitches = np.where(np.isnan(tune), -1.0, np.round(tune))
    edges = np.flatnonzero(np.diff(pitches, prepend=-2.0, append=-2.0))
    return tuple(
        Note(first / RATE, end / RATE, int(pitches[first]), TUNE_VELOCITY)
        for first, end in pairwise(edges.tolist())
        if pitches[first] >= 0 and end - first >= SHORTEST_TUNE_S * RATE
    )


def _grid(beats: Beats, part: Played) -> tuple[TempoMap, Floats, np.ndarray]:
    """The beats around a stretch, counted from the first of them, in seconds from its start."""
    tempo = beats.tempo
    shift = tempo.downbeat % 1.0
    first = np.floor(tempo.beat_at(part.start_s) - shift) - tempo.beats_per_bar
    last = np.ceil(tempo.beat_at(part.end_s) - shift) + tempo.beats_per_bar
    numbers = np.arange(first, last + 1) + shift
    beats_s = tempo.seconds_at(numbers) - part.start_s
    downbeats = np.flatnonzero(np.abs((numbers - tempo.downbeat) % tempo.beats_per_bar) < 1e-6)
    anchors = tuple((float(second), float(beat)) for beat, second in enumerate(beats_s))
    return TempoMap(anchors, tempo.beats_per_bar, float(downbeats[0])), beats_s, downbeats


def _chords(chroma: Floats, tempo: TempoMap, beats_s: Floats, length_s: float) -> np.ndarray:
    """(chords, 4): start, end, root, and a bit for each pitch class."""
    spans = [(max(0.0, a), min(b, length_s)) for a, b in pairwise(beats_s.tolist()) if b > 0.1 and a < length_s - 0.1]
    if not spans:
        return np.zeros((0, 4))
    mean = np.stack([
        chroma[:, int(a * RATE) : max(int(b * RATE), int(a * RATE) + 1)].mean(axis=1) for a, b in spans
    ], axis=1)  # fmt: skip
    strong = [(round(tempo.beat_at(start_s) - tempo.downbeat) % 2) == 0 for start_s, _end_s in spans]
    found = find_chords(mean, np.array(strong))
    rows = [
        (a, b, TRIADS[chord][0], sum(1 << pitch for pitch in TRIADS[chord]))
        for (a, b), chord in zip(spans, found.tolist(), strict=True) if chord != NO_CHORD
    ]  # fmt: skip
    return np.array(rows, np.float64).reshape(-1, 4)


def _earlier(notes: Iterable[Note], by_s: float) -> Notes:
    return tuple(sorted(replace(note, start_s=note.start_s - by_s, end_s=note.end_s - by_s) for note in notes))
