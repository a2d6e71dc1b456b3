"""Python still gives the golden vectors of LEAP Studio's engine; that TypeScript gives the same is tested there."""

import json

import pytest
from agreement import agree
from leap_answers import ANSWERS, Json
from leap_cases import FILE, GIVEN

TOLERANCE = 1e-5
CASES = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case['kind']}: {case['name']}") for case in CASES])
def test_python_gives_what_the_golden_vector_says(case: dict[str, Json]):
    assert agree(ANSWERS[case["kind"]](case["given"]), case["expected"], TOLERANCE)


def test_the_file_holds_every_case():
    assert [(case["kind"], case["name"]) for case in CASES] == [(kind, name) for kind, name, _given in GIVEN]
    assert {case["kind"] for case in CASES} == set(ANSWERS)


def test_the_file_stays_small():
    assert FILE.stat().st_size <= 60_000
