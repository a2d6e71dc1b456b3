"""Where the melody is: a small network that hears the voice or lead in a recording, and the line it sings.

It reads the harmonic transform that the note network makes anyway (`Nmp.harmonics`), so it costs a few milliseconds a
second of audio. Taught by songs whose melody is known and, on real recordings, by DeepSalience; see
`leap_models.training.leap_melody`.

Conventions: input frames are 256 samples at 22 050 Hz apart, output frames 512; key 0 is A0, MIDI 21. Convolutions,
(batch, channels, frames, keys), treat all keys alike; what is true of a whole frame, such as who is singing, reaches
them as gains.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

KEYS = 88
LOWEST_PITCH = 21
HOP_SAMPLES = 512  # at 22 050 Hz, of the output
FRAME_RATE = 22_050 / HOP_SAMPLES
HARMONICS = 8  # of the input
OCTAVE_REACH = 5  # kernel over whole octaves: two below to two above

# Decoding, in nats, chosen on validation songs.
VOICING_BIAS = 2.0  # a note that no one sang is a smaller fault than a melody left out
STEP_COST = 2.0  # of going to any other key
SEMITONE_COST = 0.2  # more for each semitone of the step
LEAP_SEMITONES = 12  # a step wider than this costs no more
REST_COST = 2.0  # of starting or ending a rest


@dataclass(frozen=True)
class MelodyConfig:
    """Sizes. `dilations` are in output frames, one residual block each."""

    width: int = 24
    context: int = 48
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16)


@dataclass(frozen=True)
class MelodyLogits:
    """What the head says of each frame of 23 ms; key logits compete within a frame (softmax)."""

    salience: Tensor  # (batch, frames, 88)
    voicing: Tensor  # (batch, frames): is there a melody

    def likelihood(self) -> Tensor:
        """(batch, frames, 88) in 0..1: this key carries the melody now."""
        return self.salience.softmax(dim=-1) * self.voicing.sigmoid()[..., None]


class Context(nn.Module):
    """Gains and offsets for a frame's channels from about 2 s around it. (batch, width, frames, keys) -> the same."""

    def __init__(self, width: int, context: int) -> None:
        super().__init__()
        self.listen = nn.Sequential(
            nn.Conv1d(2 * width, context, 3, padding=1), nn.ReLU(),
            nn.Conv1d(context, context, 5, padding=8, dilation=4), nn.ReLU(),
            nn.Conv1d(context, context, 5, padding=32, dilation=16), nn.ReLU(),
        )
        self.gain = nn.Conv1d(context, 2 * width, 1)
        nn.init.zeros_(self.gain.weight)
        nn.init.zeros_(self.gain.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Frames that a singer and a guitar share look alike; their surroundings do not."""
        pooled = torch.cat([x.mean(dim=3), x.amax(dim=3)], dim=1)
        factor, offset = self.gain(self.listen(pooled)).unsqueeze(3).chunk(2, dim=1)
        moved: Tensor = x * (1.0 + factor) + offset
        return moved


class Block(nn.Module):
    """A 3 x 3 convolution, frames `dilation` apart, beside a skip. (batch, width, frames, keys) -> the same."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(width)
        self.convolution = nn.Conv2d(width, width, 3, padding=(dilation, 1), dilation=(dilation, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Add what the neighbourhood says."""
        return x + torch.relu(self.norm(self.convolution(x)))


class MelodyHead(nn.Module):
    """Harmonic transform (batch, 8, frames, 264) -> MelodyLogits of frames // 2."""

    def __init__(self, config: MelodyConfig | None = None) -> None:
        super().__init__()
        config = config or MelodyConfig()
        width, middle = config.width, len(config.dilations) // 2
        self.entry = nn.Conv2d(HARMONICS, width, (4, 7), stride=(2, 3), padding=(1, 3))
        self.entry_norm = nn.BatchNorm2d(width)
        self.early = nn.ModuleList(Block(width, dilation) for dilation in config.dilations[:middle])
        self.octaves = nn.Conv2d(width, width, (1, OCTAVE_REACH), padding=(0, 24), dilation=(1, 12))
        self.context = Context(width, config.context)
        self.late = nn.ModuleList(Block(width, dilation) for dilation in config.dilations[middle:])
        self.exit = nn.Conv2d(width, 1, (1, 3), padding=(0, 1))
        self.habit = nn.Parameter(torch.zeros(KEYS))  # how often melodies use a key
        self.voiced = nn.Sequential(
            nn.BatchNorm1d(2 * width + 2), nn.Conv1d(2 * width + 2, width, 9, padding=4), nn.ReLU(),
            nn.Conv1d(width, 1, 9, padding=4),
        )

    def forward(self, harmonics: Tensor) -> MelodyLogits:
        """Any number of frames; windows of 2 s, as the note network has them, are what it was taught on."""
        x = self.entry(harmonics.contiguous(memory_format=torch.channels_last))
        x = torch.relu(self.entry_norm(x))
        for block in self.early:
            x = block(x)
        x = self.context(x + torch.relu(self.octaves(x)))
        for block in self.late:
            x = block(x)
        salience = self.exit(x)[:, 0] + self.habit
        strength, certainty = salience.logsumexp(dim=2), salience.log_softmax(dim=2).amax(dim=2)
        pooled = torch.cat([x.mean(dim=3), x.amax(dim=3), strength[:, None], certainty[:, None]], dim=1)
        return MelodyLogits(salience, self.voiced(pooled)[:, 0])


def decode(salience: np.ndarray, voicing: np.ndarray, voicing_bias: float = VOICING_BIAS) -> np.ndarray:
    """The likeliest line through key logits: few steps, none of them far (Viterbi).

    Args:
        salience: (frames, 88) logits, `MelodyLogits.salience` of one recording.
        voicing: (frames,) logits.
        voicing_bias: added to `voicing`; high values leave no rests.

    Returns:
        (frames,) MIDI numbers, nan where there is no melody.
    """
    frames = len(salience)
    if frames == 0:
        return np.zeros(0)
    heard = _log_likelihood(salience, voicing + voicing_bias)
    moving = _step_costs()
    best = heard[0]
    origins = np.empty((frames, KEYS + 1), dtype=np.int16)
    for frame in range(1, frames):
        arriving = best[:, None] - moving  # (from, to)
        origins[frame] = arriving.argmax(axis=0)
        best = arriving.max(axis=0) + heard[frame]
    path = np.empty(frames, dtype=np.int64)
    path[-1] = int(best.argmax())
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = origins[frame, path[frame]]
    return np.where(path == KEYS, np.nan, path + float(LOWEST_PITCH))


def _log_likelihood(salience: np.ndarray, voicing: np.ndarray) -> np.ndarray:
    """(frames, 89): log likelihood of each key and, last, of a rest."""
    logits = salience.astype(np.float64)
    keys = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    sung = -np.logaddexp(0.0, -voicing.astype(np.float64))
    rest = -np.logaddexp(0.0, voicing.astype(np.float64))
    return np.concatenate([keys + sung[:, None], rest[:, None]], axis=1)


def _step_costs() -> np.ndarray:
    """(89, 89): the cost of going from a key or a rest (the last) to another."""
    places = np.arange(KEYS)
    distance = np.abs(places[:, None] - places)
    costs = np.full((KEYS + 1, KEYS + 1), REST_COST)
    costs[:KEYS, :KEYS] = (distance > 0) * STEP_COST + np.minimum(distance, LEAP_SEMITONES) * SEMITONE_COST
    costs[KEYS, KEYS] = 0.0
    return costs
