"""The WebSocket: who may open it, what can be asked, what is told, and what is left when a page has gone."""

import contextlib
import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import mido
import pytest
import soundfile
from web_fixtures import Browser, soon
from websockets.exceptions import ConnectionClosed, InvalidStatus

from leap_bridge.web.server import WebServer
from leap_models import paths

Music = Callable[..., Path]
Studio = Callable[..., WebServer]
REFUSED = 403


def files_of(web: WebServer) -> list[Path]:
    """Everything that pages have left on the disk."""
    folders = [paths.data_folder() / "studio", paths.data_folder() / "jobs"]
    return [path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "origin",
    [None, "http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1", "http://localhost:{port}"],
)
def test_only_the_page_that_was_served_here_may_connect(web: WebServer, origin: str | None):
    given = origin.format(port=web.port) if origin else None
    with pytest.raises(InvalidStatus) as refused:
        Browser(web.port, given)
    assert refused.value.response.status_code == REFUSED


def test_a_name_that_was_bent_to_this_computer_may_not_connect(web: WebServer):
    evil = f"evil.example:{web.port}"
    with pytest.raises(InvalidStatus) as refused:
        Browser(web.port, f"http://{evil}", additional_headers={"Host": evil})
    assert refused.value.response.status_code == REFUSED


def test_a_page_is_welcomed_with_the_limits(browser: Browser):
    assert browser.welcome["event"] == "welcome"
    assert browser.welcome["protocol"] == 1
    assert browser.welcome["limits"] == {"upload_bytes": 2**30, "piece_s": 7200.0}


def test_models_say_what_they_can_be_told(browser: Browser):
    models = {each["name"]: each for each in browser.ask(do="models")["models"]}
    toy, params = models["toy"], {each["name"]: each for each in models["toy"]["params"]}
    assert {"leap", "musegan", "timbre", "score_sde", "toy"} <= set(models)
    assert (toy["takes"], toy["gives"], toy["formats"]) == (["audio"], "roll", ["mid", "wav", "musicxml"])
    assert params["difficulty"] == {
        "name": "difficulty", "default": 3.0, "low": 1.0, "high": 5.0, "choices": [], "unit": "",
        "help": "how hard: more notes for more", "kind": "float", "allowed": "a number from 1 to 5", "section": "model",
    }  # fmt: skip
    assert params["seed"]["section"] == "request"
    assert params["conditioner"]["choices"] == ["energy", "nothing"]


def test_no_model_can_be_told_the_path_of_a_file(browser: Browser):
    names = {each["name"] for model in browser.ask(do="models")["models"] for each in model["params"]}
    assert not names & {"like", "keep", "score", "tempo", "path", "source", "target"}


def test_a_song_becomes_notes_as_they_become_final(browser: Browser, music: Music):
    accepted = browser.start(music(4.0), seed=7)
    assert accepted == {
        "job": 1, "windows": 6, "position": 0, "start_s": 0.0, "duration_s": 4.0, "seed": 7
    }  # fmt: skip
    done = browser.end(1)
    stretches = [event for event in browser.events if event["event"] == "stretch"]
    assert [event["window"] for event in stretches] == list(range(6))
    assert [event["until_s"] for event in stretches] == sorted(event["until_s"] for event in stretches)
    assert (done["event"], done["windows"], done["seed"], done["duration_s"]) == ("done", 6, 7, 4.0)
    head, data = browser.file(1, "mid")
    struck = [each for each in mido.MidiFile(file=io.BytesIO(data)) if each.type == "note_on" and each.velocity]
    assert len(struck) == sum(len(event["notes"]) for event in stretches) > 0
    assert head == {"name": "music.toy.mid", "mime": "audio/midi", "bytes": len(data)}


def test_the_same_seed_gives_the_same_notes_and_another_gives_others(browser: Browser, music: Music):
    def notes(seed: int) -> list[list[float]]:
        job = browser.start(music(2.0), seed=seed)["job"]
        browser.end(job)
        stretches = [event for event in browser.events if event["event"] == "stretch" and event["job"] == job]
        return [note for event in stretches for note in event["notes"]]

    assert notes(1) == notes(1) != notes(2)


def test_a_result_can_be_heard_and_read(browser: Browser, music: Music, no_soundfont: None):
    browser.end(browser.start(music(2.0))["job"])
    _head, sound = browser.file(1, "wav")
    samples, rate = soundfile.read(io.BytesIO(sound))
    assert rate == 44100
    assert len(samples) > 1.5 * rate
    _head, score = browser.file(1, "musicxml")
    assert score.startswith(b"<?xml")


def test_a_band_has_a_score_and_a_preview_of_its_players(browser: Browser, no_soundfont: None):
    models = {each["name"]: each for each in browser.ask(do="models")["models"]}
    assert [track["name"] for track in models["musegan"]["tracks"]] == ["Drums", "Piano", "Guitar", "Bass", "Strings"]
    job = browser.ask(do="start", model="musegan", values={"bars": 4})["job"]
    assert browser.end(job)["event"] == "done"
    _head, score = browser.file(job, "musicxml")
    assert b"<part-name>Bass" in score
    head, sound = browser.file(job, "wav")
    assert (head["name"], sound[:4]) == ("musegan-0.wav", b"RIFF")


def test_a_part_is_made_anew_and_the_rest_is_kept(browser: Browser, music: Music):
    song = music(6.0)
    browser.end(browser.start(song)["job"])
    source = browser.upload(song)
    browser.ask(do="start", model="toy", source=source, keep=1, values={"start_s": 2.0, "end_s": 4.0, "seed": 9})
    assert browser.end(2)["duration_s"] == 6.0

    def outside(job: int) -> set[tuple[float, ...]]:
        events = [event for event in browser.events if event["event"] == "stretch" and event["job"] == job]
        notes = {tuple(note) for event in events for note in event["notes"]}
        return {note for note in notes if note[0] < 1.9 or note[0] > 4.1}

    assert outside(2) == outside(1)


def test_progress_names_its_stage(browser: Browser, music: Music):
    browser.end(browser.start(music(4.0))["job"])
    stages = {event["stage"] for event in browser.events if event["event"] == "progress"}
    assert {"arranging", "writing"} <= stages <= {"queued", "decoding", "listening", "arranging", "writing"}


def test_a_job_is_stopped_when_asked(browser: Browser, music: Music):
    job = browser.start(music(30.0), fault="slow", steps=10)["job"]
    browser.event(job, "stretch")
    assert browser.ask(do="cancel", job=job) == {}
    assert browser.end(job)["event"] == "cancelled"
    _head, data = browser.file(job, "mid")
    assert data.startswith(b"MThd")


def test_a_waiting_job_is_stopped_at_once(browser: Browser, music: Music):
    song = music(30.0)
    first, second = (browser.start(song, fault="slow")["job"] for _ in range(2))
    browser.ask(do="cancel", job=second)
    assert browser.end(second)["event"] == "cancelled"
    browser.ask(do="cancel", job=first)


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"do": "dance"}, "bad_message", "do must be one of models, status"),
        ({"do": "models", "more": 1}, "bad_message", "known fields are do, id"),
        ({"do": "start", "model": "nobody"}, "unknown_model", "nobody"),
        ({"do": "start", "model": "toy"}, "bad_parameter", "path must be"),
        ({"do": "start", "model": "toy", "source": 999}, "bad_parameter", "999 was not sent"),
        ({"do": "start", "model": "toy", "values": {"like": "/etc/passwd"}}, "bad_parameter", "like cannot be given"),
        ({"do": "start", "model": "toy", "values": {"seed": [1]}}, "bad_message", "values must be"),
        ({"do": "start", "model": "toy", "keep": 1}, "unknown_job", "this page has no job 1"),
        ({"do": "start", "model": "toy", "notes": [[0, 1, 60]]}, "bad_message", "lists of 4 numbers"),
        ({"do": "start", "model": "toy", "notes": [[1, 0, 60, 80]]}, "bad_parameter", "a note is"),
        ({"do": "cancel", "job": 1}, "unknown_job", "this page has no job 1"),
        ({"do": "file", "job": 1, "format": "mid"}, "unknown_job", "this page has no job 1"),
        ({"do": "upload", "name": "x.wav", "bytes": 2**31}, "bad_parameter", "a page may upload"),
        ({"do": "upload", "name": "x.wav", "bytes": 0}, "bad_message", "bytes must be a whole number from 1"),
        ({"do": "upload", "name": "x" * 5000, "bytes": 1}, "bad_message", "name must be a word"),
        ({}, "bad_message", "do must be a word"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(browser: Browser, fields: dict[str, object], code: str, words: str):
    error = browser.ask(**fields)
    assert error["code"] == code
    assert words in error["message"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"difficulty": 9}, "difficulty must be a number from 1 to 5, got 9"),
        ({"difficulty": "hard"}, "difficulty must be a number"),
        ({"loudness": 1}, "toy has no parameter loudness; it has: difficulty, steps, conditioner, fault"),
        ({"conditioner": "ears"}, "conditioner must be one of energy, nothing, got ears"),
        ({"seed": -2}, "seed must be"),
        ({"start_s": 99}, "start"),
        ({"steps": 2.5}, "steps must be a whole number"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_told_with_what_can(
    browser: Browser, music: Music, values: dict[str, object], words: str
):
    error = browser.start(music(2.0), **values)
    assert error["code"] == "bad_parameter"
    assert words in error["message"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "nonsense", '"models"', "[" * 100_000, '{"id": 1e400}', '{"id": NaN}', "\ud7ff" * 5]
)
def test_nonsense_is_answered_and_the_page_stays(browser: Browser, text: str):
    browser.socket.send(text)
    assert browser.answer(0)["code"] == "bad_message"
    assert "models" in browser.ask(do="models")


def test_a_piece_of_no_upload_is_let_fall(browser: Browser):
    browser.socket.send(b"\0\0\0\x09abc")
    browser.socket.send(b"\0\0")
    assert browser.answer(0)["code"] == "bad_message"
    assert "models" in browser.ask(do="models")


def test_more_than_was_said_is_refused(browser: Browser, web: WebServer):
    number = browser.send(do="upload", name="x.wav", bytes=3)
    browser.socket.send(number.to_bytes(4, "big") + b"four")
    assert browser.answer(number)["code"] == "bad_message"
    assert files_of(web) == []


def test_an_upload_that_is_too_large_is_one_line(studio: Studio, music: Music):
    web = studio(upload_bytes=10_000)
    with Browser(web.port) as browser:
        error = browser.ask(do="upload", name="song.wav", bytes=20_000)
        assert error["message"] == (
            "a page may upload 0.01 MB and 16 files at once, got 0.0 MB on top of 0.0 MB in 0 files"
        )
        assert files_of(web) == []


def test_a_message_that_is_too_large_ends_the_connection(browser: Browser):
    with contextlib.suppress(ConnectionClosed):
        browser.socket.send("x" * 9 * 2**20)
    with pytest.raises(ConnectionClosed):
        browser.hear()


def test_a_file_that_is_no_recording_is_told(browser: Browser, tmp_path: Path):
    (tmp_path / "song.mp3").write_bytes(b"not a song at all")
    assert browser.start(tmp_path / "song.mp3")["code"] == "unreadable_audio"


def test_a_bug_in_a_model_fails_the_job_alone(browser: Browser, music: Music):
    first, second = browser.start(music(2.0), fault="bug")["job"], browser.start(music(2.0))["job"]
    assert browser.end(first)["error"]["code"] == "internal_error"
    assert browser.end(second)["event"] == "done"


def test_an_upload_is_deleted_after_the_job(browser: Browser, music: Music, web: WebServer):
    job = browser.start(music(2.0))["job"]
    browser.end(job)
    assert soon(lambda: not any(path.suffix == ".wav" for path in files_of(web)))


def test_an_upload_outlives_a_refusal_and_goes_when_dropped(browser: Browser, music: Music, web: WebServer):
    source = browser.upload(music(2.0))
    browser.ask(do="start", model="toy", source=source, values={"difficulty": 9})
    assert "job" in browser.ask(do="start", model="toy", source=source)
    other = browser.upload(music(1.0))
    browser.end(1)
    browser.ask(do="drop", file=other)
    assert soon(lambda: not any(path.suffix == ".wav" for path in files_of(web)))


def test_a_song_that_is_sent_twice_is_the_same_file(browser: Browser, music: Music, web: WebServer):
    song = music(2.0)
    first, second = browser.upload(song, "a.wav"), browser.upload(song, "b.wav")
    assert len(files_of(web)) == 1
    browser.ask(do="drop", file=first)
    assert "job" in browser.ask(do="start", model="toy", source=second)


def test_a_result_is_deleted_when_asked(browser: Browser, music: Music, web: WebServer):
    job = browser.start(music(2.0))["job"]
    browser.end(job)
    assert files_of(web)
    browser.ask(do="forget", job=job)
    assert files_of(web) == []
    assert browser.ask(do="file", job=job, format="mid")["code"] == "unknown_job"


def test_nothing_is_left_of_a_page_that_has_gone(web: WebServer, music: Music):
    with Browser(web.port) as browser:
        browser.end(browser.start(music(2.0))["job"])
        browser.upload(music(3.0))
        assert files_of(web)
    assert soon(lambda: files_of(web) == [])


def test_a_job_of_a_page_that_has_gone_was_cancelled(web: WebServer, music: Music, caplog: pytest.LogCaptureFixture):
    with Browser(web.port) as browser:
        browser.event(browser.start(music(60.0), fault="slow")["job"], "stretch")
    assert soon(lambda: files_of(web) == [])
    assert "was removed while it was read" not in caplog.text


def test_a_page_that_disappears_frees_its_jobs(studio: Studio, music: Music):
    web, song = studio(), music(60.0)
    gone = Browser(web.port)
    jobs = [gone.start(song, fault="slow")["job"] for _ in range(3)]
    gone.event(jobs[0], "stretch")
    gone.socket.socket.close()  # without a goodbye, as a browser that crashed
    with Browser(web.port) as other:
        assert soon(lambda: other.ask(do="status")["running"] == 0)
        assert other.ask(do="status")["queued"] == 0
        other.end(other.start(music(2.0))["job"])
    assert soon(lambda: files_of(web) == [])


def test_two_pages_hear_of_their_own_jobs_alone(web: WebServer, music: Music):
    song = music(3.0)
    with Browser(web.port) as one, Browser(web.port) as other:
        first, second = one.start(song, seed=1)["job"], other.start(song, seed=2)["job"]
        assert one.end(first)["seed"] == 1
        assert other.end(second)["seed"] == 2
        assert {event.get("job", first) for event in one.events} == {first}
        assert {event.get("job", second) for event in other.events} == {second}
        assert other.ask(do="cancel", job=first)["code"] == "unknown_job"
        assert other.ask(do="file", job=first, format="mid")["code"] == "unknown_job"


def test_only_so_many_pages_at_once(studio: Studio):
    web = studio(clients=2)
    with Browser(web.port), Browser(web.port):
        with pytest.raises(InvalidStatus) as refused:
            Browser(web.port)
        assert refused.value.response.status_code == 503


def test_pages_that_have_gone_take_no_places(studio: Studio):
    web = studio(clients=2)
    for _ in range(5):
        with Browser(web.port) as browser:
            assert "models" in browser.ask(do="models")


def test_the_oldest_results_go_first(browser: Browser, music: Music, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leap_bridge.web.page.MOST_JOBS", 2)
    jobs = [browser.start(music(1.0))["job"] for _ in range(3)]
    for job in jobs:
        browser.end(job)
    assert soon(lambda: browser.ask(do="file", job=jobs[0], format="mid").get("code") == "unknown_job")
    assert browser.file(jobs[1], "mid")[1].startswith(b"MThd")


def test_names_of_uploads_are_names_of_files(browser: Browser, music: Music, web: WebServer):
    for name in ("../../evil.wav", "/etc/passwd", "C:\\x\\y.wav", "..", "a" * 300 + ".wav", "sóng 1.wav", "\ud800.wav"):
        data = music(1.0, "x.wav").read_bytes() + name.encode("utf-8", "replace")
        number = browser.send(do="upload", name=name, bytes=len(data))
        browser.socket.send(number.to_bytes(4, "big") + data)
        browser.answer(number)
    root = paths.data_folder() / "studio"
    found = {path.name for path in files_of(web)}
    assert all(path.is_relative_to(root) for path in files_of(web))
    assert found == {"evil.wav", "passwd", "y.wav", "recording", "a" * 80 + ".wav", "sóng 1.wav"}


def test_a_stop_lets_everybody_go(studio: Studio, music: Music):
    web = studio()
    browser = Browser(web.port)
    browser.event(browser.start(music(60.0), fault="slow")["job"], "stretch")
    began_s = time.monotonic()
    web.stop()
    assert time.monotonic() - began_s < 5.0
    with pytest.raises(ConnectionClosed):
        browser.event(-1, "which never comes")
    assert not (paths.data_folder() / "studio").exists() or not any((paths.data_folder() / "studio").iterdir())


def test_a_page_that_reads_nothing_holds_nobody_up(web: WebServer, music: Music):
    with Browser(web.port) as deaf, Browser(web.port) as other:
        job = deaf.start(music(30.0))["job"]
        for _ in range(200):  # more answers than fit into the socket
            deaf.send(do="models")
        other.end(other.start(music(2.0))["job"])
        assert json.dumps(deaf.end(job))
