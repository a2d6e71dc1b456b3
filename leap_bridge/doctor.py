"""What this computer needs to run the daemon, looked at one by one; and the daemon, asked as a host asks it."""

import platform
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from leap_bridge import __version__, rehearsal
from leap_bridge.daemon import Daemon
from leap_bridge.endpoint import Endpoint
from leap_bridge.midi.ports import open_ports
from leap_bridge.osc.client import find_running
from leap_bridge.rehearsal import Host, LegError
from leap_bridge.settings import Settings
from leap_bridge.web.site import Site
from leap_models import checkpoint, paths, registry
from leap_models.errors import LeapError
from leap_models.paths import atomic, made

PACKAGES = ("numpy", "scipy", "soundfile", "soxr", "mido", "python-osc", "safetensors", "torch", "websockets")
OPTIONAL_PACKAGES = ("python-rtmidi", "av", "transformers", "onnxruntime")
FORMATS = ("WAV", "FLAC", "OGG", "MP3")


@dataclass(frozen=True)
class Finding:
    """What one look found.

    Args:
        state: "ok"; "note" for something that works without; "failed".
        text: what is there.
        mend: what to do about it; "" if nothing needs to be done.
    """

    name: str
    state: str
    text: str
    mend: str = ""


def examine(settings: Settings, model: str) -> Iterator[Finding]:
    """Look at everything, then play a host; findings come as they are made.

    Args:
        model: what the host asks to arrange.
    """
    yield _python()
    yield _audio()
    yield from _weights()
    yield _device(settings.device)
    running = find_running()
    yield _port(settings, running)
    yield _midi(settings, running)
    yield _page()
    for name, folder in (("mailbox", settings.mailbox_folder), ("results", settings.jobs_folder)):
        yield _folder(name, folder)
    yield from _play(settings, running, model)


def _look(name: str, look: Callable[[], str], mend: str, state: str = "failed") -> Finding:
    """`look` says what is there, or raises."""
    try:
        return Finding(name, "ok", look())
    except (LeapError, OSError, ImportError, RuntimeError) as error:
        return Finding(name, state, " ".join(str(error).split()) or type(error).__name__, mend)


def _python() -> Finding:
    missing = [name for name in PACKAGES if version_of(name) is None]
    text = f"leap-bridge {__version__}, Python {platform.python_version()} on {platform.platform(terse=True)}"
    if missing:
        return Finding("packages", "failed", f"missing: {', '.join(missing)}", "install again: pip install leap-bridge")
    return Finding("packages", "ok", text)


def _page() -> Finding:
    def look() -> str:
        return f"the Studio's page is in {Site().folder}"

    return _look("page", look, "build it in a checkout: leap-bridge studio --build", "note")


def _audio() -> Finding:
    def look() -> str:
        known = import_module("soundfile").available_formats()
        import_module("soxr")
        lacking = [name for name in FORMATS if name not in known]
        if lacking:
            raise ImportError(f"libsndfile here reads no {', '.join(lacking)}")
        return f"reads wav, flac, ogg and mp3; {more}"

    by = "PyAV" if find_spec("av") else "ffmpeg" if shutil.which("ffmpeg") else ""
    more = f"m4a, aac and videos through {by}" if by else "for m4a, aac and videos install ffmpeg"
    return _look("audio", look, "install a newer soundfile: pip install --upgrade soundfile soxr")


def _weights() -> Iterator[Finding]:
    def look(name: str) -> str:
        card = checkpoint.verify(paths.weights_folder(name))
        return f"sha256 {card.sha256[:12]}…, {card.licence}"

    beside = {path.name for path in paths.weights_folder().glob("*") if path.is_dir()}
    for name in sorted(beside | set(registry.available())):
        mend = "install again: pip install --force-reinstall leap-bridge"
        yield _look(f"weights of {name}", partial(look, name), mend)


def _device(wanted: str) -> Finding:
    def look() -> str:
        import torch

        device = registry.find_device(wanted)
        torch.ones(64, 64, device=device).matmul(torch.ones(64, 64, device=device)).sum().item()
        return f"torch {torch.__version__} computes on {device}, {torch.get_num_threads()} threads"

    return _look("device", look, "choose another with `device: cpu` in settings.yaml, or install torch again")


def _port(settings: Settings, running: Endpoint | None) -> Finding:
    if running is not None:
        return Finding("port", "ok", f"{running.port}: our own daemon, {running.version}, process {running.pid}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            holder = holder_of(settings.port)
            text = f"{settings.port} cannot be used: {error.strerror}{f', {holder} has it' if holder else ''}"
            return Finding("port", "failed", text, "stop that program, or choose another `port:` in settings.yaml")
    return Finding("port", "ok", f"{settings.port} is free")


def holder_of(port: int) -> str:
    """Which process has a UDP port, as Linux tells it; "" if that cannot be known."""
    try:
        rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
        sockets = {f"socket:[{row[9]}]" for row in rows if int(row[1].rpartition(":")[2], 16) == port}
        for process in Path("/proc").glob("[0-9]*"):
            if _has(process, sockets):
                return f"process {process.name} ({(process / 'comm').read_text().strip()})"
    except (OSError, ValueError, IndexError):
        return ""
    return ""


def _has(process: Path, sockets: set[str]) -> bool:
    try:
        return any(str(each.readlink()) in sockets for each in (process / "fd").iterdir())
    except OSError:  # another user's, or it has just ended
        return False


def _midi(settings: Settings, running: Endpoint | None) -> Finding:
    def look() -> str:
        opened = open_ports(settings.midi_out, settings.midi_in)
        opened.close()
        return f"ports can be opened, on {opened.system}"

    if not settings.midi:
        return Finding("midi", "note", "switched off in settings.yaml")
    if running is not None and (settings.midi_out or settings.midi_in):
        return Finding("midi", "ok", "the daemon has the ports")
    return _look("midi", look, "needed only to play jobs out of MIDI ports", state="note")


def _folder(name: str, folder: Path) -> Finding:
    def look() -> str:
        with atomic(made(folder) / "doctor.txt") as unfinished:
            unfinished.write_text("leap-bridge doctor\n", encoding="utf-8")
        (folder / "doctor.txt").unlink()
        return f"{folder} can be written, {shutil.disk_usage(folder).free / 2**30:.1f} GB are free"

    return _look(name, look, f"make {folder} writable, or name another folder with `{name}:` in settings.yaml")


def _play(settings: Settings, running: Endpoint | None, model: str) -> Iterator[Finding]:
    """The legs of a rehearsal; after one that fails the others are not tried."""
    with tempfile.TemporaryDirectory() as folder, _daemon(settings, running) as found:
        if isinstance(found, Finding):
            yield found
            return
        host = Host(found, model, Path(folder))
        try:
            for leg in rehearsal.LEGS:
                try:
                    yield Finding(leg.name, "ok", leg.play(host))
                except LegError as error:
                    yield Finding(leg.name, "failed", str(error), leg.mend)
                    return
        finally:
            host.close()


@contextmanager
def _daemon(settings: Settings, running: Endpoint | None) -> Iterator[Endpoint | Finding]:
    """The daemon that runs, or one of our own for as long as the block lasts, or why there is none."""
    if running is not None:
        yield running
        return
    try:
        daemon = Daemon(replace(settings, port=0, midi=False, log_level="warning"))
        daemon.start()
    except LeapError as error:
        yield Finding("daemon", "failed", str(error), "run `leap-bridge serve --log-level debug` and see what it says")
        return
    try:
        yield daemon.endpoint
    finally:
        daemon.stop()


def version_of(package: str) -> str | None:
    """Of an installed package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
