"""The models of continuation through the pipeline."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tiny_continuation import BAND, MELODIES, save_band, save_melody, tune

from leap_models import pipeline, registry, scores
from leap_models.errors import BadParameter, DamagedWeights
from leap_models.families.continuation.band import harmony
from leap_models.families.continuation.writing import parallels
from leap_models.interface import Model, Piece, Request
from leap_models.music.notes import Notes
from leap_models.music.players import NAMES
from leap_models.training.evaluate_continuation import compose
from leap_models.training.voice_leading import observed


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("continuation")
    found = {name: save_melody(root / name, name) for name in MELODIES}
    return {**found, "melody_nn": save_band(root / "melody_nn")}


@pytest.fixture
def load(folders: dict[str, Path]):
    def loaded(name: str) -> Model:
        return registry.load(name, "cpu", folders[name])

    return loaded


def made(model: Model, piece: Piece | None = None, seed: int = 0, **params: object) -> pipeline.Result:
    values = model.info.check(params)
    return pipeline.run(model, piece or scores.nothing(values), Request(model.info.name, values, seed))


def struck(notes: Notes) -> list[tuple[float, int]]:
    return sorted((round(note.start_s, 4), note.pitch) for note in notes)


@pytest.mark.parametrize("name", [*MELODIES, "melody_nn"])
def test_the_same_seed_gives_the_same_music(load, name: str):
    model = load(name)
    one, again, other = (made(model, None, seed, bars=4).notes for seed in (3, 3, 4))
    assert one == again
    assert one != other


@pytest.mark.parametrize("name", [*MELODIES, "melody_nn"])
def test_music_is_as_long_as_asked(load, name: str):
    assert made(load(name), bars=5, bpm=90.0).duration_s == pytest.approx(5 * 4 * 60 / 90)


@pytest.mark.parametrize("name", ["lstm", "lstm_vae"])
def test_a_melody_has_one_note_at_a_time(load, name: str):
    notes = made(load(name), bars=8, bpm=120.0, temperature=1.5, top_p=1.0).notes
    assert len(notes) > 4
    assert all(one.end_s <= other.start_s + 0.011 for one, other in pairwise(notes))


def test_a_chorale_sounds_more_than_one_note_at_once(load):
    notes = made(load("chorale"), bars=4, temperature=1.5, top_p=1.0).notes
    assert len({note.start_s for note in notes}) < len(notes)


@pytest.mark.parametrize("name", ["lstm", "chorale"])
def test_a_clip_stays_and_goes_on(load, name: str):
    piece = tune(bars=2, more=4)
    result = made(load(name), piece, temperature=2.0, top_p=1.0)
    assert struck(result.notes)[:8] == struck(piece.notes)
    assert result.notes[-1].start_s > 4.0


def test_what_comes_after_a_clip_depends_on_the_clip(load):
    model = load("lstm")
    one, other = (made(model, tune(low=low, more=4), temperature=0.01).notes for low in (60, 72))
    assert struck(one)[8:] != struck(other)[8:]


def test_words_are_played_first(load):
    notes = made(load("lstm"), melody="67 _ _ _ r _ 65 _", bpm=60.0, bars=2).notes
    assert [(note.start_s, note.pitch) for note in notes[:2]] == [(0.0, 67), (1.5, 65)]


def test_words_and_a_clip_together_are_refused(load):
    with pytest.raises(BadParameter, match="melody must be left out where a clip is given"):
        made(load("lstm"), tune(), melody="60 _")


def test_long_music_is_the_same_however_it_is_cut_into_windows(load):
    model = load("lstm")
    long, short = (made(model, bars=bars, bpm=120.0) for bars in (24, 8))
    assert struck(short.notes)[:-1] == struck(long.notes)[: len(short.notes) - 1]


def test_temperature_zero_is_refused(load):
    with pytest.raises(BadParameter, match=r"temperature must be a number from 0\.01 to 5, got 0"):
        made(load("lstm"), temperature=0)


@pytest.mark.parametrize("mode", ["reconstruct", "morph", "continue"])
def test_a_mode_that_needs_a_clip_says_so(load, mode: str):
    with pytest.raises(BadParameter, match=f"mode must be auto or sample where there is no clip, got {mode}"):
        made(load("lstm_vae"), mode=mode)


def test_a_morph_of_a_short_clip_is_refused(load):
    with pytest.raises(BadParameter, match="a morph needs a clip of more than 64 sixteenths"):
        made(load("lstm_vae"), tune(bars=4), mode="morph")


@pytest.mark.parametrize("name", ["lstm_vae", "conv_vae"])
def test_the_ends_of_a_morph_are_not_alike(load, name: str):
    model, piece = load(name), tune(bars=8)
    ways = [struck(made(model, piece, mode="morph", position=place, temperature=0.01).notes) for place in (0, 0.5, 1)]
    assert ways[0] != ways[2]


def test_sliders_that_were_not_learned_are_refused(load):
    with pytest.raises(BadParameter, match="register and density must be 0 with these weights"):
        made(load("conv_vae"), register=1.0)


def test_weights_of_another_number_of_voices_are_refused(load, folders: dict[str, Path]):
    load("chorale")
    with pytest.raises(DamagedWeights, match="chorale needs weights of 4 voices, these have 1"):
        registry.load("chorale", "cpu", folders["lstm"])


def players(notes: Notes) -> set[str]:
    return {NAMES[note.track] for note in notes}


def test_everybody_plays(load):
    assert players(made(load("melody_nn"), bars=8).notes) == set(NAMES)


def test_those_who_are_left_out_are_silent(load):
    assert players(made(load("melody_nn"), bars=8, without="strings, drums").notes) == {"piano", "guitar", "bass"}


def test_the_piano_that_is_accompanied_stays_as_it_is(load):
    piece = tune(bars=4, chords=True)
    own = Piece(None, tuple(note_of(note, 1) for note in piece.notes), piece.tempo, piece.duration_s, "")
    result = made(load("melody_nn"), own)
    assert tuple(note for note in result.notes if note.track == 1) == own.notes
    assert len(players(result.notes)) > 1


def note_of(note, track: int):
    return replace(note, track=track)


def test_the_piano_goes_on_behind_what_it_was_given(load):
    piece = tune(bars=4, more=8)
    own = Piece(None, tuple(note_of(note, 1) for note in piece.notes), piece.tempo, piece.duration_s, "")
    result = made(load("melody_nn"), own)
    assert any(note.track == 1 and note.start_s >= 8.0 for note in result.notes)


def test_no_window_of_a_band_is_like_the_one_before(load):
    notes = made(load("melody_nn"), bars=12, bpm=120.0).notes
    bars = [{(round(n.start_s % 8.0, 3), n.pitch, n.track) for n in notes if n.start_s // 8 == at} for at in range(3)]
    assert bars[0] != bars[1] != bars[2]


@pytest.mark.parametrize(
    ("without", "line"),
    [
        ("flute", "without must name players out of drums, piano, guitar, bass, strings, got flute"),
        ("drums,piano,guitar,bass,strings", "without must leave somebody to play"),
    ],
)
def test_players_nobody_knows_are_refused(load, without: str, line: str):
    with pytest.raises(BadParameter, match=f"^{line}$"):
        made(load("melody_nn"), without=without)


def test_a_band_in_three_four_is_refused(load):
    with pytest.raises(BadParameter, match="the metre must be 4/4, got 3 beats a bar"):
        made(load("melody_nn"), tune(beats_per_bar=3))


def test_a_band_whose_piano_is_left_out_follows_it_all_the_same(load):
    whole, others = (made(load("melody_nn"), bars=8, without=without).notes for without in ("", "piano"))
    assert others == tuple(note for note in whole if NAMES[note.track] != "piano")


def test_a_player_without_weights_is_silent(tmp_path: Path):
    known = replace(BAND, known=(False, True, False, False, False))
    model = registry.load("melody_nn", "cpu", save_band(tmp_path / "band", known))
    assert players(made(model, bars=4).notes) == {"piano"}


def test_rolls_hold_no_strange_numbers(load):
    notes = made(load("melody_nn"), bars=16, temperature=3.0).notes
    assert np.isfinite([note.start_s for note in notes]).all()


def test_voices_do_not_move_in_parallel_fifths_or_octaves():
    before, now = np.array([67, 60, 52, 48]), np.array([69, 62])
    assert not set(parallels(before, now, 2)) & {52, 57}  # no fifth or octave was there before
    assert {note % 12 for note in parallels(before, np.array([69]), 1)} == {2}  # G over C, then A over D
    assert {note % 12 for note in parallels(before, np.array([69, 60, 53]), 3)} == {2}  # as with the soprano


def test_a_voice_may_stay_where_another_moves_away():
    assert 60 not in parallels(np.array([67, 60]), np.array([72]), 1)


def test_a_chorale_has_no_parallel_fifths_or_octaves(folders: dict[str, Path]):
    figures = observed([compose(folders["chorale"], seed) for seed in range(2)]).figures
    assert (figures["parallel_fifths"], figures["parallel_octaves"]) == (0.0, 0.0)


def test_what_is_in_the_same_chord_fits_better_than_what_is_not():
    chord, others, silent = np.zeros((256, 128), bool), np.zeros((256, 128), bool), np.zeros((256, 128), bool)
    chord[:, [48, 64, 67]] = True
    others[:, [49, 66]] = True
    assert harmony(np.stack([others, chord, silent]), chord).round(6).tolist() == [0.0, 1.0, 0.0]


def test_harmony_is_of_each_half_bar():
    one, other = np.zeros((256, 128), bool), np.zeros((256, 128), bool)
    one[:64, 60] = one[64:, 62] = other[:, 72] = True
    assert harmony(one[None], other).tolist() == [0.25]
