"""Networks as ONNX graphs, for runtimes other than torch.

Numbers that 16 bits hold exactly are stored in 16 bits and made 32 again when a graph is loaded, so nothing is lost
and all sums are done in 32 bits.
"""

import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from leap_models.errors import InternalError, MissingDependency

OPSET = 17
PARITY = 1e-3  # by which a graph may differ from its network at most
Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Graph:
    """A network and what it is called with.

    Args:
        network: takes the inputs in their order, gives a tensor or a tuple of them.
        inputs: by name, of the shapes that it is traced with.
        outputs: their names.
        free: axes that may be of any length, by the name of the input or the output: {"samples": {1: "samples"}}.
        others: further inputs that parity is checked with, of any lengths that `free` allows.
    """

    name: str
    network: nn.Module
    inputs: Mapping[str, Tensor]
    outputs: Sequence[str]
    free: Mapping[str, Mapping[int, str]]
    others: Sequence[Mapping[str, Tensor]] = ()


@dataclass(frozen=True)
class Written:
    """A graph as bytes, and by how much its outputs differ from the network's at most."""

    name: str
    data: bytes
    difference: float


def write(graph: Graph) -> Written:
    """Make a graph and compare it with its network.

    Raises:
        MissingDependency: onnx or onnxruntime is not installed.
        InternalError: it differs by more than PARITY.
    """
    data = _halved(_traced(graph))
    difference = max(_difference(graph, data, inputs) for inputs in (graph.inputs, *graph.others))
    if not difference <= PARITY:  # also true for NaN
        raise InternalError(f"the graph {graph.name} differs from its network by {difference:.2g}, more than {PARITY}")
    return Written(graph.name, data, difference)


def _traced(graph: Graph) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of the tracer: shapes that it takes for constants are
        torch.onnx.register_custom_op_symbolic("aten::rms_norm", _rms_norm, OPSET)  # type: ignore[attr-defined]
        torch.onnx.export(
            graph.network.eval(), tuple(graph.inputs.values()),
            stream,  # type: ignore[arg-type]  # what it takes for files is also taken by the tracer
            dynamo=False, opset_version=OPSET, input_names=list(graph.inputs), output_names=list(graph.outputs),
            dynamic_axes={name: dict(axes) for name, axes in graph.free.items()},
        )  # fmt: skip
    return stream.getvalue()


def _rms_norm(graph: Any, x: Any, shape: Any, weight: Any, eps: Any) -> Any:  # noqa: ANN401, ARG001  (torch._C has no types)
    """What opset 17 lacks, in the steps that ONNX Runtime makes one of."""
    tiny = torch.finfo(torch.float32).eps  # what torch takes where none is given, as in our networks
    squares = graph.op("Pow", x, graph.op("Constant", value_t=torch.tensor(2.0)))
    mean = graph.op("ReduceMean", squares, axes_i=[-1], keepdims_i=1)
    length = graph.op("Sqrt", graph.op("Add", mean, graph.op("Constant", value_t=torch.tensor(tiny))))
    return graph.op("Mul", graph.op("Div", x, length), weight)


def _halved(data: bytes) -> bytes:
    """The same graph with numbers in 16 bits where they fit exactly."""
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    model = onnx.load_from_string(data)
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if values.size > 1 and (half.astype(np.float32) == values).all():
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.doc_string, model.producer_name = "", "leap"
    onnx.checker.check_model(model)
    found: bytes = model.SerializeToString(deterministic=True)
    return found


def _difference(graph: Graph, data: bytes, inputs: Mapping[str, Tensor]) -> float:
    with torch.no_grad():
        expected = graph.network(*inputs.values())
    expected = expected if isinstance(expected, tuple) else (expected,)
    given = run(data, {name: value.numpy() for name, value in inputs.items()})
    return max(
        float(np.abs(ours - theirs.numpy()).max()) if ours.shape == theirs.shape else float("inf")
        for ours, theirs in zip(given, expected, strict=True)
    )


def run(data: bytes, inputs: Mapping[str, Array]) -> list[Array]:
    """The outputs of a graph, by ONNX Runtime on the CPU.

    Raises:
        MissingDependency: onnxruntime is not installed.
    """
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    outputs: list[Array] = session.run(None, dict(inputs))
    return outputs


def _missing(error: ModuleNotFoundError) -> MissingDependency:
    return MissingDependency(f'export needs {error.name}, which is not installed: pip install "leap-bridge[export]"')
