"""Builds the devices: `python -m max_for_live.build`. The same sources give the same bytes, on every computer."""

import hashlib
import json
from pathlib import Path

from leap_bridge import __version__
from leap_bridge.osc.addresses import ANCHORS_PER_PART, FROM_DAEMON, NOTES_PER_PART, PORT, PROTOCOL
from max_for_live.container import File, freeze
from max_for_live.layout import DEVICE_SCRIPT, SCREEN_SCRIPT, VARIANTS, Variant, patch_of

FOLDER = Path(__file__).resolve().parent
# In the order in which Max reads them, as one script.
MODULES = (
    "time_map", "reading", "live", "target", "score", "sound", "take", "link", "dial", "panel", "device", "asking",
    "words", "main",
)  # fmt: skip
# Where the daemon's endpoint file is in a home folder: macOS, Windows, others.
ENDPOINTS = (
    "/Library/Application Support/leap-bridge/config/endpoint.json",
    "/AppData/Roaming/leap-bridge/config/endpoint.json",
    "/.config/leap-bridge/endpoint.json",
)


def main() -> None:
    """Write both devices beside their sources."""
    for variant in VARIANTS:
        (FOLDER / variant.file).write_bytes(device(variant))


def device(variant: Variant) -> bytes:
    """The bytes of a device."""
    patch = json.dumps(patch_of(variant).json(), indent="\t", ensure_ascii=False) + "\n"
    return freeze(variant.kind, (
        File(variant.file, "JSON", patch.encode()),
        File(DEVICE_SCRIPT, "TEXT", script().encode()),
        File(SCREEN_SCRIPT, "TEXT", source("screen").encode()),
    ))  # fmt: skip


def script() -> str:
    """The script of a device: what it knows of the protocol, then its modules."""
    modules = "\n".join(source(name) for name in MODULES)
    stamp = hashlib.sha256(modules.encode()).hexdigest()[:8]
    contract = json.dumps(_contract(f"{__version__}+{stamp}"), indent=4)
    return f"// Made by max_for_live/build.py from max_for_live/js.\n\nvar CONTRACT = {contract};\n\n{modules}"


def source(module: str) -> str:
    """The text of one of the files in js/."""
    return (FOLDER / "js" / f"{module}.js").read_text(encoding="utf-8")


def _contract(build: str) -> dict[str, object]:
    return {
        "protocol": PROTOCOL,
        "version": __version__,
        "build": build,
        "port": PORT,
        "endpoints": ENDPOINTS,
        "anchorsPerPart": ANCHORS_PER_PART,
        "notesPerPart": NOTES_PER_PART,
        "messages": {path: [each.name for each in address.arguments] for path, address in FROM_DAEMON.items()},
    }


if __name__ == "__main__":
    main()
