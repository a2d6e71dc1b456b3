"""Whatever is wrong with what a person gives: one clear line, exit 1, no traceback, nothing half-written."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import RATE, ROOT, Outcome, beeps

Arrange = Callable[..., Outcome]


def assert_refused(outcome: Outcome, code: str, *words: str) -> None:
    """One line on stderr that begins with the code and holds the words; exit 1."""
    assert outcome.code == 1, outcome.err
    assert len(outcome.error_lines) == 1, outcome.err
    assert outcome.error_lines[0].startswith(f"leap-bridge: {code}: ")
    assert [word for word in words if word not in outcome.err] == []
    assert outcome.out == ""


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def write(path: Path, samples: np.ndarray, rate: int = RATE, subtype: str = "FLOAT") -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def missing(folder: Path) -> Path:
    return folder / "nothing.wav"


def empty(folder: Path) -> Path:
    (folder / "empty.wav").touch()
    return folder / "empty.wav"


def text(folder: Path) -> Path:
    (folder / "text.wav").write_text("this is no sound\n" * 100)
    return folder / "text.wav"


def a_directory(folder: Path) -> Path:
    (folder / "folder.wav").mkdir()
    return folder / "folder.wav"


def headless(folder: Path) -> Path:
    """Only the first bytes of a recording."""
    whole = write(folder / "cut.wav", beeps(2.0)).read_bytes()
    (folder / "cut.wav").write_bytes(whole[:20])
    return folder / "cut.wav"


def without_samples(folder: Path) -> Path:
    return write(folder / "none.wav", np.zeros(0, np.float32))


@pytest.mark.parametrize("make", [missing, empty, text, a_directory, headless, without_samples])
def test_what_is_no_recording_is_refused_by_name(arrange: Arrange, tmp_path: Path, make: Callable[[Path], Path]):
    source = make(tmp_path)
    before = files(tmp_path)
    assert_refused(arrange(source), "unreadable_audio", source.name)
    assert files(tmp_path) == before


def test_a_truncated_recording_is_arranged_as_far_as_it_goes(arrange: Arrange, tmp_path: Path):
    path = write(tmp_path / "song.wav", beeps(4.0))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    outcome = arrange(path, "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["duration_s"] == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(
    ("rate", "channels", "samples"),
    [(8000, 1, None), (192000, 1, None), (44100, 6, None), (44100, 1, 1)],
    ids=["8 kHz", "192 kHz", "6 channels", "1 sample"],
)
def test_unusual_recordings_are_arranged(
    arrange: Arrange, tmp_path: Path, rate: int, channels: int, samples: int | None
):
    sound = beeps(2.0, rate)[:samples]
    path = write(tmp_path / "song.wav", np.repeat(sound[:, None], channels, axis=1), rate)
    assert arrange(path).code == 0
    assert (tmp_path / "song.piano.mid").exists()


def test_silence_gives_an_empty_file_and_says_so(arrange: Arrange, tmp_path: Path):
    outcome = arrange(write(tmp_path / "song.wav", np.zeros(3 * RATE, np.float32)), "--json")
    report = json.loads(outcome.out)
    assert (outcome.code, report["notes"]) == (0, 0)
    assert any("silent" in warning for warning in report["warnings"])
    assert (tmp_path / "song.piano.mid").exists()


@pytest.mark.parametrize("value", [np.nan, np.inf, 4.0])
def test_samples_that_no_sound_has_are_mended_and_named(arrange: Arrange, tmp_path: Path, value: float):
    sound = beeps(3.0)
    sound[100:200] = value
    outcome = arrange(write(tmp_path / "song.wav", sound), "--json")
    assert outcome.code == 0, outcome.err
    assert len(json.loads(outcome.out)["warnings"]) == 1


@pytest.mark.parametrize("name", ["my song.wav", "Größe – 歌.wav", "it's #1 (live) %s.wav"])
def test_names_with_spaces_and_any_letters_are_fine(arrange: Arrange, tmp_path: Path, name: str):
    path = write(tmp_path / name, beeps(2.0))
    assert arrange(path).code == 0
    assert path.with_name(path.stem + ".piano.mid").exists()


def test_a_folder_that_is_not_there_cannot_be_written_to(arrange: Arrange, song: Path, tmp_path: Path):
    output = tmp_path / "no such folder" / "out.mid"
    assert_refused(arrange(song, "-o", output), "unwritable_output", str(output), "there is no folder")


def test_a_folder_cannot_be_overwritten(arrange: Arrange, song: Path, tmp_path: Path):
    (tmp_path / "out.mid").mkdir()
    assert_refused(arrange(song, "-o", tmp_path / "out.mid", "--force"), "unwritable_output", "out.mid")


def test_an_existing_output_is_kept(arrange: Arrange, song: Path, tmp_path: Path):
    output = tmp_path / "song.piano.mid"
    output.write_text("precious")
    assert_refused(arrange(song), "output_exists", "song.piano.mid", "force")
    assert output.read_text() == "precious"


def test_an_existing_output_is_replaced_when_forced(arrange: Arrange, song: Path, tmp_path: Path):
    output = tmp_path / "song.piano.mid"
    output.write_text("replace me")
    assert arrange(song, "--force").code == 0
    assert output.read_bytes().startswith(b"MThd")


def test_nothing_is_written_when_one_of_the_outputs_exists(arrange: Arrange, song: Path, tmp_path: Path):
    (tmp_path / "roll.png").touch()
    assert_refused(arrange(song, "--plot", tmp_path / "roll.png"), "output_exists", "roll.png")
    assert not (tmp_path / "song.piano.mid").exists()


def test_two_outputs_of_one_name_are_refused(arrange: Arrange, song: Path, tmp_path: Path):
    outcome = arrange(song, "--musicxml", tmp_path / "a.xml", "-o", tmp_path / "a.xml")
    assert_refused(outcome, "bad_parameter", ".mid", "a.xml")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
def test_a_full_disk_leaves_nothing_behind(song: Path, toy_weights: Path, tmp_path: Path):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))  # no file may be longer than that

    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "toy_cli.py", "arrange", "--model", "toy", "--weights", toy_weights, song],
        capture_output=True, text=True, preexec_fn=limit, check=False, timeout=120, cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert_refused(Outcome(done.returncode, done.stdout, done.stderr), "unwritable_output", "song.piano.mid")
    assert files(tmp_path) == {"song.wav"}


def test_damaged_weights_are_noticed(arrange: Arrange, song: Path, toy_weights: Path, tmp_path: Path):
    folder = tmp_path / "toy"
    folder.mkdir()
    for name in ("model.json", "weights.safetensors"):
        (folder / name).write_bytes((toy_weights / name).read_bytes())
    damaged = bytearray((folder / "weights.safetensors").read_bytes())
    damaged[-1] ^= 1
    (folder / "weights.safetensors").write_bytes(damaged)
    assert_refused(arrange(song, "--weights", folder), "damaged_weights", "sha256", "weights.safetensors")


def test_an_unknown_model_is_refused_with_the_known_ones(cli: Callable[..., Outcome], song: Path):
    assert_refused(cli("arrange", song, "--model", "lepa"), "unknown_model", "lepa", "leap")


@pytest.mark.parametrize("level", ["0", "9", "hard", "nan", "''"])
def test_a_difficulty_out_of_range_is_refused_with_the_range(arrange: Arrange, song: Path, level: str):
    assert_refused(
        arrange(song, f"--difficulty={level.strip(chr(39))}"), "bad_parameter", f"got {level}", "from 1 to 5"
    )


def test_a_start_behind_the_end_is_refused_with_the_length(arrange: Arrange, song: Path):
    assert_refused(arrange(song, "--start", "99"), "bad_parameter", "start must be", "5.00 s", "got 99")


def test_an_end_before_the_start_is_refused(arrange: Arrange, song: Path):
    assert_refused(arrange(song, "--start", "3", "--end", "2"), "bad_parameter", "end must be after", "got 2")


@pytest.mark.parametrize("time", ["soon", "-1", "1:x", "nan", "-1:30"])
def test_a_time_that_is_none_is_refused(arrange: Arrange, song: Path, time: str):
    assert_refused(arrange(song, f"--start={time}"), "bad_parameter", "start must be", time)


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["--seed", "-1"], ["seed must be a whole number from 0", "got -1"]),
        (["--quantize", "2"], ["quantize must be a number from 0 to 1", "got 2"]),
        (["--set", "hardness=3"], ["no parameter hardness", "it has: difficulty"]),
        (["--set", "difficulty"], ["--set must be NAME=VALUE", "got difficulty"]),
        (["--conditioner", "clap"], ["conditioner must be one of energy, nothing", "got clap"]),
        (["--device", "abacus"], ["device must be one of auto, cpu", "got abacus"]),
        (["--hardness", "3"], ["--hardness"]),
        (["-o", "song.mp3"], ["must end in .mid or .midi", "got song.mp3"]),
        (["--preview", "song.mp3"], ["must end in .wav", "got song.mp3"]),
    ],
)
def test_wrong_flags_are_refused_with_what_is_allowed(
    arrange: Arrange, song: Path, words: list[str], needed: list[str]
):
    assert_refused(arrange(song, *words), "bad_parameter", *needed)


def test_no_command_is_refused(cli: Callable[..., Outcome]):
    assert_refused(cli(), "bad_parameter", "COMMAND")


def test_an_unknown_command_is_refused_with_the_known_ones(cli: Callable[..., Outcome]):
    assert_refused(cli("arange", "song.wav"), "bad_parameter", "arange", "arrange")


def test_a_bug_is_one_line_and_exit_2(arrange: Arrange, song: Path, tmp_path: Path):
    outcome = arrange(song, "--set", "fault=bug")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert outcome.err.startswith("leap-bridge: internal_error: KeyError: 'a bug'")
    assert files(tmp_path) == {"song.wav"}


def test_a_bug_shows_its_traceback_with_debug(arrange: Arrange, song: Path):
    assert "Traceback" in arrange(song, "--set", "fault=bug", "--debug").err


def test_too_little_memory_is_named(arrange: Arrange, song: Path):
    outcome = arrange(song, "--set", "fault=memory")
    assert (outcome.code, outcome.err.startswith("leap-bridge: out_of_memory: ")) == (2, True)


def test_with_json_an_error_is_an_object_too(cli: Callable[..., Outcome], song: Path):
    outcome = cli("arrange", song, "--model", "lepa", "--json")
    assert json.loads(outcome.out)["error"]["code"] == "unknown_model"
