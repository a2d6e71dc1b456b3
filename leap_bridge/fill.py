"""A job that fills in or adds bars of a clip: what stays of the clip comes through exactly as it was.

A run alone would move all notes to frames of its roll, onto the beat and within two hands' reach.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from leap_bridge.jobs import Order
from leap_models.families.score_sde import plan
from leap_models.families.score_sde.passage import Shape
from leap_models.music.bars import Bars
from leap_models.music.notes import LEFT, Note
from leap_models.pipeline import Stretch

MODEL = "score_sde"


def filled(made: Iterable[Stretch], order: Order) -> Iterable[Stretch]:
    """The stretches of a run, with the clip's own notes wherever they stay; of other jobs as they are."""
    piece, request = order.piece, order.request
    if request.model != MODEL or not piece.notes or piece.tempo is None:
        return made
    wanted = plan.plan(piece.notes, piece.tempo, Shape(), request.params)
    return made if wanted.variation < 1.0 else _merged(made, order, wanted)


def _merged(made: Iterable[Stretch], order: Order, wanted: plan.Plan) -> Iterator[Stretch]:
    piece, start_s = order.piece, order.request.start_s
    assert piece.tempo is not None
    own = [_own(note, start_s, order.duration_s) for note in plan.kept(piece.notes, piece.tempo, wanted)]
    tempo, given_s = piece.tempo.shifted(-start_s), 0.0
    origin = Bars(piece.tempo).origin
    for stretch in made:
        until_s = math.inf if stretch.window == stretch.windows - 1 else stretch.until_s
        steps = plan.on_starts(stretch.notes, tempo, origin)
        new = [note for note, step in zip(stretch.notes, steps, strict=True) if wanted.replaces(step, note.pitch)]
        stays = [note for note in own if given_s <= note.start_s < min(until_s, order.duration_s)]
        given_s = max(given_s, until_s)
        yield replace(stretch, notes=tuple(sorted((*new, *stays))))


def _own(note: Note, start_s: float, duration_s: float) -> Note:
    """A note of the clip as the arrangement has it: a clip may have more tracks than there are hands."""
    end_s = min(note.end_s - start_s, duration_s)
    return replace(note, start_s=note.start_s - start_s, end_s=end_s, track=min(note.track, LEFT))
