"""A short soak; `benchmarks/daemon.py soak` has the long one."""

from pathlib import Path

import pytest
from processes import Process
from soaking import Soak


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells a process's memory there")
def test_twenty_clients_each_get_their_own(home: Path, tmp_path: Path):
    with Process(home) as daemon:
        report = Soak(daemon.port, tmp_path, clients=20, seconds=3.0, memory_mb=daemon.memory_mb).run()
    assert report.wrong == report.strange == report.errors == []
    assert report.done >= 20
