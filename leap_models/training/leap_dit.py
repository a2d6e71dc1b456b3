"""Teaching LEAP's transformer to arrange: windows of songs, their features, and what a pianist makes of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from leap_models.diffusion.denoiser import noised
from leap_models.diffusion.loss import data_weight, draw_times
from leap_models.diffusion.schedule import Flow
from leap_models.families.leap.conditioner import PLANES, RATE, beat_features
from leap_models.families.leap.dit import Condition, Dit, DitConfig
from leap_models.families.leap.listening import COLUMNS
from leap_models.families.leap.model import OVERLAP, Hearing
from leap_models.families.leap.nmp import KEYS
from leap_models.families.leap.rolls import FRAMES, NoteArray
from leap_models.families.leap.rolls import RATE as ROLL_RATE
from leap_models.families.leap.vae import Vae
from leap_models.music.tempo import TempoMap

WINDOW_S = FRAMES / ROLL_RATE
HEARD_FRAMES = int(WINDOW_S * RATE)
LOWER, HIGHER = 5, 6  # semitones by which windows are moved


@dataclass(frozen=True)
class Excerpt:
    """A rendered stretch of a song, listened to, with what to play at each difficulty.

    Attributes:
        name: of the song.
        features: (frames, width) 50 a second; likelihoods 0..1 as bytes 0..255, hidden states as they are.
        targets: the arrangements of this stretch, easiest first.
        levels: for each target (seconds,) its measured difficulty in the window that starts at that second.
        tempo: the true beats.
    """

    name: str
    features: np.ndarray
    targets: tuple[NoteArray, ...]
    levels: tuple[np.ndarray, ...]
    tempo: TempoMap

    @property
    def duration_s(self) -> float:
        """Seconds of features."""
        return len(self.features) / RATE


@dataclass(frozen=True)
class Withheld:
    """How often a condition is kept from the network, so that it can do without, and be guided."""

    audio: float = 0.08
    level: float = 0.12
    known: float = 0.3
    beat: float = 0.1
    melody: float = 0.05


@dataclass(frozen=True)
class Place:
    """A window: of which song, from where, which of its arrangements, and moved by how many semitones."""

    song: int
    start_s: float
    target: int
    semitones: int = 0


class Windows:
    """Cuts songs into what the networks are shown.

    Args:
        planes: whether features have a number for each key.
    """

    def __init__(self, songs: Sequence[Excerpt], withheld: Withheld, planes: bool) -> None:
        self.songs, self.withheld, self.planes = songs, withheld, planes

    def draw(self, rng: np.random.Generator) -> Place:
        """A random moment of a random song at a random difficulty, in a random key where features have keys."""
        song = int(rng.integers(len(self.songs)))
        excerpt = self.songs[song]
        start_s = rng.integers(0, int((excerpt.duration_s - WINDOW_S) * RATE)) / RATE
        target = int(rng.integers(len(excerpt.targets)))
        return Place(song, float(start_s), target, int(rng.integers(-LOWER, HIGHER + 1)) if self.planes else 0)

    def every(self, step_s: float) -> list[Place]:
        """The hardest arrangement of every song, every so many seconds."""
        return [Place(song, float(start_s), len(excerpt.targets) - 1) for song, excerpt in enumerate(self.songs)
                for start_s in np.arange(2.0, excerpt.duration_s - WINDOW_S, step_s)]

    def cut(self, place: Place, rng: np.random.Generator, exact: bool = False) -> dict[str, np.ndarray]:
        """What is heard, what is withheld, and what is to be played; see `heard`."""
        return self.heard(place, rng, exact) | {"roll": self.played(place)[2:3]}

    def heard(self, place: Place, rng: np.random.Generator, exact: bool = False) -> dict[str, np.ndarray]:
        """What is heard, and what is withheld.

        Args:
            exact: nothing is withheld, and features are as they are.
        """
        excerpt, start_s = self.songs[place.song], place.start_s
        first = round(start_s * RATE)
        features = excerpt.features[first : first + HEARD_FRAMES].astype(np.float32)
        if self.planes:
            features = moved(features / 255.0, place.semitones)
        beat = beat_features(excerpt.tempo, start_s, HEARD_FRAMES)
        level = np.interp(start_s, np.arange(len(excerpt.levels[place.target])), excerpt.levels[place.target])
        keep = np.ones(4, dtype=np.float32)  # audio, level, known, beat
        if not exact:
            features = self._roughened(features, rng) if self.planes else features
            off = self.withheld
            keep = (rng.random(4) >= np.array([off.audio, off.level, off.known, off.beat])).astype(np.float32)
        return {
            "features": features, "beat": beat * keep[3], "level": np.asarray(level, dtype=np.float32),
            "keep": keep[:3],
        }

    def played(self, place: Place) -> np.ndarray:
        """(3, 96, 1024): onset, sounding and velocity of the arrangement."""
        target = self.songs[place.song].targets[place.target]
        return target.window(place.start_s, place.start_s + WINDOW_S).transposed(place.semitones).planes()

    def _roughened(self, features: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Likelihoods as less certain recordings give them: scaled, noisy, with holes, sometimes without a melody."""
        keys = features[:, : PLANES * KEYS].reshape(-1, PLANES, KEYS)
        keys = np.clip(keys, 0.0, 1.0) ** np.exp(rng.normal(0, 0.25, (1, PLANES, 1))).astype(np.float32)
        keys = keys * np.exp(rng.normal(0, 0.15, (1, PLANES, 1))).astype(np.float32)
        if rng.random() < 0.5:
            keys = keys + rng.normal(0, rng.uniform(0.0, 0.05), keys.shape).astype(np.float32)
        if rng.random() < 0.3:  # a hole in time
            begin = int(rng.integers(0, len(keys)))
            keys[begin : begin + int(rng.integers(5, 50)), : 1 + int(rng.integers(PLANES))] *= rng.uniform(0, 0.5)
        if rng.random() < self.withheld.melody:
            keys[:, 2] = 0.0
        rough = np.clip(keys, 0.0, 1.2).reshape(len(keys), -1)
        return np.concatenate([rough, features[:, PLANES * KEYS :]], axis=1).astype(np.float32)


def moved(features: np.ndarray, semitones: int) -> np.ndarray:
    """(frames, width) as of a recording in another key; what comes from beyond the keyboard is silent."""
    keys = features[:, : PLANES * KEYS].reshape(-1, PLANES, KEYS)
    silent = np.zeros((len(keys), PLANES, abs(semitones)), keys.dtype)
    joined = (silent, keys[..., : KEYS - semitones]) if semitones > 0 else (keys[..., -semitones:], silent)
    shifted = np.concatenate(joined, axis=-1).reshape(len(keys), -1)
    return np.concatenate([shifted, features[:, PLANES * KEYS :]], axis=1)


class DitTask:
    """Denoising of latents; see `leap_models.training.loop.Task`."""

    def __init__(
        self, config: DitConfig, vae: Vae, hearing: Hearing, songs: Sequence[Excerpt], validation: Sequence[Excerpt],
        withheld: Withheld,
    ) -> None:
        self.network: nn.Module = Dit(config)
        self.vae, self.hearing, self.windows = vae.eval(), hearing, Windows(songs, withheld, hearing.planes)
        held_out, rng = Windows(validation, withheld, hearing.planes), np.random.default_rng(0)
        self.held_out = stacked([held_out.cut(place, rng, exact=True) for place in held_out.every(11.0)])

    def batch(self, size: int, rng: np.random.Generator) -> dict[str, Tensor]:
        """Windows of random songs at random difficulties, as tensors with the batch first."""
        return stacked([self.windows.cut(self.windows.draw(rng), rng) for _ in range(size)])

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:
        """Velocity error of rectified flow, and the plain error of the latents."""
        device = batch["roll"].device
        with torch.no_grad():
            x0 = self.vae.to(device).encode(batch["roll"])
            condition = condition_of(batch, x0, rng, self.hearing)
        # Few steps lead from noise to music, and the first, where only the recording is known, decide most.
        t = draw_times(len(x0), rng, device, centre=1.0, spread=1.5)
        eps = torch.randn(x0.shape, generator=rng, device=device)
        return self._errors(network, x0, eps, t, condition)

    def _errors(
        self, network: nn.Module, x0: Tensor, eps: Tensor, t: Tensor, condition: Condition
    ) -> dict[str, Tensor]:
        predicted = network(noised(x0, eps, t, Flow()), t, condition)
        error = (predicted - x0).square().flatten(1)
        weight = data_weight(t, Flow(), floor=0.2).clamp(max=3.0)
        return {"loss": (weight * error.mean(dim=1)).mean(), "data": error.mean()}

    @torch.no_grad()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Errors at fixed times with fixed noise, on songs never trained on; without a known overlap."""
        totals: dict[str, list[float]] = {}
        rng = torch.Generator().manual_seed(1)
        size = len(self.held_out["roll"])
        for first in range(0, size, 8):
            batch = {name: value[first : first + 8].clone() for name, value in self.held_out.items()}
            batch["keep"][:, 2] = 0.0
            x0 = self.vae.encode(batch["roll"])
            condition = condition_of(batch, x0, rng, self.hearing)
            eps = torch.randn(x0.shape, generator=rng)
            for level in (0.3, 0.6, 0.95):
                t = torch.full((len(x0),), level)
                error = self._errors(network, x0, eps, t, condition)["data"]
                totals.setdefault(f"data_{level}", []).append(float(error))
        return {name: float(np.mean(values)) for name, values in totals.items()}


class StreamedDitTask(DitTask):
    """The same with songs that come as they are needed; see `leap_models.training.loop.Streamed`.

    Args:
        songs: gives those at hand for a step, a process, and how many processes there are.
    """

    def __init__(
        self, config: DitConfig, vae: Vae, hearing: Hearing, songs: Callable[[int, int, int], Sequence[Excerpt]],
        validation: Sequence[Excerpt], withheld: Withheld,
    ) -> None:
        super().__init__(config, vae, hearing, songs(0, 0, 1), validation, withheld)
        self._songs = songs

    def seek(self, step: int, rank: int, ranks: int) -> None:
        """Have at hand what is drawn from in a step."""
        self.windows.songs = self._songs(step, rank, ranks)


def stacked(windows: Sequence[Mapping[str, np.ndarray]]) -> dict[str, Tensor]:
    """Windows as tensors with the batch first."""
    return {name: torch.from_numpy(np.stack([window[name] for window in windows])) for name in windows[0]}


def condition_of(batch: Mapping[str, Tensor], x0: Tensor, rng: torch.Generator, hearing: Hearing) -> Condition:
    """What steers a batch, the overlap blurred as sampled ones are."""
    device = x0.device
    keep_audio, keep_level, keep_known = batch["keep"].unbind(dim=1)
    is_known = torch.zeros(len(x0), COLUMNS, device=device)
    is_known[:, :OVERLAP] = keep_known[:, None]
    blur = torch.rand(len(x0), 1, 1, 1, generator=rng, device=device) * 0.3
    rough = x0 + blur * torch.randn(x0.shape, generator=rng, device=device)
    return Condition(
        heard=hearing(batch["features"], batch["beat"]), level=batch["level"],
        known=rough * is_known[:, None, None], is_known=is_known, keep_audio=keep_audio, keep_level=keep_level,
    )
