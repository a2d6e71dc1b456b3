// Where the piano goes: a track, a free place on it, a clip of ours. Nothing that is there already is touched.

var PIANO = {name: "LEAP piano", takes: "has_midi_input", create: "create_midi_track"};

// Where a source is: {track, scene}, indexes of the set; -1 where it is nowhere.
function placeOf(clip) {
    var track = above(clip, "Track");
    if (!track) {
        return {track: -1, scene: -1};
    }
    var slot = above(clip, "ClipSlot");
    return {
        track: ids(song(), "tracks").indexOf(Number(track.id)),
        scene: slot ? ids(track, "clip_slots").indexOf(Number(slot.id)) : -1
    };
}

// Where this device is, and the scene that is selected.
function placeOfDevice() {
    return {track: placeOf(liveObject("this_device")).track, scene: -1};
}

function selectedScene() {
    var scene = liveObject("live_set view selected_scene");
    return Math.max(0, ids(song(), "scenes").indexOf(Number(scene.id)));
}

// Make an empty clip for a reading.
// near: the place of the source. own: whether the device's own track is taken, as the MIDI effect does.
// Returns {clip, track, inSession}.
function makeClip(reading, near, own) {
    var arranged = reading.facts.arrangement && liveIsAtLeast(12, 2);
    var track = findTrack(PIANO, near, own, function (track) {
        return !arranged || isFree(track, reading.songBeat, reading.shape.length);
    });
    var made = {track: track || newTrack(PIANO, near), inSession: !arranged};
    if (arranged) {
        made.clip = returned(made.track.call("create_midi_clip", reading.songBeat, reading.shape.length));
    } else {
        made.clip = clipInSlot(made.track, near.scene < 0 ? selectedScene() : near.scene, reading.shape.length);
    }
    if (!isThere(made.clip)) {
        throw new Error("Live did not let the clip be made.");
    }
    shapeClip(made.clip, reading.shape, arranged);
    return made;
}

// A track that may be written to: the device's own, or the next of our name. Null when there is none.
// kind: PIANO or SOUND.
function findTrack(kind, near, own, fits) {
    var tracks = ids(song(), "tracks");
    var candidates = own ? [placeOfDevice().track] : [];
    for (var i = Math.max(0, near.track); i < tracks.length; i++) {
        if (text(liveObject(tracks[i]), "name").indexOf(kind.name) === 0) {
            candidates.push(i);
        }
    }
    for (var k = 0; k < candidates.length; k++) {
        var track = candidates[k] < 0 ? null : liveObject(tracks[candidates[k]]);
        if (track && number(track, kind.takes) === 1 && number(track, "is_frozen") === 0 && fits(track)) {
            return track;
        }
    }
    return null;
}

// Whether nothing lies there in the arrangement.
function isFree(track, start, length) {
    return ids(track, "arrangement_clips").every(function (id) {
        var clip = liveObject(id);
        return number(clip, "end_time") <= start || number(clip, "start_time") >= start + length;
    });
}

function newTrack(kind, near) {
    var set = song();
    var before = ids(set, "tracks");
    set.call(kind.create, near.track < 0 ? -1 : near.track + 1);
    var fresh = ids(set, "tracks").filter(function (id) { return before.indexOf(id) < 0; });
    if (!fresh.length) {
        throw new Error("Live did not let a track be made.");
    }
    var track = liveObject(fresh[0]);
    var count = before.filter(function (id) { return text(liveObject(id), "name").indexOf(kind.name) === 0; }).length;
    track.set("name", count ? kind.name + " " + (count + 1) : kind.name);
    return track;
}

function clipInSlot(track, scene, length) {
    var slot = freeSlot(track, scene);
    slot.call("create_clip", length);
    return liveObject(ids(slot, "clip")[0] || 0);
}

// The first free slot at or below a scene; scenes are made when there are too few.
function freeSlot(track, scene) {
    for (var index = scene; index < scene + 1000; index++) {
        if (index >= ids(song(), "scenes").length) {
            song().call("create_scene", -1);
        }
        var slot = liveObject(ids(track, "clip_slots")[index] || 0);
        if (isThere(slot) && number(slot, "has_clip") === 0) {
            return slot;
        }
    }
    throw new Error("There is no free slot on " + text(track, "name") + ".");
}

// What a call that makes something gives back: "id", 7.
function returned(words) {
    var id = words && words.length ? Number(words[words.length - 1]) : Number(words);
    return liveObject(isFinite(id) ? id : 0);
}

// Give a clip the markers of its source. A new clip reaches from 0 to its length, and loops in the session.
function shapeClip(clip, shape, arranged) {
    if (arranged) {
        return;
    }
    if (!shape.looping) {
        clip.set("looping", 0);
        if (shape.start > 0) {
            clip.set("start_marker", shape.start);
            clip.set("loop_start", shape.start);
        }
        return;
    }
    clip.set("loop_end", shape.loopEnd);
    if (shape.loopStart > 0) {
        clip.set("loop_start", shape.loopStart);
    }
    clip.set("start_marker", shape.start);
}
