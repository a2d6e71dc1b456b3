"""Where Ableton Live keeps a user's library: where its settings say, newest version first, or where it usually is."""

import re
import sys
from pathlib import Path
from xml.sax.saxutils import unescape

from leap_models.paths import settings_of

NAME = "User Library"
_PLACE = re.compile(r'<ProjectPath Value="([^"]+)"')
_VERSION = re.compile(r"\d+")


def user_libraries() -> tuple[Path, ...]:
    """Folders that may be it, the likeliest first; they need not be there."""
    if sys.platform == "darwin":
        settings, usual = Path.home() / "Library" / "Preferences" / "Ableton", ("Music",)
    else:
        settings, usual = settings_of("Ableton"), ("Documents", "OneDrive/Documents")
    found = [folder for file in _by_version(settings) for folder in _said(file)]
    return (*found, *(Path.home() / each / "Ableton" / NAME for each in usual))


def _by_version(settings: Path) -> list[Path]:
    """The files in which versions of Live keep the place, the newest version's first."""
    files = [*settings.glob("Live */Library.cfg"), *settings.glob("Live */Preferences/Library.cfg")]
    return sorted(files, key=lambda file: _numbers(file.relative_to(settings).parts[0]), reverse=True)


def _numbers(folder: str) -> list[int]:
    return [int(number) for number in _VERSION.findall(folder)]


def _said(file: Path) -> list[Path]:
    """What such a file says: the library, or the folder that it is in."""
    try:
        found = _PLACE.search(file.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return []
    if found is None:
        return []
    place = Path(unescape(found[1], {"&quot;": '"', "&apos;": "'"}))
    return [place if place.name == NAME else place / NAME]
