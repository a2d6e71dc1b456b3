"""How well rolls survive LEAP's auto-encoder: notes of held-out songs, written as latents and read back."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from leap_models import checkpoint
from leap_models.config import from_dict
from leap_models.families.leap.model import LeapConfig, as_roll
from leap_models.families.leap.rolls import NoteArray
from leap_models.families.leap.vae import Vae
from leap_models.music.notes import Notes
from leap_models.music.roll import roll_to_notes
from leap_models.training import leap_data
from leap_models.training.leap_vae import WINDOW_S

ONSET_S = 0.020


@dataclass(frozen=True)
class Survival:
    """Of the notes of one window: F1 by onset, F1 by onset and offset, and the mean error of velocities (0..127)."""

    onset_f1: float
    offset_f1: float
    velocity_error: float


@torch.inference_mode()
def survive(vae: Vae, notes: NoteArray) -> Notes:
    """A window's notes, encoded, decoded and read back as LEAP reads its own."""
    roll = torch.from_numpy(notes.planes()[None, 2:3])
    return roll_to_notes(as_roll(vae.decode(vae.encode(roll))))


def measured(prepared: Path, weights: Path, songs: int) -> dict[str, float]:
    """Mean and spread over windows of the test songs, at every level.

    Args:
        songs: at most so many; 0 is all.

    Raises:
        BadParameter: there are no test songs.
        DamagedWeights: the checkpoint is not LEAP's.
    """
    leap = checkpoint.load(weights)
    vae = Vae(from_dict(LeapConfig, leap.card.config).vae).eval()
    checkpoint.fill(vae, leap.part("vae"), weights)
    found: list[Survival] = []
    for notes in leap_data.targets(leap_data.paths(prepared, "test")[: songs or None]):
        found += _windows(vae, notes)
    figures: dict[str, float] = {"windows": float(len(found))}
    for name in ("onset_f1", "offset_f1", "velocity_error"):
        values = [getattr(each, name) for each in found]
        figures |= {name: float(np.mean(values)), f"{name}_spread": float(np.std(values))}
    return figures


def _windows(vae: Vae, notes: NoteArray) -> Sequence[Survival]:
    found = []
    for start_s in np.arange(0.0, float(notes.end_s.max()) - WINDOW_S, WINDOW_S):
        window = notes.window(float(start_s), float(start_s) + WINDOW_S)
        inside = window.begun_within(WINDOW_S - 0.1)
        if len(inside) >= 4:
            found.append(compared(inside.notes(), _begun(survive(vae, window))))
    return found


def compared(reference: Notes, estimate: Notes) -> Survival:
    """One window's figures; offsets may be off by a fifth of the note or 50 ms, as is usual (mir_eval)."""
    from mir_eval import transcription

    if not estimate:
        return Survival(0.0, 0.0, 127.0)
    columns = [column for notes in (reference, estimate) for column in _columns(notes)]
    by_onset = transcription.match_notes(*columns, onset_tolerance=ONSET_S, offset_ratio=None)
    by_both = transcription.match_notes(*columns, onset_tolerance=ONSET_S)
    errors = [abs(reference[one].velocity - estimate[other].velocity) for one, other in by_onset]
    total = len(reference) + len(estimate)
    return Survival(2 * len(by_onset) / total, 2 * len(by_both) / total, float(np.mean(errors)) if errors else 127.0)


def _columns(notes: Notes) -> tuple[np.ndarray, np.ndarray]:
    """Intervals (notes, 2) in seconds and pitches in Hz."""
    intervals = np.array([(note.start_s, max(note.end_s, note.start_s + 1e-3)) for note in notes])
    return intervals, 440.0 * 2.0 ** ((np.array([note.pitch for note in notes]) - 69) / 12.0)


def _begun(notes: Notes) -> Notes:
    """Without notes that were sounding when the window began: they have no onset to be found."""
    return tuple(note for note in notes if 0.015 <= note.start_s < WINDOW_S - 0.1)
