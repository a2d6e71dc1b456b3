"""What is heard in a song and in its cover, in one tuning, so that the two can be laid over each other.

A recording that is not tuned to 440 Hz is heard as if it were: it is played a little faster or slower, and the times
of what was heard are put right again. The recording itself stays as it is.
"""

import tempfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from leap_models import checkpoint
from leap_models.config import from_dict
from leap_models.errors import UnreadableMidi
from leap_models.families.leap.conditioner import RATE, Conditioner, NmpConditioner, listen_all
from leap_models.families.leap.melody import MelodyHead, decode
from leap_models.families.leap.model import LeapConfig, load_nmp
from leap_models.families.leap.nmp import KEYS
from leap_models.music import audio, midi
from leap_models.music.beats import Beats, track
from leap_models.music.notes import Note, Notes
from leap_models.paths import weights_folder
from leap_models.progress import Clock
from leap_models.training.pairs.index import NOTES
from leap_models.training.pairs.tuning import tuning_cents
from leap_models.training.render import SAMPLE_RATE
from leap_models.transcribing import transcribe

Floats = npt.NDArray[np.float64]

LOWEST = 21
IN_TUNE_CENTS = 4.0  # so little is not put right
HEARD, STRUCK = 0.2, 0.3  # likelihoods below are no notes, and no onsets
PEAK_FRAMES = 3  # to each side, in which there is one onset of a key
DYING_FRAMES = 10  # in which an onset dies away
MIDI_READER = "midi"


@dataclass(frozen=True, eq=False)
class Song:
    """A recording, and what is heard in it.

    Args:
        samples: mono, at SAMPLE_RATE.
        cents: of its tuning above 440 Hz, -50 to 50.
        sequence: (24, frames), for `warping`.
        onsets: (12, frames) how surely a pitch class is struck, 0 where it is not.
        tune: (frames,) MIDI numbers of the line that is sung, NaN where it rests.
    """

    samples: audio.Samples
    cents: float
    sequence: Floats
    onsets: Floats
    tune: Floats

    @property
    def duration_s(self) -> float:
        """Of the recording."""
        return len(self.samples) / SAMPLE_RATE


@dataclass(frozen=True, eq=False)
class Cover:
    """The notes of a cover.

    Args:
        cents: of its tuning above 440 Hz; 0 of a MIDI file.
        reader: who found them, or MIDI_READER.
    """

    notes: Notes
    duration_s: float
    cents: float
    reader: str


@lru_cache(maxsize=1)
def ears() -> Conditioner:
    """What LEAP hears through, with the weights that ship; loaded once in a process."""
    folder = weights_folder("leap")
    shipped = checkpoint.load(folder)
    head = MelodyHead(from_dict(LeapConfig, shipped.card.config).melody)
    checkpoint.fill(head, shipped.part("melody"), folder)
    return NmpConditioner(load_nmp(), head.eval(), "cpu")


@lru_cache(maxsize=2)
def song_at(path: Path, stamp: tuple[int, ...]) -> Song:  # noqa: ARG001  a file that changed is another
    """Read a recording and listen to it; several covers of one song in a row need that once.

    Raises:
        UnreadableAudio: it cannot be read.
    """
    return hear_song(audio.read(path, SAMPLE_RATE).samples)


@lru_cache(maxsize=2)
def beats_at(path: Path, stamp: tuple[int, ...]) -> Beats:
    """The beats of a recording, found once for its covers."""
    return track(song_at(path, stamp).samples, SAMPLE_RATE)


def hear_song(samples: audio.Samples) -> Song:
    """Listen to a recording, mono, at SAMPLE_RATE."""
    cents = tuning_cents(samples, SAMPLE_RATE)
    factor = _factor(cents)
    features = listen_all(ears(), _retuned(samples, factor), SAMPLE_RATE).astype(np.float64)
    frames = len(samples) * RATE // SAMPLE_RATE
    at = np.arange(frames) * factor  # in frames of what was heard
    features = features[np.minimum(np.round(at).astype(np.int64), len(features) - 1)]
    note, onset, melody = (features[:, first * KEYS : (first + 1) * KEYS] for first in range(3))
    sounding, struck = _folded(np.where(note > HEARD, note, 0.0)), _peaks(onset)
    return Song(samples, cents, _sequence(sounding, struck), struck, _line(melody))


def hear_cover(path: Path, reader: str = "auto") -> Cover:
    """Read a cover's MIDI file, or find the notes in its recording.

    Raises:
        UnreadableAudio, UnreadableMidi, MissingDependency: as `midi.read` and `transcribe`; or there are no notes.
    """
    cover = _read(path) if path.suffix.lower() in NOTES else _transcribed(path, reader)
    if not cover.notes:
        raise UnreadableMidi(f"{path}: there are no notes in it")
    return cover


def sequence_of(notes: Notes, duration_s: float) -> Floats:
    """What notes sound like to `warping`. (24, frames)"""
    frames = max(1, int(np.ceil(duration_s * RATE)))
    sounding, struck = np.zeros((12, frames)), np.zeros((12, frames))
    for note in notes:
        first, end = round(note.start_s * RATE), round(note.end_s * RATE)
        sounding[note.pitch % 12, max(0, first) : max(end, first + 2)] += 1.0
        if 0 <= first < frames:
            struck[note.pitch % 12, first] = 1.0
    return _sequence(sounding, struck)


def transposed(sequence: Floats, semitones: int) -> Floats:
    """The same in another key."""
    return np.concatenate([np.roll(sequence[:12], semitones, axis=0), np.roll(sequence[12:], semitones, axis=0)])


def _read(path: Path) -> Cover:
    score = midi.read(path)
    notes = tuple(sorted(replace(note, track=0) for note in score.notes if not score.tracks[note.track].is_drum))
    return Cover(notes, max((note.end_s for note in notes), default=0.0), 0.0, MIDI_READER)


def _transcribed(path: Path, reader: str) -> Cover:
    sound = audio.read(path, SAMPLE_RATE)
    cents = tuning_cents(sound.samples, SAMPLE_RATE)
    factor = _factor(cents)
    clock = Clock(None, None)
    if factor == 1.0:
        found = transcribe(path, clock, reader=reader)
    else:
        with tempfile.TemporaryDirectory() as folder:
            tuned = Path(folder) / "tuned.wav"
            soundfile.write(tuned, _retuned(sound.samples, factor), SAMPLE_RATE, subtype="PCM_16")
            found = transcribe(tuned, clock, reader=reader)
    notes = tuple(Note(n.start_s / factor, n.end_s / factor, n.pitch, n.velocity) for n in found.notes)
    return Cover(notes, sound.length_s, cents, found.reader)


def _factor(cents: float) -> float:
    """By how much a recording is slowed down to come into tune."""
    return 1.0 if abs(cents) < IN_TUNE_CENTS else float(2.0 ** (cents / 1200.0))


def _retuned(samples: audio.Samples, factor: float) -> audio.Samples:
    tuned: audio.Samples = samples if factor == 1.0 else soxr.resample(samples, 1.0, factor)
    return tuned


def _folded(keys: Floats) -> Floats:
    """(frames, 88) -> (12, frames)"""
    folded = np.zeros((12, len(keys)))
    np.add.at(folded, (np.arange(KEYS) + LOWEST) % 12, keys.T)
    return folded


def _peaks(onset: Floats) -> Floats:
    """(frames, 88) -> (12, frames): how surely a key of each class is struck, in the frame where it is surest."""
    padded = np.pad(onset, ((PEAK_FRAMES, PEAK_FRAMES), (0, 0)))
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * PEAK_FRAMES + 1, axis=0).max(axis=-1)
    sure = np.where((onset >= around) & (onset > STRUCK), onset, 0.0)
    peaks = np.zeros((12, len(onset)))
    np.maximum.at(peaks, (np.arange(KEYS) + LOWEST) % 12, sure.T)
    return peaks


def _sequence(sounding: Floats, struck: Floats) -> Floats:
    """Chroma of unit length, all alike where it is silent, over onsets that die away."""
    length = np.linalg.norm(sounding, axis=0)
    chroma = np.where(length > 1e-6, sounding / np.where(length > 1e-6, length, 1.0), 1.0 / np.sqrt(12.0))
    dying = np.zeros_like(struck)
    for age in range(min(DYING_FRAMES, struck.shape[1])):
        strength = np.sqrt(1.0 - age / DYING_FRAMES)
        dying[:, age:] = np.maximum(dying[:, age:], strength * struck[:, : struck.shape[1] - age])
    size = np.linalg.norm(dying, axis=0)
    return np.concatenate([chroma, dying / np.maximum(1.0, size)])


def _line(melody: Floats) -> Floats:
    """The line through likelihoods of `MelodyLogits.likelihood`."""
    sung = np.clip(melody.sum(axis=1), 1e-4, 1.0 - 1e-4)
    salience = np.log(np.maximum(melody, 1e-7))
    return decode(salience, np.log(sung / (1.0 - sung)))

