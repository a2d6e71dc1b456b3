"""Sung notes of real songs, written down by people in UltraStar's text format.

A note line is `: start length pitch syllable`; `*` marks a golden note, `F` a spoken one, `-` a line break. The
file's unit is a quarter of a beat: a note begins at GAP / 1000 + start x 15 / BPM seconds, and pitch 0 is MIDI 60.
`P1`, `P2` begin a singer's part in duets. Numbers may use a decimal comma.
"""

from pathlib import Path

from leap_models.errors import UnreadableMidi
from leap_models.music.notes import Note, Notes

MIDDLE_C = 60
SECONDS_PER_UNIT = 15.0  # divided by BPM
SUNG = (":", "*")
VELOCITY = 90


def read(path: Path) -> Notes:
    """The sung notes, sorted by time; of a duet the first singer's.

    Raises:
        UnreadableMidi: no BPM, or no sung note.
    """
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    header: dict[str, str] = {}
    notes: list[Note] = []
    for line in text.splitlines():
        if line.startswith("#") and ":" in line:
            name, value = line[1:].split(":", 1)
            header[name.strip().upper()] = value.strip().replace(",", ".")
        elif line.strip() == "P2":
            break
        elif line[:1] in SUNG and "BPM" in header:
            notes.append(_note(line, header))
    if not notes:
        raise UnreadableMidi(f"{path.name}: expected a BPM and lines ': start length pitch text', found no sung note")
    return tuple(sorted(notes))


def _note(line: str, header: dict[str, str]) -> Note:
    start, length, pitch = (int(word) for word in line[1:].split()[:3])
    unit_s = SECONDS_PER_UNIT / float(header["BPM"])
    start_s = float(header.get("GAP", "0")) / 1000.0 + start * unit_s
    return Note(start_s, start_s + max(1, length) * unit_s, MIDDLE_C + pitch, VELOCITY)
