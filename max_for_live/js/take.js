// One take: a job of the daemon, what of it has come, and the clip that grows. Notes are written in order, window by
// window, since Live shortens a note when another of its pitch is added over its end.

var NEED_MS = 400; // between two questions for what was lost
var QUIET_MS = 2000; // a job that says nothing for so long is asked how it is
var MOST_NEEDS = 16; // windows asked for at once

// page: where notes belong, a Reading or a Sheet. accepted: the daemon's answer, by name. make: makes the clips when a
// note comes, as makeClips does; none comes of a sound, which has `sound`, its name, `near`, the place of its source,
// and `lengthS`.
function Take(page, accepted, make) {
    this.page = page;
    this.job = accepted.job;
    this.seed = accepted.seed;
    this.startS = accepted.start_s;
    this.make = make;
    this.made = null;
    this.sound = "";
    this.parts = {}; // window -> part -> numbers
    this.counts = {}; // window -> parts
    this.windows = 0; // that are final, as far as is known
    this.written = 0; // windows
    this.notes = 0;
    this.last = null; // the job's last word
    this.heardMs = this.askedMs = nowMs();
    this.stopping = false; // somebody pressed Cancel
    this.stoppedMs = -Infinity; // when the daemon was told last
}

// Take in /leap/notes; numbers: pitch start_s duration_s velocity channel, again and again.
Take.prototype.hearNotes = function (message, numbers) {
    var window = message.window;
    if (window < this.written) {
        return; // a copy
    }
    this.parts[window] = this.parts[window] || {};
    this.parts[window][message.part] = numbers;
    this.counts[window] = message.parts;
    this.windows = Math.max(this.windows, window + 1);
};

// Take in the job's last word; `windows` is how many there are.
Take.prototype.hearLast = function (address, message) {
    this.last = {address: address, message: message};
    if (message.windows !== undefined) {
        this.windows = Math.max(this.windows, message.windows);
    }
};

Take.prototype.isWhole = function (window) {
    var parts = this.parts[window];
    if (!parts) {
        return false;
    }
    for (var part = 0; part < this.counts[window]; part++) {
        if (!parts[part]) {
            return false;
        }
    }
    return true;
};

// Whether all is said and written.
Take.prototype.isOver = function () {
    return this.last !== null && this.written >= this.windows;
};

// Write the windows whose turn it is; gives the notes of the recording that they hold, for the screen.
Take.prototype.write = function () {
    var heard = [];
    while (this.written < this.windows && this.isWhole(this.written)) {
        var parts = this.parts[this.written];
        for (var part = 0; part < this.counts[this.written]; part++) {
            heard = heard.concat(this._writePart(parts[part]));
        }
        delete this.parts[this.written]; // its notes are in the clip now
        this.written++;
    }
    return heard;
};

Take.prototype._writePart = function (numbers) {
    var notes = []; // [channel, note]
    var heard = [];
    for (var i = 0; i + 4 < numbers.length; i += 5) {
        var startS = this.startS + numbers[i + 1];
        var placed = this.page.place(numbers[i], startS, startS + numbers[i + 2], numbers[i + 3]);
        for (var k = 0; k < placed.length; k++) {
            notes.push([numbers[i + 4], placed[k]]);
        }
        heard.push([numbers[i], numbers[i + 1], numbers[i + 2], numbers[i + 4]]);
    }
    if (notes.length) {
        this._add(notes);
    }
    return heard;
};

Take.prototype._add = function (notes) {
    var made = this.made = this.made || this.make(this);
    made.parts.forEach(function (part) {
        var own = notes.filter(function (note) { return partOf(made, note[0]) === part; });
        if (own.length) {
            part.clip.call("add_new_notes", {notes: own.map(function (note) { return note[1]; })});
        }
    });
    this.notes += notes.length;
};

// Whether a clip was taken away by somebody.
Take.prototype.isLost = function () {
    return this.made !== null && !this.made.parts.every(function (part) { return isThere(part.clip); });
};

// Ask for what did not come. ask: sends /leap/need for a window, -1 for the last word.
Take.prototype.tick = function (now, ask) {
    var missing = [];
    for (var window = this.written; window < this.windows && missing.length < MOST_NEEDS; window++) {
        if (!this.isWhole(window)) {
            missing.push(window);
        }
    }
    var quiet = this.last === null && now - this.heardMs > QUIET_MS;
    if (now - this.askedMs < NEED_MS || !(missing.length || quiet)) {
        return;
    }
    this.askedMs = now;
    missing.forEach(ask);
    if (quiet) {
        ask(-1);
    }
};
