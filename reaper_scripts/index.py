"""Makes ReaPack's index of the actions from their header tags: `python reaper_scripts/index.py --url BASE`.

ReaPack fetches each file from BASE and its path below this folder, so BASE is where this folder is published, at the
version of the tag. The same files give the same bytes; the index holds no time but that of the release.
"""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

HERE = Path(__file__).resolve().parent
PACKAGE = "LEAP_Arrange selected items to piano.lua"
URL = "https://leap-bridge.example/reaper_scripts"  # reserved for examples: a release says where it is published
RELEASED = "2026-11-21T00:00:00Z"
TAG = re.compile(r"^-- @(\w+) ?(.*)$")
PROVIDED = re.compile(r"^\[(main|nomain)\] (.+)$")


def tags(path: Path) -> dict[str, list[str]]:
    """The header of a script: the text of each tag, by lines. It ends where the comment does."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("--"):
            break
        match = TAG.match(line)
        if match:
            lines = found[match[1]] = [match[2]] if match[2] else []
        else:
            lines.append(line.removeprefix("--").removeprefix("   "))
    return found


def provided(folder: Path = HERE) -> dict[str, bool]:
    """Each file of the package, and whether it is an action.

    Raises:
        ValueError: a line of @provides is not understood, or names nothing.
    """
    files = {PACKAGE: True}
    for line in tags(folder / PACKAGE)["provides"]:
        match = PROVIDED.match(line)
        names = sorted(path.relative_to(folder).as_posix() for path in folder.glob(match[2])) if match else []
        if not match or not names:
            raise ValueError(f"@provides must name files as [main] or [nomain], got {line!r}")
        files |= dict.fromkeys(names, match[1] == "main")
    return files


def source(name: str, action: bool, url: str) -> str:
    """One file of a version."""
    main = ' main="main"' if action else ""
    return f"        <source{main} file={quoteattr(name)}>{escape(f'{url}/{quote(name)}')}</source>"


def index(url: str = URL, folder: Path = HERE) -> str:
    """The text of index.xml."""
    header = tags(folder / PACKAGE)
    description, version, author = (quoteattr(header[name][0]) for name in ("description", "version", "author"))
    changes = "\n".join(header["changelog"])
    sources = "\n".join(source(name, action, url) for name, action in provided(folder).items())
    return f"""<?xml version="1.0" encoding="utf-8"?>
<index version="1" name="LEAP Bridge">
  <category name="LEAP">
    <reapack name={quoteattr(PACKAGE)} type="script" desc={description}>
      <version name={version} author={author} time="{RELEASED}">
        <changelog><![CDATA[{changes}]]></changelog>
{sources}
      </version>
    </reapack>
  </category>
</index>
"""


def main(argv: Sequence[str] | None = None) -> None:
    """Write index.xml beside the scripts."""
    parser = argparse.ArgumentParser(description="Make ReaPack's index of the REAPER actions.")
    parser.add_argument("--url", default=URL, help="where this folder is published")
    text = index(parser.parse_args(argv).url.rstrip("/"))
    (HERE / "index.xml").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
