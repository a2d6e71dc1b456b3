"""Bands as recordings: SoundFonts, a sung lead, then what rooms, mixers and codecs do to sound."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from scipy import signal

from leap_models.errors import MissingDependency
from leap_models.training.band import DRUMS, SUNG, Part
from leap_models.training.voice import sing

SAMPLE_RATE = 22_050  # what LEAP's listeners hear
HEADROOM = 0.9
BLOCK = 64  # samples: events closer than 3 ms sound together
DRUM_CHANNEL = 9


def render(
    parts: Sequence[Part], duration_s: float, band: "SoundFontBand", rng: np.random.Generator
) -> np.ndarray:
    """A dry mix of all players. (samples,) float32 at 22 050 Hz, peak 0.9."""
    mix = band.play([part for part in parts if part.program != SUNG], duration_s)
    mix = mix / max(1e-4, float(np.sqrt(np.mean(mix**2)))) * 0.1
    for part in parts:
        if part.program == SUNG and part.notes:
            voice = sing(part.notes, duration_s, SAMPLE_RATE, rng)
            sounding = voice[np.abs(voice) > 1e-3]
            loudness = float(np.sqrt(np.mean(sounding**2))) if len(sounding) else 1.0
            mix[: len(voice)] += voice / loudness * 0.08 * 10 ** (part.gain_db / 20 - 0.1)
    return (mix * (HEADROOM / max(1e-4, float(np.abs(mix).max())))).astype(np.float32)


class SoundFontBand:
    """A SoundFont kept loaded, and the players it is asked to be."""

    def __init__(self, soundfont: Path) -> None:
        try:
            import tinysoundfont
        except ImportError as error:
            # Its declared need, PyAudio, plays sound aloud and is not used here; it seldom installs by itself.
            how = "pip install --no-deps tinysoundfont"
            raise MissingDependency(f"preparing songs needs tinysoundfont: {how}") from error
        self.synth = tinysoundfont.Synth(samplerate=SAMPLE_RATE, gain=-6)
        self.soundfont = self.synth.sfload(str(soundfont))

    def play(self, parts: Sequence[Part], duration_s: float) -> np.ndarray:
        """(samples,) float32 mono: each part on a channel of its own, drums on the tenth."""
        self.synth.sounds_off()
        free = iter(channel for channel in range(64) if channel != DRUM_CHANNEL)
        events: list[tuple[int, int, int, int, int]] = []  # sample, on or off, channel, pitch, velocity
        for part in parts:
            channel = DRUM_CHANNEL if part.program == DRUMS else next(free)
            bank = 128 if part.program == DRUMS else 0
            self.synth.program_select(channel, self.soundfont, bank, max(0, part.program))
            self.synth.control_change(channel, 7, int(np.clip(90 * 10 ** (part.gain_db / 40), 20, 127)))  # a square law
            for note in part.notes:
                pitch, velocity = int(np.clip(note.pitch, 0, 127)), int(np.clip(note.velocity, 1, 127))
                events.append((int(note.start_s * SAMPLE_RATE), 1, channel, pitch, velocity))
                events.append((int(note.end_s * SAMPLE_RATE), 0, channel, pitch, 0))
        return self._generate(sorted(events), int(duration_s * SAMPLE_RATE))

    def _generate(self, events: list[tuple[int, int, int, int, int]], samples: int) -> np.ndarray:
        heard, at = [], 0
        for sample, on, channel, pitch, velocity in events:
            if sample - at >= BLOCK and at < samples:
                heard.append(self._stretch(min(sample, samples) - at))
                at = min(sample, samples)
            if on:
                self.synth.noteon(channel, pitch, velocity)
            else:
                self.synth.noteoff(channel, pitch)
        heard.append(self._stretch(samples - at))
        return np.concatenate(heard)

    def _stretch(self, samples: int) -> np.ndarray:
        stereo = np.frombuffer(bytes(self.synth.generate(samples)), dtype=np.float32)
        mono: np.ndarray = stereo.reshape(-1, 2).mean(axis=1)
        return mono


def produce(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a studio and a listener's file add: EQ, room, compression, noise, lossy coding. (samples,) -> as many."""
    sound = samples.astype(np.float64)
    for _band in range(int(rng.integers(0, 4))):
        sound = signal.sosfilt(peak_filter(rng.uniform(60, 8000), rng.uniform(-9, 9), rng.uniform(0.5, 2.0)), sound)
    if rng.random() < 0.6:
        sound = _room(sound, rng)
    if rng.random() < 0.5:
        drive = rng.uniform(1.5, 5.0)
        sound = np.tanh(drive * sound / max(1e-6, np.abs(sound).max())) / drive
    if rng.random() < 0.5:
        sound = sound + rng.normal(0, 1, len(sound)) * np.abs(sound).max() * 10 ** rng.uniform(-4, -2)
    if rng.random() < 0.3:
        sound = signal.sosfilt(signal.butter(4, rng.uniform(4000, 9000), fs=SAMPLE_RATE, output="sos"), sound)
    peak = rng.uniform(0.3, 0.99)
    finished = (sound * (peak / max(1e-6, np.abs(sound).max()))).astype(np.float32)
    return _coded(finished) if rng.random() < 0.3 else finished


def peak_filter(centre_hz: float, gain_db: float, quality: float, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """One peaking equaliser as second-order sections. Source: R. Bristow-Johnson's audio EQ formulae."""
    amplitude = 10 ** (gain_db / 40)
    angle = 2 * np.pi * centre_hz / sample_rate
    alpha = np.sin(angle) / (2 * quality)
    b = np.array([1 + alpha * amplitude, -2 * np.cos(angle), 1 - alpha * amplitude])
    a = np.array([1 + alpha / amplitude, -2 * np.cos(angle), 1 - alpha / amplitude])
    section: np.ndarray = np.concatenate([b, a])[None] / a[0]
    return section


def _room(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A room as noise that dies away over 0.2 to 1.2 s."""
    decay_s, wet = rng.uniform(0.2, 1.2), rng.uniform(0.05, 0.35)
    times = np.arange(int(decay_s * SAMPLE_RATE)) / SAMPLE_RATE
    response = rng.normal(0, 1, len(times)) * np.exp(-6.9 * times / decay_s)
    response /= np.sqrt(np.sum(response**2))
    wet_sound = signal.fftconvolve(sound, response)[: len(sound)]
    mixed: np.ndarray = (1 - wet) * sound + wet * wet_sound
    return mixed


def _coded(sound: np.ndarray) -> np.ndarray:
    """Through a lossy codec and back."""
    file = io.BytesIO()
    soundfile.write(file, sound, SAMPLE_RATE, format="OGG", subtype="VORBIS")
    file.seek(0)
    heard, _rate = soundfile.read(file, dtype="float32")
    whole: np.ndarray = np.pad(heard[: len(sound)], (0, max(0, len(sound) - len(heard))))
    return whole
