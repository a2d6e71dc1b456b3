"""The networks of a band: their sizes, that they are the convolutions they claim to be, and neurons that decide."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_band import SHAPE, TINY
from torch import nn

from leap_models.errors import BadParameter
from leap_models.families.musegan import config as networks
from leap_models.families.musegan.config import PRESETS, MuseGanConfig, preset
from leap_models.families.musegan.generator import Latents, told
from leap_models.families.musegan.layers import Dense, GrownPitches, Norm, limit, seen
from leap_models.families.musegan.neurons import deterministic, stochastic
from leap_models.families.musegan.refiner import Refiner, RefinerSizes
from leap_models.families.musegan.shape import BandShape, Stride, growth


def parameters(network: nn.Module) -> int:
    return sum(each.numel() for each in network.parameters())


def test_the_default_generator_has_the_originals_parameters():
    assert parameters(networks.generator(preset("default"))) == 2_578_127


def test_the_default_discriminator_has_the_originals_parameters():
    assert parameters(networks.discriminator(preset("default"))) == 1_365_841


@pytest.mark.parametrize("name", ["dbn", "sbn"])
def test_binary_neurons_add_no_parameters(name: str):
    assert parameters(networks.generator(preset(name))) == 2_578_127


def test_an_unknown_preset_is_refused_with_the_known_ones():
    with pytest.raises(BadParameter, match=r"preset must be one of default, .*hybrid.*, got polka"):
        preset("polka")


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_makes_phrases_of_its_shape_and_scores_them(name: str):
    small = replace(preset(name), generator=TINY.generator, discriminator=TINY.discriminator)
    shape = small.shape
    z = torch.randn(2, small.latents.size(shape))
    phrases = torch.tanh(networks.generator(small)(z))
    assert phrases.shape == (2, *shape.planes)
    assert networks.discriminator(small)(phrases).shape == (2, shape.bars - 1)


SHAPES = [
    BandShape(1, 4, 4, 24, 12, 1), BandShape(2, 3, 8, 36, 24, 2), BandShape(3, 4, 24, 24, 96, 8),
    BandShape(8, 5, 4, 0, 120, 3), BandShape(1, 2, 16, 48, 36, 16),
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", ["musical", "bad_pitch", "bad_time"])
def test_any_bars_steps_pitches_and_tracks_that_are_allowed_fit(shape: BandShape, order: str):
    config = replace(TINY, given=(), shape=shape, order=order)
    made = networks.generator(config)(torch.randn(2, 8))
    assert made.shape == (2, *shape.planes)
    assert networks.discriminator(config)(made).shape == (2, max(1, shape.bars - 1))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"steps_per_beat": 6}, "steps_per_beat must be one of 4, 8, 12"),
        ({"pitches": 80}, "pitches must be one of 12, 24, ... 96 from 24 on, got 80"),
        ({"lowest": 60, "pitches": 72}, "pitches must be one of 12, 24, ... 60 from 60 on, got 72"),
        ({"bars": 0}, "bars must be from 1 to 64, got 0"),
        ({"tracks": 17}, "tracks must be from 1 to 16, got 17"),
    ],
)
def test_a_shape_that_cannot_be_grown_says_what_can(wrong: dict[str, int], said: str):
    with pytest.raises(BadParameter, match=said.replace("(", r"\(").replace(".", r"\.")):
        BandShape(**wrong)


def test_a_given_track_must_be_there():
    with pytest.raises(BadParameter, match="given must be tracks from 0 to 4, got \\[5\\]"):
        MuseGanConfig(given=(5,))


@pytest.mark.parametrize("octaves", range(1, 11))
def test_two_strides_make_any_number_of_octaves(octaves: int):
    assert growth(BandShape(lowest=0, pitches=12 * octaves)).pitch.size == octaves


def test_dense_rows_are_a_transposed_convolution():
    dense, plain = Dense(6, 5, 3), nn.ConvTranspose1d(6, 5, 3, stride=3)
    plain.weight.data = dense.weight.data.reshape(6, 3, 5).transpose(1, 2)
    plain.bias.data = dense.bias.data.normal_()[0]
    x = torch.randn(2, 7, 6)
    ours = dense(x.reshape(1, -1, 6)).reshape(2, 21, 5)
    torch.testing.assert_close(ours, plain(x.transpose(1, 2)).transpose(1, 2))


def test_overlapping_kernels_are_a_transposed_convolution_too():
    stride = Stride(3, 3, 2)
    grown = GrownPitches(6, 5, 4, stride).train()
    plain, norm = nn.ConvTranspose2d(6, 5, (4, 3), stride=(4, 2), bias=False), nn.BatchNorm2d(5)
    plain.weight.data = grown.dense.weight.data.reshape(6, 4, 3, 5).permute(0, 3, 1, 2)
    x = torch.randn(2, 1, 2, 3, 6)  # batch, bars, times, pitches
    theirs = torch.relu(norm(plain(x[:, 0].permute(0, 3, 1, 2))))
    torch.testing.assert_close(grown(x[None])[0, :, 0], theirs.permute(0, 2, 3, 1))


def test_what_a_discriminator_sees_is_a_convolution():
    stride, dense = Stride(3, 3, 2), Dense(4 * 3 * 6, 5)
    plain = nn.Conv2d(6, 5, (4, 3), stride=(4, 2))
    plain.weight.data = dense.weight.data.reshape(4, 3, 6, 5).permute(3, 2, 0, 1)
    plain.bias.data = dense.bias.data[0]
    x = torch.randn(2, 1, 8, 7, 6)
    ours = dense(seen(x[None], 4, stride).reshape(1, -1, 72)).reshape(2, 2, 3, 5)
    torch.testing.assert_close(ours, plain(x[:, 0].permute(0, 3, 1, 2)).permute(0, 2, 3, 1))


def test_normalisation_is_torchs_in_training_and_in_use():
    ours, theirs = Norm(4), nn.BatchNorm1d(4)
    x = torch.randn(1, 50, 4) * 3 + 1
    for _ in range(2):
        torch.testing.assert_close(ours(x)[0], theirs(x[0]))
    torch.testing.assert_close(ours.eval().mean[0], theirs.running_mean)


def test_normalising_and_cutting_at_once_is_the_same_with_the_same_gradients():
    torch.manual_seed(0)
    ours, theirs = Norm(4, 2), Norm(4, 2)
    x, wanted = torch.randn(2, 50, 4, dtype=torch.float64) * 3 + 1, torch.randn(2, 50, 4, dtype=torch.float64)
    inputs = []
    for norm, made in ((ours, lambda x: ours.double().positive(x)), (theirs, lambda x: torch.relu(theirs.double()(x)))):
        torch.manual_seed(1)
        nn.init.normal_(norm.scale)
        nn.init.normal_(norm.shift)
        own = x.clone().requires_grad_()
        (made(own) * wanted).sum().backward()
        inputs.append(own)
    torch.testing.assert_close(inputs[0].grad, inputs[1].grad)
    torch.testing.assert_close(ours.scale.grad, theirs.scale.grad)
    torch.testing.assert_close(ours.shift.grad, theirs.shift.grad)
    torch.testing.assert_close(ours.variance, theirs.variance)


def test_in_use_a_stage_is_one_product_with_the_same_result():
    generator = networks.generator(TINY)
    z = torch.randn(4, 8)
    generator(z)
    generator.eval()
    stage, x = generator.bars, torch.randn(1, 4, 8)
    torch.testing.assert_close(stage(x), torch.relu(stage.norm(stage.dense(x))))


def test_a_phrase_of_the_batch_does_not_change_the_others_in_use():
    generator, z = networks.generator(TINY).eval(), torch.randn(3, 8)
    torch.testing.assert_close(generator(z)[1], generator(z[1:2])[0])


def test_pitch_classes_are_remainders_of_pitches():
    chroma = networks.discriminator(TINY).chroma
    assert chroma is not None
    silence = torch.full((1, *SHAPE.planes), -1.0)
    octave = [silence.clone() for _ in range(3)]
    for cells, pitch in zip(octave, (0, 12, 1), strict=True):
        cells[..., pitch, 1] = 1.0
    torch.testing.assert_close(chroma(octave[0]), chroma(octave[1]))
    assert not torch.allclose(chroma(octave[0]), chroma(octave[2]))


def test_hybrid_tracks_have_latents_of_their_own():
    config = replace(TINY, given=(), apart=True, latents=Latents(2, 2, 2, 2))
    generator = networks.generator(config).eval()
    size = config.latents.size(SHAPE)
    assert size == 2 + 2 * 2 + 5 * 2 + 5 * 2 * 2
    z = torch.randn(1, size)
    other = z.clone()
    other[0, 2 + 4 + 2 * 2 : 2 + 4 + 2 * 3] += 1.0  # what is track 2's alone
    changed = (generator(z) != generator(other)).reshape(-1, SHAPE.tracks).any(dim=0)
    assert changed.tolist() == [False, False, True, False, False]


def test_only_the_given_track_is_told():
    cells = torch.ones(1, *SHAPE.planes)
    assert [float(each.abs().max()) for each in told(cells, torch.tensor([3]))[0].unbind(-1)] == [0, 0, 0, 1, 0]


def test_what_is_given_is_heard_in_every_other_track():
    generator = networks.generator(TINY).eval()
    z, cells = torch.randn(1, 8), torch.zeros(1, *SHAPE.planes)
    cells[..., 10, 3] = 1.0
    heard = generator(z, told(cells, torch.tensor([3]))) != generator(z, told(cells * 0, torch.tensor([3])))
    assert heard.reshape(-1, 5).any(dim=0).all()


@pytest.mark.parametrize("slope", [1.0, 5.0])
def test_a_deterministic_neuron_decides_and_passes_the_sigmoids_gradient(slope: float):
    logits = torch.tensor([-2.0, -0.1, 0.1, 3.0], requires_grad=True)
    made = deterministic(logits, slope)
    assert made.tolist() == [-1.0, -1.0, 1.0, 1.0]
    made.sum().backward()
    chance = torch.sigmoid(slope * logits.detach())
    torch.testing.assert_close(logits.grad, 2 * slope * chance * (1 - chance))


def test_a_stochastic_neuron_is_on_as_often_as_its_sigmoid_says():
    logits = torch.full((20_000,), 0.8, requires_grad=True)
    chance = torch.rand(20_000, generator=torch.Generator().manual_seed(0))
    made = stochastic(logits, chance)
    assert set(made.tolist()) == {-1.0, 1.0}
    assert float((made > 0).float().mean()) == pytest.approx(0.69, abs=0.01)
    made.sum().backward()
    assert float(logits.grad.min()) > 0.0


def test_a_refiner_begins_by_changing_nothing():
    refiner, logits = Refiner(SHAPE, RefinerSizes(width=2)), torch.randn(2, *SHAPE.planes)
    torch.testing.assert_close(refiner(logits), logits)


def test_a_refined_cell_looks_around_in_its_own_track_and_bar_alone():
    refiner = Refiner(SHAPE, RefinerSizes(units=1, width=2)).eval()
    torch.nn.init.normal_(refiner.units[0].narrow.weight)
    logits = torch.zeros(1, *SHAPE.planes, requires_grad=True)
    refiner(logits + 0.1)[0, 1, 8, 40, 2].backward()
    bars, steps, pitches, tracks = (set(each.tolist()) for each in logits.grad[0].nonzero(as_tuple=True))
    assert (bars, tracks) == ({1}, {2})
    assert max(abs(step - 8) for step in steps) <= 2
    assert max(abs(pitch - 40) for pitch in pitches) <= 12


def test_spectral_normalisation_divides_by_the_largest_stretch():
    dense = nn.Sequential(Dense(7, 5, groups=2))
    limit(dense)
    for _ in range(60):
        dense(torch.randn(2, 3, 7))
    largest = np.linalg.svd(dense[0].weight.detach().numpy(), compute_uv=False)[:, 0]
    np.testing.assert_allclose(largest, 1.0, atol=1e-3)
