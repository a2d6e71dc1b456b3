"""Models that make music, and the pipeline that runs them.

    import leap_models
    model = leap_models.load("leap")
    result = leap_models.run(model, leap_models.open_piece("song.mp3"), leap_models.Request("leap", {"difficulty": 2}))

Start reading at `leap_models.pipeline`, then `leap_models.interface`. Importing this brings nothing: a
name is looked up when it is first used, so that a client of the daemon starts at once. Only `load` brings torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leap_models.errors import LeapError as LeapError
    from leap_models.interface import ModelInfo as ModelInfo
    from leap_models.interface import Piece as Piece
    from leap_models.interface import Request as Request
    from leap_models.interface import Window as Window
    from leap_models.music.notes import Note as Note
    from leap_models.music.notes import Notes as Notes
    from leap_models.music.roll import Roll as Roll
    from leap_models.music.tempo import TempoMap as TempoMap
    from leap_models.params import Param as Param
    from leap_models.pipeline import Result as Result
    from leap_models.pipeline import Stretch as Stretch
    from leap_models.pipeline import open_piece as open_piece
    from leap_models.pipeline import run as run
    from leap_models.pipeline import stream as stream
    from leap_models.progress import Progress as Progress
    from leap_models.registry import available as available
    from leap_models.registry import describe as describe
    from leap_models.registry import load as load

_NAMES = {  # by the module that has them
    "errors": ("LeapError",),
    "interface": ("ModelInfo", "Piece", "Request", "Window"),
    "music.notes": ("Note", "Notes"),
    "music.roll": ("Roll",),
    "music.tempo": ("TempoMap",),
    "params": ("Param",),
    "pipeline": ("Result", "Stretch", "open_piece", "run", "stream"),
    "progress": ("Progress",),
    "registry": ("available", "describe", "load"),
}
_HOMES = {name: f"{__name__}.{module}" for module, names in _NAMES.items() for name in names}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    """A public name, when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(_HOMES[name]), name)
