"""How a band is taught: losses, the loop, its folder, and what is measured."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypianoroll
import pytest
import torch
import yaml
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "musegan"))
from tiny_band import ALONE, SHAPE, TINY, phrases, prepared

from leap_models import config as configs
from leap_models.errors import BadParameter, ConfigError
from leap_models.families.musegan import config as networks
from leap_models.families.musegan.config import Levels, MuseGanConfig
from leap_models.families.musegan.latents import between
from leap_models.families.musegan.layers import Dense, coarsen
from leap_models.families.musegan.listener import Heard, Listener
from leap_models.families.musegan.model import MuseGan
from leap_models.families.musegan.neurons import likelihood, stochastic
from leap_models.families.musegan.refiner import RefinerSizes
from leap_models.families.musegan.shape import BandShape
from leap_models.training import evaluate_musegan, musegan_data, musegan_finish, train, train_musegan
from leap_models.training import musegan_hearing as hearing
from leap_models.training.gan_losses import discriminator_loss, generator_losses, gradient_penalty, r1, reinforced
from leap_models.training.musegan import Diverged, MuseGanLoop
from leap_models.training.musegan_batches import Batches, move
from leap_models.training.musegan_data import Phrases
from leap_models.training.musegan_echo import straighten
from leap_models.training.musegan_samples import ARRAYS, IMAGES, PIANOROLLS
from leap_models.training.musegan_training import MuseGanTraining, Ramp
from leap_models.training.runs import Options

QUICK = MuseGanTraining(
    batch=4, discriminator_updates=2, eager_steps=0, sample_rows=1, sample_columns=3, log_steps=1, steps=2
)  # fmt: skip


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Levels and figures of a few phrases."""
    monkeypatch.setattr(train_musegan, "CALIBRATED", 16)
    monkeypatch.setattr(train_musegan, "MEASURED", 8)


def loop_in(
    folder: Path, sizes: MuseGanConfig = TINY, training: MuseGanTraining = QUICK, data: np.ndarray | None = None
) -> MuseGanLoop:
    return MuseGanLoop(sizes, training, Phrases(sizes.shape, iter([phrases(16) if data is None else data])), folder)


REAL, FAKE = torch.tensor([[0.5], [2.0]]), torch.tensor([[-1.5], [0.25]])


@pytest.mark.parametrize(
    ("kind", "critic", "generator"),
    [
        ("classic", np.log1p(np.exp([-0.5, -2.0])).mean() + np.log1p(np.exp([-1.5, 0.25])).mean(),
         -np.log1p(np.exp([-1.5, 0.25])).mean()),
        ("nonsaturating", np.log1p(np.exp([-0.5, -2.0])).mean() + np.log1p(np.exp([-1.5, 0.25])).mean(),
         np.log1p(np.exp([1.5, -0.25])).mean()),
        ("wasserstein", -0.625 - 1.25, 0.625),
        ("hinge", 0.25 + 0.625, 0.625),
    ],
)  # fmt: skip
def test_losses_are_their_formulas(kind: str, critic: float, generator: float):
    assert float(discriminator_loss(kind, REAL, FAKE)) == pytest.approx(critic, rel=1e-5)
    assert float(generator_losses(kind, FAKE).mean()) == pytest.approx(generator, rel=1e-5)


def test_reinforce_finds_the_gradient_of_the_expected_loss():
    """Of neurons that cost 3 when on, and 1 when off: (3 - 1) p (1 - p) each."""
    logits = torch.tensor([0.4, -1.0], requires_grad=True)
    many = logits.expand(200_000, 2)
    made = stochastic(many, torch.rand(many.shape, generator=torch.Generator().manual_seed(0))).detach()
    reinforced(torch.where(made > 0, 3.0, 1.0).sum(dim=1), likelihood(many, made)).backward()
    chance = torch.sigmoid(logits.detach())
    torch.testing.assert_close(logits.grad, 2.0 * chance * (1.0 - chance), atol=0.02, rtol=0.0)


def test_what_is_given_is_not_the_neurons_doing():
    made, logits = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.3, 5.0]])
    assert float(likelihood(logits, made)) == pytest.approx(float(torch.sigmoid(torch.tensor(0.3)).log()))


def test_reinforce_needs_neurons_that_decide_by_chance(tmp_path: Path):
    with pytest.raises(BadParameter, match="estimator must be straight_through with what decides nothing by chance"):
        loop_in(tmp_path, replace(ALONE, output="dbn"), replace(QUICK, estimator="reinforce"))


def linear(weights: Tensor):
    return lambda x: (x.flatten(1) @ weights)[:, None]


@pytest.mark.parametrize("length", [0.5, 1.0, 3.0])
def test_the_penalty_of_a_linear_critic_is_known(length: float):
    weights = torch.nn.functional.normalize(torch.ones(12), dim=0) * length
    penalty = gradient_penalty(linear(weights), torch.randn(3, 3, 4), torch.randn(3, 3, 4), 10.0, torch.Generator())
    assert float(penalty) == pytest.approx(10.0 * (length - 1.0) ** 2, abs=1e-4)


def test_r1_of_a_linear_critic_is_half_its_slope_squared():
    weights = torch.nn.functional.normalize(torch.ones(12), dim=0) * 3.0
    assert float(r1(linear(weights), torch.randn(3, 3, 4), 2.0)) == pytest.approx(9.0, rel=1e-4)


def test_the_penaltys_gradient_is_that_of_finite_differences(tmp_path: Path):
    torch.manual_seed(0)
    critic = loop_in(tmp_path).discriminator.double()
    real, fake = (torch.rand(2, *SHAPE.planes, dtype=torch.float64) * 2 - 1 for _ in range(2))

    def penalty() -> Tensor:
        return gradient_penalty(critic, real, fake, 10.0, torch.Generator().manual_seed(3))

    penalty().backward()
    weight, size = critic.merged.weight, 1e-5
    for place in ((0, 0, 0), (0, 5, 3)):
        found = []
        for sign in (1, -1):
            with torch.no_grad():
                weight[place] += sign * size
            found.append(float(penalty().detach()))
            with torch.no_grad():
                weight[place] -= sign * size
        assert float(weight.grad[place]) == pytest.approx((found[0] - found[1]) / (2 * size), rel=1e-3, abs=1e-6)


def test_phrases_on_the_device_are_those_in_the_file():
    data = phrases(6)
    batches = Batches(Phrases(SHAPE, iter([data])), torch.device("cpu"))
    assert (batches.cells(torch.arange(6)).numpy() > 0).tolist() == data.tolist()


@pytest.mark.parametrize("semitones", [-5, 0, 3, 6])
def test_a_batch_is_transposed_as_a_phrase_is(semitones: int):
    from leap_models.families.musegan.phrase import transposed

    data = np.random.default_rng(0).random((2, *SHAPE.planes)) < 0.1
    moved = move(torch.from_numpy(data).float(), torch.full((2,), semitones))
    assert (moved.numpy() > 0).tolist() == [transposed(each, semitones).tolist() for each in data]


@pytest.mark.parametrize(("step", "value"), [(0, 1.0), (10, 1.0), (20, 3.0), (30, 5.0), (99, 5.0)])
def test_a_schedule_is_counted_in_steps(step: int, value: float):
    assert Ramp(1.0, 5.0, 10, 30).at(step) == value


def test_the_discriminator_is_ahead_at_first():
    training = MuseGanTraining()
    assert (training.updates(9), training.updates(10)) == (50, 5)


def test_a_step_is_one_of_the_generator_however_often_the_discriminator_learns(tmp_path: Path):
    loop, calls = loop_in(tmp_path), []
    for name, optimizer in loop.optimizers.items():
        optimizer.register_step_post_hook(lambda *_, name=name: calls.append(name))
    loop.learn()
    assert (loop.step, calls) == (1, ["discriminator", "discriminator", "generator"])


def test_rare_penalties_count_as_much_in_all(tmp_path: Path):
    training = replace(QUICK, discriminator_updates=1, gradient_penalty=0.0, r1=1.0)
    often = loop_in(tmp_path / "often", TINY, training)
    rare = loop_in(tmp_path / "rare", TINY, replace(training, penalty_every=3))
    first, *others = [rare.learn()["penalty"] for _ in range(3)]
    assert first == pytest.approx(3 * often.learn()["penalty"], rel=1e-4)
    assert others == [0.0, 0.0]


def test_coarse_products_are_nearly_the_same_and_only_while_it_learns(tmp_path: Path):
    layer, x = Dense(80, 70, groups=2), torch.randn(1, 5, 80)
    exact = layer(x)
    coarsen(layer)
    assert 1e-6 < float((layer(x) - exact).detach().abs().max()) < 0.05
    assert torch.equal(layer.eval()(x), exact)
    assert loop_in(tmp_path, TINY, replace(QUICK, precision="bf16")).learn()


def test_a_listener_learns_with_the_generator_before_a_discriminator_comes_in(tmp_path: Path):
    loop = loop_in(tmp_path, TINY, replace(QUICK, echo=1.0, echo_steps=2, discriminator_updates=1))
    names = [set(loop.learn()) for _ in range(3)]
    alone = {"missed", "told"}
    assert names == [alone, alone, alone | {"discriminator", "penalty", "generator"}]
    loop.save()
    again = loop_in(tmp_path, TINY, loop.training)
    assert torch.equal(again.listener.out.weight, loop.listener.out.weight)
    assert again.learn() == loop.learn()


def test_straightened_latents_vary_as_chance_does_and_sound_the_same():
    torch.manual_seed(0)
    sizes = replace(TINY, given=())
    generator, listener = networks.generator(sizes).eval(), Listener(sizes)
    heard = Heard(torch.randn(400, 8) @ torch.randn(8, 8), torch.full((400, 8), -9.0))
    before = generator(heard.mean)
    straighten(generator, listener, heard)
    latents = heard.mean @ listener.straight
    torch.testing.assert_close(torch.cov(latents.T), torch.eye(8), atol=0.01, rtol=0.0)
    torch.testing.assert_close(generator(latents), before, atol=1e-3, rtol=1e-3)


def test_what_a_listener_tells_is_the_divergence_from_chance():
    heard = Heard(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, np.log(4.0)]]))
    assert float(heard.told()) == pytest.approx(0.5 + 0.5 * (4.0 - 1.0 - np.log(4.0)))


def test_normalisation_settles_on_the_averaged_weights_which_stay(tmp_path: Path):
    loop = loop_in(tmp_path)
    loop.learn()
    before, learned = loop.ema.state, loop.generator.bars.dense.weight.detach().clone()
    musegan_finish.settle(loop)
    same = {name.rpartition(".")[2] for name, value in loop.ema.state.items() if torch.equal(value, before[name])}
    assert same == {"weight", "bias", "scale", "shift"}
    assert torch.equal(loop.generator.bars.dense.weight, learned)


VARIANTS = {
    "alone": (ALONE, QUICK), "dbn": (replace(ALONE, output="dbn"), QUICK), "sbn": (replace(ALONE, output="sbn"), QUICK),
    "hinge": (ALONE, replace(QUICK, loss="hinge", gradient_penalty=0.0, spectral_norm=True)),
    "r1": (ALONE, replace(QUICK, loss="nonsaturating", gradient_penalty=0.0, r1=1.0)),
    "refiner": (replace(ALONE, refiner=RefinerSizes(1, 2)), replace(QUICK, taught="refiner")),
    "reinforce": (replace(TINY, output="sbn"), replace(QUICK, estimator="reinforce")),
    "both": (replace(TINY, refiner=RefinerSizes(1, 2, "sbn")), replace(QUICK, taught="both")),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_every_way_of_teaching_changes_what_is_taught_and_nothing_else(name: str, tmp_path: Path):
    sizes, training = VARIANTS[name]
    loop = loop_in(tmp_path, sizes, training)
    before = {key: value.detach().clone() for key, value in loop.made.named_parameters()}
    assert all(np.isfinite(list(loop.learn().values())))
    changed = {key.partition(".")[0] for key, value in loop.made.named_parameters() if (value != before[key]).any()}
    wanted = {"refiner": {"refiner"}, "both": {"generator", "refiner"}}.get(name, {"generator"})
    assert changed == wanted


def test_a_refiner_needs_one_to_be_there(tmp_path: Path):
    with pytest.raises(BadParameter, match="taught must be generator with a network without refiner, got refiner"):
        loop_in(tmp_path, ALONE, replace(QUICK, taught="refiner"))


def test_given_tracks_stay_as_they_are_in_what_is_judged(tmp_path: Path):
    loop = loop_in(tmp_path)
    real = loop.batches.cells(torch.arange(5)) * 2 - 1
    made = loop.play(torch.randn(5, 8), torch.Generator(), real, torch.arange(5))
    for track in range(5):
        assert (made[track, ..., track] == real[track, ..., track]).all()


def test_a_run_that_was_killed_goes_on_as_it_would_have(tmp_path: Path):
    straight, killed = loop_in(tmp_path / "a"), loop_in(tmp_path / "b")
    wanted = [straight.learn() for _ in range(4)]
    for _ in range(2):
        killed.learn()
    killed.save()
    again = loop_in(tmp_path / "b")
    assert again.step == 2
    assert (again.sample_z == straight.sample_z).all()
    assert [again.learn() for _ in range(2)] == wanted[2:]


def test_it_stops_at_the_first_loss_that_is_no_number(tmp_path: Path):
    loop = loop_in(tmp_path)
    with torch.no_grad():
        loop.discriminator.score.bias.fill_(float("nan"))
    with pytest.raises(Diverged, match="step 0: losses are"):
        loop.learn()
    assert not (tmp_path / "state.pt").exists()


def test_little_music_is_learned_by_heart(tmp_path: Path):
    training = replace(QUICK, batch=8, transposed=False, ema=0.9, generator_rate=3e-3, discriminator_rate=3e-3,
                       discriminator_updates=3)  # fmt: skip
    shape = BandShape(bars=1, steps_per_beat=4, lowest=36, pitches=24, tracks=2)
    data = np.zeros((1, *shape.planes), dtype=bool)
    data[:, :, ::4, 2, 0] = data[:, :, :12, [4, 8, 11], 1] = True
    loop = loop_in(tmp_path, replace(ALONE, shape=shape, levels=Levels()), training, data)

    def contrast() -> float:
        """How much higher cells are that are to be on."""
        made = torch.tanh(musegan_finish.many(loop, 8)).numpy()
        return float(made[:, data[0]].mean() - made[:, ~data[0]].mean())

    assert abs(contrast()) < 0.2
    for _ in range(36):
        loop.learn()
    assert contrast() > 0.6


def test_a_run_leaves_a_checkpoint_that_plays(tmp_path: Path):
    report = run(tmp_path, "musegan")
    assert report["steps"] == 2
    model = MuseGan.load(tmp_path / "runs" / "musegan" / "checkpoint", "cpu")
    density = model.takes(np.random.default_rng(0).standard_normal((4, 8)), model.info.check({})).mean()
    assert 0.0 < density < 0.3
    assert len(model.config.levels.logits) == 5


def run(folder: Path, task: str, *words: str) -> dict[str, object]:
    data = folder / "data"
    if not data.exists():
        prepared(data)
    config = folder / "run.yaml"
    configs.save(train_musegan.MuseGanRun(TINY, QUICK), config)
    chosen = str(config) if task == "musegan" and not (folder / "runs").exists() else ""
    return train.run(task, Options(str(data), str(folder / "runs"), 1.0, chosen, ",".join(words)))


def test_a_judge_that_learned_ships_with_the_band(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(musegan_finish, "JUDGED", 32)
    report = run(tmp_path, "musegan", "training.judge_steps=12")
    assert report["judge"] > 0.6
    assert MuseGan.load(tmp_path / "runs" / "musegan" / "checkpoint", "cpu").judge is not None


def test_a_part_is_heard_as_the_phrase_that_it_is_of(tmp_path: Path):
    training = replace(QUICK, echo=1.0, echo_steps=40, batch=8)
    loop = loop_in(tmp_path, TINY, training, phrases(64))
    for _ in range(30):
        loop.learn()
    short, long = (hearing.taught(loop, steps) for steps in (1, 60))
    assert long[1] < short[1]
    assert torch.equal(long[0].straight, loop.listener.straight)


def test_a_band_that_hears_parts_ships_so(tmp_path: Path):
    run(tmp_path, "musegan", "training.hearing_steps=2", "training.echo=1.0", "training.echo_steps=9")
    model = MuseGan.load(tmp_path / "runs" / "musegan" / "checkpoint", "cpu")
    given = phrases(1)[0]
    params = model.info.check({"track": "bass"})
    z = np.zeros((1, 8))
    tuned = model.tuned(z, given, 3)
    assert tuned.shape == z.shape
    assert (tuned != z).any()
    assert (model.takes(z, params, given)[0, ..., 3] == given[..., 3]).all()


def test_setting_up_writes_three_files_and_no_more(tmp_path: Path):
    run(tmp_path, "musegan.setup", "preset=dbn", "training.batch=7")
    folder = tmp_path / "runs" / "musegan"
    assert {path.name for path in folder.iterdir()} == {"config.yaml", "params.yaml", "note.txt"}
    assert yaml.safe_load((folder / "params.yaml").read_text())["output"] == "dbn"
    assert yaml.safe_load((folder / "config.yaml").read_text())["training"]["batch"] == 7


@pytest.mark.parametrize("name", ["config.yaml", "params.yaml"])
def test_an_unknown_key_is_refused_with_the_known_ones(tmp_path: Path, name: str):
    run(tmp_path, "musegan.setup")
    path = tmp_path / "runs" / "musegan" / name
    path.write_text(path.read_text() + "speed: 3\n")
    with pytest.raises(ConfigError, match="speed is unknown; there are: "):
        run(tmp_path, "musegan")


def test_a_run_shows_what_it_makes_and_rerun_keeps_three_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run(tmp_path, "musegan")
    folder = tmp_path / "runs" / "musegan"
    assert {path.name for path in (folder / "results").iterdir()} == {"inference", "interpolation"}
    train_musegan.clean(folder)
    assert {path.name for path in folder.iterdir()} == {"config.yaml", "params.yaml", "note.txt"}


def test_each_run_of_a_grid_has_latents_of_its_own(tmp_path: Path):
    run(tmp_path, "musegan", "training.runs=2")
    folder = tmp_path / "runs" / "musegan" / "results" / "inference" / ARRAYS
    one, other = (np.load(folder / f"samples_{number}.npy") for number in (1, 2))
    assert one.shape == other.shape
    assert (one != other).any()


def test_what_is_no_run_is_not_cleaned(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BadParameter, match=r"holds no config\.yaml"):
        train_musegan.clean(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


SWITCHES = {ARRAYS: "array", IMAGES: "image", PIANOROLLS: "pianoroll"}


@pytest.mark.parametrize("folder", [*SWITCHES, None])
def test_each_switch_controls_its_folder(tmp_path: Path, folder: str | None):
    off = {f"save_{SWITCHES[folder]}_samples": False} if folder else {}
    training = replace(QUICK, save_samples_steps=1, **off)
    loop = loop_in(tmp_path, TINY, training)
    train_musegan._watch(loop, loop_data())
    there = {path.name for path in (tmp_path / "samples").iterdir()}
    assert there == set(SWITCHES) - {folder}


def loop_data() -> Phrases:
    return Phrases(SHAPE, iter([phrases(4)]))


def test_no_samples_are_written_unless_asked(tmp_path: Path):
    train_musegan._watch(loop_in(tmp_path), loop_data())
    assert not (tmp_path / "samples").exists()


def test_samples_are_hard_and_by_chance_plain_and_coloured(tmp_path: Path):
    train_musegan._watch(loop_in(tmp_path, TINY, replace(QUICK, save_samples_steps=1)), loop_data())
    images = {path.name for path in (tmp_path / "samples" / IMAGES).iterdir()}
    kinds = ("raw", "hard", "bernoulli")
    assert images == {f"step_000000_{kind}{end}.png" for kind in kinds for end in ("", "_coloured")}
    song = pypianoroll.load(tmp_path / "samples" / PIANOROLLS / "step_000000_hard.npz")
    assert song.tracks[0].pianoroll.shape == (3 * 3 * 16, 128)  # three samples of two bars, and a bar of rest each
    assert np.load(tmp_path / "samples" / ARRAYS / "step_000000.npy").dtype == np.float16


def test_sampling_changes_nothing_that_learns(tmp_path: Path):
    one, other = loop_in(tmp_path / "a"), loop_in(tmp_path / "b")
    one.learn(), other.learn()
    musegan_finish.many(one, 4)
    assert one.learn() == other.learn()


def test_evaluation_puts_samples_beside_data_noise_and_an_untrained_network(tmp_path: Path):
    run(tmp_path, "musegan")
    rows = evaluate_musegan.measured(tmp_path / "data", tmp_path / "runs" / "musegan" / "checkpoint", 12)
    found = {row.name: row.figures for row in rows}
    assert list(found) == [
        "training", "held-out", "samples", "shuffled bars", "shuffled tracks", "noise", "untrained"
    ]
    assert found["held-out"]["nearest"] == 0.0  # the same two chords as in training
    assert found["held-out"]["tonal"] < found["shuffled tracks"]["tonal"]
    assert found["noise"]["tonal"] > found["held-out"]["tonal"]
    report = evaluate_musegan.write(rows, tmp_path / "figures.json")
    assert json.dumps(report)
    assert "tonal distance between tracks" in (tmp_path / "figures.md").read_text()


def test_shuffled_bars_are_the_same_bars():
    data = phrases(5)
    mixed = evaluate_musegan.shuffled_bars(data, np.random.default_rng(0))
    assert sorted(bar.tobytes() for each in mixed for bar in each) == sorted(
        bar.tobytes() for each in data for bar in each
    )


def test_results_hold_the_way_between_latents(tmp_path: Path):
    run(tmp_path, "musegan")
    values = np.load(tmp_path / "runs" / "musegan" / "results" / "interpolation" / ARRAYS / "slerp.npy")
    assert values.shape == (train_musegan.STEPS, *SHAPE.planes)
    assert between(np.ones(3), np.ones(3), 0.5).tolist() == [1.0, 1.0, 1.0]


def test_a_prepared_folder_without_phrases_says_what_to_do(tmp_path: Path):
    with pytest.raises(BadParameter, match="has no train phrases: run leap-bridge prepare musegan"):
        musegan_data.load_split(tmp_path, "train", SHAPE)
