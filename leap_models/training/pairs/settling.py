"""The last tenths of a second of a warp: onsets of the cover moved onto the song's, together with those around them."""

import numpy as np
import numpy.typing as npt

from leap_models.families.leap.conditioner import RATE
from leap_models.music.notes import Notes
from leap_models.training.pairs.stretch import STEP_S, Stretch

Floats = npt.NDArray[np.float64]

REACH_FRAMES = 12  # by which a warp may be wrong: 0.24 s, less than half a beat, where onsets meet again
WIDTH_S = 0.8  # of the Gaussian under which onsets are looked at together
CHANGE = 0.15  # what a change of the correction by a frame within STEP_S costs, in onsets that meet
LATE_FRAMES = 0.7  # by which the network hears a note after it begins; measured on rendered songs


def settled(onsets: Floats, notes: Notes, stretch: Stretch) -> Stretch:
    """The stretch with the corrections that let most onsets meet, changing as little as may be.

    Args:
        onsets: (12, frames) of the song; see `listening.Song`.
        notes: of the cover, in the song's key.
    """
    meeting = _meeting(onsets, notes, stretch)
    if not meeting.any():
        return stretch
    places = _path(_blurred(meeting, WIDTH_S / STEP_S))
    frames = _blurred(places[:, None].astype(np.float64), WIDTH_S / 2 / STEP_S)[:, 0]
    lag_s = (frames - REACH_FRAMES - LATE_FRAMES) / RATE
    song_s = np.maximum.accumulate(stretch.song_s + lag_s + 1e-6 * np.arange(len(lag_s)))
    inside = (song_s >= 0.0) & (song_s <= onsets.shape[1] / RATE)
    return Stretch(stretch.piano_s[inside], song_s[inside])


def _meeting(onsets: Floats, notes: Notes, stretch: Stretch) -> Floats:
    """(points, corrections): how surely onsets meet, for each point of the stretch and each correction."""
    found = np.zeros((len(stretch.piano_s), 2 * REACH_FRAMES + 1))
    soft = np.pad(onsets, ((0, 0), (1, 1)))
    soft = np.maximum(soft[:, 1:-1], 0.5 * np.maximum(soft[:, :-2], soft[:, 2:]))
    soft = np.pad(soft, ((0, 0), (REACH_FRAMES, REACH_FRAMES + 1)))
    inside = [note for note in notes if stretch.holds(note.start_s)]
    for note in inside:
        point = min(int((note.start_s - stretch.piano_s[0]) / STEP_S), len(found) - 1)
        frame = round(float(np.interp(note.start_s, stretch.piano_s, stretch.song_s)) * RATE)
        if 0 <= frame < onsets.shape[1]:
            found[point] += soft[note.pitch % 12, frame : frame + 2 * REACH_FRAMES + 1]
    return found


def _blurred(rows: Floats, width: float) -> Floats:
    """Every column under a Gaussian; at the ends it is that of what there is."""
    half = np.arange(-round(3 * width), round(3 * width) + 1)
    kernel = np.exp(-0.5 * (half / width) ** 2)
    there = np.convolve(np.ones(len(rows)), kernel)[len(half) // 2 :][: len(rows)]
    columns = [np.convolve(column, kernel)[len(half) // 2 :][: len(rows)] / there for column in rows.T]
    return np.stack(columns, axis=1)


def _path(meeting: Floats) -> npt.NDArray[np.int64]:
    """(points,) the corrections of the most onsets, less what their changes cost."""
    count, lags = meeting.shape
    cost = CHANGE * meeting.max() * np.abs(np.arange(lags)[:, None] - np.arange(lags))
    best = meeting[0]
    origins = np.zeros((count, lags), np.int64)
    for point in range(1, count):
        arriving = best[:, None] - cost
        origins[point] = arriving.argmax(axis=0)
        best = arriving.max(axis=0) + meeting[point]
    path = np.zeros(count, np.int64)
    path[-1] = best.argmax()
    for point in range(count - 1, 0, -1):
        path[point - 1] = origins[point, path[point]]
    return path
