"""Makes the page from its sources: the networks exported, npm's packages, Vite."""

import logging
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from leap_bridge.web import site
from leap_models.errors import FileMissing, InternalError, MissingDependency
from leap_models.paths import made

log = logging.getLogger(__name__)
MODELS = Path("public", "models", "leap")  # where the page's build takes the networks from
NODE = "20.19"  # what Vite asks for
LINES = 20  # of a program that failed, to be shown

Export = Callable[[Path], object]


def build(export: Export, folder: Path | None = None) -> Path:
    """Build the page.

    Args:
        export: writes the networks into a folder, in place of what is there.
        folder: of the sources; None is that of this package.

    Returns:
        Where it is; that folder can be put on any host.

    Raises:
        FileMissing: there are no sources, as in an installed package.
        MissingDependency: there is no npm.
        InternalError: the build failed.
    """
    folder = folder or site.BUILT.parent
    if not (folder / "package.json").is_file():
        raise FileMissing(f"no sources of the page are in {folder}; build it in a checkout, and install from there")
    npm = shutil.which("npm")
    if npm is None:
        raise MissingDependency(f"npm is needed to build the page; install Node.js {NODE} or later")
    made((folder / MODELS).parent)
    export(folder / MODELS)
    if stale(folder):
        _run((npm, "ci"), folder)
    _run((npm, "run", "build"), folder)
    return folder / site.BUILT.name


def stale(folder: Path) -> bool:
    """Whether the packages that are there are others than those wanted."""
    wanted, there = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    return not there.is_file() or there.stat().st_mtime < wanted.stat().st_mtime


def _run(command: Sequence[str], folder: Path) -> None:
    log.info("%s in %s", " ".join(command), folder)
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, errors="replace"
    )
    if done.returncode:
        said = "\n".join(done.stdout.splitlines()[-LINES:])
        raise InternalError(f"{' '.join(command[1:])} failed with {done.returncode}: {said}")
