"""From a clip and a reference to sound: what `stream` promises of a model that gives audio, whatever its family."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_piano
from rendering_fixtures import RATE, clip_of, scale, tone

from leap_models import pipeline, reference, scores
from leap_models.errors import BadParameter, Cancelled, InternalError, UnreadableAudio, UnreadableMidi
from leap_models.interface import Model, ModelInfo, Piece, Request, Values, Window
from leap_models.memory import Memory
from leap_models.music.audio import Audio
from leap_models.music.notes import Note, Notes, Pedal
from leap_models.progress import Progress
from leap_models.registry import Guarded

TOY = Request("toy_piano")
INFO = toy_piano.describe()


def of(notes: Notes, pedals: tuple[Pedal, ...] = (), seconds: float = 2.0, peak: float = 0.5) -> Piece:
    """Notes, and a reference in memory."""
    wave = peak * np.sin(2 * np.pi * 220 * np.arange(round(seconds * RATE)) / RATE)
    like = Audio(wave.astype(np.float32), RATE, seconds)
    return replace(scores.played(notes, pedals, None, "clip", INFO), audio=like)


def run(piece: Piece, request: Request = TOY, **more: object) -> pipeline.Result:
    return pipeline.run(Guarded(toy_piano.ToyPiano()), piece, request, **more)  # type: ignore[arg-type]


def samples(result: pipeline.Result) -> np.ndarray:
    assert result.audio is not None
    return result.audio.samples


def whole(notes: Notes, seconds: float, peak: float = 0.5) -> np.ndarray:
    """What the toy plays, made in one piece."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    mix = np.zeros(len(time_s))
    for note in notes:
        hz = 440 * 2 ** ((note.pitch - 69) / 12)
        sounding = (time_s >= note.start_s) & (time_s < note.end_s)
        mix += 0.2 * note.velocity / 127 * np.sin(2 * np.pi * hz * time_s) * sounding
    return peak * mix


def test_what_is_joined_of_windows_is_what_one_window_would_hold():
    notes = scale(12.0)
    made, wanted = samples(run(of(notes))), whole(notes, notes[-1].end_s + toy_piano.TAIL_S)
    assert len(made) == len(wanted)
    assert float(np.abs(made - wanted).max()) < 1e-4  # the reference's peak is hit by a sample


def test_a_run_is_all_its_stretches():
    piece = of(scale(9.0))
    stretches = list(pipeline.stream(Guarded(toy_piano.ToyPiano()), piece, TOY))
    assert np.array_equal(np.concatenate([each.audio for each in stretches]), samples(run(piece)))
    assert [round(each.until_s * RATE) for each in stretches] == list(np.cumsum([len(s.audio) for s in stretches]))


def test_a_stretch_lies_one_overlap_behind_its_window():
    first = next(pipeline.stream(Guarded(toy_piano.ToyPiano()), of(scale(9.0)), TOY))
    assert first.until_s == toy_piano.GRID.hop_s


def test_sound_is_made_before_the_last_window():
    asked = list[int]()

    class Asked(toy_piano.ToyPiano):
        def run_window(self, window: Window, *rest: object) -> Window:
            asked.append(window.index)
            return super().run_window(window, *rest)  # type: ignore[arg-type]

    next(pipeline.stream(Asked(), of(scale(30.0)), TOY))
    assert asked == [0]


@pytest.mark.parametrize("seconds", [0.5, 2.0, 2.1, 37.3])
def test_the_sound_is_as_long_as_the_notes_and_their_tail(seconds: float):
    notes = scale(seconds)
    assert len(samples(run(of(notes)))) == round((notes[-1].end_s + toy_piano.TAIL_S) * RATE)


def test_a_part_is_that_part_of_the_whole():
    piece = of(scale(20.0))
    part = samples(run(piece, replace(TOY, start_s=4.0, end_s=9.0)))
    assert len(part) == 5 * RATE
    loud = np.abs(samples(run(piece))[4 * RATE : 9 * RATE])
    assert float(np.corrcoef(np.abs(part), loud)[0, 1]) > 0.4  # the sines' phases count from the part's start


def test_a_note_that_began_before_the_part_sounds_in_it():
    piece = of((Note(0.0, 8.0, 69, 100), Note(9.0, 9.5, 60, 100)))
    assert float(np.abs(samples(run(piece, replace(TOY, start_s=4.0)))[:RATE]).max()) > 0.05


def test_the_pedal_holds_a_note():
    note = (Note(0.0, 0.5, 69, 100),)
    dry = run(of((*note, Note(3.0, 3.5, 60, 1)), seconds=3.0))
    held = run(of((*note, Note(3.0, 3.5, 60, 1)), (Pedal(0.2, 2.0),), seconds=3.0))
    at = slice(RATE, 2 * RATE - 100)
    assert float(np.abs(samples(dry)[at]).max()) == 0.0 < float(np.abs(samples(held)[at]).max())


def test_the_same_seed_gives_the_same_samples():
    piece, request = of(scale(6.0)), Request("toy_piano", {"hiss": 0.1}, seed=5)
    assert np.array_equal(samples(run(piece, request)), samples(run(piece, request)))
    assert not np.array_equal(samples(run(piece, request)), samples(run(piece, replace(request, seed=6))))


def test_quantize_moves_nothing_that_is_to_be_played():
    piece = of((Note(0.31, 0.7, 69, 100),))
    assert np.array_equal(samples(run(piece, replace(TOY, quantize=0.0))), samples(run(piece)))


def test_the_reference_is_given_whole_and_is_of_the_grids_rate(tmp_path: Path):
    seen = list[int]()

    class Seen(toy_piano.ToyPiano):
        def run_window(self, window: Window, *rest: object) -> Window:
            assert window.reference is not None
            assert window.audio is None
            seen.append(len(window.reference))
            return super().run_window(window, *rest)  # type: ignore[arg-type]

    path = clip_of(tmp_path / "clip.mid", scale(5.0))
    piece = scores.recital(path, INFO, str(tone(tmp_path / "like.wav", 7.5, rate=44100, channels=6)))
    pipeline.run(Guarded(Seen()), piece, TOY)
    assert set(seen) == {round(7.5 * RATE)}
    assert len(seen) == 4


def test_a_long_reference_is_heard_for_its_first_minute(tmp_path: Path):
    found = reference.read(Piece(None, (), None, 1.0, "", str(tone(tmp_path / "like.wav", 70.0))), RATE)
    assert found.length_s == reference.LONGEST_S


def test_what_was_made_of_a_reference_is_remembered():
    memory, model = Memory(2**20), toy_piano.ToyPiano()
    for notes in (scale(6.0), scale(3.0)):
        pipeline.run(Guarded(model), of(notes), TOY, memory=memory)
    assert model.listened == 1
    pipeline.run(Guarded(model), of(scale(3.0), peak=0.25), TOY, memory=memory)
    assert model.listened == 2


@pytest.mark.parametrize(("peak", "seconds", "why"), [(0.0, 2.0, "is silent"), (0.5, 0.05, "must last at least 0.1 s")])
def test_a_reference_without_a_sound_is_refused(tmp_path: Path, peak: float, seconds: float, why: str):
    clip, like = clip_of(tmp_path / "clip.mid", scale(2.0)), tone(tmp_path / "like.wav", seconds, peak)
    with pytest.raises(BadParameter, match=why):
        scores.recital(clip, INFO, str(like))
    with pytest.raises(BadParameter, match=why):
        run(of(scale(2.0), seconds=seconds, peak=peak))


@pytest.mark.parametrize(
    ("seconds", "rate", "channels", "says"), [(0.1, 44100, 1, "tell little"), (3.0, 8000, 6, "8000 samples a second")]
)
def test_a_poor_reference_is_taken_and_said(tmp_path: Path, seconds: float, rate: int, channels: int, says: str):
    like = tone(tmp_path / "like.wav", seconds, rate=rate, channels=channels)
    result = run(scores.recital(clip_of(tmp_path / "clip.mid", scale(2.0)), INFO, str(like)))
    assert any(says in warning for warning in result.warnings)
    assert float(np.abs(samples(result)).max()) > 0.01


def test_a_reference_must_be_given(tmp_path: Path):
    piece = scores.recital(clip_of(tmp_path / "clip.mid", scale(2.0)), INFO)
    with pytest.raises(BadParameter, match="recording to sound like"):
        pipeline.check(INFO, piece, TOY)


def test_a_reference_must_be_a_recording(tmp_path: Path):
    clip = clip_of(tmp_path / "clip.mid", scale(2.0))
    with pytest.raises(UnreadableAudio):
        scores.recital(clip, INFO, str(clip))


def test_a_clip_without_notes_is_refused(tmp_path: Path):
    like = str(tone(tmp_path / "like.wav"))
    with pytest.raises(BadParameter, match="at least one note"):
        scores.recital(clip_of(tmp_path / "clip.mid", ()), INFO, like)
    (tmp_path / "broken.mid").write_bytes(b"MThd")
    with pytest.raises(UnreadableMidi):
        scores.recital(tmp_path / "broken.mid", INFO, like)


def test_notes_beyond_the_keys_are_moved_by_octaves_and_counted():
    far, near = (Note(0.0, 0.4, 5, 90), Note(0.5, 0.9, 119, 90)), (Note(0.0, 0.4, 29, 90), Note(0.5, 0.9, 107, 90))
    result = run(of(far))
    assert np.array_equal(samples(result), samples(run(of(near))))
    assert result.warnings == ("2 notes lie beyond the keys 21 to 108; they were moved by octaves",)


def test_sound_beyond_full_scale_is_kept_and_said():
    result = run(of(scale(4.0)), Request("toy_piano", {"gain": 30.0}))
    assert float(np.abs(samples(result)).max()) > 1.0
    assert any("is scaled down" in warning for warning in result.warnings)


@pytest.mark.parametrize("fault", ["nan", "loud", "shape", "double"])
def test_audio_that_is_none_is_a_bug_that_is_caught(fault: str):
    with pytest.raises(InternalError, match="toy_piano gave, in window 0, audio"):
        run(of(scale(3.0)), Request("toy_piano", {"fault": fault}))


def test_a_run_stops_where_it_is_told_to():
    seen = list[Progress]()
    with pytest.raises(Cancelled):
        run(of(scale(30.0)), progress=seen.append, cancelled=lambda: any(each.done > 4 for each in seen))
    assert max(each.done for each in seen if each.stage == "arranging") == 5


def test_ten_minutes_need_little_more_memory_than_their_sound():
    piece = of(scale(600.0))
    tracemalloc.start()
    result = run(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(samples(result)) > 599 * RATE
    assert peak < 1.3 * samples(result).nbytes + 4e6


def test_a_model_that_gives_audio_of_audio_is_given_it_window_by_window():
    class Quieter:
        info: ModelInfo = replace(toy_piano.describe(), name="quieter", takes=frozenset({"audio"}), params=())

        def ticks(self, params: Values) -> int:
            return 1

        def run_window(self, window: Window, previous: Window | None, *rest: object) -> Window:
            assert window.audio is not None
            return replace(window, audio=window.audio / 2)

    wave = np.random.default_rng(0).uniform(-0.5, 0.5, round(7.3 * RATE)).astype(np.float32)
    piece = Piece(Audio(wave, RATE, 7.3), (), None, 7.3, "sound")
    assert np.allclose(samples(pipeline.run(Guarded(Quieter()), piece, Request("quieter"))), wave / 2, atol=1e-6)


def test_a_model_is_a_model_to_the_type_checker():
    model: Model = toy_piano.ToyPiano()
    assert model.info.has_reference
    assert soundfile.__version__
