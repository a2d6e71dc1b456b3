"""Writing MIDI files: the bars of the file are the bars of the song, and every note keeps its second."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import mido

from leap_models.errors import BadParameter
from leap_models.music.notes import DRUM_CHANNEL, LOUDNESS, SUSTAIN, VOLUME, Note, Notes, Pedal, TrackInfo
from leap_models.music.tempo import TempoMap
from leap_models.music.ticks import FileTempo, file_tempo
from leap_models.paths import atomic

HANDS = ("Right hand", "Left hand")
_MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)

# How events at one tick are ordered, so that a key is free before it is struck again.
_OFF, _PEDAL_UP, _PEDAL_DOWN, _ON = range(4)
_Event = tuple[int, int, mido.Message]  # tick, order, message


def write(
    path: Path | str,
    notes: Iterable[Note],
    tempo: TempoMap,
    track_names: Sequence[str] = HANDS,
    programs: Sequence[int] = (),
    pedals: Iterable[Pedal] = (),
    drums: Sequence[int] = (),
) -> None:
    """Write a MIDI file whole or not at all; what is there is overwritten (see `paths.refuse_existing`).

    Notes are within 1 ms of where they are, bar lines within 1 ms of the tempo map's. Where two notes of one key and
    track overlap, the earlier is cut. Notes before 0 s begin there.

    Args:
        track_names: one for each track that notes may have.
        programs: General MIDI, one for each track; () is a piano for all.
        pedals: for every track but drums.
        drums: the numbers of the tracks that are drums.

    Raises:
        BadParameter: a note of a track without a name, more than 15 melodic tracks, or a value MIDI cannot hold.
        UnwritableOutput: the file cannot be written.
    """
    programs = programs or [0] * len(track_names)
    if len(programs) != len(track_names):
        raise BadParameter(f"there must be one program for each of the {len(track_names)} tracks, got {len(programs)}")
    named = enumerate(zip(track_names, programs, strict=True))
    instruments = [TrackInfo(name, program, track in drums) for track, (name, program) in named]
    _write(path, notes, tempo, instruments, pedals)


def write_played(
    path: Path | str,
    notes: Iterable[Note],
    tempo: TempoMap,
    instruments: Sequence[TrackInfo],
    pedals: Iterable[Pedal] = (),
) -> None:
    """Write what instruments play; () is a piano's two hands.

    Raises:
        BadParameter, UnwritableOutput: as `write`.
    """
    _write(path, notes, tempo, instruments or [TrackInfo(name) for name in HANDS], pedals)


def _write(
    path: Path | str, notes: Iterable[Note], tempo: TempoMap, instruments: Sequence[TrackInfo], pedals: Iterable[Pedal]
) -> None:
    notes, pedals = _separated(notes), sorted(pedals)
    _check(notes, instruments)
    end_s = max([0.0, *(note.end_s for note in notes), *(pedal.end_s for pedal in pedals)])
    ticks = file_tempo(tempo, end_s)
    file = mido.MidiFile(type=1, ticks_per_beat=ticks.per_beat, charset="utf-8")
    file.tracks.append(_conductor(tempo, ticks))
    free = iter(_MELODIC_CHANNELS)
    for track, each in enumerate(instruments):
        channel = DRUM_CHANNEL if each.is_drum else next(free)
        events = _note_events([note for note in notes if note.track == track], channel, ticks)
        if channel != DRUM_CHANNEL:
            events += _pedal_events(pedals, channel, ticks)
        head = [
            mido.MetaMessage("track_name", name=each.name),
            mido.Message("program_change", channel=channel, program=each.program),
        ]
        if each.volume != VOLUME:
            head.append(mido.Message("control_change", channel=channel, control=LOUDNESS, value=each.volume))
        file.tracks.append(_track(head, events))
    with atomic(path) as temporary:
        file.save(temporary)


def _check(notes: Notes, instruments: Sequence[TrackInfo]) -> None:
    if sum(not each.is_drum for each in instruments) > len(_MELODIC_CHANNELS):
        raise BadParameter(f"a MIDI file holds {len(_MELODIC_CHANNELS)} tracks besides drums, got {len(instruments)}")
    for each in instruments:
        if not 0 <= each.program <= 127:
            raise BadParameter(f"a program must be from 0 to 127, got {each.program}")
    for note in notes:
        if not 0 <= note.track < len(instruments):
            raise BadParameter(f"a note's track must be from 0 to {len(instruments) - 1}, got {note.track}")
        if not (0 <= note.pitch <= 127 and 1 <= note.velocity <= 127):
            raise BadParameter(f"pitch must be 0..127 and velocity 1..127, got {note.pitch} and {note.velocity}")


def _separated(notes: Iterable[Note]) -> Notes:
    """Notes of one key and track that overlap no more; of those that begin at once, the longest is kept."""
    last: dict[tuple[int, int], Note] = {}
    kept = []
    for note in sorted(notes, reverse=True):  # from the end, so that the next note of the key is known
        following = last.get((note.track, note.pitch))
        if following is not None and following.start_s <= note.start_s:
            continue
        if following is not None and following.start_s < note.end_s:
            note = Note(note.start_s, following.start_s, note.pitch, note.velocity, note.track)
        last[note.track, note.pitch] = note
        kept.append(note)
    return tuple(sorted(kept))


def _conductor(tempo: TempoMap, ticks: FileTempo) -> mido.MidiTrack:
    signatures = {0: ticks.first_bar_beats, ticks.first_bar_beats * ticks.per_beat: tempo.beats_per_bar}
    if ticks.first_bar_beats == tempo.beats_per_bar:
        signatures = {0: tempo.beats_per_bar}
    events = [
        (tick, 0, mido.MetaMessage("time_signature", numerator=beats, denominator=4))
        for tick, beats in signatures.items()
    ]
    events += [(change.tick, 1, mido.MetaMessage("set_tempo", tempo=change.us_per_beat)) for change in ticks.changes]
    return _track([], events)


def _note_events(notes: Sequence[Note], channel: int, ticks: FileTempo) -> list[_Event]:
    events: list[_Event] = []
    free: dict[int, int] = {}  # pitch -> the tick at which its key was let go
    for note in notes:
        start = ticks.tick_at(note.start_s)
        if start < free.get(note.pitch, 0):
            start = free[note.pitch]  # two strikes within a tick
        end = free[note.pitch] = max(start + 1, ticks.tick_at(note.end_s))
        on = mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
        events.append((start, _ON, on))
        events.append((end, _OFF, mido.Message("note_off", channel=channel, note=note.pitch, velocity=64)))
    return events


def _pedal_events(pedals: Sequence[Pedal], channel: int, ticks: FileTempo) -> list[_Event]:
    events: list[_Event] = []
    for pedal in pedals:
        for second, order, value in ((pedal.start_s, _PEDAL_DOWN, 127), (pedal.end_s, _PEDAL_UP, 0)):
            message = mido.Message("control_change", channel=channel, control=SUSTAIN, value=value)
            events.append((ticks.tick_at(second), order, message))
    return events


def _track(head: Sequence[mido.Message], events: list[_Event]) -> mido.MidiTrack:
    track = mido.MidiTrack(head)
    tick = 0
    for at, _, message in sorted(events, key=lambda event: event[:2]):
        message.time = at - tick
        track.append(message)
        tick = at
    return track
