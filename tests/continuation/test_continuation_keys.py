"""Melody models that know one key alone, and go on in every key."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from leap_models import pipeline, scores
from leap_models.errors import BadParameter
from leap_models.families.continuation import lstm
from leap_models.families.continuation.clip import Begun
from leap_models.families.continuation.composing import Melodist, Music
from leap_models.families.continuation.lstm_net import LstmConfig, MelodyLstm
from leap_models.families.continuation.symbols import END, HOLD, REST, Symbols, key, parse, transposed
from leap_models.families.continuation.writing import Writer, chorale_ranges
from leap_models.interface import Piece, Request, Values
from leap_models.music.keys import number_of
from leap_models.music.notes import Note
from leap_models.music.tempo import TempoMap
from leap_models.training.bach import Chorale, at_home

CHORD = (60, 64, 67, 72)
D_MAJOR = (62, 64, 66, 67, 69, 71, 73, 74)


@dataclass
class Chords:
    """Composes a broken C major chord, whatever it hears, and remembers that."""

    heard: list[Symbols] = field(default_factory=list)
    voices: int = 1

    def begin(self, start: Begun, tempo: TempoMap, params: Values, rng: np.random.Generator) -> Music:
        self.heard.append(start.symbols)
        return Music(start.symbols, len(start.symbols), None, start.semitones)

    def more(self, music: Music, until: int, tempo: TempoMap, params: Values, rng: np.random.Generator) -> Music:
        steps = np.arange(len(music.symbols), until)
        made = np.where(steps % 4 == 0, np.array(CHORD)[steps // 4 % 4], HOLD)[:, None]
        return Music(np.concatenate([music.symbols, made]), music.given, None, music.semitones)


def going_on(composer: Chords, one_key: bool = True, seed: int = 0, clip: bool = True, **params: object):
    model = Melodist(lstm.describe(), composer, one_key)
    values = model.info.check({"more": 1, **params} if clip else {"bars": 1, **params})
    scale = enumerate(D_MAJOR)
    notes = tuple(Note(at * 0.5, at * 0.5 + 0.45, pitch, 80) for at, pitch in scale) if clip else ()
    piece = Piece(None, notes, TempoMap.steady(120.0), 6.0, "clip.mid") if clip else scores.nothing(values)
    return pipeline.run(model, piece, Request("lstm", values, seed)).notes


def test_a_clip_is_heard_in_the_one_key_and_goes_on_in_its_own() -> None:
    composer = Chords()
    made = [note.pitch for note in going_on(composer) if note.start_s >= 3.9]
    struck = composer.heard[0][composer.heard[0] < HOLD]
    assert struck.tolist() == [pitch - 2 for pitch in D_MAJOR]
    assert made == [62, 66, 69, 74]


def test_the_clip_itself_stays_where_it_was() -> None:
    assert [note.pitch for note in going_on(Chords()) if note.start_s < 3.9] == list(D_MAJOR)


def test_a_key_can_be_wished() -> None:
    assert {note.pitch for note in going_on(Chords(), clip=False, key="Eb")} == {63, 67, 70, 75}


def test_without_wish_there_are_many_keys() -> None:
    assert len({going_on(Chords(), clip=False, seed=seed)[0].pitch for seed in range(12)}) >= 4


def test_weights_of_all_keys_refuse_a_wish() -> None:
    with pytest.raises(BadParameter, match="key must be any with these weights, got Eb"):
        going_on(Chords(), one_key=False, key="Eb")


def test_the_voices_of_a_chorale_keep_to_their_ranges_in_the_key_that_is_heard() -> None:
    low, high = chorale_ranges(4)[3]
    writer = Writer(MelodyLstm(LstmConfig(voices=4, embedding=4, width=4)), ranges=chorale_ranges(4))
    allowed = writer._allowed(fresh=False, semitones=5)[3]
    assert np.flatnonzero(allowed[:HOLD] == 0.0).tolist() == list(range(low + 5, high + 6))


def test_only_pitches_are_moved() -> None:
    symbols = np.array([[60], [HOLD], [REST], [127], [END]])
    assert transposed(symbols, 3)[:, 0].tolist() == [63, HOLD, REST, 127, END]


@pytest.mark.parametrize(
    ("words", "name"), [("67 _ 71 _ 74 _ 67 _ 66 _ 67 _", "G"), ("69 _ _ 72 76 _ 68 _ 69 _ _ _", "Am")]
)
def test_the_key_of_a_melody_is_found(words: str, name: str) -> None:
    assert key(np.array(parse(words))[:, None]) == number_of(name)


def test_chorales_are_learned_in_one_key() -> None:
    symbols = np.array(parse("62 _ 66 _ 69 _ 74 _"))[:, None].repeat(4, axis=1)
    assert at_home(Chorale("bwv1.6", symbols, 4, 0)).symbols[:, 0].tolist() == parse("60 _ 64 _ 67 _ 72 _")
