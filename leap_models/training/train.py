"""`leap-bridge train`: one network at a time, on a CPU, a GPU, or several with `accelerate launch`.

- `leap.vae`: rolls as latents; needs `prepare leap.bands`.
- `leap.melody`: where the melody is; needs `prepare leap.bands`, and learns more from `prepare leap.teacher`.
- `leap.chords`: which chord is heard; needs `prepare leap.features`.
- `leap.dit`: the arranger; needs the first two, or a LEAP to start from, and `prepare leap.features`, and hears chords
  if there is a head for them; what `prepare shards` packed is streamed.
- `leap.grounding`: what corrects the arranger by what was heard, and what to ask it for at each level; needs the
  arranger. Its checkpoint is LEAP, whole.
- `beats`: the beat tracker's second network; needs `prepare leap.bands`.
- `score_sde`, `score_sde.classic`: piano passages, by the preset `music` or `classic`; need `prepare score_sde`.
- `musegan`: a band, by `--set preset=...`; needs `prepare musegan`. `musegan.setup` makes the folder of a run with
  its files, `musegan.rerun` begins it again.
- `continuation.lstm`, `.chorale`, `.lstm_vae`, `.conv_vae`: melodies and chorales; need `prepare continuation`.
- `continuation.window_ae`: windows of a band as latents; `continuation.melody_nn`, which needs it: what comes next.
- `timbre`: notes with the sound of a recording, by `--set network.variant=...`; needs `prepare timbre`.

A run is a folder: it goes on where it stopped, and `loss.png` and `log.csv` say how it went.
"""

from collections.abc import Callable
from pathlib import Path

import torch

from leap_models.training import (
    train_beats,
    train_continuation,
    train_leap,
    train_leap_parts,
    train_musegan,
    train_score_sde,
    train_timbre,
)
from leap_models.training.loop import Loop
from leap_models.training.runs import Job, Options

_BUILDERS: dict[str, Callable[[Options], Job]] = {
    "leap.vae": train_leap_parts.vae, "leap.melody": train_leap_parts.melody, "leap.chords": train_leap_parts.chords,
    "leap.dit": train_leap.dit, "leap.grounding": train_leap.grounding,
    "score_sde": train_score_sde.music, "score_sde.classic": train_score_sde.classic, "beats": train_beats.beats,
    "timbre": train_timbre.timbre, **train_continuation.BUILDERS,
}
TASKS = (*_BUILDERS, *train_musegan.TASKS)


def run(task: str, options: Options) -> dict[str, object]:
    """Train until the time is up, publish, and return the last validation figures."""
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    if task in train_musegan.TASKS:
        return train_musegan.run(task, options)
    job = _BUILDERS[task](options)
    loop = Loop(job.task, job.loop, Path(options.out) / task)
    loop.fit(options.minutes)
    loop.close()
    if loop.accelerator.is_main_process:
        job.publish(loop)
    return {"steps": loop.step, "folder": str(loop.folder), **loop.validate()}
