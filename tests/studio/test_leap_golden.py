"""Python still gives the golden vectors of LEAP Studio's engine; that TypeScript gives the same is tested there."""

import json

import pytest
from leap_answers import ANSWERS, Json
from leap_cases import FILE, GIVEN

TOLERANCE = 1e-5
CASES = json.loads(FILE.read_text(encoding="utf-8"))


def agree(found: Json, expected: Json) -> bool:
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(agree(found[name], expected[name]) for name in expected)
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(agree, found, expected))
    if isinstance(expected, float):
        return found == pytest.approx(expected, abs=TOLERANCE)
    return found == expected


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case['kind']}: {case['name']}") for case in CASES])
def test_python_gives_what_the_golden_vector_says(case: dict[str, Json]):
    assert agree(ANSWERS[case["kind"]](case["given"]), case["expected"])


def test_the_file_holds_every_case():
    assert [(case["kind"], case["name"]) for case in CASES] == [(kind, name) for kind, name, _given in GIVEN]
    assert {case["kind"] for case in CASES} == set(ANSWERS)


def test_the_file_stays_small():
    assert FILE.stat().st_size <= 60_000
