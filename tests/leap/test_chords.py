"""Which chord is heard, and what is done about it."""

import numpy as np
import pytest
import torch

from leap_models.families.leap.chords import CLASSES, ChordConfig, ChordHead, harmonised, told
from leap_models.families.leap.listening import Heard
from leap_models.families.leap.vae import DecodedRoll
from leap_models.music.tempo import TempoMap
from leap_models.training.examples import note_array
from leap_models.training.leap_chords import NONE, ChordTask, by_column
from leap_models.training.leap_dit import Excerpt

SMALL = ChordConfig(width=16, dilations=(1, 2))
C, F = sum(1 << each for each in (0, 4, 7)), sum(1 << each for each in (5, 9, 0))  # masks of pitch classes
LOWEST = 21


def heard(*pitches: int, melody: int | None = None) -> Heard:
    """A window in which some keys are heard all the time."""
    planes = torch.zeros(1, 3, 88, 512)
    for pitch in pitches:
        planes[:, :2, pitch - LOWEST] = 1.0
    if melody is not None:
        planes[:, 2, melody - LOWEST] = 1.0
    return Heard(planes, torch.zeros(1, 512, 10))


def chords_of(*classes: int) -> torch.Tensor:
    chords = torch.full((1, 2, CLASSES, 128), 0.01)
    chords[:, :, list(classes)] = 0.99
    return chords


def everything() -> DecodedRoll:
    """A roll in which every key would sound."""
    return DecodedRoll(torch.ones(1, 96, 1024), torch.ones(1, 96, 1024), torch.ones(1, 96, 1024))


def song(rng: np.random.Generator) -> tuple[Excerpt, np.ndarray]:
    """Two chords in turn, heard in any octave, among noise."""
    frames, planes = 1200, rng.random((1200, 3, 88)) ** 6
    spans = [(second, second + 2.0, (0, 5)[second // 2 % 2], (C, F)[second // 2 % 2]) for second in range(0, 24, 2)]
    for start_s, end_s, _bass, mask in spans:
        for key in range(88):
            if mask >> (key + LOWEST) % 12 & 1 and rng.random() < 0.4:
                planes[int(start_s * 50) : int(end_s * 50), :2, key] = 1.0
    features = np.concatenate([planes.reshape(frames, -1), np.ones((frames, 1))], axis=1)
    level = (np.full(14, 3.0),)
    nothing = (note_array(np.zeros((0, 4))),)
    excerpt = Excerpt("001", (features * 255).astype(np.uint8), nothing, level, TempoMap.steady(120))
    return excerpt, np.array(spans, dtype=np.float64)


def test_what_is_heard_an_octave_higher_is_the_same_pitch_class():
    torch.manual_seed(0)
    head = ChordHead(SMALL).eval()
    with torch.no_grad():
        head.entry.weight[:, :] = head.entry.weight[:, :1]  # alike in every octave
        low, high = head(heard(48, 52)), head(heard(60, 64))
    torch.testing.assert_close(low, high)


@pytest.mark.parametrize("semitones", [1, 5, 11])
def test_in_another_key_it_hears_the_same_chord_there(semitones: int):
    torch.manual_seed(0)
    head = ChordHead(SMALL).eval()
    with torch.no_grad():
        head.entry.weight[:, :] = head.entry.weight[:, :1]
        home, away = head(heard(48, 52, 55)), head(heard(48 + semitones, 52 + semitones, 55 + semitones))
    torch.testing.assert_close(home.roll(semitones, dims=2), away)


def test_every_key_is_told_whether_its_pitch_class_belongs():
    planes = told(heard(), chords_of(0, 4, 7)).features
    assert planes.shape == (1, 5, 88, 512)
    member = planes[0, 3, :, 0] > 0.5
    assert {(key + LOWEST) % 12 for key in np.flatnonzero(member.numpy())} == {0, 4, 7}
    assert not (planes[0, 3] < 0.5)[member].any()


def test_beneath_the_tune_only_the_chord_sounds():
    known = told(heard(melody=74), chords_of(0, 4, 7))
    sounding = harmonised(everything(), known, 1.0).sounding[0, :88, 500] > 0
    beneath, above = sounding[: 74 - LOWEST], sounding[74 - LOWEST :]
    assert {(key + LOWEST) % 12 for key in np.flatnonzero(beneath.numpy())} == {0, 4, 7}
    assert above.all()  # the tune itself is outside the chord, and left alone


def test_harmony_0_changes_nothing():
    known = told(heard(), chords_of(0))
    assert torch.equal(harmonised(everything(), known, 0.0).sounding, everything().sounding)


def test_what_is_surely_outside_stays_a_number():
    known = told(heard(), torch.zeros(1, 2, CLASSES, 128))
    assert torch.isfinite(harmonised(everything(), known, 1.0).sounding).all()


def test_chords_are_known_at_the_middle_of_a_column():
    member, bass = by_column(np.array([[9.0, 10.5, 12, C], [10.5, 11.03, 5, F], [11.03, 12.0, 0, 0]]), start_s=10.0)
    assert (member.shape, bass.shape) == ((12, 128), (128,))
    assert np.flatnonzero(member[:, 5]).tolist() == [0, 4, 7]  # until 10.48 s
    assert np.flatnonzero(member[:, 6]).tolist() == [0, 5, 9]  # from 10.48 s
    assert bass[:14].tolist() == [0] * 6 + [5] * 7 + [NONE]


def test_the_head_learns_which_chord_is_heard():
    rng = np.random.default_rng(0)
    (first, its), (second, others) = song(rng), song(rng)
    torch.manual_seed(0)
    task = ChordTask(SMALL, ([first], [its]), ([second], [others]))
    optimizer = torch.optim.AdamW(task.network.parameters(), lr=1e-2)
    before = task.validate(task.network)
    for step in range(30):
        batch = task.batch(2, np.random.default_rng([0, step]))
        loss = task.loss(task.network, batch, torch.Generator())["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    after = task.validate(task.network)
    assert after["loss"] < 0.3 * before["loss"]
    assert after["chord"] > 0.9
    assert after["bass_right"] > 0.9
