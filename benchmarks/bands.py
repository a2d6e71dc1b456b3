"""How long bands take: 64 takes of four bars by the weights that ship, and 64 phrases of the default generator.

`python benchmarks/bands.py` prints both. The default generator, untrained, stands beside the same network written down
plainly, from torch's own layers and with the same weights; both must say the same.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor, nn

from leap_models import pipeline, registry, scores
from leap_models.families.musegan.config import DEFAULT, generator
from leap_models.families.musegan.generator import Generator
from leap_models.families.musegan.layers import Grown, GrownPitches, Norm
from leap_models.interface import Request

TAKES, BARS, REPEATS = 64, 4, 5
AT_ONCE = 4  # phrases in a call of our generator, as in use; the plain one is called with all


class Plain(nn.Module):
    """The default generator as its paper draws it: transposed convolutions over bars, steps and pitches."""

    def __init__(self, ours: Generator) -> None:
        super().__init__()
        own, plan = ours.own, ours.plan
        self.shared = nn.Sequential(
            _stage(ours.bars, 0, (4, 1, 1), (4, 1, 1)),
            _stage(ours.beats, 0, (1, plan.time.first, plan.pitch.first), (1, plan.time.first, plan.pitch.first)),
            _stage(ours.octaves, 0, (1, plan.time.kernel, plan.pitch.kernel), (1, plan.time.step, plan.pitch.step)),
        )
        pitch, step = (1, 1, plan.own_pitch), (1, plan.own_time, 1)
        tracks = range(ours.shape.tracks)
        self.by_pitch = nn.ModuleList(
            nn.Sequential(_stage(own.pitches, each, pitch, pitch), _stage(own.pitches_times, each, step, step))
            for each in tracks
        )
        self.by_time = nn.ModuleList(
            nn.Sequential(_stage(own.times, each, step, step), _stage(own.times_pitches, each, pitch, pitch))
            for each in tracks
        )
        self.merged = nn.ModuleList(nn.Conv3d(own.merged.weight.shape[1], 1, 1) for _ in tracks)
        self.norms = nn.ModuleList(_norm(own.norm, n) for n in tracks)
        for number, each in enumerate(self.merged):
            assert isinstance(each, nn.Conv3d)
            assert each.bias is not None
            each.weight.data = own.merged.weight.data[number].T.reshape(each.weight.shape)
            each.bias.data = own.merged.bias.data[number]

    def forward(self, z: Tensor) -> Tensor:
        x = self.shared(z[:, :, None, None, None])
        tracks = [
            norm(merged(torch.cat([by_pitch(x), by_time(x)], dim=1)))
            for by_pitch, by_time, merged, norm in zip(
                self.by_pitch, self.by_time, self.merged, self.norms, strict=True
            )
        ]
        return torch.cat(tracks, dim=1).permute(0, 2, 3, 4, 1)


def _stage(stage: Grown | GrownPitches, group: int, kernel: tuple[int, ...], stride: tuple[int, ...]) -> nn.Module:
    """A stage of ours as torch's layers."""
    weight, outputs = stage.dense.weight.data[group], stage.dense.outputs
    layer = nn.ConvTranspose3d(len(weight), outputs, kernel, stride)  # type: ignore[arg-type]
    layer.weight.data = weight.reshape(len(weight), *kernel, outputs).permute(0, 4, 1, 2, 3).contiguous()
    assert layer.bias is not None
    layer.bias.data = stage.dense.bias.data[group].clone()
    return nn.Sequential(layer, _norm(stage.norm, group), nn.ReLU())


def _norm(ours: Norm, group: int) -> nn.BatchNorm3d:
    norm = nn.BatchNorm3d(ours.scale.shape[1])
    norm.weight.data, norm.bias.data = ours.scale.data[group], ours.shift.data[group]
    norm.running_mean, norm.running_var = ours.mean[group], ours.variance[group]
    return norm


def seconds(call: Callable[[], object], repeats: int = REPEATS) -> float:
    """The median of some runs, after one that is not counted."""
    call()
    found = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return median(found)


@torch.inference_mode()
def networks() -> tuple[float, float]:
    """Seconds of ours and of the plain one."""
    torch.manual_seed(0)
    ours = generator(DEFAULT).train()
    for _ in range(3):
        ours(torch.randn(8, DEFAULT.latents.common))  # so that its normalisation has something to remember
    ours.eval()
    plain, z = Plain(ours).eval(), torch.randn(TAKES, DEFAULT.latents.common)
    torch.testing.assert_close(plain(z[:AT_ONCE]), ours(z[:AT_ONCE]), atol=1e-3, rtol=1e-3)
    return seconds(lambda: [ours(part) for part in torch.split(z, AT_ONCE)]), seconds(lambda: plain(z))


def takes() -> float:
    """Seconds for all takes, each as a request of its own, with the model loaded."""
    model = registry.load("musegan", "cpu")
    params = model.info.check({"bars": BARS})
    piece = scores.nothing(params)
    return seconds(lambda: [pipeline.run(model, piece, Request("musegan", params, seed)) for seed in range(TAKES)], 3)


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description="Measure how long bands take.")
    parser.add_argument("--threads", type=int, default=2, help="of the CPU; default 2")
    torch.set_num_threads(parser.parse_args().threads)
    mine, plain = networks()
    print(f"default generator, {TAKES} phrases: {mine:.2f} s; plainly built {plain:.2f} s")
    print(f"{TAKES} takes of {BARS} bars: {takes():.2f} s")


if __name__ == "__main__":
    main()
