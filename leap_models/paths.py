"""Where things are kept, and how files are written. The only module that reads environment variables.

LEAP_BRIDGE_HOME       one folder for everything of the user's: its `config`, `cache` and `data` are used
LEAP_BRIDGE_CONFIG     settings and the endpoint file; before LEAP_BRIDGE_HOME
LEAP_BRIDGE_CACHE      what can be made again; before LEAP_BRIDGE_HOME
LEAP_BRIDGE_DATA       results and mailboxes; before LEAP_BRIDGE_HOME
LEAP_BRIDGE_WEIGHTS    checkpoints; a model that is not there is the one that ships

Asking for a folder makes nothing; `made` does.
"""

import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leap_models.errors import OutputExists, UnwritableOutput

APP = "leap-bridge"
PREFIX = "LEAP_BRIDGE_"


def variable(name: str) -> str | None:
    """The environment variable LEAP_BRIDGE_<name>; None if it is unset or empty."""
    return os.environ.get(PREFIX + name) or None


def variables() -> dict[str, str]:
    """Those of the environment variables above that are set, by their full names."""
    names = ("HOME", "CONFIG", "CACHE", "DATA", "WEIGHTS")
    return {PREFIX + name: value for name in names if (value := variable(name)) is not None}


def config_folder() -> Path:
    """The user's settings."""
    return _folder("config")


def cache_folder() -> Path:
    """What can be made again."""
    return _folder("cache")


def data_folder() -> Path:
    """The user's results."""
    return _folder("data")


def settings_of(program: str) -> Path:
    """Where another program of the user's keeps its settings, if it keeps them where the system says."""
    if sys.platform == "win32":
        return _windows_folder("config") / program
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / program
    return _xdg_folder("config") / program


def weights_folder(name: str | None = None) -> Path:
    """The shipped checkpoints, or the one of the model called `name`: the user's own if there is one."""
    given, shipped = variable("WEIGHTS"), Path(__file__).resolve().parent / "weights"
    root = Path(given).expanduser() if given else shipped
    if name is None:
        return root
    return root / name if (root / name).is_dir() else shipped / name


def made(folder: Path) -> Path:
    """The same folder, made if it was not there.

    Raises:
        UnwritableOutput: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableOutput(f"cannot make the folder {folder}: {_reason(error)}") from error
    return folder


def refuse_existing(path: Path | str, force: bool = False) -> Path:
    """Give `path` back if writing there loses nothing.

    Args:
        force: overwriting was allowed.

    Raises:
        OutputExists: something is there.
    """
    if not force and os.path.lexists(path):
        raise OutputExists(f"{path} exists already; name another file or allow it to be overwritten (force)")
    return Path(path)


@contextmanager
def atomic(path: Path | str) -> Iterator[Path]:
    """Write a file, or a folder, whole or not at all.

    Yields a name in the same folder with the same suffix. Whatever was written there is renamed to `path` when the
    block ends, and removed when it fails.

    Raises:
        UnwritableOutput: the folder is missing or read-only, the disk is full, `path` is a folder that holds something.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise UnwritableOutput(f"cannot write {target}: there is no folder {target.parent}")
    temporary = target.with_name(f".{target.stem[:64]}.{secrets.token_hex(4)}{target.suffix}")
    try:
        yield temporary
        temporary.replace(target)
    except OSError as error:
        raise UnwritableOutput(f"cannot write {target}: {_reason(error)}") from error
    finally:
        _remove(temporary)


def _folder(kind: str) -> Path:
    given, home = variable(kind.upper()), variable("HOME")
    if given:
        return Path(given).expanduser()
    if home:
        return Path(home).expanduser() / kind
    if sys.platform == "win32":
        return _windows_folder(kind) / APP / kind
    if sys.platform == "darwin":
        library = Path.home() / "Library"
        return library / "Caches" / APP if kind == "cache" else library / "Application Support" / APP / kind
    return _xdg_folder(kind) / APP


def _xdg_folder(kind: str) -> Path:
    usual = {"config": ".config", "cache": ".cache", "data": ".local/share"}[kind]
    xdg = os.environ.get(f"XDG_{kind.upper()}_HOME", "")
    # The XDG specification says that a relative path there is to be ignored.
    return Path(xdg) if os.path.isabs(xdg) else Path.home() / usual  # noqa: PTH117


def _windows_folder(kind: str) -> Path:
    name, usual = ("APPDATA", "Roaming") if kind == "config" else ("LOCALAPPDATA", "Local")
    return Path(os.environ.get(name) or Path.home() / "AppData" / usual)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
