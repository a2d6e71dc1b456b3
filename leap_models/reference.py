"""The recording that a result is to sound like: read as a whole, at most its first minute."""

import numpy as np
import soxr

from leap_models.errors import BadParameter
from leap_models.interface import Piece
from leap_models.music import audio
from leap_models.music.audio import Audio

SHORTEST_S, FEW_S, LONGEST_S = 0.1, 2.0, 60.0  # refused below; warned of below; not read beyond
SILENT = 1e-4  # -80 dB: nothing in it is louder
LOW_RATE = 16_000  # a recording of fewer samples a second has lost most of what tells one piano from another


def read(piece: Piece, sample_rate: int) -> Audio:
    """A piece's reference, mono at that rate; at the peak 1 at most.

    Raises:
        BadParameter: there is none, it is too short, or it is silent.
        UnreadableAudio: its file cannot be read.
    """
    if piece.audio is None and not piece.like:
        raise BadParameter("like must be the path of a recording that the result is to sound like, got none")
    found = _given(piece.audio, sample_rate) if piece.audio is not None else _from_file(piece.like, sample_rate)
    name = piece.like or "the reference"
    if found.length_s < SHORTEST_S - 0.5 / sample_rate:
        raise BadParameter(f"a reference must last at least {SHORTEST_S:g} s, {name} lasts {found.length_s:.2f} s")
    if float(np.abs(found.samples).max()) < SILENT:
        raise BadParameter(f"a reference must be more than silence, {name} is silent")
    return found


def check(path: str, sample_rate: int) -> None:
    """Refuse a file that would be refused when it is needed.

    Raises:
        BadParameter, UnreadableAudio: as `read`.
    """
    read(Piece(None, (), None, 1.0, "", path), sample_rate)


def _from_file(path: str, sample_rate: int) -> Audio:
    source = audio.stream(path, sample_rate, 0.0, LONGEST_S)
    warnings = []
    if source.file_rate < LOW_RATE:
        warnings.append(f"{path}: has {source.file_rate} samples a second, so the sound's highs can only be guessed")
    found = audio.read(path, sample_rate, 0.0, LONGEST_S)
    if found.length_s < FEW_S:
        warnings.append(f"{path}: {found.length_s:.2f} s tell little of a sound; some seconds tell more")
    return Audio(found.samples, sample_rate, found.duration_s, 0.0, (*found.warnings, *warnings))


def _given(given: Audio, sample_rate: int) -> Audio:
    samples = soxr.resample(given.samples[: round(LONGEST_S * given.sample_rate)], given.sample_rate, sample_rate)
    peak = float(np.abs(samples).max(initial=0.0))
    return Audio(samples / max(np.float32(1.0), np.float32(peak)), sample_rate, given.duration_s, 0.0, given.warnings)
