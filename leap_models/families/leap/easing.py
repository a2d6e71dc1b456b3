"""A window that came out harder than was asked for, made easier: its least likely notes are not struck.

The transformer learned what is hard from rendered bands; of a real recording, where more goes on, it writes more than
was asked for. How hard a window is can be measured, every note makes it harder, and the roll says how likely each
note is: so as many are kept as the difficulty allows, the likeliest first. A key that was to be struck again while it
sounded is held instead.
"""

from bisect import bisect_right

from leap_models.music.difficulty import Edges, measure
from leap_models.music.events import REACH_FRAMES
from leap_models.music.notes import Note, Notes
from leap_models.music.roll import Roll, roll_to_notes

SLACK = 0.25  # levels by which a window may be harder than asked: music is not equally hard everywhere
GAP = 5  # frames of silence before a key is struck again


def eased(roll: Roll, level: float, edges: Edges) -> Roll:
    """A roll whose notes are at most `SLACK` harder than a level.

    Args:
        roll: one track.
        level: from 1 to 5.
        edges: the scores at which levels lie.
    """
    notes = roll_to_notes(roll)
    likeliest = sorted(notes, key=lambda note: -_likelihood(note, roll))
    end_s = max([roll.duration_s / 2, *(note.end_s for note in notes)])  # the song may end within the window

    def hardness(count: int) -> float:
        return measure(tuple(sorted(likeliest[:count])), 0.0, end_s, edges)

    if hardness(len(notes)) <= level + SLACK:
        return roll
    kept = bisect_right(range(len(notes)), level + SLACK, key=hardness) - 1  # as every note makes it harder
    return _without(roll, notes, set(likeliest[kept:]))


def _likelihood(note: Note, roll: Roll) -> float:
    first = round(note.start_s * roll.rate)
    if first == 0:  # perhaps struck before
        return 1.0
    return float(roll.onset[0, note.pitch, max(0, first - REACH_FRAMES) : first + REACH_FRAMES + 1].max())


def _without(roll: Roll, notes: Notes, dropped: set[Note]) -> Roll:
    sounding, onset = roll.sounding.copy(), roll.onset.copy()
    held_until: dict[int, int] = {}  # frame, by pitch
    for note in notes:
        first, end = round(note.start_s * roll.rate), round(note.end_s * roll.rate)
        if note in dropped:
            onset[0, note.pitch, first:end] = 0.0
            held = held_until.get(note.pitch, -1 - GAP)
            if first - held > GAP:
                sounding[0, note.pitch, first:end] = 0.0
                continue
            sounding[0, note.pitch, held:first] = 1.0
        held_until[note.pitch] = end
    return Roll(sounding, onset, roll.velocity, roll.rate)
