"""The Studio's page: it is built here, and its own tests run, where Node.js and Chromium are."""

import os
import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest
import soundfile
from conftest import ROOT

import leap_models
from leap_bridge import demo_band, demo_song
from leap_bridge.service import Service
from leap_bridge.settings import Settings
from leap_bridge.warm import Warm
from leap_bridge.web import build as building
from leap_bridge.web.server import WebServer
from leap_bridge.web.site import Site
from leap_models.families.leap.export import export
from leap_models.music import midi
from leap_models.paths import weights_folder

STUDIO = ROOT / "leap_bridge" / "studio"
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser")
MOST_MB = 30.0  # that a visitor downloads
SONG_S = 16  # of the demo


def run(*words: str, timeout_s: float, **variables: str) -> None:
    """A program in the page's folder, whose words are shown when it fails."""
    environment = {**os.environ, "NO_COLOR": "1", **variables}
    done = subprocess.run(
        words, cwd=STUDIO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
        timeout=timeout_s, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:]


@pytest.fixture(scope="module")
def packages() -> Path:
    """npm's packages are there, as the lock file has them."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("there is no Node.js")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    found = tuple(int(number) for number in re.findall(r"\d+", said)[:2])
    if found < tuple(int(number) for number in building.NODE.split(".")):
        pytest.skip(f"Node.js is {said.strip()}, needed is {building.NODE}")
    if building.stale(STUDIO):
        done = subprocess.run(["npm", "ci"], cwd=STUDIO, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            pytest.skip(f"npm's packages cannot be had: {done.stderr[-200:]}")
    return STUDIO / "node_modules"


@pytest.fixture(scope="module")
def chromium() -> None:
    """There is the browser that the page's tests drive."""
    if not any(Path(path).exists() for path in CHROMIUM):
        pytest.skip("there is no Chromium")


@pytest.fixture(scope="module")
def pythons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's beginning, song.wav, and what Python makes of it: 1.mid, the easiest, and 5.mid."""
    folder = tmp_path_factory.mktemp("pythons")
    song = demo_band.render(demo_song.band())[: SONG_S * demo_band.RATE]
    soundfile.write(folder / "song.wav", song, demo_band.RATE, subtype="PCM_16")
    model, piece = leap_models.load("leap"), leap_models.open_piece(folder / "song.wav")
    for level in (1, 5):
        made = leap_models.run(model, piece, leap_models.Request("leap", {"difficulty": level}))
        midi.write(folder / f"{level}.mid", made.notes, made.tempo, pedals=made.pedals)
    return folder


@pytest.fixture(scope="module")
def page(packages: Path) -> Path:
    """The page, built as `leap-bridge studio --build` does it."""
    return building.build(lambda folder: export(weights_folder("leap"), folder, force=True), STUDIO)


def test_its_types_agree(packages: Path):
    run("npm", "run", "check", timeout_s=300)


def test_its_parts_do_what_pythons_do(packages: Path):
    run("npm", "run", "test:unit", "--", "--testTimeout=120000", timeout_s=600)


def test_it_is_no_larger_than_a_visitor_bears(page: Path):
    """A visitor without WebGPU, of whose two runtimes for networks a page loads one; hosts compress what can be."""
    sizes = {
        path.relative_to(page): len(zlib.compress(path.read_bytes(), 6)) / 1e6
        for path in page.rglob("*") if path.is_file() and ".asyncify" not in path.name
    }  # fmt: skip
    assert sum(sizes.values()) <= MOST_MB, sorted(sizes.items(), key=lambda item: -item[1])[:12]


def test_it_loads_nothing_from_elsewhere(page: Path):
    text = (page / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)\s*=\s*["'](https?:)?//""", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text)  # the Content-Security-Policy lets none run


@pytest.mark.usefixtures("chromium", "page")
def test_it_works_in_a_browser(pythons: Path):
    run("npm", "run", "test:e2e", timeout_s=900, LEAP_STUDIO_EXPECTED=str(pythons))


@pytest.mark.usefixtures("chromium", "toys")
def test_it_is_the_control_room_of_a_daemon(page: Path):
    service = Service(Settings(midi=False), Warm(1024, 0.0, "cpu"), 1)
    web = WebServer(service, 0, Site(page))
    service.start()
    web.start()
    try:
        run("npx", "playwright", "test", "-c", "tests/daemon", timeout_s=600, STUDIO_URL=web.url)
    finally:
        service.close()
        web.stop()
