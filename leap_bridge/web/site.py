"""The built page: which file is asked for, what it is, and how long a browser may keep it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from leap_models.errors import FileMissing

SOCKET = "/daemon"  # the WebSocket's path; the page finds it in a meta element, which other hosts do not add
BUILT = Path(__file__).resolve().parent.parent / "studio" / "dist"
ISOLATED = {  # without the first two a browser gives WebAssembly no threads
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
KINDS = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".txt": "text/plain; charset=utf-8",
    ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".wasm": "application/wasm",
    ".json": "application/json", ".map": "application/json", ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".ico": "image/x-icon",
    ".woff2": "font/woff2", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".m4a": "audio/mp4", ".wav": "audio/wav",
    ".flac": "audio/flac", ".mid": "audio/midi", ".xml": "application/xml",
}  # fmt: skip
OTHER = "application/octet-stream"
PACKED = {"br": ".br", "gzip": ".gz"}  # beside the file itself
HASHED = re.compile(r"/assets/[^/]*-[\w-]{8}\.")  # names that the build makes of the content
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"  # of the page, the service worker, models: kept, and asked each time whether it is the same

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """What is answered. `body` is a file that is still to be read."""

    status: int
    headers: Headers = field(default_factory=dict)
    body: bytes | Path = b""

    def read(self) -> bytes:
        """The body."""
        return self.body if isinstance(self.body, bytes) else self.body.read_bytes()


def policy(host: str) -> str:
    """The Content-Security-Policy: nothing but what came from here, and the WebSocket."""
    return "; ".join((
        "default-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self' blob:",
        f"connect-src 'self' ws://{host} blob: data:", "img-src 'self' blob: data:", "media-src 'self' blob: data:",
        "font-src 'self' data:", "style-src 'self' 'unsafe-inline'", "object-src 'none'", "base-uri 'none'",
        "form-action 'none'", "frame-ancestors 'none'",
    ))  # fmt: skip


class Site:
    """A folder that is served.

    Attributes:
        folder: which.

    Raises:
        FileMissing: the page was not built.
    """

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or BUILT
        self.folder = folder.resolve()
        if not (self.folder / "index.html").is_file():
            raise FileMissing(f"the page is not built, there is no {folder}; build it: leap-bridge studio --build")

    def answer(self, path: str, accepts: str = "", known: str | None = None) -> Page:
        """The file at a path.

        Args:
            accepts: what the browser unpacks, as in Accept-Encoding.
            known: the tag of what it has already.
        """
        file = self._find(path)
        if file is None:
            return plain(404, f"there is nothing at {path[:200]}")
        headers = {"Content-Type": KINDS.get(file.suffix.lower(), OTHER), "Vary": "Accept-Encoding"}
        headers["Cache-Control"] = FOR_EVER if HASHED.search(path) else ASK_AGAIN
        body: bytes | Path = file
        if file.suffix == ".html":
            body = _with_socket(file.read_bytes())
            tag = hashlib.blake2b(body, digest_size=12).hexdigest()
        else:
            packing, body = _packed(file, accepts)
            headers |= {"Content-Encoding": packing} if packing else {}
            stat = body.stat()
            tag = f"{stat.st_mtime_ns:x}-{stat.st_size:x}{packing}"
        headers["ETag"] = f'"{tag}"'
        if known is not None and headers["ETag"] in {each.strip().removeprefix("W/") for each in known.split(",")}:
            return Page(304, headers)
        return Page(200, headers, body)

    def _find(self, path: str) -> Path | None:
        """The file that a path names, if it is in the folder."""
        parts = unquote(path.partition("?")[0]).split("/")[1:]
        parts[-1:] = [parts[-1] or "index.html"] if parts else []
        unsafe = any(part in ("", ".", "..") or "\\" in part or "\0" in part or ":" in part for part in parts)
        if unsafe or not parts or not path.startswith("/"):
            return None
        try:
            file = self.folder.joinpath(*parts).resolve()
        except (OSError, ValueError):
            return None
        return file if file.is_file() and file.is_relative_to(self.folder) else None


def plain(status: int, text: str) -> Page:
    """A line for a person."""
    kind = {"Content-Type": KINDS[".txt"], "Cache-Control": "no-store"}
    return Page(status, kind, text.encode("utf-8", "replace") + b"\n")


def _with_socket(page: bytes) -> bytes:
    """The page, told that there is a daemon."""
    return page.replace(b"<head>", f'<head>\n    <meta name="leap-daemon" content="{SOCKET}">'.encode(), 1)


def _packed(file: Path, accepts: str) -> tuple[str, Path]:
    """How a file is packed that is there packed, and where."""
    taken = {word.split(";")[0].strip().lower() for word in accepts.split(",") if "q=0" not in word.replace(" ", "")}
    for packing, suffix in PACKED.items():
        packed = file.with_name(file.name + suffix)
        if packing in taken and packed.is_file():
            return packing, packed
    return "", file
