"""Two hundred jobs, some cancelled, some of pages that vanish: memory, threads and open files stay as they were."""

import gc
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from web_fixtures import Browser, soon

from leap_bridge.web.server import WebServer
from leap_models import paths

JOBS = 200
A_PAGE = 10  # jobs


@pytest.mark.skipif(sys.platform != "linux", reason="counts in /proc")
def test_two_hundred_jobs_leave_nothing(web: WebServer, music: Callable[..., Path]):
    song, longer = music(1.0), music(6.0, "longer.wav")
    measured: list[float] = []
    begun = held()
    for page in range(JOBS // A_PAGE):
        with Browser(web.port) as browser:
            for number in range(A_PAGE):
                if number == 3:
                    job = browser.start(longer, fault="slow")["job"]
                    browser.ask(do="cancel", job=job)
                    assert browser.end(job)["event"] == "cancelled"
                    continue
                job = browser.start(song, seed=number)["job"]
                assert browser.end(job)["event"] == "done"
                assert browser.file(job, "mid")[1].startswith(b"MThd")
            if page % 2:
                browser.start(longer, fault="slow")  # which nobody waits for
        gc.collect()
        measured.append(memory_mb())
    assert measured[-1] - measured[len(measured) // 4] < 8.0
    assert soon(lambda: all(now <= before + 2 for now, before in zip(held(), begun, strict=True)))
    assert soon(lambda: not any((paths.data_folder() / "jobs").iterdir()))
    assert not any((paths.data_folder() / "studio" / "00000007").iterdir())


def held() -> tuple[int, int]:
    """Open files and threads."""
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


def memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
