"""REAPER's Lua functions over a project in memory.

It refuses names that are not in `reaper_api.tsv`, and arguments that are too many, too few or of another kind than
stands there.
"""
# ruff: noqa: N802  (the names are REAPER's)

import inspect
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import soundfile
from reaper_project import PPQ, Item, Project, Source, Take, Track

HERE = Path(__file__).parent
# The list leaves out what these take.
UNLISTED = {"defer": ["function"], "atexit": ["function"], "set_action_options": ["integer"]}
HANDLES = {"MediaItem": Item, "MediaItem_Take": Take, "MediaTrack": Track, "PCM_source": Source, "ReaProject": Project}


def read_api() -> dict[str, list[str]]:
    """Each function's kinds of parameters."""
    rows = (line.split("\t") for line in (HERE / "reaper_api.tsv").read_text().splitlines() if line[0] != "#")
    listed = {row[0]: [] if row[1] == "-" else [each.split(": ")[1] for each in row[1].split(", ")] for row in rows}
    return listed | UNLISTED


API = read_api()


@dataclass
class Host:
    """What all scripts of one REAPER share."""

    project: Project = field(default_factory=Project)
    in_front: Project | None = None  # another project's tab
    states: dict[str, str] = field(default_factory=dict)
    os_name: str = "Other"
    answers: deque[int] = field(default_factory=deque)  # to message boxes; no when there is none
    typed: deque[str] = field(default_factory=deque)
    boxes: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    on_command: Callable[[str], None] = lambda command: None
    extensions: set[str] = field(default_factory=set)
    later_s: float = 0.0  # the clock goes ahead by so much
    inserted: int = 0  # notes, in all

    def clock(self) -> float:
        return time.perf_counter() + self.later_s

    def choose(self, **settings: object) -> None:
        self.states |= {name: str(value) for name, value in settings.items()}


def checked(name: str, kind: str, value: object) -> None:
    """Refuse an argument that REAPER would refuse, or misunderstand."""
    wrong = f"{name}: {value!r} is no {kind}"
    match kind:
        case "ReaProject":
            assert value in (None, 0) or isinstance(value, Project), wrong
        case "number" | "integer":
            assert type(value) in (int, float), wrong
            assert kind == "number" or float(value).is_integer(), wrong
        case "string":
            assert isinstance(value, str), wrong
        case "boolean":
            assert isinstance(value, bool), wrong
        case "optional" | "identifier" | "function":
            pass
        case _:
            assert isinstance(value, HANDLES[kind]), wrong


class Api:
    """The functions, as methods. `script` is who calls."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.deferred: list[Callable[[], None]] = []
        self.at_exit: list[Callable[[], None]] = []
        self.inserted = 0  # notes, in this tick
        self.sorted = True
        self.refresh = 0

    def call(self, name: str, arguments: tuple[Any, ...]) -> object:
        kinds = API[name]
        required = len(kinds) - kinds.count("optional")
        assert required <= len(arguments) <= len(kinds), f"{name} takes {kinds}, got {arguments}"
        for kind, value in zip(kinds, arguments, strict=False):
            checked(name, kind, value)
        return getattr(self, name)(*arguments)

    def of(self, project: object) -> Project:
        return project if isinstance(project, Project) else self.host.in_front or self.host.project

    # Selection and items
    def CountSelectedMediaItems(self, project): return len(self.of(project).selected)
    def GetSelectedMediaItem(self, project, index): return self.of(project).selected[int(index)]
    def GetMediaItem(self, project, index): return self.nth(self.of(project).items, index)
    def GetTrackMediaItem(self, track, index): return self.nth(track.items, index)
    def CountTrackMediaItems(self, track): return len(track.items)
    def GetActiveTake(self, item): return item.take
    def GetMediaItem_Track(self, item): return item.track
    def GetMediaItemInfo_Value(self, item, name): return item.values.get(name, 0.0)
    def GetTakeName(self, take): return take.name
    def TakeIsMIDI(self, take): return take.is_midi
    def GetMediaItemTakeInfo_Value(self, take, name): return take.value(name)
    def GetTakeNumStretchMarkers(self, take): return len(take.stretch_markers)
    def GetTakeStretchMarker(self, take, index): return (int(index), *take.stretch_markers[int(index)][:2])
    def GetTakeStretchMarkerSlope(self, take, index): return take.stretch_markers[int(index)][2]

    def SetMediaItemInfo_Value(self, item, name, value):
        item.values[name] = value
        return True

    def GetSetMediaItemInfo_String(self, item, name, text, write):
        if write:
            item.texts[name] = text
        return name in item.texts, item.texts.get(name, "")

    def GetSetMediaItemTakeInfo_String(self, take, name, text, write):
        assert (name, write) == ("P_NAME", True)
        take.name = text
        return True, text

    @staticmethod
    def nth(things, index):
        return things[int(index)] if 0 <= index < len(things) else None

    # Sources
    def GetMediaItemTake_Source(self, take): return take.source
    def GetMediaSourceParent(self, source): return source.parent
    def GetMediaSourceFileName(self, source): return source.path
    def GetMediaSourceLength(self, source): return source.length_s, source.in_quarters
    def PCM_Source_GetSectionInfo(self, source): return (bool(source.section), *(source.section or (0.0, 0.0, False)))

    # Tracks
    def CountTracks(self, project): return len(self.of(project).tracks)
    def GetSelectedTrack(self, project, index): return self.nth(self.of(project).selected_tracks, index)
    def GetCursorPositionEx(self, project): return self.of(project).cursor_s
    def GetTrack(self, project, index): return self.nth(self.of(project).tracks, index)
    def InsertTrackAtIndex(self, index, defaults): self.of(0).tracks.insert(int(index), Track())
    def GetTrackName(self, track): return True, track.name or f"Track {self.of(0).tracks.index(track) + 1}"

    def GetMediaTrackInfo_Value(self, track, name):
        assert name == "IP_TRACKNUMBER"
        return float(self.host.project.tracks.index(track) + 1)

    def GetSetMediaTrackInfo_String(self, track, name, text, write):
        assert (name, write) == ("P_NAME", True)
        track.name = text
        return True, text

    def TrackFX_AddByName(self, track, name, recording, instantiate):
        track.plugins.append(name)
        return 0

    # Time
    def TimeMap2_timeToQN(self, project, time_s): return self.of(project).tempo.quarter(time_s)
    def TimeMap2_QNToTime(self, project, quarter): return self.of(project).tempo.time(quarter)
    def CountTempoTimeSigMarkers(self, project): return len(self.of(project).tempo.markers)
    def TimeMap_QNToMeasures(self, project, quarter): return (1, *self.of(project).tempo.bar(quarter))

    def TimeMap_GetTimeSigAtTime(self, project, time_s):
        marker = self.of(project).tempo.meter(time_s)
        return marker.numerator, marker.denominator, marker.bpm

    def GetTempoTimeSigMarker(self, project, index):
        marker = self.of(project).tempo.markers[int(index)]
        return True, marker.time_s, 0, 0.0, marker.bpm, marker.numerator, marker.denominator, marker.linear

    def GetSet_LoopTimeRange2(self, project, write, loop, start, end, seek):
        assert not write
        return self.of(project).selection

    # Sound
    def PCM_Source_CreateFromFile(self, path):
        return Source(soundfile.info(path).duration, path) if Path(path).is_file() else None

    def AddMediaItemToTrack(self, track):
        item = Item(track, {"D_POSITION": 0.0, "D_LENGTH": 0.0, "B_LOOPSRC": 1.0})
        track.items.append(item)
        return item

    def AddTakeToMediaItem(self, item):
        item.take = Take(item)
        return item.take

    def SetMediaItemTake_Source(self, take, source):
        take.source = source
        return True

    def SetMediaItemTakeInfo_Value(self, take, name, value):
        take.values[name] = value
        return True

    def Main_OnCommand(self, command, flag):
        assert (command, flag) == (40047, 0), "only missing peaks are built"

    # MIDI
    def MIDI_CountEvts(self, take): return (True, len(take.notes), len(take.controls), 0)

    def MIDI_GetNote(self, take, index):
        start, end, channel, pitch, velocity = take.notes[int(index)]
        return True, False, int(index) in take.muted, start, end, channel, pitch, velocity

    def MIDI_GetCC(self, take, index):
        tick, number, value = take.controls[int(index)]
        return True, False, False, tick, 0xB0, 0, number, value

    def MIDI_GetProjTimeFromPPQPos(self, take, tick):
        project = self.host.project
        return project.tempo.time(project.first_quarter(take) + tick / PPQ)

    def CreateNewMIDIItemInProj(self, track, start, end, in_quarters=None):
        assert not in_quarters
        item = Item(track, {"D_POSITION": start, "D_LENGTH": end - start, "B_LOOPSRC": 1.0})
        item.take = Take(item, Source(end - start), is_midi=True)
        track.items.append(item)
        return item

    def MIDI_SetItemExtents(self, item, start, end):
        tempo = self.host.project.tempo
        item.values["D_POSITION"] = tempo.time(start)
        item.values["D_LENGTH"] = tempo.time(end) - tempo.time(start)
        return True

    def MIDI_GetPPQPosFromProjTime(self, take, time_s):
        return (self.host.project.tempo.quarter(time_s) - self.host.project.first_quarter(take)) * PPQ

    def MIDI_InsertNote(self, take, selected, muted, start, end, channel, pitch, velocity, unsorted=None):
        assert 0 <= pitch <= 127
        assert 1 <= velocity <= 127
        assert 0 <= channel <= 15
        assert start < end
        assert not self.sorted, "notes are inserted between MIDI_DisableSort and MIDI_Sort"
        assert unsorted is True
        take.notes.append((start, end, channel, pitch, velocity))
        self.inserted += 1
        self.host.inserted += 1
        return True

    def MIDI_DisableSort(self, take): self.sorted = False
    def MIDI_Sort(self, take): self.sorted = True

    # Project
    def EnumProjects(self, index): return self.of(0)
    def UpdateArrange(self): pass
    def PreventUIRefresh(self, count): self.refresh += int(count)
    def Undo_OnStateChangeEx2(self, project, name, states, track): self.of(project).undo.append(name)

    def ValidatePtr2(self, project, thing, kind):
        if kind == "ReaProject*":
            return thing.is_open
        assert kind == "MediaItem*"
        return thing in self.of(project).items

    # System
    def time_precise(self): return self.host.clock()
    def defer(self, function): self.deferred.append(function)
    def atexit(self, function): self.at_exit.append(function)
    def set_action_options(self, flags): pass
    def genGuid(self, ignored): return Item(Track(), {}).texts["GUID"]
    def GetOS(self): return self.host.os_name
    def APIExists(self, name): return name in API or name in self.host.extensions
    def GetExtState(self, section, key): return self.host.states.get(key, "")
    def Help_Set(self, text, temporary): self.host.said.append(text)
    def ShowConsoleMsg(self, text): self.host.console.append(text)

    def SetExtState(self, section, key, value, persist):
        assert section == "LEAP"
        self.host.states[key] = value

    def MB(self, text, title, kind):
        self.host.boxes.append(text)
        return (self.host.answers.popleft() if self.host.answers else 7) if kind == 4 else 1

    def GetUserInputs(self, title, count, captions, values):
        return (True, self.host.typed.popleft()) if self.host.typed else (False, values)

    def ExecProcess(self, command, timeout_ms):
        assert timeout_ms in (-1, -2)
        self.host.commands.append(command)
        self.host.on_command(command)
        return "0\n"


NAMES = {name for name, _ in inspect.getmembers(Api, inspect.isfunction)} & set(API)
