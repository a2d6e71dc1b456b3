"""A checkpoint: a folder with `model.json`, which says what it is, and `weights.safetensors`.

No pickles. The card holds the sha256 of the weights, so a damaged or exchanged file is noticed before it is used.
A family that has several networks keeps them in one file, with a prefix before each name: see `Checkpoint.part`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leap_models import config
from leap_models.errors import ConfigError, DamagedWeights
from leap_models.paths import atomic

if TYPE_CHECKING:
    from torch import Tensor, nn

FORMAT = 1
CARD = "model.json"
WEIGHTS = "weights.safetensors"


@dataclass(frozen=True)
class Card:
    """What `model.json` says.

    Args:
        family: whose `load` reads it.
        config: what rebuilds the networks; the family's own.
        trained_on, licence: in words.
        steps: of the optimiser.
        evaluation: the figures that were measured, by name.
        commit: of the code that trained it.
        sha256: of the weights; `save` fills it in.
        format: of the folder.
    """

    family: str
    config: Mapping[str, Any]
    trained_on: str
    licence: str
    steps: int
    evaluation: Mapping[str, Any] = field(default_factory=dict)
    commit: str = ""
    sha256: str = ""
    format: int = FORMAT


@dataclass(frozen=True)
class Checkpoint:
    """A card with its weights."""

    card: Card
    tensors: "Mapping[str, Tensor]"

    def part(self, name: str) -> "dict[str, Tensor]":
        """The tensors called `name.…`, without that prefix: one network's state.

        Raises:
            DamagedWeights: there are none.
        """
        prefix = name + "."
        found = {key.removeprefix(prefix): value for key, value in self.tensors.items() if key.startswith(prefix)}
        if not found:
            raise DamagedWeights(f"the weights hold no part {name}")
        return found


def save(folder: Path, card: Card, tensors: "Mapping[str, Tensor]", half: bool = False) -> Card:
    """Write a checkpoint whole or not at all; one that is there is replaced.

    Args:
        half: store floating-point numbers in 16 bits; `load` makes them 32 again.

    Returns:
        The card as written, with the sha256.

    Raises:
        UnwritableOutput: the folder cannot be written.
    """
    import torch
    from safetensors.torch import save as as_bytes

    def stored(value: "Tensor") -> "Tensor":
        value = value.detach().to("cpu")
        return (value.to(torch.float16) if half and value.is_floating_point() else value).contiguous().clone()

    folder.mkdir(parents=True, exist_ok=True)
    with atomic(folder / WEIGHTS) as weights, atomic(folder / CARD) as text:
        # Written by us, since safetensors' own files can be read by nobody but their owner.
        weights.write_bytes(as_bytes({name: stored(value) for name, value in sorted(tensors.items())}))
        card = replace(card, sha256=_sha256(weights), format=FORMAT)
        config.save(card, text)
    return card


def read_card(folder: Path) -> Card:
    """The card alone, without torch and without reading the weights.

    Raises:
        DamagedWeights: it is missing, damaged, or of another format.
    """
    path = folder / CARD
    try:
        card = config.load(Card, path)
    except ConfigError as error:
        raise DamagedWeights(str(error)) from error
    if card.format != FORMAT:
        raise DamagedWeights(f"{path} has format {card.format}, this version reads {FORMAT}")
    return card


def load(folder: Path, device: str = "cpu") -> Checkpoint:
    """Read a checkpoint; 16-bit numbers come back in 32 bits.

    Raises:
        DamagedWeights: something is missing, or the weights are not those that the card speaks of.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    card = verify(folder)
    path = folder / WEIGHTS
    try:
        tensors = load_file(path, device=device)
    except (OSError, SafetensorError) as error:
        raise DamagedWeights(f"cannot read {path}: {error}") from error
    return Checkpoint(
        card, {name: value.float() if value.dtype == torch.float16 else value for name, value in tensors.items()}
    )


def fill(network: "nn.Module", state: "Mapping[str, Tensor]", folder: Path) -> None:
    """Give a network its weights.

    Raises:
        DamagedWeights: they are of another network.
    """
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise DamagedWeights(f"{folder}: the weights do not fit the config: {reason}") from error


def verify(folder: Path) -> Card:
    """The card of a checkpoint whose weights are those that it speaks of; in a moment, and without torch.

    Raises:
        DamagedWeights: something is missing, or the weights are others.
    """
    card, path = read_card(folder), folder / WEIGHTS
    try:
        found = _sha256(path)
    except OSError as error:
        raise DamagedWeights(f"cannot read {path}: {error}") from error
    if found != card.sha256:
        raise DamagedWeights(f"{path} is damaged: its sha256 is {found[:12]}…, {CARD} says {card.sha256[:12]}…")
    return card


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
