"""POP909 as songs: three human piano parts with the beats, bars and chords they were played to.

Sources: POP909 (Wang et al. 2020, MIT) for notes and beat times; POP909-CL (MIT) for bar lines, keys and chords,
which it corrects. The two differ by a number of half beats, found here by matching their notes; where it is odd,
POP909 took the off-beats for beats, and POP909-CL's are taken.

Conventions: seconds from the start of POP909's MIDI file; pitch classes 0..11 with C = 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pretty_midi

from leap_models.errors import UserError
from leap_models.music.notes import Note, Notes

SHIFTS = 64  # half beats tried in each direction when POP909-CL is laid over POP909
STEPS_PER_BEAT = 6  # grid on which notes of the two are compared


@dataclass(frozen=True)
class Chord:
    """Pitch classes sounding together; `bass` is the lowest."""

    start_s: float
    end_s: float
    bass: int
    pitch_classes: tuple[int, ...]


@dataclass(frozen=True)
class Song:
    """One song of POP909. `beats_s[downbeats[i]]` is the start of bar i."""

    name: str
    melody: Notes
    bridge: Notes
    piano: Notes
    beats_s: np.ndarray  # (beats,) seconds
    downbeats: np.ndarray  # (bars,) indices into beats_s
    beats_per_bar: int
    chords: tuple[Chord, ...]

    @property
    def arrangement(self) -> Notes:
        """The three parts as one piano part, a note struck twice at once kept once."""
        best: dict[tuple[int, int], Note] = {}
        for note in (*self.piano, *self.bridge, *self.melody):
            best[round(note.start_s * 50), note.pitch] = note
        return tuple(sorted(best.values()))

    @property
    def duration_s(self) -> float:
        """Seconds until the last note ends."""
        return max(note.end_s for note in self.arrangement)


class BadSong(UserError):  # noqa: N818
    """A song whose files do not fit together; preparing skips it with a line."""

    code = "bad_song"


def names(root: Path) -> list[str]:
    """Folder names of the songs under `root`/POP909, in order."""
    return sorted(folder.name for folder in (root / "POP909").iterdir() if folder.is_dir())


def split(name: str) -> str:
    """Where a song belongs, by its number alone: 8 of 10 `train`, then `validation` and `test`."""
    return {8: "validation", 9: "test"}.get(int(name) % 10, "train")


def load(root: Path, name: str) -> Song:
    """Read one song.

    Args:
        root: a folder with `POP909/` and `pop909_cl/POP909_processed/`.
        name: three digits.

    Raises:
        BadSong: a file is missing, or the two sources do not match.
    """
    folder = root / "POP909" / name
    try:
        midi = pretty_midi.PrettyMIDI(str(folder / f"{name}.mid"))
        corrected = pretty_midi.PrettyMIDI(str(root / "pop909_cl" / "POP909_processed" / f"{name}.mid"))
        beats_s = np.loadtxt(folder / "beat_midi.txt")[:, 0]
    except (OSError, ValueError, EOFError) as error:
        raise BadSong(f"song {name}: {error}") from error
    parts = {part.name: _notes(part) for part in midi.instruments}
    if not {"MELODY", "BRIDGE", "PIANO"} <= set(parts) or len(corrected.instruments) < 2:
        raise BadSong(f"song {name}: needs tracks MELODY, BRIDGE, PIANO and a chord track, has {sorted(parts)}")
    beats_s = _extended(beats_s, midi.get_end_time())
    half_beats = _shift(parts, corrected, beats_s, name)
    if half_beats % 2:
        beats_s = (beats_s[:-1] + beats_s[1:]) / 2
    shift = half_beats // 2  # an odd one moved all beats by half a beat, too
    per_bar = corrected.time_signature_changes[0].numerator if corrected.time_signature_changes else 4
    first = shift % per_bar
    return Song(
        name=name, melody=parts["MELODY"], bridge=parts["BRIDGE"], piano=parts["PIANO"], beats_s=beats_s,
        downbeats=np.arange(first, len(beats_s), per_bar), beats_per_bar=per_bar,
        chords=tuple(_chords(corrected, beats_s, shift)),
    )


def _notes(part: pretty_midi.Instrument) -> Notes:
    return tuple(sorted(
        Note(float(n.start), float(n.end), int(n.pitch), max(1, int(n.velocity))) for n in part.notes if n.end > n.start
    ))


def _extended(beats_s: np.ndarray, end_s: float) -> np.ndarray:
    """Beats carried on, at the first and last tempo, to cover 0..end_s."""
    first, last = beats_s[1] - beats_s[0], beats_s[-1] - beats_s[-2]
    before = beats_s[0] - first * np.arange(int(beats_s[0] // first), 0, -1)
    after = beats_s[-1] + last * np.arange(1, max(1, int((end_s - beats_s[-1]) // last) + 3))
    return np.concatenate([before, beats_s, after])


def _shift(
    parts: dict[str, Notes], corrected: pretty_midi.PrettyMIDI, beats_s: np.ndarray, name: str
) -> int:
    """How many half beats later than in POP909-CL everything lies in POP909's (extended) beats."""
    ours = np.array([(note.start_s, note.pitch) for notes in parts.values() for note in notes])
    beats = np.interp(ours[:, 0], beats_s, np.arange(len(beats_s)))
    seconds_per_beat = 60.0 / corrected.get_tempo_changes()[1][0]
    theirs = np.array([(n.start / seconds_per_beat, n.pitch) for n in corrected.instruments[0].notes])
    cells = set((np.round(beats * STEPS_PER_BEAT).astype(int) * 128 + ours[:, 1].astype(int)).tolist())

    def matched(shift: int) -> float:
        shifted = np.round((theirs[:, 0] + shift / 2) * STEPS_PER_BEAT).astype(int) * 128 + theirs[:, 1].astype(int)
        return len(cells & set(shifted.tolist())) / len(theirs)

    best = max(range(-SHIFTS, SHIFTS + 1), key=matched)
    if matched(best) < 0.6:
        raise BadSong(f"song {name}: POP909-CL shares {matched(best):.0%} of its notes, at least 60% are needed")
    return best


def _chords(corrected: pretty_midi.PrettyMIDI, beats_s: np.ndarray, shift: int) -> Iterator[Chord]:
    seconds_per_beat = 60.0 / corrected.get_tempo_changes()[1][0]
    groups: dict[tuple[int, int], list[int]] = {}
    for note in corrected.instruments[1].notes:
        span = (round(note.start / seconds_per_beat * 4), round(note.end / seconds_per_beat * 4))
        groups.setdefault(span, []).append(int(note.pitch))
    places = np.arange(len(beats_s))
    for (start, end), pitches in sorted(groups.items()):
        start_s, end_s = np.interp([start / 4 + shift, end / 4 + shift], places, beats_s)
        if end_s > start_s:
            yield Chord(float(start_s), float(end_s), min(pitches) % 12, tuple(sorted({p % 12 for p in pitches})))
