"""The screen's script, with something to draw on; and the pictures in README, drawn by it."""

import pytest
from PIL import Image

from max import amxd, picture
from max.conftest import FOLDER

SIZE = (250, 161)


@pytest.fixture
def screen(audio_device: amxd.Device) -> picture.Screen:
    return picture.Screen(audio_device, SIZE)


def words(screen: picture.Screen) -> str:
    """All that is written on it."""
    return " | ".join(call[1] for call in screen._script.run("__paint()") if call[0] == "show_text")


def colors(image: Image.Image) -> set[tuple[int, ...]]:
    return {color[:3] for _, color in image.getcolors(100_000)}


def test_without_a_daemon_it_says_how_to_start_it(screen: picture.Screen):
    screen.tell("light", "off")
    assert "Daemon off" in words(screen)
    assert "leap-bridge serve" in words(screen)


def test_with_a_daemon_it_says_what_to_do(screen: picture.Screen):
    screen.tell("light", "idle")
    assert "Press Arrange" in words(screen)


def test_a_stage_and_the_time_that_is_left_are_in_words(screen: picture.Screen):
    screen.tell("begin")
    screen.tell("stage", "listening", 3, 10, 64.2)
    assert "Listening" in words(screen)
    assert "about 1:05 left" in words(screen)


def test_a_time_that_nobody_knows_is_not_said(screen: picture.Screen):
    screen.tell("begin")
    screen.tell("stage", "queued", 0, 0, -1)
    assert "left" not in words(screen)


def test_each_hand_has_a_color(screen: picture.Screen):
    screen.tell("begin")
    screen.tell("span", 10)
    screen.tell("notes", 60, 1.0, 1.0, 1)
    right = colors(screen.paint())
    screen.tell("notes", 40, 1.0, 1.0, 2)
    assert len(colors(screen.paint()) - right) >= 1


def test_each_player_of_a_band_has_a_color(screen: picture.Screen):
    screen.tell("begin")
    screen.tell("span", 10)
    seen = [len(colors(screen.paint()))]
    for channel in (10, 1, 2, 3, 4):
        screen.tell("notes", 40 + 5 * channel, 1.0, 1.0, channel)
        seen.append(len(colors(screen.paint())))
    assert sorted(set(seen)) == seen


def test_the_first_steps_are_those_of_the_model(screen: picture.Screen):
    screen.tell("light", "idle")
    screen.tell("steps", "Click a MIDI clip, or an empty slot.", "Turn the dials.")
    assert "1  Click a MIDI clip" in words(screen)


def test_a_long_message_takes_two_lines_within_the_screen(screen: picture.Screen):
    screen.tell("light", "idle")
    screen.tell("status", "This device is of version 0.1.0, the daemon of 9.9.9. Run: leap-bridge install max")
    calls = screen._script.run("__paint()")
    heights = [call[2] for call in calls if call[0] == "move_to" and call[2] > SIZE[1] - 44]
    assert len(heights) == 2
    assert max(heights) <= SIZE[1] - 4


def test_a_long_name_is_shortened(screen: picture.Screen):
    screen.tell("source", "A song whose name is a good deal longer than there is room for")
    assert "..." in words(screen)


def test_no_text_leaves_the_screen(screen: picture.Screen):
    screen.tell("status", "word " * 80)
    screen.tell("source", "x" * 300)
    at = (0, 0)
    for name, *numbers in screen._script.run("__paint()"):
        at = numbers if name == "move_to" else at
        if name == "show_text":
            assert at[0] + picture.measure(numbers[0], 10.5)[0] <= SIZE[0]


@pytest.mark.parametrize(("name", "draw"), [
    ("LEAP.png", picture.working), ("LEAP MIDI.png", picture.alone), ("LEAP band.png", picture.playing),
])
def test_the_pictures_are_of_the_layout_that_is_shipped(name: str, draw):
    shipped, now = Image.open(FOLDER / name).convert("L"), draw().convert("L")
    assert shipped.size == now.size
    small = [image.resize((74, 21)) for image in (shipped, now)]  # letters may differ from font to font, boxes may not
    differences = [abs(one - other) for one, other in zip(*(image.tobytes() for image in small), strict=True)]
    assert sum(differences) / len(differences) < 4
