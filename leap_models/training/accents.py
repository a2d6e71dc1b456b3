"""Learning how loud a band plays: drums from Groove's drummers, all else from the pianists of POP909."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from leap_models.families.musegan.accents import PLACES, Accents
from leap_models.families.musegan.phrase import StepNote, on_steps
from leap_models.music import midi
from leap_models.music.bars import Bars
from leap_models.music.notes import Note, Notes
from leap_models.music.players import BASS, DRUMS, GUITAR, INSTRUMENTS, PIANO, STRINGS, general_drum
from leap_models.music.tempo import TempoMap
from leap_models.training.pop909 import Song

SONGS = 40  # of POP909 that are listened to
FEWEST = 20  # strikes of a drum that has a row of its own
OWN_WEIGHT = 4.0  # of a place's own strikes, against the mean of all places


class Velocities:
    """Sums of velocities by place in the bar."""

    def __init__(self) -> None:
        self.sums, self.counts = np.zeros(PLACES), np.zeros(PLACES)

    def add(self, note: StepNote, velocity: int) -> None:
        """A note struck on a sixteenth."""
        self.sums[note.start % PLACES] += velocity
        self.counts[note.start % PLACES] += 1

    def row(self) -> tuple[float, ...]:
        """The mean of each place; rare places lean to the mean of all."""
        mean = self.sums.sum() / max(1.0, self.counts.sum())
        found = (self.sums + OWN_WEIGHT * mean) / (self.counts + OWN_WEIGHT)
        return tuple(round(float(each), 1) for each in found)


def learn(drummers: Sequence[Path], songs: Iterable[Song]) -> Accents:
    """The accents of all tracks. The melody is strings and guitar, the piano piano, its lowest notes the bass."""
    drums: dict[str, Velocities] = defaultdict(Velocities)
    tracks = [Velocities() for _ in INSTRUMENTS]
    for path in drummers:
        read = midi.read(path)
        for note, velocity in _on_sixteenths(read.notes, read.tempo):
            drums[str(general_drum(note.pitch))].add(note, velocity)
            tracks[DRUMS].add(note, velocity)
    for song in songs:
        beats = zip(song.beats_s.tolist(), range(len(song.beats_s)), strict=True)
        tempo = TempoMap(tuple((second, float(beat)) for second, beat in beats), song.beats_per_bar,
                         float(song.downbeats[0]))  # fmt: skip
        for note, velocity in _on_sixteenths(song.melody, tempo):
            tracks[STRINGS].add(note, velocity)
            tracks[GUITAR].add(note, velocity)
        for note, velocity in _on_sixteenths(song.piano, tempo):
            tracks[PIANO].add(note, velocity)
            if note.pitch < 48:
                tracks[BASS].add(note, velocity)
    known = {pitch: each.row() for pitch, each in sorted(drums.items()) if each.counts.sum() >= FEWEST}
    heard = any(each.counts.sum() for each in tracks)
    return Accents(tuple(each.row() for each in tracks) if heard else (), known)


def _on_sixteenths(notes: Notes, tempo: TempoMap) -> list[tuple[StepNote, int]]:
    origin = Bars(tempo).origin
    return [
        (on_steps([Note(each.start_s, each.end_s, each.pitch, each.velocity)], tempo, origin, PLACES // 4)[0],
         each.velocity)
        for each in notes
    ]  # fmt: skip
