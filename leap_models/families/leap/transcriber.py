"""The notes of a recording, as Basic Pitch's network hears them.

The network is given what it was trained on, two seconds at a time, overlapping so that what lies at a window's edge is
heard in the middle of another; what it finds is read as any roll is.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch

from leap_models.families.leap import nmp
from leap_models.families.leap.model import load_nmp
from leap_models.music.audio import AudioStream, Samples
from leap_models.music.notes import PITCHES, Note, Notes
from leap_models.music.roll import NoteReader, Roll

MARGIN = 15  # frames of a window that are not believed, at both its ends
STEP = nmp.FRAMES - 2 * MARGIN
LOWEST = 21  # the network's first key
BATCH = 8  # windows that are heard at once: 13 s
ON, OFF, SHORTEST_FRAMES = 0.6, 0.3, 6  # see `NoteReader`; frames of 11.6 ms; found best on four rendered pianos
FRAME_S = nmp.HOP / nmp.SAMPLE_RATE


@torch.inference_mode()
def find_notes(sound: AudioStream, tell: Callable[[float], None]) -> Notes:
    """The notes of a recording, seconds from where the stream begins.

    Args:
        sound: at the network's rate.
        tell: called again and again with the seconds that were heard; may raise to stop.
    """
    network = load_nmp()
    reader = NoteReader(0.0, ON, OFF, SHORTEST_FRAMES)  # it counts frames as seconds
    found: list[Note] = []
    for first, windows in enumerate(_batches(sound)):
        heard = network(torch.from_numpy(windows))
        note, onset = (_trimmed(plane.numpy()) for plane in (heard.note, heard.onset))
        found += reader.push(Roll(note, onset, note, 1))
        tell((first + 1) * BATCH * STEP * FRAME_S)
    return tuple(
        Note(note.start_s * FRAME_S, note.end_s * FRAME_S, note.pitch, note.velocity)
        for note in (*found, *reader.finish())
    )


def _batches(blocks: Iterable[Samples]) -> Iterator[np.ndarray]:
    """(at most BATCH, window) samples; the first window begins a margin before the sound."""
    hop, batch = STEP * nmp.HOP, BATCH * STEP * nmp.HOP
    kept = np.zeros(MARGIN * nmp.HOP, np.float32)
    for block in blocks:
        kept = np.concatenate((kept, block))
        while len(kept) >= batch - hop + nmp.SAMPLES:
            yield _windows(kept, BATCH)
            kept = kept[batch:]
    count = max(1, -(-(len(kept) - MARGIN * nmp.HOP) // hop))
    yield _windows(np.pad(kept, (0, (count - 1) * hop + nmp.SAMPLES)), count)


def _windows(samples: Samples, count: int) -> np.ndarray:
    hop = STEP * nmp.HOP
    return np.stack([samples[index * hop :][: nmp.SAMPLES] for index in range(count)])


def _trimmed(plane: np.ndarray) -> np.ndarray:
    """(windows, frames, 88) -> (1, 128, frames) without margins."""
    keys = plane[:, MARGIN : nmp.FRAMES - MARGIN].reshape(-1, nmp.KEYS).T
    rows: np.ndarray = np.pad(keys, ((LOWEST, PITCHES - LOWEST - nmp.KEYS), (0, 0)))[None].astype(np.float32)
    return rows
