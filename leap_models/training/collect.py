"""Phrases of five players from MIDI files in 4/4, by the rules that MuseGAN's collector is known for.

In every window of four bars, a bar apart, each player is the busiest track of his instruments that is busy enough, or
silent. Of a song's windows some are kept, fewer of many.
"""

import logging
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_models.errors import BadParameter, UserError
from leap_models.families.musegan.phrase import Cells, draw, on_steps
from leap_models.families.musegan.shape import BandShape
from leap_models.music import midi
from leap_models.music.bars import Bars
from leap_models.music.midi import Midi
from leap_models.music.notes import Note
from leap_models.music.players import BASS, DRUMS, GUITAR, PIANO, STRINGS, player_of

log = logging.getLogger(__name__)

MIDI_SUFFIXES = (".mid", ".midi")
MOST_BARS = 600  # of a file; beyond lies nothing but time
PLAYERS = 3  # so many must play in a window that is kept


@dataclass(frozen=True)
class Busy:
    """How much a track does in a window: pitches it uses, steps in which it sounds."""

    pitches: int
    steps: int


# Of four bars at 12 steps a beat, 192 steps.
LEAST: Mapping[int, Busy] = {
    DRUMS: Busy(2, 24), BASS: Busy(1, 96), GUITAR: Busy(2, 156), STRINGS: Busy(2, 156), PIANO: Busy(2, 156),
}  # fmt: skip
LIVELY: Mapping[int, Busy] = {  # for bands that play short chords
    DRUMS: Busy(2, 24), BASS: Busy(1, 32), GUITAR: Busy(2, 32), STRINGS: Busy(2, 32), PIANO: Busy(2, 32),
}  # fmt: skip


class OtherMetre(UserError):  # noqa: N818
    """A file that is not in 4/4; collecting skips it with a line."""

    code = "other_metre"


@dataclass(frozen=True)
class Track:
    """A track on cells, all its bars: (bars, steps, pitches), and the player whose part it may be."""

    player: int
    cells: Cells


def tracks_of(read: Midi, shape: BandShape, alike: bool = False) -> list[Track]:
    """The tracks of a file that some player could play, from its first bar line on.

    Args:
        alike: as `instruments.player_of`.

    Raises:
        OtherMetre: the file is not in 4/4.
        BadParameter: it holds no notes.
    """
    if read.time_signature not in (None, "4/4"):
        raise OtherMetre(f"the metre must be 4/4, it is {read.time_signature}")
    if not read.notes:
        raise BadParameter("it holds no notes")
    bars = min(MOST_BARS, Bars(read.tempo).count(read.notes))
    players = [player_of(track, alike) for track in read.tracks]
    by_track: dict[int, list[Note]] = {}
    for note in read.notes:
        by_track.setdefault(note.track, []).append(note)
    found = []
    for number, notes in sorted(by_track.items()):
        player = players[number]
        if player is not None:
            found.append(Track(player, _drawn(notes, player, read, shape, bars)))
    return found


def _drawn(notes: Sequence[Note], player: int, read: Midi, shape: BandShape, bars: int) -> Cells:
    own = [Note(each.start_s, each.end_s, each.pitch, each.velocity, player) for each in notes]
    steps = on_steps(own, read.tempo, Bars(read.tempo).origin, shape.steps_per_beat)
    return draw(steps, shape, bars)[..., player]


def windows(
    tracks: Sequence[Track], shape: BandShape, least: Mapping[int, Busy] = LEAST, players: int = PLAYERS
) -> Cells:
    """(windows, bars, steps, pitches, tracks): every window in which so many players play.

    Args:
        least: what a track must do to be a player's in a window.
    """
    bars = min((len(track.cells) for track in tracks), default=0)
    found = []
    for first in range(bars - shape.bars + 1):
        phrase = np.zeros(shape.planes, dtype=bool)
        for player in range(shape.tracks):
            parts = [track.cells[first : first + shape.bars] for track in tracks if track.player == player]
            best = busiest(parts, least[player])
            if best is not None:
                phrase[..., player] = best
        if int(phrase.any(axis=(0, 1, 2)).sum()) >= min(players, shape.tracks):
            found.append(phrase)
    return np.array(found, dtype=bool).reshape(-1, *shape.planes)


def busiest(parts: Sequence[Cells], least: Busy) -> Cells | None:
    """Of parts (bars, steps, pitches), the one with the most pitches and steps; None if none is busy enough."""
    best, most = None, -1
    for part in parts:
        busy = Busy(int(part.any(axis=(0, 1)).sum()), int(part.any(axis=2).sum()))
        if busy.pitches >= least.pitches and busy.steps >= least.steps and busy.pitches + busy.steps > most:
            best, most = part, busy.pitches + busy.steps
    return best


def some(count: int, rng: np.random.Generator) -> list[int]:
    """Which of a song's windows are kept: all of six, else a half, of many a third, of very many a quarter."""
    if count <= 6:
        return list(range(count))
    wanted = max(15, count // 4) if count > 15 else max(11, count // 3) if count > 11 else max(6, count // 2)
    return sorted(int(each) for each in rng.choice(count, size=min(count, wanted), replace=False))


def of_file(path: Path, shape: BandShape, least: Mapping[int, Busy] = LEAST, alike: bool = False) -> Cells:
    """The windows of a file that are kept; the same ones each time.

    Raises:
        UnreadableMidi, OtherMetre, BadParameter: it cannot be used; the message says why.
    """
    found = windows(tracks_of(midi.read(path), shape, alike), shape, least)
    if not len(found):
        raise BadParameter(f"no {shape.bars} bars in which {PLAYERS} players play")
    return found[some(len(found), rng_of(path.stem))]


def rng_of(name: str) -> np.random.Generator:
    """Chance that depends on a name alone."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def split_of(name: str) -> str:
    """Where a file belongs, by its name alone: 8 of 10 `train`, then `validation` and `test`."""
    return {8: "validation", 9: "test"}.get(zlib.crc32(name.encode()) % 10, "train")


def files(folder: Path) -> Iterator[Path]:
    """The MIDI files in a folder and all folders in it, in order.

    Raises:
        BadParameter: there are none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in MIDI_SUFFIXES and path.is_file())
    if not found:
        raise BadParameter(f"{folder} holds no MIDI files")
    yield from found
