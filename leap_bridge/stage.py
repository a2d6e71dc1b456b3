"""Jobs and the MIDI ports brought together: what is played out, what is turned, what is recorded."""

import atexit
import logging
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from leap_bridge.events import Event, Failed, Finished, Stopped, Stretched
from leap_bridge.jobs import Job
from leap_bridge.midi import ports
from leap_bridge.midi.control import Knob, Turned
from leap_bridge.midi.desk import PLAY_PARAMS, Desk, Playing
from leap_bridge.midi.recorder import Recording
from leap_models.errors import BadParameter, LeapError, MissingDependency
from leap_models.music import midi
from leap_models.params import Value
from leap_models.paths import made

log = logging.getLogger(__name__)
SWITCH_S = 0.001  # how long a busy thread may keep others waiting; Python's usual 5 ms made notes 8 ms late, this 3 ms


class Stage:
    """The daemon's two MIDI ports, if the computer has MIDI. Its methods may be called from any thread.

    Args:
        folder: where recordings are written.
        open_ports: as `ports.open_ports`.
    """

    def __init__(self, folder: Path, open_ports: Callable[[], ports.Pair] = ports.open_ports) -> None:
        self._folder, self._open = folder, open_ports
        self._ports: ports.Pair | None = None
        self._desk: Desk | None = None
        self._missing = "the MIDI ports are not open"
        self._job: Job | None = None
        self._over = False  # the job had said its last word before it was played
        self._lock = threading.RLock()

    def start(self) -> None:
        """Open the ports; where there is no MIDI that is said once, and everything else goes on."""
        try:
            self._ports = self._open()
        except LeapError as error:
            self._missing = str(error)
            log.warning("no MIDI: %s", error)
            return
        sys.setswitchinterval(min(SWITCH_S, sys.getswitchinterval()))
        self._desk = Desk(self._ports, time.monotonic)
        self._ports.listen(self._desk.receive)
        atexit.register(self.close)
        threading.Thread(target=self._desk.run, name="midi", daemon=True).start()
        log.info("MIDI ports are open, on %s", self._ports.system)

    def close(self) -> None:
        """Silence everything and close the ports."""
        desk, opened, self._desk, self._ports = self._desk, self._ports, None, None
        if desk is not None and opened is not None:
            self._missing = "the MIDI ports are closed"
            atexit.unregister(self.close)
            desk.close()
            opened.close()

    @property
    def system(self) -> str:
        """What the ports are made with; "" if there are none."""
        return "" if self._ports is None else self._ports.system

    def play(self, job: Job, wishes: Mapping[str, object], tell: Callable[[Playing], None]) -> None:
        """Play a job as it is made, or as it was made, instead of what is played now.

        Args:
            wishes: of `PLAY_PARAMS`, by name.
            tell: is told how it goes, on another thread.

        Raises:
            BadParameter: an unknown wish, or a value that cannot be.
            MissingDependency: there is no MIDI here.
        """
        settings = _check(wishes)
        desk = self._here()
        with self._lock:
            self._leave()
            self._job, self._over = job, not job.live
        desk.play(job.number, settings, tell)
        job.listen(self._feed)

    def stop(self, number: int = 0) -> None:
        """Play a job no more, or none for 0.

        Raises:
            MissingDependency: there is no MIDI here.
        """
        desk = self._here()
        with self._lock:
            if self._job is not None and number in (0, self._job.number):
                self._leave()
        desk.stop(number or None)

    def assign(self, knob: Knob, tell: Callable[[Turned], None]) -> None:
        """Let a controller turn a parameter: of every request that does not say its value.

        Raises:
            MissingDependency: there is no MIDI here.
        """
        self._here().assign(knob, tell)

    def release(self, controller: int) -> None:
        """Let a controller turn nothing.

        Raises:
            MissingDependency: there is no MIDI here.
        """
        self._here().release(controller)

    def knobs(self, model: str) -> dict[str, Value]:
        """The parameters of a model that were turned, as they stand."""
        desk = self._desk
        return {} if desk is None else desk.values(model)

    def record(self) -> None:
        """Write down what comes in.

        Raises:
            MissingDependency: there is no MIDI here.
        """
        self._here().record()

    def recorded(self) -> tuple[Path, Recording]:
        """End the recording; the .mid that it is now, and what is in it.

        Raises:
            BadParameter: nothing was being recorded, or nothing was played.
            MissingDependency: there is no MIDI here.
            UnwritableOutput: it cannot be written.
        """
        recording = self._here().recorded()
        if not recording.notes:
            raise BadParameter("nothing was played while it was recorded")
        path = made(self._folder) / time.strftime(f"recording-%Y%m%d-%H%M%S-{time.monotonic_ns() % 10**6:06d}.mid")
        midi.write(path, recording.notes, recording.tempo, track_names=("Recorded",))
        return path, recording

    def _here(self) -> Desk:
        if self._desk is None:
            raise MissingDependency(self._missing)
        return self._desk

    def _leave(self) -> None:
        if self._job is not None:
            self._job.leave(self._feed)
            self._job = None

    def _feed(self, event: Event) -> None:
        """What the job says; on its own thread."""
        desk = self._desk
        if desk is None:
            return
        if isinstance(event, Stretched):
            notes = tuple(replace(note, track=event.channels[note.track]) for note in event.notes)
            desk.feed(event.job, notes, event.until_s, event.tempo)
        elif isinstance(event, Finished) or (isinstance(event, Stopped | Failed) and self._over):
            desk.finish(event.job)
        elif isinstance(event, Stopped | Failed):
            desk.stop(event.job)


def _check(wishes: Mapping[str, object]) -> dict[str, Value]:
    known = {param.name: param for param in PLAY_PARAMS}
    for name in wishes:
        if name not in known:
            raise BadParameter(f"play has no parameter {name}; it has: {', '.join(known)}")
    return {name: param.check(wishes.get(name, param.default)) for name, param in known.items()}
