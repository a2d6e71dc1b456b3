"""Writes golden/leap.json of LEAP Studio, which Python and TypeScript both must give.

python tests/studio/leap_cases.py
"""

import json
from pathlib import Path

from leap_answers import ANSWERS, Json

FILE = Path(__file__).resolve().parents[2] / "leap_bridge" / "studio" / "golden" / "leap.json"

_STEADY = {"seconds": 60, "seed": 3, "first_s": 0.3, "tempi": [[0.0, 100.0]], "beats_per_bar": 4, "silent": []}
_BUSY = [[9 * i, 9 * i + 40, 48 + i * 7 % 30, round(0.5 + i * 37 % 50 / 101, 3)] for i in range(100)]
GIVEN: tuple[tuple[str, str, Json], ...] = (
    ("noise", "the first window of seed 0", {"seed": 0, "window": 0, "count": 7}),
    ("noise", "a later window", {"seed": 7, "window": 3, "count": 4}),
    ("noise", "the largest seed", {"seed": 2**31 - 1, "window": 500, "count": 4}),
    ("spectrum", "a tone in noise", {"frames": 5, "hz": 440.0, "seed": 1, "every": 9}),
    ("beats", "a steady tempo", _STEADY),
    ("beats", "a waltz", {**_STEADY, "tempi": [[0.0, 132.0]], "beats_per_bar": 3, "seed": 4}),
    ("beats", "no round tempo", {**_STEADY, "tempi": [[0.0, 97.63]], "seed": 5}),
    ("beats", "another tempo from 30 s on", {**_STEADY, "tempi": [[0.0, 120.0], [30.0, 90.0]], "seed": 6}),
    ("beats", "ten seconds of silence", {**_STEADY, "silent": [[25.0, 35.0]], "seed": 7}),
    ("beats", "twice as many beats from 30 s on", {**_STEADY, "tempi": [[0.0, 70.0], [30.0, 140.0]], "seed": 8}),
    ("beats", "slower and slower", {
        **_STEADY, "seed": 9,
        "tempi": [[0.0, 110.0], *([30.0 + second, 110.0 - 2.0 * second] for second in range(1, 12))],
    }),
    ("beats", "nothing but noise", {**_STEADY, "seconds": 30, "silent": [[0.0, 30.0]], "seed": 10}),
    ("features", "a bar of four", {"tempo": [[[0.5, 0.0], [10.5, 20.0]], 4, 1.0], "start_s": 5.12, "frames": 6}),
    ("features", "a bar of three", {
        "tempo": [[[0.5, 0.0], [1.0, 1.0], [9.0, 11.0]], 3, 0.5], "start_s": 0.9, "frames": 9,
    }),
    ("lead", "a tune that is written an octave higher", {
        "seed": 1, "firmness": 0.9, "tune": [[10, 40, 40, 0.9], [40, 60, 42, 0.8], [100, 180, 44, 0.5]],
        "notes": [[20, 80, 73, 0.6], [80, 120, 75, 0.5], [20, 120, 50, 0.4], [30, 60, 80, 0.7], [200, 360, 77, 0.8]],
    }),
    ("lead", "a tune that is not sure", {
        "seed": 2, "firmness": 0.5, "tune": [[0, 50, 30, 0.9], [60, 90, 35, 0.3], [200, 203, 36, 0.9]],
        "notes": [[0, 100, 51, 0.6], [120, 180, 56, 0.5], [0, 300, 70, 0.9]],
    }),
    ("easing", "far too much for the first year", {"level": 1, "notes": _BUSY}),
    ("easing", "a little too much", {"level": 4, "notes": _BUSY}),
    ("easing", "one key again and again", {
        "level": 1, "notes": [[12 * i, 12 * i + 9 + i % 4, 60, round(0.99 - 0.01 * i % 0.4, 3)] for i in range(80)],
    }),
    ("easing", "a song that ends within the window", {"level": 3, "notes": _BUSY[:60]}),
    ("easing", "little enough", {"level": 3, "notes": _BUSY[::9]}),
    ("lead", "no tune", {"seed": 3, "firmness": 0.9, "tune": [], "notes": [[0, 100, 51, 0.6]]}),
)  # fmt: skip


def cases() -> list[dict[str, Json]]:
    """Each with what Python answers now."""
    return [
        {"kind": kind, "name": name, "given": given, "expected": ANSWERS[kind](given)} for kind, name, given in GIVEN
    ]


if __name__ == "__main__":
    written = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases())
    FILE.write_text(f"[\n{written}\n]\n", encoding="utf-8")
