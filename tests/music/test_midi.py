import math
import struct
from pathlib import Path

import mido
import numpy as np
import pretty_midi
import pytest

from leap_models.errors import BadParameter, UnreadableMidi, UnwritableOutput
from leap_models.music import midi
from leap_models.music.notes import LEFT, RIGHT, Note, Notes, Pedal
from leap_models.music.tempo import TempoMap

C4, E4 = 60, 64
AT_120 = TempoMap.steady(120)


def piece(end_s: float, seed: int = 0, step_s: float = 0.37) -> Notes:
    rng = np.random.default_rng(seed)
    starts = np.arange(0.0, end_s, step_s)
    return tuple(
        Note(float(start), float(start + rng.uniform(0.05, 0.3)), 48 + index % 24, 1 + index % 127, index % 2)
        for index, start in enumerate(starts)
    )


def human_beats(count: int, bpm: float, jitter_s: float, start_s: float = 0.3, seed: int = 0) -> TempoMap:
    """A tempo map as a beat tracker makes it: an anchor at every beat, none quite where it should be."""
    rng = np.random.default_rng(seed)
    seconds = start_s + np.arange(count) * 60 / bpm + rng.uniform(-jitter_s, jitter_s, count)
    return TempoMap(tuple((float(second), float(beat)) for beat, second in enumerate(seconds)))


TEMPI = {
    "steady 120": AT_120,
    "steady 133.7 from 0.37 s": TempoMap.steady(133.7, first_s=0.37),
    "slow 31": TempoMap.steady(31),
    "waltz with a pickup of a beat": TempoMap.steady(90, beats_per_bar=3, first_s=60 / 90),
    "a bar line 20 ms after the start": TempoMap.steady(100, first_s=0.02),
    "a bar line 150 ms after the start": TempoMap.steady(100, first_s=0.15),
    "downbeat on beat 2": TempoMap(((0.2, 0.0), (0.7, 1.0)), downbeat=2.0),
    "beat tracker": human_beats(160, 117, 0.01),
    "ritardando": TempoMap(((0.0, 0.0), (10.0, 20.0), (30.0, 40.0), (60.0, 50.0))),
    "anchors off the beat": TempoMap(((0.1, 0.123), (3.3, 7.77), (9.1, 18.01), (40.0, 83.3))),
}


@pytest.fixture(params=list(TEMPI))
def tempo(request: pytest.FixtureRequest) -> TempoMap:
    return TEMPI[request.param]


def test_every_second_is_kept_within_a_millisecond(tmp_path: Path, tempo: TempoMap) -> None:
    notes = piece(80.0)
    midi.write(tmp_path / "a.mid", notes, tempo)
    right, left = pretty_midi.PrettyMIDI(str(tmp_path / "a.mid")).instruments
    found = sorted((note.start, note.end) for note in (*right.notes, *left.notes))
    np.testing.assert_allclose(found, [(note.start_s, note.end_s) for note in notes], atol=0.001)


def test_bars_of_the_file_are_bars_of_the_song(tmp_path: Path, tempo: TempoMap) -> None:
    midi.write(tmp_path / "a.mid", piece(80.0), tempo)
    found = pretty_midi.PrettyMIDI(str(tmp_path / "a.mid")).get_downbeats()
    first = math.ceil((tempo.beat_at(0.07) - tempo.downbeat) / tempo.beats_per_bar)
    bars = [tempo.second_at(tempo.downbeat + bar * tempo.beats_per_bar) for bar in range(first, 1000)]
    bars = [second for second in bars if second < found[-1] + 0.1]
    np.testing.assert_allclose(found[-len(bars) :], bars, atol=0.0011)
    assert len(bars) >= len(found) - 1


def test_our_reader_reads_what_pretty_midi_reads(tmp_path: Path, tempo: TempoMap) -> None:
    midi.write(tmp_path / "a.mid", piece(40.0), tempo)
    right, left = pretty_midi.PrettyMIDI(str(tmp_path / "a.mid")).instruments
    theirs = [
        (n.start, n.end, n.pitch, n.velocity, track) for track, part in enumerate((right, left)) for n in part.notes
    ]
    ours = [(n.start_s, n.end_s, n.pitch, n.velocity, n.track) for n in midi.read(tmp_path / "a.mid").notes]
    np.testing.assert_allclose(ours, sorted(theirs), atol=1e-6)


def test_the_tempo_map_comes_back_within_a_millisecond(tmp_path: Path) -> None:
    tempo = TEMPI["beat tracker"]
    midi.write(tmp_path / "a.mid", piece(80.0), tempo)
    found = midi.read(tmp_path / "a.mid").tempo
    shift = found.beat_at(50.0) - tempo.beat_at(50.0)
    seconds = [found.second_at(beat + shift) for beat in range(4, 150)]
    np.testing.assert_allclose(seconds, [tempo.second_at(beat) for beat in range(4, 150)], atol=0.0021)


def tempo_changes(path: Path) -> int:
    return sum(message.type == "set_tempo" for message in mido.MidiFile(path).tracks[0])


def test_a_steady_tempo_of_an_hour_is_one_tempo(tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", [Note(3600.0, 3601.0, C4, 80)], AT_120)
    assert tempo_changes(tmp_path / "a.mid") == 1


def test_anchors_within_a_millisecond_of_a_steady_tempo_are_thinned(tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", piece(80.0), human_beats(160, 120, 0.0004, start_s=0.5))
    assert tempo_changes(tmp_path / "a.mid") <= 3


def test_a_tempo_that_really_changes_is_not_thinned(tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", piece(80.0), human_beats(160, 120, 0.01, start_s=0.5))
    assert tempo_changes(tmp_path / "a.mid") > 80


def test_bar_lines_do_not_drift_in_an_hour(tmp_path: Path) -> None:
    tempo = TempoMap.steady(187.3)
    midi.write(tmp_path / "a.mid", [Note(3600.0, 3601.0, C4, 80)], tempo)
    found = pretty_midi.PrettyMIDI(str(tmp_path / "a.mid")).get_downbeats()
    np.testing.assert_allclose(found, [tempo.second_at(4 * bar) for bar in range(len(found))], atol=0.0011)


def test_a_tempo_too_slow_for_midi_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match=r"shorter than 16\.7 s"):
        midi.write(tmp_path / "a.mid", piece(10), TempoMap.steady(3))


def test_hands_are_two_named_tracks(tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", piece(10), AT_120)
    assert [track.name for track in midi.read(tmp_path / "a.mid").tracks] == ["Right hand", "Left hand"]


def test_a_hand_that_plays_nothing_keeps_its_track(tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", [Note(0.0, 1.0, C4, 80, LEFT)], AT_120)
    assert [note.track for note in midi.read(tmp_path / "a.mid").notes] == [LEFT]


def test_a_band_keeps_programs_and_drums(tmp_path: Path) -> None:
    notes = [Note(0.0, 1.0, 36, 80, 0), Note(0.0, 1.0, C4, 80, 1)]
    midi.write(
        tmp_path / "a.mid", notes, AT_120, track_names=("Drums", "Gitarre für Ré 琴"), programs=(0, 24), drums=(0,)
    )
    assert midi.read(tmp_path / "a.mid").tracks == (
        midi.TrackInfo("Drums", 0, True),
        midi.TrackInfo("Gitarre für Ré 琴", 24, False),
    )


def test_the_pedal_comes_back_once_for_both_hands(tmp_path: Path) -> None:
    pedals = (Pedal(0.5, 1.5), Pedal(1.5, 2.0))
    midi.write(tmp_path / "a.mid", piece(3), AT_120, pedals=pedals)
    found = midi.read(tmp_path / "a.mid").pedals
    assert [(pedal.start_s, pedal.end_s) for pedal in found] == [(0.5, 1.5), (1.5, 2.0)]


def test_a_repeated_note_stays_two_notes(tmp_path: Path) -> None:
    notes = (Note(0.0, 0.5, C4, 80), Note(0.5, 1.0, C4, 60))
    midi.write(tmp_path / "a.mid", notes, AT_120)
    assert midi.read(tmp_path / "a.mid").notes == notes


def test_notes_of_one_key_that_overlap_are_cut(tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", [Note(0.0, 2.0, C4, 80), Note(0.5, 1.0, C4, 60)], AT_120)
    assert midi.read(tmp_path / "a.mid").notes == (Note(0.0, 0.5, C4, 80), Note(0.5, 1.0, C4, 60))


def test_two_notes_of_one_key_at_once_become_the_longer(tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", [Note(0.0, 2.0, C4, 80), Note(0.0, 1.0, C4, 60)], AT_120)
    assert midi.read(tmp_path / "a.mid").notes == (Note(0.0, 2.0, C4, 80),)


def test_one_key_in_both_hands_is_two_notes(tmp_path: Path) -> None:
    notes = (Note(0.0, 1.0, C4, 80, RIGHT), Note(0.0, 2.0, C4, 60, LEFT))
    midi.write(tmp_path / "a.mid", notes, AT_120)
    assert midi.read(tmp_path / "a.mid").notes == notes


def test_no_notes_are_a_file_too(tmp_path: Path) -> None:
    midi.write(tmp_path / "a.mid", (), AT_120)
    assert midi.read(tmp_path / "a.mid").notes == ()


def test_a_note_of_a_track_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="from 0 to 1, got 2"):
        midi.write(tmp_path / "a.mid", [Note(0.0, 1.0, C4, 80, 2)], AT_120)


def test_a_refused_piece_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadParameter):
        midi.write(tmp_path / "a.mid", [Note(0.0, 1.0, C4, 0)], AT_120)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_unwritable(tmp_path: Path) -> None:
    with pytest.raises(UnwritableOutput, match="there is no folder"):
        midi.write(tmp_path / "none" / "a.mid", piece(1), AT_120)


def raw(*tracks: bytes, division: int = 480, kind: int = 1) -> bytes:
    """A MIDI file of tracks given as events in hexadecimal; the end of track is added."""
    chunks = [b"MTrk" + struct.pack(">I", len(track) + 4) + track + bytes.fromhex("00ff2f00") for track in tracks]
    return b"MThd" + struct.pack(">IHHh", 6, kind, len(tracks), division) + b"".join(chunks)


def read_raw(tmp_path: Path, *tracks: str, division: int = 480, kind: int = 1) -> midi.Midi:
    (tmp_path / "a.mid").write_bytes(raw(*(bytes.fromhex(track) for track in tracks), division=division, kind=kind))
    return midi.read(tmp_path / "a.mid")


def test_without_a_tempo_a_beat_is_half_a_second(tmp_path: Path) -> None:
    found = read_raw(tmp_path, "00 90 3c 50  8360 80 3c 00")  # 480 ticks later
    assert found.notes == (Note(0.0, 0.5, C4, 80),)


def test_note_on_with_velocity_0_ends_a_note(tmp_path: Path) -> None:
    assert len(read_raw(tmp_path, "00 90 3c 50  8360 90 3c 00").notes) == 1


def test_a_note_that_is_never_let_go_ends_with_its_track(tmp_path: Path) -> None:
    (note,) = read_raw(tmp_path, "00 90 3c 50  8360 b0 07 64").notes
    assert note.end_s == 0.5


def test_a_key_struck_again_before_it_is_let_go_is_two_notes(tmp_path: Path) -> None:
    found = read_raw(tmp_path, "00 90 3c 50  8360 90 3c 40  00 80 3c 00  8360 80 3c 00")
    assert found.notes == (Note(0.0, 0.5, C4, 80), Note(0.5, 1.0, C4, 64))


def test_channels_of_a_single_track_are_tracks(tmp_path: Path) -> None:
    found = read_raw(tmp_path, "00 c1 18  00 90 3c 50  00 91 40 50  00 99 24 50  8360 b0 07 64", kind=0)
    assert [(track.program, track.is_drum) for track in found.tracks] == [(0, False), (24, False), (0, True)]


def test_a_tempo_change_in_any_track_counts(tmp_path: Path) -> None:
    found = read_raw(tmp_path, "8360 90 3c 50  8360 80 3c 00", "8360 ff 51 03 0f 42 40")  # 1 s per beat from beat 1
    assert found.notes == (Note(0.5, 1.5, C4, 80),)


def test_six_eight_has_three_quarters_a_bar(tmp_path: Path) -> None:
    found = read_raw(tmp_path, "00 ff 58 04 06 03 18 08  00 90 3c 50  8360 80 3c 00")
    assert (found.time_signature, found.tempo.beats_per_bar, found.tempo.bpm_at(0)) == ("6/8", 3, 120.0)


def test_seven_eight_counts_eighths(tmp_path: Path) -> None:
    found = read_raw(tmp_path, "00 ff 58 04 07 03 18 08  00 90 3c 50  8360 80 3c 00")
    assert (found.time_signature, found.tempo.beats_per_bar, found.tempo.bpm_at(0)) == ("7/8", 7, 240.0)


def test_the_downbeat_is_where_the_main_time_signature_begins(tmp_path: Path) -> None:
    found = read_raw(tmp_path, "00 ff 58 04 01 02 18 08  8360 ff 58 04 04 02 18 08  8360 90 3c 50  8360 80 3c 00")
    assert (found.tempo.beats_per_bar, found.tempo.downbeat) == (4, 1.0)


def test_the_key_is_read(tmp_path: Path) -> None:
    assert read_raw(tmp_path, "00 ff 59 02 fd 00").key == "Eb"


GOOD = raw(bytes.fromhex("00 90 3c 50  8360 80 3c 00"))


@pytest.mark.parametrize(
    "content",
    [b"", b"MThd", b"This is no MIDI file, whatever its name says.", GOOD[:-7], GOOD[:18], raw(division=-25)],
    ids=["empty", "only the magic", "text", "truncated", "no track", "SMPTE"],
)
def test_a_broken_file_is_one_line_with_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "song.mid").write_bytes(content)
    with pytest.raises(UnreadableMidi, match=r"^[^\n]*song\.mid: [^\n]*$"):
        midi.read(tmp_path / "song.mid")


@pytest.mark.parametrize("name", ["none.mid", "."])
def test_what_is_no_file_is_unreadable(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableMidi, match="no such file"):
        midi.read(tmp_path / name)


def test_bytes_at_random_are_read_or_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    midi.write(tmp_path / "a.mid", piece(5), TEMPI["beat tracker"], pedals=(Pedal(0.1, 0.5),))
    good = (tmp_path / "a.mid").read_bytes()
    for _ in range(100):
        bad = bytearray(good)
        for place in rng.integers(0, len(bad), 4):
            bad[place] = rng.integers(0, 256)
        (tmp_path / "b.mid").write_bytes(bad[: rng.integers(1, len(bad) + 1)])
        try:
            midi.read(tmp_path / "b.mid")
        except UnreadableMidi:
            continue
