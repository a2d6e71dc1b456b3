"""Writes the golden vectors that Python and LEAP Studio's TypeScript both must give.

python tests/studio/music_cases.py                          leap_bridge/studio/golden/music_*.json
python tests/studio/music_cases.py --random 500 cases.json  many random cases of every kind, for one big comparison:
                                                            MUSIC_CASES=cases.json npx vitest run tests/golden
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from music_answers import ANSWERS, Json, answer
from music_by_hand import BY_HAND
from music_chance import random_cases

GOLDEN = Path(__file__).resolve().parents[2] / "leap_bridge" / "studio" / "golden"
Case = dict[str, Json]
RANDOM = {  # how many of a kind ship besides those made by hand
    "join": 2, "read": 3, "tempo": 3, "quantize": 3, "play": 6, "pedal": 5, "difficulty": 3, "midi": 6, "score": 1,
    "arrange": 3,
}  # fmt: skip


def golden() -> dict[str, list[Case]]:
    """The cases that ship, by kind."""
    return {
        kind: [_case(kind, name, given) for name, given in (*made(), *random_cases(kind, RANDOM[kind]))]
        for kind, made in BY_HAND.items()
    }


def randomly(count: int) -> list[Case]:
    """So many random cases of every kind."""
    return [_case(kind, name, given) for kind in ANSWERS for name, given in random_cases(kind, count, seed=1)]


def _case(kind: str, name: str, given: Json) -> Case:
    return {"kind": kind, "name": name, "given": given, "expected": answer(kind, given)}


def write(path: Path, cases: Sequence[Case]) -> None:
    """One case a line."""
    lines = [json.dumps(case, separators=(",", ":"), ensure_ascii=False, allow_nan=False) for case in cases]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--random", type=int, metavar="N", help="so many random cases of every kind instead")
    parser.add_argument("path", nargs="?", type=Path, help="where they go")
    arguments = parser.parse_args()
    if arguments.random:
        write(arguments.path, randomly(arguments.random))
        return
    for kind, cases in golden().items():
        write(GOLDEN / f"music_{kind}.json", cases)


if __name__ == "__main__":
    main()
