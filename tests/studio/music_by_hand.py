"""The cases of LEAP Studio's golden vectors that were made by hand, by kind: each is about one rule."""

from collections.abc import Callable, Iterator, Sequence

from music_answers import Json
from music_drawing import GRID, LEVELS, STEADY, Drawing, notes

from leap_models.music.difficulty import EDGES

Cases = Iterator[tuple[str, Json]]  # name and what is given


def _joins() -> Cases:
    yield "windows that agree", _joined([Drawing(96).note(60, 10, 90), Drawing(96).note(60, 0, 42, peak=(0,))])
    yield (
        "windows that disagree leave no ghost",
        _joined([Drawing(96).note(60, 50, 90), Drawing(96).note(61, 5, 40, 300)]),
    )
    yield "one window, cut at its end", _joined([Drawing(96).note(60, 10, 90)], 70)
    yield (
        "a sure window against an unsure one",
        _joined([Drawing(96).note(60, 48, 96, 900, 100), Drawing(96).note(60, 0, 60, 300, 900), Drawing(96)]),
    )


def _joined(windows: Sequence[Drawing], total: int | None = None) -> Json:
    return {"grid": GRID, "total": total, "tracks": 1, "windows": [window.written() for window in windows]}


def _reads() -> Cases:
    def read(drawing: Drawing, *lengths: int, longest_s: float | None = None, tracks: int = 1) -> Json:
        return {
            "rate": 100, "tracks": tracks, "offset_s": 0.0, "on": 0.5, "off": 0.3, "min_s": 0.05,
            "longest_s": longest_s, "pieces": drawing.pieces(*lengths),
        }  # fmt: skip

    smeared = (200, 600, 900, 600, 200)
    repeated = Drawing(120).note(60, 10, 40, peak=smeared).note(60, 40, 70, 300, peak=smeared).note(60, 70, 73)
    yield "nothing", read(Drawing(40), 10)
    yield "less than the lookahead", read(Drawing(3).note(60, 0, 3))
    yield "a repeated note stays two notes", read(repeated)
    yield "cut anywhere", read(repeated, 9, 2, 1, 27, 1, 1, 30)
    yield "a second onset within 50 ms is the same", read(Drawing(60).note(60, 10, 50).note(60, 13, 50, 400))
    yield "an onset 50 ms later is another", read(Drawing(60).note(60, 10, 50).note(60, 15, 50, 400))
    yield "no onset: it begins where it rises", read(Drawing(60).note(60, 10, 50, peak=(0,)))
    yield "the onset is two frames behind the rise", read(Drawing(60).note(60, 10, 50, peak=(0,)).note(60, 12, 50))
    yield "of equal neighbours the first", read(Drawing(60).note(60, 10, 50, peak=(700, 700, 700)))
    yield "an onset that is not heard", read(Drawing(60).note(60, 10, 50, sure=200))
    yield (
        "thresholds met exactly",
        read(Drawing(60).note(60, 10, 30, sure=500, peak=(500,)).note(60, 30, 50, sure=300, peak=(0,))),
    )
    yield (
        "just below the thresholds",
        read(Drawing(60).note(60, 10, 30, sure=499, peak=(499,)).note(60, 30, 50, sure=299)),
    )
    yield "40 ms is too short, 50 ms is not", read(Drawing(60).note(60, 10, 14).note(62, 10, 15))
    yield "it sounds from the first frame to the last", read(Drawing(60).note(60, 0, 60), 30)
    yield "a long note is let go", read(Drawing(120).note(60, 5, 110).note(62, 20, 40), 40, 40, longest_s=0.6)
    yield (
        "what was cut does not begin again by itself",
        read(Drawing(120).note(60, 5, 70).note(60, 72, 110), 50, longest_s=0.3),
    )
    yield "two tracks", read(Drawing(60).note(60, 10, 30).note(128 + 60, 20, 50, 200), 15, tracks=2)
    yield "velocities weighed", read(Drawing(60).note(60, 10, 30, 800, 990).note(60, 20, 30, 100, 310, (0,)))


def _tempi() -> Cases:
    seconds, beats = [-3.0, -0.25, 0.0, 0.1, 0.5, 1.0, 1.9, 2.0, 7.77], [-4.0, -0.5, 0.0, 0.3, 1.0, 2.0, 3.5, 4.0, 11.1]
    changing = [[[0.0, 0.0], [1.0, 2.0], [2.0, 3.0], [2.3, 4.0]], 3, 1.0]
    for name, tempo in (("steady", STEADY), ("changing", changing)):
        yield name, {"tempo": tempo, "seconds": seconds, "beats": beats, "shift": -1.25}


def _quantized() -> Cases:
    def whole(notes: Json, tempo: Json = STEADY, strength: float = 1.0, clear: bool = True, steps: int = 4) -> Json:
        pushes = [{"notes": notes, "tempo": tempo, "until_s": 0.0, "clear": clear}]
        return {"strength": strength, "steps": steps, "pushes": pushes}

    near = notes((0.03, 0.2, 60), (0.26, 0.4, 62), (0.49, 0.6, 64), (0.7, 0.71, 65))
    slow = [[[0.0, 0.0], [1.5, 1.0]], 3, 0.0]
    yield "nothing", whole([])
    yield "onto the sixteenths", whole(near)
    yield "half the way", whole(near, strength=0.5)
    yield "not at all", whole(near, strength=0.0)
    yield "an unclear beat leaves them", whole(near, clear=False)
    yield "halfway between two steps", whole(notes((0.0625, 0.2, 60), (0.1875, 0.3, 62), (0.3125, 0.4, 64)))
    yield (
        "a slow beat has places between",
        whole(notes((0.18, 0.4, 60), (0.2, 0.4, 62), (0.33, 0.5, 64), (0.75, 1.0, 65)), slow),
    )
    yield "two strikes that meet", whole(notes((0.49, 0.6, 60), (0.51, 0.9, 60), (0.52, 0.7, 60, 80, 1)))
    yield "the earlier ends when the later begins", whole(notes((0.0, 0.56, 60), (0.45, 0.9, 60)))
    yield (
        "never before the beginning",
        whole(notes((0.0, 0.2, 60), (0.05, 0.2, 62)), [[[0.06, 0.0], [0.56, 1.0]], 4, 0.0]),
    )
    yield "triplets", whole(near, steps=3)
    anchors = [[0.0, 0.0], [0.5, 1.0], [1.2, 2.0], [1.8, 3.0]]
    pushed = (notes((0.1, 0.4, 60), (0.3, 1.2, 62)), notes((0.55, 0.9, 60)), notes((1.1, 1.4, 60), (1.3, 1.5, 62)))
    grows = [
        {"notes": each, "tempo": [anchors[: 2 + index], 4, 0.0], "until_s": until_s, "clear": index != 1}
        for index, (each, until_s) in enumerate(zip(pushed, (0.5, 1.0, 2.0), strict=True))
    ]
    yield "as the tempo becomes known", {"strength": 1.0, "steps": 4, "pushes": grows}


def _played() -> Cases:
    def at_once(notes: Json, level: float) -> Json:
        return {"level": level, "pushes": [{"notes": notes, "until_s": 0.0}]}

    wide = [
        notes(*((float(at), at + 0.9, pitch) for pitch in (36, 43, 48, 55, 60, 64, 67, 72, 76, 84, 88)))
        for at in range(3)
    ]
    yield "nothing", at_once([], 3.0)
    for level in LEVELS:
        yield f"stretches beyond two hands, level {level:g}", at_once([note for chord in wide for note in chord], level)
    fast = notes(*((0.08 * i, 0.08 * i + 0.07, 60) for i in range(12)))
    scale = notes(*((0.06 * i, 0.06 * i + 0.3, 60 + i) for i in range(24)))
    held = notes(
        (0.0, 4.0, 84), (0.0, 4.0, 36), (0.5, 0.7, 60), (0.6, 0.8, 64), (1.0, 3.0, 48), (1.0, 1.2, 90), (1.05, 3.0, 72)
    )
    twice = notes((0.0, 0.5, 60, 50), (0.01, 0.9, 60, 90), (0.02, 0.3, 64), (0.035, 0.3, 67), (0.03, 0.3, 65))
    for level in (1.0, 3.0, 5.0):
        yield f"a key struck too fast, level {level:g}", at_once(fast, level)
        yield f"a scale, level {level:g}", at_once(scale, level)
        yield f"held notes let go, level {level:g}", at_once(held, level)
        yield f"one key twice in a group, level {level:g}", at_once(sorted(twice), level)
    crossing = notes(*((0.4 * i, 0.4 * i + 0.35, pitch) for i in range(6) for pitch in (48 + 6 * i, 72, 76)))
    yield "a left hand that climbs over", at_once(crossing, 4.0)


def _pedals() -> Cases:
    broken = [
        (half + 0.25 * i, half + 0.25 * i + 0.2, pitch, 70, 1)
        for half, chord in (
            (0.0, (36, 43, 52)),
            (1.0, (36, 43, 52)),
            (2.0, (41, 48, 57)),
            (3.0, (43, 50, 59)),
            (4.0, (48, 55, 64)),
        )
        for i, pitch in enumerate((*chord, chord[1]))
    ]
    tune = [(0.5 * i, 0.5 * i + 0.45, 72 + i % 5) for i in range(10)]
    run = [(0.1 * i, 0.1 * i + 0.09, 72 + i % 12) for i in range(20)]
    steps = [(0.25 * i, 0.25 * i + 0.2, 40 + i % 3, 70, 1) for i in range(16)]
    three = [[[0.0, 0.0], [2.0, 4.0]], 3, 1.0]
    yield "nothing", {"notes": [], "tempo": STEADY}
    early = [(start_s - 0.08, *rest) for start_s, *rest in broken if start_s > 0.0]
    for name, played, tempo in (
        ("broken chords", [*broken, *tune], STEADY), ("in three, from an upbeat", [*broken, *tune], three),
        ("a run is not smeared", [*broken, *run], STEADY), ("nor are steps in the bass", [*steps, *tune], STEADY),
        ("the right hand alone", tune, STEADY), ("a bass a little early", early, STEADY),
    ):  # fmt: skip
        yield name, {"notes": sorted(notes(*played)), "tempo": tempo}


def _difficulties() -> Cases:
    def of(notes: Json, tempo: Json = None, start_s: float = 0.0, end_s: float = 8.0) -> Json:
        return {"notes": sorted(notes), "start_s": start_s, "end_s": end_s, "edges": list(EDGES.scores), "tempo": tempo}

    chords = notes(*((float(at), at + 0.9, pitch) for at in range(8) for pitch in (36, 48, 60, 64, 67, 76, 81)))
    leaps = notes(*((0.25 * i, 0.25 * i + 0.2, (40, 62)[i % 2]) for i in range(30)))
    trill = notes(*((0.07 * i, 0.07 * i + 0.05, 60 + i % 2) for i in range(100)))
    yield "silence", of([])
    yield "one note", of(notes((1.0, 2.0, 60)))
    yield "wide chords", of(chords, STEADY)
    yield "leaps", of(leaps, STEADY)
    yield "a trill, of which some lies outside", of(trill, [[[0.0, 0.0], [0.5, 1.0]], 3, 1.0], 2.0, 5.0)
    yield "no beat known", of(leaps)


def _midis() -> Cases:
    def of(notes: Json, tempo: Json = STEADY, pedals: Sequence[tuple[float, float]] = ()) -> Json:
        return {"notes": notes, "tempo": tempo, "pedals": [list(pedal) for pedal in pedals]}

    two = notes((0.0, 0.5, 60), (0.0, 1.0, 40, 70, 1), (0.5, 1.0, 64), (1.2345, 1.5, 60))
    yield "nothing", of([])
    yield "two hands and their pedal", of(two, pedals=[(0.06, 0.9), (1.0, 1.4)])
    yield "overlaps are cut", of(notes((0.0, 1.0, 60), (0.5, 0.7, 60), (0.5, 0.6, 60), (0.9, 1.0, 60, 80, 1)))
    yield "two strikes within a tick", of(notes((0.5, 0.5001, 60), (0.5002, 0.6, 60), (-0.1, 0.05, 62)))
    for name, tempo in (
        ("an upbeat", [[[0.0, 0.0], [2.0, 4.0]], 4, 1.0]),
        ("five beats", [[[0.3, 0.0], [2.8, 5.0], [5.0, 10.0]], 5, 0.0]),
        ("a beat cut short", [[[0.2, 0.0], [0.7, 1.0]], 3, 0.0]),
        ("just before a bar", [[[0.03, 0.0], [0.53, 1.0]], 3, 0.0]),
        ("slow", [[[0.0, 0.0], [9.0, 1.0]], 2, 0.0]),
        ("from the middle of a bar", [[[-1.3, 2.0], [0.1, 4.0], [0.9, 5.5]], 7, 3.0]),
        ("a tempo that wanders", [[[0.5 * i + 0.013 * (i % 3), float(i)] for i in range(20)], 4, 2.0]),
    ):
        yield name, of(two, tempo)
    yield (
        "a long way on one tempo",
        of(notes((0.0, 0.5, 60), (900.0, 901.0, 62)), [[[0.0, 0.0], [0.4999, 1.0]], 4, 0.0]),
    )


def _scores() -> Cases:
    def of(notes: Json, tempo: Json = STEADY, title: str = "") -> Json:
        return {"notes": sorted(notes), "tempo": tempo, "title": title}

    sharp = notes(
        (0.0, 0.5, 66), (0.0, 1.2, 61), (0.6, 2.7, 69), (3.0, 3.05, 68), (0.0, 5.0, 42, 70, 1), (2.0, 2.2, 49, 70, 1)
    )
    flat = notes((0.3, 0.9, 63), (1.0, 1.4, 65), (1.4, 1.5, 68), (1.45, 2.0, 70, 80, 1), (0.31, 0.5, 75))
    yield "nothing", of([], title="a < b & c > d")
    yield "sharps, ties and dots", of(sharp, title='"Å song"')
    yield "flats, in five from an upbeat", of(flat, [[[0.1, 0.0], [0.7, 1.0], [1.2, 2.0]], 5, 2.0])
    yield "a tempo that lies between two tenths", of([], [[[0.0, 0.0], [60.0, 90.25]], 2, 0.0])


def _arranged() -> Cases:
    silent = {"duration_s": 1.2, "tempo": STEADY, "warnings": ["samples reach 1.50"]}
    base = {"grid": GRID, "unclear": [], "difficulty": 3.0, "quantize": 1.0}
    yield "silence", {**base, "windows": [None, None], "steps": [silent, silent]}
    yield "nothing to play", {**base, "windows": [Drawing(96).written(), None], "steps": [silent, silent]}
    across = [
        Drawing(96).note(60, 10, 96).note(72, 60, 90),
        Drawing(96).note(60, 0, 60, peak=(0,)).note(72, 12, 42),
        None,
    ]
    steps = [{"duration_s": 1.73, "tempo": [[[0.05, 0.0], [0.66, 1.0]], 3, 1.0], "warnings": []}] * 3
    windows = [None if window is None else window.written() for window in across]
    yield "a note across two windows, the last one silent", {**base, "windows": windows, "steps": steps}
    yield "unclear at first", {**base, "unclear": [[0.0, 0.4]], "windows": windows, "steps": steps}


BY_HAND: dict[str, Callable[[], Cases]] = {
    "join": _joins,
    "read": _reads,
    "tempo": _tempi,
    "quantize": _quantized,
    "play": _played,
    "pedal": _pedals,
    "difficulty": _difficulties,
    "midi": _midis,
    "score": _scores,
    "arrange": _arranged,
}
