"""What runs inside a host is copied to where the host looks for it. A second host is one more row of HOSTS."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from leap_bridge import __version__
from leap_bridge.install_max import user_libraries
from leap_models import paths
from leap_models.errors import BadParameter, FileMissing
from leap_models.paths import atomic, made

ROOT = Path(__file__).resolve().parent.parent  # of the repository, and of an installed package
NOTE = "installed.txt"


@dataclass(frozen=True)
class Host:
    """A program that is extended.

    Args:
        shipped: folder below ROOT that holds what is copied.
        patterns: which of its files are.
        folders: where the host may keep what is its user's, the likeliest first.
        given: what `--to` names, and how a person finds it.
        inside: where below that folder the files go.
        steps: what a person does then.
        notes: what the files need to know of this computer, by name.
    """

    shipped: str
    patterns: tuple[str, ...]
    folders: Callable[[], tuple[Path, ...]]
    given: str
    inside: str
    steps: tuple[str, ...]
    notes: Callable[[], Mapping[str, str]] = dict


@dataclass(frozen=True)
class Installed:
    """What was done."""

    host: str
    folder: Path
    files: tuple[str, ...]
    steps: tuple[str, ...]


def _reaper_folders() -> tuple[Path, ...]:
    flatpak = Path.home() / ".var" / "app" / "fm.reaper.Reaper" / "config" / "REAPER"
    return (paths.settings_of("REAPER"), *((flatpak,) if sys.platform == "linux" else ()))


def _reaper_notes() -> Mapping[str, str]:
    return {"version": __version__, "executable": sys.executable, "config": str(paths.config_folder().absolute())}


HOSTS: dict[str, Host] = {
    "reaper": Host(
        shipped="reaper_scripts",
        patterns=("*.lua", "leap/*.lua"),
        folders=_reaper_folders,
        given="REAPER's resource folder (in REAPER: Options > Show REAPER resource path in explorer/finder)",
        inside="Scripts/LEAP",
        steps=(
            "In REAPER open Actions > Show action list, press New action > Load ReaScript, and choose all LEAP_ files.",
            "Start the daemon with: leap-bridge serve",
            "Select an audio item and run the action LEAP_Arrange selected items to piano.",
        ),
        notes=_reaper_notes,
    ),
    "max": Host(
        shipped="max_for_live",
        patterns=("*.amxd",),
        folders=user_libraries,
        given="Live's User Library (in Live: Settings > Library > Location of User Library)",
        inside="LEAP",
        steps=(
            "In Live's browser open User Library > LEAP; drag LEAP onto a song's track, or LEAP MIDI onto a piano's.",
            "Delete an older LEAP from sets that have one first: a set may keep the device that it was saved with.",
            "Start the daemon with: leap-bridge serve",
            "Click an audio clip, and press Arrange on the device.",
        ),
    ),
}


def install(name: str, to: Path | None = None) -> Installed:
    """Copy a host's files; older ones of ours are replaced.

    Args:
        name: one of HOSTS.
        to: the host's folder, if it is not where the system has it.

    Raises:
        BadParameter: there is no such host, or `to` is no folder.
        FileMissing: the host's folder is not found, or the files did not come with this installation.
        UnwritableOutput: the folder cannot be written.
    """
    host = HOSTS.get(name)
    if host is None:
        raise BadParameter(f"host must be one of {', '.join(HOSTS)}, got {name}")
    shipped = ROOT / host.shipped
    files = sorted(path for pattern in host.patterns for path in shipped.glob(pattern))
    if not files:
        raise FileMissing(f"the files for {name} did not come with this installation: {shipped}")
    folder = _folder(name, host, to) / host.inside
    for path in files:
        target = folder / path.relative_to(shipped)
        made(target.parent)
        _write(target, path.read_bytes())
    notes = host.notes()
    if notes:
        _write(folder / NOTE, "".join(f"{key}={value}\n" for key, value in notes.items()).encode())
    return Installed(name, folder, tuple(str(path.relative_to(shipped)) for path in files), host.steps)


def _folder(name: str, host: Host, to: Path | None) -> Path:
    if to is not None:
        if not to.is_dir():
            raise BadParameter(f"--to must be {host.given}; there is no folder {to}")
        return to
    found = next((folder for folder in host.folders() if folder.is_dir()), None)
    if found is None:
        looked = ", ".join(str(folder) for folder in host.folders())
        raise FileMissing(f"cannot find {name} in {looked}; give {host.given} with --to")
    return found


def _write(path: Path, data: bytes) -> None:
    with atomic(path) as unfinished:
        unfinished.write_bytes(data)
