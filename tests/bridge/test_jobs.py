"""The queue: bounded, fair, and with a memory that does not grow."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leap_bridge.events import Event, Finished, Progressed, Queued, Stopped, Stretched
from leap_bridge.job_queue import JobQueue
from leap_bridge.jobs import Job, Order, State
from leap_bridge.settings import Limits
from leap_models.errors import Busy, UnknownJob
from leap_models.interface import Piece, Request
from leap_models.music.notes import Note
from leap_models.music.tempo import TempoMap
from leap_models.progress import Progress

ORDER = Order(Request("toy"), Piece(None, (), None, 1.0, "/song.wav"), 1, 0.0, 1.0)


def job(number: int, owner: str = "a") -> Job:
    return Job(number, owner, ORDER, Path("/nowhere"))


def stretch(number: int, window: int, notes: int = 1) -> Stretched:
    made = tuple(Note(float(window), window + 0.5, 60, 80) for _ in range(notes))
    tempo = TempoMap.steady(100 + window)
    return Stretched(number, window, 9, made, window + 1.0, tempo, notes * (window + 1), "x.mid")


def numbers(queue: JobQueue, owners: str) -> list[int]:
    """The jobs of these owners, in the order in which they run."""
    for number, owner in enumerate(owners):
        queue.submit(job(number, owner))
    taken = []
    while (running := queue.take(0.0)) is not None:
        taken.append(running.number)
        queue.let_go(running)
    return taken


@pytest.mark.parametrize(
    ("owners", "order"),
    [("aaa", [0, 1, 2]), ("aaab", [0, 3, 1, 2]), ("aabbc", [0, 2, 4, 1, 3]), ("abab", [0, 1, 2, 3])],
)
def test_owners_take_turns(owners: str, order: list[int]):
    assert numbers(JobQueue(Limits()), owners) == order


def test_what_is_said_to_come_next_comes_next():
    queue = JobQueue(Limits())
    for number, owner in enumerate("aaabbc"):
        queue.submit(job(number, owner))
    said = [each.number for each in queue.waiting()]
    taken = []
    while (running := queue.take(0.0)) is not None:
        taken.append(running.number)
    assert taken == said


def test_a_position_counts_all_that_come_before():
    queue = JobQueue(Limits())
    queue.submit(job(0))
    queue.take(0.0)
    queue.submit(job(1))
    assert queue.submit(job(2, "b")) == 1  # the running one; b's turn comes before a's next


@pytest.mark.parametrize("limits", [Limits(queue=2), Limits(queue_per_client=2)])
def test_a_full_queue_refuses(limits: Limits):
    queue = JobQueue(limits)
    queue.submit(job(0))
    queue.submit(job(1))
    with pytest.raises(Busy):
        queue.submit(job(2))


def test_the_last_jobs_are_remembered():
    queue = JobQueue(Limits(remembered_jobs=2))
    numbers(queue, "aaa")
    assert queue.find(2).number == 2
    with pytest.raises(UnknownJob):
        queue.find(0)


def test_jobs_with_many_notes_are_forgotten_sooner():
    queue = JobQueue(Limits(remembered_notes=10))
    for number in range(3):
        each = job(number)
        each.say(stretch(number, 0, notes=6))
        queue.let_go(each)
    with pytest.raises(UnknownJob):
        queue.find(1)
    assert queue.find(2).notes == 6


def test_whoever_listens_late_hears_everything_in_order():
    each, early, late = job(1), [], []
    each.listen(early.append)
    for event in (stretch(1, 0), stretch(1, 1), Finished(1, 2, 2, 0, "x.mid")):
        each.say(event)
    each.listen(late.append)
    assert [(type(event), getattr(event, "window", None)) for event in late] == [
        (Stretched, 0), (Stretched, 1), (Finished, None)
    ]  # fmt: skip
    assert len(early) == 3


def test_a_listener_who_left_hears_no_more():
    each, heard = job(1), []
    listener: Callable[[Event], None] = heard.append
    each.listen(listener)
    each.leave(listener)
    each.say(stretch(1, 0))
    assert heard == []


def test_progress_is_not_repeated():
    each, late = job(1), []
    each.say(Progressed(1, Progress("arranging", 1, 2)))
    each.listen(late.append)
    assert late == []
    assert each.progress == Progress("arranging", 1, 2)


def test_after_its_last_word_a_job_is_silent():
    each, heard = job(1), []
    each.listen(heard.append)
    each.say(Stopped(1, 0, ""))
    each.say(stretch(1, 0))
    assert len(heard) == 1
    assert each.state == State.CANCELLED
    assert each.last() == Stopped(1, 0, "")


def test_a_stretch_can_be_had_again():
    each = job(1)
    each.say(stretch(1, 0))
    each.say(stretch(1, 1))
    found = each.stretch(0)
    assert found is not None
    assert found.notes == stretch(1, 0).notes
    assert each.stretch(5) is None


def test_whoever_hears_the_last_word_finds_the_job_ended_in_the_queue():
    queue, found = JobQueue(Limits()), []
    queue.submit(each := job(0))
    queue.take(0.0)
    each.listen(lambda event: found.append((queue.now(), queue.done, queue.find(0))))
    each.say(Finished(0, 1, 0, 0, "x.mid"))
    assert found == [((None, ()), 1, each)]


def test_a_withdrawn_job_can_be_found_before_it_says_so():
    queue = JobQueue(Limits())
    queue.submit(each := job(0))
    assert queue.withdraw(each)
    assert queue.find(0) is each
    each.say(Stopped(0, 0, ""))
    assert queue.done == 1


def test_a_job_that_has_begun_does_not_say_that_it_waits():
    queue, heard = JobQueue(Limits()), []
    queue.submit(each := job(0))
    each.listen(heard.append)
    queue.take(0.0)
    each.say(Queued(0, 1, 2))
    assert heard == []


def test_a_job_that_runs_cannot_be_withdrawn():
    queue = JobQueue(Limits())
    queue.submit(job(0))
    running = queue.take(0.0)
    assert running is not None
    assert not queue.withdraw(running)
