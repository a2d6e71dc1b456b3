"""The same conversation through a folder."""

import io
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leap_bridge.daemon import Daemon
from leap_bridge.mailbox import Mailbox
from leap_bridge.osc.codec import Message, decode, encode, frame, unframe
from leap_models.music import midi

Music = Callable[..., Path]


class Post:
    """A client with files only, as REAPER's Lua is."""

    def __init__(self, folder: Path, name: str = "reaper-1") -> None:
        self._folder, self._name = folder, name
        self._numbers = itertools.count(1)
        self._read = 0

    @property
    def replies(self) -> Path:
        return self._folder / f"{self._name}.replies"

    def send(self, *messages: Message) -> Path:
        return self.send_bytes(frame([encode(message) for message in messages]))

    def send_bytes(self, data: bytes) -> Path:
        path = self._folder / f"{self._name}.{next(self._numbers)}.request"
        path.with_suffix(".part").write_bytes(data)
        path.with_suffix(".part").rename(path)
        return path

    def hello(self) -> None:
        self.send(Message("/leap/hello", (1, 0, "post", 1, "")))
        self.wait("/leap/welcome")

    def wait(self, *addresses: str) -> Message:
        until_s = time.monotonic() + 30.0
        while time.monotonic() < until_s:
            for message in self._new():
                if message.address in addresses:
                    return message
            time.sleep(0.01)
        raise AssertionError(f"no {addresses} came")

    def _new(self) -> list[Message]:
        if not self.replies.exists():
            return []
        packets, _ = unframe(self.replies.read_bytes()[self._read :])
        for packet in packets:
            self._read += 4 + len(packet)
            yield from decode(packet)


@pytest.fixture
def post(daemon: Daemon) -> Post:
    return Post(Path(daemon.endpoint.mailbox))


def arrange(path: Path, request: int = 5, *pairs: object) -> Message:
    return Message("/leap/arrange", (request, str(path), 0.0, 0.0, 3.0, 7, "model", "toy", *pairs))


def test_a_song_is_arranged_through_the_folder(post: Post, music: Music):
    post.hello()
    post.send(arrange(music(4.0)))
    accepted = post.wait("/leap/accepted")
    done = post.wait("/leap/done")
    assert (accepted.arguments[0], done.arguments[0]) == (5, accepted.arguments[1])
    assert len(midi.read(done.arguments[4]).notes) == done.arguments[2] > 0


def test_a_hello_and_a_request_may_lie_in_one_file(post: Post, music: Music):
    post.send(Message("/leap/hello", (1, 0, "post", 1, "")), arrange(music(2.0)))
    assert post.wait("/leap/done", "/leap/error").address == "/leap/done"


def test_a_request_is_kept_until_its_job_has_ended(post: Post, music: Music):
    post.hello()
    path = post.send(arrange(music(30.0), 5, "fault", "slow"))
    post.wait("/leap/accepted")
    assert path.with_suffix(".taken").exists()
    post.send(Message("/leap/cancel", (6, 0)))
    post.wait("/leap/cancelled")
    assert gone(path.with_suffix(".taken"))


def test_a_refused_request_is_taken_away(post: Post):
    post.hello()
    path = post.send(arrange(Path("/no/such.wav")))
    assert post.wait("/leap/error").arguments[2] == "file_not_found"
    assert gone(path.with_suffix(".taken"))


def test_without_a_hello_nothing_is_done(post: Post, music: Music):
    path = post.send(arrange(music(1.0)))
    assert post.wait("/leap/error").arguments[2] == "no_hello"
    assert gone(path.with_suffix(".taken"))


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x08/x", frame([b"junk"])])
def test_a_damaged_file_is_taken_away(post: Post, data: bytes):
    post.hello()
    path = post.send_bytes(data)
    assert gone(path)
    assert gone(path.with_suffix(".taken"))
    post.send(Message("/leap/models", (9,)))
    assert post.wait("/leap/model").arguments[0] == 9


def test_a_job_that_a_crash_cut_off_is_told_at_the_next_start(serve: Callable[..., Daemon], home: Path):
    folder = home / "data" / "mailbox"
    folder.mkdir(parents=True)
    taken = folder / "reaper-1.3.taken"
    taken.write_bytes(frame([encode(arrange(Path("/song.wav"), 42))]))
    serve()
    post = Post(folder)
    error = post.wait("/leap/error")
    assert error.arguments[:3] == (42, 0, "interrupted")
    assert not taken.exists()


def test_two_clients_have_files_of_their_own(post: Post, daemon: Daemon, music: Music):
    other = Post(Path(daemon.endpoint.mailbox), "reaper-2")
    for each in (post, other):
        each.hello()
    post.send(Message("/leap/models", (9,)))
    post.wait("/leap/model")
    assert b"/leap/model" not in other.replies.read_bytes()


def test_only_its_owner_can_look_into_the_mailbox(daemon: Daemon):
    if os.name == "posix":
        assert Path(daemon.endpoint.mailbox).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["../up.1.request", "a b.1.request", "x.request", "x.1.osc", ".1.request"])
def test_other_files_are_left_alone(tmp_path: Path, name: str):
    (tmp_path / "box").mkdir()
    path = tmp_path / "box" / name
    path.write_bytes(b"mine")
    Mailbox(tmp_path / "box", handlers=None).look()  # type: ignore[arg-type]
    assert path.read_bytes() == b"mine"


def test_a_link_is_no_request(tmp_path: Path):
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "x.1.request").symlink_to(tmp_path / "secret")
    Mailbox(tmp_path / "box", handlers=None).look()  # type: ignore[arg-type]
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_answers_are_not_written_through_a_link(tmp_path: Path):
    (tmp_path / "x.replies").symlink_to(tmp_path / "elsewhere")
    Mailbox(tmp_path, handlers=None).send("x", 0, b"/leap/x\0")  # type: ignore[arg-type]
    assert not (tmp_path / "elsewhere").exists()


def test_on_a_full_disk_no_half_packet_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    box = Mailbox(tmp_path, handlers=None)  # type: ignore[arg-type]
    packets = [encode(Message("/leap/models", (number,))) for number in range(3)]
    box.send("x", 0, packets[0])
    with monkeypatch.context() as context:
        context.setattr("leap_bridge.mailbox.FileIO", HalfWriter)
        box.send("x", 0, packets[1])
    box.send("x", 0, packets[2])
    assert unframe((tmp_path / "x.replies").read_bytes())[0] == (packets[0], packets[2])


class HalfWriter(io.FileIO):
    """A file on a disk with room for ten bytes."""

    def write(self, data: bytes) -> int:
        return super().write(data[:10])


def test_a_folder_that_is_gone_is_said_once_and_made_again(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    box = Mailbox(tmp_path / "box", handlers=None)  # type: ignore[arg-type]
    (tmp_path / "box").touch()  # so that it cannot be made
    box.look()
    box.look()
    assert len(caplog.records) == 1
    (tmp_path / "box").unlink()
    box.look()
    assert (tmp_path / "box").is_dir()


def gone(path: Path) -> bool:
    until_s = time.monotonic() + 10.0
    while path.exists() and time.monotonic() < until_s:
        time.sleep(0.01)
    return not path.exists()
