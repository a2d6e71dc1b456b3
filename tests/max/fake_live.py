"""A Live set that answers as LiveAPI does: lists from get, id 0 for what is not there, texts in quotes, and nothing
that the Live Object Model does not have."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import soundfile

TEXTS_IN_QUOTES = ("file_path", "name")

# What there is of each type, of what the device may ask for.
PROPERTIES = {
    "Application": set(),
    "Song": {"tempo", "signature_numerator", "signature_denominator", "loop_start", "loop_length", "loop"},
    "Song.View": set(),
    "Scene": {"name"},
    "Track": {"name", "has_midi_input", "has_audio_input", "is_frozen", "color"},
    "ClipSlot": {"has_clip"},
    "MaxDevice": {"name"},
    "Clip": {
        "name", "color", "file_path", "is_audio_clip", "is_midi_clip", "is_arrangement_clip", "warping", "warp_mode",
        "warp_markers", "start_marker", "end_marker", "loop_start", "loop_end", "looping", "start_time", "end_time",
        "sample_length", "sample_rate", "pitch_coarse", "pitch_fine", "length",
    },
}  # fmt: skip
AUDIO_ONLY = {"file_path", "warping", "warp_mode", "warp_markers", "sample_length", "sample_rate", "pitch_coarse",
              "pitch_fine"}  # fmt: skip


class Thing:
    """An object of the set."""

    def __init__(self, live: "LiveSet", kind: str, parent: "Thing | None" = None, **values: Any) -> None:
        self.live, self.kind, self.parent, self.values = live, kind, parent, values
        self.lists: dict[str, list[Thing]] = {}
        self.singles: dict[str, Thing | None] = {}
        self.id = next(live.numbers)
        live.things[self.id] = self

    def get(self, name: str) -> list[Any] | None:
        if name == "canonical_parent":
            return ["id", self.parent.id if self.parent else 0]
        if name in self.lists:
            return [word for thing in self.lists[name] for word in ("id", thing.id)]
        if name in self.singles:
            return ["id", self.singles[name].id if self.singles[name] else 0]
        assert name in PROPERTIES[self.kind], f"{self.kind} has no property {name}"
        if self.kind == "Clip" and not self.values["is_audio_clip"]:
            assert name not in AUDIO_ONLY, f"a MIDI clip has no {name}"
        value = self.values[name]
        return [f'"{value}"' if name in TEXTS_IN_QUOTES and " " in str(value) else value]

    def set(self, name: str, value: Any) -> None:
        assert name in PROPERTIES[self.kind], f"{self.kind} has no property {name}"
        self.values[name] = value
        if self.kind == "Clip":
            assert self.values["loop_start"] < self.values["loop_end"], f"{name} {value} makes an empty loop"

    def delete(self) -> None:
        for things in (*self.lists.values(), [each for each in self.singles.values() if each]):
            for thing in things:
                thing.delete()
        self.live.things.pop(self.id, None)


class Clip(Thing):
    """A MIDI clip keeps notes."""

    notes: list[dict[str, float]]

    def call_get_notes_extended(self, pitch: int, pitches: int, start: float, span: float) -> str:
        assert (pitch, pitches, self.values["is_midi_clip"]) == (0, 128, 1)
        found = [note for note in self.notes if start <= note["start_time"] < start + span]
        return json.dumps({"notes": [{"note_id": at, "mute": 0, **note} for at, note in enumerate(found)]})

    def call_add_new_notes(self, words: dict[str, Any]) -> list[int]:
        assert set(words) == {"notes"}
        for note in words["notes"]:
            assert set(note) <= {"pitch", "start_time", "duration", "velocity", "mute", "probability"}
            assert 0 <= note["pitch"] <= 127
            assert note["pitch"] == int(note["pitch"])
            assert 1 <= note["velocity"] <= 127
            assert note["duration"] > 0
            assert note["start_time"] >= 0
            self._add(dict(note))
        self.live.edits.append(("add_new_notes", len(words["notes"])))
        return list(range(len(words["notes"])))

    def _add(self, new: dict[str, float]) -> None:
        """A note of the same pitch that still sounds is cut; one that begins under the new one is replaced."""
        end = new["start_time"] + new["duration"]
        kept = []
        for note in self.notes:
            if note["pitch"] == new["pitch"]:
                if new["start_time"] <= note["start_time"] < end:
                    continue
                if note["start_time"] < new["start_time"] < note["start_time"] + note["duration"]:
                    note["duration"] = new["start_time"] - note["start_time"]
            kept.append(note)
        self.notes = [*kept, new]


class Slot(Thing):
    def call_create_clip(self, length: float) -> None:
        assert self.singles["clip"] is None, "a clip would be overwritten"
        assert self.parent.values["has_midi_input"]
        self.put(self.live.midi_clip(self, length))

    def call_create_audio_clip(self, path: str) -> None:
        assert self.live.takes_sounds, "Live before 12.0.5 has no create_audio_clip"
        assert self.singles["clip"] is None, "a clip would be overwritten"
        assert self.parent.values["has_audio_input"]
        self.put(self.live.sound_clip(self, path))

    def put(self, clip: Clip) -> Clip:
        clip.parent = self
        self.singles["clip"], self.values["has_clip"] = clip, 1
        return clip

    def call_delete_clip(self) -> None:
        self.singles["clip"].delete()
        self.singles["clip"], self.values["has_clip"] = None, 0


class Track(Thing):
    def call_create_midi_clip(self, start: float, length: float) -> list[Any]:
        assert self.live.version >= (12, 2), "Live before 12.2 has no create_midi_clip"
        for clip in self.lists["arrangement_clips"]:
            assert clip.values["end_time"] <= start or clip.values["start_time"] >= start + length, "overwritten"
        clip = self.live.midi_clip(self, length, is_arrangement_clip=1, start_time=start, end_time=start + length)
        self.lists["arrangement_clips"].append(clip)
        return ["id", clip.id]


    def call_create_audio_clip(self, path: str, start: float) -> list[Any]:
        assert self.live.takes_sounds, "Live before 12.0.5 has no create_audio_clip"
        assert self.values["has_audio_input"]
        beats = soundfile.info(path).duration * self.live.song.values["tempo"] / 60
        for clip in self.lists["arrangement_clips"]:
            assert clip.values["end_time"] <= start or clip.values["start_time"] >= start + beats, "overwritten"
        clip = self.live.sound_clip(self, path, is_arrangement_clip=1, start_time=start, end_time=start + beats)
        self.lists["arrangement_clips"].append(clip)
        return ["id", clip.id]


class LiveSet:
    """The root of it all, with a few tracks and scenes."""

    def __init__(self, version: tuple[int, ...] = (12, 2), tempo: float = 120.0, scenes: int = 4) -> None:
        self.numbers = itertools.count(1)
        self.things: dict[int, Thing] = {}
        self.edits: list[tuple[str, int]] = []
        self.version = version
        self.observers: list[Callable[[str, int], None]] = []
        self.app = Thing(self, "Application")
        self.song = Song(self, "Song", tempo=tempo, signature_numerator=4, signature_denominator=4, loop_start=0.0,
                         loop_length=16.0, loop=0)  # fmt: skip
        self.song.lists = {"tracks": [], "scenes": []}
        self.view = Thing(self, "Song.View", self.song)
        self.view.singles = {"detail_clip": None, "selected_scene": None, "highlighted_clip_slot": None}
        self.song.singles = {"view": self.view}
        for _ in range(scenes):
            self.song.call_create_scene(-1)
        self.view.singles["selected_scene"] = self.song.lists["scenes"][0]
        self.device: Thing | None = None

    def track(self, name: str, midi: bool = False, at: int | None = None) -> Track:
        kind = {"has_midi_input": int(midi), "has_audio_input": int(not midi)}
        track = Track(self, "Track", self.song, name=name, is_frozen=0, color=0, **kind)
        track.lists = {"clip_slots": [], "arrangement_clips": [], "devices": []}
        for _ in self.song.lists["scenes"]:
            track.lists["clip_slots"].append(slot := Slot(self, "ClipSlot", track, has_clip=0))
            slot.singles = {"clip": None}
        tracks = self.song.lists["tracks"]
        tracks.insert(len(tracks) if at is None else at, track)
        return track

    def put_device(self, track: Track) -> None:
        self.device = Thing(self, "MaxDevice", track, name="LEAP")
        track.lists["devices"].append(self.device)

    def audio_clip(self, track: Track, path: str, scene: int | None, lasts_s: float, **values: Any) -> Clip:
        """An unwarped clip of a whole file, in a slot, or in the arrangement where scene is None."""
        usual = {
            "name": "My song", "color": 255, "file_path": path, "is_audio_clip": 1, "is_midi_clip": 0,
            "is_arrangement_clip": int(scene is None), "warping": 0, "warp_mode": 4, "warp_markers": [],
            "start_marker": 0.0, "end_marker": lasts_s, "loop_start": 0.0, "loop_end": lasts_s, "looping": 0,
            "start_time": 0.0, "end_time": 0.0, "sample_length": round(lasts_s * 44100), "sample_rate": 44100.0,
            "pitch_coarse": 0, "pitch_fine": 0.0,
        }  # fmt: skip
        clip = Clip(self, "Clip", track, **{**usual, **values})
        markers = [{"beat_time": beat, "sample_time": second} for second, beat in clip.values["warp_markers"]]
        clip.values["warp_markers"] = json.dumps({"warp_markers": markers})
        if scene is None:
            track.lists["arrangement_clips"].append(clip)
        else:
            track.lists["clip_slots"][scene].put(clip)
        return clip

    def sound_clip(self, parent: Thing, path: str, **values: Any) -> Clip:
        """An audio clip of a whole file, as Live makes it: warped if the user has it so."""
        lasts_s = soundfile.info(path).duration
        usual = {
            "name": "", "color": 0, "file_path": path, "is_audio_clip": 1, "is_midi_clip": 0, "is_arrangement_clip": 0,
            "warping": 1, "looping": 0, "loop_start": 0.0, "loop_end": lasts_s, "start_time": 0.0, "end_time": 0.0,
        }  # fmt: skip
        return Clip(self, "Clip", parent, **{**usual, **values})

    def midi_clip(self, parent: Thing, length: float, **values: Any) -> Clip:
        assert length > 0
        usual = {
            "name": "", "color": 0, "is_audio_clip": 0, "is_midi_clip": 1, "is_arrangement_clip": 0,
            "start_marker": 0.0, "end_marker": length, "loop_start": 0.0, "loop_end": length, "looping": 1,
            "start_time": 0.0, "end_time": length, "length": length,
        }  # fmt: skip
        clip = Clip(self, "Clip", parent, **{**usual, **values})
        clip.notes = []
        return clip

    def click(self, clip: Clip | None) -> None:
        """Show a clip in the detail view."""
        self.view.singles["detail_clip"] = clip
        for observer in self.observers:
            observer("detail_clip", clip.id if clip else 0)

    def at(self, place: str) -> int:
        """The id of what a path or an "id 7" leads to; 0 for nothing."""
        first, *rest = place.split()
        if first == "id":
            return int(rest[0]) if int(rest[0]) in self.things else 0
        thing = {"live_app": self.app, "live_set": self.song, "this_device": self.device}[first]
        while rest and thing is not None:
            name = rest.pop(0)
            thing = thing.singles[name] if name in thing.singles else thing.lists[name][int(rest.pop(0))]
        return thing.id if thing is not None else 0

    def get(self, number: int, name: str) -> list[Any] | None:
        return self.things[number].get(name) if number in self.things else None

    def set(self, number: int, name: str, value: Any) -> None:
        self.things[number].set(name, value)
        self.edits.append((name, number))

    def call(self, number: int, name: str, *words: Any) -> Any:
        thing = self.things[number]
        if thing is self.app:
            major, minor, bugfix = (*self.version, 0, 0)[:3]
            return {"get_major_version": major, "get_minor_version": minor, "get_bugfix_version": bugfix}[name]
        return getattr(thing, f"call_{name}")(*words)

    @property
    def takes_sounds(self) -> bool:
        return self.version >= (12, 0, 5)

    def sounds(self) -> list[Clip]:
        """All audio clips on tracks of ours."""
        tracks = [each for each in self.song.lists["tracks"] if each.values["name"].startswith("LEAP sound")]
        slots = [slot.singles["clip"] for track in tracks for slot in track.lists["clip_slots"]]
        return [clip for clip in slots if clip] + [clip for each in tracks for clip in each.lists["arrangement_clips"]]

    def piano_clips(self) -> list[Clip]:
        """All MIDI clips of the set."""
        return [each for each in self.things.values() if isinstance(each, Clip) and each.values["is_midi_clip"]]


class Song(Thing):
    def call_create_scene(self, index: int) -> None:
        assert index == -1
        self.lists["scenes"].append(Thing(self.live, "Scene", self, name=""))
        for track in self.lists["tracks"]:
            track.lists["clip_slots"].append(slot := Slot(self.live, "ClipSlot", track, has_clip=0))
            slot.singles = {"clip": None}

    def call_delete_track(self, index: int) -> None:
        self.lists["tracks"].pop(index).delete()

    def call_create_midi_track(self, index: int) -> None:
        self.live.track("MIDI", midi=True, at=None if index == -1 else index)

    def call_create_audio_track(self, index: int) -> None:
        self.live.track("Audio", at=None if index == -1 else index)
