"""How long LEAP takes, part by part, beside Basic Pitch's inference and Pop2Piano's network.

`python benchmarks/speed.py song.mp3` prints seconds and ratios to the song's length. Pop2Piano's network has random
weights, which do for measuring speed, and writes POP2PIANO_TOKENS for each four beats; Basic Pitch runs by its own
package.
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
import torch

from leap_models import registry
from leap_models.families.leap.model import Leap, as_roll
from leap_models.interface import Window
from leap_models.music import audio, beats

POP2PIANO_WINDOW_S = 2.0  # four beats at 120 bpm
POP2PIANO_TOKENS = 60  # of a window: about 15 notes with time and velocity tokens


def timed(work: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s


def whole(song: Path) -> dict[str, float]:
    """The command as a person types it: start, decoding, listening, sampling, writing."""
    with tempfile.TemporaryDirectory() as folder:
        target = str(Path(folder) / "song.mid")
        command = [sys.executable, "-m", "leap_bridge", "arrange", "--local", str(song), "-o", target]
        seconds = timed(lambda: subprocess.run(command, check=True, capture_output=True))
    return {"arrange": seconds, "peak_gib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20}


@torch.inference_mode()
def parts(song: Path, duration_s: float) -> dict[str, float]:
    """Each part alone, scaled to the whole song."""
    model = registry.load("leap", "cpu")
    inner = model._model  # type: ignore[attr-defined]
    assert isinstance(inner, Leap)
    grid = model.info.grid
    samples = audio.read(song, grid.sample_rate).samples
    window = Window(0, 0.0, samples[: grid.samples], None, None)
    params = model.info.check({})
    previous = model.run_window(window, None, params, np.random.default_rng(0), lambda: None)
    windows = grid.count(duration_s)
    listening = timed(lambda: inner._listen(inner._ears(params), "nmp", window, previous.state))
    everything = timed(lambda: model.run_window(window, previous, params, np.random.default_rng(0), lambda: None))
    latents = torch.zeros(1, 4, 12, 128)
    return {
        "start": timed(lambda: subprocess.run([sys.executable, "-c", "import torch, leap_models"], check=True)),
        "decode": timed(lambda: audio.read(song, grid.sample_rate)),
        "beats": timed(lambda: beats.track(samples, grid.sample_rate)),
        "listen": listening * windows,
        "read": timed(lambda: as_roll(inner.vae.decode(latents))) * windows,
        "windows": everything * windows,
    }


def basic_pitch(song: Path) -> float:
    """Basic Pitch's package, from file to notes."""
    from basic_pitch import ICASSP_2022_MODEL_PATH
    from basic_pitch.inference import predict

    return timed(lambda: predict(song, ICASSP_2022_MODEL_PATH.parent / "nmp.onnx"))


def pop2piano(duration_s: float) -> float:
    """Pop2Piano's network, a few windows of it, scaled to the song."""
    from transformers import Pop2PianoConfig, Pop2PianoForConditionalGeneration

    network = Pop2PianoForConditionalGeneration(Pop2PianoConfig()).eval()
    hidden = torch.randn(4, 87, 512)  # four windows of log-mel frames
    encoder_outputs = network.encoder(inputs_embeds=hidden)

    def generate() -> None:
        with torch.inference_mode():
            network.encoder(inputs_embeds=hidden)
            tokens = torch.zeros(4, 1, dtype=torch.long)
            past = None
            for _ in range(POP2PIANO_TOKENS):
                out = network(
                    decoder_input_ids=tokens, encoder_outputs=encoder_outputs, past_key_values=past, use_cache=True
                )
                past, tokens = out.past_key_values, out.logits[:, -1:].argmax(dim=-1)

    generate()
    return timed(generate) / 4 * duration_s / POP2PIANO_WINDOW_S


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description="time LEAP beside Basic Pitch and Pop2Piano")
    parser.add_argument("song", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    duration_s = audio.read(arguments.song, 24_000).duration_s
    rows = {**whole(arguments.song), **parts(arguments.song, duration_s)}
    rows |= {"basic_pitch": basic_pitch(arguments.song), "pop2piano_network": pop2piano(duration_s)}
    peak = rows.pop("peak_gib")
    print(f"song {duration_s:.1f} s, {arguments.threads} threads, peak memory of arrange {peak:.2f} GiB")
    for name, seconds in rows.items():
        print(f"{name:20} {seconds:8.2f} s   real-time factor {seconds / duration_s:.3f}")


if __name__ == "__main__":
    main()
