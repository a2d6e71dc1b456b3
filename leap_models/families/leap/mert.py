"""MERT as a conditioner, from a local folder: `m-a-p/MERT-v1-95M`, `-330M`, or any checkpoint of their shape.

MERT's network is HuBERT's, so transformers' own class is built from MERT's config and no code of the checkpoint is
run. The published weights are CC BY-NC 4.0, for non-commercial use: they do not ship, and what is made with them
inherits that.

Conventions: 24 000 Hz; 320 samples a frame, so 75 frames a second less the edges of the convolutions.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import soxr
import torch
from torch import Tensor

from leap_models.errors import DamagedWeights, MissingDependency
from leap_models.families.leap.conditioner import STRETCH_FRAMES, STRETCH_S
from leap_models.paths import atomic, cache_folder

LICENCE = "MERT weights: CC BY-NC 4.0, non-commercial"
MODEL_TYPES = ("mert_model", "music_hubert", "hubert")
UNSUPPORTED = ("feature_extractor_cqt", "deepnorm")  # training extras that the released models leave off


class Mert:
    """Hidden states of a frozen MERT. See `conditioner.Conditioner`.

    Args:
        folder: with config.json, preprocessor_config.json and the weights.
        layer: which hidden state; -1 is the last.

    Raises:
        DamagedWeights: the folder is not a MERT checkpoint.
        MissingDependency: transformers is not installed.
    """

    def __init__(self, folder: Path, device: str = "cpu", layer: int = -1) -> None:
        self.network, self.width = _network(folder)
        self.network = self.network.to(device).eval()
        preprocessor = _json(folder / "preprocessor_config.json")
        self.sample_rate = int(preprocessor.get("sampling_rate", 24_000))
        self.normalise = bool(preprocessor.get("do_normalize", False))  # the checkpoint's own word; releases differ
        self.folder, self.device, self.layer = folder, device, layer

    @torch.inference_mode()
    def listen(self, samples: np.ndarray, sample_rate: int, margin_s: float) -> np.ndarray:
        """See `conditioner.Conditioner.listen`; features are remembered on disk by audio and model."""
        file = cache_folder() / "mert" / f"{self._key(samples, sample_rate, margin_s)}.npy"
        if file.exists():
            remembered: np.ndarray = np.load(file).astype(np.float32)
            return remembered
        frames = self._hear(samples, sample_rate, margin_s)
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic(file) as unfinished, unfinished.open("wb") as stream:
            np.save(stream, frames.astype(np.float16))
        return frames

    def _hear(self, samples: np.ndarray, sample_rate: int, margin_s: float) -> np.ndarray:
        heard = soxr.resample(samples, sample_rate, self.sample_rate) if sample_rate != self.sample_rate else samples
        wave = torch.from_numpy(np.ascontiguousarray(heard, dtype=np.float32))[None].to(self.device)
        if self.normalise:
            wave = (wave - wave.mean()) / (wave.std() + 1e-5)
        states = self.network(wave, output_hidden_states=True).hidden_states[self.layer][0]
        return self._on_grid(states, margin_s, len(heard)).cpu().numpy()

    def _on_grid(self, states: Tensor, margin_s: float, samples: int) -> Tensor:
        """(frames, width) of the whole sound -> (256, width) of its last 5.12 s, linear between frames."""
        times_s = margin_s + (torch.arange(STRETCH_FRAMES, device=states.device) + 0.5) * (STRETCH_S / STRETCH_FRAMES)
        places = (times_s * self.sample_rate / samples * len(states) - 0.5).clamp(0, len(states) - 1)
        before = places.floor().long()
        after = (before + 1).clamp(max=len(states) - 1)
        share = (places - before)[:, None]
        between: Tensor = states[before] * (1 - share) + states[after] * share
        return between

    def _key(self, samples: np.ndarray, sample_rate: int, margin_s: float) -> str:
        digest = hashlib.sha256(np.ascontiguousarray(samples, dtype=np.float32).tobytes())
        digest.update(f"{self.folder.resolve()} {self.layer} {sample_rate} {margin_s}".encode())
        return digest.hexdigest()[:32]


def _network(folder: Path) -> tuple[torch.nn.Module, int]:
    try:
        from transformers import HubertConfig, HubertModel
    except ImportError as error:
        raise MissingDependency("the MERT conditioner needs transformers: pip install 'leap-bridge[mert]'") from error
    config = _json(folder / "config.json")
    if config.get("model_type") not in MODEL_TYPES:
        kinds = ", ".join(MODEL_TYPES)
        raise DamagedWeights(f"{folder}: model_type must be one of {kinds}, got {config.get('model_type')}")
    for extra in UNSUPPORTED:
        if config.get(extra):
            raise DamagedWeights(f"{folder}: checkpoints with {extra} are not supported")
    known = set(HubertConfig().to_dict()) - {"model_type", "architectures"}
    shared = {name: value for name, value in config.items() if name in known}
    network = HubertModel(HubertConfig(**shared))
    missing, _unused = network.load_state_dict(_weights(folder), strict=False)
    if missing:
        raise DamagedWeights(f"{folder}: {len(missing)} weights are missing, the first is {missing[0]}")
    return network, int(network.config.hidden_size)


def _weights(folder: Path) -> dict[str, Tensor]:
    safe, pickled = folder / "model.safetensors", folder / "pytorch_model.bin"
    if safe.exists():
        from safetensors.torch import load_file

        return load_file(safe)
    if pickled.exists():
        loaded: dict[str, Tensor] = torch.load(pickled, map_location="cpu", weights_only=True)
        return loaded
    raise DamagedWeights(f"{folder}: neither model.safetensors nor pytorch_model.bin is there")


def _json(path: Path) -> dict[str, Any]:
    try:
        loaded = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise DamagedWeights(f"{path}: {error}") from error
    if not isinstance(loaded, dict):
        raise DamagedWeights(f"{path}: expected an object")
    return loaded
