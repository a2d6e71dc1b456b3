"""A pair as a picture: the cover's notes, where they lie on the song, over the song's waveform and its seconds."""

import numpy as np

from leap_models.families.leap.conditioner import RATE
from leap_models.music.notes import Note, Notes
from leap_models.training.pairs.listening import Song
from leap_models.training.pairs.stretch import Stretch
from leap_models.training.render import SAMPLE_RATE

PER_S, ROLL, WAVE, SCALE = 8, 132, 40, 16  # pixels: a second; heights of the roll, the waveform, the seconds
TICK_S = 10
EVERY = 3  # frames of the sung line, one point
LONGEST_S = 240.0
LOWEST, HIGHEST = 21, 108


def picture(song: Song, notes: Notes, stretches: tuple[Stretch, ...]) -> str:
    """An <svg>: shaded where nothing matches, the sung line in red, the cover's notes in blue, a line at every C."""
    shown_s = min(song.duration_s, LONGEST_S)
    width = int(np.ceil(shown_s * PER_S))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{ROLL + WAVE + SCALE}">',
             f'<rect width="{width}" height="{ROLL}" fill="#d8d8d8"/>']  # fmt: skip
    for stretch in stretches:
        x, length = float(stretch.song_s[0]) * PER_S, float(stretch.song_s[-1] - stretch.song_s[0]) * PER_S
        parts.append(f'<rect x="{x:.0f}" width="{length:.0f}" height="{ROLL}" fill="#fff"/>')
    parts += [_lines(width, shown_s), f'<path d="{_wave(song, width)}" fill="#88a"/>']
    for stretch in stretches:
        parts.append(f'<path d="{"".join(_bar(note) for note in stretch.moved(notes))}" fill="#2f6fb5"/>')
    parts.append(f'<path d="{_tune(song, shown_s)}" stroke="#c33" stroke-width="1.5" fill="none"/></svg>')
    return "".join(parts)


def _lines(width: int, shown_s: float) -> str:
    """Every C, and every ten seconds with its number."""
    octaves = "".join(f"M0 {_row(pitch):.1f}h{width}" for pitch in range(24, HIGHEST, 12))
    ticks = range(0, int(shown_s) + 1, TICK_S)
    down = "".join(f"M{each * PER_S} 0v{ROLL + WAVE + 3}" for each in ticks)
    said = "".join(f'<text x="{each * PER_S + 2}" y="{ROLL + WAVE + 13}">{each} s</text>' for each in ticks)
    return f'<path d="{octaves}{down}" stroke="#0002" fill="none"/><g font-size="11" fill="#555">{said}</g>'


def _bar(note: Note) -> str:
    length = max(1.0, note.length_s * PER_S)
    return f"M{note.start_s * PER_S:.1f} {_row(note.pitch) - 0.75:.1f}h{length:.1f}v1.5h-{length:.1f}z"


def _row(pitch: float) -> float:
    return (HIGHEST - float(np.clip(pitch, LOWEST, HIGHEST))) * ROLL / (HIGHEST - LOWEST)


def _wave(song: Song, width: int) -> str:
    """The loudest sample of each pixel, up and down."""
    step = SAMPLE_RATE // PER_S
    count = min(width, len(song.samples) // step)
    loud = np.abs(song.samples[: count * step]).reshape(count, step).max(axis=1)
    tall = loud / max(1e-6, float(loud.max())) * WAVE / 2
    middle = ROLL + WAVE / 2
    up = "".join(f"L{x} {middle - each:.1f}" for x, each in enumerate(tall.tolist()))
    down = "".join(f"L{x} {middle + each:.1f}" for x, each in reversed(list(enumerate(tall.tolist()))))
    return f"M0 {middle}{up}{down}z"


def _tune(song: Song, shown_s: float) -> str:
    """What is sung; it does not lead over rests."""
    line, drawn = [], -1
    for frame in range(0, min(len(song.tune), int(shown_s * RATE)), EVERY):
        if song.tune[frame] == song.tune[frame]:
            goes_on = drawn == frame - EVERY and not np.isnan(song.tune[drawn:frame]).any()
            line.append(f"{'L' if goes_on else 'M'}{frame / RATE * PER_S:.1f} {_row(float(song.tune[frame])):.1f}")
            drawn = frame
    return "".join(line)
