"""What LEAP is measured against, made from a recording in the same run."""

import logging
import tempfile
import warnings
from pathlib import Path

import numpy as np
import soundfile
import torch

from leap_models.errors import MissingDependency
from leap_models.families.leap import nmp
from leap_models.families.leap.model import load_nmp
from leap_models.interface import Piece
from leap_models.music.audio import Audio
from leap_models.music.baselines import arrange_chords
from leap_models.music.beats import track
from leap_models.music.notes import Note, Notes

CHROMA_RATE = nmp.SAMPLE_RATE / nmp.HOP
LOWEST = 21


def heard(piece: Piece) -> Audio:
    """The samples of a piece that was read whole."""
    assert piece.audio is not None
    return piece.audio


def transcribed(piece: Piece) -> Notes:
    """Basic Pitch's own notes, by its own package with its own settings.

    Raises:
        MissingDependency: it is not installed.
    """
    logging.getLogger("root").setLevel(logging.ERROR)
    try:
        from basic_pitch import ICASSP_2022_MODEL_PATH
        from basic_pitch.inference import predict
    except ImportError as error:
        how = "pip install --no-deps basic-pitch && pip install onnxruntime librosa resampy"
        raise MissingDependency(f"the baseline needs Basic Pitch: {how}") from error
    audio = heard(piece)
    network = ICASSP_2022_MODEL_PATH.parent / "nmp.onnx"
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "song.wav"
        soundfile.write(path, audio.samples, audio.sample_rate)
        _output, _midi, events = predict(path, network)
    return tuple(sorted(
        Note(float(start_s), float(end_s), int(pitch), max(1, min(127, round(127 * float(loudness)))))
        for start_s, end_s, pitch, loudness, _bends in events
    ))


def template(piece: Piece) -> Notes:
    """Bass and block chords on tracked beats, from the recording's chroma."""
    audio = heard(piece)
    return arrange_chords(chroma(piece), CHROMA_RATE, track(audio.samples, audio.sample_rate).tempo)


@torch.inference_mode()
def chroma(piece: Piece) -> np.ndarray:
    """How strongly each pitch class is heard. (12, frames) at CHROMA_RATE."""
    import soxr

    audio, network = heard(piece), load_nmp()
    samples = soxr.resample(audio.samples, audio.sample_rate, nmp.SAMPLE_RATE)
    notes = []
    for first in range(0, len(samples), nmp.FRAMES * nmp.HOP):
        part = np.pad(samples[first : first + nmp.SAMPLES], (0, max(0, nmp.SAMPLES - len(samples) + first)))
        notes.append(network(torch.from_numpy(part[None].astype(np.float32))).note[0].numpy())
    likely = np.concatenate(notes).T  # (88, frames)
    folded = np.zeros((12, likely.shape[1]))
    np.add.at(folded, (np.arange(88) + LOWEST) % 12, np.where(likely > 0.2, likely, 0.0))
    return folded[:, : int(len(samples) / nmp.HOP)]
