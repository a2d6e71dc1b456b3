// Live's objects, asked in Live's manner: get() gives arrays, texts may come in quotes, what is not there has id 0.
// None of this may run before live.thisdevice has said that the API is there.

function liveObject(place) {
    return new LiveAPI(typeof place === "number" ? "id " + place : place);
}

function isThere(object) {
    return Boolean(object) && Number(object.id) !== 0;
}

function value(object, property) {
    var found = object.get(property);
    return found !== null && typeof found === "object" && found.length !== undefined ? found[0] : found;
}

function number(object, property) {
    var found = Number(value(object, property));
    return isFinite(found) ? found : 0;
}

function text(object, property) {
    return unquoted(String(value(object, property)));
}

function unquoted(words) {
    var quoted = words.length > 1 && words.charAt(0) === '"' && words.charAt(words.length - 1) === '"';
    return quoted ? words.slice(1, -1) : words;
}

// Ids of an object's children, from the list "id", 1, "id", 2 ...
function ids(object, children) {
    var words = object.get(children) || [];
    var found = [];
    for (var i = 0; i + 1 < words.length; i += 2) {
        if (words[i] === "id" && Number(words[i + 1]) !== 0) {
            found.push(Number(words[i + 1]));
        }
    }
    return found;
}

function parentOf(object) {
    return liveObject(ids(object, "canonical_parent")[0] || 0);
}

// The nearest object of a type at or above one; devices may lie in racks, clips in slots or take lanes.
function above(object, type) {
    for (var steps = 0; isThere(object) && steps < 32; steps++) {
        if (object.type === type) {
            return object;
        }
        object = parentOf(object);
    }
    return null;
}

function song() {
    return liveObject("live_set");
}

// Whether Live is at least this version.
function liveIsAtLeast(major, minor) {
    var app = liveObject("live_app");
    var found = Number(app.call("get_major_version"));
    return found > major || (found === major && Number(app.call("get_minor_version")) >= minor);
}

// Warp markers as [second, beat]: Live gives them as the text of a dictionary, or as one.
function warpMarkers(clip) {
    var found = value(clip, "warp_markers");
    var list = (typeof found === "string" ? JSON.parse(unquoted(found)) : found).warp_markers;
    return list.map(function (marker) { return [Number(marker.sample_time), Number(marker.beat_time)]; });
}

// A clip's name, or its file's: a name can be deleted.
function nameOf(clip) {
    return text(clip, "name") || baseName(text(clip, "file_path"));
}

// Everything that a Reading wants to know about an audio clip.
function liveFacts(clip) {
    var set = song();
    var rate = number(clip, "sample_rate");
    var warping = number(clip, "warping") === 1;
    var facts = {
        path: text(clip, "file_path"),
        name: nameOf(clip),
        color: number(clip, "color"),
        warping: warping,
        warpMode: number(clip, "warp_mode"),
        markers: warping ? warpMarkers(clip) : [],
        startMarker: number(clip, "start_marker"),
        endMarker: number(clip, "end_marker"),
        loopStart: number(clip, "loop_start"),
        loopEnd: number(clip, "loop_end"),
        looping: number(clip, "looping") === 1,
        arrangement: number(clip, "is_arrangement_clip") === 1,
        startTime: number(clip, "start_time"),
        endTime: number(clip, "end_time"),
        lengthS: rate > 0 ? number(clip, "sample_length") / rate : 0,
        pitchCoarse: number(clip, "pitch_coarse"),
        pitchFine: number(clip, "pitch_fine"),
        bpm: number(set, "tempo"),
        signature: [number(set, "signature_numerator") || 4, number(set, "signature_denominator") || 4]
    };
    if (!facts.path) {
        throw new Error("The clip has no file yet: save the set first.");
    }
    return facts;
}

// The same for a file of which nothing is known: it starts at its beginning, and lasts for lengthS seconds.
function fileFacts(path, lengthS) {
    var set = song();
    return {
        path: path, name: baseName(path), color: -1, warping: false, warpMode: 0, markers: [],
        startMarker: 0, endMarker: lengthS, loopStart: 0, loopEnd: 0, looping: false,
        arrangement: false, startTime: 0, endTime: 0, lengthS: lengthS, pitchCoarse: 0, pitchFine: 0,
        bpm: number(set, "tempo"),
        signature: [number(set, "signature_numerator") || 4, number(set, "signature_denominator") || 4]
    };
}

// A file's name without folder and ending.
function baseName(path) {
    return path.replace(/^.*[\/\\:]/, "").replace(/\.[^.]*$/, "");
}

// The audio clip that was clicked last, or null. any: MIDI clips count too.
function clickedClip(any) {
    var places = ["live_set view detail_clip", "live_set view highlighted_clip_slot clip"];
    for (var i = 0; i < places.length; i++) {
        var clip = liveObject(places[i]);
        if (isThere(clip) && (any || number(clip, "is_audio_clip") === 1)) {
            return clip;
        }
    }
    return null;
}

// What "Loop Only" leaves of a clip, in beats as Reading wants them.
function loopRange(facts) {
    if (!facts.arrangement) {
        if (!facts.looping) {
            throw new Error("The clip is not looped: switch its loop on, or Loop Only off.");
        }
        return {from: facts.loopStart, to: facts.loopEnd};
    }
    var start = number(song(), "loop_start");
    var end = start + number(song(), "loop_length");
    if (end <= facts.startTime || start >= facts.endTime) {
        throw new Error("The arrangement's loop is not over the clip.");
    }
    return {from: start, to: end};
}
