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
        this._end("The piano clip was deleted, so the take was cancelled.");
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
    if (take.like) {
        return this._soundWords(take);
    }
    if (take.last.address === "/leap/cancelled") {
        return "Cancelled: " + take.written + " windows are kept.";
    }
    if (!take.notes) {
        return "No notes: nothing sounds there.";
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
    var track = take.made.track;
    if (!ids(track, "devices").length) {
        return "Put a piano on the track " + text(track, "name") + ".";
    }
    return take.reading.facts.arrangement && take.made.inSession
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
    });
};

Device.prototype._describe = function () {
    var device = this;
    var model = this.panel.model;
    this._askAll("/leap/describe", [model], function (rows) {
        if (device.panel.model === model) {
            device.panel.setParams(rows);
        }
    });
};

// Ask what is answered by a numbered row for each thing; done hears them when all have come.
Device.prototype._askAll = function (address, words, done) {
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
    }, function (error) { device.status(error.message); });
};
