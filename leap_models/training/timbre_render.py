"""Passages as a piano of `timbre_pianos` plays them, in one go: SoundFonts by the program fluidsynth."""

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy import signal

from leap_models.errors import BadParameter, MissingDependency
from leap_models.music import midi_writer
from leap_models.music.notes import Note, Notes, Pedal
from leap_models.music.tempo import TempoMap
from leap_models.training.render import peak_filter
from leap_models.training.timbre_pianos import SALAMANDER, Layer, Piano, Room, find
from leap_models.training.timbre_samples import Salamander

RATE = 24_000
LEVEL = 0.04  # root mean square of the tuning phrase: the same for every piano, so that only their sound differs
GAP_S = 3.0  # between passages: until the strings and the room are silent
DRY = (
    "-ni", "-R", "0", "-C", "0", "-g", "0.4", "-O", "float", "-T", "wav", "-o", "synth.dynamic-sample-loading=1",
    "-o", "synth.polyphony=512",
)  # fmt: skip
TOUCHES = (0, 40, 60, 80, 128)  # velocities between which strokes have one brightness
TREBLE_HZ = 1500.0  # where the touch begins
TUNING = tuple(
    Note(0.1 + 0.6 * i, 0.6 + 0.6 * i, p, 80) for i in range(4) for p in (36 + 5 * i, 55 + i, 64 - i, 72 + i)
)
TUNING_S = 3.0


@dataclass(frozen=True)
class Played:
    """What is played: some seconds of a piece."""

    notes: Notes
    pedals: tuple[Pedal, ...]
    duration_s: float


class Renderer:
    """All pianos. Sampled strings stay in memory.

    Args:
        samples: folder of the Salamander samples; None is none.
    """

    def __init__(self, samples: Path | None = None) -> None:
        self.salamander = Salamander(samples, RATE) if samples is not None else None

    def render(self, piano: Piano, passages: Sequence[Played]) -> list[np.ndarray]:
        """(samples,) float32 of each passage, at a loudness that is the piano's alone.

        Raises:
            BadParameter: a SoundFont is missing, or the samples are.
            MissingDependency: fluidsynth is not installed.
        """
        starts_s, end_s = [], TUNING_S + GAP_S
        for passage in passages:
            starts_s.append(end_s)
            end_s += passage.duration_s + GAP_S
        whole = _joined(passages, starts_s, end_s)
        sound = sum((self._layer(layer, piano.touch_db, whole) for layer in piano.layers), np.zeros(1))
        for band in piano.equaliser:
            sound = signal.sosfilt(peak_filter(band.centre_hz, band.gain_db, band.quality, RATE), sound)
        if piano.room is not None:
            sound = in_room(sound, piano.room, np.random.default_rng(sum(piano.name.encode())))
        sound = sound * (LEVEL / np.sqrt(np.mean(sound[: round(TUNING_S * RATE)] ** 2)))
        cut = [(round(at * RATE), round(each.duration_s * RATE)) for at, each in zip(starts_s, passages, strict=True)]
        return [np.clip(sound[first : first + count], -1.0, 1.0).astype(np.float32) for first, count in cut]

    def _layer(self, layer: Layer, touch_db: float, whole: Played) -> np.ndarray:
        """One preset; where it has a touch, each group of velocities through a filter of its own."""
        gain = 10.0 ** (layer.gain_db / 20.0)
        if not touch_db:
            return np.asarray(gain * self._sound(layer, whole))
        mix = np.zeros(round(whole.duration_s * RATE))
        for low, high in pairwise(TOUCHES):
            notes = tuple(note for note in whole.notes if low <= note.velocity < high)
            if notes:
                softer = 1.0 - min(127, (low + high) / 2) / 127
                mix += signal.sosfilt(shelf(-touch_db * softer), self._sound(layer, replace(whole, notes=notes)))
        return np.asarray(gain * mix)

    def _sound(self, layer: Layer, whole: Played) -> np.ndarray:
        if layer.soundfont != SALAMANDER:
            return _fluidsynth(layer, whole)
        if self.salamander is None:
            raise BadParameter("a piano of Salamander's needs its samples, give their folder")
        return self.salamander.play(whole.notes, whole.pedals, whole.duration_s, layer.cents)


def in_room(sound: np.ndarray, room: Room, rng: np.random.Generator) -> np.ndarray:
    """A sound in a room."""
    heard: np.ndarray = signal.fftconvolve(sound, room_response(room, rng))[: len(sound)]
    return heard


def room_response(room: Room, rng: np.random.Generator) -> np.ndarray:
    """The sound itself, and after 10 ms noise that dies away, in the treble four times as fast."""
    time_s = np.arange(round(room.decay_s * RATE)) / RATE
    noise = rng.normal(0, 1, len(time_s))
    dull = signal.sosfilt(signal.butter(1, room.dark_hz, fs=RATE, output="sos"), noise)
    tail = dull * np.exp(-6.9 * time_s / room.decay_s) + (noise - dull) * np.exp(-27.6 * time_s / room.decay_s)
    response: np.ndarray = np.concatenate([np.zeros(RATE // 100), room.wet * tail / np.sqrt(np.sum(tail**2))])
    response[0] = 1.0 - room.wet
    return response


def shelf(gain_db: float) -> np.ndarray:
    """A gentle shelf from TREBLE_HZ on, as second-order sections."""
    gain, corner = 10.0 ** (gain_db / 40.0), np.tan(np.pi * TREBLE_HZ / RATE)
    zero, pole = corner / gain, corner * gain
    section: np.ndarray = np.array([[1.0 + zero, zero - 1.0, 0.0, 1.0 + pole, pole - 1.0, 0.0]])
    section[0, :3] *= (pole / zero)  # the bass stays as it is
    return np.asarray(section / section[0, 3])


def _joined(passages: Sequence[Played], starts_s: Sequence[float], end_s: float) -> Played:
    notes, pedals = list(TUNING), list[Pedal]()
    for start_s, passage in zip(starts_s, passages, strict=True):
        notes += [replace(n, start_s=n.start_s + start_s, end_s=n.end_s + start_s) for n in passage.notes]
        pedals += [Pedal(each.start_s + start_s, each.end_s + start_s) for each in passage.pedals]
    return Played(tuple(notes), tuple(pedals), end_s)


def _fluidsynth(layer: Layer, whole: Played) -> np.ndarray:
    """A preset, dry. It is put out of tune by playing it slower or faster and resampling."""
    soundfont = find(layer.soundfont)
    if soundfont is None:
        raise BadParameter(f"the SoundFont {layer.soundfont} is not in the usual folders")
    ratio = 2.0 ** (layer.cents / 1200.0)
    notes = [Note(n.start_s * ratio, n.end_s * ratio, n.pitch, n.velocity) for n in whole.notes]
    pedals = [Pedal(each.start_s * ratio, each.end_s * ratio) for each in whole.pedals]
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder) / "score.mid", Path(folder) / "sound.wav"
        midi_writer.write(score, notes, TempoMap.steady(120.0), ("Piano",), (layer.program,), pedals)
        command = ["fluidsynth", *DRY, "-r", str(RATE), "-F", str(sound), str(soundfont), str(score)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=900)
        except FileNotFoundError as error:
            raise MissingDependency("preparing pianos needs the program fluidsynth, which is not installed") from error
        stereo, _rate = soundfile.read(sound, dtype="float32", always_2d=True)
    mono = stereo.mean(axis=1)
    tuned = mono if ratio == 1.0 else soxr.resample(mono, RATE * ratio, RATE)
    samples = np.zeros(round(whole.duration_s * RATE))
    samples[: len(tuned)] = tuned[: len(samples)]
    return samples
