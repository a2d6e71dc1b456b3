from dataclasses import replace

import numpy as np
import pytest
import song
from matplotlib.image import imread

from leap_models.music import plot
from leap_models.music.notes import Note
from leap_models.music.playability import make_playable
from leap_models.music.tempo import TempoMap


def loud(notes):
    return tuple(replace(note, velocity=127) for note in notes)


def colours_of(path):
    return set(map(tuple, np.round(imread(path)[..., :3] * 255).astype(int).reshape(-1, 3).tolist()))


def colour(code):
    return tuple(int(code[i : i + 2], 16) for i in (1, 3, 5))


def test_both_hands_are_drawn_in_their_colours(tmp_path):
    plot.write(tmp_path / "roll.png", make_playable(loud(song.arrangement()), 5.0), song.TEMPO, "a song")
    assert {colour(code) for code in plot.COLOURS.values()} <= colours_of(tmp_path / "roll.png")


def test_only_the_hand_that_plays_is_drawn(tmp_path):
    plot.write(tmp_path / "roll.png", loud(song.melody()), song.TEMPO)
    right, left = (colour(plot.COLOURS[hand]) in colours_of(tmp_path / "roll.png") for hand in (0, 1))
    assert (right, left) == (True, False)


def test_a_second_row_makes_the_picture_higher(tmp_path):
    one, two = tmp_path / "one.png", tmp_path / "two.png"
    plot.write(one, song.melody(), song.TEMPO, "tune")
    plot.write(two, song.melody(), song.TEMPO, "tune", plot.Row(song.arrangement(), "everything"))
    assert imread(two).shape[0] > 1.7 * imread(one).shape[0]


def test_a_longer_song_makes_a_wider_picture(tmp_path):
    for name, end_s in (("short", 60.0), ("long", 120.0)):
        plot.write(tmp_path / f"{name}.png", (Note(0.0, end_s, 60, 64),), song.TEMPO)
    short, long = (imread(tmp_path / f"{name}.png").shape[1] for name in ("short", "long"))
    assert long == pytest.approx(2 * short, abs=2)


@pytest.mark.parametrize(
    ("notes", "tempo"),
    [((), song.TEMPO), ((Note(0.0, 0.1, 60, 1, 7),), TempoMap(((1.0, 3.0), (1.5, 4.0)), 3, 2.0))],
    ids=["no notes", "one note, before the first bar, on no hand's track"],
)
def test_little_music_is_a_picture_too(notes, tempo, tmp_path):
    plot.write(tmp_path / "roll.bin", notes, tempo)  # the name does not decide the format
    assert (tmp_path / "roll.bin").read_bytes().startswith(b"\x89PNG")


def test_a_bar_that_began_a_moment_before_the_sound_is_the_first():
    late = TempoMap.steady(120, first_s=-0.05)
    assert plot.bar_lines(late, 5.0) == pytest.approx([0.0, 1.95, 3.95])
    assert plot.bar_lines(TempoMap.steady(120, first_s=0.5), 5.0) == pytest.approx([0.5, 2.5, 4.5])
