"""The five players of a band, who of a MIDI file is which of them, and what channels they play on."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from leap_models.errors import BadParameter
from leap_models.music.midi import Midi
from leap_models.music.notes import DRUM_CHANNEL, Note, Notes, TrackInfo

INSTRUMENTS = (  # volumes: by the loudness of each alone with three SoundFonts, drums are soft and bass is loud
    TrackInfo("Drums", 0, is_drum=True, volume=127), TrackInfo("Piano", 0), TrackInfo("Guitar", 25, volume=96),
    TrackInfo("Bass", 33, volume=84), TrackInfo("Strings", 48, volume=80),
)  # fmt: skip
NAMES = tuple(each.name.lower() for each in INSTRUMENTS)
DRUMS, PIANO, GUITAR, BASS, STRINGS = range(5)
_PROGRAMS = {  # General MIDI, from 0
    PIANO: (*range(0, 8), *range(16, 24)), GUITAR: range(24, 32), BASS: range(32, 40), STRINGS: range(40, 52),
}  # fmt: skip
_ALIKE = {  # what else may take a player's place
    PIANO: range(8, 16), GUITAR: (*range(80, 88), *range(104, 112)), STRINGS: (*range(52, 80), *range(88, 104)),
}  # fmt: skip
GM_DRUMS = range(35, 82)
MOVED_S = 0.1  # further than onto the nearest step of a band no onset is moved
# Drums that General MIDI does not have, as Roland's kits number them, and their likes.
_KIT = {22: 42, 26: 46, 27: 39, 28: 39, 31: 37, 33: 37, 34: 37}


def player_of(track: TrackInfo, alike: bool = False) -> int | None:
    """The player whose part a track is; None: nobody's.

    Args:
        alike: an instrument that is no player's own counts for the one that it resembles.
    """
    if track.is_drum:
        return DRUMS
    for player, programs in _PROGRAMS.items():
        if track.program in programs:
            return player
    return next((player for player, programs in _ALIKE.items() if alike and track.program in programs), None)


def general_drum(pitch: int) -> int:
    """A drum as General MIDI numbers it, or the one nearest to it."""
    return min(max(_KIT.get(pitch, pitch), GM_DRUMS[0]), GM_DRUMS[-1])


def channels(instruments: Sequence[TrackInfo]) -> tuple[int, ...]:
    """The MIDI channel, from 0, of each: drums on General MIDI's, the others on the rest in order."""
    free = iter(each for each in range(16) if each != DRUM_CHANNEL)
    return tuple(DRUM_CHANNEL if each.is_drum else next(free) for each in instruments)


def part_of(read: Midi, player: str) -> Notes:
    """What a player plays in a MIDI file, as that player's track; of a file with a single part, that part.

    Raises:
        BadParameter: that player does not play in it; the message says who does.
    """
    number, found = NAMES.index(player), [player_of(track) for track in read.tracks]
    playing = {note.track for note in read.notes}
    wanted = {track for track in playing if found[track] == number}
    if not wanted and len(playing) == 1:
        wanted = playing
    if not wanted:
        there = sorted({NAMES[each] for track in playing if (each := found[track]) is not None}) or ["nobody known"]
        raise BadParameter(f"track must be one that plays in the file, got {player}; there: {', '.join(there)}")
    return tuple(sorted(replace(note, track=number) for note in read.notes if note.track in wanted))


class Everyone:
    """Players who can play whatever is asked: what a `Player` is to a piano.

    Args:
        given: a part that is accompanied. It comes out exactly as it is, whatever else is played on its track as long
            as it lasts.
    """

    def __init__(self, given: Notes = ()) -> None:
        self.until_s = float("-inf")
        self._given = given
        self._last_s: dict[int, float] = {}  # the last onset of a given track
        for note in given:
            self._last_s[note.track] = max(note.start_s, self._last_s.get(note.track, note.start_s))

    def push(self, notes: Iterable[Note], until_s: float) -> Notes:
        """All of them, at once, with what is given until then."""
        before, self.until_s = self.until_s, max(self.until_s, until_s)
        given = [note for note in self._given if before <= note.start_s < self.until_s]
        return tuple(sorted([*given, *(note for note in notes if self._is_free(note))]))

    def finish(self) -> Notes:
        """The rest of what is given."""
        return self.push((), float("inf"))

    def _is_free(self, note: Note) -> bool:
        """Whether a note lies behind what is given on its track, however it was moved onto a step."""
        return note.start_s > self._last_s.get(note.track, float("-inf")) + MOVED_S
