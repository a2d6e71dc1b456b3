"""What LEAP's networks are shown, and that they learn from it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from songs import song

from leap_models.families.leap.dit import Dit, DitConfig
from leap_models.families.leap.grounding import GroundingConfig
from leap_models.families.leap.model import Hearing
from leap_models.families.leap.rolls import NoteArray
from leap_models.families.leap.vae import Vae, VaeConfig
from leap_models.training.evaluate_vae import compared
from leap_models.training.examples import note_array, tempo_of
from leap_models.training.leap_dit import DitTask, Excerpt, Place, Windows, Withheld
from leap_models.training.leap_grounding import GroundingTask, GroundingTraining, decode, remembered, sample
from leap_models.training.leap_vae import VaeLoss, VaeTask, augmented, measure_latents, settle_onsets

VAE = VaeConfig(encoder_widths=(8, 8, 16), decoder_widths=(8, 8, 16), decoder_blocks=(1, 1, 1))
DIT = DitConfig(width=32, depth=1, heads=2, hidden=48)
QUICK = GroundingTraining(steps=1)
PLAINLY = Hearing(planes=True)
ALWAYS = Withheld(audio=0.0, level=0.0, known=0.0, beat=0.0, melody=0.0)


def piano(bars: int = 20) -> NoteArray:
    notes = song(bars).arrangement
    return note_array(np.array([(n.start_s, n.end_s, n.pitch, n.velocity) for n in notes], dtype=np.float64))


def excerpt(level: float = 2.5) -> Excerpt:
    """Features that are the notes themselves, so that there is something to learn."""
    notes = piano(12)
    onset, sounding, _velocity = notes.planes(2400)[:, :88, ::2]
    planes = np.stack([sounding, onset, sounding]).transpose(2, 0, 1).reshape(1200, -1)
    features = (np.concatenate([planes, np.ones((1200, 1))], axis=1) * 255).astype(np.uint8)
    return Excerpt("001", features, (notes,), (np.full(14, level),), tempo_of(song(12)))


def task(withheld: Withheld = ALWAYS) -> DitTask:
    torch.manual_seed(0)
    return DitTask(DIT, Vae(VAE), PLAINLY, [excerpt()], [excerpt()], withheld)


def test_a_batch_holds_ten_seconds_of_features_and_roll() -> None:
    batch = task().batch(3, np.random.default_rng(0))
    assert batch["features"].shape == (3, 512, 265)
    assert batch["roll"].shape == (3, 1, 96, 1024)


@pytest.mark.parametrize("semitones", [-5, 0, 6])
def test_in_another_key_it_hears_what_it_is_to_play(semitones: int) -> None:
    windows, place = Windows([excerpt()], ALWAYS, planes=True), Place(0, 4.0, 0, semitones)
    heard = windows.heard(place, np.random.default_rng(0), exact=True)["features"]
    sounding, unmoved = windows.played(place)[1, :88, ::2], windows.played(Place(0, 4.0, 0))[1, :88, ::2]
    np.testing.assert_array_equal(heard[:, :88].T, sounding)
    assert np.flatnonzero(sounding.any(axis=1)).tolist() == (np.flatnonzero(unmoved.any(axis=1)) + semitones).tolist()
    assert (heard[:, -1] == 1.0).all()


def test_the_level_shown_is_the_measured_one() -> None:
    assert task().batch(4, np.random.default_rng(0))["level"].tolist() == [2.5] * 4


def test_what_must_always_be_withheld_is() -> None:
    batch = task(Withheld(audio=1.0, level=1.0, known=1.0, beat=1.0)).batch(4, np.random.default_rng(0))
    assert not batch["keep"].any()
    assert not batch["beat"].any()


def test_the_same_step_shows_the_same_windows() -> None:
    first, again = (task().batch(2, np.random.default_rng([0, 0, 5, 0])) for _ in range(2))
    assert torch.equal(first["roll"], again["roll"])


def test_the_arranger_learns_what_it_is_shown() -> None:
    learned = task()
    optimizer = torch.optim.AdamW(learned.network.parameters(), lr=5e-3)
    losses = []
    for step in range(16):
        batch = learned.batch(2, np.random.default_rng([0, step]))
        loss = learned.loss(learned.network, batch, torch.Generator().manual_seed(step))["data"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert np.mean(losses[-4:]) < 0.8 * np.mean(losses[:4])


def test_the_auto_encoder_learns_what_it_is_shown() -> None:
    torch.manual_seed(0)
    learned = VaeTask(VAE, VaeLoss(), [piano()], [piano()])
    optimizer = torch.optim.AdamW(learned.network.parameters(), lr=1e-2)
    losses = []
    for step in range(20):
        batch = learned.batch(2, np.random.default_rng([0, step]))
        loss = learned.loss(learned.network, batch, torch.Generator().manual_seed(step))["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]


def test_the_divergence_from_a_gaussian_is_finite_and_positive() -> None:
    learned = VaeTask(VAE, VaeLoss(), [piano()], [piano()])
    batch = learned.batch(2, np.random.default_rng(0))
    kl = float(learned.loss(learned.network, batch, torch.Generator().manual_seed(0))["kl"].detach())
    assert 0.0 < kl < 100.0


def test_measured_latents_have_unit_spread() -> None:
    torch.manual_seed(0)
    vae = Vae(VAE).eval()
    measure_latents(vae, [piano()], windows=16)
    with torch.no_grad():
        latents = vae.encode(torch.from_numpy(piano().window(3.0, 13.24).planes()[None, 2:3]))
    assert float(latents.std()) == pytest.approx(1.0, abs=0.25)


def test_onset_logits_are_lowered_to_where_they_are_read_best() -> None:
    torch.manual_seed(0)
    vae = Vae(VAE).eval()
    torch.nn.init.normal_(vae.decoder[-1].mix.weight, std=1.0)  # type: ignore[union-attr, arg-type]
    planes = torch.from_numpy(piano().window(3.0, 13.24).planes())[None]
    with torch.no_grad():
        before = vae.decode(vae.encode(planes[:, 2:3])).onset
        planes[:, 0] = (before > 1.0).float()
        lowered = settle_onsets(vae, planes)
        after = vae.decode(vae.encode(planes[:, 2:3])).onset
    assert lowered == pytest.approx(1.0, abs=0.3)
    torch.testing.assert_close(after[:, :88], before[:, :88] - lowered)


def test_augmenting_keeps_notes_within_the_keyboard() -> None:
    rng = np.random.default_rng(0)
    pitches = np.concatenate([augmented(piano(), 0.0, rng).pitch for _ in range(50)])
    assert pitches.min() >= 21
    assert pitches.max() <= 108


def test_a_window_compared_with_itself_is_perfect() -> None:
    notes = piano().window(0.0, 10.24).begun_within(10.0).notes()
    same = compared(notes, notes)
    assert (same.onset_f1, same.offset_f1, same.velocity_error) == (1.0, 1.0, 0.0)


def test_silence_finds_nothing() -> None:
    assert compared(piano().notes(), ()).onset_f1 == 0.0


def grounding_task() -> GroundingTask:
    """Rolls that a transformer wrote which knows nothing."""
    torch.manual_seed(0)
    windows = Windows([excerpt()], ALWAYS, planes=True)
    places = [windows.draw(np.random.default_rng(seed)) for seed in range(4)]
    vae = Vae(VAE).eval()
    sampled = decode(vae, places, sample(Dit(DIT).eval(), windows, PLAINLY, vae, places, QUICK, seed=0))
    songs = (windows, sampled)
    return GroundingTask(GroundingConfig(width=8), PLAINLY, GroundingTraining(), songs, songs)


def test_grounding_learns_to_write_what_is_heard() -> None:
    learned = grounding_task()
    before = learned.validate(learned.network)["onset"]
    optimizer = torch.optim.AdamW(learned.network.parameters(), lr=1e-2)
    for step in range(15):
        batch = learned.batch(2, np.random.default_rng([0, step]))
        loss = learned.loss(learned.network, batch, torch.Generator())["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert learned.validate(learned.network)["onset"] < 0.5 * before


def test_sampled_windows_are_remembered_for_their_transformer_alone(tmp_path: Path) -> None:
    torch.manual_seed(0)
    windows, vae = Windows([excerpt()], ALWAYS, planes=True), Vae(VAE).eval()
    places = [windows.draw(np.random.default_rng(0))]

    def latents(dit: Dit) -> torch.Tensor:
        return remembered(tmp_path / "sampled.npz", dit, windows, PLAINLY, vae, places, QUICK)

    one, other = Dit(DIT).eval(), Dit(DIT).eval()
    first = latents(one)
    assert torch.allclose(latents(one), first, atol=1e-2)
    with torch.no_grad():
        other.write.bias += 1.0
    assert not torch.allclose(latents(other), first, atol=1e-1)
