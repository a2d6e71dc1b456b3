"""How good an arrangement is: does it carry the tune, the harmony and the beat, and does it hold together?

Conventions: times in seconds; pitches are MIDI numbers, with fractions where they were sung and NaN where nobody sings;
pitch classes 0..11 with C = 0; a chroma is (12, frames). Shares are 0..1. What cannot be judged, for want of a tune, of
chords or of notes, gets 0.

Metrics:
    melody_accuracy: the top line against the true tune, octaves forgiven or not (mir_eval).
    melody_recall: how much of the true tune sounds anywhere.
    harmony_share: how much of what sounds belongs to the true chord.
    onset_f1: notes found, by pitch and onset (mir_eval).
    grid_share, rgc: onsets on the beat's grid; intervals that are multiples of one.
    chroma_similarity: the sound of the notes against the sound of the song.
    seams: whether one hears where windows were joined.
    spearman: whether one thing rises with another.
"""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter, MissingDependency
from leap_models.music.notes import Notes
from leap_models.music.seams import Seams, seams
from leap_models.music.sounding import cosine, note_chroma, sounding_classes, top_pitch

__all__ = [
    "ChordSpan", "MelodyAccuracy", "Seams", "chroma_similarity", "grid_share", "harmony_share", "melody_accuracy",
    "melody_chroma_accuracy", "melody_recall", "note_chroma", "onset_f1", "rgc", "seams", "spearman", "top_pitch",
]  # fmt: skip

SHORTEST_UNIT_S = 0.010  # an interval that others might be multiples of
COMMON = 8  # how many of the commonest intervals are looked at
INTERVAL_S = 1e-4  # intervals are rounded to this

_Floats = npt.NDArray[np.float64]


class ChordSpan(Protocol):
    """The pitch classes that belong to a stretch of time."""

    @property
    def start_s(self) -> float:
        """Where it begins."""

    @property
    def end_s(self) -> float:
        """Where it ends."""

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """What belongs to it, 0..11."""


@dataclass(frozen=True)
class MelodyAccuracy:
    """Shares of the sung frames in which the top line is within 50 cents of the tune.

    Args:
        chroma: in any octave (MCA).
        pitch: in the tune's own octave (MPA).
    """

    chroma: float
    pitch: float


def melody_accuracy(times_s: npt.ArrayLike, pitches: npt.ArrayLike, notes: Notes) -> MelodyAccuracy:
    """The top line of the notes, sampled at the times of the true tune, against it.

    Args:
        times_s: (frames,) rising; of the tune, so that music that ends early loses the rest.
        pitches: (frames,) of the tune, NaN where it rests.

    Raises:
        BadParameter: times and pitches differ in shape.
        MissingDependency: mir_eval is not installed.
    """
    frames_s, truth = _tune(times_s, pitches)
    top = top_pitch(frames_s, notes)
    if np.isnan(truth).all() or np.isnan(top).all():
        return MelodyAccuracy(0.0, 0.0)
    judge = _mir_eval("melody")
    sung, found = _hertz(truth), _hertz(top)
    aligned = judge.to_cent_voicing(frames_s, sung, frames_s, found)
    return MelodyAccuracy(float(judge.raw_chroma_accuracy(*aligned)), float(judge.raw_pitch_accuracy(*aligned)))


def melody_chroma_accuracy(times_s: npt.ArrayLike, pitches: npt.ArrayLike, notes: Notes) -> float:
    """MCA: the `chroma` of `melody_accuracy`."""
    return melody_accuracy(times_s, pitches, notes).chroma


def melody_recall(times_s: npt.ArrayLike, pitches: npt.ArrayLike, notes: Notes) -> float:
    """The share of the sung frames in which the tune's pitch class sounds, in whichever voice.

    Raises:
        BadParameter: times and pitches differ in shape.
    """
    frames_s, truth = _tune(times_s, pitches)
    sung = ~np.isnan(truth)
    if not sung.any():
        return 0.0
    wanted = np.round(truth[sung]).astype(np.int64) % 12
    return float(sounding_classes(frames_s[sung], notes)[wanted, np.arange(len(wanted))].mean())


def harmony_share(notes: Notes, chords: Sequence[ChordSpan]) -> float:
    """Of the seconds that notes sound during chords, the share of those whose pitch class belongs to the chord."""
    if not notes or not chords:
        return 0.0
    start_s, end_s = (np.array([getattr(note, side) for note in notes])[:, None] for side in ("start_s", "end_s"))
    from_s, to_s = (np.array([getattr(chord, side) for chord in chords]) for side in ("start_s", "end_s"))
    together_s = np.clip(np.minimum(end_s, to_s) - np.maximum(start_s, from_s), 0.0, None)  # (notes, chords)
    belongs = np.array([[pitch_class in chord.pitch_classes for chord in chords] for pitch_class in range(12)])
    mine = belongs[np.array([note.pitch for note in notes]) % 12]
    return float((together_s * mine).sum() / together_s.sum()) if together_s.any() else 0.0


def onset_f1(reference: Notes, estimate: Notes, tolerance_s: float = 0.05) -> float:
    """F-measure of notes: of one pitch, and struck within the tolerance. Two silences agree: 1.

    Raises:
        MissingDependency: mir_eval is not installed.
    """
    if not reference or not estimate:
        return 1.0 if not reference and not estimate else 0.0
    judge = _mir_eval("transcription")
    columns = []
    for notes in (reference, estimate):
        columns += [
            np.array([(note.start_s, max(note.end_s, note.start_s + 1e-3)) for note in notes]),
            _hertz(np.array([float(note.pitch) for note in notes])),
        ]
    scores = judge.precision_recall_f1_overlap(*columns, onset_tolerance=tolerance_s, offset_ratio=None)
    return float(scores[2])


def grid_share(
    onsets_s: npt.ArrayLike, beats_s: npt.ArrayLike, tolerance_s: float = 0.040, steps_per_beat: int = 4
) -> float:
    """The share of onsets within the tolerance of a step; the first and last tempo go on beyond the beats.

    Raises:
        BadParameter: fewer than two beats.
    """
    onsets, beats = np.asarray(onsets_s, np.float64), np.asarray(beats_s, np.float64)
    if len(beats) < 2:
        raise BadParameter(f"a grid needs at least two beats, got {len(beats)}")
    if not len(onsets):
        return 0.0
    piece = np.clip(np.searchsorted(beats, onsets, side="right") - 1, 0, len(beats) - 2)
    step_s = (beats[piece + 1] - beats[piece]) / steps_per_beat
    off = (onsets - beats[piece]) / step_s
    return float((abs(off - np.round(off)) * step_s <= tolerance_s + 1e-9).mean())


def rgc(notes: Notes) -> float:
    """Rhythmic grid coherence: how far the commonest intervals between onsets are from multiples of one of them.

    0 is a perfect grid, 0.5 the worst.

    Source: Etude, arXiv 2509.16522.
    """
    onsets_s = np.unique([note.start_s for note in notes])
    intervals, counts = np.unique(np.round(np.diff(onsets_s) / INTERVAL_S).astype(np.int64), return_counts=True)
    intervals, counts = intervals[intervals > 0], counts[intervals > 0]
    common = intervals[np.lexsort((intervals, -counts))[:COMMON]] * INTERVAL_S
    units = common[common >= SHORTEST_UNIT_S - 1e-9]
    if not len(units):
        return 0.0
    ratios = common / units[:, None]  # (units, intervals)
    return float(abs(ratios - np.round(ratios)).mean(axis=1).min())


def chroma_similarity(music: Notes | npt.NDArray[np.floating], song: npt.ArrayLike, frame_rate: float) -> float:
    """The mean cosine, over the frames in which the song sounds, of two chromas; a silent frame of the music counts 0.

    Args:
        music: notes, or their chroma.
        song: (12, frames) of the recording.

    Raises:
        BadParameter: a chroma of another shape.
    """
    heard = np.asarray(song, np.float64)
    played = note_chroma(music, frame_rate, heard.shape[-1]) if isinstance(music, tuple) else np.asarray(music, float)
    if heard.ndim != 2 or heard.shape[0] != 12 or played.shape != heard.shape:
        raise BadParameter(f"chromas must be of one shape (12, frames), got {played.shape} and {heard.shape}")
    sounds = heard.any(axis=0)
    return float(cosine(played[:, sounds], heard[:, sounds]).mean()) if sounds.any() else 0.0


def spearman(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Rank correlation, -1..1; 0 where one of them does not change.

    Raises:
        BadParameter: they differ in length.
    """
    from scipy.stats import rankdata

    ranks = [rankdata(np.asarray(values, np.float64)) for values in (one, other)]
    if len(ranks[0]) != len(ranks[1]):
        raise BadParameter(f"both must have the same length, got {len(ranks[0])} and {len(ranks[1])}")
    first, second = (rank - rank.mean() if len(rank) else rank for rank in ranks)
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / size) if size else 0.0


def _tune(times_s: npt.ArrayLike, pitches: npt.ArrayLike) -> tuple[_Floats, _Floats]:
    frames_s, truth = np.asarray(times_s, np.float64), np.asarray(pitches, np.float64)
    if frames_s.ndim != 1 or frames_s.shape != truth.shape:
        raise BadParameter(f"times and pitches must be of one shape (frames,), got {frames_s.shape} and {truth.shape}")
    return frames_s, truth


def _hertz(pitches: _Floats) -> _Floats:
    """Frequencies; NaN becomes 0, as mir_eval writes silence."""
    return np.nan_to_num(440.0 * 2.0 ** ((pitches - 69.0) / 12.0), nan=0.0)


def _mir_eval(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"mir_eval.{name}")
    except ImportError as error:
        raise MissingDependency("this metric needs mir_eval: pip install 'leap-bridge[train]'") from error
