import shutil
import subprocess
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from leap_models.errors import BadParameter, UnreadableAudio
from leap_models.music import audio, decoders

RATE = 24_000
ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the ffmpeg program is not installed")


def tone(rate: int, seconds: float, hz: float = 440.0, level: float = 0.5) -> np.ndarray:
    return level * np.sin(2 * np.pi * hz * np.arange(round(rate * seconds)) / rate)


def write(path: Path, samples: np.ndarray, rate: int, subtype: str | None = None) -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def pitch_hz(found: audio.Audio) -> float:
    spectrum = np.abs(np.fft.rfft(found.samples * np.hanning(len(found.samples))))
    return float(np.argmax(spectrum) / found.length_s)


@pytest.mark.parametrize("rate", [8_000, 22_050, 24_000, 44_100, 48_000, 192_000])
def test_a_tone_keeps_its_pitch_at_every_rate(tmp_path: Path, rate: int) -> None:
    found = audio.read(write(tmp_path / "a.wav", tone(rate, 2.0), rate), RATE)
    assert pitch_hz(found) == pytest.approx(440.0, abs=0.6)


@pytest.mark.parametrize("rate", [8_000, 22_050, 24_000, 44_100, 48_000, 192_000])
def test_two_seconds_are_48000_samples(tmp_path: Path, rate: int) -> None:
    found = audio.read(write(tmp_path / "a.wav", tone(rate, 2.0), rate), RATE)
    assert (len(found.samples), found.samples.dtype, found.duration_s) == (48_000, np.float32, 2.0)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_common_formats_are_read(tmp_path: Path, suffix: str) -> None:
    found = audio.read(write(tmp_path / f"a.{suffix}", tone(44_100, 2.0), 44_100), RATE)
    assert (pitch_hz(found), found.duration_s) == (pytest.approx(440.0, abs=0.6), pytest.approx(2.0, abs=0.06))


def test_resampling_does_not_move_a_click(tmp_path: Path) -> None:
    samples = np.zeros(3 * 44_100)
    samples[2 * 44_100] = 0.9
    found = audio.read(write(tmp_path / "a.wav", samples, 44_100), RATE)
    assert int(np.argmax(np.abs(found.samples))) == 2 * RATE


def test_mono_is_the_mean_of_six_channels(tmp_path: Path) -> None:
    channels = np.tile(np.arange(6) / 10, (RATE, 1))
    found = audio.read(write(tmp_path / "a.wav", channels, RATE, "FLOAT"), RATE)
    np.testing.assert_allclose(found.samples, 0.25, atol=1e-6)


@pytest.mark.parametrize("rate", [8_000, 24_000, 192_000])
def test_one_sample_is_one_sample_or_what_it_lasts(tmp_path: Path, rate: int) -> None:
    found = audio.read(write(tmp_path / "a.wav", np.array([0.5]), rate), RATE)
    assert len(found.samples) == max(1, RATE // rate)


def test_a_part_begins_where_it_was_asked_to(tmp_path: Path) -> None:
    ramp = np.arange(10 * RATE) / (10 * RATE)
    found = audio.read(write(tmp_path / "a.wav", ramp, RATE, "FLOAT"), RATE, start_s=2.5, end_s=4.0)
    assert (found.samples[0], len(found.samples), found.start_s) == (pytest.approx(0.25), 1.5 * RATE, 2.5)


def test_a_part_knows_how_long_the_whole_is(tmp_path: Path) -> None:
    found = audio.read(write(tmp_path / "a.wav", tone(44_100, 5.0), 44_100), RATE, start_s=1.0, end_s=2.0)
    assert found.duration_s == 5.0


def test_an_end_behind_the_file_is_its_end(tmp_path: Path) -> None:
    found = audio.read(write(tmp_path / "a.wav", tone(44_100, 2.0), 44_100), RATE, start_s=1.5, end_s=99.0)
    assert len(found.samples) == RATE // 2


@pytest.mark.parametrize(
    ("start_s", "end_s", "message"),
    [
        (-1.0, None, "start_s must be at least 0"),
        (1.0, 1.0, "end_s must be later"),
        (2.0, None, "before the end"),
        (float("nan"), None, "start_s must be at least 0"),
    ],
)
def test_a_part_that_is_none_is_refused(tmp_path: Path, start_s: float, end_s: float | None, message: str) -> None:
    path = write(tmp_path / "a.wav", tone(RATE, 2.0), RATE)
    with pytest.raises(BadParameter, match=message):
        audio.read(path, RATE, start_s, end_s)


def test_blocks_are_the_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(44_100, 30.0), 44_100, "FLOAT")
    blocks = list(audio.stream(path, RATE))
    assert len(blocks) > 3
    np.testing.assert_array_equal(np.concatenate(blocks), audio.read(path, RATE).samples)


def test_blocks_leave_no_seams(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(44_100, 30.0), 44_100, "FLOAT")
    np.testing.assert_allclose(audio.read(path, RATE).samples[100:-100], tone(RATE, 30.0)[100:-100], atol=1e-3)


def test_samples_that_are_no_numbers_become_silence_with_a_warning(tmp_path: Path) -> None:
    samples = tone(RATE, 1.0)
    samples[[5, 6, 7]] = (np.nan, np.inf, -np.inf)
    found = audio.read(write(tmp_path / "a.wav", samples, RATE, "FLOAT"), RATE)
    assert found.samples[5:8].tolist() == [0.0, 0.0, 0.0]
    assert found.warnings == (f"{tmp_path / 'a.wav'}: 3 samples are no numbers; they were made silent",)


def test_a_peak_above_1_is_scaled_down_with_a_warning(tmp_path: Path) -> None:
    found = audio.read(write(tmp_path / "a.wav", tone(RATE, 1.0, level=4.0), RATE, "FLOAT"), RATE)
    assert np.abs(found.samples).max() == 1.0
    assert "reach 4.00 instead of 1" in found.warnings[0]


def test_a_good_file_has_no_warnings(tmp_path: Path) -> None:
    assert audio.read(write(tmp_path / "a.wav", tone(RATE, 1.0), RATE), RATE).warnings == ()


def test_a_whole_file_needs_little_more_memory_than_its_result(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros((40 * 48_000, 2)), 48_000)
    tracemalloc.start()
    result_bytes = audio.read(path, RATE).samples.nbytes
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes < result_bytes + 8_000_000


def broken_files(folder: Path) -> dict[str, Path]:
    good = write(folder / "good.wav", tone(RATE, 1.0), RATE).read_bytes()
    contents = {
        "empty.wav": b"",
        "text.wav": b"This is a letter and no sound.\n" * 50,
        "header.wav": good[:44],
        "half a header.wav": good[:20],
        "noise.mp3": np.random.default_rng(0).bytes(5000),
        "noise.flac": b"fLaC" + bytes(100),
        "empty": b"",
        "text.txt": b"This is a letter and no sound.\n" * 50,
        "text.m4a": b"#EXTM3U\nhttp://127.0.0.1:9/a.m4a\n",
        "noise.m4a": b"\0\0\0\x20ftypM4A " + bytes(100),
        "noise.raw": bytes(1000),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "folder.wav").mkdir()
    names = [*contents, "folder.wav", "missing.wav"]
    return {name: folder / name for name in names}


@pytest.mark.parametrize(
    "name",
    [
        "empty.wav",
        "text.wav",
        "header.wav",
        "noise.mp3",
        "noise.flac",
        "empty",
        "text.txt",
        "text.m4a",
        "noise.m4a",
        "noise.raw",
        "folder.wav",
        "missing.wav",
    ],
)
def test_what_is_no_sound_is_one_line_with_its_name(tmp_path: Path, name: str) -> None:
    path = broken_files(tmp_path)[name]
    with pytest.raises(UnreadableAudio, match=rf"^[^\n]*{name}: [^\n]*$"):
        audio.read(path, RATE)


def test_a_file_cut_short_gives_what_there_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(RATE, 2.0), RATE)
    path.write_bytes(path.read_bytes()[: 44 + 2 * RATE])
    assert len(audio.read(path, RATE).samples) == RATE


@pytest.mark.skipif(decoders.importlib.util.find_spec("av") is not None, reason="PyAV is installed")
def test_m4a_without_a_decoder_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = broken_files(tmp_path)["noise.m4a"]
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        UnreadableAudio, match=r"M4A can only be read with PyAV \(pip install av\) or the ffmpeg program"
    ):
        audio.read(path, RATE)


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Three seconds at 44.1 kHz: silence, 440 Hz, silence."""
    folder = tmp_path_factory.mktemp("encoded")
    samples = np.concatenate([np.zeros(44_100), tone(44_100, 1.0), np.zeros(44_100)])
    wav = write(folder / "a.wav", np.stack([samples, samples], axis=1), 44_100)
    path = folder / f"-a.{request.param}"
    subprocess.run(["ffmpeg", "-v", "error", "-i", wav, f"file:{path}"], check=True)
    return path


@ffmpeg
@pytest.mark.parametrize("encoded", ["m4a", "aac", "mka", "wma"], indirect=True)
def test_other_formats_are_read(encoded: Path) -> None:
    found = audio.read(encoded, RATE)
    assert (pitch_hz(found), found.duration_s) == (pytest.approx(440.0, abs=0.6), pytest.approx(3.0, abs=0.12))


def decoder(name: str, path: Path) -> decoders.Source:
    if name == "av":
        pytest.importorskip("av")
        return decoders._Av(path)
    return decoders._Ffmpeg(path)


@ffmpeg
@pytest.mark.parametrize("name", ["av", "ffmpeg"])
@pytest.mark.parametrize("encoded", ["m4a", "mka"], indirect=True)
def test_a_part_of_an_encoded_file_is_in_its_place(encoded: Path, name: str) -> None:
    blocks = list(decoder(name, encoded).blocks(0.5, 2.5))
    (loud,) = np.nonzero(np.abs(np.concatenate(blocks)[:, 0]) > 0.2)
    assert (loud[0] / 44_100, loud[-1] / 44_100) == (pytest.approx(0.5, abs=0.03), pytest.approx(1.5, abs=0.03))


@ffmpeg
@pytest.mark.parametrize("name", ["av", "ffmpeg"])
@pytest.mark.parametrize("encoded", ["m4a"], indirect=True)
def test_an_encoded_part_has_its_length_and_both_channels(encoded: Path, name: str) -> None:
    samples = np.concatenate(list(decoder(name, encoded).blocks(0.5, 2.0)))
    assert (len(samples), samples.shape[1]) == (pytest.approx(1.5 * 44_100, abs=2), 2)


@ffmpeg
@pytest.mark.parametrize("encoded", ["m4a"], indirect=True)
def test_m4a_under_a_wrong_name_is_read(encoded: Path, tmp_path: Path) -> None:
    found = audio.read(shutil.copy(encoded, tmp_path / "a.mp3"), RATE)
    assert pitch_hz(found) == pytest.approx(440.0, abs=0.6)


@ffmpeg
@pytest.mark.parametrize("encoded", ["m4a"], indirect=True)
def test_reading_a_stream_half_leaves_no_process(encoded: Path) -> None:
    blocks = decoders._Ffmpeg(encoded).blocks(0.0, 3.0)
    next(blocks)
    blocks.close()  # a process left behind would be a ResourceWarning, which is an error here
