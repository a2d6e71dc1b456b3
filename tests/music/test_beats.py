import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from leap_models.errors import BadParameter
from leap_models.music.additive import play_additive
from leap_models.music.beats import AHEAD_S, CLEAR, Beats, BeatTracker, track
from leap_models.music.notes import Note
from leap_models.music.tempo import TempoMap

RATE = 24000
CHORDS = ((0, 4, 7), (9, 0, 4), (5, 9, 0), (7, 11, 2))  # C, Am, F, G
Floats = npt.NDArray[np.float64]
Samples = npt.NDArray[np.float32]

EVEN = 0.5 + np.arange(0.0, 24.0, 0.5)  # 120 bpm
FASTER = np.concatenate([0.5 + np.arange(0.0, 18.0, 0.6), 18.5 + np.arange(0.0, 18.0, 0.5)])  # 100 bpm, then 120
MUCH_FASTER = np.concatenate([0.5 + np.arange(0.0, 18.0, 0.6), 18.5 + np.arange(0.0, 18.0, 0.45)])  # then 133.3
RITARDANDO = 0.5 + np.cumsum(np.concatenate([np.full(36, 0.5), 0.5 * 1.02 ** np.arange(16)]))


def clicks(beats_s: Floats, per_bar: int = 4) -> Samples:
    """A metronome: a low stroke on the first beat of a bar, quieter high ones on the others."""
    noise = np.random.default_rng(5)
    time_s = np.arange(RATE // 12) / RATE
    samples = np.zeros(round((beats_s[-1] + 1.0) * RATE), np.float32)
    for number, beat_s in enumerate(beats_s):
        low = number % per_bar == 0
        ring = np.exp(-40.0 * time_s) * np.sin(2.0 * np.pi * (110.0 if low else 330.0) * time_s)
        stroke = (0.3 if low else 0.12) * (ring + 0.5 * np.exp(-120.0 * time_s) * noise.normal(size=len(time_s)))
        first = round(beat_s * RATE)
        samples[first : first + len(stroke)] += stroke.astype(np.float32)
    return samples


def band(beats_s: Floats, per_bar: int = 4) -> Samples:
    """The metronome and a piano: a bass on bar lines, a chord on every beat, a tune in eighths."""
    notes = []
    for number, (start_s, end_s) in enumerate(zip(beats_s.tolist(), beats_s[1:].tolist(), strict=False)):
        chord = CHORDS[number // per_bar % len(CHORDS)]
        notes += [Note(start_s, end_s, 60 + pitch, 90 if number % per_bar == 0 else 70) for pitch in chord]
        notes.append(Note((start_s + end_s) / 2.0, end_s, 72 + chord[number % 3], 60))
        if number % per_bar == 0:
            notes.append(Note(start_s, end_s + 0.5, 36 + chord[0], 100))
    samples = clicks(beats_s, per_bar)
    return samples + 0.15 * play_additive(sorted(notes), (), RATE, len(samples))


def grid_hit(tempo: TempoMap, beats_s: Floats) -> float:
    """The share of true sixteenths that lie within 40 ms of one of the map's."""
    places = np.arange(0.0, len(beats_s) - 1.0, 0.25)
    true_s = np.interp(places, np.arange(len(beats_s)), beats_s)
    nearest_s = tempo.seconds_at(np.round(4.0 * tempo.beats_at(true_s)) / 4.0)
    return float(np.mean(np.abs(nearest_s - true_s) <= 0.040))


@cache
def metronome(bpm: int) -> Beats:
    return track(clicks(accents(bpm)), RATE)


def accents(bpm: int) -> Floats:
    """Where a metronome beats."""
    return 0.5 + np.arange(0.0, 16.0, 60.0 / bpm)


@cache
def heard(name: str) -> Beats:
    return track(SOUNDS[name], RATE)


SOUNDS: dict[str, Samples] = {
    "band": band(EVEN),
    "waltz": band(EVEN, per_bar=3),
    "faster": band(FASTER),
    "much faster": band(MUCH_FASTER),
    "ritardando": band(RITARDANDO),
    "late": band(EVEN + 9.5),
    "silence": np.zeros(20 * RATE, np.float32),
    "noise": np.random.default_rng(1).normal(0.0, 0.1, 30 * RATE).astype(np.float32),
}


@pytest.mark.parametrize("bpm", [60, 90, 120, 174])
def test_a_metronome_has_its_own_tempo(bpm: int) -> None:
    assert metronome(bpm).tempo.bpm_at(8.0) == pytest.approx(bpm, rel=0.001)


@pytest.mark.parametrize("bpm", [60, 90, 120, 174])
def test_beats_are_where_the_metronome_beats(bpm: int) -> None:
    found_s = metronome(bpm).times_s
    assert max(np.abs(found_s - beat_s).min() for beat_s in accents(bpm)) < 0.025


def test_bars_begin_on_the_accents_of_a_metronome() -> None:
    np.testing.assert_allclose(metronome(120).downbeats_s[:8], accents(120)[::4][:8], atol=0.025)


def test_a_waltz_has_bars_of_three() -> None:
    assert heard("waltz").tempo.beats_per_bar == 3


def test_bars_of_a_waltz_begin_with_the_bass() -> None:
    np.testing.assert_allclose(heard("waltz").downbeats_s[:8], EVEN[::3][:8], atol=0.025)


def test_bars_of_a_band_begin_with_the_bass() -> None:
    np.testing.assert_allclose(heard("band").downbeats_s[:8], EVEN[::4][:8], atol=0.025)


@pytest.mark.parametrize(("second", "bpm"), [(8.0, 100.0), (28.0, 120.0)])
def test_a_new_tempo_is_followed(second: float, bpm: float) -> None:
    assert heard("faster").tempo.bpm_at(second) == pytest.approx(bpm, rel=0.005)


def test_a_much_faster_tempo_is_followed_at_least_in_twos() -> None:
    found_s = heard("much faster").times_s
    late_s = found_s[(found_s > 24.0) & (found_s < 34.0)]
    assert max(np.abs(MUCH_FASTER - beat_s).min() for beat_s in late_s) < 0.025


@pytest.mark.parametrize(("name", "beats_s"), [("faster", FASTER), ("ritardando", RITARDANDO)])
def test_sixteenths_are_kept_through_a_change_of_tempo(name: str, beats_s: Floats) -> None:
    assert grid_hit(heard(name).tempo, beats_s) > 0.93


def test_music_after_silence_has_the_tempo_that_it_has_without() -> None:
    assert heard("late").tempo.bpm_at(20.0) == pytest.approx(120.0, rel=0.001)


def test_music_after_silence_is_tracked_from_its_first_beat() -> None:
    assert grid_hit(heard("late").tempo, EVEN + 9.5) > 0.99


def test_a_band_is_clear() -> None:
    assert heard("band").confidences.min() >= CLEAR


def test_silence_before_music_is_not_clear() -> None:
    assert heard("late").confidences[:5].max() < 0.2


@pytest.mark.parametrize("name", ["silence", "noise"])
def test_without_a_beat_nothing_is_clear(name: str) -> None:
    assert heard(name).confidences.max() < CLEAR


def test_noise_gives_little_confidence() -> None:
    assert heard("noise").confidence < 0.5


def test_silence_goes_on_at_120() -> None:
    assert heard("silence").tempo.bpm_at(10.0) == 120.0


@pytest.mark.parametrize("length", [0, 1, 479])
def test_less_than_a_frame_of_sound_has_no_beat(length: int) -> None:
    assert track(np.ones(length, np.float32), RATE).confidence == 0.0


def test_quiet_music_has_the_beats_of_loud_music() -> None:
    quiet = track(SOUNDS["band"] * np.float32(0.1), RATE)
    np.testing.assert_allclose(quiet.times_s[:40], heard("band").times_s[:40], atol=0.015)


@dataclass(frozen=True)
class Said:
    """What a tracker said when it knew the tempo up to `until_s`."""

    until_s: float
    tempo: TempoMap
    confidence: float


def streamed(samples: Samples, lengths: Sequence[int]) -> tuple[BeatTracker, list[Said]]:
    """Push blocks of these lengths, over and over."""
    tracker, said, start = BeatTracker(RATE), [], 0
    while start < len(samples):
        length = lengths[len(said) % len(lengths)]
        tempo = tracker.push(samples[start : start + length])
        start = min(start + length, len(samples))
        until_s = max(0.0, start / RATE - AHEAD_S)
        said.append(Said(until_s, tempo, tracker.confidence(0.0, until_s)))
    tracker.finish()
    return tracker, said


@pytest.mark.parametrize("lengths", [(1, 70001, 333, 24000), (479, 480, 481, 100003)])
def test_odd_blocks_give_the_same_beats(lengths: tuple[int, ...]) -> None:
    found = streamed(SOUNDS["faster"], lengths)[0].beats()
    assert found.tempo == heard("faster").tempo


def test_odd_blocks_give_the_same_confidences() -> None:
    found = streamed(SOUNDS["faster"], (1, 70001, 333, 24000))[0].beats()
    np.testing.assert_array_equal(found.confidences, heard("faster").confidences)


@pytest.mark.parametrize("name", ["faster", "ritardando", "late"])
def test_what_was_said_is_never_taken_back(name: str) -> None:
    tracker, said = streamed(SOUNDS[name], (16000,))
    tempo = tracker.tempo()
    times_s = [np.arange(0.0, each.until_s, 0.1) for each in said]
    before = np.concatenate([each.tempo.beats_at(at_s) for each, at_s in zip(said, times_s, strict=True)])
    np.testing.assert_allclose(before, tempo.beats_at(np.concatenate(times_s)), atol=1e-9)


def test_a_confidence_is_never_taken_back() -> None:
    tracker, said = streamed(SOUNDS["faster"], (16000,))
    later = [tracker.confidence(0.0, each.until_s) for each in said]
    np.testing.assert_allclose([each.confidence for each in said], later, atol=1e-12)


def test_another_sample_rate_has_the_same_tempo() -> None:
    import soxr

    samples = soxr.resample(SOUNDS["band"], RATE, 44100).astype(np.float32)
    assert track(samples, 44100).tempo.bpm_at(10.0) == pytest.approx(120.0, rel=0.001)


def test_long_music_needs_no_more_memory_than_short() -> None:
    tracker, block = BeatTracker(RATE), SOUNDS["band"][: 20 * RATE]
    for _ in range(2):  # from half a minute on it forgets
        tracker.push(block)
    tracemalloc.start()
    tracker.push(block)
    before, _ = tracemalloc.get_traced_memory()
    tracker.push(block)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 50_000  # 20 s of samples are 1 920 000 bytes, what is heard in them 128 000


def test_nothing_is_pushed_after_the_end() -> None:
    tracker = BeatTracker(RATE)
    tracker.finish()
    with pytest.raises(BadParameter, match="after finish"):
        tracker.push(np.zeros(10, np.float32))


def test_all_beats_are_known_only_at_the_end() -> None:
    with pytest.raises(BadParameter, match="known after finish"):
        BeatTracker(RATE).beats()


def test_a_sample_rate_of_nothing_is_refused() -> None:
    with pytest.raises(BadParameter, match="got 0"):
        BeatTracker(0)
