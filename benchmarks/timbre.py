"""How long it takes to play notes like a recording, beside PerformanceNet's network: `python benchmarks/timbre.py`.

A clip of piano music is played by the command as a person types it, by the loaded model, and by a network of
PerformanceNet's published size with random weights, which do for measuring speed; what it gives is a spectrogram, and
finding its phases (Griffin-Lim) is timed apart.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import torch

from leap_models import pipeline, registry, scores
from leap_models.families.timbre.config import PERFORMANCE_NET, build
from leap_models.families.timbre.contour import Contour
from leap_models.families.timbre.score import RATE as FRAME_RATE
from leap_models.families.timbre.score import as_tensors, score_frames
from leap_models.interface import Request
from leap_models.music import midi_writer
from leap_models.music.notes import Note, Pedal
from leap_models.music.tempo import TempoMap

LIKE_S = 10.0
PERFORMANCE_NET_S = 5.0  # what it plays at once


def timed(work: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s


def music(length_s: float) -> tuple[tuple[Note, ...], tuple[Pedal, ...]]:
    """Eighths in four parts at 120 bpm, about as dense as a pop song's piano part, with the pedal."""
    rng, notes = np.random.default_rng(0), list[Note]()
    for step in range(int(length_s * 4)):
        for low in (36, 48, 60, 67)[: 2 + step % 3]:
            start_s = step * 0.25
            notes.append(Note(start_s, start_s + 0.5, int(low + rng.integers(12)), int(rng.integers(40, 100))))
    return tuple(sorted(notes)), tuple(Pedal(at + 0.1, at + 1.9) for at in np.arange(0.0, length_s - 2, 2.0).tolist())


def performance_net(notes: tuple[Note, ...], pedals: tuple[Pedal, ...], like: np.ndarray) -> tuple[int, float, float]:
    """Parameters, and seconds that the network and Griffin-Lim need for PERFORMANCE_NET_S."""
    network = build(PERFORMANCE_NET).eval()
    assert isinstance(network, Contour)
    score = as_tensors([score_frames(notes, pedals, 0.0, round(PERFORMANCE_NET_S * FRAME_RATE))])
    with torch.inference_mode():
        vector = network.timbre(torch.from_numpy(like)[None])
        network.spectrogram(score, vector)  # the first time is slower
        alone = timed(lambda: network.spectrogram(score, vector))
        both = timed(lambda: network.play(score, vector))
    return sum(each.numel() for each in network.parameters()), alone, both - alone


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description="time playing notes like a recording")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    info = registry.describe("timbre")
    notes, pedals = music(arguments.seconds)
    like = 0.1 * np.random.default_rng(1).standard_normal(round(LIKE_S * info.grid.sample_rate), dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        clip, reference = Path(folder) / "clip.mid", Path(folder) / "like.wav"
        midi_writer.write(clip, notes, TempoMap.steady(120.0), ("Piano",), (0,), pedals)
        soundfile.write(reference, like, info.grid.sample_rate)
        command = [sys.executable, "-m", "leap_bridge", "render", str(clip), "--like", str(reference)]
        rows = {"render, from start to file": timed(lambda: subprocess.run(command, check=True, capture_output=True))}
        peak_gib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        model = registry.load("timbre", "cpu")
        piece = scores.recital(clip, info, str(reference))
        pipeline.run(model, piece, Request("timbre"))
        rows["the loaded model"] = timed(lambda: pipeline.run(model, piece, Request("timbre")))
    print(f"{piece.duration_s:.1f} s, {len(notes)} notes, {arguments.threads} threads, peak memory {peak_gib:.2f} GiB")
    for name, seconds in rows.items():
        print(f"{name:32} {seconds:8.2f} s   real-time factor {seconds / piece.duration_s:.3f}")
    count, alone, phases = performance_net(notes, pedals, like)
    for name, seconds in ((f"PerformanceNet's size ({count / 1e6:.0f} M)", alone), ("Griffin-Lim of it", phases)):
        print(f"{name:32} {seconds:8.2f} s   real-time factor {seconds / PERFORMANCE_NET_S:.3f}")


if __name__ == "__main__":
    main()
