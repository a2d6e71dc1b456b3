"""What came of all pairs: a table for programs, pairs.csv, and a page for people, report.html, whole in itself."""

import csv
import html
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from leap_models.paths import atomic, made
from leap_models.training.pairs.index import Unpaired
from leap_models.training.pairs.verdict import OK

TABLE, PAGE = "pairs.csv", "report.html"
MOST_PICTURES = 100
_LEGEND = (("#2f6fb5", "the cover's notes, where they lie on the song"), ("#c33", "what is sung"),
           ("#88a", "the song"), ("#d8d8d8", "nothing of the cover lies here"))  # fmt: skip
SHOWN = ("semitones", "cents", "duration_ratio", "contrast", "agreement", "likeness", "share", "wobble",
         "beat_confidence", "mca_raw", "mca_aligned")  # fmt: skip
_STYLE = (
    "body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{padding:2px 8px;text-align:right;"
    "border-bottom:1px solid #ccc}td:first-child,td:nth-child(2),th{text-align:left}.OK{color:#070}"
    "figure{margin:1.5em 0;overflow-x:auto}figcaption{margin-bottom:4px}svg{display:block}.all{overflow-x:auto}"
    "i{display:inline-block;width:1em;height:.8em;margin:0 .3em 0 1em}"
)


def write(folder: Path, records: Sequence[Path], unpaired: Sequence[Unpaired]) -> dict[str, int]:
    """Write both files; gives how many pairs have each code.

    Args:
        records: of pairs; those that are not there yet are left out.
    """
    rows = [_row(path) for path in records if path.exists()]
    rows += [asdict(each) | {"doubtful": False, "figures": {}} for each in unpaired]
    counts = Counter(str(row["code"]) for row in rows)
    with atomic(made(folder) / TABLE) as path, path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(_table(rows))
    with atomic(folder / PAGE) as path:
        path.write_text(_page(rows, counts, folder), encoding="utf-8")
    return dict(counts)


def _row(path: Path) -> Mapping[str, object]:
    found: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _figures(row: Mapping[str, object]) -> Mapping[str, float]:
    return row["figures"]  # type: ignore[return-value]


def _table(rows: Sequence[Mapping[str, object]]) -> Iterator[list[object]]:
    names = list(dict.fromkeys(name for row in rows for name in _figures(row)))
    yield ["name", "code", "doubtful", "split", "why", *names]
    for row in rows:
        about = [row["name"], row["code"], int(bool(row["doubtful"])), row.get("split", ""), row["why"]]
        yield [*about, *(f"{_figures(row)[name]:.6g}" if name in _figures(row) else "" for name in names)]


def _page(rows: Sequence[Mapping[str, object]], counts: Mapping[str, int], folder: Path) -> str:
    kept = [row for row in rows if row["code"] == OK]
    hours = sum(_figures(row)["song_s"] for row in kept) / 3600
    said = ", ".join(f"{count} {code}" for code, count in sorted(counts.items(), key=lambda item: -item[1]))
    accuracy = [_figures(row)["mca_aligned"] for row in kept]
    mean = f", melody chroma accuracy {np.mean(accuracy):.3f}" if accuracy else ""
    doubtful = [row for row in rows if row["doubtful"]]
    lines = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Pairs</title><style>{_STYLE}</style>',
        f"<h1>{len(rows)} pairs</h1><p>{said}. Kept: {hours:.2f} hours of songs{mean}.</p>",
        f"<h2>{len(doubtful)} doubtful ones</h2>", *_legend(doubtful),
        *(_figure(row, folder) for row in doubtful[:MOST_PICTURES]),
        "<h2>All</h2><div class=all><table><tr><th>pair<th>code",
        *(f"<th>{name.replace('_', ' ')}" for name in SHOWN), "<th>why</tr>",
    ]  # fmt: skip
    for row in rows:
        code, figures = str(row["code"]), _figures(row)
        cells = (f"<td>{figures[name]:.3g}" if name in figures else "<td>" for name in SHOWN)
        head = f'<tr><td>{_text(row["name"])}<td class="{code}">{code}'
        lines.append(f'{head}{"".join(cells)}<td>{_text(row["why"])}</tr>')
    return "\n".join([*lines, "</table></div></html>\n"])


def _legend(doubtful: Sequence[object]) -> Iterator[str]:
    if doubtful:
        yield "<p>" + "".join(f'<i style="background:{colour}"></i>{said}' for colour, said in _LEGEND) + "</p>"


def _figure(row: Mapping[str, object], folder: Path) -> str:
    drawn = folder / f"{row['name']}.svg"
    picture = drawn.read_text(encoding="utf-8") if drawn.exists() else ""
    said = f"{_text(row['name'])}: {row['code']}, {_text(row['why'])}"
    return f"<figure><figcaption>{said}</figcaption>{picture}</figure>"


def _text(value: object) -> str:
    return html.escape(str(value))
