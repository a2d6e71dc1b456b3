"""OSC through a folder, for hosts without sockets: the same packets, addresses and answers as over UDP.

A client picks a name of its own, such as `reaper-4711`, and uses two kinds of files in the mailbox folder:

    NAME.NUMBER.request    one or more packets, each with its size (int32, big-endian) before it. Written under another
                           name and renamed, so that it is whole. The daemon takes it away.
    NAME.replies           the answers, each with its size before it, appended by the daemon. The client remembers how
                           far it has read, and deletes the file when it leaves.

A request that became a job lies there as NAME.NUMBER.taken until the job has ended; one that a daemon finds when it
starts was cut off by a crash, and is answered with /leap/error `interrupted`.
"""

import errno
import logging
import os
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path

from leap_bridge.osc import replies
from leap_bridge.osc.addresses import ONCE
from leap_bridge.osc.clients import Place
from leap_bridge.osc.codec import Message, decode, encode, frame, unframe
from leap_bridge.osc.handlers import Handlers, request_of
from leap_models.errors import BadMessage, Interrupted, LeapError, UnwritableOutput
from leap_models.paths import made

log = logging.getLogger(__name__)
PERIOD_S = 0.05  # how often the folder is looked at while somebody uses it
IDLE_PERIOD_S = 0.25  # and when nobody does
BUSY_S = 60.0  # for so long after a request
MOST_REQUEST_BYTES = 2**20
MOST_REPLY_BYTES = 64 * 2**20  # a client that lets its answers grow so far gets no more
OLD_S = 86_400.0  # files of a client that was not heard for a day are removed
_REQUEST = re.compile(r"([A-Za-z0-9_-]{1,64})\.(\d{1,10})\.(request|taken)")


class Mailbox:
    """Carries packets between a folder and the handlers.

    Args:
        folder: made if it is not there, for its owner only.
    """

    name = "mailbox"

    def __init__(self, folder: Path, handlers: Handlers) -> None:
        self._folder, self._handlers = folder, handlers
        self._taken: dict[tuple[str, int], list[Path]] = defaultdict(list)  # client and request -> files
        self._waiting: dict[Path, int] = {}  # taken file -> jobs that it became
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="mailbox", daemon=True)
        self._asked_s = self._swept_s = float("-inf")
        self._blind = False  # the folder could not be looked at, and that was said

    def start(self) -> None:
        """Tell those whose jobs a crash cut off, and begin to look.

        Raises:
            UnwritableOutput: the folder cannot be made.
        """
        made(self._folder)
        try:
            self._folder.chmod(0o700)
        except OSError as error:
            raise UnwritableOutput(f"the mailbox {self._folder} belongs to somebody else") from error
        self._sweep()
        for path, client in self._files("taken"):
            self._interrupt(path, client)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10.0)

    def send(self, host: str, port: int, packet: bytes) -> None:  # noqa: ARG002
        """Append a packet to a client's answers."""
        path = self._folder / f"{host}.replies"
        try:
            with self._lock, FileIO(path, "ab", opener=_for_its_owner_only) as replies:
                _append(replies, frame([packet]))
        except OSError as error:
            log.warning("cannot answer in %s: %s", path, error)

    def ended(self, host: str, request: int) -> None:
        """A job is over: its request need not be remembered."""
        with self._lock:
            for path in self._taken.pop((host, request), []):
                self._waiting[path] -= 1
                if self._waiting[path] <= 0:
                    del self._waiting[path]
                    path.unlink(missing_ok=True)

    def look(self) -> None:
        """Take all requests that are there, in the order of their numbers."""
        for path, client in self._files("request"):
            self._asked_s = time.monotonic()
            try:
                packets = self._take(path)
                self._handle(path.with_suffix(".taken"), client, packets)
            except BadMessage as error:
                path.with_suffix(".taken").unlink(missing_ok=True)
                self._handlers.refuse(Place(self, client, 0), 0, error)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
                if time.monotonic() - self._swept_s > OLD_S:
                    self._sweep()
            except Exception:  # a bug must cost a message and not the daemon
                log.exception("a request in the mailbox could not be answered")
            busy = time.monotonic() - self._asked_s < BUSY_S
            self._stopping.wait(PERIOD_S if busy else IDLE_PERIOD_S)

    def _files(self, suffix: str) -> Iterator[tuple[Path, str]]:
        try:
            names = [entry.name for entry in os.scandir(self._folder) if entry.is_file(follow_symlinks=False)]
        except OSError as error:
            if not self._blind:
                log.warning("cannot look into the mailbox %s: %s", self._folder, error)
            self._blind = True
            with suppress(UnwritableOutput):
                made(self._folder)
            return
        self._blind = False
        found = [match for name in names if (match := _REQUEST.fullmatch(name)) and match[3] == suffix]
        for match in sorted(found, key=lambda match: (match[1], int(match[2]))):
            yield self._folder / match[0], match[1]

    def _take(self, path: Path) -> tuple[bytes, ...]:
        taken = path.with_suffix(".taken")
        path.replace(taken)
        if taken.stat().st_size > MOST_REQUEST_BYTES:
            raise BadMessage(f"a request may have {MOST_REQUEST_BYTES} bytes, {path.name} has more")
        data = taken.read_bytes()
        packets, used = unframe(data)
        if used != len(data):
            raise BadMessage(f"{path.name} ends in the middle of a packet; write it under another name and rename it")
        return packets

    def _handle(self, taken: Path, client: str, packets: tuple[bytes, ...]) -> None:
        requests = [request for packet in packets for request in _jobs_of(packet)]
        with self._lock:
            self._waiting[taken] = len(requests) + 1
            for request in requests:
                self._taken[client, request].append(taken)
            self._taken[client, -1].append(taken)
        for packet in packets:
            self._handlers.receive(packet, Place(self, client, 0))
        self.ended(client, -1)

    def _interrupt(self, path: Path, client: str) -> None:
        try:
            requests = [request for packet in unframe(path.read_bytes())[0] for request in _jobs_of(packet)]
        except (OSError, BadMessage):
            requests = []
        error = Interrupted("the daemon ended while the job ran, and was started again; ask again")
        for request in requests:
            self.send(client, 0, encode(replies.error(request, 0, error)))
        path.unlink(missing_ok=True)

    def _sweep(self) -> None:
        self._swept_s, oldest_s = time.monotonic(), time.time() - OLD_S
        for path in self._folder.glob("*.replies"):
            with suppress(OSError):  # its client has just removed it
                if path.lstat().st_mtime < oldest_s:
                    path.unlink()


def _for_its_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)


def _append(replies: FileIO, data: bytes) -> None:
    """Add a whole packet or, on a disk that is full, nothing: half of one would spoil all that come after it.

    Raises:
        OSError: it cannot be written.
    """
    size = os.fstat(replies.fileno()).st_size
    if size < MOST_REPLY_BYTES and replies.write(data) != len(data):
        replies.truncate(size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _jobs_of(packet: bytes) -> Iterator[int]:
    """The numbers of the requests in a packet that become jobs."""
    try:
        messages: tuple[Message, ...] = decode(packet)
    except LeapError:
        return
    for message in messages:
        if message.address in ONCE:
            yield request_of(message)
