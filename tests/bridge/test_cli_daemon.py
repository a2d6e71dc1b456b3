"""The commands that run the daemon and talk to it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bridge_raw import Raw
from conftest import ROOT, Outcome

from leap_bridge import logs
from leap_bridge.cli.serve import given
from leap_bridge.daemon import Daemon
from leap_bridge.osc.client import Client
from leap_bridge.settings import FILE, Settings
from leap_models import paths

Cli = Callable[..., Outcome]
Music = Callable[..., Path]


def test_the_daemon_and_this_process_make_the_same_bytes(cli: Cli, daemon: Daemon, music: Music, tmp_path: Path):
    words = ("arrange", "--model", "toy", music(5.0), "--seed", 3, "--difficulty", "2.123456789", "--start", 0.7)
    extra = ("--preview", "{}.wav", "--plot", "{}.png", "--musicxml", "{}.musicxml")
    for name, local in (("a", ()), ("b", ("--local",))):
        outputs = [str(tmp_path / word.format(name)) if "{" in word else word for word in extra]
        outcome = cli(*words, "-o", tmp_path / f"{name}.mid", *outputs, *local)
        assert outcome.code == 0, outcome.err
    assert daemon.service.find(1).notes > 0
    for suffix in ("mid", "wav", "musicxml"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_the_daemon_and_this_process_report_the_same(cli: Cli, daemon: Daemon, music: Music, tmp_path: Path):
    reports = []
    for local in ((), ("--local",)):
        outcome = cli("arrange", "--model", "toy", music(3.0), "--json", "--force", *local)
        reports.append(json.loads(outcome.out))
        del reports[-1]["seconds"], reports[-1]["real_time_factor"]
    assert reports[0] == reports[1]


def test_events_are_lines_of_json_and_the_report_is_the_last(cli: Cli, daemon: Daemon, music: Music):
    lines = cli("arrange", "--model", "toy", music(3.0), "--events").out.splitlines()
    *events, report = [json.loads(line) for line in lines]
    kinds = [event["event"] for event in events]
    assert (kinds.count("window"), kinds.count("done")) == (report["windows"], 1)
    assert "progress" in kinds


def test_events_of_this_process_are_lines_of_json_too(cli: Cli, daemon: Daemon, music: Music):
    lines = cli("arrange", "--model", "toy", music(3.0), "--events", "--local").out.splitlines()
    *events, report = [json.loads(line) for line in lines]
    assert {event["event"] for event in events} == {"progress"}
    assert report["notes"] > 0


def test_what_the_daemon_refuses_is_one_line(cli: Cli, daemon: Daemon, tmp_path: Path):
    (tmp_path / "song.wav").write_text("no sound")
    outcome = cli("arrange", "--model", "toy", tmp_path / "song.wav")
    assert (outcome.code, len(outcome.error_lines)) == (1, 1)


def test_a_fault_of_the_daemons_keeps_its_code(cli: Cli, daemon: Daemon, music: Music):
    outcome = cli("arrange", "--model", "toy", music(2.0), "--set", "fault=memory")
    assert outcome.code == 2
    assert "leap-bridge: out_of_memory: " in outcome.err


def test_an_interrupt_cancels_the_daemons_job(
    cli: Cli, daemon: Daemon, music: Music, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    def interrupted(client: Client, job: int) -> Iterator[object]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "follow", interrupted)
    outcome = cli("arrange", "--model", "toy", music(60.0), "--set", "fault=slow", "-o", tmp_path / "x.mid")
    assert (outcome.code, outcome.err) == (1, "leap-bridge: cancelled: interrupted; nothing was written\n")
    assert daemon.service.find(1).state == "cancelled"
    assert not (tmp_path / "x.mid").exists()


def test_a_job_that_somebody_else_cancels_is_cancelled(cli: Cli, raw: Raw, daemon: Daemon, music: Music):
    raw.send("/leap/arrange", 5, str(music(60.0)), 0.0, 0.0, 3.0, 7, "model", "toy", "fault", "slow")
    raw.wait("/leap/window")
    outcome = cli("cancel", 1)
    assert outcome.out.startswith("cancelled job 1, ")
    assert raw.wait("/leap/cancelled").arguments[0] == 1
    assert cli("cancel", 1).error_lines == [
        "leap-bridge: bad_parameter: job 1 has ended already: it is cancelled"
    ]


def test_a_job_that_is_not_there_cannot_be_cancelled(cli: Cli, daemon: Daemon):
    assert "unknown_job" in cli("cancel", 9).err


def test_status_tells_of_the_daemon_and_its_jobs(cli: Cli, raw: Raw, daemon: Daemon, music: Music):
    path = music(60.0)
    for request in (5, 6):
        raw.send("/leap/arrange", request, str(path), 0.0, 0.0, 3.0, 7, "model", "toy", "fault", "slow")
    raw.wait("/leap/window")
    found = json.loads(cli("status", "--json").out)
    assert (found["port"], found["queued"], found["running"]) == (daemon.port, 1, 1)
    assert [(job["job"], job["state"], job["model"], job["path"]) for job in found["jobs"]] == [
        (1, "running", "toy", str(path)), (2, "queued", "toy", str(path))
    ]  # fmt: skip
    assert len(cli("status").out.splitlines()) == 3


@pytest.mark.parametrize("words", [("status",), ("cancel", "1")])
def test_without_a_daemon_that_is_said(cli: Cli, home: Path, words: tuple[str, ...]):
    outcome = cli(*words)
    assert outcome.code == 1
    assert outcome.err == "leap-bridge: not_running: no daemon runs; start one with: leap-bridge serve\n"


def test_a_second_serve_exits_with_3(cli: Cli, daemon: Daemon):
    outcome = cli("serve", "--port", 0)
    assert outcome.code == 3
    assert f"on port {daemon.port} as process {os.getpid()}" in outcome.err


def served(*words: str) -> Settings:
    import argparse

    from leap_bridge.cli import serve

    parser = argparse.ArgumentParser()
    serve.add(parser, ())
    return given(parser.parse_args(words))


def test_flags_come_before_the_settings_file(home: Path):
    paths.made(paths.config_folder())
    (paths.config_folder() / FILE).write_text("port: 9600\nidle_unload_s: 60\nlimits:\n  queue: 5\n")
    found = served("--port", "0", "--preload", "leap", "--mailbox", "/box")
    assert (found.port, found.idle_unload_s, found.limits.queue) == (0, 60.0, 5)
    assert (found.preload, found.mailbox_folder) == (("leap",), Path("/box"))


def test_a_host_without_a_token_is_refused(cli: Cli, home: Path):
    assert "needs a token" in cli("serve", "--host", "0.0.0.0").err


@pytest.mark.parametrize("words", [["status"], ["cancel", "1"], ["serve", "--help"]])
def test_talking_to_the_daemon_brings_no_torch(words: list[str], home: Path):
    program = f"""
import contextlib, io, sys
from leap_bridge.cli import main
with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
    with contextlib.suppress(SystemExit):
        main({words})
print([name for name in ("torch", "numpy", "soundfile") if name in sys.modules])
"""
    light = "[]" if "serve" not in words else "['numpy', 'soundfile']"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() in (light, "[]")


def test_the_log_is_turned_over(home: Path, monkeypatch: pytest.MonkeyPatch):
    import logging

    monkeypatch.setattr(logs, "MOST_BYTES", 2000)
    handler = logs.begin("info")
    for number in range(200):
        logging.getLogger("leap_bridge.test").info("line %d", number)
    logs.end(handler)
    files = sorted(path.name for path in logs.path().parent.iterdir())
    assert files == ["leap-bridge.log", *(f"leap-bridge.log.{number}" for number in range(1, logs.KEPT + 1))]
    assert all(path.stat().st_size <= 2000 for path in logs.path().parent.iterdir())
