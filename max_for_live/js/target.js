// Where notes go: tracks, a free place on them, clips of ours. Nothing that is there already is touched.

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
    return {track: placeOf(liveObject("this_device")).track, scene: selectedScene()};
}

function selectedScene() {
    var scene = liveObject("live_set view selected_scene");
    return Math.max(0, ids(song(), "scenes").indexOf(Number(scene.id)));
}

// Who plays, of the /leap/track messages: [{kind, channel, own}]. The hands of a piano are one player, with one clip;
// each player of a band has a clip, and a track of his name.
// own: whether a piano plays on the device's own track, as the MIDI effect has it.
function playersOf(rows, own) {
    var hands = rows.every(function (row) { return /hand$/i.test(row.name); });
    if (hands) {
        return [{kind: PIANO, channel: 0, own: own}];
    }
    return rows.map(function (row) {
        var kind = {name: "LEAP " + row.name, takes: PIANO.takes, create: PIANO.create};
        return {kind: kind, channel: row.channel, own: false};
    });
}

function isPiano(players) {
    return players.length === 1 && players[0].kind === PIANO;
}

// Make an empty clip for each player, all in one scene or at one place of the arrangement, and of one length.
// page: says how long they are, and where: a Reading or a Sheet.
// near: the place of the source.
// Returns {parts: [{clip, track, channel}], inSession}.
function makeClips(page, near, players) {
    var arranged = page.facts.arrangement && liveIsAtLeast(12, 2);
    var tracks = tracksFor(players, near, function (track) {
        return !arranged || isFree(track, page.songBeat, page.shape.length);
    });
    var scene = arranged ? -1 : freeScene(tracks, near.scene < 0 ? selectedScene() : near.scene);
    var parts = tracks.map(function (track, index) {
        var clip = arranged
            ? returned(track.call("create_midi_clip", page.songBeat, page.shape.length))
            : clipInSlot(track, scene, page.shape.length);
        if (!isThere(clip)) {
            throw new Error("Live did not let the clip be made.");
        }
        shapeClip(clip, page.shape, arranged);
        return {clip: clip, track: track, channel: players[index].channel};
    });
    return {parts: parts, inSession: !arranged};
}

// The part that a note of a channel belongs to.
function partOf(made, channel) {
    for (var i = 0; i < made.parts.length; i++) {
        if (made.parts[i].channel === channel) {
            return made.parts[i];
        }
    }
    return made.parts[0];
}

// A track for each player; those that are missing are made behind the source's, in order.
function tracksFor(players, near, fits) {
    var behind = near.track;
    return players.map(function (player) {
        var track = findTrack(player.kind, near, player.own, fits) || newTrack(player.kind, behind);
        behind = near.track < 0 ? -1 : ids(song(), "tracks").indexOf(Number(track.id));
        return track;
    });
}

// A track that may be written to: the device's own, or the next of our name. Null when there is none.
// kind: PIANO, SOUND, or of a player.
function findTrack(kind, near, own, fits) {
    var tracks = ids(song(), "tracks");
    var candidates = own ? [placeOfDevice().track] : [];
    for (var i = Math.max(0, near.track); i < tracks.length; i++) {
        if (isNamed(liveObject(tracks[i]), kind.name)) {
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

// Whether a track is called so, whatever stands behind it: "LEAP Bass 2" for "LEAP bass", but not "LEAP Bassoon".
function isNamed(track, name) {
    var found = text(track, "name").toLowerCase();
    return found.indexOf(name.toLowerCase()) === 0 && !/[a-z]/.test(found.charAt(name.length));
}

// Whether nothing lies there in the arrangement.
function isFree(track, start, length) {
    return ids(track, "arrangement_clips").every(function (id) {
        var clip = liveObject(id);
        return number(clip, "end_time") <= start || number(clip, "start_time") >= start + length;
    });
}

// behind: index of the track behind which it comes; -1 is the last.
function newTrack(kind, behind) {
    var set = song();
    var before = ids(set, "tracks");
    set.call(kind.create, behind < 0 ? -1 : behind + 1);
    var fresh = ids(set, "tracks").filter(function (id) { return before.indexOf(id) < 0; });
    if (!fresh.length) {
        throw new Error("Live did not let a track be made.");
    }
    var track = liveObject(fresh[0]);
    var count = before.filter(function (id) { return isNamed(liveObject(id), kind.name); }).length;
    track.set("name", count ? kind.name + " " + (count + 1) : kind.name);
    return track;
}

function clipInSlot(track, scene, length) {
    var slot = slotOf(track, scene);
    slot.call("create_clip", length);
    return liveObject(ids(slot, "clip")[0] || 0);
}

function slotOf(track, scene) {
    return liveObject(ids(track, "clip_slots")[scene] || 0);
}

// The first scene at or below one in which all tracks have a free slot; scenes are made when there are too few.
function freeScene(tracks, scene) {
    for (var index = scene; index < scene + 1000; index++) {
        if (index >= ids(song(), "scenes").length) {
            song().call("create_scene", -1);
        }
        var free = tracks.every(function (track) {
            var slot = slotOf(track, index);
            return isThere(slot) && number(slot, "has_clip") === 0;
        });
        if (free) {
            return index;
        }
    }
    throw new Error("There is no free slot on " + text(tracks[0], "name") + ".");
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
