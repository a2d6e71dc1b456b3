import numpy as np
import pytest
import song

from leap_models.errors import BadParameter
from leap_models.music import metrics
from leap_models.music.baselines import NO_CHORD, TRIADS, arrange_chords, find_chords, silence
from leap_models.music.notes import LEFT, RIGHT
from leap_models.music.playability import unplayable_groups
from leap_models.music.tempo import TempoMap

RATE = 50.0
FRAMES = round(song.END_S * RATE)
CHROMA = metrics.note_chroma(song.accompaniment(), RATE, FRAMES)


def bass_of(notes):
    return [note for note in notes if note.track == LEFT]


def test_silence_is_silent():
    assert silence() == ()


def test_the_chords_of_a_song_are_found():
    notes = arrange_chords(CHROMA, RATE, song.TEMPO)
    for bar in range(song.BARS):
        sounding = {n.pitch % 12 for n in notes if bar * 2 <= n.start_s < bar * 2 + 2}
        assert sounding == set(song.CHORDS[bar % 4])


def test_the_bass_plays_the_root_every_half_bar():
    bass = bass_of(arrange_chords(CHROMA, RATE, song.TEMPO))
    assert [(n.start_s, n.pitch % 12) for n in bass] == [(i / 1.0, song.CHORDS[i // 2 % 4][0]) for i in range(32)]


def test_a_triad_is_struck_on_every_beat():
    chords = [n for n in arrange_chords(CHROMA, RATE, song.TEMPO) if n.track == RIGHT]
    assert [n.start_s for n in chords] == sorted(list(np.arange(64) / 2) * 3)


def test_neighbouring_triads_lie_close_together():
    chords = [n for n in arrange_chords(CHROMA, RATE, song.TEMPO) if n.track == RIGHT]
    middles = [sum(n.pitch for n in chords[i : i + 3]) / 3 for i in range(0, len(chords), 3)]
    assert max(abs(np.diff(middles))) <= 3.0


def test_the_tune_is_played_if_it_is_given():
    times_s = (np.arange(FRAMES) + 0.5) / RATE
    top = metrics.top_pitch(times_s, song.melody())
    notes = arrange_chords(CHROMA, RATE, song.TEMPO, top)
    assert metrics.melody_chroma_accuracy(times_s, top, notes) > 0.98


def test_an_arrangement_with_a_tune_is_playable():
    top = metrics.top_pitch((np.arange(FRAMES) + 0.5) / RATE, song.melody()) + 12.0
    assert unplayable_groups(arrange_chords(CHROMA, RATE, song.TEMPO, top)) == 0


def test_one_dissonant_beat_does_not_change_the_chord():
    beats = np.zeros((12, 8))
    beats[[0, 4, 7]] = 1.0
    beats[9, 3] = 0.9
    assert [TRIADS[chord] for chord in find_chords(beats, np.arange(8) % 4 == 0)] == [(0, 4, 7)] * 8


def test_a_quiet_beat_has_no_chord():
    beats = np.zeros((12, 8))
    beats[[9, 0, 4]] = 1.0
    beats[:, 2] *= 0.01
    chords = find_chords(beats, np.arange(8) % 4 == 0).tolist()
    assert chords[2] == NO_CHORD
    assert {TRIADS[chord] for chord in chords if chord != NO_CHORD} == {(9, 0, 4)}


def test_a_silent_recording_is_arranged_as_silence():
    assert arrange_chords(np.zeros((12, 500)), RATE, song.TEMPO) == ()


def test_an_empty_recording_is_arranged_as_silence():
    assert arrange_chords(np.zeros((12, 0)), RATE, song.TEMPO) == ()


def test_nothing_sounds_beyond_the_recording():
    notes = arrange_chords(CHROMA[:, :503], RATE, TempoMap.steady(97.0, first_s=0.21))
    assert min(n.start_s for n in notes) == 0.0
    assert max(n.end_s for n in notes) == pytest.approx(503 / RATE)


def test_in_three_four_the_bass_comes_once_a_bar():
    waltz = TempoMap.steady(120.0, beats_per_bar=3)
    beats = np.zeros((12, 300))
    beats[[0, 4, 7]] = 1.0
    assert [n.start_s for n in bass_of(arrange_chords(beats, RATE, waltz))] == [0.0, 1.5, 3.0, 4.5]


@pytest.mark.parametrize(
    ("chroma", "rate", "top"),
    [(np.zeros((10, 5)), RATE, None), (np.zeros((12, 5)), 0.0, None), (np.zeros((12, 5)), RATE, np.zeros(4))],
    ids=["ten pitch classes", "no rate", "a tune of another length"],
)
def test_arrays_that_do_not_fit_are_refused(chroma, rate, top):
    with pytest.raises(BadParameter):
        arrange_chords(chroma, rate, song.TEMPO, top)
