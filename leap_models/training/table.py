"""Figures of several systems as a table that people read."""

from collections.abc import Mapping, Sequence

import numpy as np

Figures = Mapping[str, Mapping[str, str]]  # system -> figure -> "mean ± spread"

MEANINGS = {
    "mca": "melody chroma accuracy of the top line",
    "recall": "share of the melody that sounds",
    "harmony": "share of sounding pitch classes inside the chord",
    "onset_f1": "onset F1 against the human arrangement, 50 ms",
    "grid": "onsets within 40 ms of the sixteenth grid",
    "rgc": "rhythmic grid coherence (0 is best)",
    "notes_per_s": "notes per second",
    "unplayable": "onset groups that two hands cannot play",
    "own_song": "chroma similarity with its own song",
    "other_song": "chroma similarity with another song",
}
BY_LEVEL = {
    "measured": "measured", "notes_per_s": "notes/s", "mca": "top line", "recall": "melody",
    "harmony": "inside the chord", "onset_f1": "onset F1", "grid": "on the grid", "unplayable": "unplayable",
}
LEVEL = "level "  # begins the name of a system that is LEAP asked for one
CHECKS = {
    "spearman": "Spearman of asked and measured difficulty",
    "notes_5_to_1": "notes at level 5 / level 1",
    "recall_1_to_5": "melody recall at level 1 / level 5",
    "unplayable_any": "onset groups that two hands cannot play, at the worst level",
    "seam_onsets": "onsets at window borders / between",
    "human_seam_onsets": "the same of the human arrangement, which has no windows",
    "seam_change": "chroma change at window borders / between",
    "human_seam_change": "the same of the human arrangement",
    "same_again": "same seed, same notes",
    "another_seed": "another seed, other notes",
}


def summary(rows: Sequence[Mapping[str, object]]) -> dict[str, dict[str, str]]:
    """Mean and spread over songs.

    Args:
        rows: one of each song: `systems` holds the figures of each, by name, `checks` those of LEAP alone, if any.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        for system, values in [*row["systems"].items(), ("checks", row.get("checks", {}))]:  # type: ignore[attr-defined]
            for name, value in values.items():
                found.setdefault(system, {}).setdefault(name, []).append(value)
    return {
        system: {name: spread(values) for name, values in figures.items()} for system, figures in found.items()
    }


def spread(values: Sequence[float]) -> str:
    """As people read it: mean ± standard deviation."""
    return f"{np.mean(values):.3f} ± {np.std(values):.3f}"


def compared(figures: Figures) -> str:
    """A Markdown table: a row for each figure, a column for each system."""
    systems = [name for name in figures if name != "checks" and not name.startswith(LEVEL)]
    rows = [[meaning, *(figures[system].get(name, "") for system in systems)] for name, meaning in MEANINGS.items()]
    return markdown(["", *(system.replace("_", " ") for system in systems)], [row for row in rows if any(row[1:])])


def by_level(figures: Figures) -> str:
    """A Markdown table: a row for each difficulty that was asked for, a column for each figure; "" if none was."""
    asked = [name for name in figures if name.startswith(LEVEL)]
    if not asked:
        return ""
    columns = [name for name in BY_LEVEL if name in figures[asked[0]]]
    rows = [[name.removeprefix(LEVEL), *(figures[name][column] for column in columns)] for name in asked]
    return markdown(["asked", *(BY_LEVEL[column] for column in columns)], rows) + "\n"


def checked(figures: Figures) -> str:
    """A Markdown table of what is measured of one system alone."""
    found = figures.get("checks", {})
    return markdown(["", "leap"], [[meaning, found[name]] for name, meaning in CHECKS.items() if name in found])


def report(summary: Mapping[str, Figures]) -> str:
    """All tables of a run, under a heading for each kind of song."""
    heard = {kind: figures for kind, figures in summary.items() if figures}
    return "\n".join(
        f"## {kind} songs\n\n{compared(each)}\n{by_level(each)}{checked(each)}" for kind, each in heard.items()
    )


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell or " " for cell in line) + " |\n" for line in lines)
