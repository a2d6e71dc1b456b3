"""What can be said of LEAP's arrangement of a song of which is known what a good one would keep."""

from collections.abc import Mapping
from typing import Protocol

from leap_models.music import metrics
from leap_models.music.difficulty import LEVELS, Edges, measure
from leap_models.music.grid import Grid
from leap_models.music.notes import Notes
from leap_models.music.playability import onset_groups, unplayable_groups
from leap_models.training.truths import Truth


class Arranges(Protocol):
    """Makes an arrangement of a song at a difficulty."""

    def __call__(self, truth: Truth, /, *, difficulty: float) -> Notes:
        """Its notes."""
        ...


def figures(notes: Notes, truth: Truth) -> dict[str, float]:
    """What can be said of one arrangement of one song."""
    times_s, pitches = truth.tune
    groups = list(onset_groups(notes))
    found = {
        "mca": metrics.melody_chroma_accuracy(times_s, pitches, notes),
        "recall": metrics.melody_recall(times_s, pitches, notes),
        "notes_per_s": len(notes) / truth.piece.duration_s,
        "rgc": metrics.rgc(notes),
        "unplayable": unplayable_groups(notes) / max(1, len(groups)),
    }
    if truth.kind == "rendered":
        found["harmony"] = metrics.harmony_share(notes, truth.chords)
        found["onset_f1"] = metrics.onset_f1(truth.human, notes)
        found["grid"] = metrics.grid_share([note.start_s for note in notes], truth.beats_s)
    return found


def at_every_level(arrange: Arranges, edges: Edges, truth: Truth) -> dict[str, dict[str, float]]:
    """What comes out at each difficulty, and how hard it is; systems `level 1` to `level 5`."""
    found = {}
    for level in LEVELS:
        notes = arrange(truth, difficulty=level)
        measured = measure(notes, 0.0, truth.piece.duration_s, edges)
        found[f"level {level:g}"] = {"measured": measured} | figures(notes, truth)
    return found


def difficulty(levels: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """How well difficulty is kept to, by what `at_every_level` found."""
    easiest, *_others, hardest = levels.values()
    return {
        "spearman": metrics.spearman(LEVELS, [found["measured"] for found in levels.values()]),
        "notes_5_to_1": hardest["notes_per_s"] / max(1e-6, easiest["notes_per_s"]),
        "recall_1_to_5": easiest["recall"] / max(1e-6, hardest["recall"]),
        "unplayable_any": max(found["unplayable"] for found in levels.values()),
    }


def seams(made: Notes, truth: Truth, grid: Grid) -> dict[str, float]:
    """Onsets and chroma changes at borders, as a share of those between; also of a human, who knows no borders."""
    arrangements = {"seam": made} | ({"human_seam": truth.human} if truth.kind == "rendered" else {})
    shares = {}
    for name, notes in arrangements.items():
        found = metrics.seams(notes, grid, truth.piece.duration_s)
        shares[f"{name}_onsets"] = found.border_onsets_per_s / max(1e-6, found.middle_onsets_per_s)
        shares[f"{name}_change"] = found.border_change / max(1e-6, found.middle_change)
    return shares
