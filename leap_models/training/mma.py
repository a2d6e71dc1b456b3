"""Accompaniments by MMA (Musical MIDI Accompaniment), a program that plays chords in hundreds of styles."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leap_models.errors import MissingDependency, UserError
from leap_models.music import midi
from leap_models.music.midi import Midi
from leap_models.training.pop909 import Chord

PROGRAM = "mma"
LIBRARIES = (Path("/usr/share/mma/lib/stdlib"), Path("/usr/local/share/mma/lib/stdlib"))
BEATS = 4  # of a bar
BPM = 120.0  # of what it plays; only beats are looked at
SECONDS = 60.0  # it may take for a song
SEED = 7  # of its own chance, so that the same chords are played the same again
NO_CHORD = "z"
_TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_QUALITIES = {  # MMA's names
    "": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "M7": (0, 4, 7, 11), "m7": (0, 3, 7, 10), "dim": (0, 3, 6),
    "aug": (0, 4, 8), "sus4": (0, 5, 7), "sus2": (0, 2, 7), "m7b5": (0, 3, 6, 10), "dim7": (0, 3, 6, 9),
    "6": (0, 4, 7, 9), "m6": (0, 3, 7, 9), "9": (0, 2, 4, 7, 10), "m9": (0, 2, 3, 7, 10),
}  # fmt: skip


class NoBand(UserError):  # noqa: N818
    """MMA could not play something; preparing skips it with a line."""

    code = "no_band"


@dataclass(frozen=True)
class Style:
    """A file of MMA's library: grooves that fit together."""

    name: str
    grooves: tuple[str, ...]


def styles() -> list[Style]:
    """The styles of MMA's own library that are in four and no introductions, endings or fills.

    Raises:
        MissingDependency: MMA is not installed.
    """
    folder = next((each for each in LIBRARIES if each.is_dir()), None)
    if folder is None or shutil.which(PROGRAM) is None:
        raise MissingDependency("bands are played by the program mma: apt install mma")
    found = []
    for path in sorted(folder.glob("*.mma")):
        text = path.read_text(encoding="utf-8", errors="replace")
        metres = set(re.findall(r"^ *Time +(\d+)", text, re.MULTILINE | re.IGNORECASE))
        grooves = re.findall(r"^ *DefGroove +(\S+)", text, re.MULTILINE | re.IGNORECASE)
        usual = tuple(name for name in grooves if not re.search(r"Intro|End|Fill|Metro|Count|None", name))
        if metres == {str(BEATS)} and usual:
            found.append(Style(path.stem, usual))
    return found


def chord_name(chord: Chord) -> str:
    """A chord as MMA names it: of all names, the one that shares most with it and adds least."""
    classes = set(chord.pitch_classes)

    def fit(root: int, quality: str) -> tuple[int, bool, int]:
        meant = {(root + step) % 12 for step in _QUALITIES[quality]}
        return len(meant & classes) - len(meant ^ classes), root == chord.bass, -len(meant)

    named = [(root, quality) for root in range(12) for quality in _QUALITIES]
    root, quality = max(named, key=lambda each: fit(*each))
    slash = "" if root == chord.bass else f"/{_TONICS[chord.bass]}"
    return f"{_TONICS[root]}{quality}{slash}"


def score(bars: Sequence[Sequence[str]], grooves: Sequence[str]) -> str:
    """What MMA reads.

    Args:
        bars: a chord's name for each beat.
        grooves: one for each bar.
    """
    lines, groove = [f"RndSeed {SEED}", f"Tempo {BPM:g}", f"Time {BEATS}"], ""
    for number, (chords, wanted) in enumerate(zip(bars, grooves, strict=True), start=1):
        if wanted != groove:
            groove = wanted
            lines.append(f"Groove {groove}")
        words = [name if at == 0 or name != chords[at - 1] else "/" for at, name in enumerate(chords)]
        lines.append(f"{number} {' '.join(words)}")
    return "\n".join(lines) + "\n"


def play(text: str) -> Midi:
    """What MMA makes of a score.

    Raises:
        NoBand: it could not; the message is its own.
    """
    with tempfile.TemporaryDirectory() as folder:
        written, played = Path(folder) / "song.mma", Path(folder) / "song.mid"
        written.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run(
                [PROGRAM, str(written), "-f", str(played)], capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoBand(f"mma did not play: {error}") from error
        if done.returncode or not played.exists():
            said = " ".join((done.stderr + done.stdout).split())
            raise NoBand(f"mma refused: {said[-120:]}")
        return midi.read(played)
