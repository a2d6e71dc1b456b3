"""What happens when a person cancels, deletes, closes or looks elsewhere; and what is left and said at the end."""

import time

from fake_reaper import Host
from reaper_fixtures import ARRANGE, CANCEL, Music, Press, files_left, host, item, notes_of, press, wait

from leap_bridge.daemon import Daemon

__all__ = ["host", "item", "press"]


def test_cancel_stops_the_job_and_keeps_what_is_drawn(daemon: Daemon, host: Host, press: Press, item):
    script = press(ARRANGE).run(until=lambda: host.inserted > 5)
    press(CANCEL)
    script.run()
    assert wait(lambda: not daemon.service.live())
    assert len(notes_of(host)) == host.inserted
    assert 0.0 < host.project.results()[0].end_s < 20.0
    assert host.project.undo == [f"LEAP: arrange to piano ({host.inserted} notes in 1 item, 1 cancelled)"]


def test_what_was_cancelled_before_it_began_makes_nothing(daemon: Daemon, host: Host, press: Press, item):
    script = press(ARRANGE)
    press(CANCEL)
    script.run()
    assert wait(lambda: not daemon.service.live())
    assert host.project.results() == []


def test_an_earlier_cancel_does_not_stop_what_is_begun_later(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add(music(1.0), 1.0)
    press(CANCEL)
    press(ARRANGE).run()
    assert notes_of(host)


def test_a_result_that_is_deleted_cancels_its_job(daemon: Daemon, host: Host, press: Press, item):
    script = press(ARRANGE).run(until=lambda: host.inserted > 5)
    host.project.delete(host.project.results()[0])
    script.run()
    assert wait(lambda: not daemon.service.live())
    assert "1 deleted" in host.said[-1]


def test_a_source_that_is_deleted_cancels_its_job(daemon: Daemon, host: Host, press: Press, item):
    script = press(ARRANGE).run(until=lambda: host.inserted > 5)
    host.project.delete(item)
    script.run()
    assert wait(lambda: not daemon.service.live())
    assert "1 cancelled" in host.said[-1]
    assert "the item was deleted; what was made of it stays" in host.console[0]


def test_a_project_that_is_closed_cancels_its_jobs(daemon: Daemon, host: Host, press: Press, item):
    script = press(ARRANGE).run(until=lambda: host.inserted > 5)
    host.project.is_open = False
    script.run()
    assert wait(lambda: not daemon.service.live())


def test_nothing_is_drawn_while_another_project_is_in_front(daemon: Daemon, host: Host, press: Press, item):
    script = press(ARRANGE).run(until=lambda: host.inserted > 5)
    drawn, host.in_front = host.inserted, type(host.project)()
    for _ in range(20):
        script.tick()
        time.sleep(0.02)
    assert host.inserted == drawn
    host.in_front = None
    script.run(until=lambda: host.inserted > drawn)


def test_a_script_that_reaper_ends_cancels_its_jobs_and_leaves_no_files(daemon: Daemon, host: Host, press: Press, item):
    script = press(ARRANGE).run(until=lambda: host.inserted > 5)
    script.end()
    assert wait(lambda: not daemon.service.live())
    assert wait(lambda: not [name for name in files_left(daemon) if name.endswith(("request", "writing", "taken"))])
    assert len(host.project.undo) == 1


def test_no_files_are_left_when_it_is_done(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add(music(1.0), 1.0)
    press(ARRANGE).run()
    assert wait(lambda: not files_left(daemon))


def test_a_job_that_fails_says_why(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add(music(1.0), 1.0)
    host.choose(**{"param.toy.fault": "bug"})
    press(ARRANGE).run()
    assert host.boxes[0].startswith("music.wav: ")
    assert host.project.undo == []


def test_those_who_hear_the_screen_are_told_aloud(daemon: Daemon, host: Host, press: Press, music: Music):
    aloud: list[str] = []
    host.extensions.add("osara_outputMessage")
    host.project.add(music(1.0), 1.0)
    press(ARRANGE, extensions={"osara_outputMessage": aloud.append}).run()
    assert aloud[-1].startswith("LEAP: ")
