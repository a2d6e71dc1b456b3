"""A band as sound: everybody is heard, as what he is, on every synth that is there."""

import numpy as np
import pytest
from music.test_synth import RATE, level, played

from leap_models.music import synth
from leap_models.music.additive import HELD, PIANO, voice_of
from leap_models.music.drum_sounds import CLICK, KICK, drum, play_drums
from leap_models.music.notes import Note, TrackInfo
from leap_models.music.players import BASS, DRUMS, GUITAR, INSTRUMENTS, STRINGS
from leap_models.music.players import PIANO as PIANIST

# One after the other, each for a second, two seconds apart: kick, hi-hat, piano, guitar, bass, strings.
SCENE = (
    Note(0.5, 0.6, 36, 100, DRUMS), Note(2.5, 2.6, 42, 100, DRUMS), Note(4.5, 5.5, 69, 100, PIANIST),
    Note(6.5, 7.5, 57, 100, GUITAR), Note(8.5, 9.5, 33, 100, BASS), Note(10.5, 12.5, 69, 100, STRINGS),
)  # fmt: skip


@pytest.fixture(scope="module", params=["additive band", "tinysoundfont", "fluidsynth"])
def scene(request):
    return played(request.param, SCENE, instruments=INSTRUMENTS)


def peak_hz(samples, start_s, end_s):
    part = samples[round(start_s * RATE) : round(end_s * RATE)]
    spectrum = abs(np.fft.rfft(part * np.hanning(len(part))))
    hertz = np.fft.rfftfreq(len(part), 1 / RATE)
    return float(hertz[hertz > 25.0][spectrum[hertz > 25.0].argmax()])  # some SoundFonts leave an offset behind


@pytest.mark.parametrize("start_s", [0.5, 2.5, 4.5, 6.5, 8.5, 10.5])
def test_every_player_is_heard(scene, start_s):
    assert level(scene, start_s + 0.02, start_s + 0.12) > 5.0 * level(scene, start_s - 0.1, start_s - 0.01)


def test_a_kick_is_low_and_a_hi_hat_is_high(scene):
    assert peak_hz(scene, 0.5, 0.7) < 200.0
    assert peak_hz(scene, 2.5, 2.6) > 2000.0


@pytest.mark.parametrize(("start_s", "hertz"), [(6.6, 220.0), (10.8, 440.0)])
def test_the_others_play_the_written_pitch_or_an_overtone(scene, start_s, hertz):
    found = peak_hz(scene, start_s, start_s + 0.8)
    assert found / hertz == pytest.approx(max(1, round(found / hertz)), rel=0.02)


def test_strings_hold_what_a_guitar_lets_die_away(scene):
    assert level(scene, 12.0, 12.4) > 0.4 * level(scene, 11.0, 11.4)
    assert level(scene, 7.2, 7.4) < level(scene, 6.55, 6.75)


def test_the_volume_of_a_channel_is_kept(monkeypatch):
    monkeypatch.setattr(synth, "find_soundfont", lambda: None)
    pair = (TrackInfo("One"), TrackInfo("Other", volume=50))
    sound = synth.render((Note(0.0, 1.0, 60, 90, 0), Note(4.0, 5.0, 60, 90, 1)), (), RATE, pair).samples
    assert level(sound, 0.1, 0.9) == pytest.approx(4.0 * level(sound, 4.1, 4.9), rel=0.01)


def test_instruments_of_general_midi_have_a_voice():
    assert (voice_of(0), voice_of(7), voice_of(19), voice_of(48), voice_of(127)) == (
        PIANO, PIANO, HELD, HELD, voice_of(112),
    )  # fmt: skip


def test_every_drum_of_general_midi_makes_a_sound():
    assert all(play_drums([Note(0.0, 0.1, pitch, 100)], RATE, RATE).any() for pitch in range(128))


def test_a_drum_without_a_sound_of_its_own_is_a_click():
    assert (drum(36), drum(0), drum(75)) == (KICK, CLICK, CLICK)
