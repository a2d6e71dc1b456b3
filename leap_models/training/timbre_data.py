"""The same music by many pianos: `prepare timbre`, and the pairs that training and measuring draw from it.

Folder `timbre`: `notes/PASSAGE.npz` holds notes and pedals, `audio/PIANO/PASSAGE.flac` what a piano makes of them, 16
bits at 24 kHz. There is one passage of each song. Training passages are played by some of the training pianos,
validation passages by the validation pianos and some others, test passages by all others.

A pair is a target and a reference: one piano, other music, never the same song. In memory are all renderings of a
split, in 16 bits: 48 kB for each second, 240 MB for 500 of ten seconds.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import soundfile

from leap_models.errors import BadParameter, UserError
from leap_models.music.notes import Note, Pedal
from leap_models.paths import atomic, made
from leap_models.training import timbre_passages
from leap_models.training.timbre_passages import Source
from leap_models.training.timbre_pianos import PIANOS, PLAIN, Piano, of_split, playable
from leap_models.training.timbre_render import RATE, Played, Renderer

FOLDER = "timbre"  # within the folder of prepared data
EXERCISES = 0.2  # of the training passages
VALIDATION, TEST = 8, 12  # passages
SEEN = 3  # training pianos that play validation passages
AT_ONCE = 16  # passages rendered in one go
QUIETEST = 0.003  # root mean square of a stretch worth hearing
TRIES = 8  # how often a louder stretch is looked for

Samples = np.ndarray  # int16


@dataclass(frozen=True)
class Amount:
    """How much is prepared.

    Args:
        passages: for training.
        pianos: that play each of them.
    """

    passages: int = 100
    pianos: int = 5


@dataclass(frozen=True)
class Pair:
    """What is to be learned at once: play `target` from a second on, as in `reference` from a second on.

    Args:
        target, reference: names of passages.
    """

    piano: str
    target: str
    start_s: float
    reference: str
    reference_s: float


@dataclass(frozen=True)
class Recordings:
    """Renderings of one split.

    Args:
        passages: what was played, by name.
        sounds: (samples,) int16 by piano and passage.
    """

    passages: Mapping[str, Played]
    sounds: Mapping[tuple[str, str], Samples]

    @property
    def pianos(self) -> tuple[str, ...]:
        """In the order of their names."""
        return tuple(sorted({piano for piano, _passage in self.sounds}))

    def of(self, piano: str) -> tuple[str, ...]:
        """The passages that a piano plays."""
        return tuple(sorted(passage for each, passage in self.sounds if each == piano))

    def sound(self, piano: str, passage: str, start_s: float = 0.0, length_s: float | None = None) -> np.ndarray:
        """A stretch as float32 in -1..1; silence beyond the ends."""
        whole = self.sounds[piano, passage]
        first = round(start_s * RATE)
        count = len(whole) - first if length_s is None else round(length_s * RATE)
        cut = whole[max(0, first) : max(0, first + count)].astype(np.float32) / 32767.0
        before = max(0, -first)
        return np.pad(cut, (before, max(0, count - before - len(cut))))


def prepare(data: Path, out: Path, amount: Amount, samples: Path | None) -> Iterator[str]:
    """Write every passage and every rendering; yields a line for each.

    Args:
        samples: folder of the Salamander samples; None leaves their pianos out.

    Raises:
        BadParameter: there are no songs, or no training pianos.
        MissingDependency: fluidsynth is not installed.
    """
    pianos = [piano for piano in PIANOS if playable(piano, samples)]
    train = [piano.name for piano in of_split("train", pianos)]
    if PLAIN not in train:
        raise BadParameter(f"the SoundFont of {PLAIN} is not in the usual folders; fluid-soundfont-gm brings it")
    found: dict[str, list[str]] = {"train": [], "validation": [], "test": []}
    yield from _write_passages(data, made(out / FOLDER / "notes"), amount, found)
    plan = assigned(found, pianos, amount.pianos)
    renderer = Renderer(samples)
    for piano in pianos:
        yield from _render(renderer, piano, plan[piano.name], out / FOLDER)


def assigned(passages: Mapping[str, Sequence[str]], pianos: Sequence[Piano], each: int) -> dict[str, list[str]]:
    """The passages of each piano, given those of each split; a training passage is played by `each` of them."""
    train = [piano.name for piano in of_split("train", pianos)]
    train = [train[place] for place in np.random.default_rng(0).permutation(len(train))]
    validation = [piano.name for piano in of_split("validation", pianos)]
    plan: dict[str, list[str]] = {piano.name: [] for piano in pianos}
    for index, passage in enumerate(passages["train"]):
        for name in {train[(index * each + place) % len(train)] for place in range(each)}:
            plan[name].append(passage)
    for name in (*train[:SEEN], *validation):
        plan[name] += passages["validation"]
    for piano in pianos:
        if piano.split != "validation":
            plan[piano.name] += passages["test"]
    return plan


def load(folder: Path, split: str, pianos: Collection[str] = ()) -> Recordings:
    """All renderings of a split's passages, or those by some pianos; a piano needs two, to be a pair.

    Raises:
        BadParameter: there are none.
    """
    folder, passages, sounds = folder / FOLDER, dict[str, Played](), dict[tuple[str, str], Samples]()
    for path in sorted((folder / "notes").glob("*.npz")):
        with np.load(path) as arrays:
            if str(arrays["split"]) == split:
                passages[path.stem] = _read(arrays)
    for path in sorted((folder / "audio").glob("*/*.flac")):
        if path.stem in passages and (not pianos or path.parent.name in pianos):
            sounds[path.parent.name, path.stem] = soundfile.read(path, dtype="int16")[0]
    many = [piano for piano, _passage in sounds]
    sounds = {key: value for key, value in sounds.items() if many.count(key[0]) > 1}
    if not sounds:
        raise BadParameter(f"{folder} has no {split} renderings: run leap-bridge prepare timbre")
    return Recordings(passages, sounds)


def twins(recordings: Recordings, count: int, lengths_s: tuple[float, float], rng: np.random.Generator) -> list[Pair]:
    """Pairs, two and two of the same music by different pianos: what differs between them is the sound alone.

    Args:
        lengths_s: of target and reference.
    """
    found: list[Pair] = []
    while len(found) < count:
        one = pair(recordings, str(rng.choice(recordings.pianos)), lengths_s, rng)
        found.append(one)
        both = rivals(recordings, one)
        if both:
            found.append(Pair(str(rng.choice(both)), one.target, one.start_s, one.reference, one.reference_s))
    return found[:count]


def rivals(recordings: Recordings, one: Pair) -> list[str]:
    """The other pianos that play both passages of a pair."""
    return [
        piano for piano in recordings.pianos if piano != one.piano
        and (piano, one.target) in recordings.sounds and (piano, one.reference) in recordings.sounds
    ]  # fmt: skip


def pair(recordings: Recordings, piano: str, lengths_s: tuple[float, float], rng: np.random.Generator) -> Pair:
    """A target and a reference of a piano, from two songs; of the references, rather one that another piano has too."""
    passages = recordings.of(piano)
    target = str(rng.choice(passages))
    others = [each for each in passages if each != target]
    rivals = [each for each in recordings.pianos if each != piano and (each, target) in recordings.sounds]
    shared = [each for each in others if any((rival, each) in recordings.sounds for rival in rivals)]
    reference = str(rng.choice(shared or others))
    starts_s = [
        _somewhere(recordings, piano, name, length, rng)
        for name, length in zip((target, reference), lengths_s, strict=True)
    ]
    return Pair(piano, target, starts_s[0], reference, starts_s[1])


def _somewhere(
    recordings: Recordings, piano: str, passage: str, length_s: float, rng: np.random.Generator
) -> float:
    """A second from which on, if it can be had, there is something to hear."""
    latest_s = max(0.0, recordings.passages[passage].duration_s - length_s)
    start_s = 0.0
    for _ in range(TRIES):
        start_s = round(float(rng.uniform(0.0, latest_s)) * 250) / 250  # on a frame of the score
        if np.sqrt(np.mean(recordings.sound(piano, passage, start_s, length_s) ** 2)) > QUIETEST:
            break
    return start_s


def _write_passages(data: Path, folder: Path, amount: Amount, found: dict[str, list[str]]) -> Iterator[str]:
    """Write the passages, and put their names into `found`, by split."""
    exercises = round(EXERCISES * amount.passages)
    wanted = {"train": amount.passages - exercises, "validation": VALIDATION, "test": TEST}
    every = timbre_passages.songs(data)
    for source in islice(every, None):
        if len(found[source.split]) < wanted[source.split]:
            yield _write(folder, source, found[source.split])
        if all(len(found[split]) == count for split, count in wanted.items()):
            break
    for number in range(exercises):
        yield _write(folder, timbre_passages.exercise(number), found["train"])


def _write(folder: Path, source: Source, names: list[str]) -> str:
    path = folder / f"{source.name}.npz"
    try:
        if not path.exists():
            played = source.read()
            notes = np.array([(n.start_s, n.end_s, n.pitch, n.velocity) for n in played.notes], np.float64)
            pedals = np.array([(p.start_s, p.end_s) for p in played.pedals], np.float64).reshape(-1, 2)
            arrays = {"notes": notes, "pedals": pedals, "duration_s": np.array(played.duration_s)}
            with atomic(path) as unfinished, unfinished.open("wb") as stream:
                np.savez_compressed(stream, allow_pickle=False, split=np.array(source.split), **arrays)
    except UserError as error:
        return f"skipped: {source.name}: {error}"
    names.append(source.name)
    return f"{path.name} is ready"


def _read(arrays: Mapping[str, np.ndarray]) -> Played:
    notes = tuple(Note(float(a), float(b), int(c), int(d)) for a, b, c, d in arrays["notes"])
    pedals = tuple(Pedal(float(a), float(b)) for a, b in arrays["pedals"])
    return Played(notes, pedals, float(arrays["duration_s"]))


def _render(renderer: Renderer, piano: Piano, passages: Sequence[str], folder: Path) -> Iterator[str]:
    audio = made(folder / "audio" / piano.name)
    missing = [each for each in passages if not (audio / f"{each}.flac").exists()]
    for first in range(0, len(missing), AT_ONCE):
        names = missing[first : first + AT_ONCE]
        played = []
        for name in names:
            with np.load(folder / "notes" / f"{name}.npz") as arrays:
                played.append(_read(arrays))
        for name, sound in zip(names, renderer.render(piano, played), strict=True):
            with atomic(audio / f"{name}.flac") as path:
                soundfile.write(path, sound, RATE, subtype="PCM_16", format="FLAC")
    yield f"{piano.name}: {len(passages)} passages are ready"
