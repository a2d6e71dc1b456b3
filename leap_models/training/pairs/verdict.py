"""Whether a pair is good enough to learn from: numbers in, a code out.

| code | what is wrong |
| --- | --- |
| NO_SONG | the song is missing, unreadable or silent |
| NO_PIANO | the cover is missing, unreadable, or has no notes |
| SAME_NAME | another pair has its name |
| BLACKLIST | its name is among those that are to be left out |
| BAD_DURATION | one lasts much longer than the other |
| BAD_MATCH | the cover is of another song: no key fits better than the others, or few onsets meet |
| BAD_WARP | the cover stands still or changes its tempo too much to lie on the song |
| NO_TEMPO | the song has no beat that can be followed |
| BAD_ACCURACY | the cover's top line is not what is sung |
| TOO_SHORT | no part that matches is long enough for a window |
| FAILED | a mistake of ours, told in the pair's file |
"""

from collections.abc import Mapping
from dataclasses import dataclass

OK = "OK"
CODES = (
    OK, "NO_SONG", "NO_PIANO", "SAME_NAME", "BLACKLIST", "BAD_DURATION", "BAD_MATCH", "BAD_WARP", "NO_TEMPO",
    "BAD_ACCURACY", "TOO_SHORT", "FAILED",
)  # fmt: skip
DOUBTFUL = 0.15  # so near to a threshold, as a share of its distance from what is usual, a verdict may be wrong


@dataclass(frozen=True)
class Thresholds:
    """What a pair must have.

    Args:
        shortest_ratio, longest_ratio: of the cover's length to the song's.
        contrast: by how much other keys must cost more, as a share.
        agreement: of the cover's onsets, the share above chance that must meet.
        likeness: the mean of both; what one of them leaves open the other decides.
        share: of the shorter of the two, what must lie in stretches.
        wobble: how much the cover's tempo may change against the song's within 2 s.
        confidence: of the song's beat.
        accuracy: melody chroma accuracy of the aligned cover.
    """

    shortest_ratio: float = 0.83
    longest_ratio: float = 1.2
    contrast: float = 0.3
    agreement: float = 0.2
    likeness: float = 0.5
    share: float = 0.4
    wobble: float = 0.2
    confidence: float = 0.1
    accuracy: float = 0.15


@dataclass(frozen=True)
class _Rule:
    """A figure that is too low, or too high."""

    code: str
    figure: str
    threshold: str
    above: bool = False
    usual: float = 0.0  # what thresholds are counted from


_RULES = (
    _Rule("BAD_DURATION", "duration_ratio", "shortest_ratio", usual=1.0),
    _Rule("BAD_DURATION", "duration_ratio", "longest_ratio", above=True, usual=1.0),
    _Rule("BAD_MATCH", "contrast", "contrast"),
    _Rule("BAD_MATCH", "agreement", "agreement"),
    _Rule("BAD_MATCH", "likeness", "likeness"),
    _Rule("BAD_WARP", "share", "share"),
    _Rule("BAD_WARP", "wobble", "wobble", above=True),
    _Rule("NO_TEMPO", "beat_confidence", "confidence"),
    _Rule("BAD_ACCURACY", "mca_aligned", "accuracy"),
)


@dataclass(frozen=True)
class Verdict:
    """A code, why, and whether a person should look."""

    code: str
    why: str
    doubtful: bool


def judge(figures: Mapping[str, float], thresholds: Thresholds) -> Verdict:
    """The first thing that is wrong, of what is known so far."""
    near = []
    for rule in _RULES:
        if rule.figure not in figures:
            continue
        value, limit = figures[rule.figure], float(getattr(thresholds, rule.threshold))
        is_near = abs(value - limit) < DOUBTFUL * abs(limit - rule.usual)
        if (value > limit) if rule.above else (value < limit):
            allowed = f"at {'most' if rule.above else 'least'} {limit:g}"
            return Verdict(rule.code, f"{rule.figure} is {value:.3g}, {allowed} is wanted", is_near)
        near += [f"{rule.figure} is {value:.3g}, near to {limit:g}"] if is_near else []
    return Verdict(OK, "; ".join(near), bool(near))
