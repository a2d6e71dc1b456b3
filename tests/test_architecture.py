"""The rules that the code keeps: who may import whom, what importing does, and where printing is allowed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

# The table of layers: a module may import from lower layers and from its own package, those of layer 0 from each other.
# The longest prefix counts.
LAYERS = {
    "leap_models.config": 0,
    "leap_models.config_fields": 0,
    "leap_models.config_text": 0,
    "leap_models.errors": 0,
    "leap_models.paths": 0,
    "leap_models.music": 1,
    "leap_models.params": 1,
    "leap_models.interface": 2,
    "leap_models.memory": 3,
    "leap_models.following": 4,
    "leap_models.reference": 3,
    "leap_models.intake": 5,
    "leap_models.filling": 6,
    "leap_models.rendering": 6,
    "leap_models.transcribing": 6,
    "leap_models.progress": 3,
    "leap_models.scores": 4,
    "leap_models.nn": 3,
    "leap_models.diffusion": 3,
    "leap_models.checkpoint": 4,
    "leap_models.families": 5,
    "leap_models.registry": 6,
    "leap_models.reading": 6,
    "leap_models.pipeline": 7,
    "leap_models": 8,  # its public names
    "leap_models.training": 8,
    "leap_bridge": 7,  # its version
    "leap_bridge.demo_song": 8,
    "leap_bridge.demo_band": 9,
    "leap_bridge.settings": 8,
    "leap_bridge.events": 8,
    "leap_bridge.logs": 8,
    "leap_bridge.install": 8,
    "leap_bridge.install_max": 7,
    "leap_bridge.results": 8,
    "leap_bridge.osc.addresses": 8,
    "leap_bridge.osc.codec": 8,
    "leap_bridge.endpoint": 9,
    "leap_bridge.catalogue": 9,
    "leap_bridge.jobs": 9,
    "leap_bridge.job_queue": 10,
    "leap_bridge.sources": 9,
    "leap_bridge.warm": 9,
    "leap_bridge.midi": 9,
    "leap_bridge.stage": 10,
    "leap_bridge.orders": 10,
    "leap_bridge.fill": 10,
    "leap_bridge.regenerate": 10,
    "leap_bridge.runner": 11,
    "leap_bridge.service": 12,  # the only thing a door talks to
    "leap_bridge.osc": 13,
    "leap_bridge.mailbox": 14,
    "leap_bridge.web": 13,
    "leap_bridge.daemon": 15,
    "leap_bridge.rehearsal": 14,
    "leap_bridge.doctor": 16,
    "leap_bridge.bundle": 16,
    "leap_bridge.service_files": 8,
    "leap_bridge.cli": 17,
    "leap_bridge.__main__": 18,
}
PACKAGES = ("leap_models", "leap_bridge")
FILES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "node_modules" not in path.parts
)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def prefix_of(module: str) -> str:
    """The row of the table that speaks of a module."""
    return max((row for row in LAYERS if module == row or module.startswith(row + ".")), key=len)


def imports_of(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found.add(node.module or "")
            found |= {f"{node.module}.{name.name}" for name in node.names if is_module(f"{node.module}.{name.name}")}
    return found


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_level(tree: ast.Module) -> ast.Module:
    """Only what runs when the module is imported."""
    return ast.Module([node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)], [])


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_point_to_lower_layers_or_stay_in_their_package(path):
    module = module_of(path)
    row = prefix_of(module)
    ours = {name for name in imports_of(tree_of(path)) if name.split(".")[0] in PACKAGES and name not in PACKAGES}
    others = {name for name in ours if prefix_of(name) != row}
    assert not {name for name in others if LAYERS[prefix_of(name)] >= max(LAYERS[row], 1)}


@pytest.mark.parametrize("path", sorted((ROOT / "leap_models" / "families").glob("*/*.py")), ids=module_of)
def test_no_family_imports_another(path):
    family = module_of(path).split(".")[2]
    others = {
        name for name in imports_of(tree_of(path))
        if name.startswith("leap_models.families.") and name.split(".")[2] != family
    }  # fmt: skip
    assert not others


@pytest.mark.parametrize("path", [path for path in FILES if "music" in path.parts], ids=module_of)
def test_music_knows_no_torch(path):
    assert not {name for name in imports_of(tree_of(path)) if name.split(".")[0] == "torch"}


@pytest.mark.parametrize("path", [path for path in FILES if "cli" not in path.parts], ids=module_of)
def test_only_the_command_line_prints(path):
    calls = [node.func for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    assert "print" not in {call.id for call in calls if isinstance(call, ast.Name)}


@pytest.mark.parametrize("path", [path for path in FILES if path.name != "paths.py"], ids=module_of)
def test_only_paths_reads_the_environment(path):
    tree = tree_of(path)
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not names & {"environ", "getenv", "environb"}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_no_pickles_and_no_evaluated_text(path):
    calls = {ast.unparse(node.func) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)}
    assert not calls & {"eval", "exec", "pickle.load", "pickle.loads", "pickle.dump", "joblib.load"}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_torch_load_reads_weights_only(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
            assert {word.arg: ast.unparse(word.value) for word in node.keywords}.get("weights_only") == "True"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_file_holds_one_idea(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 280


@pytest.mark.parametrize("module", ["leap_models", "leap_bridge", "leap_bridge.cli", "leap_bridge.demo_song"])
def test_importing_brings_no_torch(module):
    heavy = ("torch", "transformers", "scipy.signal", "matplotlib")
    program = f"import {module}, sys; print([name for name in {heavy} if name in sys.modules])"
    assert fresh(program) == "[]"


def test_a_client_brings_neither_torch_nor_numpy():
    program = "import leap_bridge.osc.client, sys; print([name for name in ('torch', 'numpy') if name in sys.modules])"
    assert fresh(program) == "[]"


@pytest.mark.parametrize(
    "words",
    [["--help"], ["models"], ["describe", "leap"], ["arrange", "--help"], ["serve", "--help"], ["doctor", "--help"]],
)
def test_asking_about_models_brings_no_torch(words):
    program = f"""
import contextlib, io, sys
from leap_bridge.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main({words})
print("torch" in sys.modules)
"""
    assert fresh(program) == "False"


def test_importing_every_module_of_music_does_nothing_visible():
    modules = [module_of(path) for path in FILES if "music" in path.parts]
    assert fresh(f"import importlib; [importlib.import_module(name) for name in {modules}]") == ""


def fresh(program: str) -> str:
    """What a new process prints."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
