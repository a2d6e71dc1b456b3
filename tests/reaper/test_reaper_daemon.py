"""What happens when the daemon is not there, is another one, goes away, forgets, or loses packets."""

import json
import random
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from fake_reaper import Host
from lua_script import SCRIPTS
from reaper_fixtures import ARRANGE, CANCEL, Music, Press, agree, host, item, notes_of, placed, press, wait, written

from leap_bridge import endpoint, install
from leap_bridge.daemon import Daemon
from leap_bridge.endpoint import Endpoint
from leap_bridge.mailbox import Mailbox
from leap_bridge.settings import Settings

__all__ = ["host", "item", "press"]
Serve = Callable[..., Daemon]
YES = 6  # of a message box


def note_of(daemon_there: Path, **changed: object) -> None:
    """An endpoint file of a daemon that is not there."""
    at = Endpoint("127.0.0.1", 9, pid=1, session=5, mailbox=str(daemon_there))
    endpoint.path().parent.mkdir(parents=True)
    daemon_there.mkdir(exist_ok=True)
    endpoint.path().write_text(json.dumps(asdict(replace(at, **changed))))


# The daemon is not there


def test_without_a_daemon_it_asks_once_whether_to_start_it(home: Path, host: Host, press: Press):
    host.project.add("song.wav", 2.0)
    press(ARRANGE).run()
    assert len(host.boxes) == 1
    assert host.boxes[0].startswith("The LEAP daemon does not run.\n\nStart it now?")
    assert host.commands == []


def test_a_daemon_that_is_started_does_what_was_asked(serve: Serve, host: Host, press: Press, music: Music):
    host.project.add(music(1.0), 1.0)
    host.answers.append(YES)
    host.on_command = lambda command: serve()
    press(ARRANGE).run()
    assert host.commands == ["leap-bridge serve"]
    assert notes_of(host)


def test_a_daemon_that_does_not_start_is_not_waited_for_for_ever(home: Path, host: Host, press: Press):
    host.project.add("song.wav", 2.0)
    host.answers.append(YES)
    script = press(ARRANGE)
    script.tick()
    host.later_s += 61.0
    script.run()
    assert host.boxes[-1] == "The LEAP daemon did not start."


def test_the_note_of_a_crashed_daemon_does_not_mislead(home: Path, tmp_path: Path, host: Host, press: Press):
    note_of(tmp_path / "mailbox")
    host.project.add("song.wav", 2.0)
    script = press(ARRANGE)
    script.tick()
    script.tick()
    host.later_s += 5.0
    script.run()
    assert "does not answer.\n\nStart it now?" in host.boxes[0]
    assert not list((tmp_path / "mailbox").glob("*.replies"))


def test_the_installer_notes_the_program_that_is_started(home: Path, tmp_path: Path, host: Host, press: Press):
    folder = install.install("reaper", tmp_path).folder
    host.project.add("song.wav", 2.0)
    host.answers.append(YES)
    press(ARRANGE, folder=folder).tick()
    assert shlex.split(host.commands[0]) == [sys.executable, "-m", "leap_bridge", "serve"]


def test_a_program_with_spaces_and_quotes_in_its_path_is_started(home: Path, tmp_path: Path, host: Host, press: Press):
    program = tmp_path / "it's a \"folder\" $HOME `ls`" / "python 3"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "%s|" "$0" "$@" > "$(dirname "$0")/words"\n')
    program.chmod(0o755)
    folder = install.install("reaper", tmp_path).folder
    (folder / "installed.txt").write_text(f"executable={program}\n")
    host.on_command = lambda command: subprocess.run(command, shell=True, check=True)
    host.answers.append(YES)
    host.project.add("song.wav", 2.0)
    press(ARRANGE, folder=folder).tick()
    assert (program.parent / "words").read_text() == f"{program}|-m|leap_bridge|serve|"


# It is another one


def test_a_daemon_of_another_protocol_is_told_clearly(home: Path, tmp_path: Path, host: Host, press: Press):
    note_of(tmp_path / "mailbox", protocol=2)
    host.project.add("song.wav", 2.0)
    press(ARRANGE).run()
    assert "speaks protocol 2, these scripts 1; run `leap-bridge install reaper` again" in host.boxes[0]


def test_a_hello_that_is_refused_is_told_clearly(daemon: Daemon, host: Host, press: Press, monkeypatch):
    monkeypatch.setattr("leap_bridge.osc.handlers.PROTOCOL", 2)
    host.project.add("song.wav", 2.0)
    press(ARRANGE).run()
    assert "this daemon speaks protocol 2, the client 1" in host.boxes[0]


def test_a_daemon_of_another_version_works_and_is_told(daemon, host: Host, press: Press, music: Music, monkeypatch):
    monkeypatch.setattr("leap_bridge.osc.replies.__version__", "9.8.7")
    host.project.add(music(1.0), 1.0)
    press(ARRANGE).run()
    assert notes_of(host)
    assert "the daemon is 9.8.7; run `leap-bridge install reaper` again" in host.console[0]


def test_a_daemon_that_was_started_again_is_told_and_what_was_drawn_stays(serve: Serve, host: Host, press: Press, item):
    first = serve()
    script = press(ARRANGE).run(until=lambda: host.inserted > 5)
    first._mailbox.stop()  # as a crash would leave it: nobody says goodbye
    first._udp.stop()
    serve()
    host.later_s += 6.0  # time for the next hello
    script.run()
    assert "was started again" in host.boxes[0]
    assert len(notes_of(host)) == host.inserted
    assert len(host.project.undo) == 1


def test_a_daemon_that_falls_silent_is_told(daemon: Daemon, host: Host, press: Press, item):
    script = press(ARRANGE).run(until=lambda: host.inserted > 5)
    daemon._mailbox.stop()
    daemon.service.cancel(1)
    host.later_s += 6.0
    script.tick()
    host.later_s += 21.0
    script.run()
    assert "does not answer any more" in host.boxes[0]


def test_a_daemon_with_a_token_is_given_it(serve: Serve, host: Host, press: Press, music: Music):
    serve(token="secret")
    host.project.add(music(1.0), 1.0)
    press(ARRANGE).run()
    assert notes_of(host)


# Packets get lost


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_lost_answers_are_asked_for_again(daemon, host: Host, press: Press, music: Music, monkeypatch, share):
    send, chance = Mailbox.send, random.Random(3)

    def lossy(self: Mailbox, *arguments: object) -> None:
        if chance.random() > share:
            send(self, *arguments)

    monkeypatch.setattr(Mailbox, "send", lossy)
    monkeypatch.setattr(Host, "clock", lambda self: 5 * time.perf_counter())
    host.project.add(music(4.0), 4.0)
    press(ARRANGE).run()
    assert agree(notes_of(host), placed(written(daemon), lambda second: second))


def test_answers_that_somebody_removes_are_asked_for_again(daemon, host: Host, press: Press, item):
    item.values["D_LENGTH"] = 6.0
    script = press(ARRANGE).run(until=lambda: host.inserted > 5)
    answers = next(Path(daemon.settings.mailbox_folder).glob("*.replies"))
    size = answers.stat().st_size
    assert wait(lambda: answers.stat().st_size > size + 500)  # which nobody has read
    answers.unlink()
    script.run()
    assert agree(notes_of(host), placed(written(daemon), lambda second: second))


def test_a_daemon_that_forgot_the_client_is_told_again_who_it_is(daemon: Daemon, host: Host, press: Press, item):
    script = press(ARRANGE).run(until=lambda: host.inserted > 5)
    daemon._mailbox._handlers._clients._clients.clear()
    daemon._mailbox._handlers._clients._routes.clear()
    press(CANCEL)
    script.run()
    assert "1 cancelled" in host.said[-1]


def test_settings_of_the_daemon_may_move_the_mailbox(serve: Serve, host: Host, press: Press, music: Music, tmp_path):
    folder = tmp_path / "Ümläute [1]?*!|@ " if sys.platform != "win32" else tmp_path / "Ümläute"
    assert serve(mailbox=folder).settings != Settings()
    host.project.add(music(1.0), 1.0)
    press(ARRANGE).run()
    assert notes_of(host)
    assert SCRIPTS.is_dir()
