"""A sung lead without words: harmonics of a gliding, trembling pitch through the formants of changing vowels.

Rendered leads of a SoundFont have fixed attacks and exact pitch; real singers slide and shake. What LEAP's listeners
must follow is closer to this. Formant frequencies are textbook means (Peterson & Barney 1952).
"""

import numpy as np

from leap_models.music.notes import Notes

VOWELS_HZ = (
    (730, 1090, 2440), (270, 2290, 3010), (530, 1840, 2480), (570, 840, 2410), (300, 870, 2240), (660, 1720, 2410)
)
BANDWIDTHS_HZ = (90.0, 110.0, 170.0)
CONTROL_RATE = 200  # pitch and loudness points a second
HARMONICS = 24


def sing(notes: Notes, duration_s: float, sample_rate: int, rng: np.random.Generator) -> np.ndarray:
    """A voice that sings one line.

    Args:
        notes: monophonic by intent: a later note cuts an earlier one.
        duration_s: length of the result.
        sample_rate: Hz.
        rng: voice type, vowels, vibrato, glides and breaths.

    Returns:
        (samples,) float32 in about -1..1.
    """
    points = int(duration_s * CONTROL_RATE) + 2
    pitch, loudness, vowel = _controls(notes, points, rng)
    samples = int(duration_s * sample_rate)
    times = np.arange(samples) * (CONTROL_RATE / sample_rate)
    frequency = 440.0 * 2.0 ** ((np.interp(times, np.arange(points), pitch) - 69.0) / 12.0)
    phase = 2.0 * np.pi * np.cumsum(frequency) / sample_rate
    gain = np.interp(times, np.arange(points), loudness)
    sung = np.zeros(samples)
    tilt, size = rng.uniform(0.7, 1.3), rng.uniform(0.9, 1.25)
    point_hz = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    for harmonic in range(1, HARMONICS + 1):
        strength = _formants(point_hz * harmonic, vowel * size) / harmonic**tilt
        strength[point_hz * harmonic > 0.45 * sample_rate] = 0.0
        if strength.max() > 1e-4:
            sung += np.interp(times, np.arange(points), strength) * np.sin(harmonic * phase)
    breath = rng.normal(0.0, 1.0, samples) * rng.uniform(0.002, 0.02)
    voice = gain * (sung + breath)
    scaled: np.ndarray = (voice / max(1e-6, np.abs(voice).max())).astype(np.float32)
    return scaled


def _controls(notes: Notes, points: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pitch (MIDI), loudness 0..1 and formants (points, 3) in Hz along the control grid."""
    pitch = np.full(points, 60.0)
    loudness = np.zeros(points)
    vowel = np.tile(np.array(VOWELS_HZ[0], dtype=np.float64), (points, 1))
    depth, speed_hz = rng.uniform(0.1, 0.7), rng.uniform(4.5, 6.5)
    glide = max(2, int(rng.uniform(0.02, 0.12) * CONTROL_RATE))
    before: float | None = None
    for note in sorted(notes):
        first, last = int(note.start_s * CONTROL_RATE), min(points, int(note.end_s * CONTROL_RATE) + 1)
        if first >= points or last <= first:
            continue
        length = last - first
        time_s = np.arange(length) / CONTROL_RATE
        line = np.full(length, float(note.pitch)) + rng.normal(0, 0.06)
        slides = before is not None and abs(before - note.pitch) < 8 and rng.random() < 0.5
        start = before if slides and before is not None else note.pitch - rng.uniform(0, 1.5)
        bend = min(glide, length)
        line[:bend] += (start - note.pitch) * np.linspace(1.0, 0.0, bend) ** 2
        swell = np.clip((time_s - 0.25) / 0.3, 0.0, 1.0)
        line += depth * swell * np.sin(2 * np.pi * speed_hz * time_s + rng.uniform(0, 6))
        envelope = np.minimum(1.0, np.minimum((np.arange(length) + 1) / 6.0, (length - np.arange(length)) / 10.0))
        pitch[first:last], vowel[first:last] = line, VOWELS_HZ[int(rng.integers(len(VOWELS_HZ)))]
        loudness[first:last] = envelope * (note.velocity / 127.0) ** 0.7 * rng.uniform(0.7, 1.0)
        before = float(note.pitch)
    kernel = np.hanning(9) / np.hanning(9).sum()
    smooth = np.stack([np.convolve(vowel[:, i], kernel, mode="same") for i in range(3)], axis=1)
    return pitch, loudness, np.maximum(smooth, 150.0)


def _formants(frequency_hz: np.ndarray, formants_hz: np.ndarray) -> np.ndarray:
    """Gain of three resonances at each point's frequency. (points,) and (points, 3) -> (points,)."""
    gains = [
        level / np.sqrt(1.0 + ((frequency_hz - formants_hz[:, i]) / bandwidth) ** 2)
        for i, (bandwidth, level) in enumerate(zip(BANDWIDTHS_HZ, (1.0, 0.5, 0.25), strict=True))
    ]
    total: np.ndarray = np.sum(gains, axis=0)
    return total
