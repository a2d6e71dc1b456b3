"""From a piece to final music: what `stream` promises, and that `run` is no more than all of it."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_family
from conftest import RATE, beeps, piece_of

from leap_models import pipeline
from leap_models.errors import BadParameter, Cancelled
from leap_models.interface import Model, ModelInfo, Piece, Request, Tick, Values, Window
from leap_models.music.notes import Note, Notes
from leap_models.music.roll import notes_to_roll
from leap_models.music.tempo import TempoMap
from leap_models.progress import Progress

TOY = Request("toy")


class Oracle:
    """Knows the music: it draws it on the window's roll."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.asked: list[Window] = []
        self.info: ModelInfo = replace(toy_family.describe(), name="oracle", params=())

    def ticks(self, params: Values) -> int:
        return 1

    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        tick()
        self.asked.append(window)
        grid = self.info.grid
        return replace(window, roll=notes_to_roll(self.notes, grid.frame_rate, grid.frames, 1, window.start_s))


def scale(duration_s: float) -> Notes:
    """A note every 0.2 s, each 0.15 s long, up a scale and round again."""
    steps = (60, 62, 64, 65, 67, 69, 71, 72)
    starts = np.arange(0.0, duration_s - 0.1, 0.2)
    return tuple(
        Note(round(at, 2), round(min(at + 0.15, duration_s), 2), steps[i % 8], 80) for i, at in enumerate(starts)
    )


def noise(duration_s: float) -> Piece:
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, round(duration_s * RATE)).astype(np.float32)
    return piece_of(samples)


@pytest.mark.parametrize("duration_s", [0.5, 1.0, 1.28, 1.29, 3.3, 12.34])
def test_what_the_model_knows_comes_out_whole(duration_s: float):
    notes = scale(duration_s)
    result = pipeline.run(Oracle(notes), noise(duration_s), Request("oracle", quantize=0.0))
    assert [(note.start_s, note.end_s, note.pitch, note.velocity) for note in result.notes] == [
        (pytest.approx(note.start_s), pytest.approx(note.end_s, abs=0.011), note.pitch, note.velocity) for note in notes
    ]


def test_run_is_all_stretches_of_stream(toy_model: Model):
    stretches = list(pipeline.stream(toy_model, noise(8.0), TOY))
    result = pipeline.run(toy_model, noise(8.0), TOY)
    assert tuple(note for stretch in stretches for note in stretch.notes) == result.notes


def test_there_is_a_stretch_for_every_window(toy_model: Model):
    stretches = list(pipeline.stream(toy_model, noise(8.0), TOY))
    assert [(stretch.window, stretch.windows) for stretch in stretches] == [(index, 12) for index in range(12)]


def test_no_stretch_takes_back_what_was_final(toy_model: Model):
    stretches = list(pipeline.stream(toy_model, noise(8.0), replace(TOY, quantize=1.0)))
    for before, after in itertools.pairwise(stretches):
        assert before.until_s <= after.until_s
        assert all(note.start_s >= before.until_s for note in after.notes)


def test_all_notes_of_a_stretch_began_before_its_end(toy_model: Model):
    for stretch in pipeline.stream(toy_model, noise(8.0), TOY):
        assert all(note.start_s < stretch.until_s for note in stretch.notes)


def test_music_flows_a_little_behind_the_front(toy_model: Model):
    hop_s = toy_family.GRID.hop_s
    for stretch in list(pipeline.stream(toy_model, noise(8.0), TOY))[2:]:
        assert stretch.until_s >= (stretch.window - 1) * hop_s


def test_the_first_stretch_needs_only_the_first_window(toy_model: Model):
    stream = pipeline.stream(toy_model, noise(8.0), TOY)
    assert next(stream).notes


def test_a_request_can_begin_later():
    notes = scale(6.0)
    oracle = Oracle(tuple(replace(note, start_s=note.start_s - 2, end_s=note.end_s - 2) for note in notes))
    result = pipeline.run(oracle, noise(6.0), Request("oracle", start_s=2.0, end_s=4.0))
    assert result.duration_s == pytest.approx(2.0)
    assert result.notes[0].start_s == pytest.approx(0.0)
    assert all(note.end_s <= 2.0 for note in result.notes)


def test_an_end_behind_the_end_is_the_end(toy_model: Model):
    assert pipeline.run(toy_model, noise(3.0), replace(TOY, end_s=99.0)).duration_s == pytest.approx(3.0)


def test_the_hosts_tempo_counts_from_the_requests_start(toy_model: Model):
    piece = replace(noise(6.0), tempo=TempoMap.steady(90, first_s=0.5))
    result = pipeline.run(toy_model, piece, replace(TOY, start_s=2.0))
    assert result.tempo.second_at(3.0) == pytest.approx(0.5 + 3 * 60 / 90 - 2.0)


def test_the_window_hears_its_own_part_of_the_recording():
    samples = np.arange(3 * RATE, dtype=np.float32) / (3 * RATE)
    oracle = Oracle(())
    pipeline.run(oracle, piece_of(samples), Request("oracle"))
    window = oracle.asked[2]
    first = 2 * toy_family.GRID.hop_samples
    assert np.array_equal(window.audio, samples[first : first + toy_family.GRID.samples])


def test_the_last_window_is_silent_behind_the_end():
    oracle = Oracle(())
    pipeline.run(oracle, noise(1.5), Request("oracle"))
    assert not oracle.asked[-1].audio[round((1.5 - 0.64) * RATE) :].any()


@pytest.mark.parametrize("rate", [4000, 8000, 11025, 44100])
def test_any_rate_is_heard_at_the_models_rate(rate: int):
    time_s = np.arange(2 * rate) / rate
    oracle = Oracle(())
    pipeline.run(oracle, piece_of(np.sin(2 * np.pi * 500 * time_s).astype(np.float32), rate), Request("oracle"))
    spectrum = np.abs(np.fft.rfft(oracle.asked[0].audio))
    assert np.argmax(spectrum) * RATE / toy_family.GRID.samples == pytest.approx(500, abs=2)


def test_a_file_is_heard_like_the_same_samples_in_memory(tmp_path: Path, toy_model: Model):
    samples = beeps(7.0)
    soundfile.write(tmp_path / "song.wav", samples, RATE, subtype="FLOAT")
    from_file = replace(pipeline.open_piece(tmp_path / "song.wav"), tempo=TempoMap.steady(120))
    assert pipeline.run(toy_model, from_file, TOY).notes == pipeline.run(toy_model, piece_of(samples), TOY).notes


def test_opening_a_file_reads_its_length_and_not_its_samples(song: Path):
    piece = pipeline.open_piece(song)
    assert (piece.duration_s, piece.audio) == (pytest.approx(5.0), None)


def test_the_same_request_gives_the_same_notes(toy_model: Model):
    assert pipeline.run(toy_model, noise(4.0), TOY).notes == pipeline.run(toy_model, noise(4.0), TOY).notes


def test_another_seed_gives_other_notes(toy_model: Model):
    other = pipeline.run(toy_model, noise(4.0), replace(TOY, seed=1))
    assert pipeline.run(toy_model, noise(4.0), TOY).notes != other.notes


def test_quantized_notes_lie_on_sixteenths(toy_model: Model):
    piece = replace(noise(6.0), tempo=TempoMap.steady(100, first_s=0.1))
    result = pipeline.run(toy_model, piece, replace(TOY, quantize=1.0))
    steps = np.array([4 * result.tempo.beat_at(note.start_s) for note in result.notes])
    assert len(steps) > 10
    assert np.allclose(steps, np.round(steps), atol=1e-6)


def test_silence_makes_no_notes_and_asks_no_model():
    oracle = Oracle(scale(4.0))
    result = pipeline.run(oracle, piece_of(np.zeros(4 * RATE, np.float32)), Request("oracle"))
    assert (result.notes, oracle.asked) == ((), [])
    assert result.warnings == ("the recording is silent, so the arrangement is empty",)


def test_after_silence_the_model_begins_afresh():
    seen: list[Window | None] = []

    class Watching(Oracle):
        def run_window(self, window, previous, params, rng, tick):
            seen.append(previous)
            return super().run_window(window, previous, params, rng, tick)

    samples = noise(6.0).audio.samples.copy()
    samples[round(1.5 * RATE) : round(4.0 * RATE)] = 0.0
    pipeline.run(Watching(()), piece_of(samples), Request("oracle"))
    assert [previous is None for previous in seen].count(True) == 2


def test_music_without_notes_says_so():
    result = pipeline.run(Oracle(()), noise(2.0), Request("oracle"))
    assert result.warnings == ("nothing was found to play, so the arrangement is empty",)


def test_every_note_has_a_hand(toy_model: Model):
    result = pipeline.run(toy_model, noise(8.0), TOY)
    assert {note.track for note in result.notes} <= {0, 1}


def test_a_cancelled_run_stops_at_the_next_unit_of_work():
    oracle = Oracle(())
    answers = iter([False] * 20 + [True] * 100)
    with pytest.raises(Cancelled):
        pipeline.run(oracle, noise(60.0), Request("oracle"), cancelled=lambda: next(answers))
    assert len(oracle.asked) < 21


def test_progress_ends_where_it_said_it_would(toy_model: Model):
    seen: list[Progress] = []
    pipeline.run(toy_model, noise(4.0), TOY, progress=seen.append)
    arranging = [progress for progress in seen if progress.stage == "arranging"]
    assert [progress.done for progress in arranging] == list(range(1, arranging[-1].total + 1))


def test_stages_come_in_order(toy_model: Model):
    seen: list[Progress] = []
    pipeline.run(toy_model, noise(4.0), TOY, progress=seen.append)
    assert list(dict.fromkeys(progress.stage for progress in seen)) == ["decoding", "listening", "arranging"]


def test_silent_windows_count_as_done(toy_model: Model):
    seen: list[Progress] = []
    pipeline.run(toy_model, piece_of(np.zeros(4 * RATE, np.float32)), TOY, progress=seen.append)
    assert seen[-1].done == seen[-1].total


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request("leap"), "the request is for the model leap, not for toy"),
        (Request("toy", {"difficulty": 0}), "difficulty must be a number from 1 to 5, got 0"),
        (Request("toy", start_s=9.0), r"start must be from 0 to less than 4.00 s, got 9"),
        (Request("toy", start_s=-1.0), "got -1"),
        (Request("toy", start_s=2.0, end_s=2.0), "end must be after the start at 2 s, got 2"),
        (Request("toy", seed=-1), "seed must be a whole number from 0"),
        (Request("toy", quantize=1.5), "quantize must be a number from 0 to 1, got 1.5"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_at_once(toy_model: Model, request_: Request, words: str):
    with pytest.raises(BadParameter, match=words):
        pipeline.stream(toy_model, noise(4.0), request_)
