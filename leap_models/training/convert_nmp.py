"""Basic Pitch's published network as our checkpoint: `python -m leap_models.training.convert_nmp nmp.onnx`.

Needs the package `onnx`. The file is in the wheel of `basic-pitch`, Apache-2.0; see NOTICE.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from leap_models import checkpoint
from leap_models.paths import weights_folder

CONVOLUTIONS = {  # by the shape of their weights, which are all different
    "contour_in": (8, 8, 3, 39), "contour_out": (1, 8, 5, 5), "note_in": (32, 1, 7, 7), "note_out": (1, 32, 7, 3),
    "onset_in": (32, 8, 5, 5), "onset_out": (1, 33, 3, 3),
}


def convert(path: Path) -> dict[str, Tensor]:
    """The state of `Nmp` from the ONNX file."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    values = {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    negated = next(node for node in graph.node if node.op_type == "Neg").input[0]
    imaginary = next(node for node in convolutions if node.output[0] == negated).input[1]
    kernels = {node.input[1] for node in convolutions if values[node.input[1]].shape == (36, 1, 1, 256)}
    (real,) = kernels - {imaginary}
    state = {"kernel_imaginary": values[imaginary][:, 0], "kernel_real": values[real][:, 0]}
    by_shape = {tuple(values[node.input[1]].shape): node for node in convolutions}
    state["half_band"] = values[by_shape[1, 1, 1, 256].input[1]][:, 0]
    state["root_length"] = next(value for value in values.values() if value.shape == (309, 1, 1)).reshape(309)
    state["gain"] = torch.stack([_operand(graph.node, values, kind) for kind in ("Mul", "Add")])
    for name, shape in CONVOLUTIONS.items():
        _input, weight, bias = by_shape[shape].input
        state[f"{name}.weight"], state[f"{name}.bias"] = values[weight], values[bias]
    return state


def _operand(nodes: Sequence[Any], values: dict[str, Tensor], kind: str) -> Tensor:
    """The constant with which the batch norm of the transform multiplies or to which it adds."""
    norm = "batch_normalization/FusedBatchNorm"
    node = next(node for node in nodes if node.op_type == kind and any(norm in name for name in node.input))
    return next(values[name] for name in node.input if name in values).reshape(())


def main() -> None:
    """Write the checkpoint that ships."""
    tensors = {f"nmp.{name}": value for name, value in convert(Path(sys.argv[1])).items()}
    card = checkpoint.Card(
        family="nmp", config={}, trained_on="MAESTRO, GuitarSet, MedleyDB-Pitch, iKala, Slakh (by Spotify, 2022)",
        licence="Apache-2.0, Copyright Spotify AB; converted from basic-pitch 0.4.0", steps=0,
    )
    checkpoint.save(weights_folder("nmp"), card, tensors)


if __name__ == "__main__":
    main()
