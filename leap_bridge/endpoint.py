"""The endpoint file: where the running daemon can be reached, for every client to find."""

import json
import os
import secrets
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leap_bridge import __version__
from leap_bridge.osc.addresses import PROTOCOL
from leap_models import paths
from leap_models.paths import atomic, made

if TYPE_CHECKING:
    from leap_bridge.settings import Settings

FILE = "endpoint.json"


@dataclass(frozen=True)
class Endpoint:
    """A daemon.

    Args:
        session: another for each time that it was started.
        mailbox: the folder for clients without sockets.
        weights: the folder that its models come from.
        token: what this user's clients say in their hello, "" for none.
    """

    host: str
    port: int
    pid: int
    session: int
    mailbox: str
    token: str = ""
    executable: str = sys.executable
    version: str = __version__
    protocol: int = PROTOCOL
    weights: str = ""
    started: float = 0.0  # seconds since 1970


def path() -> Path:
    """Where the file is."""
    return paths.config_folder() / FILE


def new_session() -> int:
    """A number for a daemon's start."""
    return secrets.randbelow(2**31 - 1) + 1


def write(endpoint: Endpoint) -> None:
    """Tell clients where the daemon is; nobody else of this computer's users can read it.

    Raises:
        UnwritableOutput: the user's config folder cannot be written.
    """
    made(path().parent)
    with atomic(path()) as unfinished:
        unfinished.touch(mode=0o600)  # the token is in it
        unfinished.write_text(json.dumps(asdict(endpoint), indent=2) + "\n", encoding="utf-8")


def read() -> Endpoint | None:
    """What the file says; None if there is none, or it is damaged, or another version's."""
    try:
        found = Endpoint(**json.loads(path().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    wrong = not isinstance(found.host, str) or not isinstance(found.port, int) or not isinstance(found.pid, int)
    return None if wrong or found.pid <= 0 else found


def remove(endpoint: Endpoint) -> None:
    """Take the file away, if it is still that daemon's."""
    if read() == endpoint:
        path().unlink(missing_ok=True)


def here(settings: "Settings", port: int, session: int) -> Endpoint:
    """This process as an endpoint."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "localhost") else settings.host
    mailbox = str(settings.mailbox_folder)
    return Endpoint(
        host, port, os.getpid(), session, mailbox, settings.token, weights=str(paths.weights_folder()),
        started=round(time.time(), 3),
    )  # fmt: skip


def alive(endpoint: Endpoint) -> bool:
    """Whether its process is there. It may be another that was given the same number, so ask it as well."""
    if sys.platform == "win32":
        return True  # only the answer to a hello tells
    try:
        os.kill(endpoint.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
