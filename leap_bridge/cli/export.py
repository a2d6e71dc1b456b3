"""`leap-bridge export [MODEL] --out FOLDER`: a model's networks as ONNX, for the Studio and other programs."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from leap_models import registry
from leap_models.errors import BadParameter
from leap_models.paths import weights_folder

MODELS = ("leap",)


def add(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:  # noqa: ARG001
    """Flags and an example."""
    parser.add_argument("model", metavar="MODEL", nargs="?", default="leap", help="default: leap, the only one so far")
    parser.add_argument("-o", "--out", metavar="FOLDER", required=True, help="where the files go; made if missing")
    parser.add_argument("--weights", metavar="FOLDER", help="a checkpoint of your own")
    parser.add_argument("--force", action="store_true", help="replace a folder that exists")
    parser.epilog = "example: leap-bridge export leap --out models/leap"


def run(arguments: argparse.Namespace) -> None:
    """Write the files, each compared with torch, and say what they are.

    Raises:
        BadParameter: the model cannot be exported.
    """
    registry.describe(arguments.model)
    if arguments.model not in MODELS:
        raise BadParameter(f"model must be {' or '.join(MODELS)} to be exported, got {arguments.model}")
    from leap_models.families.leap.export import export

    weights = Path(arguments.weights) if arguments.weights else weights_folder(arguments.model)
    folder = Path(arguments.out)
    files = export(weights, folder, arguments.force)
    if arguments.json:
        report = [{"name": file.name, "bytes": file.bytes, "difference": file.difference} for file in files]
        print(json.dumps({"path": str(folder), "files": report}))
        return
    for file in files:
        print(f"{file.name:20} {file.bytes:10d} bytes, at most {file.difference:.1e} from torch")
    print(folder)
