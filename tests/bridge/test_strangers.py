"""Clients that are not ours: a stranger's, liblo's tools, Pure Data, node-osc. Missing programs are said."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT

from leap_bridge.daemon import Daemon
from leap_models.music import midi

Music = Callable[..., Path]
STRANGER = ROOT / "tests" / "stranger.py"


def needs(program: str, package: str) -> str:
    """The program's path; the test is skipped where it is missing."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} (Debian: {package}) is not installed")
    return found


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stranger(port: int, *words: object) -> subprocess.CompletedProcess[str]:
    """Runs it without any installed package in reach."""
    command = [sys.executable, "-I", "-S", str(STRANGER), str(port), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_stranger_gets_every_note(daemon: Daemon, music: Music):
    said = stranger(daemon.port, music(6.0), 3, "model", "toy").stdout.splitlines()
    notes = [tuple(float(word) for word in line.split()) for line in said[:-1]]
    written = midi.read(said[-1]).notes
    assert sorted(int(note[0]) for note in notes) == sorted(note.pitch for note in written)


def test_a_stranger_is_told_what_is_wrong(daemon: Daemon, tmp_path: Path):
    done = stranger(daemon.port, tmp_path / "nothing.wav", 3, "model", "toy")
    assert done.returncode == 1
    assert done.stderr.startswith("file_not_found: there is no file ")


def test_a_stranger_needs_some_fifty_lines_of_code():
    lines = STRANGER.read_text().split('"""', 2)[2].splitlines()
    assert sum(bool(line.strip()) for line in lines) <= 55


@pytest.fixture
def dump() -> Iterator[tuple[int, list[str], Callable[[str], None]]]:
    """`oscdump` on a port of its own: the port, what it heard, and a way to wait for an address."""
    port = free_port()
    command = [needs("oscdump", "liblo-tools"), "-L", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)
    heard: list[str] = []
    assert process.stdout is not None

    def wait(address: str) -> None:
        for line in process.stdout:
            heard.append(line.split(" ", 1)[1])  # behind the time
            if f" {address} " in f" {heard[-1]}":
                return

    time.sleep(0.3)
    yield port, heard, wait
    process.kill()
    process.wait()
    process.stdout.close()


def test_liblo_says_hello_asks_and_hears_every_note(daemon: Daemon, music: Music, dump):
    send = [needs("oscsend", "liblo-tools"), "127.0.0.1", str(daemon.port)]
    port, heard, wait = dump
    subprocess.run([*send, "/leap/hello", "iisis", "1", str(port), "liblo", "1", "x"], check=True)
    wait("/leap/welcome")
    asked = ["/leap/arrange", "isfffiss", "2", str(music(4.0)), "0", "0", "3", "7", "model", "toy"]
    subprocess.run([*send, *asked], check=True)
    wait("/leap/done")
    notes = sum((len(line.split()) - 6) // 5 for line in heard if line.startswith("/leap/notes "))
    last = next(line.split() for line in heard if line.startswith("/leap/done "))
    assert notes == int(last[4]) > 0


PATCH = r"""#N canvas 0 0 450 300 10;
#X obj 10 10 loadbang;
#X obj 10 40 netreceive -u -b {port};
#X obj 10 70 oscparse;
#X obj 10 100 list trim;
#X obj 10 130 print heard;
#X obj 200 10 netsend -u -b;
#X msg 200 40 connect 127.0.0.1 {daemon};
#X obj 200 70 oscformat -f iisis leap hello;
#X msg 200 100 1 {port} pd 1 x;
#X obj 200 130 list prepend send;
#X obj 200 150 list trim;
#X obj 300 70 oscformat -f isfffiss leap arrange;
#X msg 300 100 2 {song} 0 0 3 7 model toy;
#X obj 300 130 list prepend send;
#X obj 300 150 list trim;
#X obj 10 160 delay 300;
#X obj 10 190 delay 300;
#X obj 10 220 delay 300;
#X connect 1 0 2 0;
#X connect 2 0 3 0;
#X connect 3 0 4 0;
#X connect 0 0 15 0;
#X connect 15 0 6 0;
#X connect 6 0 5 0;
#X connect 15 0 16 0;
#X connect 16 0 8 0;
#X connect 8 0 7 0;
#X connect 7 0 9 0;
#X connect 9 0 10 0;
#X connect 10 0 5 0;
#X connect 16 0 17 0;
#X connect 17 0 12 0;
#X connect 12 0 11 0;
#X connect 11 0 13 0;
#X connect 13 0 14 0;
#X connect 14 0 5 0;
"""


def test_a_pure_data_patch_says_hello_asks_and_prints_its_notes(daemon: Daemon, music: Music, tmp_path: Path):
    program = needs("pd", "puredata-core")
    patch = tmp_path / "leap.pd"
    patch.write_text(PATCH.format(port=free_port(), daemon=daemon.port, song=music(4.0)))
    command = [program, "-nogui", "-noprefs", "-nosound", "-nomidi", "-stderr", "-open", str(patch)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stderr is not None
    heard: list[list[str]] = []
    for line in process.stderr:
        heard.append(line.removeprefix("heard: ").split())
        if heard[-1][:2] in (["leap", "done"], ["leap", "error"]):
            break
    process.kill()
    process.wait()
    process.stderr.close()
    notes = sum((len(words) - 6) // 5 for words in heard if words[:2] == ["leap", "notes"])
    assert heard[-1][:2] == ["leap", "done"]
    assert notes == int(heard[-1][4]) > 0


NODE = """
const {{ Client, Server }} = require("node-osc");
const server = new Server({port}, "127.0.0.1", () => {{
  const client = new Client("127.0.0.1", {daemon});
  let notes = 0;
  server.on("message", ([address, ...values]) => {{
    if (address === "/leap/welcome") client.send("/leap/arrange", 2, "{song}", 0, 0, 3, 7, "model", "toy");
    if (address === "/leap/notes") notes += (values.length - 4) / 5;
    if (address === "/leap/done") {{ console.log(notes, values[2]); process.exit(0); }}
    if (address === "/leap/error") {{ console.log(values); process.exit(1); }}
  }});
  client.send("/leap/hello", 1, {port}, "node", 1, "x");
}});
"""


def test_node_osc_hears_every_note(daemon: Daemon, music: Music, tmp_path: Path):
    node = needs("node", "nodejs")
    if subprocess.run([node, "-e", "require('node-osc')"], capture_output=True, check=False).returncode:
        pytest.skip("node-osc (npm) is not installed where node looks for it (NODE_PATH)")
    script = tmp_path / "client.cjs"
    script.write_text(NODE.format(port=free_port(), daemon=daemon.port, song=music(4.0)))
    done = subprocess.run([node, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done
    streamed, told = done.stdout.split()
    assert streamed == told
