"""Python still gives LEAP Studio's golden vectors; that TypeScript gives the same is tested there."""

import json
from collections.abc import Iterator

import pytest
from agreement import agree
from music_answers import ANSWERS, answer
from music_cases import GOLDEN, Case

TOLERANCE_S = 1e-9


def cases() -> Iterator[Case]:
    for path in sorted(GOLDEN.glob("music_*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case['kind']}: {case['name']}") for case in cases()])
def test_python_gives_what_the_golden_vector_says(case: Case):
    assert agree(answer(case["kind"], case["given"]), case["expected"], TOLERANCE_S)


def test_there_are_golden_vectors_of_every_kind():
    assert {case["kind"] for case in cases()} == set(ANSWERS)


def test_golden_vectors_stay_small():
    assert sum(path.stat().st_size for path in GOLDEN.glob("music_*.json")) <= 300_000
