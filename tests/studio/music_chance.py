"""Random cases for LEAP Studio's golden vectors, by kind: rolls as networks draw them, and music that breaks rules."""

from collections.abc import Callable, Iterator

import numpy as np
from music_answers import Json
from music_drawing import GRID, LEVELS, Drawing

from leap_models.music.difficulty import EDGES
from leap_models.music.notes import Note

# Onsets, centred on a note's first frame, in thousandths.
PEAKS = ((1000,), (450, 900, 450), (200, 700, 700), (600, 600, 600), (0,), (510,), (500,), (300, 600, 300, 700, 100))
Rng = np.random.Generator


def random_cases(kind: str, count: int, seed: int = 0) -> Iterator[tuple[str, Json]]:
    """So many names and cases."""
    for index in range(count):
        yield f"random {seed}.{index}", RANDOM[kind](np.random.default_rng([seed, index, sorted(RANDOM).index(kind)]))


def _random_drawing(rng: Rng, frames: int, rows: int = 128, voices: int = 6) -> Drawing:
    """Notes as a network draws them: smeared onsets, unsteady plateaus, gaps, ghosts."""
    drawing = Drawing(frames)
    for row in rng.integers(0, rows, voices).tolist():
        at = int(rng.integers(-10, 20))
        while at < frames:
            end = at + int(rng.choice([3, 6, 12, 30, 90]) * rng.uniform(0.5, 1.5)) + 1
            first = max(at, 0)
            sure = int(rng.choice([280, 310, 480, 520, 700, 990]))
            peak = PEAKS[int(rng.integers(len(PEAKS)))]
            drawing.note(row, first, end, int(rng.integers(1, 1001)), sure, peak if at >= 0 else (0,))
            if rng.random() < 0.4:  # an unsteady plateau
                span = drawing.row("sounding", row)[first:end]
                span[:] = np.clip(span + rng.integers(-250, 120, len(span)), 0, 1000)
            if rng.random() < 0.5:
                span = drawing.row("velocity", row)[first:end]
                span[:] = np.clip(span + rng.integers(-100, 100, len(span)), 0, 1000)
            at = end + int(rng.choice([0, 1, 2, 5, 40]))
    return drawing


def _random_notes(rng: Rng, length_s: float, tracks: int = 1) -> Json:
    """Chords, runs, repeated keys, held notes and leaps; some overlap, some begin together."""
    notes, at = set[Note](), round(float(rng.uniform(0, 1)), 3)
    dense = float(rng.choice([0.06, 0.15, 0.4]))
    centre = int(rng.integers(45, 80))
    while at < length_s:
        for _ in range(int(rng.choice([1, 1, 2, 4, 9]))):
            start_s = round(at + float(rng.choice([0.0, 0.0, 0.01, 0.029, 0.031])), 4)
            end_s = round(start_s + float(rng.choice([0.05, 0.12, 0.3, 1.0, 3.0]) * rng.uniform(0.6, 1.4)), 4)
            pitch = int(np.clip(centre + rng.integers(-30, 31), 21, 108))
            notes.add(Note(start_s, end_s, pitch, int(rng.integers(1, 128)), int(rng.integers(tracks))))
            if rng.random() < 0.2:  # the same key again
                again_s = round(start_s + float(rng.choice([0.0, 0.03, 0.09, 0.2])), 4)
                notes.add(
                    Note(again_s, round(again_s + 0.2, 4), pitch, int(rng.integers(1, 128)), int(rng.integers(tracks)))
                )
        at = round(at + dense * float(rng.choice([0.25, 1, 1, 2, 6])), 4)
    return [[n.start_s, n.end_s, n.pitch, n.velocity, n.track] for n in sorted(notes)]


def _random_tempo(rng: Rng, length_s: float) -> Json:
    """Steady, wandering or changing; slow and fast; in any metre, beginning anywhere in a bar."""
    kind = rng.integers(3)
    bpm = float(rng.choice([40.0, 60.0, 74.9, 75.0, 96.0, 120.0, 173.0]))
    second, beat = round(float(rng.uniform(-2, 2)), 3), float(rng.choice([0.0, -3.0, 7.0, 0.5]))
    anchors = [[second, beat]]
    while len(anchors) < 2 or (kind > 0 and second < length_s):
        beats = 1.0 if kind == 1 else float(rng.integers(1, 9))
        bpm = bpm * float(rng.uniform(0.97, 1.03)) if kind == 1 else float(rng.uniform(45, 180)) if kind == 2 else bpm
        second, beat = round(second + 60 * beats / bpm, 4), beat + beats
        anchors.append([second, beat])
    bar = int(rng.choice([2, 3, 4, 4, 5, 6, 7, 1]))
    return [anchors, bar, float(rng.integers(-5, 9))]


def _pushes(rng: Rng, notes: Json, length_s: float) -> list[tuple[Json, float]]:
    """Notes pushed in some pieces, and until when they are complete."""
    until = sorted(round(float(each), 3) for each in rng.uniform(0, length_s, int(rng.integers(0, 5))))
    found, before = [], -1e9
    for until_s in [*until, length_s + 20.0]:
        found.append(([note for note in notes if before <= note[0] < until_s], until_s))
        before = until_s
    return found


def _random_join(rng: Rng) -> Json:
    frames = int(rng.choice([16, 24]))
    grid = (800, 100, frames, int(rng.integers(frames // 2, frames + 1)))
    windows = [_random_drawing(rng, frames, 256, 3) for _ in range(int(rng.integers(1, 5)))]
    total = int(rng.integers(1, frames)) if rng.random() < 0.3 else None
    return {"grid": grid, "total": total, "tracks": 2, "windows": [window.written() for window in windows]}


def _random_read(rng: Rng) -> Json:
    frames = int(rng.integers(20, 300))
    lengths = rng.multinomial(frames, np.ones(5) / 5)[: int(rng.integers(0, 5))].tolist()
    off = float(rng.choice([0.1, 0.3, 0.5]))
    return {
        "rate": int(rng.choice([60, 100])), "tracks": 1, "offset_s": float(rng.choice([0.0, 5.12])),
        "on": float(rng.choice([off, 0.5, 0.7])), "off": off, "min_s": float(rng.choice([0.05, 0.08])),
        "longest_s": None if rng.random() < 0.5 else float(rng.choice([0.4, 1.0])),
        "pieces": _random_drawing(rng, frames).pieces(*lengths),
    }  # fmt: skip


def _random_tempo_case(rng: Rng) -> Json:
    seconds, beats = (np.round(rng.uniform(-5, 25, 12), 4).tolist() for _ in range(2))
    return {"tempo": _random_tempo(rng, 15.0), "seconds": seconds, "beats": beats, "shift": 0.37}


def _random_quantize(rng: Rng) -> Json:
    length_s = float(rng.integers(2, 7))
    notes, tempo = _random_notes(rng, length_s, 2), _random_tempo(rng, length_s)
    pushes = []
    for pushed, until_s in _pushes(rng, notes, length_s):
        known = [anchor for anchor in tempo[0] if anchor[0] <= until_s + 1.0]
        shown = [tempo[0][: max(2, len(known) + 1)], *tempo[1:]]
        pushes.append({"notes": pushed, "tempo": shown, "until_s": until_s, "clear": bool(rng.random() < 0.8)})
    strength, steps = float(rng.choice([0.0, 0.3, 1.0, 1.0])), int(rng.choice([4, 4, 3]))
    return {"strength": strength, "steps": steps, "pushes": pushes}


def _random_play(rng: Rng) -> Json:
    length_s = float(rng.integers(2, 7))
    pushes = _pushes(rng, _random_notes(rng, length_s), length_s)
    return {
        "level": float(rng.choice(LEVELS)),
        "pushes": [{"notes": notes, "until_s": until_s} for notes, until_s in pushes],
    }


def _random_pedal(rng: Rng) -> Json:
    length_s = float(rng.integers(2, 9))
    return {"notes": _random_notes(rng, length_s, 2), "tempo": _random_tempo(rng, length_s)}


def _random_difficulty(rng: Rng) -> Json:
    length_s = float(rng.integers(2, 12))
    edges = np.round(np.cumsum(rng.uniform(0.1, 1.2, 5)), 3).tolist() if rng.random() < 0.5 else list(EDGES.scores)
    return {
        "notes": _random_notes(rng, length_s), "start_s": 0.5, "end_s": length_s, "edges": edges,
        "tempo": _random_tempo(rng, length_s) if rng.random() < 0.7 else None,
    }  # fmt: skip


def _random_midi(rng: Rng) -> Json:
    length_s = float(rng.integers(2, 9))
    presses = np.sort(np.round(rng.uniform(0, length_s, 6), 3)).reshape(3, 2).tolist()
    return {"notes": _random_notes(rng, length_s, 2), "tempo": _random_tempo(rng, length_s), "pedals": presses}


def _random_score(rng: Rng) -> Json:
    return {"notes": _random_notes(rng, 3.0, 2), "tempo": _random_tempo(rng, 3.0), "title": "A & B"}


def _random_arrange(rng: Rng) -> Json:
    count = int(rng.integers(1, 6))
    duration_s = round(0.48 * count + 0.96 - float(rng.uniform(0, 0.4)), 3)
    tempo = _random_tempo(rng, duration_s)
    windows = [None if rng.random() < 0.15 else _random_drawing(rng, GRID[2], 128, 8).written() for _ in range(count)]
    steps = []
    for index in range(count):
        known = [anchor for anchor in tempo[0] if anchor[0] <= 0.48 * index + 1.5]
        shown = tempo if index == count - 1 else [tempo[0][: max(2, len(known) + 1)], *tempo[1:]]
        steps.append({"duration_s": duration_s, "tempo": shown, "warnings": []})
    return {
        "grid": GRID, "windows": windows, "steps": steps, "unclear": [[0.3, 0.8]] if rng.random() < 0.5 else [],
        "difficulty": float(rng.choice(LEVELS)), "quantize": float(rng.choice([0.0, 0.5, 1.0])),
    }  # fmt: skip


RANDOM: dict[str, Callable[[Rng], Json]] = {
    "join": _random_join,
    "read": _random_read,
    "tempo": _random_tempo_case,
    "quantize": _random_quantize,
    "play": _random_play,
    "pedal": _random_pedal,
    "difficulty": _random_difficulty,
    "midi": _random_midi,
    "score": _random_score,
    "arrange": _random_arrange,
}
