"""How timbre transfer is measured."""

import json
from pathlib import Path

import numpy as np
import pianos as toy
import pytest

from leap_models.training import evaluate, evaluate_timbre, timbre_bench, timbre_measures, train
from leap_models.training.evaluate_timbre import TRUTH
from leap_models.training.timbre_bench import EQUALISED, FLUID, MEAN_VECTOR, NEAREST, OURS
from leap_models.training.timbre_measures import Centroids
from leap_models.training.timbre_render import RATE

SEEN = ("fluid_grand", "tim_fm", "tim_grand")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `evaluate timbre` writes of an untrained network."""
    folder = tmp_path_factory.mktemp("timbre")
    everyone = (*SEEN, "musescore_fm")
    for split, seeds, pianos in (("train", (0, 1), SEEN), ("validation", (4, 5), SEEN), ("test", (8, 9), everyone)):
        toy.write(folder, split, {f"song-{seed}": toy.passage(seed) for seed in seeds}, pianos)
    sizes = "network.ddsp.partials=4,network.ddsp.width=8"
    short = "training.segment_s=0.2,training.reference_s=0.5,training.validation_pairs=1"
    train.run("timbre", train.Options(prepared=str(folder), out=str(folder), minutes=0.0, set=f"{sizes},{short}"))
    weights, out = folder / "timbre" / "checkpoint", folder / "figures.json"
    evaluate.run("timbre", evaluate.Options(prepared=str(folder), weights=str(weights), passages=2, out=str(out)))
    return folder


def test_every_baseline_is_measured_in_the_same_run(measured: Path) -> None:
    found = json.loads((measured / "figures.json").read_text())["summary"]
    assert set(found) == {OURS, MEAN_VECTOR, FLUID, EQUALISED, NEAREST, TRUTH, "checks"}


def test_the_truth_is_nowhere_from_itself(measured: Path) -> None:
    found = json.loads((measured / "figures.json").read_text())["summary"][TRUTH]
    assert found["mel_db"] == {"mean": 0.0, "spread": 0.0}
    assert found["spectral"]["mean"] == 0.0


def test_there_is_a_table_and_a_picture(measured: Path) -> None:
    assert "| plain FluidR3 |" in (measured / "figures.md").read_text()
    assert (measured / "figures.png").stat().st_size > 10_000


def test_a_case_asks_for_another_song_than_its_reference() -> None:
    found = timbre_bench.cases(toy.recordings(SEEN), SEEN, 12)
    assert len(found) == 12
    assert all(case.passage != case.reference for case in found)
    assert {case.piano for case in found} == set(SEEN)


def test_loudness_makes_no_distance() -> None:
    sound = toy.sound("tim_fm", toy.passage(0))
    assert timbre_measures.distances(0.3 * sound, sound)["mel_db"] == pytest.approx(0.0, abs=0.01)


def test_an_equaliser_gives_a_sound_another_spectrum() -> None:
    rng = np.random.default_rng(0)
    white = rng.normal(0, 0.1, 4 * RATE).astype(np.float32)
    dark = timbre_measures.signal.lfilter([0.2], [1, -0.8], white)
    change_db = timbre_measures.spectrum_db([dark]) - timbre_measures.spectrum_db([white])
    made = timbre_measures.equalised(white, change_db)
    assert timbre_measures.distances(made, dark)["mel_db"] < 0.5 < timbre_measures.distances(white, dark)["mel_db"]


def test_the_classifier_knows_pianos_by_other_music() -> None:
    known = Centroids.of({name: [toy.sound(name, toy.passage(seed)) for seed in range(3)] for name in SEEN})
    assert [known.nearest(toy.sound(name, toy.passage(8))) for name in SEEN] == list(SEEN)


def test_strengths_rank_as_velocities_do() -> None:
    scale = timbre_measures.ladder()
    heard = timbre_measures.strengths(toy.sound("tim_grand", scale), scale.notes)
    assert evaluate_timbre._by_pitch(heard, scale.notes) == pytest.approx(1.0)


def test_a_vector_that_holds_pitch_classes_is_found_out() -> None:
    rng = np.random.default_rng(0)
    classes = rng.dirichlet(np.ones(12), 80)
    assert timbre_measures.pitch_leak(classes @ rng.normal(size=(12, 64)), classes) > 0.8
    assert timbre_measures.pitch_leak(rng.normal(size=(80, 64)), classes) < 0.1


def test_triples_ask_whether_the_piano_counts_more_than_the_notes() -> None:
    axes = np.eye(4)
    pianos = {(piano, song): axes[i] + 0.1 * axes[2 + j] for i, piano in enumerate("AB") for j, song in enumerate("xy")}
    notes = {(piano, song): 0.1 * axes[i] + axes[2 + j] for i, piano in enumerate("AB") for j, song in enumerate("xy")}
    assert evaluate_timbre._triples(pianos, ["A"]) == 1.0
    assert evaluate_timbre._triples(notes, ["A", "B"]) == 0.0
