"""What happens on the rows of a roll: where notes are struck, rise and fall."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

REACH_FRAMES = 2  # how far a network smears an onset to each side
LOOKAHEAD_FRAMES = 2 * REACH_FRAMES  # what must be known on both sides of a frame to decide on it


class Kind(IntEnum):
    """In the order in which events count within one frame."""

    FALL = 0  # sounding falls below `off`
    STRIKE = 1  # an onset peaks
    RISE = 2  # sounding rises through `on`, and no onset peaks now or soon


class Event(NamedTuple):
    """One thing that happens; sorts by time."""

    frame: int
    row: int  # track * 128 + pitch
    kind: Kind


def find_events(
    sounding: npt.NDArray[np.float32], onset: npt.NDArray[np.float32], on: float, off: float
) -> list[Event]:
    """Everything that happens in two planes (tracks, 128, LOOKAHEAD + frames + LOOKAHEAD), sorted; frames from 0.

    An onset peaks where it is at least `on`, no frame within REACH_FRAMES is higher, and the note is heard (`off`)
    within as many frames. Of equal neighbours the first is the peak.
    """
    width = sounding.shape[-1]
    sounding, onset = sounding.reshape(-1, width), onset.reshape(-1, width)
    count = width - 2 * LOOKAHEAD_FRAMES

    def at(plane: npt.NDArray[np.float32], step: int) -> npt.NDArray[np.float32]:
        """The plane as seen `step` frames later, for the frames asked about and REACH_FRAMES more."""
        return plane[:, LOOKAHEAD_FRAMES + step : LOOKAHEAD_FRAMES + step + count + REACH_FRAMES]

    strike = at(onset, 0) >= on
    for step in range(1, REACH_FRAMES + 1):
        strike &= (at(onset, 0) > at(onset, -step)) & (at(onset, 0) >= at(onset, step))
    strike &= np.logical_or.reduce([at(sounding, step) >= off for step in range(REACH_FRAMES + 1)])
    fall = (at(sounding, 0) < off) & (at(sounding, -1) >= off)
    rise = (at(sounding, 0) >= on) & (at(sounding, -1) < on)
    for step in range(REACH_FRAMES + 1):  # the peak that is about to come is the better time
        rise[:, :count] &= ~strike[:, step : step + count]
    found = []
    for kind, mask in ((Kind.FALL, fall), (Kind.STRIKE, strike), (Kind.RISE, rise)):
        rows, frames = np.nonzero(mask[:, :count])
        found += [Event(frame, row, kind) for frame, row in zip(frames.tolist(), rows.tolist(), strict=True)]
    return sorted(found)
