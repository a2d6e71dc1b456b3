"""`leap-bridge generate`, and the daemon that makes music from nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Outcome
from small import clip, save_weights

from leap_bridge.orders import Wish, prepare
from leap_bridge.settings import Limits
from leap_models.errors import BadParameter, UnreadableMidi
from leap_models.music import midi
from leap_models.music.tempo import TempoMap


@pytest.fixture
def generate(
    cli: Callable[..., Outcome], tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> Callable[..., Outcome]:
    weights = save_weights(tmp_path_factory.mktemp("weights") / "score_sde")
    monkeypatch.chdir(tmp_path)
    return lambda *words: cli("generate", "--weights", weights, "--device", "cpu", "--steps", 2, *words)


@pytest.fixture
def clip_mid(tmp_path: Path) -> Path:
    midi.write(tmp_path / "clip.mid", clip(8), TempoMap.steady(120))
    return tmp_path / "clip.mid"


def test_music_from_nothing_is_written_in_three_forms(generate: Callable[..., Outcome], tmp_path: Path) -> None:
    assert generate("--bars", 2).code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"generated.mid", "generated.npz", "generated.png"}
    with np.load(tmp_path / "generated.npz") as arrays:
        assert arrays["onset"].shape == (128, 480)  # two bars at 100 beats a minute


def test_every_sample_has_files_and_all_have_a_picture(generate: Callable[..., Outcome], tmp_path: Path) -> None:
    done = generate("--bars", 1, "--count", 3, "--seed", 5, "--json")
    report = json.loads(done.out)
    assert [sample["seed"] for sample in report["samples"]] == [5, 6, 7]
    assert (tmp_path / "generated-3.png").exists()
    assert report["grid"] == "generated.grid.png"
    assert (tmp_path / "generated.grid.png").read_bytes()[1:4] == b"PNG"


def test_bars_outside_the_fill_are_the_clips_own(generate: Callable[..., Outcome], clip_mid: Path) -> None:
    assert generate("--fill", "4:5", clip_mid).code == 0
    before, after = midi.read(clip_mid).notes, midi.read(clip_mid.with_name("clip.new.mid")).notes
    kept = [note for note in before if not 5.94 <= note.start_s < 9.94]
    assert {(note.start_s, note.end_s, note.pitch, note.velocity) for note in kept} <= {
        (note.start_s, note.end_s, note.pitch, note.velocity) for note in after
    }


def test_vary_is_a_short_word_for_variation(generate: Callable[..., Outcome], clip_mid: Path) -> None:
    done = generate("--vary", "0.4", clip_mid, "--json")
    assert json.loads(done.out)["params"]["variation"] == 0.4


def test_nothing_is_overwritten(generate: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "generated.npz").touch()
    done = generate("--bars", 1)
    assert (done.code, "output_exists" in done.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--fill", "4:99"), "fill must be FIRST:LAST, bars from 1 to 8 of the clip, got 4:99"),
        (("--vary", "2"), "variation must be a number from 0.05 to 1, got 2"),
        (("--key", "H"), "key must be one of any, C"),
        (("-o", "out.wav"), "the output must end in .mid, got out.wav"),
        (("--count", "0"), "count must be a whole number from 1 to 256, got 0"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    generate: Callable[..., Outcome], clip_mid: Path, words: tuple[str, ...], said: str
) -> None:
    done = generate(clip_mid, *words)
    assert (done.code, len(done.error_lines)) == (1, 1)
    assert said in done.err


def test_text_called_mid_is_refused(generate: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "words.mid").write_text("these are words")
    done = generate("words.mid")
    assert (done.code, "unreadable_midi" in done.err) == (1, True)


def test_the_daemon_takes_an_empty_source_for_music_from_nothing() -> None:
    order = prepare(Wish("score_sde", "", "", {"bars": 4, "bpm": 120}), Limits())
    assert (order.duration_s, order.request.params["bars"]) == (pytest.approx(8.0), 4)


def test_the_hosts_tempo_counts_before_the_parameters() -> None:
    order = prepare(Wish("score_sde", "", "", {"bars": 4}, TempoMap.steady(60)), Limits())
    assert order.duration_s == pytest.approx(16.0)


def test_the_daemon_adds_bars_behind_a_clip(clip_mid: Path) -> None:
    order = prepare(Wish("score_sde", str(clip_mid), "", {"more": 4}), Limits())
    assert order.duration_s == pytest.approx(24.0, abs=0.01)


def test_a_model_that_takes_a_recording_still_needs_one(toy: str) -> None:
    with pytest.raises(BadParameter, match="path must be the absolute path of a file"):
        prepare(Wish(toy, ""), Limits())


def test_a_clip_that_is_no_midi_is_refused_by_the_daemon(tmp_path: Path) -> None:
    (tmp_path / "words.mid").write_text("these are words")
    with pytest.raises(UnreadableMidi):
        prepare(Wish("score_sde", str(tmp_path / "words.mid")), Limits())
