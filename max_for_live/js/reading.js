// What a clip says about its recording: which seconds sound, on which beats, how high; and where their notes belong.
//
// Beats of the source are the clip's own. A pass is a stretch of them that sounds once: {from, to, at}, where `at` is
// its beat in the clip that is written. A clip of the session is mirrored, so it has one pass and the same loop; one of
// the arrangement is written out, so each round of its loop is a pass.

var RE_PITCH = 3; // a warp mode in which the tempo decides how high it sounds
var JUST_BEFORE = 0.001; // beats: float32 may put a note so far before the beginning
var SHORTEST = 1 / 64; // beats, of a note
var MOST_ROUNDS = 4096;

// facts: what liveFacts() found out about a clip.
// range: null, or {from, to} in beats: of the clip for the session, of the song for the arrangement.
function Reading(facts, range) {
    this.facts = facts;
    this.map = facts.warping ? new TimeMap(facts.markers) : unwarpedMap(facts);
    var content = contentOf(facts, this.map);
    if (facts.arrangement) {
        this._arrange(content, range);
    } else {
        this._mirror(content, range);
    }
    this._listen();
}

// An unwarped clip plays at its own speed, which transposing changes; its beat 0 is where it starts.
function unwarpedMap(facts) {
    var speed = Math.pow(2, (facts.pitchCoarse + facts.pitchFine / 100) / 12);
    return TimeMap.steady(facts.bpm / speed, facts.startMarker);
}

// The markers of a clip in beats; Live gives those of an unwarped clip in seconds.
function contentOf(facts, map) {
    if (!facts.warping) {
        return {start: 0, end: map.beatAt(facts.endMarker), looping: false, loopStart: 0, loopEnd: 0};
    }
    return {
        start: facts.startMarker,
        end: facts.endMarker,
        looping: facts.looping && facts.startMarker < facts.loopEnd && facts.loopStart < facts.loopEnd,
        loopStart: facts.loopStart,
        loopEnd: facts.loopEnd
    };
}

// Quarter notes in a bar.
function barBeats(facts) {
    return facts.signature[0] * 4 / facts.signature[1];
}

// Whether beats are counted in eighths, or less: a bar of seven eighths has no whole number of quarters.
function eighths(facts) {
    return barBeats(facts) % 1 !== 0;
}

Reading.prototype._mirror = function (content, range) {
    var from = content.looping ? Math.min(content.start, content.loopStart) : content.start;
    var to = content.looping ? content.loopEnd : content.end;
    if (range) {
        from = Math.max(from, range.from);
        to = Math.min(to, range.to);
    }
    // Music before beat 0 is moved on by whole bars, so that nothing lies before the clip's first beat; that of a MIDI
    // clip, which mirrors nothing, begins in the first bar.
    var bars = Math.floor(from / barBeats(this.facts));
    var shift = -barBeats(this.facts) * (this.facts.notes ? bars : Math.min(0, bars));
    this.passes = [{from: from, to: to, at: from + shift}];
    this.shape = {
        length: to + shift,
        start: Math.max(content.start, from) + shift,
        looping: content.looping,
        loopStart: (content.looping ? Math.max(content.loopStart, from) : from) + shift,
        loopEnd: to + shift
    };
    this.songBeat = 0;
};

Reading.prototype._arrange = function (content, range) {
    var length = this.facts.endTime - this.facts.startTime;
    var once = {from: content.start, to: content.start + length, at: 0};
    var passes = content.looping ? rounds(content, length) : [once];
    var first = range ? Math.max(0, range.from - this.facts.startTime) : 0;
    var last = range ? Math.min(length, range.to - this.facts.startTime) : length;
    this.passes = [];
    for (var i = 0; i < passes.length; i++) {
        var cut = between(passes[i], first, last);
        if (cut) {
            this.passes.push(cut);
        }
    }
    this.shape = {length: last - first, start: 0, looping: false, loopStart: 0, loopEnd: last - first};
    this.songBeat = this.facts.startTime + first;
};

// The passes of a looped clip that lasts for so many beats.
function rounds(content, length) {
    var passes = [{from: content.start, to: content.loopEnd, at: 0}];
    var at = content.loopEnd - content.start;
    while (at < length && passes.length < MOST_ROUNDS) {
        passes.push({from: content.loopStart, to: content.loopEnd, at: at});
        at += content.loopEnd - content.loopStart;
    }
    return passes;
}

// The part of a pass that lies between two beats of the written clip, which then begins at the first; or null.
function between(pass, first, last) {
    var begin = Math.max(pass.at, first);
    var end = Math.min(pass.at + pass.to - pass.from, last);
    if (end <= begin) {
        return null;
    }
    return {from: pass.from + begin - pass.at, to: pass.from + end - pass.at, at: begin - first};
}

// Find the seconds of the recording that sound.
Reading.prototype._listen = function () {
    var from = Infinity;
    var to = -Infinity;
    for (var i = 0; i < this.passes.length; i++) {
        from = Math.min(from, this.passes[i].from);
        to = Math.max(to, this.passes[i].to);
    }
    this.startS = Math.max(0, this.map.secondAt(from));
    this.endS = Math.min(this.map.secondAt(to), this.facts.lengthS || Infinity);
    if (!(this.endS - this.startS > 0.01)) {
        throw new Error("There is no music between the clip's markers.");
    }
};

// The notes that a note of the recording becomes. Times are seconds of the recording.
Reading.prototype.place = function (pitch, startS, endS, velocity) {
    var from = this.map.beatAt(startS);
    var to = this.map.beatAt(endS);
    var placed = [];
    for (var i = 0; i < this.passes.length; i++) {
        var pass = this.passes[i];
        if (from > pass.from - JUST_BEFORE && from < pass.to - JUST_BEFORE) {
            var begin = Math.max(from, pass.from);
            placed.push({
                pitch: inRange(pitch + this.transposition(begin)),
                start_time: begin - pass.from + pass.at,
                duration: Math.max(Math.min(to, pass.to) - begin, SHORTEST),
                velocity: velocity
            });
        }
    }
    return placed;
};

// Semitones by which the clip sounds higher than its recording.
Reading.prototype.transposition = function (beat) {
    if (this.facts.warping && this.facts.warpMode === RE_PITCH) {
        return Math.round(12 * Math.log(this.facts.bpm / this.map.bpmAt(beat)) / Math.LN2);
    }
    return Math.round(this.facts.pitchCoarse + this.facts.pitchFine / 100);
};

// A pitch outside of MIDI's range comes back in by octaves.
function inRange(pitch) {
    while (pitch > 127) {
        pitch -= 12;
    }
    while (pitch < 0) {
        pitch += 12;
    }
    return pitch;
}

// The host's beats for the daemon, {anchors, beatsPerBar, downbeat}; null where the song's tempo says nothing about the
// recording's own.
Reading.prototype.tempo = function () {
    if (!this.facts.warping) {
        return null;
    }
    var scale = eighths(this.facts) ? this.facts.signature[1] / 4 : 1;
    var bar = this.facts.arrangement ? this.facts.startMarker - this.facts.startTime : 0;
    var anchors = this.map.anchors.map(function (anchor) { return [anchor[0], anchor[1] * scale]; });
    return {anchors: anchors, beatsPerBar: Math.round(barBeats(this.facts) * scale), downbeat: bar * scale};
};
