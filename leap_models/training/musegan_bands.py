"""Songs of POP909 as five-track bands: MMA plays its chords, Groove's drummers or MMA's drum.

Everything lies on the song's own bars, however it was played: twelve steps a beat.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leap_models.errors import UserError
from leap_models.families.musegan.phrase import Cells, draw, on_steps
from leap_models.families.musegan.shape import BandShape
from leap_models.music.notes import Note, Notes
from leap_models.music.players import BASS, DRUMS, GUITAR, PIANO, STRINGS
from leap_models.music.tempo import TempoMap
from leap_models.training import mma, pop909
from leap_models.training.band import drum_bars, voicing
from leap_models.training.collect import LIVELY, Track, rng_of, some, tracks_of, windows
from leap_models.training.mma import NO_CHORD, NoBand, Style
from leap_models.training.pop909 import Song

PITCHED = (PIANO, GUITAR, STRINGS)
SECTIONS = (4, 8, 8, 16)  # bars with one groove
TRIES = 4  # styles, if one does not work
OWN_PIANO, OWN_DRUMS = 0.5, 0.5  # how often the pianist's own part, and a drummer, take MMA's place
_STRAIGHT = (0, 0, 3, 3, 4, 6, 6, 6, 8, 9, 9, 12)  # where each twelfth of a beat belongs
PAD = 55  # MIDI number above which held chords lie


@dataclass(frozen=True)
class Bandleader:
    """Makes bands.

    Args:
        data: folder with POP909 and pop909_cl.
        drummers: Groove MIDI files in 4/4.
    """

    data: Path
    styles: tuple[Style, ...]
    drummers: tuple[Path, ...]
    shape: BandShape = BandShape()

    def phrases(self, name: str, version: int) -> Cells:
        """The windows of a song's band that are kept; the same ones each time.

        Raises:
            UserError: the song cannot be used, or nothing plays it; the message says why.
        """
        song = pop909.load(self.data, name)
        if song.beats_per_bar != mma.BEATS:
            raise NoBand(f"song {name}: its metre must be 4/4, it has {song.beats_per_bar} beats a bar")
        rng = rng_of(f"pop909-{name}-{version}")
        found = windows(self.band(song, rng), self.shape, LIVELY)
        return found[some(len(found), rng)]

    def band(self, song: Song, rng: np.random.Generator) -> list[Track]:
        """Every player of one band; chance decides who plays the tune.

        Raises:
            NoBand: MMA plays none of the styles that chance chose.
        """
        chords = chords_of(song)
        accompaniment = self._accompaniment(chords, rng)
        parts = {player: [each for each in accompaniment if each.player == player] for player in range(5)}
        bars = len(chords)
        if rng.random() < OWN_DRUMS and self.drummers:
            parts[DRUMS] = [self._own(tuple(drum_bars(song, self.drummers, rng)), song, DRUMS, bars)]
        lead = int(rng.choice(PITCHED))
        parts[lead] = [self._own(song.melody, song, lead, bars)]
        if lead != PIANO and (not parts[PIANO] or rng.random() < OWN_PIANO):
            parts[PIANO] = [self._own(song.piano, song, PIANO, bars)]
        if not parts[GUITAR]:
            parts[GUITAR] = [self._own(song.bridge, song, GUITAR, bars)]
        if not parts[STRINGS]:
            parts[STRINGS] = [self._own(held(song), song, STRINGS, bars)]
        if not parts[BASS]:
            parts[BASS] = [self._own(roots(song), song, BASS, bars)]
        parts[DRUMS] = [replace(each, cells=straight(each.cells)) for each in parts[DRUMS]]
        return [replace(track, cells=_long(track.cells, bars)) for own in parts.values() for track in own]

    def _accompaniment(self, chords: Sequence[Sequence[str]], rng: np.random.Generator) -> list[Track]:
        for _ in range(TRIES):
            style = self.styles[int(rng.integers(len(self.styles)))]
            try:
                played = mma.play(mma.score(chords, grooves(style, len(chords), rng)))
                return tracks_of(played, self.shape, alike=True)
            except UserError as error:
                refused = error
        raise NoBand(str(refused)) from refused

    def _own(self, notes: Notes, song: Song, player: int, bars: int) -> Track:
        """A part of the song itself, on cells."""
        own = [replace(note, track=player) for note in notes]
        steps = on_steps(own, tempo_of(song), 0.0, self.shape.steps_per_beat)
        return Track(player, draw([each for each in steps if each.start >= 0], self.shape, bars)[..., player])


def tempo_of(song: Song) -> TempoMap:
    """The song's beats, counted from its first bar line."""
    anchors = zip(song.beats_s.tolist(), (np.arange(len(song.beats_s)) - song.downbeats[0]).tolist(), strict=True)
    return TempoMap(tuple((second, float(beat)) for second, beat in anchors), song.beats_per_bar)


def chords_of(song: Song) -> list[list[str]]:
    """For each bar from the first bar line to the song's last, MMA's name of the chord on each beat."""
    bars = max(1, int(np.searchsorted(song.beats_s[song.downbeats], song.duration_s)))
    named = [(chord, mma.chord_name(chord)) for chord in song.chords]

    def at(second: float) -> str:
        return next((name for chord, name in named if chord.start_s <= second < chord.end_s), NO_CHORD)

    middles = (song.beats_s[:-1] + song.beats_s[1:]) / 2
    first = int(song.downbeats[0])
    beats = [at(float(middle)) for middle in middles[first : first + bars * mma.BEATS]]
    return [beats[bar : bar + mma.BEATS] for bar in range(0, len(beats) - mma.BEATS + 1, mma.BEATS)]


def grooves(style: Style, bars: int, rng: np.random.Generator) -> list[str]:
    """A groove for each bar; they change every few bars."""
    found: list[str] = []
    while len(found) < bars:
        found += [str(rng.choice(style.grooves))] * int(rng.choice(SECTIONS))
    return found[:bars]


def held(song: Song) -> Notes:
    """Every chord as long as it lasts."""
    return tuple(Note(each.start_s, each.end_s, pitch, 70) for each in song.chords for pitch in voicing(each, PAD))


def roots(song: Song) -> Notes:
    """The bass note of every chord as long as it lasts."""
    return tuple(Note(each.start_s, each.end_s, 33 + (each.bass - 33) % 12, 80) for each in song.chords)


def straight(cells: Cells) -> Cells:
    """Drums (..., bars, steps, pitches) of four twelve-step beats a bar, on the nearest sixteenths and triplets.

    How early or late a drummer is, is no more than noise in twelfths of a beat.
    """
    bars = cells.reshape(-1, *cells.shape[-2:])
    beats = cells.shape[-2] // len(_STRAIGHT)
    found = np.zeros((len(bars) * cells.shape[-2] + 1, cells.shape[-1]), dtype=bool)
    steps = np.arange(len(found) - 1)
    places = steps // len(_STRAIGHT) * len(_STRAIGHT) + np.tile(_STRAIGHT, beats * len(bars))
    np.logical_or.at(found, places, bars.reshape(-1, cells.shape[-1]))
    return found[:-1].reshape(cells.shape)


def _long(cells: Cells, bars: int) -> Cells:
    """As many bars as the song has."""
    missing = max(0, bars - len(cells))
    return np.pad(cells[:bars], ((0, missing), (0, 0), (0, 0)))
