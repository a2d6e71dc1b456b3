"""Songs into training examples: a band is rendered and set beside what a pianist plays at each level.

Each example is one file, written whole or not at all, named by song and version, so that preparing goes on where it
stopped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leap_models.families.leap.rolls import FRAMES, RATE, NoteArray
from leap_models.music.difficulty import LEVELS, features, reduce, score
from leap_models.music.notes import Note, Notes
from leap_models.music.playability import make_playable
from leap_models.music.tempo import TempoMap
from leap_models.paths import atomic
from leap_models.training import pop909
from leap_models.training.band import DRUMS, Part, arrange_band
from leap_models.training.pop909 import Chord, Song
from leap_models.training.render import SoundFontBand, produce, render

WINDOW_S = FRAMES / RATE
NOTE_COLUMNS = ("start_s", "end_s", "pitch", "velocity")


@dataclass(frozen=True)
class BandConfig:
    """What is rendered.

    Args:
        excerpt_s: seconds of each song; the whole song if 0.
        soundfonts: one is drawn for each example.
        varied: transpose by -6..6 and change the tempo by up to 12 %; off for evaluation.
    """

    data: Path
    out: Path
    soundfonts: tuple[Path, ...]
    excerpt_s: float = 40.0
    varied: bool = True
    seed: int = 7


@dataclass(frozen=True)
class Example:
    """A stretch of a song as a band plays it, in seconds from its start."""

    song: Song
    parts: tuple[Part, ...]
    duration_s: float


def excerpt(song: Song, parts: list[Part], config: BandConfig, rng: np.random.Generator) -> Example:
    """Cut a random stretch, transpose it and change its tempo."""
    length_s = min(config.excerpt_s or song.duration_s, song.duration_s)
    start_s = float(rng.uniform(0.0, max(1e-6, song.duration_s - length_s)))
    semitones = int(rng.integers(-6, 7)) if config.varied else 0
    speed = float(np.exp(rng.uniform(-0.12, 0.12))) if config.varied else 1.0

    def moved(second: float) -> float:
        return (second - start_s) / speed

    def cut(notes: Notes, by: int) -> Notes:
        end_s = start_s + length_s
        return tuple(
            Note(moved(max(n.start_s, start_s)), moved(min(n.end_s, end_s)), n.pitch + by, n.velocity)
            for n in notes if n.start_s < end_s - 0.03 and n.end_s > start_s + 0.03
        )

    def classes(given: Sequence[int]) -> tuple[int, ...]:
        return tuple(sorted((pitch_class + semitones) % 12 for pitch_class in given))

    chords = tuple(
        Chord(moved(c.start_s), moved(c.end_s), classes([c.bass])[0], classes(c.pitch_classes))
        for c in song.chords if c.end_s > start_s and c.start_s < start_s + length_s
    )
    moved_song = replace(
        song, melody=cut(song.melody, semitones), bridge=cut(song.bridge, semitones), piano=cut(song.piano, semitones),
        beats_s=(song.beats_s - start_s) / speed, chords=chords,
    )
    played = (replace(part, notes=cut(part.notes, 0 if part.program == DRUMS else semitones)) for part in parts)
    return Example(moved_song, tuple(part for part in played if part.notes), length_s / speed)


def tempo_of(song: Song) -> TempoMap:
    """The true beats of a song, bar lines included."""
    anchors = tuple((float(second), float(beat)) for beat, second in enumerate(song.beats_s))
    return TempoMap(anchors, song.beats_per_bar, float(song.downbeats[0]))


def targets(song: Song) -> dict[float, Notes]:
    """What to play at each level: the human arrangement, and simpler versions of it, all within two hands' reach."""
    tempo = tempo_of(song)
    return {level: make_playable(reduce(song.arrangement, level, tempo, song.melody), level) for level in LEVELS}


def difficulty_scores(notes: Notes, tempo: TempoMap, duration_s: float) -> np.ndarray:
    """The raw difficulty of the window that starts at each second. (seconds,)"""
    starts = np.arange(max(1, int(duration_s - WINDOW_S) + 1))
    return np.array([score(features(notes, float(start), float(start) + WINDOW_S, tempo)) for start in starts])


def example_arrays(example: Example, samples: np.ndarray, split: str) -> dict[str, np.ndarray]:
    """Everything that training and evaluating need to know of an example."""
    song, tempo = example.song, tempo_of(example.song)
    arrays = {
        "samples": np.round(samples * 32767).astype(np.int16), "split": np.array(split), "melody": _array(song.melody),
        "beats_s": song.beats_s, "downbeats": song.downbeats, "beats_per_bar": np.array(song.beats_per_bar),
        "chords": np.array([(c.start_s, c.end_s, c.bass, sum(1 << p for p in c.pitch_classes)) for c in song.chords]),
    }
    for level, notes in targets(song).items():
        arrays[f"target_{level:g}"] = _array(notes)
        arrays[f"scores_{level:g}"] = difficulty_scores(notes, tempo, example.duration_s)
    return arrays


def _array(notes: Notes) -> np.ndarray:
    return np.array([(n.start_s, n.end_s, n.pitch, n.velocity) for n in notes], dtype=np.float64).reshape(-1, 4)


def note_array(columns: np.ndarray) -> NoteArray:
    """(notes, 4) of start, end, pitch, velocity -> columns."""
    return NoteArray(columns[:, 0], columns[:, 1], columns[:, 2].astype(np.int64), columns[:, 3].astype(np.int64))


class Preparer:
    """Renders examples; keeps SoundFonts loaded between them."""

    def __init__(self, config: BandConfig) -> None:
        self.config = config
        self.bands: dict[Path, SoundFontBand] = {}
        self.drummers = sorted(path for path in (config.data / "groove").rglob("*4-4.mid") if "_beat_" in path.name)
        config.out.mkdir(parents=True, exist_ok=True)

    def prepare(self, name: str, version: int) -> Path:
        """Write one example, unless it is there.

        Raises:
            BadSong: the song's files do not fit together.
        """
        path = self.config.out / f"{name}_{version}.npz"
        if not path.exists():
            rng = np.random.default_rng([int(name), version, self.config.seed])
            song = pop909.load(self.config.data, name)
            example = excerpt(song, arrange_band(song, self.drummers, rng), self.config, rng)
            soundfont = self.config.soundfonts[int(rng.integers(len(self.config.soundfonts)))]
            if soundfont not in self.bands:
                self.bands[soundfont] = SoundFontBand(soundfont)
            samples = produce(render(example.parts, example.duration_s, self.bands[soundfont], rng), rng)
            with atomic(path) as unfinished, unfinished.open("wb") as stream:
                np.savez(stream, allow_pickle=False, **example_arrays(example, samples, pop909.split(name)))
        return path
