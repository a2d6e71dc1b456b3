"""The window with settings and status: what it shows, and that the keyboard is enough."""

import os
from collections.abc import Callable

import pytest
from fake_gfx import Gfx
from fake_reaper import Host
from lua_script import SCRIPTS, Script
from PIL import Image
from reaper_fixtures import WINDOW, Music, Press, host, notes_of, press, request

from leap_bridge.daemon import Daemon
from leap_models import registry

__all__ = ["host", "press"]
UP, DOWN, LEFT, RIGHT = 30064, 1685026670, 1818584692, 1919379572
ENTER, ESCAPE, TAB, SPACE = 13, 27, 9, 32
YES = 6
PICTURE = SCRIPTS / "window.png"


def shown(script: Script, text: str) -> bool:
    return any(text in each for each in script.gfx.texts)


@pytest.fixture
def window(daemon: Daemon, press: Press) -> Script:
    """Open, and in touch with the daemon."""
    script = press(WINDOW)
    return script.run(until=lambda: shown(script, "ready, version") and shown(script, "conditioner"))


@pytest.fixture
def hit(window: Script) -> Callable[..., None]:
    """Presses keys."""

    def hit(*keys: int) -> None:
        window.gfx.keys.extend(keys)
        window.tick()

    return hit


def focus(script: Script, hit: Callable[..., None], label: str) -> None:
    for _ in range(40):
        if script.host.said and script.host.said[-1].startswith(label):
            return
        hit(DOWN)
    raise AssertionError(label)


def test_every_parameter_of_the_model_has_a_row(window: Script):
    for label in ("model", "difficulty", "quantize", "seed", "steps", "conditioner", "fault", "hands", "instrument"):
        assert shown(window, label)


def test_what_the_actions_fill_in_themselves_has_no_row(window: Script):
    assert not any(text in ("start_s", "end_s", "keep", "tempo") for text in window.gfx.texts)


def test_without_a_daemon_it_says_so_and_shows_what_can_be_chosen(home, press: Press):
    script = press(WINDOW)
    script.tick()
    assert shown(script, "daemon: The LEAP daemon does not run.")
    assert shown(script, "difficulty")


def test_arrows_change_and_are_kept(window: Script, host: Host, hit):
    focus(window, hit, "difficulty")
    hit(RIGHT, RIGHT, LEFT, RIGHT)
    assert host.states["difficulty"] == "4"
    assert shown(window, "4")


def test_a_value_stays_within_its_range(window: Script, host: Host, hit):
    focus(window, hit, "difficulty")
    hit(*[LEFT] * 20)
    assert host.states["difficulty"] == "1"


def test_a_number_can_be_typed(window: Script, host: Host, hit):
    focus(window, hit, "seed")
    host.typed.append("4711")
    hit(ENTER)
    assert host.states["seed"] == "4711"


def test_a_word_that_is_chosen_is_the_next_one(window: Script, host: Host, hit):
    focus(window, hit, "conditioner")
    hit(SPACE)
    assert host.states["param.toy.conditioner"] == "nothing"


def test_what_is_in_focus_is_said(window: Script, host: Host, hit):
    focus(window, hit, "difficulty")
    hit(RIGHT)
    assert host.said[-1] == "difficulty: 3.5"


def test_escape_closes_it(window: Script, hit):
    hit(ESCAPE)
    assert window.over
    assert not window.gfx.is_open


def test_all_keys_go_round(window: Script, host: Host, hit):
    focus(window, hit, "difficulty")
    hit(UP, TAB)
    assert host.said[-1].startswith("difficulty")


def test_the_mouse_sets_a_slider(window: Script, host: Host):
    table = window.gfx.table
    table["mouse_x"], table["mouse_y"], table["mouse_cap"] = 480 - 15, 44 + 25 + 10, 1
    window.tick()
    assert host.states["difficulty"] == "5"


def test_on_a_fine_screen_everything_is_twice_as_large(home, press: Press, host: Host, monkeypatch):
    monkeypatch.setattr(Gfx, "scale", 2)
    script = press(WINDOW)
    table = script.gfx.table
    table["mouse_x"], table["mouse_y"], table["mouse_cap"] = 2 * (480 - 15), 2 * (44 + 25 + 10), 1
    script.tick()
    assert script.gfx.image.size == (960, 1160)
    assert host.states["difficulty"] == "5"


def test_a_model_that_is_chosen_shows_its_own_parameters(window: Script, host: Host, hit):
    focus(window, hit, "model")
    for _model in registry.available():
        if host.states["model"] != "leap":
            hit(RIGHT)
    window.run(until=lambda: shown(window, "level guidance"))


def test_arrange_is_pressed_in_the_window_and_its_job_is_shown(window, host: Host, hit, music: Music, daemon: Daemon):
    host.project.add(music(8.0, "Blue song.wav"), 8.0)
    host.choose(**{"param.toy.fault": "slow", "difficulty": 2.5})
    focus(window, hit, "Arrange items")
    hit(ENTER)
    window.run(until=lambda: shown(window, "Blue song.wav") and shown(window, "arranging"))
    window.run(until=lambda: len(host.project.undo) == 1)
    assert request(daemon)["difficulty"] == 2.5
    assert notes_of(host)


def test_the_daemon_is_started_from_the_window(serve: Callable[..., Daemon], press: Press, host: Host):
    script = press(WINDOW)
    script.tick()
    host.answers.append(YES)
    host.on_command = lambda command: serve()
    for _ in range(30):
        script.gfx.keys.append(DOWN)
        script.tick()
        if host.said[-1] == "Start daemon":
            break
    script.gfx.keys.append(ENTER)
    script.run(until=lambda: shown(script, "ready, version"))


def test_a_daemon_of_another_version_is_shown(daemon: Daemon, press: Press, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leap_bridge.osc.replies.__version__", "9.8.7")
    script = press(WINDOW)
    script.run(until=lambda: shown(script, "the daemon is 9.8.7"))


def test_the_picture_that_readme_shows_is_that_of_the_window(window: Script, host: Host, hit, music: Music, tmp_path):
    """Draws it; with LEAP_PICTURES=1 it is the one that ships."""
    host.choose(model="leap")
    window.run(until=lambda: shown(window, "level guidance"))
    host.project.add(music(20.0, "Blue song.wav"), 20.0)
    host.choose(model="toy", **{"param.toy.fault": "slow"})
    focus(window, hit, "Arrange items")
    hit(ENTER)
    window.run(until=lambda: shown(window, "Blue song.wav") and shown(window, "arranging"))
    host.choose(model="leap")
    window.run(until=lambda: shown(window, "level guidance") and shown(window, "arranging"))
    focus(window, hit, "difficulty")
    window.gfx.image.save(PICTURE if os.environ.get("LEAP_PICTURES") else tmp_path / "window.png")
    assert different(window.gfx.image, Image.open(PICTURE)) < 4


def different(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures' rows and buttons are apart, of 255; letters may differ from font to font."""
    assert one.size == other.size == (480, 580)
    first, second = (image.convert("L").crop((0, 44, 480, 410)).resize((60, 46)).tobytes() for image in (one, other))
    return sum(abs(here - there) for here, there in zip(first, second, strict=True)) / len(first)
