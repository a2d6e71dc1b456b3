"""`continue`, `morph` and `accompany` on the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
import soundfile
from conftest import Outcome
from tiny_continuation import MELODIES, save_band, save_melody, tune

from leap_models.music import midi
from leap_models.music.notes import TrackInfo

PIANIST = TrackInfo("Piano")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("continuation_cli")
    for name in MELODIES:
        save_melody(root / name, name)
    save_band(root / "melody_nn")
    return root


@pytest.fixture
def run(cli: Callable[..., Outcome], weights: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    monkeypatch.setenv("LEAP_BRIDGE_WEIGHTS", str(weights))
    return cli


def clip(path: Path, track: TrackInfo = PIANIST, **words: object) -> Path:
    piece = tune(**words)
    midi.write_played(path, piece.notes, piece.tempo, (track,))
    return path


def test_a_clip_goes_on_for_eight_bars(run: Callable[..., Outcome], tmp_path: Path):
    source = clip(tmp_path / "tune.mid")
    outcome = run("continue", source, "--bars", 8, "--temperature", 2, "--top-p", 1)
    assert (outcome.code, outcome.err) == (0, "")
    made = midi.read(tmp_path / "tune.continue.mid")
    assert {note.pitch for note in made.notes if note.start_s < 3.9} == set(range(60, 68))
    assert 16.0 < made.notes[-1].end_s <= 20.01
    assert round(made.tempo.bpm_at(0.0)) == 120


def test_notes_of_the_clip_stay_to_the_millisecond(run: Callable[..., Outcome], tmp_path: Path):
    source = clip(tmp_path / "tune.mid", bpm=97.0, chords=True)
    assert run("continue", source, "--model", "chorale", "--bars", 1).code == 0
    one, other = (midi.read(path).notes for path in (source, tmp_path / "tune.continue.mid"))
    assert [(n.pitch, n.velocity) for n in other[: len(one)]] == [(n.pitch, n.velocity) for n in one]
    assert all(abs(a.start_s - b.start_s) < 0.001 and abs(a.end_s - b.end_s) < 0.001
               for a, b in zip(one, other, strict=False))  # fmt: skip


def test_chords_given_to_a_melody_model_are_said_to_lose_notes(run: Callable[..., Outcome], tmp_path: Path):
    outcome = run("continue", clip(tmp_path / "tune.mid", chords=True), "--json")
    assert outcome.code == 0
    warning = json.loads(outcome.out)["samples"][0]["warnings"][0]
    assert warning.endswith("tune.mid holds more notes at once than lstm hears: its top line was taken")


def test_drums_are_no_melody(run: Callable[..., Outcome], tmp_path: Path):
    source = clip(tmp_path / "beat.mid", TrackInfo("Drums", is_drum=True))
    line = f"leap-bridge: bad_parameter: a clip must hold at least one note that is no drum, {source} holds none"
    assert run("continue", source).error_lines == [line]


def test_words_go_on_too(run: Callable[..., Outcome], tmp_path: Path):
    path = tmp_path / "words.mid"
    assert run("continue", "--melody", "67 _ _ _ 65 _ _ _", "--bars", 2, "-o", path).code == 0
    assert [note.pitch for note in midi.read(path).notes[:2]] == [67, 65]


def test_a_score_and_sound_are_written_when_asked_for(run: Callable[..., Outcome], tmp_path: Path):
    sound, score = tmp_path / "a.wav", tmp_path / "a.musicxml"
    source = clip(tmp_path / "tune.mid", bars=1)
    assert run("continue", source, "--bars", 1, "--preview", sound, "--musicxml", score).code == 0
    assert sound.stat().st_size > 1000
    assert "<score-partwise" in score.read_text(encoding="utf-8")


def test_a_band_has_a_score_and_sound_too(run: Callable[..., Outcome], tmp_path: Path):
    sound, score = tmp_path / "a.wav", tmp_path / "a.musicxml"
    outcome = run("accompany", clip(tmp_path / "tune.mid", bars=4), "--preview", sound, "--musicxml", score, "--json")
    (sample,) = json.loads(outcome.out)["samples"]
    assert (sample["preview"], sample["musicxml"]) == (str(sound), str(score))
    assert soundfile.info(sound).duration > 8.0
    made = midi.read(tmp_path / "tune.accompany.mid")
    playing = {made.tracks[note.track].name for note in made.notes}
    named = {each.text for each in Xml.parse(score).getroot().iter("part-name")}
    assert named == playing


def test_a_morph_has_as_many_passages_as_asked(run: Callable[..., Outcome], tmp_path: Path):
    one, other = clip(tmp_path / "a.mid", bars=4), clip(tmp_path / "b.mid", bars=4, low=50)
    outcome = run("morph", one, other, "--count", 3, "--json")
    assert (outcome.code, json.loads(outcome.out)["samples"][0]["duration_s"]) == (0, 24.0)


def test_clips_in_two_metres_do_not_morph(run: Callable[..., Outcome], tmp_path: Path):
    one, other = clip(tmp_path / "a.mid"), clip(tmp_path / "b.mid", beats_per_bar=3)
    outcome = run("morph", one, other)
    assert outcome.error_lines == ["leap-bridge: bad_parameter: clips must be in one metre, got 4 and 3 beats a bar"]


def test_a_band_follows_the_piano(run: Callable[..., Outcome], tmp_path: Path):
    source = clip(tmp_path / "tune.mid", bars=4, bpm=97.0)
    assert run("accompany", source).code == 0
    made = midi.read(tmp_path / "tune.accompany.mid")
    playing = {made.tracks[note.track].name for note in made.notes}
    assert "Piano" in playing
    assert len(playing) > 2
    assert {track.name: (track.program, track.is_drum) for track in made.tracks} == {
        "Drums": (0, True), "Piano": (0, False), "Guitar": (25, False), "Bass": (33, False), "Strings": (48, False),
    }  # fmt: skip
    assert made.tempo.bpm_at(0.0) == pytest.approx(97.0, abs=0.01)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("continue",), 'bad_parameter: continue needs a CLIP.mid, or --melody "67 _ _ _ 65 _"'),
        (("continue", "--melody", "67 q", "-o", "a.mid"),
         "bad_parameter: symbol 2 of the melody must be 0 to 127, _, r or /, got q"),
        (("continue", "tune.mid", "--bars", "0"), "bad_parameter: bars must be a whole number from 1 to 512, got 0.0"),
        (("continue", "tune.mid", "--temperature", "0"),
         "bad_parameter: temperature must be a number from 0.01 to 5, got 0.0"),
        (("continue", "none.mid"), "unreadable_midi: none.mid: there is no such file"),
        (("continue", "tune.mid", "-o", "tune.wav"), "bad_parameter: the output must end in .mid, got tune.wav"),
        (("accompany", "tune.mid", "--model", "lstm"), "bad_parameter: accompany needs a band, lstm is none"),
        (("accompany", "tune.mid", "--preview", "a.mp3"), "bad_parameter: --preview must end in .wav, got a.mp3"),
        (("continue", "tune.mid", "--musicxml", "a.pdf"),
         "bad_parameter: --musicxml must end in .musicxml or .xml, got a.pdf"),
        (("morph", "tune.mid", "tune.mid", "--model", "lstm"),
         "bad_parameter: morph needs a model with a latent space of clips, lstm has none"),
        (("morph", "tune.mid", "tune.mid", "--count", "1"),
         "bad_parameter: count must be a whole number from 2 to 64, got 1.0"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line(
    run: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], line: str
):
    monkeypatch.chdir(tmp_path)
    clip(tmp_path / "tune.mid")
    outcome = run(*words)
    assert (outcome.code, outcome.error_lines) == (1, [f"leap-bridge: {line}"])
    assert [path.name for path in tmp_path.iterdir()] == ["tune.mid"]


def test_nothing_is_overwritten(run: Callable[..., Outcome], tmp_path: Path):
    source = clip(tmp_path / "tune.mid", bars=1)
    assert run("continue", source, "--bars", 1).code == 0
    assert "exists already" in run("continue", source, "--bars", 1).err
