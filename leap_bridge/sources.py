"""Files that a client names: found, allowed, and opened. No other word of a client becomes a path that is read."""

import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from leap_bridge.settings import Limits
from leap_models import pipeline, scores
from leap_models.errors import BadParameter, FileMissing
from leap_models.interface import ModelInfo, Piece

MOST_CHARACTERS = 4096  # of a path
_MAC_DISK = ":/"  # "Macintosh HD:/Users/..." is how Max writes paths on a Mac


def resolve(text: str, limits: Limits) -> Path:
    """The regular file that a client means.

    Raises:
        BadParameter: it is no absolute path of a regular file, or that is larger than is allowed.
        FileMissing: there is none.
    """
    if not text or len(text) > MOST_CHARACTERS or "\0" in text or "://" in text:
        raise BadParameter(f"path must be the absolute path of a file, got {text[:80]!r}")
    if sys.platform == "darwin" and _MAC_DISK in text and not text.startswith("/"):
        text = text[text.index(_MAC_DISK) + 1 :]
    if not Path(text).is_absolute():
        raise BadParameter(f"path must be absolute, got {text}")
    try:  # Macs write accents as characters of their own, other systems do not
        spellings = (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
        path = next((Path(each) for each in spellings if Path(each).exists()), None)
    except (OSError, ValueError) as error:
        raise BadParameter(f"path cannot be looked at: {text[:80]}") from error
    if path is None:
        raise FileMissing(f"there is no file {text}")
    if not path.is_file():
        raise BadParameter(f"path must be that of a file, {text} is none")
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise BadParameter(f"a file may have {limits.file_bytes} bytes, {path} has {size}")
    return path.resolve()


def open_source(
    text: str, info: ModelInfo, limits: Limits, values: Mapping[str, object], like: str = ""
) -> Piece:
    """The piece that a client means, as a model takes it.

    Args:
        text: a path; "" for a model that makes music from nothing.
        values: the model's parameters that are wished, unchecked.
        like: the path of a recording that the result is to sound like.

    Raises:
        BadParameter, FileMissing: as `resolve`; or the file holds more notes than is allowed.
        UnreadableAudio, UnreadableMidi: it is not what the model takes, or damaged.
    """
    if not text and info.alone:
        return scores.nothing(info.check(values))
    path = resolve(text, limits)
    if "audio" in info.takes and not info.has_reference:
        return pipeline.open_piece(path)
    plays = scores.plays(info)
    piece = scores.recital(path, info, like) if plays else scores.clip(path, info.check(values), info)
    if len(piece.notes) > limits.notes:
        raise BadParameter(f"a file may hold {limits.notes} notes, {path} holds {len(piece.notes)}")
    return piece
