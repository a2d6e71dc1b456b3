"""The commands, as a person types them."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import RATE, ROOT, Outcome, beeps

from leap_bridge import __version__, demo_band, demo_song
from leap_bridge.cli.bar import line
from leap_models.music import midi
from leap_models.music.notes import Note
from leap_models.progress import Progress

Cli = Callable[..., Outcome]
REPORT = {
    "path", "preview", "plot", "musicxml", "notes", "seed", "start_s", "duration_s", "seconds", "real_time_factor",
    "model", "conditioner", "difficulty", "difficulty_measured", "bpm", "quantize", "windows", "params", "warnings",
}  # fmt: skip


def test_the_arrangement_lies_beside_the_song(arrange: Cli, song: Path):
    outcome = arrange(song)
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines()[0] == str(song.with_name("song.piano.mid"))
    assert midi.read(song.with_name("song.piano.mid")).notes


def test_the_file_has_a_track_for_each_hand(arrange: Cli, song: Path):
    arrange(song)
    tracks = midi.read(song.with_name("song.piano.mid")).tracks
    assert [track.name for track in tracks] == ["Right hand", "Left hand"]


def test_nothing_but_the_arrangement_is_written(arrange: Cli, song: Path):
    arrange(song)
    assert {path.name for path in song.parent.iterdir()} == {"song.wav", "song.piano.mid"}


def test_progress_is_not_drawn_where_nobody_watches(arrange: Cli, song: Path):
    assert arrange(song).err == ""


def test_json_holds_everything(arrange: Cli, song: Path):
    report = json.loads(arrange(song, "--json", "--seed", "3", "--difficulty", "2.5").out)
    assert set(report) == REPORT
    assert (report["seed"], report["difficulty"], report["model"], report["conditioner"]) == (3, 2.5, "toy", "energy")
    assert report["notes"] == len(midi.read(report["path"]).notes)


def test_the_same_seed_gives_the_same_bytes(arrange: Cli, song: Path, tmp_path: Path):
    for name in ("a.mid", "b.mid"):
        arrange(song, "-o", tmp_path / name, "--seed", "4")
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()


def test_another_seed_gives_another_arrangement(arrange: Cli, song: Path, tmp_path: Path):
    for seed in ("4", "5"):
        arrange(song, "-o", tmp_path / f"{seed}.mid", "--seed", seed)
    assert midi.read(tmp_path / "4.mid").notes != midi.read(tmp_path / "5.mid").notes


def test_times_in_the_file_count_from_the_start(arrange: Cli, song: Path):
    report = json.loads(arrange(song, "--start", "1.2", "--end", "3", "--json").out)
    notes = midi.read(report["path"]).notes
    assert report["duration_s"] == pytest.approx(1.8)
    assert notes[0].start_s == pytest.approx(0.0, abs=0.2)  # the beep from 1.0 to 1.5
    assert all(note.end_s <= 1.81 for note in notes)


def test_a_time_may_be_minutes_and_seconds(arrange: Cli, song: Path):
    assert json.loads(arrange(song, "--start", "0:02", "--json").out)["start_s"] == 2.0


def test_every_output_is_written_when_asked_for(arrange: Cli, song: Path, tmp_path: Path):
    names = {"--preview": "p.wav", "--plot": "p.png", "--musicxml": "p.musicxml"}
    outcome = arrange(song, *(word for flag, name in names.items() for word in (flag, tmp_path / name)))
    assert outcome.code == 0, outcome.err
    assert {path.name for path in tmp_path.iterdir()} == {"song.wav", "song.piano.mid", *names.values()}


def test_the_preview_is_as_long_as_the_music(arrange: Cli, song: Path, tmp_path: Path):
    arrange(song, "--preview", tmp_path / "p.wav")
    assert soundfile.info(tmp_path / "p.wav").duration >= midi.read(tmp_path / "song.piano.mid").notes[-1].end_s


def test_a_parameter_can_be_set_by_name(arrange: Cli, song: Path):
    report = json.loads(arrange(song, "--set", "steps=5", "--set", "conditioner=nothing", "--json").out)
    assert (report["params"]["steps"], report["params"]["conditioner"]) == (5, "nothing")


def test_every_parameter_of_the_model_is_a_flag(cli: Cli, toy: str):
    with pytest.raises(SystemExit):
        cli("arrange", "--model", toy, "--help")


def test_help_shows_the_range_of_a_parameter(toy: str, capsys: pytest.CaptureFixture[str]):
    from leap_bridge.cli import main

    with pytest.raises(SystemExit):
        main(["arrange", "--model", toy, "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert "--difficulty" in shown
    assert "a number from 1 to 5" in shown


def test_models_are_listed(cli: Cli, toy: str):
    lines = cli("models").out.splitlines()
    assert lines[0].split()[:2] == ["model", "takes"]
    assert any(line.startswith("toy ") for line in lines)


def test_a_model_is_described_with_its_parameters(cli: Cli, toy: str):
    shown = cli("describe", toy).out
    assert "window      1.28 s every 0.64 s, audio at 8000 Hz" in shown
    assert "difficulty     a number from 1 to 5; default 3.0." in shown


def test_a_description_is_plain_data_with_json(cli: Cli, toy: str):
    described = json.loads(cli("describe", toy, "--json").out)
    assert [param["name"] for param in described["params"]] == ["difficulty", "steps", "conditioner", "fault"]


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]):
    from leap_bridge.cli import main

    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == __version__


def test_a_midi_file_is_drawn(arrange: Cli, cli: Cli, song: Path, tmp_path: Path):
    arrange(song)
    outcome = cli("plot", tmp_path / "song.piano.mid")
    assert outcome.out.strip() == str(tmp_path / "song.piano.png")
    assert (tmp_path / "song.piano.png").read_bytes().startswith(b"\x89PNG")


def test_a_drawing_is_not_overwritten(cli: Cli, tmp_path: Path):
    (tmp_path / "a.png").touch()
    assert cli("plot", tmp_path / "a.mid").code == 1


def test_the_demo_writes_a_song_and_its_arrangement(
    cli: Cli, toy: str, toy_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    outcome = cli("demo", "--model", toy, "--weights", toy_weights)
    assert outcome.code == 0, outcome.err
    names = {"demo.wav", "demo.piano.mid", "demo.piano.wav", "demo.piano.png"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert {Path(line).name for line in outcome.out.splitlines()[:4]} == names


def test_the_demo_song_is_sixteen_bars_of_four():
    last = max(note.end_s for part in demo_song.band() for note in part.notes)
    assert last / demo_song.BEAT_S == pytest.approx(64, abs=0.5)


def test_the_demo_songs_bars_are_full():
    for bar in demo_song._LEAD:
        assert sum(float(word.split(":")[1]) for word in bar.split()) in (0, 4)


def test_the_demo_song_is_loud_and_not_too_loud():
    assert 0.88 < np.abs(demo_band.render(demo_song.band())).max() < 0.9


def test_the_demo_band_plays_in_tune():
    part = replace(demo_song.band()[0], notes=(Note(0.0, 1.0, 69, 100),))
    spectrum = np.abs(np.fft.rfft(demo_band.render((part,))[:, 0]))
    seconds = 1.0 + demo_band.TAIL_S
    assert np.argmax(spectrum) / seconds == pytest.approx(440, abs=1)


def test_no_note_of_the_demo_song_lies_on_another():
    for part in demo_song.band():
        ends: dict[int, float] = {}
        for note in part.notes:
            assert note.start_s >= ends.get(note.pitch, 0.0) - 1e-9
            ends[note.pitch] = note.end_s


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        (Progress("arranging", 10, 40, 12.4), "arranging  [########----------------------]  25 %  eta 12 s"),
        (Progress("decoding", 0, 1), "decoding   [------------------------------]   0 %"),
    ],
)
def test_a_progress_line(progress: Progress, shown: str):
    assert line(progress) == shown


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal and POSIX signals")
def test_an_interrupt_leaves_nothing_behind(toy_weights: Path, tmp_path: Path):
    path = tmp_path / "long.wav"
    soundfile.write(path, beeps(300.0), RATE)
    words = ["arrange", "--model", "toy", "--weights", toy_weights, "--set", "fault=slow", path]
    screen, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, ROOT / "tests" / "toy_cli.py", *words], stderr=terminal, stdout=subprocess.PIPE, cwd=ROOT,
        # What a shell runs in the background ignores interrupts, and so would this.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    shown = read_until(screen, b"arranging")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    shown += read_until(screen, b"written\r\n")
    os.close(terminal)  # not before: what a closed terminal was told last may be lost
    os.close(screen)
    assert (process.returncode, out) == (1, b"")
    assert shown.endswith(b"\r\x1b[Kleap-bridge: cancelled: interrupted; nothing was written\r\n")
    assert [each.name for each in tmp_path.iterdir()] == ["long.wav"]


def read_until(screen: int, words: bytes) -> bytes:
    """What a terminal shows up to and with some words."""
    shown = b""
    while words not in shown:
        assert select.select([screen], [], [], 60.0)[0], shown
        shown += os.read(screen, 1024)
    return shown
