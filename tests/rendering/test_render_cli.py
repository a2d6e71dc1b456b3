"""`render` and `transcribe` on the command line."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_piano
from conftest import Outcome
from rendering_fixtures import RATE, clip_of, scale, tone

from leap_models import registry, transcribing
from leap_models.interface import Param
from leap_models.music import midi, wav
from leap_models.music.additive import play_additive
from leap_models.music.notes import Note
from leap_models.transcribing import BASIC_PITCH, Transcription


@pytest.fixture
def render(
    cli: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Outcome]:
    monkeypatch.setitem(registry.FAMILIES, "toy_piano", "toy_piano")
    weights, like = toy_piano.save_weights(tmp_path / "weights"), tone(tmp_path / "like.wav")
    return lambda *words: cli("render", "--model", "toy_piano", "--weights", weights, "--like", like, *words)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return clip_of(tmp_path / "clip.mid", scale(4.0))


def test_a_clip_is_played_into_a_wav_beside_it(render: Callable[..., Outcome], clip: Path):
    outcome = render(clip)
    assert (outcome.code, outcome.err) == (0, "")
    samples, rate = soundfile.read(clip.with_name("clip.rendered.wav"))
    assert (rate, len(samples)) == (RATE, round((3.9 + toy_piano.TAIL_S) * RATE))
    assert outcome.out.splitlines()[0] == str(clip.with_name("clip.rendered.wav"))


def test_json_says_how_alike_it_is(render: Callable[..., Outcome], clip: Path, tmp_path: Path):
    render(clip, "-o", tmp_path / "true.wav")
    outcome = render(clip, "-o", tmp_path / "out.wav", "--target", tmp_path / "true.wav", "--json", "--gain", 0.5)
    report = json.loads(outcome.out)
    assert (report["notes"], report["reader"], report["params"]["gain"]) == (8, None, 0.5)
    assert report["target_colour_db"] < 0.1 < 1.0 < report["colour_db"]  # at half the level, from a tone of one pitch
    assert report["target_db"] == pytest.approx(6.0, abs=4.0)
    assert report["duration_s"] == pytest.approx(4.4)


def test_a_picture_is_drawn(render: Callable[..., Outcome], clip: Path, tmp_path: Path):
    outcome = render(clip, "-o", tmp_path / "out.wav", "--plot", tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    assert outcome.out.splitlines()[:2] == [str(tmp_path / "out.wav"), str(tmp_path / "out.png")]


def test_nothing_is_overwritten_without_force(render: Callable[..., Outcome], clip: Path):
    assert [render(clip).code, render(clip).code, render(clip, "--force").code] == [0, 1, 0]
    assert "output_exists" in render(clip).err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("-o", "out.mid"), "the output must end in .wav"), (("--plot", "out.jpg"), "--plot must end in .png"),
        (("--start", "9"), "start must be from 0"), (("--like", "none.wav"), "none.wav"), (("--gain", "x"), "gain"),
        (("--stereo",), "needs a model with two ears, toy_piano has one"),
        (("--reader", "ear"), "reader must be one of auto, transkun, basic-pitch"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(
    render: Callable[..., Outcome], clip: Path, words: tuple[str, ...], why: str, tmp_path: Path
):
    before = {path.name for path in tmp_path.iterdir()}
    outcome = render(clip, *words)
    assert outcome.code == 1
    assert len(outcome.error_lines) == 1
    assert why in outcome.err
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_model_of_two_ears_is_heard_with_both(
    render: Callable[..., Outcome], clip: Path, monkeypatch: pytest.MonkeyPatch
):
    info = toy_piano.describe()
    ear = Param("ear", "left", choices=("left", "right"))
    monkeypatch.setattr(toy_piano, "describe", lambda: replace(info, params=(*info.params, ear)))
    report = json.loads(render(clip, "--stereo", "--json").out)
    samples, _rate = soundfile.read(clip.with_name("clip.rendered.wav"))
    assert (report["channels"], samples.shape) == (2, (round((3.9 + toy_piano.TAIL_S) * RATE), 2))


def test_a_recording_is_played_by_its_notes(
    render: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(transcribing, "transcribe", lambda path, *rest: Transcription(scale(3.0), (), BASIC_PITCH))
    report = json.loads(render(tone(tmp_path / "song.wav", 3.0), "--json").out)
    assert (report["notes"], report["reader"], report["duration_s"]) == (6, "basic-pitch", 3.0)
    assert "found in the recording by Basic Pitch" in report["warnings"][0]


def test_only_models_that_play_render(render: Callable[..., Outcome], clip: Path):
    outcome = render(clip, "--model", "leap")
    assert "render needs a model that plays notes, leap does not" in outcome.err


# transcribe


@pytest.fixture
def chords(tmp_path: Path) -> Path:
    """Five chords of a plain piano, a second each, at 44.1 kHz."""
    notes = tuple(
        Note(0.5 + step, 1.4 + step, pitch + 2 * step, 90) for step in range(5) for pitch in (48, 60, 64, 67)
    )
    samples = play_additive(notes, (), 44_100, 6 * 44_100)
    wav.write(tmp_path / "chords.wav", (samples / np.abs(samples).max() / 2).astype(np.float32), 44_100)
    return tmp_path / "chords.wav"


def test_the_notes_of_a_recording_are_found(cli: Callable[..., Outcome], chords: Path):
    report = json.loads(cli("transcribe", chords, "--reader", "basic-pitch", "--json").out)
    found = midi.read(report["path"])
    assert report["path"] == str(chords.with_name("chords.notes.mid"))
    assert (report["reader"], report["notes"]) == ("basic-pitch", len(found.notes))
    struck = {(round(note.start_s - 0.5), note.pitch) for note in found.notes if abs((note.start_s % 1) - 0.5) < 0.06}
    asked = {(step, pitch + 2 * step) for step in range(5) for pitch in (48, 60, 64, 67)}
    assert len(struck & asked) >= 16
    assert len(found.notes) <= 30


def test_a_part_counts_from_its_own_start(cli: Callable[..., Outcome], chords: Path, tmp_path: Path):
    cli("transcribe", chords, "--reader", "basic-pitch", "--start", 2, "--end", 4, "-o", tmp_path / "part.mid")
    found = midi.read(tmp_path / "part.mid").notes
    assert {round(note.start_s, 1) for note in found} >= {0.5, 1.5}
    assert max(note.start_s for note in found) < 2.0


def test_silence_has_no_notes(cli: Callable[..., Outcome], tmp_path: Path):
    outcome = cli("transcribe", tone(tmp_path / "a.wav", 1.0, peak=0.0), "--reader", "basic-pitch")
    assert outcome.code == 0
    assert "no notes were found" in outcome.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--reader", "transkun"), "missing_dependency"), (("--start", "30"), "bad_parameter"),
        (("-o", "out.wav"), "must end in .mid"), (("-o", "/nowhere/out.mid"), "unwritable_output"),
    ],
)  # fmt: skip
def test_what_cannot_be_transcribed_is_said(
    cli: Callable[..., Outcome], chords: Path, words: tuple[str, ...], why: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(transcribing, "find_spec", lambda name: None)
    outcome = cli("transcribe", chords, *words)
    assert outcome.code == 1
    assert why in outcome.err


@pytest.fixture
def transkun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A program in Transkun's place, which does what it is told."""

    def install(program: str) -> None:
        package = tmp_path / "packages" / "transkun"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "transcribe.py").write_text(program)
        monkeypatch.setattr(transcribing, "find_spec", lambda name: object())
        monkeypatch.setenv("PYTHONPATH", str(package.parent))

    return install


def test_transkun_is_asked_where_it_is_installed(
    cli: Callable[..., Outcome], chords: Path, tmp_path: Path, transkun: Callable[[str], None]
):
    clip_of(tmp_path / "answer.mid", (Note(0.25, 0.75, 72, 66),))
    transkun(f"import shutil, sys\nshutil.copy({str(tmp_path / 'answer.mid')!r}, sys.argv[2])")
    report = json.loads(cli("transcribe", chords, "--start", 1, "--json").out)
    assert report["reader"] == "transkun"
    (note,) = midi.read(report["path"]).notes
    assert (round(note.start_s, 2), note.pitch, note.velocity) == (0.25, 72, 66)


def test_where_transkun_fails_basic_pitch_takes_its_place(
    cli: Callable[..., Outcome], chords: Path, transkun: Callable[[str], None]
):
    transkun("raise SystemExit('no weights here')")
    assert json.loads(cli("transcribe", chords, "--json").out)["reader"] == "basic-pitch"
    outcome = cli("transcribe", chords, "--force", "--reader", "transkun")
    assert "Transkun failed: no weights here" in outcome.err
