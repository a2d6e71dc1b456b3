"""Figures that say how good a model is: truths are read back, and bad arrangements get bad figures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from songs import song

from leap_models.errors import BadParameter
from leap_models.families.leap import GRID
from leap_models.music.difficulty import EDGES
from leap_models.music.notes import Note, Notes
from leap_models.training import table, truths
from leap_models.training.evaluate import Options, run
from leap_models.training.evaluate_leap import at_every_level, difficulty, figures, seams
from leap_models.training.examples import Example, example_arrays
from leap_models.training.truths import Truth


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    played, folder = song(), tmp_path_factory.mktemp("examples")
    arrays = example_arrays(Example(played, (), 18.0), np.zeros(18 * 22_050, dtype=np.float32), "test")
    np.savez(folder / "009_0.npz", **arrays)
    np.savez(folder / "001_0.npz", **{**arrays, "split": np.array("train")})
    (found,) = truths.rendered_songs(folder, 0)
    return found


def test_only_test_songs_are_measured(truth: Truth) -> None:
    assert (truth.name, truth.kind, truth.piece.duration_s) == ("009_0", "rendered", 18.0)


def test_training_songs_are_not_measured(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="split must be test or validation, got train"):
        run("leap", Options(rendered=str(tmp_path), split="train"))


def test_the_human_arrangement_is_perfect_but_for_its_own_ornaments(truth: Truth) -> None:
    found = figures(truth.human, truth)
    assert found["onset_f1"] == 1.0
    assert found["mca"] > 0.99
    assert found["recall"] > 0.99
    assert found["harmony"] > 0.8
    assert found["grid"] == 1.0
    assert found["unplayable"] == 0.0


def test_silence_follows_nothing(truth: Truth) -> None:
    found = figures((), truth)
    assert (found["mca"], found["recall"], found["onset_f1"], found["notes_per_s"]) == (0.0, 0.0, 0.0, 0.0)


def test_an_arrangement_a_semitone_off_loses_the_tune(truth: Truth) -> None:
    assert figures(_moved(truth.human, pitch=1), truth)["mca"] < 0.05


def test_an_arrangement_a_third_of_a_step_late_leaves_the_grid(truth: Truth) -> None:
    assert figures(_moved(truth.human, late_s=0.06), truth)["grid"] < 0.05


def test_seams_of_a_human_arrangement_stand_beside_those_of_a_model(truth: Truth) -> None:
    crowd = tuple(Note(5.12 + 0.02 * i, 5.2 + 0.02 * i, 60 + i, 64) for i in range(12))  # where a window begins
    found = seams(tuple(sorted(truth.human + crowd)), truth, GRID)
    assert found["human_seam_onsets"] == seams(truth.human, truth, GRID)["seam_onsets"]
    assert found["seam_onsets"] > found["human_seam_onsets"] + 0.5
    assert "human_seam_onsets" not in seams(truth.human, replace(truth, kind="real"), GRID)


def test_difficulty_is_measured_at_every_level(truth: Truth) -> None:
    def arrange(_truth: Truth, difficulty: float) -> Notes:
        return truth.human[:: round(6 - difficulty)]

    levels = at_every_level(arrange, EDGES, truth)
    assert levels["level 5"]["measured"] > levels["level 1"]["measured"]
    assert levels["level 5"]["onset_f1"] == 1.0
    found = difficulty(levels)
    assert found["spearman"] > 0.95
    assert found["notes_5_to_1"] == pytest.approx(5.0, abs=0.2)
    text = table.report({"rendered": table.summary([{"systems": {"leap": {}} | levels, "checks": found}])})
    assert f"\n| 5 | {levels['level 5']['measured']:.3f} ± 0.000 |" in text


def test_a_table_has_a_column_for_each_system_and_a_row_for_each_figure() -> None:
    rows = [{"systems": {"leap": {"mca": value}, "silence": {"mca": 0.0}}, "checks": {"spearman": 1.0}}
            for value in (0.5, 0.7)]
    text = table.report({"rendered": table.summary(rows), "real": {}})
    assert "| melody chroma accuracy of the top line | 0.600 ± 0.100 | 0.000 ± 0.000 |" in text
    assert "| Spearman of asked and measured difficulty | 1.000 ± 0.000 |" in text
    assert "real songs" not in text


def _moved(notes: Notes, pitch: int = 0, late_s: float = 0.0) -> Notes:
    return tuple(
        replace(note, pitch=note.pitch + pitch, start_s=note.start_s + late_s, end_s=note.end_s + late_s)
        for note in notes
    )
