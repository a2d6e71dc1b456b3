"""Where a warp can be believed: where onsets of the cover and of the song meet more often than by chance.

What lies between places that can be believed is led on from them and settled again; what still meets nothing then is
left out, for there the song has not got what the cover plays, or nobody can tell where.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from leap_models.families.leap.conditioner import RATE
from leap_models.music.notes import Notes
from leap_models.training.pairs.lines import through
from leap_models.training.pairs.settling import settled
from leap_models.training.pairs.stretch import STEP_S, Stretch

Floats = npt.NDArray[np.float64]

MEETING_FRAMES = 2  # to each side: 40 ms
ELSEWHERE_S = (-5.3, -2.9, -1.7, 1.3, 2.3, 4.1)  # where onsets meet by chance
WIDTH_S = 0.8  # of the Gaussian under which meetings are counted
DOUBT = 2.0  # onsets: so few would not be believed if all of them met
BELIEVED, CERTAIN = 0.3, 0.6  # of those that can meet, the share that makes a place count at all, and in full
LED_S = 2.5  # of the Gaussian of the places that lead over one that cannot be believed
ROUNDS = 3  # of leading and settling
LEAST = 0.7  # of what is usual in a pair: places below are left out
GAP_S = 2.0  # a place so short between others is led over in a straight line


def mended(onsets: Floats, notes: Notes, stretch: Stretch) -> Stretch:
    """The stretch settled, with what cannot be believed led on from what can.

    Args:
        onsets: (12, frames) of the song; see `listening.Song`.
        notes: of the cover, in the song's key.
    """
    stretch = settled(onsets, notes, stretch)
    for _ in range(ROUNDS):
        if len(stretch.piano_s) < 3:
            break
        stretch = settled(onsets, notes, _led(stretch, trust(onsets, notes, stretch)))
    return stretch


def trust(onsets: Floats, notes: Notes, stretch: Stretch) -> Floats:
    """(points,) what share of the onsets around meets, of those that would not by chance; at most 1."""
    count, frames = len(stretch.piano_s), onsets.shape[1]
    inside = [note for note in notes if stretch.holds(note.start_s)]
    if not inside:
        return np.zeros(count)
    padded = np.pad(onsets > 0.0, ((0, 0), (MEETING_FRAMES, MEETING_FRAMES)))
    near: npt.NDArray[np.bool_] = np.zeros(onsets.shape, bool)
    for first in range(2 * MEETING_FRAMES + 1):
        near |= padded[:, first : first + frames]
    classes, begin_s = np.array([n.pitch % 12 for n in inside]), np.array([n.start_s for n in inside])
    at_s = np.interp(begin_s, stretch.piano_s, stretch.song_s)
    points = np.minimum(((begin_s - stretch.piano_s[0]) / STEP_S).astype(np.int64), count - 1)

    def met(by_s: float) -> Floats:
        found = near[classes, np.clip(np.round((at_s + by_s) * RATE).astype(np.int64), 0, frames - 1)]
        return np.asarray(found, np.float64)

    half = round(3 * WIDTH_S / STEP_S)
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) * STEP_S / WIDTH_S) ** 2)

    def around(values: Floats) -> Floats:
        return np.convolve(np.bincount(points, values, count), kernel)[half : half + count]

    chance = around(np.mean([met(by_s) for by_s in ELSEWHERE_S], axis=0))
    return np.asarray((around(met(0.0)) - chance) / (around(np.ones(len(inside))) - chance + DOUBT))


def believed(stretches: list[Stretch], trusts: list[Floats]) -> Iterator[Stretch]:
    """The parts of stretches that meet the song about as often as is usual in them, and straight lines between them."""
    least = LEAST * float(np.median(np.concatenate(trusts))) if trusts else 0.0
    for stretch, each in zip(stretches, trusts, strict=True):
        parts: list[tuple[int, int]] = []
        for first, end in np.flatnonzero(np.diff(np.pad(each > least, 1).astype(np.int8))).reshape(-1, 2).tolist():
            if parts and (first - parts[-1][1]) * STEP_S < GAP_S:
                first = parts.pop()[0]
            parts.append((first, end))
        sure = np.flatnonzero(each > least)
        for first, end in parts:
            if end - first > 1:
                piano_s = stretch.piano_s[first:end]
                yield Stretch(piano_s, np.interp(piano_s, stretch.piano_s[sure], stretch.song_s[sure]))


def _led(stretch: Stretch, trusted: Floats) -> Stretch:
    """The stretch as it is where it can be believed, elsewhere as a straight line through such places has it."""
    ahead = stretch.song_s - stretch.piano_s
    line = through(ahead, np.maximum(trusted - BELIEVED, 0.0) ** 2 + 1e-4, LED_S / STEP_S)
    share = np.clip((trusted - BELIEVED) / (CERTAIN - BELIEVED), 0.0, 1.0)
    song_s = stretch.piano_s + share * ahead + (1.0 - share) * line
    return Stretch(stretch.piano_s, np.maximum.accumulate(song_s + 1e-6 * np.arange(len(song_s))))
