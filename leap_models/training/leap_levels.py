"""What the transformer must be asked for, to play as hard as LEAP was asked to.

It learned levels from arrangements that people made. What becomes of its music afterwards - correction by what was
heard, the tune on top, leaving out what is too hard, the beat grid, two hands - changes how hard it is, so the whole of
LEAP is measured.
"""

import logging
from collections.abc import Sequence

import numpy as np

from leap_models import pipeline
from leap_models.families.leap.model import Leap
from leap_models.interface import Request
from leap_models.memory import SONG_BYTES, Memory
from leap_models.music.difficulty import HIGHEST, LEVELS, LOWEST, features, score
from leap_models.training.truths import Truth

log = logging.getLogger(__name__)

ASKED = tuple(float(level) for level in np.arange(LOWEST, HIGHEST + 0.5, 0.5))


def calibrated(leap: Leap, songs: Sequence[Truth]) -> tuple[float, ...]:
    """What to ask the transformer for at levels 1 to 5, so that songs come out as hard as that in the mean."""
    leap.asked = LEVELS
    scores = np.zeros((len(songs), len(ASKED)))
    for row, song in enumerate(songs):
        memory = Memory(SONG_BYTES)
        scores[row] = [_score(leap, song, asked, memory) for asked in ASKED]
        log.info("%s: asked for %s, scored %s", song.name, ASKED, np.round(scores[row], 2).tolist())
    return inverse(ASKED, scores.mean(axis=0), leap.edges)


def inverse(asked: Sequence[float], scores: Sequence[float] | np.ndarray, edges: Sequence[float]) -> tuple[float, ...]:
    """Where a curve of scores, made to rise, passes the scores of the levels; its ends where it does not reach them.

    Args:
        asked: rising levels.
        scores: what came of each.
        edges: scores of levels 1 to 5.
    """
    rising = np.maximum.accumulate(np.asarray(scores)) + 1e-6 * np.arange(len(asked))
    return tuple(round(float(level), 3) for level in np.interp(edges, rising, asked))


def _score(leap: Leap, song: Truth, asked: float, memory: Memory) -> float:
    result = pipeline.run(leap, song.piece, Request(leap.info.name, {"difficulty": asked}), memory=memory)
    return score(features(result.notes, 0.0, song.piece.duration_s))
