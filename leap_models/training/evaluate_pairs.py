"""LEAP on your own songs: how much of what is sung it keeps, beside the covers that people play.

Figures are melody chroma accuracies against the sung line that was found in the recording. `raw`: as the notes are, a
cover as it was played, in its own key and time. `aligned`: after both were put right as `prepare pairs` does it, for
every system alike.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_models.errors import BadParameter
from leap_models.families.leap.conditioner import RATE
from leap_models.interface import Piece
from leap_models.music import metrics
from leap_models.music.audio import Audio
from leap_models.music.notes import Notes
from leap_models.training import baselines, leap_data
from leap_models.training.examples import note_array
from leap_models.training.pairs.listening import MIDI_READER, Cover, Song, hear_song
from leap_models.training.pairs.matching import keyed, match
from leap_models.training.render import SAMPLE_RATE
from leap_models.training.table import markdown, summary
from leap_models.training.truths import Truth

log = logging.getLogger(__name__)

SYSTEMS = ("leap", "cover", "template")


@dataclass(frozen=True, eq=False)
class Recorded:
    """An example of a pair: the song, the sung line, and the cover as it was played."""

    truth: Truth
    tune: np.ndarray
    cover: Notes


def read(path: Path) -> Recorded:
    """One example of `prepare pairs`.

    Raises:
        BadParameter: it is one of something else.
    """
    with np.load(path) as arrays:
        if "tune" not in arrays or "raw" not in arrays:
            raise BadParameter(f"{path} is no example of a pair: --on needs what leap-bridge prepare pairs made")
        samples = arrays["samples"].astype(np.float32) / 32767.0
        heard = Audio(samples, SAMPLE_RATE, len(samples) / SAMPLE_RATE)
        piece = Piece(heard, (), None, heard.duration_s, path.stem)
        truth = Truth(path.stem, "pair", piece, note_array(arrays["melody"]).notes())
        return Recorded(truth, arrays["tune"].astype(np.float64), note_array(arrays["raw"]).notes())


def measured(
    folder: Path, arrange: Callable[[Truth], Notes], most: int, split: str = "test"
) -> Iterator[dict[str, object]]:
    """A row for each example of a split.

    Raises:
        BadParameter: there are none.
    """
    for path in leap_data.paths(folder, split)[: most or None]:
        example = read(path)
        song = hear_song(baselines.heard(example.truth.piece).samples)
        made = {
            "leap": arrange(example.truth), "cover": example.cover, "template": baselines.template(example.truth.piece),
        }  # fmt: skip
        figures = {name: _figures(example, song, notes) for name, notes in made.items()}
        log.info("%s: %s", path.stem, figures)
        yield {"name": path.stem, "systems": figures}


def table(rows: Sequence[dict[str, object]]) -> str:
    """Means and spreads, as a Markdown table."""
    names = {"raw": "melody chroma accuracy", "aligned": "the same, aligned", "notes_per_s": "notes per second"}
    found = summary(rows)
    lines = [[meaning, *(found[system][name] for system in SYSTEMS)] for name, meaning in names.items()]
    return markdown(["", *SYSTEMS], lines)


def _figures(example: Recorded, song: Song, notes: Notes) -> dict[str, float]:
    times_s = np.arange(len(example.tune)) / RATE
    aligned: Notes = ()
    if notes:
        found = match(song, Cover(notes, max(note.end_s for note in notes), 0.0, MIDI_READER))
        moved = keyed(notes, found.semitones)
        aligned = tuple(sorted(note for stretch in found.stretches for note in stretch.moved(moved)))
    return {
        "raw": metrics.melody_chroma_accuracy(times_s, example.tune, notes),
        "aligned": metrics.melody_chroma_accuracy(times_s, example.tune, aligned),
        "notes_per_s": len(notes) / example.truth.piece.duration_s,
    }
