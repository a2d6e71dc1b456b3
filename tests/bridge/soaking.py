"""Many clients for a long time: each asks for three jobs at once, again and again; some cancel, some vanish.

Every job that is done is compared, note for note, with the same request made alone before.
"""

import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from leap_bridge.osc.client import Client
from leap_bridge.osc.codec import Message
from leap_bridge.osc.heard import Heard

RATE = 8000  # the toy's
JOBS = 3
CANCELS, VANISHES = 0.15, 0.05  # shares of the jobs, and of the rounds
PATIENCE_S = 60.0

Wish = tuple[str, float, int]  # song, difficulty, seed
Notes = list[tuple]


@dataclass
class Report:
    """What happened. `wrong` jobs had other notes than alone; `strange` messages were for somebody else."""

    rounds: Counter[int] = field(default_factory=Counter)  # by client
    done: int = 0
    cancelled: int = 0
    vanished: int = 0
    wrong: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)  # from the request to the last word
    memory_mb: list[float] = field(default_factory=list)  # once a second

    @property
    def fairness(self) -> float:
        """Jain's index of the rounds that the clients were served: 1 if all the same, 1 / clients if only one."""
        rounds = list(self.rounds.values())
        return sum(rounds) ** 2 / (len(rounds) * sum(each**2 for each in rounds)) if rounds else 0.0

    @property
    def growth_mb(self) -> float:
        """Memory of the last quarter beyond that of the second."""
        quarter = max(1, len(self.memory_mb) // 4)
        return statistics.median(self.memory_mb[-quarter:]) - statistics.median(self.memory_mb[quarter : 2 * quarter])

    def lines(self) -> list[str]:
        """For a person."""
        waits = statistics.quantiles(self.waits_s, n=20) if len(self.waits_s) > 1 else [0.0] * 19
        return [
            f"{self.done} jobs done, {self.cancelled} cancelled, {self.vanished} clients vanished",
            f"{len(self.wrong)} wrong, {len(self.strange)} mixed up, {len(self.errors)} errors",
            f"fairness {self.fairness:.3f}, a job took {waits[9]:.1f} s (median), {waits[18]:.1f} s (95 %)",
            f"memory {self.memory_mb[0]:.0f} MB at first, {self.memory_mb[-1]:.0f} MB at last, "
            f"{max(self.memory_mb):.0f} MB at most; grew {self.growth_mb:.1f} MB after the first quarter",
            *self.wrong[:5], *self.strange[:5], *self.errors[:5],
        ]  # fmt: skip


def songs(folder: Path) -> list[str]:
    """Three recordings of noise."""
    paths = []
    for index, seconds in enumerate((2.0, 3.0, 5.0)):
        samples = np.random.default_rng(index).uniform(-0.5, 0.5, round(seconds * RATE))
        paths.append(str(folder / f"song{index}.wav"))
        soundfile.write(paths[-1], samples.astype(np.float32), RATE)
    return paths


class Visitor(Client):
    """A client that knows its jobs, and may vanish."""

    jobs: set[int]

    def ask_for(self, wish: Wish) -> int:
        """Ask; gives the job's number."""
        song, difficulty, seed = wish
        job = int(self.arrange(song, 0.0, 0.0, difficulty, seed, model="toy").arguments[1])
        self.jobs = {*getattr(self, "jobs", ()), job}
        return job

    def notes_of(self, job: int) -> tuple[Notes, Message]:
        """All notes of a job, and its last word."""
        heard, last = Heard(), None
        for last in self.follow(job):
            heard.is_new(last)
        assert last is not None
        return heard.notes(), last

    def others(self) -> set[int]:
        """Jobs of somebody else that it heard of."""
        return set(self._heard) - self.jobs

    def vanish(self) -> None:
        """Go without a word."""
        self._socket.close()


class Soak:
    """Clients against a daemon with the toy model.

    Args:
        memory_mb: of the daemon, now.
    """

    def __init__(self, port: int, folder: Path, clients: int, seconds: float, memory_mb: Callable[[], float]) -> None:
        self._port, self._clients, self._seconds, self._memory_mb = port, clients, seconds, memory_mb
        self._wishes = [(song, level, seed) for song in songs(folder) for level in (1.0, 5.0) for seed in (1, 2)]
        self._alone: dict[Wish, Notes] = {}
        self._report = Report()
        self._lock = threading.Lock()

    def run(self) -> Report:
        """Make every request alone, then all clients together."""
        with Visitor("127.0.0.1", self._port, "alone", patience_s=PATIENCE_S) as visitor:
            for wish in self._wishes:
                self._alone[wish], last = visitor.notes_of(visitor.ask_for(wish))
                assert last.address == "/leap/done", last
        end_s = time.monotonic() + self._seconds
        threads = [threading.Thread(target=self._live, args=(number, end_s)) for number in range(self._clients)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self._report.memory_mb.append(self._memory_mb())
            time.sleep(1.0)
        return self._report

    def _live(self, number: int, end_s: float) -> None:
        """One client after another, each until it vanishes or the time is over."""
        chance = random.Random(number)
        try:
            while time.monotonic() < end_s:
                with Visitor("127.0.0.1", self._port, f"soak {number}", patience_s=PATIENCE_S) as visitor:
                    self._stay(visitor, number, end_s, chance)
        except Exception as error:  # noqa: BLE001  the report is to hold it
            with self._lock:
                self._report.errors.append(f"client {number}: {type(error).__name__}: {error}")

    def _stay(self, visitor: Visitor, number: int, end_s: float, chance: random.Random) -> None:
        while time.monotonic() < end_s:
            began_s = time.monotonic()
            wishes = chance.choices(self._wishes, k=JOBS)
            jobs = [visitor.ask_for(wish) for wish in wishes]
            if chance.random() < VANISHES:
                visitor.vanish()
                self._report.vanished += 1
                return
            cancelled = {job for job in jobs if chance.random() < CANCELS}
            for job in cancelled:
                visitor.cancel(job)
            for job, wish in zip(jobs, wishes, strict=True):
                notes, last = visitor.notes_of(job)
                with self._lock:
                    self._report.waits_s.append(time.monotonic() - began_s)
                    self._judge(last, notes, wish, job in cancelled)
            with self._lock:
                self._report.rounds[number] += 1
                if visitor.others():
                    self._report.strange.append(f"client {number} heard of the jobs {visitor.others()} of others")

    def _judge(self, last: Message, notes: Notes, wish: Wish, cancelled: bool) -> None:
        if last.address == "/leap/done":
            self._report.done += 1
            if notes != self._alone[wish]:
                self._report.wrong.append(f"{last}: {len(notes)} notes, {len(self._alone[wish])} alone")
        elif last.address == "/leap/cancelled" and cancelled:
            self._report.cancelled += 1
        else:
            self._report.errors.append(str(last))
