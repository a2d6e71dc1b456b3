"""Files that a page has sent: taken piece by piece, kept under what they hold, deleted when nobody needs them."""

import hashlib
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from leap_models.errors import BadMessage, BadParameter, UnwritableOutput
from leap_models.paths import made

MOST_NAME = 80  # characters of a name
MOST_UPLOADS = 16  # of a page at once
_UNSAFE = re.compile(r"[^\w .()+-]")


@dataclass
class Upload:
    """A file that comes, or has come. `path` is where it is as soon as it is whole."""

    id: int
    name: str
    bytes: int
    part: Path
    stream: BinaryIO
    has: int = 0
    digest: hashlib.blake2b = field(default_factory=lambda: hashlib.blake2b(digest_size=16))
    path: Path | None = None
    jobs: set[int] = field(default_factory=set)  # that read it


class Uploads:
    """Those of one page.

    A file lies under the digest of what it holds, so that the same song is the same path each time that it is sent:
    a job that keeps an earlier one's music asks for the same file.

    Args:
        folder: of the page; made when there is something to keep.
        most_bytes: of all files together.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self._most_bytes = folder, most_bytes
        self._uploads: dict[int, Upload] = {}
        self._closed = False

    def begin(self, id: int, name: str, size: int) -> None:  # noqa: A002
        """A file is to come.

        Raises:
            BadParameter: it is too large, or there are too many.
            BadMessage: its id is taken.
            UnwritableOutput: the disk is full or read-only.
        """
        if id in self._uploads:
            raise BadMessage(f"the id {id} is that of another upload")
        taken = sum(each.bytes for each in self._uploads.values())
        if taken + size > self._most_bytes or len(self._uploads) >= MOST_UPLOADS:
            raise BadParameter(
                f"a page may upload {self._most_bytes / 1e6:g} MB and {MOST_UPLOADS} files at once, "
                f"got {size / 1e6:.1f} MB on top of {taken / 1e6:.1f} MB in {len(self._uploads)} files"
            )
        part = made(self._folder) / f"{id}.part"
        try:
            stream = part.open("wb")
        except OSError as error:
            raise UnwritableOutput(f"an upload cannot be kept: {error.strerror or error}") from error
        self._uploads[id] = Upload(id, safe_name(name), size, part, stream)

    def push(self, id: int, piece: memoryview) -> Upload | None:  # noqa: A002
        """A piece has come. Gives the upload when it is whole; pieces of what was refused or dropped are let fall.

        Raises:
            BadMessage: there is more than was said.
            UnwritableOutput: the disk is full.
        """
        upload = self._uploads.get(id)
        if upload is None or upload.path is not None:
            return None
        upload.has += len(piece)
        if upload.has > upload.bytes:
            self.drop(id)
            raise BadMessage(f"{upload.name} was to have {upload.bytes} bytes, got {upload.has}")
        try:
            upload.stream.write(piece)
            upload.digest.update(piece)
            if upload.has < upload.bytes:
                return None
            upload.stream.close()
            upload.path = self._settle(upload)
        except OSError as error:
            self.drop(id)
            raise UnwritableOutput(f"{upload.name} cannot be kept: {error.strerror or error}") from error
        return upload

    def find(self, id: int) -> Upload | None:  # noqa: A002
        """One that comes or has come, and was not deleted."""
        return self._uploads.get(id)

    def whole(self, id: int) -> Upload:  # noqa: A002
        """An upload that has come.

        Raises:
            BadParameter: it has not, or was deleted.
        """
        upload = self._uploads.get(id)
        if upload is None or upload.path is None:
            state = "was not sent, or is deleted" if upload is None else f"lacks {upload.bytes - upload.has} bytes"
            raise BadParameter(f"a source must be a file that was uploaded, {id} {state}")
        return upload

    def drop(self, id: int) -> None:  # noqa: A002
        """Delete a file, if no job reads it; one that is not there is no mistake."""
        upload = self._uploads.get(id)
        if upload is None or upload.jobs:
            return
        del self._uploads[id]
        upload.stream.close()
        upload.part.unlink(missing_ok=True)
        if upload.path is not None and not any(each.path == upload.path for each in self._uploads.values()):
            shutil.rmtree(upload.path.parent, ignore_errors=True)
        if self._closed and not self._uploads:
            shutil.rmtree(self._folder, ignore_errors=True)

    def let_go(self, job: int) -> None:
        """A job has ended: delete what only it has read."""
        for upload in list(self._uploads.values()):
            if job in upload.jobs:
                upload.jobs.remove(job)
                self.drop(upload.id)

    def close(self) -> None:
        """The page has gone: delete everything, what a job still reads when it has ended."""
        self._closed = True
        for number in list(self._uploads):
            self.drop(number)
        if not self._uploads:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _settle(self, upload: Upload) -> Path:
        """Where a whole file is kept. If it is there already, with another name perhaps, it is not touched."""
        folder = made(self._folder / upload.digest.hexdigest())
        path = next(folder.iterdir(), folder / upload.name)
        if path.exists():
            upload.part.unlink()
        else:
            upload.part.rename(path)
        return path


def safe_name(name: str) -> str:
    """A name that every system takes, with the same ending, which may say what the file is."""
    last = _UNSAFE.sub("_", re.split(r"[/\\]", name)[-1]).strip(" .")
    stem, dot, ending = last.rpartition(".")
    stem, ending = (stem, dot + ending[:8]) if dot else (ending, "")
    return f"{stem[:MOST_NAME].strip(' .') or 'recording'}{ending}"
