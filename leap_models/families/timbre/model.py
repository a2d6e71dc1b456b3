"""Timbre as a model: listens to the reference once, then plays window after window."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from leap_models import checkpoint
from leap_models.config import from_dict
from leap_models.errors import BadParameter
from leap_models.families.timbre import describe
from leap_models.families.timbre.config import TimbreConfig, build
from leap_models.families.timbre.player import Player
from leap_models.families.timbre.score import RATE, ScoreFrames, as_tensors, score_frames
from leap_models.families.timbre.touch import Touch
from leap_models.interface import ModelInfo, Tick, Values, Window

_MIDDLE = 64.0 / 127.0  # the velocity that `dynamics` leaves as it is
_TOUCHES = ("room", "ear", "release", "brightness", "tuning")  # that only partials can be given
_CONTEXT_FRAMES = {"ddsp": 0, "contour": RATE, "concat_skips": RATE, "wavenet": 0}  # rendered before, and left out


@dataclass(frozen=True)
class Heard:
    """What the reference said; the same for every window of a run."""

    heard: np.ndarray


class Timbre:
    """See `leap_models.interface.Model`.

    Args:
        name: of the weights, for what is remembered of a reference.
    """

    def __init__(self, network: Player, config: TimbreConfig, device: str = "cpu", name: str = "") -> None:
        self.info: ModelInfo = describe()
        self.device = "cpu" if device == "mps" else device  # phases need 64 bits, which mps has not
        self.network, self.config, self._name = network.to(self.device).eval(), config, name

    @classmethod
    def load(cls, folder: Path, device: str) -> "Timbre":
        """From a checkpoint folder.

        Raises:
            DamagedWeights: something is missing, or not what model.json says.
        """
        found = checkpoint.load(folder, "cpu")
        config = from_dict(TimbreConfig, found.card.config)
        network = build(config)
        checkpoint.fill(network, found.part("network"), folder)
        return cls(network, config, device, found.card.sha256)

    def ticks(self, params: Values) -> int:  # noqa: ARG002  (the same for all)
        """One for listening, one for playing."""
        return 2

    @torch.inference_mode()
    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick  # noqa: ARG002  (nothing is left to chance)
    ) -> Window:
        """See `leap_models.interface.Model.run_window`.

        Raises:
            BadParameter: these weights cannot be touched as asked.
        """
        touch = self._touch(params)
        tick()
        state = previous.state if previous is not None else None
        heard = state if isinstance(state, Heard) else Heard(self._listen(window))
        tick()
        context = _CONTEXT_FRAMES[self.config.variant]
        start_s, frames = window.start_s - context / RATE, context + self.info.grid.frames
        score = _dynamic(score_frames(window.notes, window.pedals, start_s, frames), float(params["dynamics"]))
        tensors = {name: value.to(self.device) for name, value in as_tensors([score]).items()}
        played = self.network.play(tensors, torch.from_numpy(heard.heard).to(self.device), touch)
        gain = 10.0 ** (float(params["loudness"]) / 20.0)
        audio = (played[0, context * self.config.hop :] * gain).cpu().numpy()
        return replace(window, audio=audio, state=heard)

    def _listen(self, window: Window) -> np.ndarray:
        """What `play` needs to know of the reference."""
        given = window.reference
        assert given is not None

        def make() -> np.ndarray:
            reference = torch.from_numpy(np.array(given, dtype=np.float32))[None].to(self.device)
            heard: np.ndarray = self.network.listen(reference).cpu().numpy()
            return heard

        return window.recall(f"timbre {self._name}", make)

    def _touch(self, params: Values) -> Touch:
        changed = [name for name in _TOUCHES if params[name] != self.info.param(name).default]
        if changed and self.config.variant != "ddsp":
            raise BadParameter(f"{changed[0]} works with weights of the variant ddsp, these are {self.config.variant}")
        room, release, brightness, tuning = (float(params[name]) for name in _TOUCHES if name != "ear")
        return Touch(room, params["ear"] == "right", release, brightness, tuning)


def _dynamic(score: ScoreFrames, factor: float) -> ScoreFrames:
    """The same with soft and loud further apart, or nearer."""
    if factor == 1.0:
        return score

    def moved(velocity: np.ndarray) -> np.ndarray:
        far = np.clip(_MIDDLE + factor * (velocity - _MIDDLE), 1.0 / 127.0, 1.0)
        return np.where(velocity > 0.0, far, 0.0).astype(velocity.dtype)

    strikes = score.strikes.copy()
    strikes[:, 1] = moved(strikes[:, 1])
    return replace(score, onset=moved(score.onset), sounding=moved(score.sounding), strikes=strikes)
