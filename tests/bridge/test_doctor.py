"""What the doctor finds, what a report holds, and the files for service managers."""

import json
import plistlib
import shutil
import socket
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Outcome

from leap_bridge import doctor, logs, rehearsal, service_files
from leap_bridge.daemon import Daemon
from leap_bridge.endpoint import Endpoint
from leap_bridge.rehearsal import Host, LegError
from leap_models import paths
from leap_models.errors import BadParameter

Cli = Callable[..., Outcome]
LEGS = [leg.name for leg in rehearsal.LEGS]


@pytest.fixture
def config(home: Path) -> Path:
    """The user's settings: any port, no MIDI."""
    path = home / "config" / "settings.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("port: 0\nmidi: false\n")
    return path


@pytest.fixture
def examine(toys: None, config: Path, cli: Cli) -> Callable[[], dict[str, dict[str, str]]]:
    """Runs the doctor with the toy; what it found, by name."""

    def call() -> dict[str, dict[str, str]]:
        done = cli("doctor", "--model", "toy", "--json")
        found = [json.loads(line) for line in done.out.splitlines()]
        assert done.code == int(any(each["state"] == "failed" for each in found))
        return {each["name"]: each for each in found}

    return call


def failed(found: dict[str, dict[str, str]]) -> list[str]:
    return [name for name, each in found.items() if each["state"] == "failed"]


def test_a_healthy_computer_plays_every_leg(examine):
    found = examine()
    assert failed(found) == []
    assert list(found)[-len(LEGS) :] == LEGS


def test_a_running_daemon_is_the_one_that_is_asked(examine, serve: Callable[..., Daemon]):
    daemon = serve()
    found = examine()
    assert found["port"]["text"].startswith(f"{daemon.port}: our own daemon")
    assert daemon.service.status().done == 2  # the arrangement and what was cancelled


def test_the_doctor_leaves_nothing_behind(examine, home: Path):
    examine()
    left = {path.name for path in home.rglob("*") if path.is_file()}
    assert not {name for name in left if "doctor" in name or name == "endpoint.json"}


def test_weights_that_were_changed_are_found(examine, toy_weights: Path, tmp_path: Path, monkeypatch):
    shutil.copytree(toy_weights, tmp_path / "weights" / "toy")
    with (tmp_path / "weights" / "toy" / "weights.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xff")
    monkeypatch.setenv("LEAP_BRIDGE_WEIGHTS", str(tmp_path / "weights"))
    found = examine()
    assert "is damaged" in found["weights of toy"]["text"]
    assert found["weights of toy"]["mend"].startswith("install again")


def test_a_port_that_somebody_has_is_said(examine, config: Path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        config.write_text(f"port: {other.getsockname()[1]}\nmidi: false\n")
        found = examine()
    assert failed(found) == ["port"]
    assert "choose another" in found["port"]["mend"]


@pytest.mark.skipif(not Path("/proc/net/udp").exists(), reason="only Linux tells whose a port is")
def test_whose_a_port_is():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        assert doctor.holder_of(other.getsockname()[1]).startswith("process ")


def test_a_mailbox_that_cannot_be_written_is_found(examine, config: Path, tmp_path: Path):
    (tmp_path / "file").write_text("")
    config.write_text(f"port: 0\nmidi: false\nmailbox: {tmp_path / 'file' / 'mailbox'}\n")
    assert failed(examine())[0] == "mailbox"


def test_a_daemon_that_does_not_answer_fails_the_first_leg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rehearsal, "ANSWER_S", 0.1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        nobody = Endpoint("127.0.0.1", mute.getsockname()[1], 1, 1, str(tmp_path))
        host = Host(nobody, "toy", tmp_path)
        with pytest.raises(LegError, match="expected /leap/welcome within"):
            rehearsal.LEGS[0].play(host)
        host.close()


def test_after_a_leg_that_failed_the_rest_is_not_tried(examine, monkeypatch: pytest.MonkeyPatch):
    def fail(host: Host) -> str:
        raise LegError("expected a piano, got a banjo")

    legs = (rehearsal.LEGS[0], rehearsal.Leg("tuning", fail, "buy a piano"), rehearsal.LEGS[-1])
    monkeypatch.setattr(rehearsal, "LEGS", legs)
    found = examine()
    assert (list(found)[-1], found["tuning"]["mend"]) == ("tuning", "buy a piano")


def test_a_model_that_is_not_there_is_the_caller_s_mistake(cli: Cli):
    assert cli("doctor", "--model", "theremin").err.startswith("leap-bridge: unknown_model: ")


def test_the_bundle_holds_the_log_and_the_versions(cli: Cli, home: Path, tmp_path: Path):
    logs.path().parent.mkdir(parents=True)
    logs.path().write_text("today\n")
    logs.path().with_name(logs.FILE + ".1").write_text("yesterday\n")
    (logs.path().parent / "song.wav").write_bytes(b"RIFF")
    assert cli("support-bundle", "-o", tmp_path / "report.zip").code == 0
    with zipfile.ZipFile(tmp_path / "report.zip") as file:
        assert set(file.namelist()) == {"versions.json", "logs/leap-bridge.log", "logs/leap-bridge.log.1"}
        assert "numpy" in json.loads(file.read("versions.json"))["packages"]


def test_the_versions_name_no_path(cli: Cli, home: Path, tmp_path: Path):
    cli("support-bundle", "-o", tmp_path / "report.zip")
    with zipfile.ZipFile(tmp_path / "report.zip") as file:
        text = file.read("versions.json").decode()
    assert "/" not in text
    assert str(home) not in text


def test_a_bundle_overwrites_nothing(cli: Cli, home: Path, tmp_path: Path):
    (tmp_path / "report.zip").write_text("mine")
    assert cli("support-bundle", "-o", tmp_path / "report.zip").err.startswith("leap-bridge: output_exists")


def test_a_unit_starts_this_program_with_its_flags(cli: Cli, home: Path):
    done = cli("serve", "--print-service", "systemd", "--preload", "leap", "--port", "0", "--jobs", "/my jobs")
    start = next(line for line in done.out.splitlines() if line.startswith("ExecStart="))
    assert start.endswith('"-m" "leap_bridge" "serve" "--port" "0" "--preload" "leap" "--jobs" "/my jobs"')
    assert f'Environment="LEAP_BRIDGE_HOME={home}"' in done.out.splitlines()


def test_what_systemd_would_read_as_its_own_is_doubled():
    assert r'"a%%b" "c$$d" "e\"f" "g\\h"' in service_files.systemd(("a%b", "c$d", 'e"f', "g\\h"), {})


def test_systemd_finds_nothing_wrong_with_the_unit(cli: Cli, home: Path, tmp_path: Path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze (Debian: systemd) is not installed")
    unit = tmp_path / "leap-bridge.service"
    unit.write_text(cli("serve", "--print-service", "systemd").out)
    done = subprocess.run([program, "verify", "--user", str(unit)], capture_output=True, text=True, check=False)
    assert "leap-bridge.service" not in done.stderr


def test_a_property_list_starts_this_program(cli: Cli, home: Path):
    job = plistlib.loads(cli("serve", "--print-service", "launchd", "--token", "a&b").out.encode())
    assert job["ProgramArguments"][1:] == ["-m", "leap_bridge", "serve", "--token", "a&b"]
    assert job["EnvironmentVariables"] == {"LEAP_BRIDGE_HOME": str(home)}


def test_another_service_manager_is_refused():
    with pytest.raises(BadParameter, match="must be one of systemd, launchd, got cron"):
        service_files.print_for("cron", ("leap-bridge",), {})


def test_wrong_flags_are_refused_before_a_file_is_printed(cli: Cli, home: Path):
    done = cli("serve", "--print-service", "systemd", "--host", "0.0.0.0")
    assert (done.code, done.out) == (1, "")


def test_the_variables_are_those_that_paths_reads(monkeypatch: pytest.MonkeyPatch, home: Path):
    monkeypatch.delenv("LEAP_BRIDGE_WEIGHTS", raising=False)
    assert paths.variables() == {"LEAP_BRIDGE_HOME": str(home)}
