"""A model that gives audio, asked through the daemon: its .wav grows, is whole at any moment, and goes where asked."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_piano
from bridge_raw import Raw
from rendering_fixtures import RATE, clip_of, scale, ship_piano, tone

from leap_bridge.osc.addresses import FROM_DAEMON, PROTOCOL
from leap_bridge.osc.client import Client
from leap_bridge.osc.codec import Message
from leap_models import transcribing
from leap_models.errors import BadParameter, FileMissing, OutputExists, UnreadableAudio
from leap_models.transcribing import Transcription

LAST = ("/leap/done", "/leap/cancelled", "/leap/error")
MODEL = "toy_piano"


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, toys: None) -> None:
    ship_piano(monkeypatch, tmp_path_factory.mktemp("piano"))


@pytest.fixture
def like(tmp_path: Path) -> Path:
    return tone(tmp_path / "like.wav")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return clip_of(tmp_path / "clip.mid", scale(6.0))


def finished(client: Client, source: str, like: Path | str, target: Path | str = "", **pairs: object) -> list[Message]:
    """All that a job says."""
    accepted = client.run(MODEL, source, str(target), like=str(like), **pairs)  # type: ignore[arg-type]
    return [accepted, *client.follow(int(accepted.arguments[1]))]


def sound(path: object) -> np.ndarray:
    samples, rate = soundfile.read(str(path), dtype="float32")
    assert rate == RATE
    return samples


def send_score(raw: Raw, number: int = 3) -> None:
    """Two notes and a pedal, in two parts, the second first."""
    raw.send("/leap/score", 40, number, 1, 2, 64, 1.0, 0.5, 90, -1, 0.0, 1.8, 1)
    assert raw.wait("/leap/score").arguments == (40, number, 1)
    raw.send("/leap/score", 41, number, 0, 2, 60, 0.0, 0.5, 80)
    assert raw.wait("/leap/score").arguments == (41, number, 0)


def test_a_job_ends_with_a_wav_of_the_promised_length(client: Client, clip: Path, like: Path):
    said = finished(client, str(clip), like)
    path, duration_s = Path(str(said[-1].arguments[4])), float(said[0].arguments[6])
    assert (said[-1].address, path.name, said[-1].arguments[2]) == ("/leap/done", "sound.wav", 0)
    assert len(sound(path)) == round(duration_s * RATE) == round((5.9 + toy_piano.TAIL_S) * RATE)
    assert float(np.abs(sound(path)).max()) > 0.01


def test_the_wav_of_each_window_is_whole_and_stays_as_it_was(client: Client, clip: Path, like: Path):
    accepted = client.run(MODEL, str(clip), "", like=str(like), fault="slow")
    grown = []
    for message in client.follow(int(accepted.arguments[1])):
        if message.address == "/leap/window":
            grown.append((float(message.arguments[2]), sound(message.arguments[4])))
    whole = sound(message.arguments[4])
    assert len(grown) == accepted.arguments[2] == 4
    assert all(len(so_far) >= round(until_s * RATE) for until_s, so_far in grown)
    assert all(np.array_equal(so_far, whole[: len(so_far)]) for _, so_far in grown)


def test_messages_are_those_of_the_table(client: Client, clip: Path, like: Path):
    for message in finished(client, str(clip), like):
        address = FROM_DAEMON[message.address]
        assert len(message.arguments) == len(address.arguments)
    assert PROTOCOL == 1


def test_a_cancelled_job_leaves_what_was_final(raw: Raw, tmp_path: Path, like: Path):
    clip = clip_of(tmp_path / "long.mid", scale(200.0))
    raw.send("/leap/run", 9, MODEL, str(clip), "", "like", str(like), "fault", "slow")
    job = int(raw.wait("/leap/accepted").arguments[1])
    raw.wait("/leap/window")
    raw.send("/leap/cancel", 20, job)
    last = raw.wait(*LAST)
    assert last.address == "/leap/cancelled"
    assert len(sound(last.arguments[2])) == round(int(last.arguments[1]) * toy_piano.GRID.hop_s * RATE)


def test_the_wav_is_copied_to_the_target(client: Client, clip: Path, like: Path, tmp_path: Path):
    last = finished(client, str(clip), like, tmp_path / "mine.wav")[-1]
    assert Path(str(last.arguments[4])) == tmp_path / "mine.wav"
    assert len(sound(tmp_path / "mine.wav")) > RATE
    with pytest.raises(OutputExists):
        client.run(MODEL, str(clip), str(tmp_path / "mine.wav"), like=str(like))
    with pytest.raises(BadParameter, match=r"ends in \.wav"):
        client.run(MODEL, str(clip), str(tmp_path / "mine.mid"), like=str(like))


def test_a_result_beyond_full_scale_is_scaled_down_and_said(client: Client, clip: Path, like: Path):
    said = finished(client, str(clip), like, gain=30.0)
    assert float(np.abs(sound(said[-1].arguments[4])).max()) == pytest.approx(1.0, abs=1e-6)
    assert any(each.address == "/leap/warning" and "scaled down" in each.arguments[1] for each in said)


def test_a_reference_is_checked_before_there_is_a_job(client: Client, clip: Path, like: Path, tmp_path: Path):
    (tmp_path / "text.wav").write_text("no sound")
    silence = tone(tmp_path / "silence.wav", peak=0.0)
    for given, error in (
        ("", BadParameter), ("like.wav", BadParameter), (tmp_path / "none.wav", FileMissing),
        (tmp_path / "text.wav", UnreadableAudio), (clip, UnreadableAudio), (silence, BadParameter),
    ):  # fmt: skip
        with pytest.raises(error):
            client.run(MODEL, str(clip), "", like=str(given))


def test_only_a_model_with_a_reference_has_the_key(client: Client, clip: Path, like: Path):
    names = {model: {row.arguments[3] for row in client.ask_all("/leap/describe", model)} for model in ("toy", MODEL)}
    assert {"like", "score"} <= names[MODEL]
    assert not {"like", "score"} & names["toy"]
    with pytest.raises(BadParameter, match="toy has no parameter like"):
        client.run("toy", str(like), "", like=str(like))


def test_what_a_recording_plays_is_found_first(
    client: Client, like: Path, music: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        transcribing, "transcribe", lambda path, *rest: Transcription(scale(4.0), (), transcribing.BASIC_PITCH)
    )
    said = finished(client, str(music(4.0)), like)
    assert said[-1].address == "/leap/done"
    assert len(sound(said[-1].arguments[4])) == 4 * RATE
    assert any("found in the recording by Basic Pitch" in str(each.arguments[1]) for each in said)


def test_notes_that_are_no_file_are_played(raw: Raw, like: Path):
    send_score(raw)
    raw.send("/leap/run", 50, MODEL, "", "", "score", 3, "like", str(like))
    assert raw.wait("/leap/accepted").arguments[3] == ""
    made = sound(raw.wait(*LAST).arguments[4])
    assert len(made) == round((1.8 + toy_piano.TAIL_S) * RATE)
    assert float(np.abs(made[round(1.6 * RATE) : round(1.75 * RATE)]).max()) > 0.01  # the pedal holds it


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("", "", "score", 4), "score must be the number of a score sent with /leap/score, 4 was not given"),
        (("/a.mid", "", "score", 3), "source must be nothing where there is a score"),
        (("", "", "score", 3, "keep", 1), "job"),
    ],
)
def test_a_score_that_cannot_be_is_refused(raw: Raw, like: Path, words: tuple, why: str):
    send_score(raw)
    raw.send("/leap/run", 50, MODEL, *words, "like", str(like))
    assert why in raw.wait("/leap/error").arguments[3]


def test_a_score_is_no_source_of_an_arrangement(raw: Raw):
    send_score(raw)
    raw.send("/leap/run", 50, "toy", "", "", "score", 3)
    assert "toy has no parameter score" in raw.wait("/leap/error").arguments[3]


def test_a_kept_part_is_for_notes_alone(client: Client, clip: Path, like: Path):
    job = int(finished(client, str(clip), like)[0].arguments[1])
    with pytest.raises(BadParameter, match="keep is for models that give notes"):
        client.run(MODEL, str(clip), "", like=str(like), keep=job)


def test_no_midi_port_plays_sound(client: Client, clip: Path, like: Path):
    job = int(finished(client, str(clip), like)[0].arguments[1])
    with pytest.raises(BadParameter, match="which no MIDI port can play"):
        client.ask("/leap/play", job)


def test_a_result_can_be_made_again_from_what_is_kept(client: Client, clip: Path, like: Path):
    folder = Path(str(finished(client, str(clip), like)[-1].arguments[4])).parent
    kept = json.loads((folder / "request.json").read_text())
    assert (kept["source"], kept["like"]) == (str(clip), str(like))
    assert json.loads((folder / "result.json").read_text())["notes"] == []
