"""How long score-based generation takes: eight bars by the fast sampler, and a call of the `classic` network.

`python benchmarks/generation.py` prints both. The classic network's calls stand beside those of the same network
written down plainly, from torch's own layers and with the same weights; both must say the same.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models import pipeline, registry, scores
from leap_models.diffusion.denoiser import column
from leap_models.families.score_sde.config import CLASSIC
from leap_models.families.score_sde.scorenet import SCALE, WIDTH, ScoreNet
from leap_models.interface import Request

SAMPLES, CALLS, TAKES = 12, 40, 5
BARS = 8


class Plain(nn.Module):
    """The classic network layer by layer, as a textbook would have it."""

    def __init__(self) -> None:
        super().__init__()
        self.rates = nn.Parameter(torch.randn(WIDTH // 2) * SCALE, requires_grad=False)
        self.time = nn.Linear(WIDTH, WIDTH)
        self.conv1, self.dense1, self.norm1 = nn.Conv2d(1, 32, 3, bias=False), nn.Linear(WIDTH, 32), _norm(4, 32)
        self.conv2, self.dense2, self.norm2 = _down(32, 64), nn.Linear(WIDTH, 64), _norm(32, 64)
        self.conv3, self.dense3, self.norm3 = _down(64, 128), nn.Linear(WIDTH, 128), _norm(32, 128)
        self.conv4, self.dense4, self.norm4 = _down(128, 256), nn.Linear(WIDTH, 256), _norm(32, 256)
        self.back4, self.dense5, self.norm5 = _up(256, 128, 0), nn.Linear(WIDTH, 128), _norm(32, 128)
        self.back3, self.dense6, self.norm6 = _up(256, 64, 1), nn.Linear(WIDTH, 64), _norm(32, 64)
        self.back2, self.dense7, self.norm7 = _up(128, 32, 1), nn.Linear(WIDTH, 32), _norm(32, 32)
        self.back1 = nn.ConvTranspose2d(64, 1, 3)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        angles = t[:, None] * self.rates * (2.0 * torch.pi)
        time = functional.silu(self.time(torch.cat([angles.sin(), angles.cos()], dim=-1)))
        h1 = functional.silu(self.norm1(self.conv1(x) + self.dense1(time)[:, :, None, None]))
        h2 = functional.silu(self.norm2(self.conv2(h1) + self.dense2(time)[:, :, None, None]))
        h3 = functional.silu(self.norm3(self.conv3(h2) + self.dense3(time)[:, :, None, None]))
        h4 = functional.silu(self.norm4(self.conv4(h3) + self.dense4(time)[:, :, None, None]))
        h = functional.silu(self.norm5(self.back4(h4) + self.dense5(time)[:, :, None, None]))
        h = functional.silu(self.norm6(self.back3(torch.cat([h, h3], dim=1)) + self.dense6(time)[:, :, None, None]))
        h = functional.silu(self.norm7(self.back2(torch.cat([h, h2], dim=1)) + self.dense7(time)[:, :, None, None]))
        said: Tensor = self.back1(torch.cat([h, h1], dim=1))
        return said / column(CLASSIC.levels.sigma(t), said)


def _norm(groups: int, channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(groups, channels)


def _down(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride=2, bias=False)


def _up(inputs: int, outputs: int, padding: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inputs, outputs, 3, stride=2, bias=False, output_padding=padding)


def plain_of(network: ScoreNet) -> Plain:
    """The plain network with our weights: both list them in the order in which they are used."""
    plain = Plain()
    ours, theirs = _ordered(network), _ordered(plain)
    assert [value.shape for value in ours] == [value.shape for value in theirs]
    with torch.no_grad():
        for mine, other in zip(ours, theirs, strict=True):
            other.copy_(mine)
    return plain


def _ordered(network: nn.Module) -> list[Tensor]:
    """Weights sorted by kind of layer, each kind in order."""
    kinds: dict[str, list[Tensor]] = {}
    for module in network.modules():
        for value in module.parameters(recurse=False):
            kinds.setdefault(type(module).__name__ if isinstance(module, _LAYERS) else "rates", []).append(value)
    return [value for kind in sorted(kinds) for value in kinds[kind]]


_LAYERS = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear, nn.GroupNorm)


def per_call(network: Callable[[Tensor, Tensor], Tensor]) -> float:
    """Seconds of a call for SAMPLES rolls, the median of CALLS."""
    x, t = torch.randn(SAMPLES, 1, 28, 28), torch.full((SAMPLES,), 0.5)
    spent = []
    for _ in range(CALLS):
        began_s = time.perf_counter()
        network(x, t)
        spent.append(time.perf_counter() - began_s)
    return median(spent)


def bars() -> float:
    """Seconds that eight bars take, the median of TAKES, the model loaded and warm."""
    model = registry.load("score_sde", "cpu")
    params = model.info.check({"bars": BARS})
    piece = scores.nothing(params)
    spent = []
    for seed in range(TAKES + 1):
        began_s = time.perf_counter()
        pipeline.run(model, piece, Request("score_sde", params, seed))
        spent.append(time.perf_counter() - began_s)
    return median(spent[1:])


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description="time score-based generation")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    with torch.inference_mode():
        network = ScoreNet(CLASSIC.levels).eval()
        plain = plain_of(network).eval()
        x, t = torch.randn(2, 1, 28, 28), torch.tensor([0.2, 0.9])
        assert torch.allclose(network.score(x, t), plain(x, t), atol=1e-4)
        ours, theirs = per_call(network.score), per_call(plain)
        print(f"classic, a call for {SAMPLES} rolls: {1000 * ours:.2f} ms; plainly {1000 * theirs:.2f} ms")
        print(f"music, {BARS} bars: {bars():.2f} s")


if __name__ == "__main__":
    main()
