"""What a client of the daemon sees of its jobs."""

import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from bridge_raw import Raw

from leap_bridge import service
from leap_bridge.daemon import Daemon
from leap_bridge.events import Progressed
from leap_bridge.jobs import Order
from leap_bridge.osc.addresses import FROM_DAEMON, NOTES_PER_PART
from leap_bridge.osc.client import Client
from leap_bridge.osc.codec import Message
from leap_bridge.osc.heard import Heard
from leap_bridge.osc.talk import PROGRESS_S, Talk
from leap_models import registry
from leap_models.errors import BadParameter, FileMissing, UnknownJob, UnknownModel, UnreadableAudio
from leap_models.music import midi
from leap_models.progress import Progress

Music = Callable[..., Path]
LAST = ("/leap/done", "/leap/cancelled", "/leap/error")


def finished(client: Client, path: Path, **pairs: object) -> tuple[Heard, Message]:
    """A job's notes and its last word."""
    job = int(client.arrange(str(path), 0.0, 0.0, 3.0, 7, **{"model": "toy", **pairs}).arguments[1])
    heard = Heard()
    for message in client.follow(job):
        heard.is_new(message)
    return heard, message


def exact(heard: Heard) -> list[tuple[float, ...]]:
    return sorted((start_s, pitch, round(start_s + duration_s, 3), velocity, channel)
                  for pitch, start_s, duration_s, velocity, channel in heard.notes())  # fmt: skip


def ask(raw: Raw, path: Path, request: int = 10, **pairs: object) -> int:
    """Ask for an arrangement by hand; gives the job's number."""
    more = [word for pair in {"model": "toy", **pairs}.items() for word in pair]
    raw.send("/leap/arrange", request, str(path), 0.0, 0.0, 3.0, 7, *more)
    return int(raw.wait("/leap/accepted").arguments[1])


def test_what_was_streamed_equals_the_file(client: Client, music: Music):
    heard, last = finished(client, music(6.0))
    written = midi.read(last.arguments[4]).notes
    streamed = sorted(heard.notes(), key=lambda note: (round(note[1], 3), note[0]))
    assert len(streamed) == len(written) == last.arguments[2] > 10
    for (pitch, start_s, duration_s, velocity, channel), note in zip(streamed, written, strict=True):
        assert (pitch, velocity, channel) == (note.pitch, note.velocity, note.track + 1)
        assert start_s == pytest.approx(note.start_s, abs=0.001)
        assert start_s + duration_s == pytest.approx(note.end_s, abs=0.002)


def test_the_drafts_are_valid_and_grow(raw: Raw, music: Music):
    ask(raw, music(4.0))
    counts = []
    while (message := raw.wait("/leap/window", "/leap/done")).address == "/leap/window":
        counts.append((message.arguments[3], len(midi.read(message.arguments[4]).notes)))
    assert all(said <= written for said, written in counts)
    assert counts == sorted(counts)


def test_parts_have_at_most_forty_notes(client: Client, music: Music):
    heard, _ = finished(client, music(4.0))
    assert all(len(part) <= 5 * NOTES_PER_PART for parts in heard.parts.values() for part in parts.values())


def test_messages_are_those_of_the_table(raw: Raw, music: Music):
    ask(raw, music(3.0))
    raw.send("/leap/status", 11, 0)
    raw.send("/leap/models", 12)
    raw.send("/leap/need", 13, 99, 0, 0)
    for message in raw.until(*LAST[:2]):
        address = FROM_DAEMON[message.address]
        least, group = len(address.arguments), len(address.rest)
        assert len(message.arguments) == least or (group and (len(message.arguments) - least) % group == 0)


def test_progress_comes_while_a_job_runs(raw: Raw, music: Music):
    ask(raw, music(8.0), fault="slow")
    assert sum(message.address == "/leap/progress" for message in raw.until(*LAST)) > 3


def test_progress_comes_at_most_ten_times_a_second():
    now_s, sent = 0.0, []
    talk = Talk(SimpleNamespace(send=lambda message: sent.append(now_s)), 5, lambda: now_s)  # type: ignore[arg-type]
    for step in range(1000):
        now_s = step / 256
        talk(Progressed(1, Progress("arranging", step, 1000)))
    assert len(sent) == pytest.approx(10 * now_s, abs=2)
    assert all(after - before >= PROGRESS_S for before, after in itertools.pairwise(sent))


def test_a_lost_part_is_sent_again(raw: Raw, music: Music):
    job = ask(raw, music(3.0))
    first = next(message for message in raw.until(*LAST) if message.address == "/leap/notes")
    raw.send("/leap/need", 20, job, first.arguments[1], first.arguments[2])
    assert raw.wait("/leap/notes") == first


def test_a_lost_last_word_is_said_again(raw: Raw, music: Music):
    job = ask(raw, music(3.0))
    last = raw.until(*LAST)[-1]
    raw.send("/leap/need", 20, job, -1)
    assert raw.wait(*LAST) == last


def test_what_is_not_final_cannot_be_sent_again(client: Client, music: Music):
    job = int(client.arrange(str(music(3.0)), 0.0, 0.0, 3.0, 7, model="toy").arguments[1])
    client.last_word(job)
    with pytest.raises(BadParameter, match="window must be less than"):
        client.ask("/leap/need", job, 999, 0)


def test_the_same_request_sent_twice_is_one_job(raw: Raw, daemon: Daemon, music: Music):
    path = music(3.0)
    first = ask(raw, path, request=10)
    raw.until(*LAST)
    assert ask(raw, path, request=10) == first
    assert ask(raw, path, request=11) == first + 1


def test_a_cancelled_job_says_how_much_was_kept(raw: Raw, music: Music):
    job = ask(raw, music(60.0), fault="slow")
    raw.wait("/leap/window")
    raw.send("/leap/cancel", 20, job)
    last = raw.wait(*LAST)
    assert last.address == "/leap/cancelled"
    assert last.arguments[1] >= 1
    assert midi.read(last.arguments[2]).tracks


def test_a_cancelled_job_stops_at_once(raw: Raw, music: Music):
    job = ask(raw, music(60.0), fault="slow")
    raw.wait("/leap/window")
    raw.send("/leap/cancel", 20, job)
    asked_s = time.monotonic()
    raw.wait("/leap/cancelled")
    assert time.monotonic() - asked_s < 2.0


def test_a_waiting_job_can_be_cancelled(raw: Raw, music: Music):
    path = music(60.0)
    running, waiting = ask(raw, path, 10, fault="slow"), ask(raw, path, 11, fault="slow")
    raw.send("/leap/cancel", 20, waiting)
    assert raw.wait("/leap/cancelled") == Message("/leap/cancelled", (waiting, 0, ""))
    raw.send("/leap/cancel", 21, running)
    assert raw.wait("/leap/cancelled").arguments[0] == running


def test_what_is_not_wanted_any_more_is_stopped_when_its_file_is_open(
    raw: Raw, daemon: Daemon, music: Music, monkeypatch: pytest.MonkeyPatch
):
    opened, cancelled = threading.Event(), threading.Event()
    prepare = service.prepare

    def slowly(*words: object) -> Order:
        opened.set()
        cancelled.wait(10.0)
        return prepare(*words)

    monkeypatch.setattr(service, "prepare", slowly)
    raw.send("/leap/arrange", 10, str(music(60.0)), 0.0, 0.0, 3.0, 7, "model", "toy", "fault", "slow")
    opened.wait(10.0)
    raw.send("/leap/cancel", 11, 0)
    raw.send("/leap/status", 12)
    raw.wait("/leap/daemon")  # so the request to cancel was taken
    cancelled.set()
    assert raw.wait(*LAST).address == "/leap/cancelled"


def test_whoever_waits_is_told_the_position(raw: Raw, music: Music):
    path = music(60.0)
    ask(raw, path, 10, fault="slow")
    waiting = ask(raw, path, 11, fault="slow")
    while True:
        job, stage, position, total, _ = raw.wait("/leap/progress").arguments
        if job == waiting:
            assert (stage, position, total) == ("queued", 1, 2)
            return


def test_a_repeated_clip_answers_the_same(client: Client, music: Music):
    path = music(4.0)
    assert exact(finished(client, path)[0]) == exact(finished(client, path)[0])


def test_a_host_may_give_the_tempo(client: Client, music: Music):
    anchors = [number for beat in range(9) for number in (0.1 + 0.7 * beat, float(beat))]
    client.ask("/leap/tempo", 5, 0, 2, 3, 1.0, *anchors[:8])
    assert client.ask("/leap/tempo", 5, 1, 2, 3, 1.0, *anchors[8:]).arguments[2] == 0
    _, last = finished(client, music(4.0), tempo=5, quantize=1.0)
    read = midi.read(last.arguments[4])
    assert read.tempo.bpm_at(3.0) == pytest.approx(60 / 0.7, abs=0.5)
    steps = np.array([4 * (note.start_s - 0.1) / 0.7 for note in read.notes])
    assert np.allclose(steps, np.round(steps), atol=0.02)


def test_a_tempo_map_with_a_lost_part_is_refused(client: Client, music: Music):
    client.ask("/leap/tempo", 5, 0, 2, 4, 0.0, 0.0, 0.0, 1.0, 2.0)
    with pytest.raises(BadParameter, match="5 lacks 1 parts"):
        client.arrange(str(music(3.0)), 0.0, 0.0, 3.0, 7, model="toy", tempo=5)


def test_a_part_can_be_made_anew_and_the_rest_stays(client: Client, music: Music):
    path = music(8.0)
    _, first = finished(client, path)
    old = midi.read(first.arguments[4]).notes
    job = client.arrange(str(path), 3.0, 5.0, 3.0, 99, model="toy", keep=int(first.arguments[0]))
    assert job.arguments[5:7] == (0.0, pytest.approx(8.0))
    last = client.last_word(int(job.arguments[1]))
    new = midi.read(last.arguments[4]).notes
    outside = [note for note in old if not 3.0 <= note.start_s < 5.0]
    assert [note for note in new if not 3.0 <= note.start_s < 5.0] == outside
    assert not set(new) - set(outside) <= set(old)


def test_a_target_gets_a_copy(client: Client, music: Music, tmp_path: Path):
    accepted = client.run("toy", str(music(3.0)), str(tmp_path / "mine.mid"), seed=3)
    last = client.last_word(int(accepted.arguments[1]))
    assert last.arguments[4] == str(tmp_path / "mine.mid")
    assert midi.read(tmp_path / "mine.mid").notes


def test_a_target_that_exists_is_refused(client: Client, music: Music, tmp_path: Path):
    (tmp_path / "mine.mid").touch()
    with pytest.raises(Exception, match="exists already"):
        client.run("toy", str(music(3.0)), str(tmp_path / "mine.mid"))


@pytest.mark.parametrize(
    ("path", "error"),
    [("/no/such/file.wav", FileMissing), ("relative.wav", BadParameter), ("/", BadParameter), ("", BadParameter),
     ("http://host/song.wav", BadParameter), (__file__, UnreadableAudio)],
)  # fmt: skip
def test_a_path_that_is_no_recording_is_refused(client: Client, path: str, error: type[Exception]):
    with pytest.raises(error):
        client.arrange(path, 0.0, 0.0, 3.0, 7, model="toy")


def test_a_panel_with_an_empty_source_is_told_what_is_needed(raw: Raw):
    raw.send("/leap/run", 5, "toy", "")
    refused = Message("/leap/error", (5, 0, "bad_parameter", "path must be the absolute path of a file, got ''"))
    assert raw.wait("/leap/error") == refused


def test_an_unknown_model_is_refused_with_those_there_are(client: Client, music: Music):
    with pytest.raises(UnknownModel, match=", ".join(registry.available())):
        client.run("tuba", str(music(1.0)))


def test_an_unknown_key_is_refused_with_those_there_are(client: Client, music: Music):
    with pytest.raises(BadParameter, match="it has: difficulty, steps"):
        client.arrange(str(music(1.0)), 0.0, 0.0, 3.0, 7, model="toy", speed=3)


def test_an_unknown_job_is_refused(client: Client):
    with pytest.raises(UnknownJob):
        client.ask("/leap/need", 7, 0, 0)


def test_a_model_is_described_as_a_panel_needs_it(client: Client):
    params = {message.arguments[3]: message.arguments[4:] for message in client.ask_all("/leap/describe", "toy")}
    assert params["difficulty"] == ("float", 3.0, 1.0, 5.0, "", "how hard: more notes for more")
    assert params["fault"][6:] == ("none", "nan", "loud", "shape", "double", "memory", "bug", "slow")
    assert {"seed", "quantize", "start_s", "end_s", "tempo", "keep"} <= set(params)


def test_all_models_are_listed(client: Client):
    assert [message.arguments[3] for message in client.ask_all("/leap/models")] == list(registry.available())


def test_a_seed_of_minus_one_is_drawn_and_told(client: Client, music: Music):
    accepted = client.arrange(str(music(2.0)), 0.0, 0.0, 3.0, -1, model="toy")
    assert accepted.arguments[7] >= 0
    assert client.last_word(int(accepted.arguments[1])).arguments[3] == accepted.arguments[7]
