"""Models that make music, and the pipeline that runs them.

    import leap_models
    model = leap_models.load("leap")
    result = leap_models.run(model, leap_models.open_piece("song.mp3"), leap_models.Request("leap", {"difficulty": 2}))

Start reading at `leap_models.pipeline`, then `leap_models.interface`. Importing this brings no torch; `load` does.
"""

from leap_models.errors import LeapError
from leap_models.interface import ModelInfo, Param, Piece, Request, Window
from leap_models.music.notes import Note, Notes
from leap_models.music.roll import Roll
from leap_models.music.tempo import TempoMap
from leap_models.pipeline import Result, Stretch, open_piece, run, stream
from leap_models.progress import Progress
from leap_models.registry import available, describe, load

__all__ = [
    "LeapError",
    "ModelInfo",
    "Note",
    "Notes",
    "Param",
    "Piece",
    "Progress",
    "Request",
    "Result",
    "Roll",
    "Stretch",
    "TempoMap",
    "Window",
    "available",
    "describe",
    "load",
    "open_piece",
    "run",
    "stream",
]
