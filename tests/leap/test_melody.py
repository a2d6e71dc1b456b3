"""What the melody head hears, how a line is read from it, and what its training makes of a recording."""

import numpy as np
import pytest
import torch

from leap_models.errors import DamagedWeights
from leap_models.families.leap.melody import KEYS, LOWEST_PITCH, Context, MelodyConfig, MelodyHead, MelodyLogits, decode
from leap_models.families.leap.nmp import FRAMES, SAMPLE_RATE, SAMPLES, Nmp
from leap_models.nn.conv import count_parameters
from leap_models.training import deepsalience, leap_melody
from leap_models.training.leap_melody import MelodyTask, MelodyTraining, from_notes, from_teachers, transposed

SMALL = MelodyConfig(width=8, context=8, dilations=(1, 2))


def logits_of(pitches: list[float], certainty: float = 6.0) -> tuple[np.ndarray, np.ndarray]:
    """Logits that sing these pitches, one a frame; nan rests."""
    salience = np.zeros((len(pitches), KEYS))
    for frame, pitch in enumerate(pitches):
        if not np.isnan(pitch):
            salience[frame, int(pitch) - LOWEST_PITCH] = certainty
    voicing = np.where(np.isnan(pitches), -certainty, certainty)
    return salience, voicing


def sine(pitch: float, duration_s: float) -> np.ndarray:
    time_s = np.arange(int(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.5 * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time_s)).astype(np.float32)


@pytest.mark.parametrize("frames", [172, 173, 100])
def test_there_is_one_answer_for_two_frames(frames):
    logits = MelodyHead(SMALL).eval()(torch.rand(2, 8, frames, 264))
    assert logits.salience.shape == (2, frames // 2, KEYS)


def test_every_frame_says_whether_anyone_sings():
    logits = MelodyHead(SMALL).eval()(torch.rand(2, 8, 172, 264))
    assert logits.voicing.shape == (2, 86)


def test_the_head_stays_small():
    assert count_parameters(MelodyHead()) <= 150_000


def test_a_melody_a_semitone_higher_is_heard_a_key_higher():
    torch.manual_seed(0)
    head = MelodyHead(SMALL).eval()
    with torch.no_grad():
        stack = torch.zeros(1, 8, 40, 264)
        stack[..., 120:126] = torch.rand(1, 8, 40, 6)
        low, high = head(stack).salience, head(stack.roll(3, dims=3)).salience
    assert float((high[..., 31:56] - low[..., 30:55]).abs().max()) < 1e-4


def test_likelihoods_of_a_frame_sum_to_the_voicing():
    logits = MelodyLogits(torch.randn(1, 4, KEYS), torch.tensor([[0.0, 0.0, 9.0, -9.0]]))
    torch.testing.assert_close(logits.likelihood().sum(dim=2), logits.voicing.sigmoid())


def test_an_untaught_context_changes_nothing():
    x = torch.rand(1, 8, 20, KEYS)
    torch.testing.assert_close(Context(8, 8)(x), x)


def test_a_clear_line_is_read_as_it_is():
    sung = [60.0] * 10 + [64.0] * 10 + [np.nan] * 10 + [67.0] * 10
    np.testing.assert_array_equal(decode(*logits_of(sung)), sung)


def test_one_wrong_frame_does_not_break_a_note():
    sung = [60.0] * 10 + [79.0] + [60.0] * 10
    np.testing.assert_array_equal(decode(*logits_of(sung, certainty=4.0)), [60.0] * 21)


def test_nothing_sung_is_a_line_of_rests():
    assert np.isnan(decode(*logits_of([np.nan] * 20))).all()


def test_a_high_bias_leaves_no_rests():
    salience, voicing = logits_of([60.0] * 5 + [np.nan] * 5)
    assert not np.isnan(decode(salience, voicing, voicing_bias=100.0)).any()


def test_no_frames_are_an_empty_line():
    assert decode(np.zeros((0, KEYS)), np.zeros(0)).shape == (0,)


def test_deepsalience_puts_a_440_hz_tone_on_its_bin():
    planes = deepsalience.harmonic_transform(sine(69, 2.0))
    fundamental = planes[deepsalience.HARMONICS.index(1.0)][:, 80]
    assert int(fundamental.argmax()) == 5 * (69 - 24)


def test_deepsalience_hears_the_second_harmonic_an_octave_below():
    planes = deepsalience.harmonic_transform(sine(69, 2.0))
    assert int(planes[deepsalience.HARMONICS.index(2.0)][:, 80].argmax()) == 5 * (57 - 24)


def test_the_loudest_cell_is_one_and_silence_eighty_decibels_below_is_zero():
    planes = deepsalience.harmonic_transform(sine(69, 1.0))
    assert (float(planes.max()), float(planes.min())) == (1.0, 0.0)


def test_deepsalience_has_the_published_number_of_weights():
    assert count_parameters(deepsalience.DeepSalience()) == 406_253


def test_a_long_song_is_heard_in_chunks_as_in_one(monkeypatch):
    torch.manual_seed(0)
    network = deepsalience.DeepSalience().eval()
    harmonics = np.random.default_rng(0).random((6, 360, 60), dtype=np.float32)
    whole = deepsalience.salience(network, harmonics)
    monkeypatch.setattr(deepsalience, "CHUNK_FRAMES", 25)
    np.testing.assert_allclose(deepsalience.salience(network, harmonics), whole, atol=1e-5)


def test_salience_of_middle_c_belongs_to_its_key():
    found = np.zeros((360, 1), dtype=np.float32)
    found[5 * (60 - 24)] = 1.0
    assert int(deepsalience.to_keys(found)[:, 0].argmax()) == 60 - LOWEST_PITCH


def test_weights_that_are_no_network_are_refused_by_name(tmp_path):
    (tmp_path / "vocal.h5").write_text("hello")
    with pytest.raises(DamagedWeights, match=r"vocal\.h5"):
        deepsalience.load(tmp_path / "vocal.h5")


def test_a_note_is_marked_where_it_sounds():
    recording = from_notes(np.zeros(SAMPLE_RATE * 2, dtype=np.float32), np.array([[0.5, 1.0, 60]]))
    frames = np.flatnonzero(recording.melody[60 - LOWEST_PITCH])
    assert (frames[0], frames[-1] + 1) == (22, 43)


def test_a_voice_goes_before_an_instrument():
    vocal, lead = np.zeros((2, KEYS, 8), dtype=np.float32)
    vocal[40], lead[20] = 0.5, 0.5
    recording = from_teachers(np.zeros(2048, dtype=np.float32), vocal, lead)
    assert recording.melody[40, 0] > recording.melody[20, 0] > 0


def test_a_lead_without_a_voice_is_a_melody_too():
    vocal, lead = np.zeros((2, KEYS, 8), dtype=np.float32)
    lead[20] = 0.5
    assert from_teachers(np.zeros(2048, dtype=np.float32), vocal, lead).melody[20, 0] == 1.0


def test_a_transposed_melody_is_shared_by_the_keys_it_lies_between():
    melody = np.zeros((KEYS, 1))
    melody[40] = 1.0
    np.testing.assert_allclose(transposed(melody, -1.25)[38:40, 0], [0.25, 0.75])


def test_a_sped_up_recording_is_labelled_at_its_new_pitch():
    rng = np.random.default_rng(3)
    song = from_notes(sine(60, 5.0), np.array([[0.0, 5.0, 60]]))
    window = leap_melody.varied(song, SAMPLES, MelodyTraining(detune=0.0), rng)
    spectrum = np.abs(np.fft.rfft(window.samples))
    heard = 69 + 12 * np.log2(spectrum.argmax() * SAMPLE_RATE / SAMPLES / 440)
    assert abs(heard - (int(window.melody[:, 10].argmax()) + LOWEST_PITCH)) < 0.1


def task_of(pitch: int) -> MelodyTask:
    song = from_notes(sine(pitch, 5.0), np.array([[0.0, 5.0, pitch]]))
    torch.manual_seed(0)
    return MelodyTask(SMALL, MelodyTraining(mixed_share=0.0), Nmp(), [song], [], [song])


def test_a_batch_has_a_label_for_every_answer():
    batch = task_of(60).batch(2, np.random.default_rng(0))
    assert batch["melody"].shape[1] == (batch["samples"].shape[1] + 188) // 512


def test_the_same_generator_makes_the_same_batch():
    first, second = (task_of(60).batch(2, np.random.default_rng(5))["samples"] for _ in range(2))
    assert torch.equal(first, second)


def test_learning_lowers_the_loss():
    task = task_of(60)
    batch, noise = task.batch(2, np.random.default_rng(0)), torch.Generator()
    optimizer = torch.optim.Adam(task.network.parameters(), lr=1e-2)
    losses = []
    for _step in range(5):
        loss = task.loss(task.network, batch, noise)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]


def test_validation_counts_the_share_of_right_pitch_classes():
    task = task_of(60)
    task.network.eval()
    figures = task.validate(task.network)
    assert 0.0 <= figures["chroma"] <= 1.0


def test_a_window_of_the_note_network_is_86_frames_of_melody():
    samples = torch.zeros(1, SAMPLES)
    ears = Nmp()
    assert MelodyHead(SMALL).eval()(ears.harmonics(ears.loudness(samples))).voicing.shape == (1, FRAMES // 2)
