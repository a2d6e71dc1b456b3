"""What the daemon costs and what it bears, each with its bar.

`python benchmarks/daemon.py help|idle|first|midi|fuzz|soak|all` prints what was measured. `first` and `idle` run the
real model; `fuzz` and `soak` a toy, so that they measure the daemon and nothing else.
"""

import argparse
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "bridge"))

from hostile import packets
from processes import Process
from soaking import Soak

from leap_bridge.midi.desk import PLAY_PARAMS, Desk, Playing
from leap_bridge.midi.player import State
from leap_bridge.midi.ports import RecordingPorts
from leap_bridge.osc.client import Client
from leap_bridge.rehearsal import recording
from leap_bridge.stage import SWITCH_S
from leap_models.music.notes import Note
from leap_models.music.tempo import TempoMap

ROOT = Path(__file__).resolve().parent.parent
OURS = ("-m", "leap_bridge")
OPEN = "limits:\n  packets_per_s: 1000000\n"


def help_(options: argparse.Namespace, folder: Path) -> None:  # noqa: ARG001
    """How long `--help` takes, and a client's import; the bar is 0.3 s each. Python alone stands beside them."""
    for words in ([*OURS, "--help"], ["-c", "import leap_bridge.osc.client"], ["-c", "pass"]):
        times, worked_s = [], _children_s()
        for _ in range(options.count or 7):
            began_s = time.perf_counter()
            subprocess.run([sys.executable, *words], check=True, capture_output=True, cwd=ROOT)
            times.append(time.perf_counter() - began_s)
        worked_s = (_children_s() - worked_s) / len(times)
        print(f"python {' '.join(words)}: {min(times):.3f} s at best, {statistics.median(times):.3f} s (median), "
              f"{worked_s:.3f} s of a processor")  # fmt: skip


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def idle(options: argparse.Namespace, folder: Path) -> None:
    """How much processor time the daemon takes with its model loaded and nothing to do; the bar is 1 %."""
    with Process(folder, settings="preload: [leap]\n", program=OURS) as daemon:
        time.sleep(30.0)  # loading
        cpu_s, seconds = daemon.cpu_s(), options.seconds or 60.0
        time.sleep(seconds)
        print(f"idle: {100 * (daemon.cpu_s() - cpu_s) / seconds:.2f} % of a processor, {daemon.memory_mb():.0f} MB")


def first(options: argparse.Namespace, folder: Path) -> None:
    """How long from /leap/arrange to the first /leap/notes with the model warm; the bar is 1.5 s on two cores."""
    times, worked_s = [], []
    with Process(folder, program=OURS) as daemon, Client("127.0.0.1", daemon.port, "bench", patience_s=300.0) as client:
        for seed in range((options.count or 5) + 1):
            song = recording(folder / f"song{seed}.wav", 30.0)
            began_s, cpu_s = time.perf_counter(), daemon.cpu_s()
            job = int(client.arrange(str(song), 0.0, 0.0, 3.0, seed).arguments[1])
            next(message for message in client.follow(job) if message.address == "/leap/notes")
            times.append(time.perf_counter() - began_s)
            worked_s.append(daemon.cpu_s() - cpu_s)
            client.cancel(job)
            client.last_word(job)
    print(f"first notes: {times[0]:.2f} s cold, then {min(times[1:]):.2f} to {max(times[1:]):.2f} s, "
          f"{statistics.median(times[1:]):.2f} s (median), of which the processor worked "
          f"{statistics.median(worked_s[1:]):.2f} s")  # fmt: skip


def midi(options: argparse.Namespace, folder: Path) -> None:  # noqa: ARG001
    """How exactly notes leave for the port, on an idle computer and beside busy threads; no port is needed."""
    sys.setswitchinterval(SWITCH_S)  # as the daemon does
    notes = tuple(Note(0.02 * index, 0.02 * index + 0.015, 60, 80) for index in range(options.count or 250))
    for busy in (0, 2):
        ports, done = RecordingPorts(), threading.Event()
        desk = Desk(ports, time.monotonic)

        def tell(event: Playing, done: threading.Event = done) -> None:
            if event.state == State.PLAYED:
                done.set()

        for _ in range(busy):
            threading.Thread(target=_compute, args=(done,), daemon=True).start()
        threading.Thread(target=desk.run, daemon=True).start()
        desk.play(1, {param.name: param.default for param in PLAY_PARAMS}, tell)
        desk.feed(1, notes, 1e3, TempoMap.steady(120))
        desk.finish(1)
        done.wait()
        desk.close()
        struck = [each.time_s for each in ports.sent if each.message[0] >> 4 == 9]
        late_ms = [1000 * (when - struck[0] - note.start_s) for when, note in zip(struck, notes, strict=True)]
        print(f"midi beside {busy} busy threads: {statistics.median(map(abs, late_ms)):.2f} ms (median), "
              f"{max(map(abs, late_ms)):.2f} ms at most")  # fmt: skip


def _compute(done: threading.Event) -> None:
    while not done.is_set():
        sum(range(1000))


def fuzz(options: argparse.Namespace, folder: Path) -> None:
    """100 000 hostile packets: it answers, grows by less than 20 MB, writes nothing and logs no error."""
    count = options.count or 100_000
    with Process(folder, settings=OPEN) as daemon, Client("127.0.0.1", daemon.port, "bench", patience_s=20.0) as client:
        attacker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        _attack(attacker, client, count // 20, 0)  # so that what every client costs once is not counted
        before, memory_mb, began_s = _files(folder), daemon.memory_mb(), time.monotonic()
        _attack(attacker, client, count, random.randrange(2**30))
        errors = sum(" ERROR " in line for log in folder.rglob("*.log*") for line in log.read_text().splitlines())
        print(
            f"fuzz: {count} packets in {time.monotonic() - began_s:.0f} s, answered throughout, "
            f"{daemon.memory_mb() - memory_mb:+.1f} MB, {len(_files(folder) - before)} files written, "
            f"{errors} errors logged"
        )
        attacker.close()


def _attack(attacker: socket.socket, client: Client, count: int, seed: int) -> None:
    for index, packet in enumerate(packets(count, seed)):
        attacker.sendto(packet, ("127.0.0.1", client.port))
        if index % 20 == 0:
            client.hello()


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if ".log" not in path.name}


def soak(options: argparse.Namespace, folder: Path) -> None:
    """20 clients with 3 jobs each for five minutes, with cancels and vanishing clients."""
    with Process(folder) as daemon:
        report = Soak(daemon.port, folder, options.count or 20, options.seconds or 300.0, daemon.memory_mb).run()
    print("\n".join(report.lines()))


WORK: dict[str, Callable[[argparse.Namespace, Path], None]] = {
    "help": help_, "idle": idle, "first": first, "midi": midi, "fuzz": fuzz, "soak": soak,
}  # fmt: skip


def main() -> None:
    """Do one, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=[*WORK, "all"])
    parser.add_argument("--count", type=int, help="of packets, clients, notes or runs, instead of the usual")
    parser.add_argument("--seconds", type=float, help="instead of the usual")
    options = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    for name in WORK if options.work == "all" else [options.work]:
        with tempfile.TemporaryDirectory() as folder:
            WORK[name](options, Path(folder))


if __name__ == "__main__":
    main()
