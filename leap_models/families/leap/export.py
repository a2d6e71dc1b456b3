"""LEAP as files for programs without Python, such as a page in a browser.

    NAME.onnx            a graph each, see `graphs`
    context.safetensors  of `leap_models.music.beat_context`, whose sums are few enough to be done by hand
    rates.safetensors    what soxr does to the usual sample rates, see `leap_models.nn.resample`
    leap.json            what must be known besides: sizes, hashes, the model's card, what it is asked for

Whoever runs them does what `model` and `leap_models.music.beats` do; `leap_bridge/studio` is one who does.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from leap_models.checkpoint import Card, verify
from leap_models.errors import OutOfMemory
from leap_models.families.leap import GRID
from leap_models.families.leap.graphs import decoder_inputs, graphs
from leap_models.families.leap.model import Leap
from leap_models.music.beat_network import load_weights
from leap_models.music.difficulty import LEVELS
from leap_models.nn.onnx_graph import write
from leap_models.nn.resample import Resample
from leap_models.paths import atomic, refuse_existing, weights_folder

FORMAT = 2
CONSTANTS = "leap.json"
USUAL_RATES = (44_100, 48_000)  # of songs


@dataclass(frozen=True)
class Exported:
    """One file.

    Args:
        difference: between what it gives and what torch does, at most; 0 for what only holds numbers.
    """

    name: str
    bytes: int
    sha256: str
    difference: float


def export(weights: Path, folder: Path, force: bool = False) -> tuple[Exported, ...]:
    """Write the files of a checkpoint: all or none.

    Args:
        folder: made; its parent is there.
        force: replace a folder that is there.

    Raises:
        DamagedWeights: the checkpoint is none.
        BadParameter: it has a conditioner that has no graph.
        MissingDependency: onnx or onnxruntime is not installed.
        OutputExists, UnwritableOutput: the folder is there, or cannot be written.
    """
    refuse_existing(folder, force)
    card, model = verify(weights), Leap.load(weights, "cpu")
    with atomic(folder) as unfinished:
        unfinished.mkdir()
        files = tuple(_written(unfinished, model))
        text = json.dumps(_constants(model, card, files), indent=1, sort_keys=True)
        (unfinished / CONSTANTS).write_text(text + "\n", encoding="utf-8")
        if force and folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
    return files


def _written(folder: Path, model: Leap) -> Iterator[Exported]:
    for graph in graphs(model):
        try:
            made = write(graph)
        except MemoryError as error:
            raise OutOfMemory(f"there is not enough memory to make the graph {graph.name}") from error
        yield _file(folder / f"{graph.name}.onnx", made.data, made.difference)
    stored = load_weights(weights_folder("beats"))
    context = {name: values.astype(np.float16) for name, values in stored.items() if name.startswith("context.")}
    yield _file(folder / "context.safetensors", save(context), 0.0)
    yield _file(folder / "rates.safetensors", save(dict(_filters())), 0.0)


def _filters() -> Iterator[tuple[str, np.ndarray]]:
    """By rate: the weights of each phase, how many samples before they see, and those of the first samples."""
    for rate in USUAL_RATES:
        resample = Resample(rate, GRID.sample_rate)
        yield f"{rate}.phases", resample.weight[:, 0].numpy()
        yield f"{rate}.before", np.array([resample.before], np.float32)
        yield f"{rate}.first", resample.first.numpy()


def _file(path: Path, data: bytes, difference: float) -> Exported:
    path.write_bytes(data)
    return Exported(path.name, len(data), hashlib.sha256(data).hexdigest(), difference)


def _constants(model: Leap, card: Card, files: tuple[Exported, ...]) -> dict[str, object]:
    grid = model.info.grid
    return {
        "format": FORMAT,
        "model": model.info.name,
        "files": {file.name: {"bytes": file.bytes, "sha256": file.sha256} for file in files},
        "grid": {"sampleRate": grid.sample_rate, "frameRate": grid.frame_rate, "frames": grid.frames, "hop": grid.hop},
        "params": {param.name: param.default for param in model.info.params},
        "levels": list(LEVELS),
        "asked": list(model.asked),
        "edges": list(model.edges),
        "decoder": decoder_inputs(model),
        "card": asdict(card),
    }
