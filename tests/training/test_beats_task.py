from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from leap_models import checkpoint
from leap_models.music.beat_context import BeatContext, features
from leap_models.music.beat_network import FRAME_RATE, LOW_BANDS, Heard
from leap_models.paths import weights_folder
from leap_models.training import train_beats
from leap_models.training.beats import BeatsTask, BeatsTraining, Context, Song, likelihood, listen, rises
from leap_models.training.runs import Options

FRAMES = 500
SHORT = BeatsTraining(frames=200)


def song(seed: int = 0) -> Song:
    """Ten seconds at 120 bpm, in which every beat is heard."""
    rng = np.random.default_rng(seed)
    beats_s = np.arange(0.5, 10.0, 0.5)
    activations = np.full((FRAMES, 2), 0.05, np.float32)
    activations[np.round(beats_s * FRAME_RATE).astype(int), 0] = 0.8
    bands = rng.random((FRAMES, 136), dtype=np.float32)
    return Song(activations, bands, beats_s, beats_s[::4], (0.5, 9.5))


def test_a_beat_between_two_frames_is_shared_out() -> None:
    np.testing.assert_allclose(likelihood(np.array([0.05]), 6, 0.0, 1.0), [0.0, 0.25, 0.75, 0.75, 0.25, 0.0])


def test_in_a_window_that_is_played_twice_as_fast_beats_come_twice_as_often() -> None:
    found = likelihood(np.arange(0.0, 4.0, 1.0), 60, 0.0, 2.0)
    np.testing.assert_array_equal(np.flatnonzero(found == 1.0), [0, 25, 50])


def test_what_learns_is_what_runs() -> None:
    network = Context()
    checkpoint.fill(network, checkpoint.load(weights_folder("beats")).part("context"), weights_folder("beats"))
    heard = Heard(song().activations, song().bands[:, :LOW_BANDS], rises(song().bands))
    with torch.no_grad():
        seen = torch.from_numpy(features(heard.activations, heard.bands, heard.rises))[None]
        logits = network.eval()(seen)[0].numpy()
    said = np.stack([heard.activations.sum(axis=1), heard.activations[:, 1]], axis=1)
    said = np.clip(said, 0.01, 0.99)
    both = 1.0 / (1.0 + np.exp(-(0.5 * logits + 0.5 * np.log(said / (1.0 - said)) + 0.9)))
    np.testing.assert_allclose(BeatContext().push(heard, last=True).activations.sum(axis=1), both[:, 0], atol=1e-4)


def test_the_same_step_sees_the_same_windows() -> None:
    task = BeatsTask(SHORT, [song(), song(1)], [])
    first, again = (task.batch(3, np.random.default_rng(5)) for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_a_window_may_go_over_to_another_song() -> None:
    silent = replace(song(), played_s=(20.0, 30.0))
    training = replace(SHORT, spliced=1.0, steady=1.0)
    played = BeatsTask(training, [song(), silent], []).batch(8, np.random.default_rng(0))["played"].mean(dim=1)
    assert ((played > 0.0) & (played < 1.0)).any()


def test_beats_outside_the_music_count_nothing() -> None:
    silent = replace(song(), played_s=(20.0, 30.0))
    assert BeatsTask(SHORT, [silent], []).batch(2, np.random.default_rng(0))["played"].sum() == 0.0


def test_it_learns() -> None:
    torch.manual_seed(0)
    task = BeatsTask(SHORT, [song()], [song()])
    before = task.validate(task.network.eval())["loss"]
    task.network.train()
    optimizer = torch.optim.Adam(task.network.parameters(), 0.01)
    for step in range(12):
        loss = task.loss(task.network, task.batch(2, np.random.default_rng(step)), torch.Generator())["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert task.validate(task.network.eval())["loss"] < 0.8 * before


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """Two examples of three seconds."""
    notes = np.array([[0.0, 3.0, 60.0, 90.0], [2.5, 3.0, 62.0, 90.0]])
    for name, split in (("001_0", "train"), ("008_0", "validation")):
        samples = np.random.default_rng(1).integers(-3000, 3000, 66_150).astype(np.int16)
        np.savez(
            tmp_path / f"{name}.npz", samples=samples, split=np.array(split), beats_s=np.arange(0.0, 3.0, 0.5),
            downbeats=np.array([0, 4, 8]), melody=notes, target_5=notes,
        )
    return tmp_path


def test_a_song_is_listened_to_once(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = listen(prepared / "001_0.npz", prepared / "001_0.heard")
    monkeypatch.delattr("leap_models.training.beats.BeatNetwork")
    again = listen(prepared / "001_0.npz", prepared / "001_0.heard")
    np.testing.assert_array_equal(first.activations, again.activations)


def test_downbeats_beyond_the_last_beat_are_left_out(prepared: Path) -> None:
    np.testing.assert_array_equal(listen(prepared / "001_0.npz", prepared / "heard").downbeats_s, [0.0, 2.0])


def test_a_run_publishes_what_the_tracker_reads(prepared: Path, tmp_path: Path) -> None:
    options = Options(str(prepared), str(tmp_path / "runs"), set="loop.batch=1,training.frames=60")
    job = train_beats.beats(options)
    from leap_models.training.loop import Loop

    loop = Loop(job.task, job.loop, tmp_path / "runs" / "beats")
    loop.fit(1.0, steps=1)
    job.publish(loop)
    heard = Heard(*(np.zeros((20, width), np.float32) for width in (2, LOW_BANDS, 17)))
    assert len(BeatContext(tmp_path / "runs" / "beats" / "checkpoint").push(heard, last=True).activations) == 20
