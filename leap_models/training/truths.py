"""Songs of which is known what a good arrangement would keep."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from leap_models.interface import Piece
from leap_models.music import audio, metrics
from leap_models.music.audio import Audio
from leap_models.music.notes import Notes
from leap_models.training import ultrastar
from leap_models.training.examples import note_array
from leap_models.training.pop909 import Chord

FRAME_S = 0.01  # of the true tune


@dataclass(frozen=True)
class Truth:
    """A song and what is known of it."""

    name: str
    kind: str  # "rendered" or "real"
    piece: Piece
    melody: Notes
    human: Notes = ()
    chords: tuple[Chord, ...] = ()
    beats_s: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @property
    def tune(self) -> tuple[np.ndarray, np.ndarray]:
        """The true tune as times and pitches, NaN where it rests."""
        times_s = np.arange(0.0, self.piece.duration_s, FRAME_S)
        return times_s, metrics.top_pitch(times_s, self.melody)


def rendered_songs(folder: Path, most: int, split: str = "test") -> Iterator[Truth]:
    """The songs of a split among prepared examples; at most so many, 0 is all."""
    paths = [path for path in sorted(folder.glob("*.npz")) if str(np.load(path)["split"]) == split]
    for path in paths[: most or None]:
        with np.load(path) as arrays:
            samples = arrays["samples"].astype(np.float32) / 32767.0
            heard = Audio(samples, 22_050, len(samples) / 22_050)
            chords = tuple(
                Chord(start, end, int(bass), tuple(p for p in range(12) if int(mask) >> p & 1))
                for start, end, bass, mask in arrays["chords"].tolist()
            )
            yield Truth(
                path.stem, "rendered", Piece(heard, (), None, heard.duration_s, path.stem),
                note_array(arrays["melody"]).notes(), note_array(arrays["target_5"]).notes(), chords, arrays["beats_s"],
            )


def real_songs(folder: Path) -> Iterator[Truth]:
    """Songs with sung notes."""
    for text in sorted(folder.glob("*/song.txt")):
        path = next(path for path in sorted(text.parent.iterdir()) if path.stem == "audio")
        heard = audio.read(path, 44_100)
        piece = Piece(heard, (), None, heard.duration_s, text.parent.name)
        yield Truth(text.parent.name, "real", piece, ultrastar.read(text))
