"""What the piano of partials sounds like before it has learned anything."""

import numpy as np
import pytest
import torch
from tiny_timbre import HOP, RATE, passage, piano, played, rms, score, vector

from leap_models.families.timbre import strings
from leap_models.families.timbre.touch import Touch
from leap_models.music.notes import Note, Pedal


def pitch_hz(sound: np.ndarray, near_hz: float) -> float:
    """The strongest frequency within a semitone."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 8 * len(sound)))
    hz = np.fft.rfftfreq(8 * len(sound), 1 / RATE)
    near = np.abs(np.log2(hz.clip(1) / near_hz)) < 1 / 12
    return float(hz[near][spectrum[near].argmax()])


@pytest.mark.parametrize("pitch", [33, 48, 60, 69, 81, 96])
def test_a_note_has_its_pitch_within_five_cents(pitch):
    wanted = 440.0 * 2 ** ((pitch - 69) / 12)
    found = pitch_hz(played((Note(0.0, 1.0, pitch, 100),))[2400:], wanted)
    assert abs(1200 * np.log2(found / wanted)) < 5


def test_partials_of_a_stiff_string_are_sharp():
    hz = strings.partials_hz(torch.tensor([100.0]), torch.tensor([1e-3]), 10)[0]
    assert hz[9] == pytest.approx(1000.0 * np.sqrt(1.1 / 1.001), rel=1e-5)


def test_treble_strings_are_stiffer_than_those_of_the_tenor():
    assert strings.stiffness(torch.tensor(80.0)) > 10 * strings.stiffness(torch.tensor(30.0))


def test_a_harder_strike_is_louder():
    levels = [rms(played((Note(0.0, 1.0, 60, velocity),))) for velocity in (20, 50, 80, 110)]
    assert levels == sorted(levels)


def test_a_note_begins_when_it_is_struck():
    sound = played((Note(0.5, 1.0, 60, 100),))
    assert rms(sound, 0.0, 0.494) < 1e-3 * rms(sound, 0.5, 0.55)


def test_both_of_two_repeated_notes_are_struck():
    twice = played((Note(0.1, 0.45, 60, 100), Note(0.5, 0.9, 60, 100)))
    assert rms(twice, 0.5, 0.55) > 1.5 * rms(twice, 0.4, 0.45)


def test_a_note_dies_away_when_it_is_let_go():
    short, held = (played((Note(0.0, end_s, 60, 100),)) for end_s in (0.2, 1.0))
    assert rms(short, 0.7) < 0.1 * rms(held, 0.7)


def test_the_pedal_holds_what_is_let_go():
    notes = (Note(0.0, 0.2, 60, 100),)
    assert rms(played(notes, (Pedal(0.1, 2.0),)), 0.7) > 10 * rms(played(notes), 0.7)


def test_no_notes_are_silence():
    assert not played((), seconds=0.5).any()


def test_there_are_as_many_samples_as_the_frames_have():
    assert len(played((), seconds=0.5)) == 125 * HOP


def test_the_same_notes_are_the_same_samples():
    assert np.array_equal(played(passage(1.0)), played(passage(1.0)))


def test_chunks_are_what_the_whole_is_within_40_db():
    notes, pedals = passage(30.0), tuple(Pedal(2.0 * n + 0.1, 2.0 * n + 1.9) for n in range(15))
    whole = played(notes, pedals, 0.0, 30.0)
    chunks = np.concatenate([played(notes, pedals, 6.0 * n, 6.0) for n in range(5)])
    assert rms(chunks - whole) < 0.01 * rms(whole)


def test_nothing_jumps_where_chunks_meet():
    notes = (Note(0.0, 2.0, 40, 100), Note(0.5, 2.0, 64, 100))
    both = np.concatenate([played(notes, start_s=start_s) for start_s in (0.0, 1.0)])
    steps = np.abs(np.diff(both))
    assert steps[RATE - 1] < rms(both, 0.98, 1.02)


def test_a_loss_reaches_every_part_of_the_network():
    torch.manual_seed(0)
    network = piano()
    sound = network(score((Note(0.1, 0.4, 60, 100),), (Pedal(0.0, 0.5),), seconds=0.5), torch.randn(1, RATE))
    network.zero_grad()
    sound.square().mean().backward()
    grads = {name: parameter.grad for name, parameter in network.named_parameters()}
    assert not [name for name, grad in grads.items() if grad is None or not grad.any()]


@pytest.mark.parametrize("touch", [Touch(room=0.0), Touch(release=0.25)])
def test_less_room_and_quicker_dampers_leave_less_behind(touch):
    notes = score((Note(0.0, 0.2, 60, 100),))
    with torch.inference_mode():
        plain, changed = (piano().play(notes, vector(), each)[0].numpy() for each in (Touch(), touch))
    assert rms(changed, 0.5) < rms(plain, 0.5)


def test_brightness_raises_what_is_high():
    notes = score((Note(0.0, 0.5, 45, 100),))
    with torch.inference_mode():
        sounds = [piano().play(notes, vector(), Touch(brightness_db=db))[0].numpy() for db in (0, 6)]
    spectra = [np.abs(np.fft.rfft(sound)) for sound in sounds]
    assert spectra[1][4000:].sum() > 2 * spectra[0][4000:].sum()


def test_tuning_moves_the_pitch():
    with torch.inference_mode():
        sound = piano().play(score((Note(0.0, 1.0, 69, 100),)), vector(), Touch(tuning_cents=50.0))[0].numpy()
    assert 1200 * np.log2(pitch_hz(sound, 440.0) / 440.0) == pytest.approx(50.0, abs=6.0)
