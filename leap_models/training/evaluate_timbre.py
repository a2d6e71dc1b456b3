"""`leap-bridge evaluate timbre`: do the notes of unseen songs sound as the piano of a recording would play them?

The true answer is that piano's own rendering. Beside the network stand the baselines of `timbre_bench`, in the same
run; all are compared at the loudness of the truth.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from leap_models.music import metrics
from leap_models.music.notes import Note, Notes
from leap_models.progress import Clock
from leap_models.training import timbre_measures
from leap_models.training.timbre import pitch_classes
from leap_models.training.timbre_bench import OURS, REFERENCE_S, Bench, Case, Trained, cases
from leap_models.training.timbre_measures import ladder, strengths
from leap_models.training.timbre_pianos import named
from leap_models.training.timbre_render import RATE
from leap_models.transcribing import transcribe

GAP_S = 2.0  # between recordings that are transcribed together
TRUTH = "true rendering"
PICTURES = 7

Floats = dict[str, list[float]]


@dataclass(frozen=True)
class Found:
    """Everything that was measured.

    Args:
        systems: figures of each system, one number for each case.
        checks: single figures.
        pictures: (title, sounds by name) of some cases.
    """

    systems: Mapping[str, Floats]
    checks: Mapping[str, float]
    pictures: Sequence[tuple[str, Mapping[str, np.ndarray]]] = field(repr=False)


def measured(prepared: Path, weights: Path, count: int) -> Found:
    """Every system on unseen pieces by unseen pianos, and ours by seen ones too.

    Args:
        prepared: folder of `prepare timbre`.
        weights: a checkpoint folder.
        count: cases of unseen pianos; half as many of seen ones.
    """
    bench = Bench(prepared, Trained(weights))
    unseen, seen = cases(bench.test, bench.unseen, count), cases(bench.test, bench.seen, max(2, count // 2))
    made = {name: [system(case) for case in unseen] for name, system in bench.systems().items()}
    made[TRUTH] = [bench.truth(case) for case in unseen]
    systems = {name: _figures(bench, unseen, sounds, made[TRUTH]) for name, sounds in made.items()}
    notes = [bench.test.passages[case.passage].notes for case in unseen]
    for name in (OURS, TRUTH):
        read = read_notes(made[name])
        systems[name]["onset_f1"] = [metrics.onset_f1(wanted, each) for wanted, each in zip(notes, read, strict=True)]
    shown = [
        (f"{case.piano}: {case.passage}", {"reference": bench.reference(case), "output": ours, "target": truth})
        for case, ours, truth in zip(unseen[:PICTURES], made[OURS], made[TRUTH], strict=False)
    ]  # fmt: skip
    return Found(systems, _checks(bench, systems, seen), shown)


def read_notes(sounds: Sequence[np.ndarray]) -> list[Notes]:
    """The notes of each recording, by the transcriber that is here; they are read in one go."""
    gap = np.zeros(round(GAP_S * RATE), np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        soundfile.write(path, np.concatenate([part for sound in sounds for part in (sound, gap)]), RATE)
        notes = transcribe(path, Clock(None, None)).notes
    found, start_s = list[Notes](), 0.0
    for sound in sounds:
        end_s = start_s + len(sound) / RATE
        mine = (note for note in notes if start_s <= note.start_s < end_s)
        found.append(tuple(Note(n.start_s - start_s, n.end_s - start_s, n.pitch, n.velocity) for n in mine))
        start_s = end_s + GAP_S
    return found


def _figures(bench: Bench, asked: Sequence[Case], made: Sequence[np.ndarray], truths: Sequence[np.ndarray]) -> Floats:
    """How far a system is from the truth, and whether it sounds most like a piano of the right family."""
    apart = [timbre_measures.distances(each, truth) for each, truth in zip(made, truths, strict=True)]
    families = [named(bench.classifier.nearest(each)).family for each in made]
    return {
        "spectral": [each["spectral"] for each in apart],
        "mel_db": [each["mel_db"] for each in apart],
        "family": [float(each == named(case.piano).family) for each, case in zip(families, asked, strict=True)],
    }


def _checks(bench: Bench, systems: Mapping[str, Floats], seen: Sequence[Case]) -> dict[str, float]:
    """What is measured once."""
    f1 = {name: float(np.mean(systems[name]["onset_f1"])) for name in (OURS, TRUTH)}
    return {
        "onset F1 of the output, as a share of the truth's": f1[OURS] / max(f1[TRUTH], 1e-9),
        "Spearman of velocities asked and heard": _touch(bench),
        **_of_seen(bench, seen),
        **_of_vectors(bench),
        "seconds for a second of sound": bench.player.spent_s / bench.player.played_s,
    }


def _of_seen(bench: Bench, seen: Sequence[Case]) -> dict[str, float]:
    """Whether pianos that were learned are known again."""
    made, truths = [bench.ours(case) for case in seen], [bench.truth(case) for case in seen]
    apart = [timbre_measures.distances(each, truth)["mel_db"] for each, truth in zip(made, truths, strict=True)]

    def known(sounds: Sequence[np.ndarray]) -> float:
        return _share(bench.classifier.nearest(each) == case.piano for each, case in zip(sounds, seen, strict=True))

    likest = [bench.likest(each, case) for each, case in zip(made, seen, strict=True)]
    own = [(each, case.piano) for each, case in zip(likest, seen, strict=True)]
    return {
        "outputs nearest to the same notes by their own piano, of seen pianos": _share(a == b for a, b in own),
        "by a piano of its family": _share(named(a).family == named(b).family for a, b in own),
        "outputs most like their own piano, of seen pianos": known(made),
        "true renderings likewise": known(truths),
        "log-mel distance for seen pianos, dB": float(np.mean(apart)),
    }


def _of_vectors(bench: Bench) -> dict[str, float]:
    """What vectors hold: of unseen pianos, that they are themselves; of all, their music."""
    rows = sorted(bench.test.sounds)
    vectors = {row: bench.player.vector(bench.test.sound(*row, 0.0, REFERENCE_S)) for row in rows}
    classes = [pitch_classes(bench.test.passages[passage], 0.0, REFERENCE_S) for _piano, passage in rows]
    return {
        "triples in which the piano counts more than the notes": _triples(vectors, bench.unseen),
        "R2 of pitch classes foretold from the vector": timbre_measures.pitch_leak(
            np.stack(list(vectors.values())), np.stack(classes)
        ),
    }


def _touch(bench: Bench) -> float:
    """Rank correlation of velocities with loudness, the mean of pitches and unseen pianos."""
    scale, found = ladder(), []
    for case in cases(bench.test, bench.unseen, len(bench.unseen)):
        heard = bench.player.play(scale, bench.player.listen(bench.reference(case)))
        found.append(_by_pitch(strengths(heard, scale.notes), scale.notes))
    return float(np.mean(found))


def _share(claims: Iterable[bool]) -> float:
    return float(np.mean([float(claim) for claim in claims]))


def _by_pitch(loudness: np.ndarray, notes: Notes) -> float:
    """Rank correlation of loudness with velocity within each pitch, the mean of all."""
    pitches = sorted({note.pitch for note in notes})
    places = [[i for i, note in enumerate(notes) if note.pitch == pitch] for pitch in pitches]
    return float(np.mean([metrics.spearman([notes[i].velocity for i in mine], loudness[mine]) for mine in places]))


def _triples(vectors: Mapping[tuple[str, str], np.ndarray], pianos: Sequence[str]) -> float:
    """How often other notes of one of these pianos are nearer than the same notes of any other piano.

    Args:
        vectors: by piano and passage.
    """
    unit = {row: vector / np.linalg.norm(vector) for row, vector in vectors.items()}
    right = [
        unit[piano, music] @ unit[piano, others] > unit[piano, music] @ unit[rival, music]
        for piano, music in unit if piano in pianos for same, others in unit if same == piano and others != music
        for rival, played in unit if played == music and rival != piano
    ]  # fmt: skip
    return float(np.mean(right))
