"""How well the notes of a piano recording are found: `python benchmarks/transcribe.py DATA`.

DATA holds POP909 (with pop909_cl). The piano parts of some of its test songs are rendered with a SoundFont that nothing
of ours was trained with, and read by `transcribe`; where Basic Pitch's own package is installed, by that too. Counted
is an onset of the right pitch within 50 ms.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile

from leap_models.errors import MissingDependency
from leap_models.interface import Piece
from leap_models.music import audio, metrics
from leap_models.music.notes import Note, Notes
from leap_models.progress import Clock
from leap_models.training import baselines, pop909
from leap_models.training.timbre_passages import cut
from leap_models.training.timbre_pianos import PIANOS, named
from leap_models.training.timbre_render import RATE, Played, Renderer
from leap_models.transcribing import READER, transcribe

BEGIN_S = 20.0  # of the songs, which begin with little
Reader = Callable[[Path], Notes]


def passages(data: Path, count: int, length_s: float) -> list[Played]:
    """The piano parts of the first test songs."""
    tests = [name for name in pop909.names(data) if pop909.split(name) == "test"]
    found: list[Played] = []
    for name in tests:
        if len(found) == count:
            break
        try:
            song = pop909.load(data, name)
        except pop909.BadSong:
            continue
        found.append(cut(song.arrangement, (), BEGIN_S, length_s))
    return found


def by_package(path: Path) -> Notes:
    """Basic Pitch's own package."""
    return baselines.transcribed(Piece(audio.read(path, RATE), (), None, 1.0, str(path)))


def scores(wanted: Notes, found: Notes) -> tuple[float, float, float]:
    """F1, precision and recall of onsets: F1 = 2 hits / (wanted + found)."""
    f1 = metrics.onset_f1(wanted, found)
    hits = f1 * (len(wanted) + len(found)) / 2
    return f1, hits / max(1, len(found)), hits / max(1, len(wanted))


def table(pieces: Sequence[Played], sounds: Sequence[np.ndarray], readers: dict[str, Reader]) -> dict[str, np.ndarray]:
    """(pieces, 3) scores of each reader."""
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in readers}
    with tempfile.TemporaryDirectory() as folder:
        for place, (piece, sound) in enumerate(zip(pieces, sounds, strict=True)):
            path = Path(folder) / f"{place}.wav"
            soundfile.write(path, sound, RATE)
            notes = tuple(Note(n.start_s, min(n.end_s, piece.duration_s), n.pitch, n.velocity) for n in piece.notes)
            for name, read in readers.items():
                found[name].append(scores(notes, read(path)))
    return {name: np.array(rows) for name, rows in found.items()}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description="measure how well notes are found")
    parser.add_argument("data", type=Path)
    parser.add_argument("--songs", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=45.0)
    parser.add_argument("--piano", default="musescore_grand", choices=[piano.name for piano in PIANOS])
    parser.add_argument("--reader", default=READER.default, choices=READER.choices)
    arguments = parser.parse_args()
    pieces = passages(arguments.data, arguments.songs, arguments.seconds)
    sounds = Renderer().render(named(arguments.piano), pieces)
    readers: dict[str, Reader] = {
        "transcribe": lambda path: transcribe(path, Clock(None, None), reader=arguments.reader).notes,
        "Basic Pitch's package": by_package,
    }
    try:
        found = table(pieces, sounds, readers)
    except MissingDependency as error:
        print(f"only transcribe: {error}")
        found = table(pieces, sounds, {"transcribe": readers["transcribe"]})
    notes = sum(len(piece.notes) for piece in pieces)
    print(f"{len(pieces)} songs of {arguments.seconds:g} s, {notes} notes, played by {arguments.piano}")
    for name, rows in found.items():
        f1, precision, recall = rows.mean(axis=0)
        print(f"{name:22} onset F1 {f1:.3f} ± {rows[:, 0].std():.3f}   precision {precision:.3f}   recall {recall:.3f}")


if __name__ == "__main__":
    main()
