"""Where notes of a file are heard in the project, and the way back, for every way in which REAPER can play an item."""

import math
from dataclasses import dataclass

import pytest
from fake_reaper import Host
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lua_script import loaded, part
from reaper_project import Marker, Project, Tempo

LUA = loaded()
TimeMap = part(LUA, "leap.time_map")
some = settings(deadline=None, max_examples=40, derandomize=True, database=None)
CLOSE_S = 1e-6
SLIVER_S = 0.02

positions = st.floats(0, 500)
lengths = st.floats(0.5, 60)
rates = st.floats(0.25, 4)
stretches = st.lists(st.tuples(st.floats(0.2, 3), st.floats(0.2, 3), st.floats(-1, 1)), min_size=2, max_size=6)


@dataclass(frozen=True)
class Section:
    offset: float
    length: float
    reversed: bool


def map_of(**item: object) -> object:
    """A time map; REAPER's defaults for what is not given."""
    values = {"position": 0.0, "length": 10.0, "rate": 1.0, "offset": 0.0, "source_length": 1000.0, "loops": False}
    sections = [LUA.table_from(vars(each)) for each in item.pop("sections", ())]
    names = ("position", "source", "slope")
    markers = [LUA.table_from(dict(zip(names, each, strict=True))) for each in item.pop("markers", ())]
    tables = {"sections": LUA.table_from(sections), "markers": LUA.table_from(markers)}
    return TimeMap.of_item(LUA.table_from({**values, **item, **tables}))


def times(time_map: object, second: float) -> list[float]:
    return list(time_map.times(time_map, second).values())


def spans(time_map: object, start_s: float, end_s: float) -> list[tuple[float, float]]:
    return [tuple(span.values()) for span in time_map.spans(time_map, start_s, end_s).values()]


def file_range(time_map: object) -> tuple[float, float]:
    return time_map.file_range(time_map)


def comes_back(time_map: object, share: float) -> None:
    """From the project to the file and back, and from the file to the project and back."""
    from_s, to_s = time_map.project_range(time_map)
    time_s = from_s + share * (to_s - from_s)
    second = time_map.file_second(time_map, time_s)
    if second is not None:
        assert min(abs(each - time_s) for each in times(time_map, second)) < CLOSE_S
    low, high = file_range(time_map)
    wanted = low + share * (high - low)
    for each in times(time_map, wanted):
        seconds = [time_map.file_second(time_map, each + nudge) for nudge in (-1e-9, 0, 1e-9)]
        assert min(abs(second - wanted) for second in seconds if second is not None) < CLOSE_S


@some
@given(positions, lengths, rates, st.floats(0, 100), st.floats(0, 1))
def test_offset_and_play_rate_follow_the_formula(position, length, rate, offset, share):
    time_map = map_of(position=position, length=length, rate=rate, offset=offset)
    time_s = position + share * length
    assert time_map.file_second(time_map, time_s) == pytest.approx(offset + (time_s - position) * rate, abs=CLOSE_S)
    comes_back(time_map, share)


@some
@given(positions, lengths, rates, st.floats(0, 50), st.floats(60, 300), st.booleans(), st.floats(0, 1))
def test_sections_and_reversed_sources_come_back(position, length, rate, offset, section, reverse, share):
    time_map = map_of(
        position=position, length=length, rate=rate, offset=offset, source_length=section,
        sections=[Section(20.0, section, reverse)],
    )  # fmt: skip
    assume(not time_map.silent(time_map))
    assume(abs(section - offset) > 1.0)
    low, high = file_range(time_map)
    assert low >= 20.0 - CLOSE_S
    assert high <= 20.0 + section + CLOSE_S
    first = offset if not reverse else section - offset
    assert time_map.file_second(time_map, position) == pytest.approx(20.0 + first, abs=CLOSE_S)
    comes_back(time_map, share)


@some
@given(lengths, rates, st.floats(-20, 20), st.floats(0.5, 5), st.booleans(), st.floats(0, 1))
def test_loops_come_back_and_stay_inside_the_source(length, rate, offset, source, reverse, share):
    time_map = map_of(
        length=length, rate=rate, offset=offset, source_length=source, loops=True,
        sections=[Section(3.0, source, reverse)],
    )  # fmt: skip
    low, high = file_range(time_map)
    assert 3.0 - CLOSE_S <= low < high <= 3.0 + source + CLOSE_S
    inside = (offset + share * length * rate) % source
    assume(CLOSE_S < inside < source - CLOSE_S)
    wanted = 3.0 + (source - inside if reverse else inside)
    time_s = share * length
    second = time_map.file_second(time_map, time_s)
    if second is None:  # a turn that is too short to be one
        assert min(time_s, length - time_s) <= SLIVER_S
    else:
        assert second == pytest.approx(wanted, abs=CLOSE_S)
    comes_back(time_map, share)


@some
@given(lengths, rates, st.floats(0.5, 5))
def test_a_loop_is_heard_as_often_as_it_fits(length, rate, source):
    time_map = map_of(length=length, rate=rate, source_length=source, loops=True)
    heard = times(time_map, source / 2)
    assert len(heard) == math.floor(length * rate / source + 0.5) or length * rate / source % 1 == pytest.approx(0.5)


@some
@given(positions, rates, stretches, st.floats(0, 1), st.booleans(), st.floats(-1, 1))
def test_stretch_markers_with_slopes_come_back(position, rate, steps, share, reverse, early):
    markers, place, source = [], early, 5.0
    for wide, long, slope in steps:
        markers.append((place, source, slope))
        place, source = place + wide, source + long
    time_map = map_of(
        position=position, length=(place + 1.0) / rate, rate=rate, offset=4.0, markers=markers,
        sections=[Section(0.0, 1000.0, reverse)],
    )  # fmt: skip
    for marker_place, marker_source, _ in markers:
        if marker_place > 0:
            wanted = 1000.0 - marker_source if reverse else marker_source
            second = time_map.file_second(time_map, position + marker_place / rate)
            assert second == pytest.approx(wanted, abs=CLOSE_S)
    comes_back(time_map, share)


def test_a_slope_moves_speed_to_the_end():
    time_map = map_of(length=4.0, markers=[(0.0, 0.0, 0.5), (4.0, 4.0, 0.0)])
    assert time_map.file_second(time_map, 2.0) == pytest.approx(1.5)  # half of the time at speeds of 0.5 to 1


@some
@given(positions, lengths, st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_clipped_map_is_the_same_map(position, length, one, other, reverse):
    whole = map_of(position=position, length=length, source_length=100.0, sections=[Section(0.0, 100.0, reverse)])
    from_s, to_s = sorted((position + one * length, position + other * length))
    assume(to_s - from_s > SLIVER_S + CLOSE_S)
    part = whole.clipped(whole, from_s, to_s)
    assert part.project_range(part) == pytest.approx((from_s, to_s))
    middle = (from_s + to_s) / 2
    assert part.file_second(part, middle) == pytest.approx(whole.file_second(whole, middle), abs=CLOSE_S)


@some
@given(st.floats(0, 9), st.floats(0.05, 3), rates)
def test_a_note_backwards_sounds_from_its_end_to_its_beginning(start_s, length_s, rate):
    end_s = min(10.0, start_s + length_s)
    time_map = map_of(length=10.0 / rate, rate=rate, source_length=10.0, sections=[Section(0.0, 10.0, True)])
    assert spans(time_map, start_s, end_s) == [pytest.approx(((10.0 - end_s) / rate, (10.0 - start_s) / rate))]


def test_a_note_that_a_loop_cuts_ends_there():
    time_map = map_of(length=5.0, source_length=2.0, loops=True)
    assert spans(time_map, 1.5, 3.0) == [pytest.approx((1.5, 2.0)), pytest.approx((3.5, 4.0))]


def test_a_note_whose_beginning_is_not_heard_is_left_out():
    time_map = map_of(length=5.0, offset=2.0)
    assert spans(time_map, 1.9, 4.0) == []


def test_an_item_that_ends_a_little_after_its_looped_source_does_not_begin_again():
    time_map = map_of(length=3.001, offset=1.0, source_length=4.0, loops=True)
    assert file_range(time_map) == pytest.approx((1.0, 4.0))
    assert time_map.forwards(time_map)


def test_where_a_source_without_loop_has_ended_there_is_silence():
    time_map = map_of(length=10.0, offset=-1.0, source_length=4.0)
    assert time_map.project_range(time_map) == pytest.approx((1.0, 5.0))


def test_an_item_beyond_its_source_is_silent():
    time_map = map_of(offset=20.0, source_length=4.0)
    assert time_map.silent(time_map)


@some
@given(st.lists(st.tuples(st.floats(0.5, 8), st.floats(30, 300), st.booleans()), max_size=5), st.floats(0, 60))
def test_the_tempo_map_of_the_tests_comes_back(steps, time_s):
    markers, at_s = [Marker(0.0, 120.0, linear=True)], 0.0
    for width_s, bpm, linear in steps:
        at_s += width_s
        markers.append(Marker(at_s, bpm, linear=linear))
    tempo = Tempo(*markers)
    assert tempo.time(tempo.quarter(time_s)) == pytest.approx(time_s, abs=CLOSE_S)


@some
@given(
    st.lists(st.tuples(st.floats(0.5, 8), st.floats(40, 240), st.booleans()), max_size=4),
    rates, st.floats(0, 1), positions,
)  # fmt: skip
def test_the_beats_that_the_daemon_is_given_are_those_of_the_project(steps, rate, share, position):
    markers, at_s = [Marker(0.0, 120.0)], 0.0
    for width_s, bpm, linear in steps:
        at_s += width_s
        markers.append(Marker(at_s, bpm, linear=linear))
    tempo = Tempo(*markers)
    lua = loaded(Host(Project(tempo)))
    make = lua.eval('function(...) return (require("leap.tempo").of(0, require("leap.time_map").of_item(...))) end')
    names = {"position": position, "length": 20.0 / rate, "rate": rate, "offset": 3.0, "source_length": 99.0}
    found = make(lua.table_from({**names, "loops": False}))
    numbers = list(found.anchors.values())
    anchors = list(zip(numbers[::2], numbers[1::2], strict=True))
    second = 3.0 + share * 20.0
    after = next(index for index, (at, _) in enumerate(anchors) if at >= second - 1e-9)
    (low, beat), (high, next_beat) = anchors[max(0, after - 1)], anchors[max(1, after)]
    between = beat + (next_beat - beat) * (second - low) / (high - low)
    assert between == pytest.approx(tempo.quarter(position + (second - 3.0) / rate), abs=0.02)
