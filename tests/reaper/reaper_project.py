"""What a REAPER project holds, as far as the LEAP actions see it."""

import bisect
import math
import uuid
from dataclasses import dataclass, field

PPQ = 960  # ticks of a quarter note, REAPER's default


@dataclass(frozen=True)
class Marker:
    """A tempo marker; `linear` means that the tempo glides from here to the next marker's."""

    time_s: float
    bpm: float
    numerator: int = 4
    denominator: int = 4
    linear: bool = False


class Tempo:
    """A tempo map: quarter notes by seconds and back. The first marker stands at 0."""

    def __init__(self, *markers: Marker) -> None:
        self.markers = markers or (Marker(0.0, 120.0),)
        self._quarters = [0.0]
        for index, (before, after) in enumerate(zip(self.markers, self.markers[1:], strict=False)):
            self._quarters.append(self._quarters[-1] + self._since(index, after.time_s - before.time_s))

    def _glide(self, index: int) -> float:
        """Beats per minute that the tempo gains in a second behind a marker."""
        marker = self.markers[index]
        if not marker.linear or index + 1 == len(self.markers):
            return 0.0
        after = self.markers[index + 1]
        return (after.bpm - marker.bpm) / (after.time_s - marker.time_s)

    def _since(self, index: int, seconds: float) -> float:
        return (self.markers[index].bpm * seconds + self._glide(index) * seconds**2 / 2) / 60

    def quarter(self, time_s: float) -> float:
        index = max(0, bisect.bisect_right([marker.time_s for marker in self.markers], time_s) - 1)
        return self._quarters[index] + self._since(index, time_s - self.markers[index].time_s)

    def time(self, quarter: float) -> float:
        index = max(0, bisect.bisect_right(self._quarters, quarter) - 1)
        marker, glide = self.markers[index], self._glide(index)
        beats = 60 * (quarter - self._quarters[index])
        if not glide:
            return marker.time_s + beats / marker.bpm
        return marker.time_s + 2 * beats / (marker.bpm + math.sqrt(marker.bpm**2 + 2 * glide * beats))

    def meter(self, time_s: float) -> Marker:
        return [marker for marker in self.markers if marker.time_s <= time_s + 1e-9][-1]

    def bar(self, quarter: float) -> tuple[float, float]:
        """First and last quarter of the bar around a quarter; bars are counted anew at each marker."""
        index = max(0, bisect.bisect_right(self._quarters, quarter + 1e-9) - 1)
        marker, begins = self.markers[index], self._quarters[index]
        length = marker.numerator * 4 / marker.denominator
        start = begins + math.floor((quarter - begins) / length + 1e-9) * length
        return start, start + length


@dataclass(eq=False)
class Source:
    """A file, or a section of another source."""

    length_s: float
    path: str = ""
    parent: "Source | None" = None
    section: tuple[float, float, bool] | None = None  # offset, length, reversed
    in_quarters: bool = False  # of MIDI


@dataclass(eq=False)
class Take:
    item: "Item"
    source: Source | None = None
    name: str = ""
    is_midi: bool = False
    values: dict[str, float] = field(default_factory=dict)
    stretch_markers: list[tuple[float, float, float]] = field(default_factory=list)  # position, source, slope
    notes: list[tuple[float, float, int, int, int]] = field(default_factory=list)  # ticks, channel, pitch, velocity
    controls: list[tuple[float, int, int]] = field(default_factory=list)  # tick, controller, value
    muted: set[int] = field(default_factory=set)  # of notes

    def value(self, name: str) -> float:
        return self.values.get(name, {"D_PLAYRATE": 1.0, "B_PPITCH": 1.0}.get(name, 0.0))


@dataclass(eq=False)
class Item:
    track: "Track"
    values: dict[str, float]
    take: Take | None = None
    selected: bool = False
    texts: dict[str, str] = field(default_factory=lambda: {"GUID": "{" + str(uuid.uuid4()).upper() + "}"})

    @property
    def start_s(self) -> float:
        return self.values["D_POSITION"]

    @property
    def end_s(self) -> float:
        return self.start_s + self.values["D_LENGTH"]


@dataclass(eq=False)
class Track:
    name: str = ""
    items: list[Item] = field(default_factory=list)
    plugins: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Project:
    tempo: Tempo = field(default_factory=Tempo)
    tracks: list[Track] = field(default_factory=list)
    selection: tuple[float, float] = (0.0, 0.0)
    cursor_s: float = 0.0
    selected_tracks: list[Track] = field(default_factory=list)
    undo: list[str] = field(default_factory=list)
    is_open: bool = True

    @property
    def items(self) -> list[Item]:
        return [item for track in self.tracks for item in track.items]

    @property
    def selected(self) -> list[Item]:
        return [item for item in self.items if item.selected]

    def add(
        self, path: object, length_s: float, position: float = 0.0, offset: float = 0.0, rate: float = 1.0,
        source: Source | None = None, track: Track | None = None, **values: float,
    ) -> Item:  # fmt: skip
        """A selected audio item, on a track of its own unless one is given."""
        if track is None:
            track = Track(f"Song {len(self.tracks) + 1}")
            self.tracks.append(track)
        item = Item(track, {"D_POSITION": position, "D_LENGTH": length_s}, selected=True)
        item.take = Take(item, source or Source(600.0, str(path)), name=str(path).rpartition("/")[2])
        item.take.values = {"D_STARTOFFS": offset, "D_PLAYRATE": rate}
        for name, value in values.items():
            (item.values if name == "B_LOOPSRC" else item.take.values)[name] = value
        track.items.append(item)
        return item

    def add_midi(
        self, notes: list[tuple[float, float, int]], quarters: float, position: float = 0.0, loops: bool = False,
        length_s: float | None = None,
    ) -> Item:  # fmt: skip
        """A selected MIDI item of so many quarters; notes are (first quarter, last quarter, pitch)."""
        self.tracks.append(track := Track("Keys"))
        lasts_s = self.tempo.time(self.tempo.quarter(position) + quarters) - position
        values = {"D_POSITION": position, "D_LENGTH": length_s or lasts_s, "B_LOOPSRC": float(loops)}
        item = Item(track, values, selected=True)
        item.take = Take(item, Source(quarters, in_quarters=True), name="Tune", is_midi=True)
        item.take.notes = [(start * PPQ, end * PPQ, 0, pitch, 90) for start, end, pitch in notes]
        track.items.append(item)
        return item

    def sounds(self) -> list[Item]:
        return self.on("LEAP sound")

    def delete(self, item: Item) -> None:
        item.track.items.remove(item)

    def results(self) -> list[Item]:
        return self.on("LEAP piano")

    def on(self, name: str) -> list[Item]:
        """The items on the tracks of a name."""
        return [item for track in self.tracks if track.name == name for item in track.items]

    def first_quarter(self, take: Take) -> float:
        """Where the ticks of a MIDI take count from."""
        return self.tempo.quarter(take.item.start_s - take.value("D_STARTOFFS"))

    def heard(self, item: Item) -> list[tuple[float, float, int, int, int]]:
        """Notes of a MIDI item in project time: (start_s, end_s, channel, pitch, velocity), in order."""
        assert item.take
        first = self.first_quarter(item.take)
        return sorted(
            (self.tempo.time(first + start / PPQ), self.tempo.time(first + end / PPQ), channel, pitch, velocity)
            for start, end, channel, pitch, velocity in item.take.notes
        )
