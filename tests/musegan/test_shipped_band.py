"""The band that ships makes music: in key, by several players, around a part that is given."""

import pytest

from leap_models import paths, pipeline, registry, scores
from leap_models.interface import Model, Piece, Request
from leap_models.music.notes import Note, Notes
from leap_models.music.players import BASS, DRUMS
from leap_models.music.tempo import TempoMap

MOST_BYTES = 15_000_000
WHITE = {0, 2, 4, 5, 7, 9, 11}


@pytest.fixture(scope="module")
def band() -> Model:
    return registry.load("musegan", "cpu")


def take(band: Model, seed: int, piece: Piece | None = None, **wanted: object) -> Notes:
    params = band.info.check(wanted)
    return pipeline.run(band, piece or scores.nothing(params), Request("musegan", params, seed)).notes


def in_key(notes: Notes, tonic: int) -> float:
    """The share of time that lies in a major key."""
    pitched = [note for note in notes if note.track != DRUMS]
    inside = sum(note.length_s for note in pitched if (note.pitch - tonic) % 12 in WHITE)
    return inside / sum(note.length_s for note in pitched)


def test_the_weights_are_small():
    assert sum(path.stat().st_size for path in paths.weights_folder("musegan").iterdir()) <= MOST_BYTES


@pytest.mark.parametrize(("key", "tonic"), [("C", 0), ("Em", 7), ("Eb", 3)])
def test_a_take_is_in_its_key(band: Model, key: str, tonic: int):
    assert in_key(take(band, 1, bars=8, key=key), tonic) > 0.9


def test_three_play_or_more_as_in_the_data(band: Model):
    playing = [len({note.track for note in take(band, seed, bars=4)}) for seed in range(8)]
    assert sum(count >= 3 for count in playing) >= 7


def test_a_bass_is_accompanied_in_its_key(band: Model):
    roots = [43, 43, 40, 40, 36, 36, 38, 38]  # G, e, C, D: G major
    bass = tuple(Note(float(beat), beat + 0.9, roots[beat % 8], 90, BASS) for beat in range(32))
    piece = Piece(None, bass, TempoMap.steady(60.0), 32.0, "bass.mid")
    made = take(band, 3, piece, track="bass")
    assert [note for note in made if note.track == BASS] == list(bass)
    others = tuple(note for note in made if note.track not in (BASS, DRUMS))
    assert in_key(others, 7) > 0.85
