"""MIDI files in and out. Times are seconds on both sides; `write` lives in `midi_writer`."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import mido
from mido.midifiles.meta import KeySignatureError

from leap_models.errors import UnreadableMidi
from leap_models.music.midi_writer import HANDS, write, write_played
from leap_models.music.notes import DRUM_CHANNEL, SUSTAIN, Note, Notes, Pedal, TrackInfo
from leap_models.music.tempo import TempoMap

__all__ = ["HANDS", "Midi", "TrackInfo", "read", "write", "write_played"]

_DEFAULT_US = 500_000  # microseconds per quarter until a file says otherwise: 120 bpm
_BROKEN = (OSError, EOFError, ValueError, LookupError, TypeError, KeySignatureError)  # what mido raises for bad bytes

_Channel = tuple[int, int]  # the number of the file's track, and a channel


@dataclass(frozen=True)
class Midi:
    """What a MIDI file holds.

    Args:
        notes: `track` is the number of an entry in `tracks`.
        tempo: a beat is a quarter; where a bar is no whole number of quarters, what its time signature counts.
        tracks: every instrument that plays or chooses a program, in the order of the file.
        pedals: sustain pedal, all tracks together; notes are not lengthened by it.
        time_signature: the one in force for longest, as "6/8"; None: the file has none, 4/4 is taken.
        key: the first key signature, as "Ebm"; None: the file has none.
    """

    notes: Notes
    tempo: TempoMap
    tracks: tuple[TrackInfo, ...]
    pedals: tuple[Pedal, ...] = ()
    time_signature: str | None = None
    key: str | None = None


def read(path: Path | str) -> Midi:
    """Read a MIDI file.

    Raises:
        UnreadableMidi: it is missing, not MIDI, damaged, or counts time in SMPTE frames.
    """
    path = Path(path)
    if not path.is_file():
        raise UnreadableMidi(f"{path}: there is no such file")
    try:
        with path.open("rb") as stream:
            file = mido.MidiFile(file=stream, clip=True)
    except _BROKEN as error:
        reason = (str(error) or "it ends too early").splitlines()[0]
        raise UnreadableMidi(f"{path}: not a MIDI file, or damaged ({reason})") from error
    if file.ticks_per_beat <= 0:
        raise UnreadableMidi(f"{path}: it counts time in SMPTE frames; only ticks per quarter can be read")
    return _Reading(file).midi()


@dataclass
class _Playing:
    """What one channel of one track does, in ticks."""

    program: int | None = None
    spans: list[tuple[int, int, int, int]] = field(default_factory=list)  # start, end, pitch, velocity
    open: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))  # pitch: start, velocity

    def strike(self, tick: int, pitch: int, velocity: int) -> None:
        self.open[pitch].append((tick, velocity))

    def let_go(self, tick: int, pitch: int) -> None:
        """End the oldest strike of that key: at the tick of its next strike, that is the one before."""
        if self.open[pitch]:
            start, velocity = self.open[pitch].pop(0)
            self.spans.append((start, max(tick, start + 1), pitch, velocity))


class _Reading:
    """One pass over a file, which gathers everything in ticks, and then its translation into seconds."""

    def __init__(self, file: mido.MidiFile) -> None:
        self._per_quarter: int = file.ticks_per_beat
        self._names: dict[int, str] = {}
        self._us = {0: _DEFAULT_US}  # tick -> microseconds per quarter
        self._signatures: dict[int, tuple[int, int]] = {}  # tick -> numerator, denominator
        self._key: str | None = None
        self._playing: dict[_Channel, _Playing] = defaultdict(_Playing)
        self._sustain: dict[_Channel, list[tuple[int, bool]]] = defaultdict(list)
        self._end = 0
        for number, track in enumerate(file.tracks):
            self._read_track(number, track)

    def midi(self) -> Midi:
        """The file in seconds."""
        signature = self._main_signature()
        tempo = self._tempo(*signature)
        second = _Seconds(self._us, self._per_quarter)
        played = sorted(channel for channel, play in self._playing.items() if play.spans or play.program is not None)
        notes = [
            Note(second(start), second(end), pitch, velocity, track)
            for track, channel in enumerate(played)
            for start, end, pitch, velocity in self._playing[channel].spans
        ]
        tracks = tuple(
            TrackInfo(self._names.get(number, ""), self._program(number, channel), channel == DRUM_CHANNEL)
            for number, channel in played
        )
        _, numerator, denominator = signature
        name = f"{numerator}/{denominator}" if self._signatures else None
        return Midi(tuple(sorted(notes)), tempo, tracks, self._pedals(second), name, self._key)

    def _read_track(self, number: int, track: mido.MidiTrack) -> None:
        tick = 0
        for message in track:
            tick += message.time
            if message.is_meta:
                self._read_meta(number, tick, message)
            elif hasattr(message, "channel"):
                self._read_channel((number, message.channel), tick, message)
        for (owner, _), playing in self._playing.items():
            if owner == number:
                for pitch in playing.open:
                    while playing.open[pitch]:
                        playing.let_go(tick, pitch)
        self._end = max(self._end, tick)

    def _read_meta(self, number: int, tick: int, message: mido.MetaMessage) -> None:
        if message.type == "set_tempo" and message.tempo > 0:
            self._us[tick] = message.tempo
        elif message.type == "time_signature" and message.numerator > 0:
            self._signatures[tick] = (message.numerator, message.denominator)
        elif message.type == "key_signature" and self._key is None:
            self._key = message.key
        elif message.type == "track_name":
            self._names.setdefault(number, _text(message.name))

    def _read_channel(self, channel: _Channel, tick: int, message: mido.Message) -> None:
        if message.type == "note_on" and message.velocity > 0:
            self._playing[channel].strike(tick, message.note, message.velocity)
        elif message.type in ("note_on", "note_off"):
            self._playing[channel].let_go(tick, message.note)
        elif message.type == "program_change" and self._playing[channel].program is None:
            self._playing[channel].program = message.program
        elif message.type == "control_change" and message.control == SUSTAIN:
            self._sustain[channel].append((tick, message.value >= 64))

    def _program(self, number: int, channel: int) -> int:
        """That of the track itself, else what another track chose for its channel, else a piano."""
        chosen = [self._playing[number, channel].program]
        chosen += [play.program for (_, other), play in sorted(self._playing.items()) if other == channel]
        return next((program for program in chosen if program is not None), 0)

    def _main_signature(self) -> tuple[int, int, int]:
        """Tick, numerator and denominator of the time signature that is in force for longest."""
        starts = sorted(self._signatures)
        if not starts:
            return 0, 4, 4
        lengths = [end - start for start, end in zip(starts, [*starts[1:], self._end + 1], strict=True)]
        start = starts[lengths.index(max(lengths))]
        return start, *self._signatures[start]

    def _tempo(self, downbeat: int, numerator: int, denominator: int) -> TempoMap:
        whole = numerator * 4 % denominator == 0
        per_beat = self._per_quarter * (1.0 if whole else 4 / denominator)
        bar = numerator * 4 // denominator if whole else numerator
        second = _Seconds(self._us, self._per_quarter)
        ticks = [*sorted(self._us), max(self._us) + self._per_quarter]
        return TempoMap(tuple((second(tick), tick / per_beat) for tick in ticks), bar, downbeat / per_beat)

    def _pedals(self, second: "_Seconds") -> tuple[Pedal, ...]:
        spans = []
        for presses in self._sustain.values():
            down: int | None = None
            for tick, is_down in [*presses, (self._end, False)]:
                if is_down and down is None:
                    down = tick
                elif not is_down and down is not None:
                    spans.append((down, tick))
                    down = None
        return tuple(Pedal(second(start), second(end)) for start, end in _united(spans))


class _Seconds:
    """The time of a tick."""

    def __init__(self, us: Mapping[int, int], per_quarter: int) -> None:
        self._ticks = sorted(us)
        self._s_per_tick = [us[tick] / 1e6 / per_quarter for tick in self._ticks]
        self._seconds = [0.0]
        for index in range(1, len(self._ticks)):
            length = (self._ticks[index] - self._ticks[index - 1]) * self._s_per_tick[index - 1]
            self._seconds.append(self._seconds[-1] + length)

    def __call__(self, tick: int) -> float:
        index = bisect_right(self._ticks, tick) - 1
        return self._seconds[index] + (tick - self._ticks[index]) * self._s_per_tick[index]


def _united(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that overlap become one."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if united and start < united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        elif end > start:
            united.append((start, end))
    return united


def _text(text: str) -> str:
    """A name as it was meant: mido reads bytes as Latin-1, most programs write UTF-8."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
