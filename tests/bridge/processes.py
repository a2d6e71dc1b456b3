"""A daemon with the toy model as a process of its own, to be killed, measured and restarted."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
TOY = ROOT / "tests" / "bridge" / "light_cli.py"


class Process:
    """`leap-bridge serve`, from when it listens on. Use as a context manager.

    Args:
        home: the user's folders; settings there say no MIDI, few logs, and whatever `settings` adds.
        program: the words that run `leap-bridge`.
    """

    def __init__(self, home: Path, settings: str = "", program: tuple[str, ...] = (str(TOY),)) -> None:
        (home / "config").mkdir(parents=True, exist_ok=True)
        (home / "weights" / "toy").mkdir(parents=True, exist_ok=True)  # where nobody looks for anything
        (home / "config" / "settings.yaml").write_text("midi: false\nlog_level: warning\n" + settings)
        ours = {"LEAP_BRIDGE_HOME": str(home), "LEAP_BRIDGE_WEIGHTS": str(home / "weights"), "PYTHONPATH": str(ROOT)}
        environment = {**os.environ, **ours}
        command = [sys.executable, *program, "serve", "--port", "0", "--json"]
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the daemon ended with {self._process.wait(10)} before it listened")
        self.port = int(json.loads(line)["port"])
        self.pid = self._process.pid

    def kill(self) -> None:
        """As kill -9 does: nothing is tidied up."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """As a service manager does, or with another signal; its exit code."""
        self._process.send_signal(number)
        return self._process.wait(20)

    def memory_mb(self) -> float:
        """What it has in memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def cpu_s(self) -> float:
        """What it has worked."""
        words = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> "Process":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.stop()
        if self._process.stdout is not None:
            self._process.stdout.close()
