"""A job that makes a part of an earlier result anew: its stretches, and its result, are those of the whole."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from leap_bridge.jobs import Order
from leap_bridge.results import Kept
from leap_models.music.splice import Splicer, splice_pedals
from leap_models.pipeline import Result, Stretch


def spliced(made: Iterable[Stretch], kept: Kept, order: Order) -> Iterator[Stretch]:
    """The stretches of the part become stretches of the whole, whose times count from the start of what is kept."""
    shift_s, end_s = _part(order)
    splicer = Splicer(kept.notes, shift_s, end_s)
    for stretch in made:
        last = stretch.window == stretch.windows - 1
        moved = [replace(note, start_s=note.start_s + shift_s, end_s=note.end_s + shift_s) for note in stretch.notes]
        notes = splicer.push(moved, math.inf if last else stretch.until_s + shift_s)
        until_s = kept.duration_s if last else max(0.0, splicer.until_s)
        yield replace(stretch, notes=notes, until_s=until_s, tempo=kept.tempo)


def completed(result: Result, kept: Kept, order: Order) -> Result:
    """The whole, with the kept pedal where the music was kept."""
    shift_s, end_s = _part(order)
    return replace(result, pedals=splice_pedals(kept.pedals, result.pedals, shift_s, end_s))


def _part(order: Order) -> tuple[float, float]:
    """From where to where the music is new, in the time of the whole."""
    start_s = order.request.start_s - order.start_s
    end_s = math.inf if order.request.end_s is None else order.request.end_s - order.start_s
    return start_s, end_s
