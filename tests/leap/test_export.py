"""LEAP's networks as graphs for other programs."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from leap_bridge.cli import main
from leap_models.checkpoint import read_card
from leap_models.errors import BadParameter, InternalError
from leap_models.families.leap.conditioner import MARGIN_FRAMES, MARGIN_S, NMP_FRAMES, STRETCH_S
from leap_models.families.leap.export import export
from leap_models.families.leap.graphs import graphs
from leap_models.families.leap.model import Leap
from leap_models.music.beat_network import BeatNetwork
from leap_models.nn import onnx_graph
from leap_models.paths import weights_folder

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
GRAPHS = {"conditioner.onnx", "listen.onnx", "step.onnx", "decoder.onnx", "beats.onnx"}
NAMES = GRAPHS | {"context.safetensors", "rates.safetensors"}


@pytest.fixture(scope="module")
def shipped() -> Leap:
    return Leap.load(weights_folder("leap"), "cpu")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "leap"
    export(weights_folder("leap"), folder)
    return folder


def test_every_graph_gives_what_its_network_gives(shipped: Leap):
    for graph in graphs(shipped):
        assert onnx_graph.write(graph).difference <= 1e-3, graph.name


def test_the_constants_speak_of_the_files(exported: Path):
    constants = json.loads((exported / "leap.json").read_text())
    assert {path.name for path in exported.iterdir()} == NAMES | {"leap.json"}
    assert {name: each["bytes"] for name, each in constants["files"].items()} == {
        name: (exported / name).stat().st_size for name in NAMES
    }
    assert constants["card"]["sha256"] == read_card(weights_folder("leap")).sha256


def test_all_of_it_is_smaller_than_21_megabytes(exported: Path):
    assert sum(path.stat().st_size for path in exported.iterdir()) < 21e6


def test_weights_are_stored_in_16_bits(exported: Path):
    import onnx

    stored = onnx.load(exported / "step.onnx").graph.initializer
    half = sum(len(tensor.raw_data) for tensor in stored if tensor.data_type == onnx.TensorProto.FLOAT16)
    assert half > 0.95 * sum(len(tensor.raw_data) for tensor in stored)


def test_the_conditioner_hears_what_python_hears(shipped: Leap, exported: Path):
    ears = shipped.conditioner
    samples = np.random.default_rng(1).normal(0, 0.1, round((MARGIN_S + STRETCH_S) * 24_000)).astype(np.float32)
    (frames,) = onnx_graph.run((exported / "conditioner.onnx").read_bytes(), {"samples": samples[None]})
    expected = ears.listen(samples, 24_000, MARGIN_S)
    found = _on_grid(frames[MARGIN_FRAMES : MARGIN_FRAMES + NMP_FRAMES])
    assert np.abs(found - expected).max() <= 1e-3


def _on_grid(frames: np.ndarray) -> np.ndarray:
    from leap_models.families.leap.conditioner import on_grid

    return on_grid(torch.from_numpy(frames)[None])[0].numpy()


def test_the_beat_graph_remembers_as_the_network_does(exported: Path):
    sound = np.random.default_rng(2).normal(0, 0.1, 48_000).astype(np.float32)
    heard: list[np.ndarray] = []
    network = BeatNetwork()
    listen = network._listen
    network._listen = lambda features: heard.append(features) or listen(features)  # type: ignore[method-assign]
    expected = [network.push(part).activations for part in (sound[:24_000], sound[24_000:])]
    data = (exported / "beats.onnx").read_bytes()
    memory = {"hidden": np.zeros((2, 2, 1, 150), np.float32), "cell": np.zeros((2, 2, 1, 150), np.float32)}
    for features, activations in zip(heard, expected, strict=True):
        said, memory["hidden"], memory["cell"] = onnx_graph.run(data, {"features": features, **memory})
        assert np.abs(said - activations).max() <= 1e-4


def test_the_beat_context_is_what_ships(exported: Path):
    ours = load_file(exported / "context.safetensors")
    shipped = load_file(weights_folder("beats") / "weights.safetensors")
    assert all((values == shipped[name]).all() for name, values in ours.items())
    assert set(ours) == {name for name in shipped if name.startswith("context.")}


def test_a_graph_that_differs_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(onnx_graph, "PARITY", -1.0)
    graph = onnx_graph.Graph("double", _Double(), {"x": torch.ones(3)}, ("y",), {})
    with pytest.raises(InternalError, match="the graph double differs"):
        onnx_graph.write(graph)


class _Double(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2 * x


def test_nothing_remains_of_an_export_that_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(onnx_graph, "PARITY", -1.0)
    with pytest.raises(InternalError):
        export(weights_folder("leap"), tmp_path / "leap")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_exists_is_kept_unless_forced(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("kept")
    assert main(["export", "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert (tmp_path / "out" / "mine").read_text() == "kept"
    assert main(["export", "--out", str(tmp_path / "out"), "--force", "--json"]) == 0
    assert {file["name"] for file in json.loads(capsys.readouterr().out)["files"]} == NAMES
    assert not (tmp_path / "out" / "mine").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody"], "got nobody"),
        (["musegan"], "model must be leap to be exported, got musegan"),
        (["leap", "--weights", "nowhere"], "nowhere"),
        ([], "--out"),
    ],
)
def test_bad_input_is_one_line(words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = ["--out", str(tmp_path / "out")] if words else []
    assert main(["export", *words, *out]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_model_that_listens_with_mert_cannot_be_exported(shipped: Leap):
    with pytest.raises(BadParameter, match="conditioner nmp"):
        graphs(Leap(None, shipped.vae, shipped.dit, None, None, "cpu"))


def test_without_grounding_the_decoder_still_gives_planes(shipped: Leap):
    bare = Leap(shipped.conditioner, shipped.vae, shipped.dit, None, None, "cpu")
    (decoder,) = (graph for graph in graphs(bare) if graph.name == "decoder")
    assert onnx_graph.write(decoder).difference <= 1e-3


def test_exporting_warns_of_nothing(shipped: Leap):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        onnx_graph.write(graphs(shipped)[1])
