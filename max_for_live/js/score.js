// A MIDI clip, and no clip at all: read as a recording would be whose seconds are its beats at the song's tempo. And
// the page on which is written what is made of them.

var ROUNDED_S = 0.0055; // models count in hundredths of a second, or finer
var FINEST = 24; // parts of a beat that notes are made on: 32nds and triplets of sixteenths

// What Reading wants to know about a clip of either kind.
function factsOf(clip) {
    return number(clip, "is_audio_clip") === 1 ? liveFacts(clip) : midiFacts(clip);
}

// A clip's name, whatever kind it is of.
function labelOf(clip) {
    return number(clip, "is_audio_clip") === 1 ? nameOf(clip) : text(clip, "name") || "MIDI clip";
}

function midiFacts(clip) {
    var facts = {
        name: labelOf(clip), color: number(clip, "color"),
        startMarker: number(clip, "start_marker"), endMarker: number(clip, "end_marker"),
        loopStart: number(clip, "loop_start"), loopEnd: number(clip, "loop_end"),
        looping: number(clip, "looping") === 1,
        arrangement: number(clip, "is_arrangement_clip") === 1,
        startTime: number(clip, "start_time"), endTime: number(clip, "end_time"),
        notes: midiNotes(clip)
    };
    return inSongTime(facts);
}

// The same of no clip: a bar of silence in the session.
function emptyFacts() {
    return inSongTime({
        name: "", color: -1, startMarker: 0, endMarker: 4, loopStart: 0, loopEnd: 4, looping: true, arrangement: false,
        startTime: 0, endTime: 0, notes: []
    });
}

function inSongTime(facts) {
    var set = song();
    facts.bpm = number(set, "tempo");
    facts.signature = [number(set, "signature_numerator") || 4, number(set, "signature_denominator") || 4];
    facts.path = "";
    facts.warping = true;
    facts.warpMode = facts.lengthS = facts.pitchCoarse = facts.pitchFine = 0;
    facts.markers = [[0, 0], [60 / facts.bpm, 1]];
    return facts;
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

// The host's beats for the notes of scoreOf, as Reading.tempo() gives those of a recording: beat 0 is where the clip
// that is written begins.
function scoreTempo(reading) {
    var facts = reading.facts;
    var scale = eighths(facts) ? facts.signature[1] / 4 : 1;
    return {
        anchors: [[0, 0], [60 / facts.bpm, scale]],
        beatsPerBar: Math.round(barBeats(facts) * scale),
        downbeat: 0 - reading.songBeat % barBeats(facts) * scale
    };
}

// Where the notes go that are made of a clip, or of nothing: their seconds are beats of the written clip. It is as long
// as the source or, if more was made, as what was made.
// rows: of scoreOf, if there is a clip.
function Sheet(reading, lengthS, rows) {
    var facts = this.facts = reading.facts;
    var own = reading.shape;
    var made = this._settled(lengthS * facts.bpm / 60);
    var length = rows.length ? Math.max(own.length, made) : made;
    this.songBeat = reading.songBeat;
    this.shape = {
        length: length, start: own.start, looping: own.looping, loopStart: own.loopStart, loopEnd: length
    };
    this.own = rows.map(function (row) {
        return {pitch: row[0], from: row[1] * facts.bpm / 60, to: (row[1] + row[2]) * facts.bpm / 60};
    });
}

Sheet.prototype.place = function (pitch, startS, endS, velocity) {
    var begin = startS * this.facts.bpm / 60;
    var end = endS * this.facts.bpm / 60;
    var lost = this._lost();
    var own = this.own.filter(function (note) {
        return note.pitch === pitch && Math.abs(note.from - begin) < lost;
    })[0];
    var isOwnEnd = own && Math.abs(own.to - end) < lost;
    begin = own ? own.from : this._settled(begin);
    end = Math.min(isOwnEnd ? own.to : this._settled(end), this.shape.length);
    if (begin >= this.shape.length) {
        return [];
    }
    return [{
        pitch: pitch, start_time: begin, duration: Math.max(end - begin, SHORTEST), velocity: velocity
    }];
};

// Beats that a time may have lost where it was rounded.
Sheet.prototype._lost = function () {
    return ROUNDED_S * this.facts.bpm / 60;
};

// A beat as it was meant: a note that begins a little before its bar would not sound with it.
Sheet.prototype._settled = function (beat) {
    var nearest = Math.round(beat * FINEST) / FINEST;
    return Math.abs(beat - nearest) < this._lost() ? nearest : beat;
};
