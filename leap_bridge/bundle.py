"""What a report about a fault needs: the log and the versions. No audio, no MIDI, no settings, no token; the only paths
are those that the log itself speaks of."""

import json
import platform
import zipfile
from importlib.metadata import distributions
from pathlib import Path

from leap_bridge import __version__, logs
from leap_models.paths import atomic

VERSIONS = "versions.json"


def write(path: Path) -> tuple[str, ...]:
    """Write the bundle; gives the names of the files in it.

    Raises:
        UnwritableOutput: it cannot be written.
    """
    found = sorted(logs.path().parent.glob("*.log*")) if logs.path().parent.is_dir() else []
    with atomic(path) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(VERSIONS, json.dumps(versions(), indent=2, sort_keys=True) + "\n")
        for log in found:
            if log.is_file() and not log.is_symlink():
                file.write(log, f"logs/{log.name}")
        return tuple(file.namelist())


def versions() -> dict[str, object]:
    """Of the program, the system, and every installed package."""
    return {
        "leap-bridge": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "packages": {each.name: each.version for each in distributions() if each.name},
    }
