"""`prepare pairs`: every pair of a folder or a list, on this computer or on many, and what came of them.

Each pair is done once and told in one line. The run may be stopped at any time and goes on where it was; a pair is
done anew when its files or its settings have changed.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

from leap_models.config import override
from leap_models.errors import BadParameter
from leap_models.training.cluster import each
from leap_models.training.pairs import index, report
from leap_models.training.pairs.pair import FOLDER, Job, PairConfig, is_done, work

log = logging.getLogger(__name__)


def prepare(data: Path, out: Path, words: list[str], cluster: str, workers: int) -> Iterator[str]:
    """Do every pair; yields a line for each, and writes the report in the end.

    Args:
        words: overrides of `PairConfig`, such as thresholds.accuracy=0.2.
        cluster: "" for processes of this computer; see `leap_models.training.cluster`.

    Raises:
        FileMissing, BadParameter: as `index.find`; or there is nothing in it.
    """
    config = override(PairConfig(), words)
    found = index.find(data)
    if not found.pairs and not found.unpaired:
        raise BadParameter(f"{data} has no pairs: expected folders songs and pianos, or a folder for each song")
    for other in found.unpaired:
        yield f"skipped: {other.name}: {other.code}: {other.why}"
    jobs = [Job(pair, out, config) for pair in found.pairs]
    todo = [job for job in jobs if not is_done(job)]
    if len(todo) < len(jobs):
        yield f"{len(jobs) - len(todo)} pairs are ready"
    try:
        yield from each(work, {job.pair.name: job for job in todo}, cluster, workers)
    finally:
        report.write(out / FOLDER, [job.record for job in jobs], found.unpaired)
