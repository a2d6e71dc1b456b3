"""A MIDI file that grows: whole and valid after every stretch, at a cost that does not grow with what is in it.

What is final is kept as the bytes that it is in the file; a stretch adds to them. The finished file is not made from
this but with `midi.write`, which also knows the pedal and needs fewer tempo changes.
"""

import struct
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from leap_models.music.midi_writer import HANDS
from leap_models.music.notes import LEFT, LOUDNESS, RIGHT, VOLUME, Note, Notes, TrackInfo
from leap_models.music.tempo import TempoMap
from leap_models.music.ticks import Opening, opening_of
from leap_models.paths import atomic

PER_BEAT = 1920  # ticks; at 30 beats a minute half of one is still only 0.5 ms
_SLOWEST_US = 0xFFFFFF  # microseconds per beat; a MIDI file has 24 bits for it
_ON, _OFF, _PROGRAM, _CONTROL = 0x90, 0x80, 0xC0, 0xB0
_END_OF_TRACK = b"\0\xff\x2f\0"


@dataclass
class _Track:
    """The bytes of what is final, and note ends that lie behind it."""

    data: bytearray = field(default_factory=bytearray)
    tick: int = 0  # of the last event in `data`
    open: list[tuple[float, int]] = field(default_factory=list)  # end in seconds, pitch

    def add(self, tick: int, event: bytes) -> None:
        tick = max(tick, self.tick)
        self.data += _length(tick - self.tick) + event
        self.tick = tick


class Draft:
    """The .mid so far.

    Args:
        path: it is rewritten after every stretch, whole or not at all.
        instruments: one for each track that notes may have; (): a piano's hands.
        channels: the MIDI channel, from 0, of each.
    """

    def __init__(
        self, path: Path, instruments: Sequence[TrackInfo] = (), channels: Sequence[int] = (RIGHT, LEFT)
    ) -> None:
        self._path = path
        self._channels = channels
        named = instruments or [TrackInfo(name) for name in HANDS]
        self._tracks = [_Track(bytearray(b"\0\xff\x03" + _text(each.name))) for each in named]
        for number, each in enumerate(instruments):
            self._tracks[number].data += bytes((0, _PROGRAM | channels[number], each.program))
            if each.volume != VOLUME:
                self._tracks[number].data += bytes((0, _CONTROL | channels[number], LOUDNESS, each.volume))
        self._conductor = _Track()
        self._opening: Opening | None = None
        self._beats: list[float] = []  # of the file, at which the tempo changes
        self._seconds: list[float] = []  # at which the file plays them
        self._us: list[int] = []  # microseconds per beat from there on
        self._goal = 0  # the next beat whose length is to be said

    def push(self, notes: Notes, tempo: TempoMap, until_s: float) -> None:
        """Add a stretch and rewrite the file.

        Args:
            notes: in the order of their onsets, none before the last stretch's `until_s`.
            tempo: final before `until_s`.

        Raises:
            UnwritableOutput: the file cannot be written.
        """
        self._follow(tempo, until_s)
        for number, track in enumerate(self._tracks):
            self._extend(track, number, [note for note in notes if note.track == number], until_s)
        tracks = [self._closed(track, number) for number, track in enumerate(self._tracks)]
        chunks = [self._closed(self._conductor, 0), *tracks]
        header = b"MThd" + struct.pack(">IHHH", 6, 1, len(chunks), PER_BEAT)
        with atomic(self._path) as unfinished:
            unfinished.write_bytes(header + b"".join(b"MTrk" + struct.pack(">I", len(each)) + each for each in chunks))

    def _follow(self, tempo: TempoMap, until_s: float) -> None:
        """One tempo change for each beat, so that none is off by more than a microsecond."""
        if self._opening is None:
            self._opening = self._begin(tempo)
        shift = self._opening.shift
        while not self._us or tempo.second_at(self._goal - shift) < until_s:
            if self._goal == self._opening.first_bar_beats != tempo.beats_per_bar:
                self._sign(self._goal, tempo.beats_per_bar)
            self._change(self._goal, self._goal + 1, tempo.second_at(self._goal + 1 - shift))
            self._goal += 1

    def _begin(self, tempo: TempoMap) -> Opening:
        opening = opening_of(tempo)
        self._sign(0, opening.first_bar_beats)
        for point, following in pairwise(opening.points):
            self._change(point.beat, following.beat, following.second)
        self._goal = round(opening.points[-1].beat)
        return opening

    def _change(self, beat: float, next_beat: float, next_second: float) -> None:
        second = self._second(beat) if self._us else 0.0
        us = min(max(round(1e6 * (next_second - second) / (next_beat - beat)), 1), _SLOWEST_US)
        if not self._us or us != self._us[-1]:
            self._beats.append(beat)
            self._seconds.append(second)
            self._us.append(us)
            self._conductor.add(round(beat * PER_BEAT), b"\xff\x51\x03" + us.to_bytes(3, "big"))

    def _sign(self, at_beat: int, beats: int) -> None:
        """From that beat on a bar has so many beats."""
        self._conductor.add(at_beat * PER_BEAT, b"\xff\x58\x04" + bytes((min(beats, 255), 2, 24, 8)))

    def _second(self, beat: float) -> float:
        return self._seconds[-1] + (beat - self._beats[-1]) * self._us[-1] / 1e6

    def _tick(self, second: float) -> int:
        index = max(0, bisect_right(self._seconds, second) - 1)
        return max(0, round((self._beats[index] + (second - self._seconds[index]) * 1e6 / self._us[index]) * PER_BEAT))

    def _extend(self, track: _Track, number: int, notes: Sequence[Note], until_s: float) -> None:
        for note in notes:
            self._let_go(track, number, note.start_s)
            track.add(self._tick(note.start_s), bytes((_ON | self._channels[number], note.pitch, note.velocity)))
            track.open.append((note.end_s, note.pitch))
        self._let_go(track, number, until_s)

    def _let_go(self, track: _Track, number: int, until_s: float) -> None:
        for end_s, pitch in sorted(each for each in track.open if each[0] <= until_s):
            track.add(self._tick(end_s), bytes((_OFF | self._channels[number], pitch, 64)))
        track.open = [each for each in track.open if each[0] > until_s]

    def _closed(self, track: _Track, number: int) -> bytes:
        """The track as it stands in the file, with an end for what still sounds."""
        data, tick = bytearray(track.data), track.tick
        for end_s, pitch in sorted(track.open):
            at = max(tick, self._tick(end_s))
            data += _length(at - tick) + bytes((_OFF | self._channels[number], pitch, 64))
            tick = at
        return bytes(data + _END_OF_TRACK)


def _length(value: int) -> bytes:
    """A number as MIDI files write it: seven bits a byte, the last one without its top bit."""
    found = [value & 0x7F]
    while value := value >> 7:
        found.append(0x80 | value & 0x7F)
    return bytes(reversed(found))


def _text(name: str) -> bytes:
    encoded = name.encode("utf-8")
    return _length(len(encoded)) + encoded
