"""Notes as the networks of this family see them: 88 keys at 250 frames a second, and each strike at its exact time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from leap_models.music.notes import Note, Pedal

RATE = 250  # frames a second
LOWEST, KEYS = 21, 88  # MIDI number of the lowest key, and how many there are
LEAD_S = 1.0  # before the first frame: what the room and the strings still answer to
LEAD_FRAMES = round(LEAD_S * RATE)
HISTORY_S = 60.0  # a string that was struck earlier is silent
LINGER_S = 12.0  # a string that was let go earlier is silent
KEY, VELOCITY, ONSET, RELEASE = range(4)  # columns of `ScoreFrames.strikes`
_TOGETHER_S = 1.0 / RATE  # two strikes of one key within that are one
_TINY = 1e-6  # of a frame: what arithmetic with seconds may lose

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ScoreFrames:
    """A stretch of music.

    Args:
        onset: (frames, 88) float32: velocity 0..1 in the frame in which a key is struck, else 0.
        sounding: (frames, 88) float32: that velocity while the key or the pedal holds the string.
        pedal: (frames,) float32: 1 while the pedal is down.
        pedal_before: (LEAD_FRAMES,) float32: the same before the first frame.
        strikes: (count, 4) float64: key 0..87, velocity 0..1, and the seconds, from the first frame on, at which the
            string is struck and let go; also those from before that may still sound.
    """

    onset: Array
    sounding: Array
    pedal: Array
    pedal_before: Array
    strikes: npt.NDArray[np.float64]


def outside(notes: Iterable[Note]) -> int:
    """How many notes no piano has a key for; `score_frames` leaves them out."""
    return sum(not 0 <= note.pitch - LOWEST < KEYS for note in notes)


def score_frames(notes: Iterable[Note], pedals: Iterable[Pedal], start_s: float, frames: int) -> ScoreFrames:
    """The frames from a time on.

    Args:
        notes: of the whole piece, so that what began earlier still sounds.
        frames: how many.
    """
    end_s = start_s + frames / RATE
    near = [note for note in notes if start_s - HISTORY_S < note.start_s < end_s and 0 <= note.pitch - LOWEST < KEYS]
    down = sorted(pedal for pedal in pedals if pedal.end_s > start_s - HISTORY_S and pedal.start_s < end_s)
    rows = [row for key in sorted({note.pitch for note in near}) for row in _strikes_of(key, near, down)]
    strikes = np.array(rows, dtype=np.float64).reshape(-1, 4) - np.array([0.0, 0.0, start_s, start_s])
    strikes = strikes[strikes[:, RELEASE] > -LINGER_S]
    onset, sounding = _planes(strikes, frames)
    held = _held(down, start_s - LEAD_S, LEAD_FRAMES + frames)
    return ScoreFrames(onset, sounding, held[LEAD_FRAMES:], held[:LEAD_FRAMES], strikes)


def as_tensors(scores: Sequence[ScoreFrames]) -> dict[str, Tensor]:
    """Stretches of one length as a batch: each field by its name, batch first; velocity 0 fills `strikes` up."""
    most = max(1, *(len(score.strikes) for score in scores))
    strikes = np.zeros((len(scores), most, 4))
    for row, score in zip(strikes, scores, strict=True):
        row[: len(score.strikes)] = score.strikes
    planes = {
        name: torch.from_numpy(np.stack([getattr(score, name) for score in scores]))
        for name in ("onset", "sounding", "pedal", "pedal_before")
    }
    return {**planes, "strikes": torch.from_numpy(strikes)}


def resampled(onset: Tensor, frames: int) -> Tensor:
    """Onsets (batch, given, 88) on another number of frames: every one is kept, and moved by a frame at most."""
    given = onset.shape[1]
    batch, frame, key = onset.nonzero(as_tuple=True)  # sorted by frame within an item
    place = frame * frames // given
    moved = onset.new_zeros(onset.shape[0], frames, onset.shape[2])
    if frames < given:  # only then may two fall together
        last: dict[tuple[int, int], int] = {}
        places = []
        for item, early, which in zip(batch.tolist(), place.tolist(), key.tolist(), strict=True):
            last[item, which] = min(max(early, last.get((item, which), -1) + 1), frames - 1)
            places.append(last[item, which])
        place = torch.tensor(places, dtype=torch.long, device=onset.device)
    moved[batch, place, key] = onset[batch, frame, key]
    return moved


def _strikes_of(pitch: int, notes: Sequence[Note], pedals: Sequence[Pedal]) -> list[tuple[float, float, float, float]]:
    """One string's strikes in order: key, velocity, when it is struck, when let go or struck again."""
    found: list[tuple[float, float, float, float]] = []
    for note in sorted(note for note in notes if note.pitch == pitch):
        velocity, free_s = note.velocity / 127.0, _free_s(note.end_s, pedals)
        if found and note.start_s - found[-1][ONSET] < _TOGETHER_S:
            _key, loudest, onset_s, end_s = found.pop()
            velocity, free_s = max(velocity, loudest), max(free_s, end_s)
        else:
            onset_s = note.start_s
        found.append((pitch - LOWEST, velocity, onset_s, max(free_s, onset_s + _TOGETHER_S)))
    ends = [min(early[RELEASE], late[ONSET]) for early, late in pairwise(found)]
    ends.append(found[-1][RELEASE])
    return [(key, loud, onset_s, end_s) for (key, loud, onset_s, _held), end_s in zip(found, ends, strict=True)]


def _free_s(end_s: float, pedals: Sequence[Pedal]) -> float:
    """When the damper falls on a string whose key comes up at a time."""
    return max([end_s, *(pedal.end_s for pedal in pedals if pedal.start_s <= end_s < pedal.end_s)])


def _planes(strikes: npt.NDArray[np.float64], frames: int) -> tuple[Array, Array]:
    onset, sounding = np.zeros((frames, KEYS), np.float32), np.zeros((frames, KEYS), np.float32)
    for key, velocity, onset_s, release_s in strikes:
        first, last = int(np.floor(onset_s * RATE + _TINY)), int(np.ceil(release_s * RATE - _TINY))
        if 0 <= first < frames:
            onset[first, int(key)] = max(onset[first, int(key)], velocity)
        sounding[max(first, 0) : max(last, 0), int(key)] = velocity
    return onset, sounding


def _held(pedals: Sequence[Pedal], start_s: float, frames: int) -> Array:
    held = np.zeros(frames, np.float32)
    for pedal in pedals:
        first, last = (round((time_s - start_s) * RATE) for time_s in (pedal.start_s, pedal.end_s))
        held[max(first, 0) : max(last, 0)] = 1.0
    return held
