"""Score-based generation through the plug: what is made, what stays, and what is refused."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small import CLASSIC, MUSIC, SMALL, Chorale, chorale, clip, save_weights

from leap_models import pipeline, scores
from leap_models.diffusion import samplers
from leap_models.errors import BadParameter, Cancelled, DamagedWeights
from leap_models.families import score_sde
from leap_models.families.score_sde.config import build
from leap_models.families.score_sde.model import ScoreSde
from leap_models.families.score_sde.network import Wishes
from leap_models.families.score_sde.passage import Reading
from leap_models.interface import Piece, Request, Value, Window
from leap_models.music import midi
from leap_models.music.bars import Bars
from leap_models.music.notes import Note, Notes
from leap_models.music.roll import empty_roll, notes_to_roll
from leap_models.music.tempo import TempoMap
from leap_models.nn.conv import count_parameters
from leap_models.pipeline import Result

GRID = score_sde.GRID


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> ScoreSde:
    return ScoreSde.load(save_weights(tmp_path_factory.mktemp("weights") / "score_sde"), "cpu")


def alone(model: ScoreSde, seed: int = 0, **params: Value) -> Result:
    piece = scores.nothing(model.info.check(params))
    return pipeline.run(model, piece, Request("score_sde", {"steps": 3, **params}, seed))


def piece_of(notes: Notes, tempo: TempoMap, more: int = 0) -> Piece:
    bars = Bars(tempo)
    return Piece(None, notes, tempo, bars.second_at(bars.count(notes) + more), "clip")


def changed(model: ScoreSde, notes: Notes, tempo: TempoMap, quantize: float = 0.0, **params: Value) -> Result:
    piece = piece_of(notes, tempo, int(params.get("more", 0)))
    return pipeline.run(model, piece, Request("score_sde", {"steps": 3, **params}, quantize=quantize))


def told(notes: Notes) -> set[tuple[int, int, int]]:
    """Onsets to 5 ms, pitches and velocities."""
    return {(round(note.start_s * 200), note.pitch, note.velocity) for note in notes}


def test_the_classic_network_has_the_parameters_of_the_original() -> None:
    assert count_parameters(build(CLASSIC)) == 1_115_425


def test_the_music_network_fits_into_15_mb_of_half_floats() -> None:
    assert 2 * count_parameters(build(MUSIC)) <= 15_000_000


def test_the_samplers_offered_are_those_there_are() -> None:
    assert set(score_sde.SAMPLERS) == set(samplers.NAMES)


@pytest.mark.parametrize("bpm", [60.0, 133.0, 240.0])
def test_music_from_nothing_is_as_long_as_asked(bpm: float) -> None:
    result = alone(chorale(), bars=4, bpm=bpm)
    assert result.duration_s == pytest.approx(4 * 4 * 60 / bpm)


def test_what_the_network_expects_comes_out_beat_for_beat() -> None:
    result = alone(chorale(), bars=16, bpm=100.0)
    assert sorted({round(note.start_s / 0.6, 3) for note in result.notes}) == list(range(64))
    assert {note.pitch for note in result.notes} == {48, 60, 64, 67}


def test_passages_follow_each_other_without_a_seam() -> None:
    result = alone(chorale(), bars=40, bpm=180.0)
    assert len(result.notes) == 40 * 4 * 4


def test_a_three_four_time_has_bars_of_three() -> None:
    result = alone(chorale(), bars=6, beats_per_bar=3, bpm=120.0)
    assert (result.tempo.beats_per_bar, result.duration_s) == (3, pytest.approx(9.0))


def test_the_same_seed_gives_the_same_notes(small: ScoreSde) -> None:
    assert alone(small, seed=3, bars=2).notes == alone(small, seed=3, bars=2).notes


def test_another_seed_gives_other_notes(small: ScoreSde) -> None:
    assert alone(small, seed=3, bars=2).notes != alone(small, seed=4, bars=2).notes


@pytest.mark.parametrize("sampler", score_sde.SAMPLERS)
def test_every_sampler_ticks_as_announced(sampler: str) -> None:
    small = chorale()
    params = small.info.check({"sampler": sampler, "steps": 2})
    window = Window(0, 0.0, None, empty_roll(200, GRID.frames), TempoMap.steady(120))
    ticks: list[int] = []
    small.run_window(window, None, params, np.random.default_rng(0), lambda: ticks.append(1))
    assert len(ticks) == small.ticks(params) == 6


def test_a_run_stops_when_told(small: ScoreSde) -> None:
    with pytest.raises(Cancelled):
        pipeline.run(small, scores.nothing({}), Request("score_sde"), cancelled=lambda: True)


def test_filling_leaves_every_other_cell_as_it_was() -> None:
    tempo, notes = TempoMap.steady(120), clip(8)
    result = changed(chorale(), notes, tempo, fill="4:5")
    outside = tuple(note for note in notes if not 6.0 - 0.06 <= note.start_s < 10.0 - 0.06)
    assert told(outside) <= told(result.notes)


def test_filling_makes_the_missing_bars_anew() -> None:
    result = changed(chorale(), clip(8), TempoMap.steady(120), fill="4:5")
    inside = [note for note in result.notes if 6.0 <= note.start_s < 10.0]
    assert {note.pitch for note in inside} == {48, 60, 64, 67}


def test_the_roll_outside_the_mask_is_bit_equal() -> None:
    model, notes, tempo = chorale(), clip(8), TempoMap.steady(120)
    roll = notes_to_roll(notes, 200, GRID.frames)
    window = Window(0, 0.0, None, roll, tempo, notes=notes)
    params = model.info.check({"fill": "5:8", "steps": 2})  # from 8 s on, behind this window's end
    made = model.run_window(window, None, params, np.random.default_rng(0), lambda: None)
    assert made.roll is not None
    assert np.array_equal(made.roll.sounding, roll.sounding)
    assert np.array_equal(made.roll.velocity, roll.velocity)


def test_a_band_of_keys_can_be_filled_alone() -> None:
    notes = clip(4)
    result = changed(chorale(), notes, TempoMap.steady(120), fill="1:4", fill_low=0, fill_high=59)
    assert told(notes) <= told(result.notes)
    assert {note.pitch for note in result.notes} - {note.pitch for note in notes} == {48}


def test_more_bars_go_on_behind_the_clip() -> None:
    notes = clip(2)
    result = changed(chorale(), notes, TempoMap.steady(120), more=2)
    assert result.duration_s == pytest.approx(8.0)
    assert {note.pitch for note in result.notes if note.start_s >= 4.0 - 0.02} == {48, 60, 64, 67}
    assert told(notes) <= told(result.notes)


def test_filling_everything_is_as_long_as_the_clip() -> None:
    result = changed(chorale(), clip(3), TempoMap.steady(120), fill="1:3")
    assert {note.pitch for note in result.notes} == {48, 60, 64, 67}
    assert result.duration_s == pytest.approx(6.0)


def test_a_little_variation_starts_near_the_clip() -> None:
    """With a network that expects what it sees, little noise leaves the clip."""

    class Trusting(torch.nn.Module):
        def forward(self, noisy: torch.Tensor, t: torch.Tensor, wishes: object) -> torch.Tensor:
            return noisy.clamp(-1.0, 1.0)

    model = ScoreSde(Trusting(), replace(MUSIC, one_key=False, reading=Reading(-0.2)))
    notes = tuple(Note(beat * 0.5, beat * 0.5 + 0.4, 60 + beat, 100) for beat in range(16))
    result = changed(model, notes, TempoMap.steady(120), variation=0.05)
    made = {(round(note.start_s / 0.5), note.pitch) for note in result.notes}
    assert len({(beat, 60 + beat) for beat in range(16)} & made) >= 14


def test_a_clip_of_one_note_goes_on() -> None:
    result = changed(chorale(), (Note(0.0, 0.4, 72, 80),), TempoMap.steady(120), more=1)
    assert result.duration_s == pytest.approx(4.0)
    assert 72 in {note.pitch for note in result.notes}


def test_a_clip_in_three_four_is_filled_by_its_own_bars() -> None:
    tempo = TempoMap.steady(120, 3)
    result = changed(chorale(), clip(4, beats_per_bar=3), tempo, fill="2:2")
    assert {n.pitch for n in result.notes if 1.5 <= n.start_s < 3.0 - 0.03} == {48, 60, 64, 67}
    assert not {n.pitch for n in result.notes if n.start_s < 1.4} & {48, 60, 64, 67}


@pytest.mark.parametrize("fill", ["0:2", "3:2", "2:9", "2", "a:b", "1:1:1", "-1:2"])
def test_bars_that_the_clip_has_not_are_refused(fill: str) -> None:
    with pytest.raises(BadParameter, match="fill must be FIRST:LAST, bars from 1 to 8 of the clip, got"):
        changed(chorale(), clip(8), TempoMap.steady(120), fill=fill)


def test_a_mask_without_keys_is_refused() -> None:
    with pytest.raises(BadParameter, match="fill_low must be at most fill_high"):
        changed(chorale(), clip(8), TempoMap.steady(120), fill="1:2", fill_low=70, fill_high=60)


def test_an_empty_clip_is_refused(tmp_path: Path) -> None:
    midi.write(tmp_path / "empty.mid", (), TempoMap.steady(120))
    with pytest.raises(BadParameter, match="must hold at least one note"):
        scores.clip(tmp_path / "empty.mid", {})


def test_a_clip_is_as_long_as_its_bars_and_those_added(tmp_path: Path) -> None:
    midi.write(tmp_path / "clip.mid", clip(4), TempoMap.steady(120))
    lengths = [scores.clip(tmp_path / "clip.mid", params).duration_s for params in ({}, {"more": 2})]
    assert lengths == [pytest.approx(8.0, abs=0.01), pytest.approx(12.0, abs=0.01)]


def test_the_hosts_tempo_decides_how_long_bars_are() -> None:
    assert scores.nothing({"bars": 2}, TempoMap.steady(60)).duration_s == pytest.approx(8.0)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    folder = save_weights(tmp_path / "weights")
    card = (folder / "model.json").read_text().replace('"depth": 1', '"depth": 2')
    (folder / "model.json").write_text(card)
    with pytest.raises(DamagedWeights, match="do not fit the config"):
        ScoreSde.load(folder, "cpu")


@pytest.mark.parametrize("sampler", ["euler_maruyama", "predictor_corrector", "heun"])
def test_the_classic_preset_runs_through_the_same_plug(tmp_path: Path, sampler: str) -> None:
    model = ScoreSde.load(save_weights(tmp_path / "classic", CLASSIC), "cpu")
    result = alone(model, bars=2, sampler=sampler, steps=3)
    assert {note.pitch for note in result.notes} <= set(range(56, 84))


def test_a_wish_is_passed_to_the_network() -> None:
    seen: list[Mapping[str, float]] = []

    class Watching(torch.nn.Module):
        def forward(self, noisy: torch.Tensor, t: torch.Tensor, wishes) -> torch.Tensor:  # type: ignore[no-untyped-def]
            seen.append({"key": int(wishes.key[0]), "density": float(wishes.density[0])})
            return torch.full_like(noisy, -1.0)

    alone(ScoreSde(Watching(), MUSIC), bars=1, key="Am", density=3.0, guidance=1.0)
    assert seen[0] == {"key": 21, "density": 3.0}


class Watched(torch.nn.Module):
    """Remembers the density and the register that it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: set[tuple[float, float]] = set()

    def forward(self, noisy: torch.Tensor, t: torch.Tensor, wishes: Wishes) -> torch.Tensor:
        self.told.add((float(wishes.density[0]), float(wishes.register[0])))
        return torch.full_like(noisy, -1.0)


def test_music_from_nothing_is_as_dense_as_a_passage_of_the_data_from_its_beginning_to_its_end() -> None:
    usual = tuple((float(density), 50.0 + density) for density in range(1, 9))
    told = []
    for seed in range(6):
        watched = Watched()
        alone(ScoreSde(watched, replace(SMALL, usual=usual)), seed, bars=20)
        told.append(watched.told)
    assert all(len(each) == 1 and each <= set(usual) for each in told)
    assert len(set().union(*told)) >= 3


def test_a_wish_for_density_leaves_the_register_open() -> None:
    watched = Watched()
    alone(ScoreSde(watched, replace(SMALL, usual=((4.0, 60.0),))), bars=2, density=2.0, guidance=1.0)
    assert watched.told == {(2.0, -1.0)}


def test_what_is_made_of_a_clip_is_as_dense_and_as_high_as_it() -> None:
    watched = Watched()
    model = ScoreSde(watched, replace(SMALL, one_key=False, usual=((4.0, 60.0),)))
    changed(model, clip(5), TempoMap.steady(120), more=2)
    assert watched.told == {(1.0, 74.0)}


def test_a_few_notes_say_nothing_of_density() -> None:
    watched = Watched()
    changed(ScoreSde(watched, replace(SMALL, usual=((4.0, 60.0),))), clip(1), TempoMap.steady(120), more=2)
    assert watched.told == {(-1.0, -1.0)}


@pytest.mark.parametrize(("key", "lowest"), [("C", 48), ("Eb", 51), ("Bb", 46), ("F#m", 45)])
def test_a_network_of_one_key_plays_in_every_key(key: str, lowest: int) -> None:
    result = alone(ScoreSde(Chorale(), SMALL), bars=2, key=key)
    assert {note.pitch - lowest for note in result.notes} == {0, 12, 16, 19}


def test_a_network_of_one_key_hears_a_clip_in_its_own_key_and_answers_in_the_clips() -> None:
    heard = []

    class Listening(Chorale):
        def forward(self, noisy: torch.Tensor, t: torch.Tensor, wishes: Wishes) -> torch.Tensor:
            heard.append(wishes.known)
            return super().forward(noisy, t, wishes)

    scale = (62, 64, 66, 67, 69, 71, 73, 74)  # D major
    notes = tuple(Note(at * 0.5, at * 0.5 + 0.45, pitch, 80) for at, pitch in enumerate(scale))
    result = changed(ScoreSde(Listening(), SMALL), notes, TempoMap.steady(120), more=1)
    struck = heard[0][0, 0].max(dim=1).values > -1.0
    assert {21 + row for row in torch.nonzero(struck).flatten().tolist()} == {pitch - 2 for pitch in scale}
    assert {note.pitch for note in result.notes if note.start_s >= 4.0} == {50, 62, 66, 69}


def test_without_wish_and_clip_a_network_of_one_key_plays_in_many() -> None:
    lowest = {min(note.pitch for note in pipeline_notes) for pipeline_notes in (
        alone(ScoreSde(Chorale(), SMALL), seed, bars=1).notes for seed in range(12)
    )}
    assert len(lowest) >= 4


def test_no_key_that_a_piano_lacks_is_struck() -> None:
    class Highest(torch.nn.Module):
        def forward(self, noisy: torch.Tensor, t: torch.Tensor, wishes: Wishes) -> torch.Tensor:
            planes = torch.full_like(noisy, -1.0)
            planes[:, :, -4:, ::4] = 0.9
            return planes

    result = alone(ScoreSde(Highest(), SMALL), bars=2, key="G")  # the network sees it a fourth higher
    assert {note.pitch for note in result.notes} == {100, 101, 102, 103}
    result = alone(ScoreSde(Highest(), SMALL), bars=2, key="Eb")  # and here a third lower
    assert {note.pitch for note in result.notes} == {108}
