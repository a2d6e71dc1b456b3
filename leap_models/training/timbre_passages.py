"""Piano passages to be played by many pianos: cut from POP909, OpenScore Lieder and, for those who have it, Mutopia's
piano pieces as MIDI files in the folder `mutopia`; and exercises over all keys.

Scores say neither how loud nor how evenly they are played, so what has but one loudness is played here: louder and
softer by the phrase, the tune louder than the rest, hands not quite together. The pedal changes with the harmony or the
bar.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from leap_models.errors import BadParameter
from leap_models.music import midi
from leap_models.music.notes import Note, Notes, Pedal
from leap_models.training import lieder, pop909
from leap_models.training.collect import rng_of
from leap_models.training.timbre_render import Played

SHORTEST_S, LONGEST_S = 8.0, 12.0
FEWEST_NOTES = 12
FEWEST_VELOCITIES = 8  # of what somebody played; fewer are a score's
EXERCISE, MUTOPIA = "exercise", "mutopia"
SPLITS = {8: "validation", 9: "test"}
PIANO_PROGRAMS = range(8)  # General MIDI
HIGHEST, LOWEST = 108, 21  # keys of a piano


@dataclass(frozen=True)
class Source:
    """A passage that can be read."""

    name: str
    split: str
    read: Callable[[], Played]


def songs(data: Path) -> Iterator[Source]:
    """A passage of each song, in an order that is always the same and mixes everything.

    Raises:
        BadParameter: there are no songs.
    """
    found = []
    if (data / "POP909").is_dir():
        found += [
            Source(f"pop909-{name}", pop909.split(name), partial(_of_pop909, data, name)) for name in pop909.names(data)
        ]
    for path in lieder.paths(data / "lieder"):
        found.append(Source(f"lieder-{path.stem}", lieder.split(path.stem), partial(_of_lied, path)))
    for path in sorted((data / MUTOPIA).rglob("*.mid")):
        name = f"{MUTOPIA}-{path.stem}"
        found.append(Source(name, SPLITS.get(zlib.crc32(name.encode()) % 10, "train"), partial(_of_file, path)))
    if not found:
        raise BadParameter(f"{data} holds neither POP909 (with pop909_cl) nor lieder nor {MUTOPIA}")
    kinds = [[each for each in found if each.name.startswith(kind)] for kind in ("pop909", "lieder", MUTOPIA)]
    orders = [np.random.default_rng(0).permutation(len(each)) for each in kinds]
    mixed = ((place, kind) for place in range(len(found)) for kind in range(3) if place < len(kinds[kind]))
    return (kinds[kind][orders[kind][place]] for place, kind in mixed)


def exercise(number: int) -> Source:
    """Single notes, chords and scales anywhere on the keyboard at any loudness; for training alone."""
    name = f"{EXERCISE}-{number:03d}"
    return Source(name, "train", partial(_exercise, rng_of(name)))


def cut(notes: Notes, pedals: tuple[Pedal, ...], start_s: float, duration_s: float) -> Played:
    """The notes struck in a stretch, in seconds from its beginning.

    Raises:
        BadParameter: there are too few.
    """
    end_s = start_s + duration_s
    inside = (note for note in notes if start_s <= note.start_s < end_s - 0.05)
    kept = tuple(replace(n, start_s=n.start_s - start_s, end_s=n.end_s - start_s, track=0) for n in inside)
    if len(kept) < FEWEST_NOTES:
        raise BadParameter(f"a passage must have {FEWEST_NOTES} notes, got {len(kept)}")
    held = (Pedal(max(0.0, p.start_s - start_s), p.end_s - start_s) for p in pedals)
    return Played(kept, tuple(pedal for pedal in held if pedal.end_s > 0.0 and pedal.start_s < duration_s), duration_s)


def played(notes: Notes, rng: np.random.Generator) -> Notes:
    """A score's notes as a pianist might play them."""
    starts_s = np.array([note.start_s for note in notes])
    knots_s = np.arange(0.0, starts_s.max(initial=0.0) + 4.0, 2.0)
    phrase = np.interp(starts_s, knots_s, rng.uniform(45, 95) + np.cumsum(rng.normal(0, 9, len(knots_s))) * 0.7)
    highest = {round(note.start_s, 2): note.pitch for note in sorted(notes, key=lambda note: note.pitch)}
    found = []
    for note, loudness in zip(notes, phrase, strict=True):
        loudness += 10.0 * (highest[round(note.start_s, 2)] == note.pitch) + rng.normal(0, 7)
        late_s = abs(rng.normal(0, 0.012))
        velocity = int(np.clip(loudness, 12, 122))
        found.append(replace(note, start_s=note.start_s + late_s, end_s=note.end_s + late_s, velocity=velocity))
    return tuple(sorted(found))


def _of_pop909(data: Path, name: str) -> Played:
    song, rng = pop909.load(data, name), rng_of(name)
    pedals = tuple(Pedal(c.start_s + 0.08, c.end_s) for c in song.chords) if rng.random() < 0.6 else ()
    spread, shift = rng.uniform(0.6, 1.5), rng.uniform(-18, 12)
    notes = tuple(
        replace(note, velocity=int(np.clip(70 + spread * (note.velocity - 80) + shift, 8, 127)))
        for note in song.arrangement
    )
    return _somewhere(notes, pedals, rng)


def _of_lied(path: Path) -> Played:
    song, rng = lieder.load(path), rng_of(path.stem)
    speed, bar_s = rng.uniform(0.45, 1.0), song.beats_per_bar  # seconds a quarter
    notes = tuple(replace(n, start_s=n.start_s * speed, end_s=n.end_s * speed) for n in song.notes)
    pedals: tuple[Pedal, ...] = ()
    if rng.random() < 0.5:
        places_s = np.arange(0.0, notes[-1].end_s, bar_s * speed / 2).tolist()
        pedals = tuple(Pedal(at_s + 0.08, at_s + bar_s * speed / 2) for at_s in places_s)
    return _somewhere(played(notes, rng), pedals, rng)


def _of_file(path: Path) -> Played:
    read, rng = midi.read(path), rng_of(path.stem)
    pianos = [place for place, track in enumerate(read.tracks) if not track.is_drum and track.program in PIANO_PROGRAMS]
    notes = tuple(note for note in read.notes if note.track in pianos)
    if len({note.velocity for note in notes}) < FEWEST_VELOCITIES:
        notes = played(notes, rng)
    return _somewhere(notes, read.pedals, rng)


def _somewhere(notes: Notes, pedals: tuple[Pedal, ...], rng: np.random.Generator) -> Played:
    """A stretch that begins with a note, some semitones higher or lower."""
    by, duration_s = int(rng.integers(-7, 8)), float(rng.uniform(SHORTEST_S, LONGEST_S))
    moved = tuple(replace(n, pitch=n.pitch + by) for n in notes if LOWEST <= n.pitch + by <= HIGHEST)
    latest_s = max((note.start_s for note in moved), default=0.0) - duration_s
    starts_s = [note.start_s for note in moved if note.start_s <= latest_s] or [0.0]
    return cut(moved, pedals, max(0.0, starts_s[int(rng.integers(len(starts_s)))] - 0.05), duration_s)


def _exercise(rng: np.random.Generator) -> Played:
    notes, at_s = list[Note](), 0.1
    while at_s < LONGEST_S - 1.0:
        lowest, steps = int(rng.integers(LOWEST, HIGHEST - 12)), int(rng.choice([1, 1, 3, 4, 8]))
        step_s, length_s = float(rng.choice([0.0, 0.12, 0.25])), float(rng.uniform(0.1, 2.0))
        gaps = rng.integers(1, 6, steps)
        for place, pitch in enumerate(lowest + np.cumsum(gaps) - gaps[0]):
            start_s = at_s + place * step_s
            if pitch <= HIGHEST:
                notes.append(Note(start_s, start_s + length_s, int(pitch), int(rng.integers(10, 128))))
        at_s += steps * step_s + float(rng.uniform(0.2, 1.2))
    pedals = (Pedal(0.0, LONGEST_S / 2),) if rng.random() < 0.4 else ()
    return cut(tuple(sorted(notes)), pedals, 0.0, LONGEST_S)
