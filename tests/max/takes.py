"""A take, and what it should have written."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from leap_models.music import midi
from max.fake_live import Clip, LiveSet
from max.fake_max import Max

LASTS_S = 10.0  # the song


def take(max_: Max, button: str = "arrange") -> Path:
    """Press a button and wait for the end; the .mid that the daemon wrote."""
    max_.click(button)
    max_.until(lambda: max_.status.startswith("Done"))
    return Path(next(words[-1] for words in reversed(max_.heard) if words[0] == "/leap/done"))


def written(path: Path, beat_at: Callable[[float], float], semitones: int = 0) -> list[tuple[int, float, float, int]]:
    """The notes of a .mid as a clip should have them."""
    return sorted(
        (note.pitch + semitones, beat_at(note.start_s), beat_at(note.end_s), note.velocity)
        for note in midi.read(path).notes
    )


def played(clip: Clip) -> list[tuple[int, float, float, int]]:
    return sorted(
        (note["pitch"], note["start_time"], note["start_time"] + note["duration"], note["velocity"])
        for note in clip.notes
    )


def assert_same(clip: Clip, expected: list[tuple[int, float, float, int]], tolerance_beats: float = 0.004) -> None:
    found = played(clip)
    assert [(each[0], each[3]) for each in found] == [(each[0], each[3]) for each in expected]
    assert np.allclose([each[1:3] for each in found], [each[1:3] for each in expected], atol=tolerance_beats)
    assert len(found) > 20


def beats_through(markers: list[tuple[float, float]]) -> Callable[[float], float]:
    """Warp markers as a function, by means that are not the device's."""
    seconds, beats = np.array(markers).T

    def beat_at(second: float) -> float:
        index = int(np.clip(np.searchsorted(seconds, second) - 1, 0, len(seconds) - 2))
        slope = (beats[index + 1] - beats[index]) / (seconds[index + 1] - seconds[index])
        return float(beats[index] + (second - seconds[index]) * slope)

    return beat_at


def melody(live: LiveSet, scene: int | None = 1, **values: object) -> Clip:
    """Four notes, one of them muted, in a MIDI clip of two bars on a track of its own; clicked."""
    track = live.track("Keys", midi=True)
    usual = {"name": "Tune", "looping": 0, "is_arrangement_clip": int(scene is None)}
    clip = live.midi_clip(track, 8.0, **{**usual, **values})
    clip.notes = [
        {"pitch": 60 + at, "start_time": 2.0 * at, "duration": 1.0, "velocity": 90.4, "mute": int(at == 3)}
        for at in range(4)
    ]
    if scene is None:
        track.lists["arrangement_clips"].append(clip)
    else:
        track.lists["clip_slots"][scene].put(clip)
    live.click(clip)
    return clip
