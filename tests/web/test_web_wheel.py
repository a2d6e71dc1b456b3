"""The page in a package: who installs a wheel that was made where it was built has it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Of the repository what a wheel is made of, but the weights, with a page that is small."""
    folder = tmp_path / "checkout"
    left_out = shutil.ignore_patterns("__pycache__", "weights", "node_modules", "dist", "public", "*.egg-info")
    for package in ("leap_models", "leap_bridge"):
        shutil.copytree(ROOT / package, folder / package, ignore=left_out)
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, folder / name)
    assets = folder / "leap_bridge" / "studio" / "dist" / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.html").write_text("<head></head>")
    (assets / "main-12345678.js").write_text("export {}")
    return folder


def test_an_installed_wheel_finds_its_page(checkout: Path, tmp_path: Path):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    made = subprocess.run(
        [*pip, "wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(checkout)], capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    if made.returncode and "No matching distribution" in made.stderr:
        pytest.skip("setuptools cannot be had from here")
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("*.whl")
    there = tmp_path / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(there), str(wheel)], check=True, timeout=300)
    program = "from leap_bridge.web.site import BUILT, Site; print(BUILT); print(Site().answer('/').status)"
    environment = {**os.environ, "PYTHONPATH": str(there)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
    )
    assert done.stdout.split() == [str(there / "leap_bridge" / "studio" / "dist"), "200"]
    assert not (there / "leap_bridge" / "studio" / "package.json").exists()
