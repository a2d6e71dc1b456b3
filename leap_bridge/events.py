"""What a job says of itself, in this order: Queued, Progressed and Warned; Stretched for each window; one of LAST."""

from collections.abc import Callable
from dataclasses import dataclass

from leap_models.music.notes import LEFT, RIGHT, Notes
from leap_models.music.tempo import TempoMap
from leap_models.progress import Progress


@dataclass(frozen=True)
class Event:
    """Anything that a job says."""

    job: int


@dataclass(frozen=True)
class Queued(Event):
    """It waits. `position` jobs are done before, `eta_s` is when it will begin, as far as one can know."""

    position: int
    total: int
    eta_s: float | None = None


@dataclass(frozen=True)
class Progressed(Event):
    """How far it is."""

    progress: Progress


@dataclass(frozen=True)
class Warned(Event):
    """What a person should know."""

    text: str


@dataclass(frozen=True)
class Stretched(Event):
    """Notes that will not change any more; times count from the job's start.

    Args:
        until_s: all notes that begin before it have been said.
        tempo: as far as it is known.
        total: notes so far.
        path: the .mid, or the .wav, so far.
        channels: the MIDI channel, from 0, of each track.
    """

    window: int
    windows: int
    notes: Notes
    until_s: float
    tempo: TempoMap
    total: int
    path: str
    channels: tuple[int, ...] = (RIGHT, LEFT)


@dataclass(frozen=True)
class Finished(Event):
    """It is done."""

    windows: int
    notes: int
    seed: int
    path: str


@dataclass(frozen=True)
class Stopped(Event):
    """It was cancelled; `path` is the result of the windows that were kept, "" if there are none."""

    windows: int
    path: str


@dataclass(frozen=True)
class Failed(Event):
    """It went wrong; `code` is that of an error in `leap_models.errors`."""

    code: str
    message: str


LAST = (Finished, Stopped, Failed)
Listener = Callable[[Event], None]  # called by the job's thread, so it must be quick
