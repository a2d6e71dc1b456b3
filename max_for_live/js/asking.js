// From a pressed button to a job: read the clip, give the daemon its beats or its notes, ask, and be accepted.

// source: {clip, near, facts, path}; a dropped file has no clip.
Device.prototype._begin = function (source) {
    if (this.take || this.asking) {
        this.status("One take is being made already. Cancel stops it.");
        return;
    }
    if (!this.link.isOn) {
        this.status("The daemon is off.");
        return;
    }
    this.source = source;
    this.warning = "";
    this.asking = {
        source: source, reading: null, tempo: 0, score: 0, request: 0, controls: this.panel.words(),
        like: this.panel.isSound() ? this.panel.dropped : ""
    };
    if (source.clip) {
        if (isThere(source.clip)) {
            source.facts = factsOf(source.clip); // it may have been moved since
            source.near = placeOf(source.clip);
        }
        this.asking.reading = new Reading(source.facts, this.panel.loopOnly ? loopRange(source.facts) : null);
    }
    emit(["screen", "begin"]);
    this.status("");
    this.light();
    if (this.asking.like) {
        this._sendScore();
    } else {
        this._sendTempo();
    }
};

// Send rows of numbers in parts, each behind the words that `head` gives for it; then ask for the job.
Device.prototype._sendParts = function (address, rows, most, head) {
    var device = this;
    var asking = this.asking;
    var parts = Math.max(1, Math.ceil(rows.length / most));
    var waiting = parts;
    function came() {
        waiting--;
        if (waiting === 0 && device.asking === asking) {
            device._sendArrange();
        }
    }
    for (var part = 0; part < parts; part++) {
        var words = Array.prototype.concat.apply(head(part, parts), rows.slice(part * most, (part + 1) * most));
        this.link.ask(address, words, came, function (error) { device._end(error.message); });
    }
};

// Give the daemon the notes of a MIDI clip, which is no file; of an audio clip it finds them itself.
Device.prototype._sendScore = function () {
    var facts = this.asking.reading.facts;
    if (facts.path) {
        this._sendArrange();
        return;
    }
    var number = this.asking.score = ++this.maps;
    var rows = scoreOf(this.asking.reading);
    this._sendParts("/leap/score", rows, CONTRACT.notesPerPart, function (part, parts) {
        return [number, part, parts];
    });
};

// Give the daemon the clip's beats, then ask for the arrangement.
Device.prototype._sendTempo = function () {
    var asking = this.asking;
    var tempo = asking.reading ? asking.reading.tempo() : null;
    if (!tempo) {
        this._sendArrange();
        return;
    }
    asking.tempo = ++this.maps;
    this._sendParts("/leap/tempo", tempo.anchors, CONTRACT.anchorsPerPart, function (part, parts) {
        return [asking.tempo, part, parts, tempo.beatsPerBar, tempo.downbeat];
    });
};

Device.prototype._sendArrange = function () {
    var device = this;
    var asking = this.asking;
    var reading = asking.reading;
    var words = reading ? [reading.facts.path, reading.startS, reading.endS] : [asking.source.path, 0, 0];
    words = (asking.score ? ["", 0, 0] : words).concat(asking.controls);
    if (asking.score) {
        words.push("score", asking.score);
    }
    if (asking.like) {
        words.push("like", asking.like);
    }
    if (asking.tempo) {
        words.push("tempo", asking.tempo);
    }
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
    var device = this;
    var difficulty = asking.controls[0]; // some models have none
    var asked = difficulty ? ", difficulty " + difficulty : "";
    var reading = asking.reading || new Reading(fileFacts(asking.source.path, message.duration_s), null);
    this.asking = null;
    if (asking.like) {
        this.take = new Take(reading, message, null);
        this.take.near = asking.source.near;
        this.take.like = baseName(asking.like);
        this.take.lengthS = message.duration_s;
        emit(["screen", "span", message.duration_s]);
        this.light();
        return;
    }
    this.take = new Take(reading, message, function (take) {
        var made = makeClip(reading, asking.source.near, device.own);
        made.clip.set("name", reading.facts.name + " piano" + asked + ", seed " + take.seed);
        if (reading.facts.color >= 0) {
            made.clip.set("color", reading.facts.color);
        }
        return made;
    });
    emit(["screen", "span", message.duration_s]);
    this.light();
};
