"""Work that the workers of a cluster are given; a module of its own, so that they find it and need little time."""

import os
import signal
import time
from pathlib import Path


def tell(path: Path) -> str:
    """Say once what was done; the first time that somebody is at `3`, his process dies in the middle of it."""
    time.sleep(0.05)
    if path.name == "3":
        marker = path.with_name("died")
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(str(os.getpid()))
    unfinished.rename(path)
    return path.name


def fail(_path: Path) -> str:
    """What a disk does that is full."""
    raise OSError(28, "No space left on device")


def threads(_name: str) -> int:
    """Threads that torch has here."""
    import torch

    return torch.get_num_threads()
