"""A song that LEAP Studio's engine arranges, under Node.js, has the notes that Python gives it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

import leap_models
from leap_models.families.leap.export import export
from leap_models.interface import Piece
from leap_models.music.audio import Audio
from leap_models.music.notes import Note
from leap_models.music.synth import render
from leap_models.paths import weights_folder

STUDIO = ROOT / "leap_bridge" / "studio"
RATE, DIFFICULTY, SEED = 44_100, 3.0, 7


def song() -> np.ndarray:
    """Eight bars for a tune, chords and a bass at 100 beats a minute."""
    notes = []
    for number in range(32):
        begin_s, root = 0.6 * number, (48, 45, 41, 43)[number // 4 % 4]
        steps = [(0, 90), (12, 60), (16, 60), (19, 60), (24 + (7, 4, 0, 2)[number % 4], 110)]
        notes += [Note(begin_s, begin_s + 0.5, root + step, velocity) for step, velocity in steps]
    return render(notes, sample_rate=RATE).samples


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The networks, a song, and what Python makes of it."""
    if shutil.which("npx") is None or not (STUDIO / "node_modules").is_dir():
        pytest.skip("there is no Node.js, or the Studio's packages are not there")
    path = tmp_path_factory.mktemp("song")
    export(weights_folder("leap"), path / "models")
    samples = song()
    samples.astype(np.float32).tofile(path / "song.f32")
    length_s = len(samples) / RATE
    piece = Piece(Audio(samples, RATE, length_s), (), None, length_s, "song")
    request = leap_models.Request("leap", {"difficulty": DIFFICULTY}, seed=SEED)
    result = leap_models.run(leap_models.load("leap", "cpu"), piece, request)
    assert len(result.notes) > 30
    made = {
        "sampleRate": RATE, "difficulty": DIFFICULTY, "seed": SEED, "warnings": list(result.warnings),
        "notes": [[note.start_s, note.end_s, note.pitch, note.velocity, note.track] for note in result.notes],
        "anchors": [list(anchor) for anchor in result.tempo.anchors],
    }  # fmt: skip
    (path / "song.json").write_text(json.dumps(made), encoding="utf-8")
    return path


def test_typescript_gives_a_song_the_notes_that_python_gives_it(folder: Path):
    done = subprocess.run(
        ["npx", "vitest", "run", "tests/golden/song.test.ts"], cwd=STUDIO, capture_output=True, text=True, check=False,
        env={**os.environ, "LEAP_SONG": str(folder), "NO_COLOR": "1"}, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    assert "3 passed" in done.stdout
