// A MIDI clip, whose notes are played: read as a recording would be whose seconds are its beats at the song's tempo.

// What Reading wants to know about a clip of either kind.
function factsOf(clip) {
    return number(clip, "is_audio_clip") === 1 ? liveFacts(clip) : midiFacts(clip);
}

// A clip's name, whatever kind it is of.
function labelOf(clip) {
    return number(clip, "is_audio_clip") === 1 ? nameOf(clip) : text(clip, "name") || "MIDI clip";
}

function midiFacts(clip) {
    var set = song();
    var bpm = number(set, "tempo");
    return {
        path: "", name: labelOf(clip), color: number(clip, "color"), warping: true, warpMode: 0,
        markers: [[0, 0], [60 / bpm, 1]],
        startMarker: number(clip, "start_marker"), endMarker: number(clip, "end_marker"),
        loopStart: number(clip, "loop_start"), loopEnd: number(clip, "loop_end"),
        looping: number(clip, "looping") === 1,
        arrangement: number(clip, "is_arrangement_clip") === 1,
        startTime: number(clip, "start_time"), endTime: number(clip, "end_time"),
        lengthS: 0, pitchCoarse: 0, pitchFine: 0, bpm: bpm,
        signature: [number(set, "signature_numerator") || 4, number(set, "signature_denominator") || 4],
        notes: midiNotes(clip)
    };
}

// The notes of a MIDI clip that are not muted; Live gives them as the text of a dictionary, or as one.
function midiNotes(clip) {
    var from = Math.min(number(clip, "start_marker"), number(clip, "loop_start"));
    var to = Math.max(number(clip, "end_marker"), number(clip, "loop_end"));
    var found = clip.call("get_notes_extended", 0, 128, from, to - from);
    found = found !== null && typeof found === "object" && found.length !== undefined ? found[0] : found;
    var list = (typeof found === "string" ? JSON.parse(unquoted(found)) : found).notes;
    return list.filter(function (note) { return !note.mute; });
}

// Rows of /leap/score: pitch start_s duration_s velocity, seconds from where the clip that is written begins.
function scoreOf(reading) {
    var facts = reading.facts;
    var rows = [];
    facts.notes.forEach(function (note) {
        var startS = reading.map.secondAt(note.start_time);
        var endS = reading.map.secondAt(note.start_time + note.duration);
        var velocity = Math.max(1, Math.min(127, Math.round(note.velocity)));
        reading.place(note.pitch, startS, endS, velocity).forEach(function (placed) {
            rows.push([
                placed.pitch, placed.start_time * 60 / facts.bpm, placed.duration * 60 / facts.bpm, placed.velocity
            ]);
        });
    });
    if (!rows.length) {
        throw new Error("The clip has no notes to play.");
    }
    return rows;
}
