"""When to hold the sustain pedal: where the left hand breaks a chord up, and nothing would blur.

The pedal changes with the harmony: at a bar line, and in the middle of a bar if the bass moves there. It comes up with
the new bass and goes down again a moment later, as pianists do.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from leap_models.music.notes import LEFT, Note, Notes, Pedal
from leap_models.music.tempo import TempoMap

DOWN_S = 0.06  # from the new bass to the foot
SHORTEST_S = 0.3
FASTEST_PER_S = 5.0  # more notes of the right hand than that are a run, which the pedal would smear
NEAR_S = 0.1  # how far from a bar's half its bass may be struck


def find_pedals(notes: Notes, tempo: TempoMap) -> tuple[Pedal, ...]:
    """The stretches during which the pedal helps, sorted, none touching another.

    Args:
        notes: of two hands, sorted by time.
    """
    pedals = []
    for start_s, end_s, part in _harmonies(notes, tempo):
        left = [note for note in part if note.track == LEFT]
        down_s = start_s + DOWN_S
        if end_s - down_s >= SHORTEST_S and _is_broken(left) and not _would_blur(part, left, end_s - start_s):
            pedals.append(Pedal(down_s, end_s))
    return tuple(pedals)


def _harmonies(notes: Notes, tempo: TempoMap) -> Iterator[tuple[float, float, Notes]]:
    """Half bars, joined where the bass stays: start, end, and the notes that begin there."""
    if not notes:
        return
    half = tempo.beats_per_bar / 2
    number = int((tempo.beat_at(notes[0].start_s + NEAR_S) - tempo.downbeat) // half)
    last_s = max(note.end_s for note in notes)
    start_s, part, index = notes[0].start_s, list[Note](), 0
    while start_s < last_s:
        number += 1
        border_s = tempo.second_at(tempo.downbeat + number * half)
        while index < len(notes) and notes[index].start_s < border_s - NEAR_S:
            part.append(notes[index])
            index += 1
        new = [n for n in notes[index : index + 20] if n.track == LEFT and abs(n.start_s - border_s) <= NEAR_S]
        if number % 2 == 0 or _moves(part, new) or border_s >= last_s:
            end_s = min([border_s, last_s, *(note.start_s for note in new)])
            if end_s > start_s:
                yield start_s, end_s, tuple(part)
            start_s, part = max(start_s, end_s), []


def _moves(part: Sequence[Note], new: Sequence[Note]) -> bool:
    """Whether a new bass begins a new harmony: it is neither the octave nor the fifth of the old one."""
    old = [note.pitch for note in part if note.track == LEFT]
    if not old or not new:
        return bool(new)
    step = min(note.pitch for note in new) - min(old)
    return step < 7 and step % 12 not in (0, 7)


def _is_broken(left: list[Note]) -> bool:
    """Whether the left hand lets a note go before it strikes another that belongs to it."""
    return any(early.end_s < late.end_s and early.pitch != late.pitch for early, late in pairwise(left))


def _would_blur(part: Notes, left: list[Note], length_s: float) -> bool:
    """Whether steps in the left hand, or a run in the right, would sound together."""
    pitches = sorted({note.pitch for note in left})
    steps = any(high - low <= 2 for low, high in pairwise(pitches))
    return steps or len(part) - len(left) > FASTEST_PER_S * length_s
