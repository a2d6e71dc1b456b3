"""A band as a model: through the pipeline, the command line and the daemon."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as Xml

import mido
import numpy as np
import pypianoroll
import pytest
from conftest import Outcome
from tiny_band import ALONE, TINY, Chorale, band, bass_line, chorale, save_weights
from torch import Tensor, nn

from leap_bridge.cli import bands
from leap_bridge.osc.client import Client
from leap_models import pipeline, scores
from leap_models.errors import BadParameter, DamagedWeights
from leap_models.families.musegan import describe
from leap_models.families.musegan.accents import Accents
from leap_models.families.musegan.model import MuseGan
from leap_models.families.musegan.walk import into_key
from leap_models.interface import Piece, Request
from leap_models.music import midi
from leap_models.music.keys import NAMES as KEYS
from leap_models.music.midi_draft import Draft
from leap_models.music.notes import Note, Notes
from leap_models.music.players import INSTRUMENTS, NAMES
from leap_models.music.tempo import TempoMap
from leap_models.registry import Guarded


def take(model: MuseGan, seed: int = 0, piece: Piece | None = None, **params: object) -> pipeline.Result:
    values = model.info.check(params)
    request = Request("musegan", values, seed)
    return pipeline.run(Guarded(model), piece or scores.nothing(values), request)


def clip(bars: int = 3, track: int = 3, beats_per_bar: int = 4) -> Piece:
    return Piece(None, bass_line(bars, track=track), TempoMap.steady(120.0, beats_per_bar), 2.0 * bars, "bass.mid")


def of(track: str, notes: Notes) -> list[Note]:
    return [note for note in notes if note.track == NAMES.index(track)]


def test_a_chord_comes_out_as_it_was_played():
    result = take(chorale(), bars=2, bpm=120.0)
    piano = of("piano", result.notes)
    assert [(note.start_s, note.pitch) for note in piano] == [(at, p) for at in (0.0, 2.0) for p in (60, 64, 67)]
    assert {round(note.length_s, 6) for note in piano} == {1.5}


def test_drums_are_struck_on_every_beat():
    drums = of("drums", take(chorale(), bars=2, bpm=120.0).notes)
    assert [note.start_s for note in drums] == [0.5 * beat for beat in range(8)]


def test_a_band_is_not_thinned_for_two_hands():
    result = take(chorale(), bars=1, bpm=60.0)
    assert {note.track for note in result.notes} == {0, 1, 3}
    assert result.pedals == ()


def test_music_is_as_long_as_asked():
    assert take(chorale(), bars=7, bpm=90.0).duration_s == pytest.approx(7 * 4 * 60 / 90)


def test_no_phrase_is_missing_in_long_music():
    notes = of("piano", take(chorale(), bars=30, bpm=200.0).notes)
    assert sorted({round(note.start_s / 1.2, 3) for note in notes}) == list(range(30))


def test_accents_are_played():
    row = (120.0, *[50.0] * 15)
    drums = of("drums", take(chorale(Accents((row,) * 5)), bars=1, bpm=120.0).notes)
    assert drums[0].velocity > 100 > 70 > drums[1].velocity


def test_another_metre_is_refused():
    with pytest.raises(BadParameter, match="the metre must be 4/4, got 3 beats a bar"):
        take(band(), piece=clip(beats_per_bar=3), track="bass")


@pytest.mark.parametrize("track", NAMES)
def test_the_given_part_comes_through_as_it_was(track: str):
    given = clip(5, NAMES.index(track))
    result = take(band(), piece=given, track=track, candidates=2)
    assert tuple(of(track, result.notes)) == given.notes
    assert len({note.track for note in result.notes}) > 1


def test_weights_that_cannot_accompany_say_so():
    with pytest.raises(BadParameter, match="these weights can accompany nobody, got bass"):
        take(band(ALONE), piece=clip(), track="bass")


def test_weights_without_refiner_say_so():
    with pytest.raises(BadParameter, match="cells must be best, hard or bernoulli with these weights"):
        take(band(), cells="refined")


@pytest.mark.parametrize("cells", ["hard", "bernoulli"])
def test_the_same_seed_gives_the_same_music(cells: str):
    one, again, other = (take(band(), seed, bars=4, cells=cells).notes for seed in (3, 3, 4))
    assert one == again
    assert one != other


@pytest.mark.parametrize("mode", ["slerp", "lerp"])
def test_the_way_from_a_take_to_another_begins_and_ends_with_them(mode: str):
    model, ends = band(), {"bars": 6, "bpm": 120.0, "candidates": 2}
    way = [take(model, 3, towards=8, position=place, mode=mode, **ends).notes for place in (0.0, 0.5, 1.0)]

    def struck(notes: Notes) -> list[tuple[float, int, int]]:
        return sorted((note.start_s, note.pitch, note.track) for note in notes)

    one, other = take(model, 3, **ends).notes, take(model, 8, **ends).notes
    assert (struck(way[0]), struck(way[2])) == (struck(one), struck(other))
    assert struck(way[1]) not in (struck(one), struck(other))


@pytest.mark.parametrize("key", ["C", "Db", "F#", "B", "Am", "Dbm"])
def test_music_is_moved_into_the_key_that_is_asked_for(key: str):
    piano = of("piano", take(chorale(), bars=1, bpm=120.0, key=key).notes)
    number = KEYS.index(key)
    tonic = (number + (3 if number >= 12 else 0)) % 12  # of the major key with the same notes
    assert {note.pitch % 12 for note in piano} == {tonic, (tonic + 4) % 12, (tonic + 7) % 12}


def test_a_key_is_never_further_than_half_an_octave():
    cells = np.zeros(TINY.shape.planes, dtype=bool)
    cells[:, :, [36, 40, 43], 1] = True
    assert {into_key(cells, key) for key in range(12)} == set(range(-5, 7))


@pytest.mark.parametrize(("key", "semitones"), [("C", 0), ("Eb", 3), ("A", -3), ("F#m", -3)])
def test_a_band_of_one_key_plays_in_every_key(key: str, semitones: int):
    model = MuseGan(Chorale(), replace(TINY, one_key=True))
    piano = of("piano", take(model, bars=1, bpm=120.0, key=key).notes)
    assert [note.pitch - semitones for note in piano] == [60, 64, 67]


def test_a_band_of_one_key_plays_in_the_key_of_the_clip():
    scale = (50, 52, 54, 55, 57, 59, 61, 62)  # D major
    notes = tuple(Note(at * 0.5, at * 0.5 + 0.4, pitch, 80, NAMES.index("bass")) for at, pitch in enumerate(scale))
    piece = Piece(None, notes, TempoMap.steady(120.0), 4.0, "bass.mid")
    found = take(MuseGan(Chorale(), replace(TINY, one_key=True)), piece=piece, track="bass").notes
    assert {note.pitch for note in of("piano", found)} == {62, 66, 69}
    assert [note.pitch for note in of("bass", found)] == list(scale)


def test_candidates_stay_near_the_phrase_before():
    model = band()

    def change(candidates: int) -> float:
        notes = take(model, 1, bars=24, bpm=240.0, change=1.0, candidates=candidates).notes
        rows = np.zeros((12, 12))
        for note in notes:
            if note.track:
                rows[min(11, int(note.start_s / 2.0)), note.pitch % 12] += note.length_s
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return float(np.mean([1.0 - a @ b for a, b in pairwise(rows)]))

    assert change(8) < change(1)


class Dense(nn.Module):
    """Judges phrases by how many cells are on."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1).mean(dim=1, keepdim=True)


def test_of_the_candidates_the_judge_chooses():
    model = band()
    judged = MuseGan(model.generator, model.config, judge=Dense())

    def cells(model: MuseGan, candidates: int) -> float:
        step = model.walk(3, 0.5, candidates).next(0, None, lambda z: model.takes(z, describe().check({})), None)
        return float(step.cells.mean())

    assert cells(model, 8) == cells(model, 1)
    assert cells(judged, 8) > cells(judged, 1)


def test_damaged_weights_say_so(tmp_path: Path):
    save_weights(tmp_path)
    (tmp_path / "model.json").write_text((tmp_path / "model.json").read_text().replace('"common": 8', '"common": 9'))
    with pytest.raises(DamagedWeights, match="the weights do not fit the config"):
        MuseGan.load(tmp_path, "cpu")


@pytest.fixture
def generate(
    cli: Callable[..., Outcome], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Callable[..., Outcome]:  # fmt: skip
    weights = save_weights(tmp_path_factory.mktemp("weights") / "musegan")
    monkeypatch.chdir(tmp_path)
    first = ("--model", "musegan", "--weights", weights, "--device", "cpu", "--bars", 2)
    verbs = ("band", "interpolate", "accompany")
    return lambda *words: cli(*(words[:1] if words[0] in verbs else ("generate",)), *first,
                              *(words[1:] if words[0] in verbs else words))  # fmt: skip


def test_a_take_has_five_named_tracks_with_their_programs_and_drums_on_channel_ten(
    generate: Callable[..., Outcome], tmp_path: Path
) -> None:
    assert generate("-o", "take.mid").code == 0
    tracks = mido.MidiFile(tmp_path / "take.mid").tracks[1:]
    assert [track.name for track in tracks] == ["Drums", "Piano", "Guitar", "Bass", "Strings"]
    chosen = [next(each for each in track if each.type == "program_change") for track in tracks]
    assert [(each.channel, each.program) for each in chosen] == [(9, 0), (0, 0), (1, 25), (2, 33), (3, 48)]


def test_pypianoroll_opens_a_take(generate: Callable[..., Outcome], tmp_path: Path) -> None:
    assert generate("-o", "take.mid").code == 0
    song = pypianoroll.load(tmp_path / "take.npz")
    assert song.resolution == 12
    assert [(track.name, track.is_drum, track.program) for track in song.tracks] == [
        (each.name, each.is_drum, each.program) for each in INSTRUMENTS
    ]
    assert song.tracks[1].pianoroll.shape == (2 * 48, 128)
    assert sum(int(track.pianoroll.sum()) for track in song.tracks) > 0


def test_a_take_is_an_array_and_a_picture_too(generate: Callable[..., Outcome], tmp_path: Path) -> None:
    assert generate("-o", "take.mid").code == 0
    assert np.load(tmp_path / "take.npy").shape == (5, 96, 128)
    assert (tmp_path / "take.png").read_bytes()[1:4] == b"PNG"


def test_the_way_between_two_takes_is_a_take_for_each_step(generate: Callable[..., Outcome], tmp_path: Path) -> None:
    assert generate("-o", "a.mid", "--seed", 3).code == 0
    done = generate("-o", "way.mid", "--between", "a.npz", "8", "--steps-between", 3, "--json")
    assert [sample["path"] for sample in json.loads(done.out)["samples"]] == [f"way-{n}.mid" for n in (1, 2, 3)]
    assert (tmp_path / "way.grid.png").exists()
    first, taken = (np.load(tmp_path / name) for name in ("way-1.npy", "a.npy"))
    assert ((first > 0) == (taken > 0)).all()


def test_a_band_plays_what_generate_does(generate: Callable[..., Outcome], tmp_path: Path) -> None:
    assert generate("-o", "one.mid", "--seed", 3).code == 0
    assert generate("band", "--seed", 3).code == 0
    assert (tmp_path / "band.mid").read_bytes() == (tmp_path / "one.mid").read_bytes()


def test_several_takes_have_numbered_previews_and_scores(generate: Callable[..., Outcome], tmp_path: Path) -> None:
    assert generate("band", "--count", 2, "--preview", "heard.wav", "--musicxml", "read.musicxml").code == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert {"heard-1.wav", "heard-2.wav", "read-1.musicxml", "read-2.musicxml"} <= names
    assert {each.text for each in Xml.parse(tmp_path / "read-2.musicxml").getroot().iter("part-name")} <= {
        each.name for each in INSTRUMENTS
    }


def test_those_who_play_nothing_are_named() -> None:
    made = take(band(), 3)
    few = tuple(note for note in made.notes if NAMES[note.track] in ("piano", "bass"))
    assert bands.silent(few, made, describe()) == ("seed 3: no drums, no guitar, no strings",)
    left_out = replace(made, request=Request("musegan", {"without": "drums, strings"}, 3))
    assert bands.silent(few, left_out, describe()) == ("seed 3: no guitar",)


def test_a_preview_that_is_there_is_not_lost(generate: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "heard.wav").write_bytes(b"mine")
    assert generate("band", "--preview", "heard.wav").code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["heard.wav"]


def test_a_walk_has_nine_steps_and_goes_round(generate: Callable[..., Outcome]) -> None:
    done = generate("interpolate", "3", "8", "--json")
    report = json.loads(done.out)
    assert (len(report["samples"]), report["params"]["mode"]) == (9, "slerp")


def test_a_walk_needs_two_ends(generate: Callable[..., Outcome]) -> None:
    done = generate("interpolate", "3")
    assert done.code == 1
    assert "the following arguments are required" in done.err


def test_a_part_is_accompanied_and_comes_through_as_it_was(generate: Callable[..., Outcome], tmp_path: Path) -> None:
    midi.write_played(tmp_path / "clip.mid", bass_line(2), TempoMap.steady(120), INSTRUMENTS)
    assert generate("accompany", "--track", "bass", "clip.mid").code == 0
    given, made = (midi.read(tmp_path / name).notes for name in ("clip.mid", "clip.accompany.mid"))
    assert [note for note in made if note.track == 3] == list(given)
    assert len({note.track for note in made}) > 2


def test_what_is_no_take_is_refused(generate: Callable[..., Outcome]) -> None:
    done = generate("--between", "a.npz", "8")
    assert done.code == 1
    assert "a way between takes needs seeds or .npz files of takes, got a.npz" in done.err


def test_a_clip_is_accompanied(generate: Callable[..., Outcome], tmp_path: Path) -> None:
    midi.write_played(tmp_path / "clip.mid", bass_line(2), TempoMap.steady(120), INSTRUMENTS)
    assert generate("--track", "bass", "clip.mid").code == 0
    made = midi.read(tmp_path / "clip.new.mid")
    bass = [note for note in made.notes if note.track == 3]
    assert [(note.pitch, note.velocity) for note in bass] == [(note.pitch, note.velocity) for note in bass_line(2)]
    np.testing.assert_allclose([n.start_s for n in bass], [n.start_s for n in bass_line(2)], atol=1e-3)


def test_a_track_that_nobody_plays_is_refused_with_those_that_do(
    generate: Callable[..., Outcome], tmp_path: Path
) -> None:
    notes = (*bass_line(2), *bass_line(2, track=1))
    midi.write_played(tmp_path / "clip.mid", notes, TempoMap.steady(120), INSTRUMENTS)
    done = generate("--track", "guitar", "clip.mid")
    assert done.code == 1
    assert "track must be one that plays in the file, got guitar; there: bass, piano" in done.err


def test_a_file_with_one_part_is_that_part(tmp_path: Path) -> None:
    midi.write(tmp_path / "solo.mid", bass_line(2, track=0), TempoMap.steady(120), ("Flute",), (73,))
    piece = scores.clip(tmp_path / "solo.mid", {"track": "guitar"}, describe())
    assert {note.track for note in piece.notes} == {2}


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    midi.write(tmp_path / "empty.mid", (), TempoMap.steady(120))
    with pytest.raises(BadParameter, match="a clip must hold at least one note"):
        scores.clip(tmp_path / "empty.mid", {"track": "bass"}, describe())


def test_of_two_hundred_tracks_the_bass_is_found(tmp_path: Path) -> None:
    file = mido.MidiFile()
    for number in range(200):
        channel = number % 9
        track = mido.MidiTrack([mido.Message("program_change", channel=channel, program=33 if number == 150 else 73)])
        track += [
            mido.Message("note_on", channel=channel, note=40, velocity=70),
            mido.Message("note_off", channel=channel, note=40, time=480),
        ]
        file.tracks.append(track)
    file.save(tmp_path / "many.mid")
    piece = scores.clip(tmp_path / "many.mid", {"track": "bass"}, describe())
    assert [(note.pitch, note.track) for note in piece.notes] == [(40, 3)]


def test_a_growing_file_has_the_bands_tracks(tmp_path: Path) -> None:
    info, path = describe(), tmp_path / "draft.mid"
    Draft(path, info.instruments, info.channels).push((Note(0.0, 1.0, 38, 90, 0), Note(0.0, 1.0, 60, 80, 1)),
                                                      TempoMap.steady(120), 2.0)  # fmt: skip
    read = midi.read(path)
    assert [(track.name, track.program, track.is_drum) for track in read.tracks] == [
        (each.name, each.program, each.is_drum) for each in INSTRUMENTS
    ]


@pytest.fixture
def daemon_with_band(toys: None) -> None:
    save_weights(Path(os.environ["LEAP_BRIDGE_WEIGHTS"]) / "musegan")


def test_the_daemon_streams_a_band_on_its_channels(daemon_with_band: None, client: Client) -> None:
    accepted = client.run("musegan", "", "", bars=2, bpm=120.0, seed=3)
    last = client.last_word(int(accepted.arguments[1]))
    assert last.address == "/leap/done"
    read = midi.read(str(last.arguments[4]))
    assert [track.name for track in read.tracks] == [each.name for each in INSTRUMENTS]
    assert {track.is_drum for track in read.tracks[:1]} == {True}
    assert len(read.notes) == last.arguments[2]
