// From a pressed button to a job: read the source, give the daemon its beats and its notes, ask, and be accepted.

// source: as Device._chosen gives it.
Device.prototype._begin = function (source) {
    var why = this.take || this.asking ? "One take is being made already. Cancel stops it."
        : !this.link.isOn ? "The daemon is off." : whyNot(this.panel, source);
    if (why) {
        this.status(why);
        return;
    }
    this.source = source;
    this.warning = "";
    var kind = this.panel.kind();
    this.asking = {
        source: source, reading: null, players: [], rows: [], tempo: 0, score: 0, request: 0, kind: kind,
        model: this.panel.model, controls: this.panel.words(), like: kind.like ? this.panel.dropped : ""
    };
    this.asking.reading = this._read(source);
    this.asking.todo = [this._sendArrange];
    if (!kind.sounds) {
        this.asking.todo = [this._askPlayers, this._sendTempo, this._sendArrange];
    }
    if (source.clip && source.facts.notes) {
        this.asking.todo.unshift(this._sendScore);
    }
    emit(["screen", "begin"]);
    this.status("");
    this.light();
    this._next(this.asking);
};

// Why the chosen model can do nothing with a source; "" if it can.
function whyNot(panel, source) {
    var kind = panel.kind();
    if (kind.like && !(source && panel.dropped)) {
        return "Drop a recording of the sound on the left, and click the clip to play. Then press Arrange.";
    }
    if (!source) {
        return kind.hears ? "Click an audio clip, or drop a song on the left. Then press Arrange."
            : "Click a MIDI clip. Then press Arrange.";
    }
    var audio = source.clip ? isAudio(source) : source.path !== "";
    if (kind.hears) {
        return audio ? "" : panel.model + " takes an audio clip, or a dropped song.";
    }
    var nothing = !source.clip && !source.path;
    if (nothing ? kind.alone : kind.notes && (kind.sounds || !audio)) {
        return "";
    }
    return panel.model + (!kind.notes ? " takes no clip: click an empty slot."
        : kind.alone ? " takes a MIDI clip. For music from nothing click an empty slot." : " takes a MIDI clip.");
}

// Whether a source's clip is of audio; it may have been deleted since it was read.
function isAudio(source) {
    return isThere(source.clip) ? number(source.clip, "is_audio_clip") === 1 : !source.facts.notes;
}

// What a source says, as it is now; null of a dropped file, of which nothing is known.
Device.prototype._read = function (source) {
    if (!source.clip) {
        source.near = placeOfDevice();
        return source.path ? null : new Reading(emptyFacts(), null);
    }
    if (isThere(source.clip)) {
        source.facts = factsOf(source.clip); // it may have been moved since
        source.near = placeOf(source.clip);
    }
    return new Reading(source.facts, this.panel.loopOnly ? loopRange(source.facts) : null);
};

// Do what comes next, unless somebody has pressed Cancel.
Device.prototype._next = function (asking) {
    if (this.asking === asking) {
        asking.todo.shift().call(this, asking);
    }
};

// End it for a reason that the daemon gives.
Device.prototype._refuse = function (asking, error) {
    if (this.asking === asking) {
        this._end(error.message);
    }
};

Device.prototype._askPlayers = function (asking) {
    var device = this;
    this._askAll("/leap/tracks", [asking.model], function (rows) {
        asking.players = playersOf(rows.map(function (row) { return row.message; }), device.own);
        device._next(asking);
    }, function (error) { device._refuse(asking, error); });
};

// Send rows of numbers in parts, each behind the words that `head` gives for it; then go on.
Device.prototype._sendParts = function (asking, address, rows, most, head) {
    var device = this;
    var parts = Math.max(1, Math.ceil(rows.length / most));
    var waiting = parts;
    function came() {
        waiting--;
        if (waiting === 0) {
            device._next(asking);
        }
    }
    for (var part = 0; part < parts; part++) {
        var words = Array.prototype.concat.apply(head(part, parts), rows.slice(part * most, (part + 1) * most));
        this.link.ask(address, words, came, function (error) { device._refuse(asking, error); });
    }
};

// Give the daemon the notes of a MIDI clip, which is no file.
Device.prototype._sendScore = function (asking) {
    asking.score = ++this.maps;
    asking.rows = scoreOf(asking.reading);
    this._sendParts(asking, "/leap/score", asking.rows, CONTRACT.notesPerPart, function (part, parts) {
        return [asking.score, part, parts];
    });
};

// Give the daemon the source's beats, if they are known.
Device.prototype._sendTempo = function (asking) {
    var reading = asking.reading;
    var tempo = !reading ? null : reading.facts.notes ? scoreTempo(reading) : reading.tempo();
    if (!tempo) {
        this._next(asking);
        return;
    }
    asking.tempo = ++this.maps;
    this._sendParts(asking, "/leap/tempo", tempo.anchors, CONTRACT.anchorsPerPart, function (part, parts) {
        return [asking.tempo, part, parts, tempo.beatsPerBar, tempo.downbeat];
    });
};

Device.prototype._sendArrange = function (asking) {
    var device = this;
    var reading = asking.reading;
    var words = reading && reading.facts.path ? [reading.facts.path, reading.startS, reading.endS]
        : [asking.source.clip ? "" : asking.source.path, 0, 0];
    words = words.concat(asking.controls);
    ["score", "like", "tempo"].forEach(function (key) {
        if (asking[key]) {
            words.push(key, asking[key]);
        }
    });
    asking.request = this.link.ask("/leap/arrange", words, function (address, message) {
        device._accepted(asking, message);
    }, function (error) {
        if (error.code === "not_running") {
            device.link.say("/leap/cancel", [0]); // should it come to a job after all
        }
        device._end(error.message);
    });
};

Device.prototype._accepted = function (asking, message) {
    var near = asking.source.near;
    var page = pageOf(asking, message.duration_s);
    var title = titleOf(asking, page.facts.name);
    this.asking = null;
    this.take = new Take(page, message, function (take) {
        var made = makeClips(page, near, asking.players);
        made.parts.forEach(function (part) {
            part.clip.set("name", title + ", seed " + take.seed);
            if (page.facts.color >= 0) {
                part.clip.set("color", page.facts.color);
            }
        });
        return made;
    });
    if (asking.kind.sounds) {
        this.take.sound = title;
        this.take.near = near;
        this.take.lengthS = message.duration_s;
    }
    emit(["screen", "span", message.duration_s]);
    this.light();
};

// What is written on: see Take.
function pageOf(asking, lengthS) {
    var reading = asking.reading;
    if (!reading) {
        return new Reading(fileFacts(asking.source.path, lengthS), null);
    }
    return reading.facts.notes && !asking.kind.sounds ? new Sheet(reading, lengthS, asking.rows) : reading;
}

// What a take is called, before its seed.
function titleOf(asking, name) {
    var made = asking.kind.like ? "like " + baseName(asking.like)
        : asking.kind.hears && isPiano(asking.players) ? "piano" : asking.model;
    var difficulty = asking.controls[0]; // some models have none
    return (name ? name + " " : "") + made + (difficulty ? ", difficulty " + difficulty : "");
}
