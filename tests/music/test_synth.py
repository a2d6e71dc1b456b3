from pathlib import Path

import numpy as np
import pytest
import soundfile

from leap_models.errors import BadParameter, UnwritableOutput
from leap_models.music import synth
from leap_models.music.additive import sustained
from leap_models.music.notes import Note, Pedal

RATE = 16000
A4 = (Note(0.5, 1.5, 69, 100),)
# A4, much later a soft and then a loud C4, and at last two short C5, the second with the pedal down from 21 s to 23 s.
SCENE = (*A4, Note(6.0, 7.0, 60, 40), Note(10.0, 11.0, 60, 120), Note(14.0, 14.3, 72, 90), Note(21.0, 21.3, 72, 90))
PEDALS = (Pedal(20.9, 23.0),)
SMALL = "TimGM6mb.sf2"  # of the usual SoundFonts the one that loads fast


@pytest.fixture(scope="module", params=["additive piano", "tinysoundfont", "fluidsynth"])
def scene(request):
    """The scene as each synth that is there plays it."""
    return played(request.param, SCENE, PEDALS)


@pytest.fixture
def no_soundfont(monkeypatch):
    monkeypatch.setattr(synth, "find_soundfont", lambda: None)


def played(kind, notes, pedals=(), instruments=()):
    """The samples that the synth of a kind gives; the test is skipped where it is not installed."""
    plain = kind.startswith("additive")
    with pytest.MonkeyPatch.context() as patch:
        soundfont = None if plain else small_soundfont()
        patch.setattr(synth, "find_soundfont", lambda: soundfont)
        only = [one for one in synth._synths() if one[0].startswith(kind)]
        if not only and not plain:
            pytest.skip(f"{kind} or the SoundFont {SMALL} is not installed")
        patch.setattr(synth, "_synths", lambda: only)
        rendering = synth.render(notes, pedals, RATE, instruments)
    assert rendering.synth.startswith(kind)
    return rendering.samples


def small_soundfont():
    places = [Path(folder).expanduser() / SMALL for folder in synth.FOLDERS]
    return next((path for path in places if path.is_file()), None)


def level(samples, start_s, end_s):
    return float(np.sqrt(np.mean(samples[round(start_s * RATE) : round(end_s * RATE)].astype(np.float64) ** 2)))


def test_a_note_sounds_when_it_should(scene):
    assert level(scene, 0.0, 0.49) < 0.01 * level(scene, 0.52, 1.0)


def test_a_note_dies_away_after_its_end(scene):
    assert level(scene, 2.4, 2.9) < 0.1 * level(scene, 0.6, 1.4)


def test_a4_is_at_440_hz(scene):
    samples = scene[round(0.6 * RATE) : round(1.4 * RATE)]
    spectrum = abs(np.fft.rfft(samples * np.hanning(len(samples))))
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    near = (hertz > 400) & (hertz < 480)
    assert hertz[near][spectrum[near].argmax()] == pytest.approx(440.0, abs=2.0)


def test_the_pedal_lets_a_note_ring_on(scene):
    assert level(scene, 22.0, 22.8) > 5.0 * level(scene, 15.0, 15.8)


def test_a_loud_note_is_louder_than_a_soft_one(scene):
    assert level(scene, 10.0, 11.0) > 2.0 * level(scene, 6.0, 7.0)


def test_the_loudest_sample_is_at_minus_one_decibel(scene):
    assert abs(scene).max() == pytest.approx(synth.PEAK, abs=1e-5)


def test_a_rendering_lasts_until_the_last_note_has_died_away(scene):
    assert (scene.shape, scene.dtype) == ((round(24.5 * RATE),), np.float32)


def test_the_pedal_holds_a_note_until_its_key_is_struck_again():
    notes = (Note(0.0, 0.2, 60, 64), Note(0.1, 0.2, 64, 64), Note(1.0, 1.2, 60, 64))
    assert [note.end_s for note in sustained(notes, (Pedal(0.1, 2.0),))] == [1.0, 2.0, 2.0]


@pytest.mark.usefixtures("no_soundfont")
def test_a_computer_without_soundfonts_plays_sines():
    assert synth.render(A4, (), RATE).synth == "additive piano"


@pytest.mark.usefixtures("no_soundfont")
def test_no_notes_are_silence():
    assert not synth.render((), (), RATE).samples.any()


def test_a_synth_that_fails_gives_way_to_the_next(monkeypatch):
    def broken(_music):
        raise RuntimeError("no sound")

    monkeypatch.setattr(synth, "_synths", lambda: [("broken", broken)])
    assert synth.render(A4, (), RATE).synth == "additive piano"


def test_the_best_known_soundfont_is_chosen(tmp_path):
    for name in ("zzz.sf2", "TimGM6mb.sf2", "FluidR3_GM.sf2"):
        (tmp_path / name).touch()
    assert synth.find_soundfont([str(tmp_path / "none"), str(tmp_path)]) == tmp_path / "FluidR3_GM.sf2"


def test_an_unknown_soundfont_is_better_than_none(tmp_path):
    (tmp_path / "mine.sf3").touch()
    assert synth.find_soundfont([str(tmp_path)]) == tmp_path / "mine.sf3"


def test_a_computer_without_soundfonts_has_none(tmp_path):
    assert synth.find_soundfont([str(tmp_path)]) is None


@pytest.mark.usefixtures("no_soundfont")
def test_a_preview_is_a_wav_file_whatever_its_name(tmp_path):
    rendering = synth.write(tmp_path / "preview.tmp", A4, (), RATE)
    info = soundfile.info(tmp_path / "preview.tmp")
    assert (info.format, info.samplerate, info.channels) == ("WAV", RATE, 1)
    assert info.frames == len(rendering.samples)


@pytest.mark.usefixtures("no_soundfont")
def test_a_folder_that_is_not_there_cannot_be_written_to(tmp_path):
    with pytest.raises(UnwritableOutput, match="cannot write"):
        synth.write(tmp_path / "none" / "preview.wav", A4)


def test_a_sample_rate_too_low_for_music_is_refused():
    with pytest.raises(BadParameter, match="at least 8000"):
        synth.render(A4, (), 100)
