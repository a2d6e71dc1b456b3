"""The notes of a recording: whole over the seams of what is heard at once, remembered, and stopped when told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import toy_piano
from rendering_fixtures import scale, tone

from leap_models import pipeline, scores, transcribing
from leap_models.errors import Cancelled, UnreadableAudio
from leap_models.interface import Request
from leap_models.memory import Memory
from leap_models.music import wav
from leap_models.music.additive import play_additive
from leap_models.music.notes import Note
from leap_models.progress import Clock, Progress
from leap_models.transcribing import BASIC_PITCH, Transcription

SECONDS = 15  # more than are heard at once


@pytest.fixture(scope="module")
def beats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fifth every second, at the half."""
    notes = tuple(Note(at + 0.5, at + 1.2, pitch, 90) for at in range(SECONDS) for pitch in (55, 62))
    samples = play_additive(notes, (), 22_050, (SECONDS + 1) * 22_050)
    path = tmp_path_factory.mktemp("beats") / "beats.wav"
    wav.write(path, (samples / np.abs(samples).max() / 2).astype(np.float32), 22_050)
    return path


def test_no_note_is_lost_or_doubled_at_a_seam(beats: Path):
    told = list[Progress]()
    found = transcribing.transcribe(beats, Clock(told.append, None), reader=BASIC_PITCH).notes
    struck = [note.start_s for note in found if note.pitch == 55]
    assert len(struck) == SECONDS
    assert np.allclose(struck, np.arange(SECONDS) + 0.5, atol=0.05)
    assert told[-1] == Progress("listening", SECONDS + 1, SECONDS + 1)


def test_a_part_has_the_times_of_the_whole(beats: Path):
    found = transcribing.transcribe(beats, Clock(None, None), 3.0, 6.0, BASIC_PITCH).notes
    struck = {round(note.start_s, 1) for note in found if note.pitch == 55}
    assert struck - {3.0} == {3.5, 4.5, 5.5}  # at 3 s the one before still sounds


def test_it_stops_when_told_to(beats: Path):
    with pytest.raises(Cancelled):
        transcribing.transcribe(beats, Clock(None, lambda: True), reader=BASIC_PITCH)


def test_text_is_no_recording(tmp_path: Path):
    (tmp_path / "a.wav").write_text("no sound")
    with pytest.raises(UnreadableAudio):
        transcribing.transcribe(tmp_path / "a.wav", Clock(None, None), reader=BASIC_PITCH)


def test_what_was_found_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = list[tuple[object, ...]]()

    def transcribe(*words: object) -> Transcription:
        asked.append(words)
        return Transcription(scale(3.0), (), BASIC_PITCH)

    monkeypatch.setattr(transcribing, "transcribe", transcribe)
    info, memory = toy_piano.describe(), Memory(2**20)
    for name in ("one.wav", "other.wav"):  # like which it is to sound
        piece = scores.recital(tone(tmp_path / "song.wav", 3.0), info, str(tone(tmp_path / name)))
        pipeline.run(toy_piano.ToyPiano(), piece, Request("toy_piano"), memory=memory)
    assert len(asked) == 1
    pipeline.run(toy_piano.ToyPiano(), piece, Request("toy_piano", end_s=2.0), memory=memory)
    assert len(asked) == 2


def test_a_recording_without_notes_is_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(transcribing, "transcribe", lambda *words: Transcription((), (), BASIC_PITCH))
    piece = scores.recital(tone(tmp_path / "song.wav", 3.0), toy_piano.describe(), str(tone(tmp_path / "like.wav")))
    result = pipeline.run(toy_piano.ToyPiano(), piece, Request("toy_piano"))
    assert result.audio is not None
    assert not result.audio.samples.any()
    assert "so the result is silent" in result.warnings[-1]


def test_a_part_of_a_recording_is_played_from_its_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(transcribing, "transcribe", lambda *words: Transcription(scale(6.0), (), BASIC_PITCH))
    piece = scores.recital(tone(tmp_path / "song.wav", 6.0), toy_piano.describe(), str(tone(tmp_path / "like.wav")))
    request = replace(Request("toy_piano"), start_s=2.5, end_s=4.0)
    result = pipeline.run(toy_piano.ToyPiano(), piece, request)
    assert result.audio is not None
    loud = np.abs(result.audio.samples[: 3 * 4000]).reshape(30, -1).max(axis=1) > 1e-3  # in 50 ms
    assert loud[:8].all()  # the note that begins there
    assert not loud[8:9].any()
