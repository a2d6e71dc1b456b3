"""From the action to the notes, against the daemon through its mailbox."""

from pathlib import Path

import pytest
import soundfile
from fake_reaper import Host
from reaper_fixtures import (
    AGAIN,
    ARRANGE,
    EASIER,
    HARDER,
    SELECTION,
    Music,
    Press,
    agree,
    host,
    notes_of,
    placed,
    press,
    request,
    written,
)
from reaper_project import Marker, Source, Tempo

from leap_bridge import demo_band, demo_song
from leap_bridge.daemon import Daemon
from leap_bridge.settings import Limits
from leap_models import registry

__all__ = ["host", "press"]


def test_the_notes_are_those_that_the_daemon_wrote(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add(music(4.0), 4.0, position=2.0)
    press(ARRANGE).run()
    assert agree(notes_of(host), placed(written(daemon), lambda second: 2.0 + second))


def test_a_song_is_arranged_by_the_model_that_ships(daemon: Daemon, host: Host, press: Press, tmp_path: Path):
    samples = demo_band.render(demo_song.band())
    soundfile.write(tmp_path / "demo.flac", samples[: 10 * demo_band.RATE], demo_band.RATE)
    host.choose(model="leap", **{"param.leap.steps": 1})
    host.project.add(tmp_path / "demo.flac", 6.0, position=1.0, offset=4.0)
    press(ARRANGE).run()
    assert request(daemon)["model"] == "leap"
    assert request(daemon)["steps"] == 1
    assert agree(notes_of(host), placed(written(daemon), lambda second: 1.0 + second))


def test_a_model_that_is_not_there_is_told_with_those_that_are(daemon: Daemon, host: Host, press: Press):
    host.choose(model="tuba")
    host.project.add("song.wav", 2.0)
    press(ARRANGE).run()
    assert ", ".join(registry.available()) in host.boxes[0]


def test_start_offset_and_play_rate_are_followed(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add(music(6.0), 2.0, position=3.0, offset=1.5, rate=1.5)
    press(ARRANGE).run()
    assert (request(daemon)["start_s"], request(daemon)["end_s"]) == (1.5, 4.5)
    assert agree(notes_of(host), placed(written(daemon), lambda second: 3.0 + second / 1.5))


def test_a_section_is_read_from_its_parent(daemon: Daemon, host: Host, press: Press, music: Music):
    section = Source(3.0, parent=Source(6.0, str(music(6.0))), section=(2.0, 3.0, False))
    host.project.add("part", 2.5, position=1.0, offset=0.5, source=section)
    press(ARRANGE).run()
    assert (request(daemon)["start_s"], request(daemon)["end_s"]) == (2.5, 5.0)
    assert agree(notes_of(host), placed(written(daemon), lambda second: 1.0 + second))


def test_a_reversed_source_is_played_from_its_end(daemon: Daemon, host: Host, press: Press, music: Music):
    backwards = Source(4.0, parent=Source(6.0, str(music(6.0))), section=(1.0, 4.0, True))
    host.project.add("backwards", 4.0, position=1.0, source=backwards)
    press(ARRANGE).run()
    assert (request(daemon)["start_s"], request(daemon)["end_s"]) == (1.0, 5.0)
    assert agree(notes_of(host), placed(written(daemon), lambda second: 5.0 - second))


def test_a_looped_source_is_arranged_once_and_played_each_time(daemon, host: Host, press: Press, music: Music):
    host.project.add("loop", 6.0, source=Source(2.0, str(music(2.0))), B_LOOPSRC=1.0)
    press(ARRANGE).run()
    once = list(placed(written(daemon), lambda second: second))
    wanted = [(start_s + by, min(end_s, 2.0) + by, *rest) for start_s, end_s, *rest in once for by in (0.0, 2.0, 4.0)]
    assert agree(notes_of(host), wanted)


def test_stretch_markers_are_followed(daemon: Daemon, host: Host, press: Press, music: Music):
    item = host.project.add(music(4.0), 4.0, position=1.0)
    item.take.stretch_markers = [(0.0, 0.0, 0.0), (3.0, 1.5, 0.0), (4.0, 4.0, 0.0)]
    press(ARRANGE).run()

    def heard(second: float) -> float:
        return 1.0 + (2 * second if second < 1.5 else 3.0 + (second - 1.5) / 2.5)

    assert agree(notes_of(host), placed(written(daemon), heard))


def test_notes_stay_on_the_audio_through_tempo_and_meter_changes(daemon, host: Host, press: Press, music: Music):
    glide = Marker(2.0, 90, linear=True)
    host.project.tempo = Tempo(Marker(0.0, 120), glide, Marker(4.0, 150, 3, 4), Marker(5.0, 60, 7, 8))
    host.project.add(music(5.0), 5.0, position=1.0)
    press(ARRANGE).run()
    assert agree(notes_of(host), placed(written(daemon), lambda second: 1.0 + second))


@pytest.mark.parametrize(
    ("values", "semitones"),
    [({"D_PITCH": 2.0}, 2), ({"B_PPITCH": 0.0, "rate": 2.0}, 12), ({"B_PPITCH": 1.0, "rate": 2.0}, 0)],
)
def test_a_shifted_take_is_arranged_as_high_as_it_sounds(daemon, host, press, music: Music, values, semitones):
    host.project.add(music(3.0), 3.0 / values.get("rate", 1.0), **values)
    press(ARRANGE).run()
    rate = values.get("rate", 1.0)
    assert agree(notes_of(host), placed(written(daemon), lambda second: second / rate, semitones))


def test_a_take_between_the_keys_is_told(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add(music(2.0), 2.0, D_PITCH=0.4)
    press(ARRANGE).run()
    assert "40 cents beside" in host.console[0]


def test_each_selected_item_gets_its_own_result_under_it(daemon, host: Host, press: Press, music: Music):
    for name in ("one.wav", "two.wav"):
        host.project.add(music(2.0, name), 2.0)
    press(ARRANGE).run()
    assert [track.name for track in host.project.tracks] == ["Song 1", "LEAP piano", "Song 2", "LEAP piano"]
    assert [item.take.name for item in host.project.results()] == [
        "one.wav (LEAP 3, seed 7)", "two.wav (LEAP 3, seed 7)",
    ]  # fmt: skip


def test_more_items_than_the_queue_holds_are_arranged(serve, host: Host, press: Press, music: Music):
    serve(limits=Limits(queue_per_client=4))
    path, track = music(1.0), None
    for index in range(10):
        track = host.project.add(path, 1.0, position=float(index), track=track).track
    press(ARRANGE).run()
    assert len(host.project.results()) == 10
    assert len(host.project.tracks) == 2


def test_an_item_that_cannot_be_arranged_is_told_and_the_others_are_done(daemon, host, press: Press, music: Music):
    host.project.add(music(2.0), 2.0)
    host.project.add("melody.mid", 2.0).take.is_midi = True
    host.project.add("/no/such.wav", 2.0)
    press(ARRANGE).run()
    assert len(host.project.results()) == 1
    assert "melody.mid is MIDI" in host.boxes[0]
    assert "there is no file /no/such.wav" in host.boxes[0]


def test_with_nothing_selected_it_says_what_to_do(home, host: Host, press: Press):
    press(ARRANGE).run()
    assert host.project.undo == []
    assert host.boxes == ["Select one or more audio items first."]


def test_the_source_is_left_as_it_was(daemon: Daemon, host: Host, press: Press, music: Music):
    item = host.project.add(music(2.0), 2.0)
    before = (dict(item.values), dict(item.texts), dict(item.take.values), item.take.name, list(item.track.items))
    press(ARRANGE).run()
    assert (item.values, item.texts, item.take.values, item.take.name, item.track.items) == before


def test_all_of_it_is_one_step_of_undo(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add(music(2.0, "one.wav"), 2.0)
    host.project.add(music(2.0, "two.wav"), 2.0)
    press(ARRANGE).run()
    assert host.project.undo == [f"LEAP: arrange to piano ({host.inserted} notes in 2 items)"]


def test_the_item_grows_window_by_window_to_the_end_of_its_source(daemon, host: Host, press: Press, music: Music):
    host.project.add(music(6.0), 6.0, position=1.0)
    host.choose(**{"param.toy.fault": "slow"})
    script, ends = press(ARRANGE), []
    while not script.over:
        script.tick()
        ends += [item.end_s for item in host.project.results()]
    assert ends == sorted(ends)
    assert len(set(ends)) > 4
    assert ends[-1] == pytest.approx(7.0)


def test_no_tick_draws_more_than_200_notes(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add("loop", 40.0, source=Source(2.0, str(music(2.0))), B_LOOPSRC=1.0)
    script = press(ARRANGE).run()
    assert host.inserted > 300
    assert script.most_in_a_tick <= 200


def test_a_second_take_leaves_the_first_alone(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add(music(2.0), 2.0)
    press(ARRANGE).run()
    first = notes_of(host)
    press(ARRANGE).run()
    assert [track.name for track in host.project.tracks] == ["Song 1", "LEAP piano", "LEAP piano"]
    assert notes_of(host) == first


@pytest.mark.parametrize(("action", "difficulties"), [(EASIER, [3, 2, 1, 1]), (HARDER, [3, 4, 5, 5])])
def test_easier_and_harder_change_the_last_take_and_keep_its_seed(daemon, host, press, music, action, difficulties):
    host.project.add(music(1.0), 1.0)
    host.choose(seed=-1)
    for name in (ARRANGE, action, action, action):
        press(name).run()
    assert [request(daemon, index)["difficulty"] for index in range(4)] == difficulties
    assert len({request(daemon, index)["seed"] for index in range(4)}) == 1


def test_again_keeps_the_difficulty_and_takes_another_seed(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add(music(1.0), 1.0)
    for name in (ARRANGE, HARDER, AGAIN):
        press(name).run()
    assert request(daemon)["difficulty"] == 4
    assert request(daemon)["seed"] != 7


def test_a_selected_result_stands_for_its_source(daemon: Daemon, host: Host, press: Press, music: Music):
    item = host.project.add(music(1.0), 1.0)
    press(ARRANGE).run()
    item.selected, host.project.results()[0].selected = False, True
    press(EASIER).run()
    assert request(daemon)["difficulty"] == 2
    assert len(host.project.results()) == 2


def test_only_the_time_selection_is_arranged(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add(music(6.0), 6.0, position=1.0)
    host.project.selection = (2.5, 4.5)
    press(SELECTION).run()
    assert (request(daemon)["start_s"], request(daemon)["end_s"]) == (1.5, 3.5)
    assert agree(notes_of(host), placed(written(daemon), lambda second: 2.5 + second))
    result = host.project.results()[0]
    assert (result.start_s, result.end_s) == pytest.approx((2.5, 4.5))


def test_without_a_time_selection_it_says_so(home, host: Host, press: Press):
    host.project.add("song.wav", 2.0)
    press(SELECTION).run()
    assert host.boxes == ["There is no time selection."]


def test_onsets_can_be_moved_onto_the_grid_of_the_project(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.tempo = Tempo(Marker(0.0, 100), Marker(2.0, 140))
    item = host.project.add(music(4.0), 4.0, position=0.35, rate=0.9)
    host.choose(grid="project", quantize=1)
    press(ARRANGE).run()
    steps = [4 * host.project.tempo.quarter(note[0]) for note in notes_of(host) if note[0] > item.start_s]
    assert len(steps) > 5
    assert [round(step) for step in steps] == pytest.approx(steps, abs=0.02)


def test_both_hands_can_be_on_one_channel(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add(music(2.0), 2.0)
    host.choose(hands="one channel")
    press(ARRANGE).run()
    assert {note[2] for note in notes_of(host)} == {0}


@pytest.mark.parametrize(("chosen", "plugins"), [("ReaSynth", ["ReaSynth"]), ("none", [])])
def test_a_new_track_is_given_the_instrument_that_was_chosen(daemon, host, press, music: Music, chosen, plugins):
    host.project.add(music(1.0), 1.0)
    host.choose(instrument=chosen)
    press(ARRANGE).run()
    assert host.project.tracks[1].plugins == plugins


def test_a_result_that_is_moved_while_it_grows_stays_whole(daemon: Daemon, host: Host, press: Press, music: Music):
    host.project.add(music(6.0), 6.0)
    host.choose(**{"param.toy.fault": "slow"})
    script = press(ARRANGE).run(until=lambda: host.inserted > 5)
    host.project.results()[0].values["D_POSITION"] += 10.0
    script.run()
    assert agree(notes_of(host), placed(written(daemon), lambda second: 10.0 + second))
