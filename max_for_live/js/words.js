// What the daemon says, and what becomes of it.

// The daemon said something about a job.
Device.prototype.onJob = function (address, message, rest) {
    var take = this.take;
    if (!take || message.job !== take.job) {
        return;
    }
    take.heardMs = nowMs();
    if (address === "/leap/notes") {
        take.hearNotes(message, rest);
    } else if (address === "/leap/window") {
        take.windows = Math.max(take.windows, message.window + 1);
        emit(["screen", "front", message.final_until_s]);
    } else if (address === "/leap/progress") {
        emit(["screen", "stage", message.stage, message.done, message.total, message.eta_s]);
    } else if (address === "/leap/warning") {
        this.warning = message.message;
    } else if (address === "/leap/done" || address === "/leap/cancelled" || isLastError(message)) {
        take.hearLast(address, message);
    }
};

// Whether an error ends its job; others answer a question about it.
function isLastError(message) {
    return message.code !== undefined && (message.request === 0 || message.code === "unknown_job");
}

// Write what has come, and see whether the take is over.
Device.prototype.step = function () {
    var take = this.take;
    if (!take) {
        return;
    }
    if (take.isLost()) {
        this.link.say("/leap/cancel", [take.job]);
        this._end("The clip was deleted, so the take was cancelled.");
        return;
    }
    var heard = take.write();
    for (var i = 0; i < heard.length; i += 40) {
        emit(["screen", "notes"].concat(Array.prototype.concat.apply([], heard.slice(i, i + 40))));
    }
    if (take.isOver()) {
        this._end(this._lastWords(take));
    }
};

Device.prototype._lastWords = function (take) {
    if (take.last.address === "/leap/error") {
        return take.last.message.message;
    }
    if (take.sound) {
        return this._soundWords(take);
    }
    if (take.last.address === "/leap/cancelled") {
        return "Cancelled: " + take.written + " windows are kept.";
    }
    if (!take.notes) {
        return take.page.facts.notes ? "No notes came." : "No notes: nothing sounds there.";
    }
    return "Done: " + take.notes + " notes, seed " + take.seed + ". " + (this.warning || hint(take));
};

// Put a sound on its track, whole or as far as it was made, and say so.
Device.prototype._soundWords = function (take) {
    var path = take.last.message.path;
    var cancelled = take.last.address === "/leap/cancelled";
    if (!path) {
        return "Cancelled: nothing was made.";
    }
    var hint = placeSound(take, path);
    var done = cancelled ? "Cancelled: " + take.windows + " windows are kept." : "Done: sound, seed " + take.seed + ".";
    return done + " " + (this.warning || hint);
};

// What somebody has to do to hear a take.
function hint(take) {
    var made = take.made;
    var silent = made.parts.filter(function (part) { return !ids(part.track, "devices").length; });
    if (silent.length > 1) {
        return "Put instruments on the LEAP tracks.";
    }
    if (silent.length) {
        var instrument = made.parts.length > 1 ? "an instrument" : "a piano";
        return "Put " + instrument + " on the track " + text(silent[0].track, "name") + ".";
    }
    return take.page.facts.arrangement && made.inSession
        ? "Live 12.2 could put it into the arrangement: drag the clip there." : "";
}

// Nothing is made any more, for a reason that is shown.
Device.prototype._end = function (words) {
    this.take = this.asking = null;
    emit(["screen", "end"]);
    this.status(words);
    this.light();
};

// Whatever goes wrong in Live ends the take, and is told.
Device.prototype.fail = function (error) {
    if (this.take) {
        this.link.say("/leap/cancel", [this.take.job]);
    }
    this._end(error.message);
};

Device.prototype._found = function (message) {
    var old = message.version !== CONTRACT.version;
    this.status(old ? "This device is of version " + CONTRACT.version + ", the daemon of " + message.version +
        ". Run: leap-bridge install max" : "");
    this.light();
    this._askModels();
};

Device.prototype._lost = function () {
    if (this.take) {
        this.status("The daemon does not answer any more; waiting for it.");
    }
    this.light();
};

Device.prototype._restarted = function (message) {
    var take = this.take;
    var busy = take || this.asking;
    this._found(message);
    if (busy) {
        this._end("The daemon was restarted. " + (take ? take.written + " windows are kept. " : "") + "Press Again.");
    }
};

Device.prototype._refused = function (message) {
    this.status(message.message + ". Run: leap-bridge install max");
};

Device.prototype._askModels = function () {
    var device = this;
    this._askAll("/leap/models", [], function (rows) {
        device.panel.setModels(rows.map(function (row) { return row.message; }));
        device._describe();
        device.showSource();
    });
};

Device.prototype._describe = function () {
    var device = this;
    var model = this.panel.model;
    this._askAll("/leap/describe", [model], function (rows) {
        if (device.panel.model === model) {
            device.panel.setParams(rows);
            emit(["screen", "steps"].concat(firstSteps(device.panel)));
        }
    });
};

// The first two things to do with a model.
function firstSteps(panel) {
    var kind = panel.kind();
    var first = kind.hears ? "Click an audio clip, or drop a song on the left."
        : kind.like ? "Drop a sound on the left, and click a clip."
        : !kind.notes ? "Click an empty slot."
        : kind.alone ? "Click a MIDI clip, or an empty slot." : "Click a MIDI clip.";
    return [first, panel.has.difficulty ? "Turn Difficulty." : "Turn the dials."];
}

// Ask what is answered by a numbered row for each thing; done hears them when all have come, fail why they do not.
Device.prototype._askAll = function (address, words, done, fail) {
    var device = this;
    var rows = [];
    var count = 0;
    this.link.ask(address, words, function (address, message, rest) {
        count += rows[message.index] ? 0 : 1;
        rows[message.index] = {message: message, rest: rest};
        if (count < message.total) {
            return false;
        }
        done(rows);
        return true;
    }, fail || function (error) { device.status(error.message); });
};
