"""Archives of examples: what goes in comes out, wherever they lie."""

import io
import tarfile
import uuid
from pathlib import Path

import fsspec
import numpy as np
import pytest
import torch

from leap_models.errors import BadParameter
from leap_models.families.leap.dit import DitConfig
from leap_models.families.leap.model import Hearing
from leap_models.families.leap.vae import Vae, VaeConfig
from leap_models.music.difficulty import LEVELS
from leap_models.training import leap_data, shards
from leap_models.training.leap_dit import StreamedDitTask, Withheld
from leap_models.training.shards import HOLD_STEPS, KEPT, Shards, at_hand, members

SPLITS = {"a_0": "train", "a_1": "train", "b_0": "train", "c_0": "validation", "d_0": "test"}


def write_example(folder: Path, name: str, split: str) -> None:
    """Twenty seconds with a note a second."""
    rng = np.random.default_rng(len(name) + ord(name[0]))
    starts = np.arange(0.5, 19.0)
    notes = np.stack([starts, starts + 0.5, rng.integers(40, 80, len(starts)), np.full(len(starts), 80)], axis=1)
    arrays = {f"target_{level:g}": notes for level in LEVELS}
    arrays |= {f"scores_{level:g}": np.full(9, level) for level in LEVELS}
    np.savez(
        folder / f"{name}.npz", samples=np.zeros(20 * 22_050, np.int16), split=np.array(split),
        beats_s=np.arange(42) / 2,
        downbeats=np.arange(0, 42, 4), beats_per_bar=np.array(4), melody=notes, chords=np.zeros((0, 4)), **arrays,
    )  # fmt: skip
    np.save(folder / f"{name}.features.npy", rng.integers(0, 255, (1000, 265)).astype(np.uint8))


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    folder = tmp_path / "examples"
    folder.mkdir()
    for name, split in SPLITS.items():
        write_example(folder, name, split)
    return folder


@pytest.fixture(params=["folder", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "shards") if request.param == "folder" else f"memory://{uuid.uuid4()}/shards"


def test_what_is_packed_is_what_a_folder_gives(examples: Path, url: str):
    list(shards.write(examples, url))
    assert shards.are_at(url)
    archives = Shards(url)
    edges = leap_data.edges(leap_data.paths(examples, "train"))
    plain = leap_data.excerpts(leap_data.paths(examples, "train"), edges)
    packed = [excerpt for shard in archives.of("train") for excerpt in archives.excerpts(shard)]
    assert archives.edges == edges
    assert [each.name for each in packed] == [each.name for each in plain] == ["a_0", "a_1", "b_0"]
    np.testing.assert_array_equal(packed[0].features, plain[0].features)
    np.testing.assert_array_equal(packed[2].targets[4].pitch, plain[2].targets[4].pitch)


def test_no_archive_holds_two_splits(examples: Path, url: str):
    list(shards.write(examples, url, shard_bytes=1))
    found = Shards(url).shards
    assert [shard.split for shard in found] == ["train"] * 3 + ["validation", "test"]
    assert all(SPLITS[name] == shard.split for shard in found for name in shard.examples)


def test_nothing_is_packed_twice(examples: Path, tmp_path: Path):
    list(shards.write(examples, str(tmp_path / "s"), shard_bytes=1))
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "s").glob("*.tar")}
    write_example(examples, "e_0", "train")
    list(shards.write(examples, str(tmp_path / "s"), shard_bytes=1))
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "s").glob("*.tar")}
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1


def test_an_archive_is_laid_out_as_webdataset_reads_them(examples: Path, tmp_path: Path):
    list(shards.write(examples, str(tmp_path / "s")))
    with tarfile.open(next((tmp_path / "s").glob("train-*.tar"))) as tar:
        names = tar.getnames()
    assert names[:3] == ["a_0.npz", "a_0.features.npy", "a_0.json"]


def test_the_sound_stays_behind(examples: Path, url: str):
    list(shards.write(examples, url))
    files, root = fsspec.core.url_to_fs(url)
    content = files.cat_file(f"{root}/{Shards(url).shards[0].name}")
    assert "samples" not in next(members(content))[1]
    assert len(io.BytesIO(content).getvalue()) < 1_000_000


def test_what_was_not_listened_to_is_told(examples: Path, url: str):
    (examples / "a_0.features.npy").unlink()
    with pytest.raises(BadParameter, match=r"a_0\.npz has not been listened to"):
        list(shards.write(examples, url))
    assert not shards.are_at(url)


def test_a_damaged_index_is_told(examples: Path, tmp_path: Path):
    list(shards.write(examples, str(tmp_path / "s")))
    (tmp_path / "s" / "index.json").write_text("{}")
    with pytest.raises(BadParameter, match="damaged"):
        Shards(str(tmp_path / "s"))


def test_a_few_archives_are_all_at_hand():
    assert at_hand(3, step=7, rank=0, ranks=1) == [0, 1, 2]
    assert at_hand(5, step=7, rank=1, ranks=2) == [1, 3]


def test_many_archives_pass_by_and_each_comes_once_a_round():
    seen = [at_hand(60, step, 0, 1)[0] for step in range(0, 60 * HOLD_STEPS, HOLD_STEPS)]
    assert sorted(seen) == list(range(60))
    assert seen != sorted(seen)
    assert len(at_hand(60, 0, 0, 1)) == KEPT


def test_processes_share_the_archives():
    one, other = (at_hand(60, 5 * HOLD_STEPS, rank, 2) for rank in range(2))
    assert not set(one) & set(other)


def test_a_resumed_run_draws_from_the_same_archives():
    assert at_hand(60, 12345, 1, 2) == at_hand(60, 12345, 1, 2)


def test_the_arranger_learns_from_archives(examples: Path, url: str):
    list(shards.write(examples, url))
    archives = Shards(url)
    training = archives.of("train")
    vae = Vae(VaeConfig(encoder_widths=(8, 8, 16), decoder_widths=(8, 8, 16), decoder_blocks=(1, 1, 1)))

    def songs(step: int, rank: int, ranks: int) -> list[object]:
        places = at_hand(len(training), step, rank, ranks)
        return [each for place in places for each in archives.excerpts(training[place])]

    sizes, hearing = DitConfig(width=32, depth=1, heads=2, hidden=48), Hearing(planes=True)
    task = StreamedDitTask(sizes, vae, hearing, songs, songs(0, 0, 1), Withheld())
    task.seek(3, 0, 1)
    batch = task.batch(2, np.random.default_rng(0))
    loss = task.loss(task.network, batch, torch.Generator().manual_seed(0))["loss"]
    assert torch.isfinite(loss)
