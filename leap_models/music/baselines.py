"""Arrangements that need no training: what any model must beat.

Chords are found by comparing each beat's chroma with the major and minor triads, and kept where changing them would say
little; they are played as a bass note and close triads.
"""

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter
from leap_models.music.notes import LEFT, RIGHT, Note, Notes
from leap_models.music.playability import make_playable
from leap_models.music.tempo import TempoMap

LOWEST_BASS = 36  # C2; bass notes lie in the octave above
CHORDS_AROUND = 62  # MIDI number near which the first triad lies
HIGHEST_CHORD = 72
HARDEST = 5.0  # the level at which nothing but the impossible is left out
QUIET = 0.1  # of the median beat's energy: what is quieter has no chord
CHANGE, CHANGE_OFF_BAR = 0.15, 0.35  # of cosine: what a new chord must gain at the start of a half bar, and elsewhere
BASS_VELOCITY, CHORD_VELOCITY, TOP_VELOCITY = 72, 60, 92
SHORTEST_TOP_S, GAP_S = 0.08, 0.06  # of the tune: shorter notes are dropped, shorter gaps are closed

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]

_THIRDS = (4, 3)  # semitones of a major and a minor third
TRIADS = tuple(tuple((root + step) % 12 for step in (0, third, 7)) for third in _THIRDS for root in range(12))
NO_CHORD = -1


def silence() -> Notes:
    """No notes at all."""
    return ()


def arrange_chords(
    chroma: npt.ArrayLike, frame_rate: float, tempo: TempoMap, top: npt.ArrayLike | None = None
) -> Notes:
    """A bass note every half bar, a triad every beat, and the tune if it is given, within reach of two hands.

    Args:
        chroma: (12, frames), at least 0, of the recording.
        frame_rate: frames per second.
        tempo: its beats; they decide when chords may change.
        top: (frames,) MIDI number of the tune in each frame, NaN where it rests.

    Raises:
        BadParameter: arrays of other shapes, or a frame rate that is not positive.
    """
    heard = np.asarray(chroma, np.float64)
    if heard.ndim != 2 or heard.shape[0] != 12 or not frame_rate > 0.0:
        raise BadParameter(f"a chroma must be (12, frames) at a positive rate, got {heard.shape} at {frame_rate}")
    tune = np.full(heard.shape[1], np.nan) if top is None else np.asarray(top, np.float64)
    if tune.shape != heard.shape[1:]:
        raise BadParameter(f"the tune must have one pitch for each of {heard.shape[1]} frames, got {tune.shape}")
    if not heard.shape[1]:
        return silence()
    beats = _beats(tempo, heard.shape[1] / frame_rate)
    edges_s = np.clip(tempo.seconds_at(beats), 0.0, heard.shape[1] / frame_rate)
    half_bars = (beats[:-1] - round(tempo.downbeat)) % _half_bar(tempo) == 0
    chords = find_chords(_by_beat(heard, frame_rate, edges_s), half_bars)
    notes = _accompaniment(chords, half_bars, edges_s) + _tune_notes(tune, frame_rate)
    return make_playable(notes, HARDEST)


def find_chords(chroma: _Floats, may_change: npt.NDArray[np.bool_]) -> _Ints:
    """The triad of each beat, as an index of `TRIADS`, or `NO_CHORD` where it is quiet.

    Args:
        chroma: (12, beats).
        may_change: (beats,) where a chord is expected to begin.
    """
    energy = np.linalg.norm(chroma, axis=0)
    quiet = energy <= QUIET * np.median(energy[energy > 0.0]) if energy.any() else np.ones(len(energy), bool)
    templates = np.zeros((len(TRIADS), 12))
    for row, triad in enumerate(TRIADS):
        templates[row, list(triad)] = 1.0 / np.sqrt(3.0)
    fit = templates @ (chroma / np.where(energy > 0.0, energy, 1.0))  # (triads, beats)
    return np.where(quiet, NO_CHORD, _best_path(fit, np.where(may_change, CHANGE, CHANGE_OFF_BAR)))


def _best_path(fit: _Floats, change_cost: _Floats) -> _Ints:
    """The sequence of states of the highest total fit, less the cost of each change. (states, beats) -> (beats,)"""
    total = fit[:, 0].copy()
    came_from = np.zeros(fit.shape, np.int64)
    for beat in range(1, fit.shape[1]):
        best = int(total.argmax())
        changes = total[best] - change_cost[beat] > total
        came_from[:, beat] = np.where(changes, best, np.arange(len(total)))
        total = np.where(changes, total[best] - change_cost[beat], total) + fit[:, beat]
    path = np.zeros(fit.shape[1], np.int64)
    path[-1] = total.argmax()
    for beat in range(fit.shape[1] - 1, 0, -1):
        path[beat - 1] = came_from[path[beat], beat]
    return path


def _beats(tempo: TempoMap, duration_s: float) -> _Floats:
    """Whole beats from the last one at or before 0 s to the first at or after the end."""
    first, last = np.floor(tempo.beat_at(0.0) + 1e-6), np.ceil(tempo.beat_at(duration_s) - 1e-6)
    return np.arange(first, max(last, first + 1.0) + 1.0)


def _half_bar(tempo: TempoMap) -> int:
    """How many beats a bass note lasts: half a bar if it can be halved, else a bar."""
    return tempo.beats_per_bar // 2 if tempo.beats_per_bar % 2 == 0 else tempo.beats_per_bar


def _by_beat(chroma: _Floats, frame_rate: float, edges_s: _Floats) -> _Floats:
    """The mean chroma of each beat; of one shorter than a frame, that frame's."""
    edges = np.clip(np.round(edges_s * frame_rate).astype(np.int64), 0, chroma.shape[1])
    total = np.concatenate([np.zeros((12, 1)), np.cumsum(chroma, axis=1)], axis=1)
    count = np.maximum(1, np.diff(edges))
    return np.asarray((total[:, edges[1:]] - total[:, edges[:-1]]) / count)


def _accompaniment(chords: _Ints, half_bars: npt.NDArray[np.bool_], edges_s: _Floats) -> list[Note]:
    played: list[Note] = []
    voicing: tuple[int, ...] = (CHORDS_AROUND,)
    for beat, chord in enumerate(chords.tolist()):
        if chord == NO_CHORD or edges_s[beat + 1] <= edges_s[beat]:
            continue
        start_s, end_s = float(edges_s[beat]), float(edges_s[beat + 1])
        if beat == 0 or half_bars[beat] or chords[beat - 1] != chord:
            until_s = float(edges_s[_bass_end(chords, half_bars, beat)])
            bass = LOWEST_BASS + (TRIADS[chord][0] - LOWEST_BASS) % 12
            played.append(Note(start_s, until_s, bass, BASS_VELOCITY, LEFT))
        voicing = _voicing(TRIADS[chord], voicing)
        played += [Note(start_s, end_s, pitch, CHORD_VELOCITY, RIGHT) for pitch in voicing]
    return played


def _bass_end(chords: _Ints, half_bars: npt.NDArray[np.bool_], beat: int) -> int:
    """The beat at which the bass note of `beat` is let go: the next half bar, or where the chord changes."""
    end = beat + 1
    while end < len(chords) and not half_bars[end] and chords[end] == chords[beat]:
        end += 1
    return end


def _voicing(triad: tuple[int, ...], before: tuple[int, ...]) -> tuple[int, ...]:
    """The close position of a triad that lies nearest to the one before."""
    middle = sum(before) / len(before)
    inversions = []
    for turn in range(3):
        low = triad[turn]
        steps = sorted((pitch - low) % 12 for pitch in triad)
        inversions += [tuple(low + octave + step for step in steps) for octave in (36, 48, 60)]
    fitting = [keys for keys in inversions if keys[-1] <= HIGHEST_CHORD and keys[0] >= LOWEST_BASS + 12]
    return min(fitting, key=lambda keys: abs(sum(keys) / 3.0 - middle) + 0.2 * abs(sum(keys) / 3.0 - CHORDS_AROUND))


def _tune_notes(tune: _Floats, frame_rate: float) -> list[Note]:
    """Runs of one rounded pitch, short gaps closed and short notes dropped."""
    runs: list[tuple[int, int, int]] = []  # pitch, first frame, end frame
    for frame, pitch in enumerate(np.where(np.isnan(tune), -1, np.round(tune)).astype(np.int64).tolist()):
        if pitch < 0:
            continue
        if runs and runs[-1][0] == pitch and frame - runs[-1][2] <= GAP_S * frame_rate:
            runs[-1] = (pitch, runs[-1][1], frame + 1)
        else:
            runs.append((pitch, frame, frame + 1))
    return [
        Note(first / frame_rate, end / frame_rate, min(pitch, 127), TOP_VELOCITY, RIGHT)
        for pitch, first, end in runs
        if end - first >= SHORTEST_TOP_S * frame_rate
    ]
