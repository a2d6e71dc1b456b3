// Where a sound goes: an audio track of ours, a free place on it, a clip that refers to the daemon's file.

var SOUND = {name: "LEAP sound", takes: "has_audio_input", create: "create_audio_track"};

// Put a .wav beside the clip that it was made of. Gives what somebody should know, or "".
function placeSound(take, path) {
    var page = take.page;
    if (!liveTakesSounds()) {
        return "Live 12.0.5 could put it on a track; here drag it from " + path;
    }
    var lengthBeats = take.lengthS * page.facts.bpm / 60;
    var arranged = page.facts.arrangement;
    var track = findTrack(SOUND, take.near, false, function (track) {
        return !arranged || isFree(track, page.songBeat, lengthBeats);
    }) || newTrack(SOUND, take.near.track);
    var clip = arranged
        ? returned(track.call("create_audio_clip", path, page.songBeat))
        : soundInSlot(track, take, path);
    if (!isThere(clip)) {
        return "Live did not let the clip be made; drag it from " + path;
    }
    clip.set("warping", 0); // its seconds are those of the notes
    clip.set("name", take.sound + ", seed " + take.seed);
    return soundHint(page);
}

// What of a recording's clip the sound does not follow.
function soundHint(reading) {
    if (!reading.facts.path) {
        return "";
    }
    return reading.passes.length > 1 ? "The clip's loop is played once."
        : reading.facts.warping ? "It goes at the recording's own speed, not at the warped one." : "";
}

function soundInSlot(track, take, path) {
    var scene = take.near.scene < 0 ? selectedScene() : take.near.scene;
    var slot = slotOf(track, freeScene([track], scene));
    slot.call("create_audio_clip", path);
    return liveObject(ids(slot, "clip")[0] || 0);
}

// Whether Live can make audio clips for a device: since 12.0.5.
function liveTakesSounds() {
    return liveIsAtLeast(12, 1) ||
        (liveIsAtLeast(12, 0) && Number(liveObject("live_app").call("get_bugfix_version")) >= 5);
}
