"""Files on their way to a page: made on a thread of their own, sent in pieces as fast as the page takes them."""

import asyncio
import contextlib
import json
import logging
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from leap_bridge.web import answers, asked
from leap_bridge.web.files import Ready
from leap_models.errors import InternalError, LeapError, UnwritableOutput

log = logging.getLogger(__name__)
PIECE_BYTES = 256 * 1024

T = TypeVar("T")


class Wire(Protocol):
    """What carries messages to the page."""

    async def send(self, message: str | bytes) -> None:
        """Waits while the page takes nothing."""


async def send(file: Ready, number: int, wire: Wire) -> None:
    """Send as much as there is now; a file that still grows is valid up to there.

    Raises:
        UnwritableOutput: it went, or became shorter.
    """
    try:
        with file.path.open("rb") as stream:
            left = file.path.stat().st_size
            head = {"name": file.name, "mime": file.kind, "bytes": left}
            await wire.send(json.dumps(answers.ok(number, head)))
            while left > 0:
                piece = stream.read(min(left, PIECE_BYTES))
                if not piece:
                    raise UnwritableOutput(f"{file.name} was changed while it was sent")
                left -= len(piece)
                await wire.send(number.to_bytes(asked.HEAD_BYTES, "big") + piece)
    except OSError as error:
        raise UnwritableOutput(f"{file.name} is gone: {error.strerror or error}") from error


async def aside(work: Callable[[], T]) -> T:
    """Do what may take long on a thread of its own, which nobody waits for when the program ends."""
    loop, made = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    def give(result: T | None, error: BaseException | None) -> None:
        if made.done():  # whoever waited has gone
            return
        if error is None:
            made.set_result(result)
        else:
            made.set_exception(error)

    def run() -> None:
        try:
            outcome: tuple[T | None, BaseException | None] = (work(), None)
        except LeapError as error:
            outcome = (None, error)
        except Exception as error:
            log.exception("a file could not be made")
            outcome = (None, InternalError(f"{type(error).__name__}: {error}"))
        with contextlib.suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(give, *outcome)

    threading.Thread(target=run, name="studio file", daemon=True).start()
    found: T = await made
    return found
