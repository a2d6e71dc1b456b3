"""Melodies through the daemon, with the weights that ship."""

from pathlib import Path

import pytest
from tiny_continuation import tune

from leap_bridge.osc.client import Client
from leap_models.music import midi
from leap_models.music.notes import TrackInfo


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    piece, path = tune(bars=2), tmp_path / "tune.mid"
    midi.write_played(path, piece.notes, piece.tempo, (TrackInfo("Piano"),))
    return path


@pytest.mark.parametrize("name", ["lstm", "chorale", "lstm_vae", "conv_vae"])
def test_the_daemon_goes_on_with_a_clip(client: Client, clip: Path, name: str):
    accepted = client.run(name, str(clip), "", more=4, seed=3)
    last = client.last_word(int(accepted.arguments[1]))
    assert last.address == "/leap/done"
    made = midi.read(str(last.arguments[4]))
    assert [note.pitch for note in made.notes if note.start_s < 3.9] == list(range(60, 68))
    assert 8.0 < made.notes[-1].end_s <= 12.02


def test_the_daemon_puts_a_band_to_a_clip(client: Client, clip: Path):
    accepted = client.run("melody_nn", str(clip), "", more=2, seed=3)
    last = client.last_word(int(accepted.arguments[1]))
    assert last.address == "/leap/done"
    made = midi.read(str(last.arguments[4]))
    playing = {made.tracks[note.track].name for note in made.notes}
    piano = [note.pitch for note in made.notes if made.tracks[note.track].name == "Piano" and note.start_s < 3.9]
    assert piano == list(range(60, 68))
    assert playing >= {"Drums", "Piano", "Bass"}
