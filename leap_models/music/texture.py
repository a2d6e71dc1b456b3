"""An arrangement taken apart: what lies around the tune, as columns on the beat."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from leap_models.music.notes import Notes
from leap_models.music.tempo import TempoMap
from leap_models.music.voices import CHORD_S, top_line

BASS_BELOW = 60  # a bass note lies below middle C
REST_BEATS = 4.0  # where the tune rests for longer, other notes take its place
NEAR_BEATS = 0.15  # a note so near to a beat is on it
SURE = 0.7  # of the weight of the best place: with more, bar lines stay where the tempo map has them

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """Notes as columns. Beats count from a bar line."""

    notes: Notes
    pitch: _Ints
    start: _Floats
    end: _Floats
    tune: _Floats  # pitch of the tune when the note is struck; where it rests, the last one
    sung: _Mask  # the tune sounds
    lead: _Mask  # notes that take the place of the resting tune


def half_bar(tempo: TempoMap) -> float:
    """How many beats lie between strong ones: two, or a bar of an odd number."""
    return 2.0 if tempo.beats_per_bar % 2 == 0 else float(tempo.beats_per_bar)


def on_the_bass(notes: Notes, tempo: TempoMap) -> TempoMap:
    """The tempo map with its strong beats where bass notes fall, should it have them elsewhere.

    Beat trackers and annotations are often a beat off; a bass moved by a beat would then sound against the tune.
    """
    bass = [note for note in notes if note.pitch < BASS_BELOW]
    if not bass:
        return tempo
    beats = tempo.beats_at([note.start_s for note in bass]) - tempo.downbeat
    places = np.round(beats)
    length_s = np.clip([note.end_s - note.start_s for note in bass], 0.0, 2.0)
    depth = BASS_BELOW + 1.0 - np.array([note.pitch for note in bass])
    weight = np.where(abs(beats - places) < NEAR_BEATS, length_s * depth, 0.0)
    period = int(half_bar(tempo))
    found = np.bincount(places.astype(np.int64) % period, weight, period)
    best = int(found.argmax())
    return tempo if found[0] >= SURE * found[best] else replace(tempo, downbeat=tempo.downbeat + best)


def take_apart(rest: Notes, tune: Notes, tempo: TempoMap) -> Part:
    """The rest of an arrangement, beside its tune.

    Args:
        rest: at least one note, sorted by time.
    """
    pitch = np.array([note.pitch for note in rest])
    start_s, end_s = np.array([(note.start_s, note.end_s) for note in rest]).T
    start, end = (tempo.beats_at(seconds) - tempo.downbeat for seconds in (start_s, end_s))
    free = np.flatnonzero(_rests(start_s, tune, tempo))
    top = set(top_line(tuple(rest[i] for i in free)))
    lead = np.zeros(len(rest), bool)
    lead[free] = [rest[i] in top and rest[i].pitch >= BASS_BELOW for i in free]
    line = sorted((*tune, *(rest[i] for i in np.flatnonzero(lead))))
    if not line:
        return Part(rest, pitch, start, end, pitch.astype(np.float64), lead, lead)
    begin_s, stop_s, sung = np.array([(note.start_s, note.end_s, note.pitch) for note in line]).T
    last = np.maximum(np.searchsorted(begin_s, start_s + CHORD_S, side="right") - 1, 0)
    sounds = (begin_s[last] <= start_s + CHORD_S) & (stop_s[last] > start_s + CHORD_S)
    return Part(rest, pitch, start, end, sung[last], sounds, lead)


def _rests(start_s: _Floats, tune: Notes, tempo: TempoMap) -> _Mask:
    """For each time, whether it lies in a long rest of the tune."""
    if not tune:
        return np.ones(len(start_s), bool)
    begin_s = np.array([note.start_s for note in tune])
    first, last = tempo.beats_at([start_s.min(), start_s.max()])
    begin, stop = tempo.beats_at(begin_s), tempo.beats_at([note.end_s for note in tune])
    rest_beats = np.append(begin, last) - np.append(first, stop)
    return np.asarray(rest_beats[np.searchsorted(begin_s, start_s + CHORD_S, side="right")] > REST_BEATS)
