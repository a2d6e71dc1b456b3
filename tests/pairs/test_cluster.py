"""Work on several processes: none lost, none done twice, whoever dies."""

import os
from pathlib import Path

import pytest
from cluster_work import fail, tell, threads

from leap_models.errors import BadParameter
from leap_models.training.cluster import each


def test_processes_of_this_computer_share_its_cores():
    cores = os.cpu_count() or 1
    assert set(each(threads, {"one": "one", "other": "other"}, "", 2)) == {max(1, cores // 2)}


@pytest.mark.parametrize("workers", [1, 2])
def test_processes_of_this_computer_do_everything_once(tmp_path: Path, workers: int):
    pieces = {str(number): tmp_path / str(number) for number in (0, 1, 2, 4, 5)}
    assert sorted(each(tell, pieces, "", workers)) == sorted(pieces)


def test_what_a_piece_raises_ends_the_run(tmp_path: Path):
    with pytest.raises(OSError, match="No space left"):
        list(each(fail, {"0": tmp_path}, "", 1))


def test_a_cluster_must_be_one(tmp_path: Path):
    with pytest.raises(BadParameter, match="local or an address"):
        list(each(tell, {"0": tmp_path / "0"}, "everywhere", 1))


@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(tmp_path: Path):
    pytest.importorskip("distributed")
    pieces = {str(number): tmp_path / str(number) for number in range(12)}
    assert sorted(each(tell, pieces, "local", 2)) == sorted(pieces)
    assert (tmp_path / "died").exists()
    assert {path.name for path in tmp_path.iterdir()} == {*pieces, "died"}
