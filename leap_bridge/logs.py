"""The daemon's log: one file that is turned over when it is full."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from leap_models import paths
from leap_models.paths import made

FILE = "leap-bridge.log"
MOST_BYTES = 1_000_000
STUDIO = "studio.log"  # of the Studio that runs beside a daemon
KEPT = 5
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def path(file: str = FILE) -> Path:
    """Where the log is; older ones beside it end in .1, .2 and so on."""
    return paths.data_folder() / "logs" / file


def begin(level: str, file: str = FILE) -> logging.Handler:
    """Write what our modules log into the file; `end` it with the handler that is returned.

    Raises:
        UnwritableOutput: the folder cannot be made.
    """
    made(path(file).parent)
    handler = RotatingFileHandler(path(file), maxBytes=MOST_BYTES, backupCount=KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter(FORMAT))
    for name in ("leap_bridge", "leap_models"):
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(level.upper())
    return handler


def end(handler: logging.Handler) -> None:
    """Close the log."""
    for name in ("leap_bridge", "leap_models"):
        logging.getLogger(name).removeHandler(handler)
    handler.close()
