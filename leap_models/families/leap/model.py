"""LEAP as a model: listens to a window, samples latents that go on from the one before, and decodes them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

import numpy as np
import torch
from torch import Tensor, nn

from leap_models.checkpoint import fill
from leap_models.checkpoint import load as load_checkpoint
from leap_models.config import from_dict
from leap_models.diffusion import samplers
from leap_models.diffusion.schedule import Flow, times
from leap_models.errors import BadParameter
from leap_models.families.leap import describe, lead, rolls
from leap_models.families.leap.chords import CHORD_PLANES, ChordConfig, ChordHead, harmonised, told
from leap_models.families.leap.conditioner import (
    MARGIN_S,
    PLANES,
    STRETCH_FRAMES,
    STRETCH_S,
    Conditioner,
    NmpConditioner,
    beat_features,
)
from leap_models.families.leap.dit import Condition, Dit, DitConfig
from leap_models.families.leap.easing import eased
from leap_models.families.leap.grounding import Grounding, GroundingConfig
from leap_models.families.leap.guiding import denoiser
from leap_models.families.leap.listening import CHANNELS, COLUMNS, ROWS, Heard
from leap_models.families.leap.melody import MelodyConfig, MelodyHead
from leap_models.families.leap.mert import Mert
from leap_models.families.leap.nmp import KEYS, Nmp
from leap_models.families.leap.vae import LOWEST, DecodedRoll, Vae, VaeConfig
from leap_models.interface import ModelInfo, Tick, Values, Window
from leap_models.music.difficulty import EDGES, LEVELS, Edges
from leap_models.music.notes import PITCHES
from leap_models.music.roll import Roll
from leap_models.paths import weights_folder

NO_OCTAVES = np.zeros(len(lead.OCTAVES), np.float32)
MEMORY = 0.95  # for the octaves of earlier windows
OVERLAP = COLUMNS // 2  # latent columns that a window shares with the one before


@dataclass(frozen=True)
class LeapConfig:
    """What rebuilds LEAP's own networks, and what its training found out.

    Args:
        edges: the difficulty scores at which levels 1 to 5 lie.
        conditioner: what the transformer was taught to listen through.
        chords, grounding: what hears chords, and what corrects rolls by what was heard; None for none, as with `mert`,
            which hears no keys.
        asked: what the transformer is asked for at levels 1 to 5, so that the whole comes out as hard as that.
    """

    melody: MelodyConfig
    vae: VaeConfig
    dit: DitConfig
    edges: tuple[float, ...]
    conditioner: Literal["nmp", "mert"] = "nmp"
    chords: ChordConfig | None = None
    grounding: GroundingConfig | None = None
    asked: tuple[float, ...] = LEVELS


@dataclass(frozen=True)
class State:
    """What a window leaves to the next: its second half."""

    latents: np.ndarray  # (4, 12, 64)
    features: np.ndarray  # (256, width)
    octaves: np.ndarray  # (octaves,) seconds that speak for the tune in each; the latest count most


@dataclass(frozen=True)
class Hearing:
    """A conditioner's frames as the networks take them.

    Args:
        planes: whether features have a number for each key.
        chords: what adds planes to those that `planes` has; None adds none.
    """

    planes: bool
    chords: ChordHead | None = None

    @property
    def count(self) -> int:
        """Planes that the networks are given."""
        return PLANES if self.chords is None else PLANES + CHORD_PLANES

    def __call__(self, features: Tensor, beat: Tensor) -> Heard:
        """(batch, 512, width) and (batch, 512, 9) as what was heard; the chords are not taught by what comes of it."""
        heard = as_heard(features, beat, self.planes)
        if self.chords is None:
            return heard
        with torch.no_grad():
            return told(heard, self.chords.to(features.device).likelihoods(heard))


class Leap:
    """See `leap_models.interface.Model`."""

    def __init__(
        self, conditioner: Conditioner | None, vae: Vae, dit: Dit, chords: ChordHead | None,
        grounding: Grounding | None, device: str, edges: tuple[float, ...] = EDGES.scores,
        asked: tuple[float, ...] = LEVELS,
    ) -> None:
        self.info: ModelInfo = describe()
        self.edges, self.asked = edges, asked
        self.conditioner, self.device = conditioner, device  # without one, MERT's folder comes with the parameters
        self._mert: dict[str, Conditioner] = {}
        self.vae, self.dit = vae.to(device).eval(), dit.to(device).eval()
        self.hearing = Hearing(dit.config.listener.kind == "planes", None if chords is None else chords.eval())
        self.grounding = None if grounding is None else grounding.to(device).eval()

    @classmethod
    def load(cls, folder: Path, device: str) -> "Leap":
        """From a checkpoint folder.

        Raises:
            DamagedWeights: something is missing, or not what model.json says.
        """
        checkpoint = load_checkpoint(folder, device)
        config = from_dict(LeapConfig, checkpoint.card.config)
        networks: dict[str, nn.Module] = {
            "melody": MelodyHead(config.melody), "vae": Vae(config.vae), "dit": Dit(config.dit)
        }
        if config.chords is not None:
            networks["chords"] = ChordHead(config.chords)
        if config.grounding is not None:
            networks["grounding"] = Grounding(config.grounding)
        for name, network in networks.items():
            fill(network, checkpoint.part(name), folder)
        ears = None
        if config.conditioner == "nmp":
            ears = NmpConditioner(load_nmp(), cast(MelodyHead, networks["melody"]), device)
        chords = cast(ChordHead | None, networks.get("chords"))
        grounding = cast(Grounding | None, networks.get("grounding"))
        vae, dit = cast(Vae, networks["vae"]), cast(Dit, networks["dit"])
        return cls(ears, vae, dit, chords, grounding, device, config.edges, config.asked)

    def ticks(self, params: Values) -> int:
        """One for listening, one for each step, one for decoding."""
        return int(params["steps"]) + 2

    @torch.inference_mode()
    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        """See `leap_models.interface.Model.run_window`."""
        before = previous.state if previous is not None and isinstance(previous.state, State) else None
        tick()
        features = self._listen(self._ears(params), f"{params['conditioner']} {params['mert']}", window, before)
        condition = self._condition(window, features, before, params)
        latents = self._sample(condition, params, rng, tick)
        tick()
        decoded = self.vae.decode(latents)
        if self.grounding is not None:
            decoded = self.grounding(decoded, condition.heard, condition.level)
        if self.hearing.chords is not None:
            decoded = harmonised(decoded, condition.heard, float(params["harmony"]))
        roll, octaves = as_roll(decoded), NO_OCTAVES if before is None else before.octaves * MEMORY
        if self.hearing.planes:
            tune = tuple(lead.line(features[:, 2 * KEYS : 3 * KEYS]))
            octaves = octaves + lead.octaves(roll, tune)
            roll = lead.follow(roll, tune, lead.OCTAVES[int(octaves.argmax())], float(params["melody"]))
        roll = eased(roll, float(params["difficulty"]), Edges(self.edges))
        state = State(latents[0, :, :, OVERLAP:].cpu().numpy(), features[STRETCH_FRAMES:], octaves)
        return replace(window, roll=roll, state=state)

    def _ears(self, params: Values) -> Conditioner:
        """What listens.

        Raises:
            BadParameter: the weights were trained with another conditioner, or MERT's folder is not named.
        """
        wanted, trained = params["conditioner"], "mert" if self.conditioner is None else "nmp"
        if wanted != trained:
            raise BadParameter(f"conditioner must be {trained}, which these weights were trained with, got {wanted}")
        if self.conditioner is not None:
            return self.conditioner
        folder = str(params["mert"])
        if not folder:
            raise BadParameter("conditioner mert needs the folder of a MERT checkpoint, got mert without one")
        if folder not in self._mert:
            self._mert = {folder: Mert(Path(folder), self.device)}
        return self._mert[folder]

    def _listen(self, ears: Conditioner, name: str, window: Window, before: State | None) -> np.ndarray:
        """(512, width) features; the first half is remembered if there is a window before.

        Args:
            name: says which conditioner `ears` is.
        """
        assert window.audio is not None
        samples, rate = window.audio, self.info.grid.sample_rate
        hop, margin = round(STRETCH_S * rate), round(MARGIN_S * rate)
        if before is None:
            first = window.recall(f"{name} first", lambda: ears.listen(samples[:hop], rate, 0.0))
        else:
            first = before.features
        second = window.recall(f"{name} second", lambda: ears.listen(samples[hop - margin :], rate, MARGIN_S))
        return np.concatenate([first, second])

    def _condition(self, window: Window, features: np.ndarray, before: State | None, params: Values) -> Condition:
        known = np.zeros((1, CHANNELS, ROWS, COLUMNS), dtype=np.float32)
        is_known = np.zeros((1, COLUMNS), dtype=np.float32)
        if before is not None:
            known[0, :, :, :OVERLAP], is_known[0, :OVERLAP] = before.latents, 1.0
        beat = beat_features(window.tempo, window.start_s, len(features))
        one = np.ones(1, dtype=np.float32)
        level = np.interp(float(params["difficulty"]), LEVELS, self.asked)
        return Condition(
            heard=self.hearing(self._tensor(features[None]), self._tensor(beat[None])),
            level=self._tensor(one * level), known=self._tensor(known),
            is_known=self._tensor(is_known), keep_audio=self._tensor(one), keep_level=self._tensor(one),
        )

    def _sample(self, condition: Condition, params: Values, rng: np.random.Generator, tick: Tick) -> Tensor:
        """(1, 4, 12, 128) latents."""
        noise = samplers.gaussian((1, CHANNELS, ROWS, COLUMNS), int(rng.integers(2**62)), torch.device(self.device))
        denoise = denoiser(self.dit, condition, float(params["guidance"]), float(params["level_guidance"]))
        start = noise * float(params["temperature"])
        return samplers.euler(denoise, Flow(), start, times(int(params["steps"])), tick)

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)).to(self.device)


def as_roll(decoded: DecodedRoll) -> Roll:
    """A decoded batch of one as the product's roll of all MIDI numbers."""
    planes = torch.stack([torch.sigmoid(decoded.sounding), torch.sigmoid(decoded.onset), decoded.velocity])
    keys = planes[:, :, :KEYS].cpu().numpy()  # (3, 1, 88, frames)
    sounding, onset, velocity = np.pad(keys, ((0, 0), (0, 0), (LOWEST, PITCHES - LOWEST - KEYS), (0, 0)))
    return Roll(sounding, onset, velocity, rolls.RATE)


def load_nmp() -> Nmp:
    """The note network with the weights that ship.

    Raises:
        DamagedWeights: they do not.
    """
    folder = weights_folder("nmp")
    network = Nmp()
    fill(network, load_checkpoint(folder).part("nmp"), folder)
    return network.eval()


def as_heard(features: Tensor, beat: Tensor, planes: bool) -> Heard:
    """A conditioner's frames as the listener takes them.

    Args:
        features: (batch, 512, width); for `planes` 3 x 88 likelihoods and the onset strength.
        beat: (batch, 512, 9).
        planes: whether features have a number for each key.
    """
    if not planes:
        return Heard(features, torch.nn.functional.pad(beat, (0, 1)))
    batch, frames, _width = features.shape
    keys = features[..., : PLANES * KEYS].reshape(batch, frames, PLANES, KEYS).permute(0, 2, 3, 1)
    return Heard(keys, torch.cat([beat, features[..., PLANES * KEYS :]], dim=-1))
