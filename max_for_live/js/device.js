// The device: what the buttons do, what the daemon's words change, and what the screen shows of it.

// own: whether the device's own track is written to, as the MIDI effect does.
function Device(panel, own) {
    var device = this;
    this.panel = panel;
    this.own = own;
    this.link = new Link(
        Number(liveObject("this_device").id),
        function (words) { emit(["daemon"].concat(words)); },
        function (port) { emit(["listen", "port", port]); },
        function (port) { emit(["daemon", "port", port]); },
        function (event, message) { device["_" + event](message); }
    );
    this.source = null; // {clip, near, facts, path}; a dropped file has no clip, and nothing has no path either
    this.take = null;
    this.asking = null; // what waits for the daemon to accept it
    this.maps = 0; // tempo maps and scores sent
    this.clicked = -1; // id of the clip that is selected, as far as was looked
    this.selected = -1; // the same, as Live says
    this.warning = "";
}

Device.prototype.start = function () {
    this.light();
    emit(["screen", "build", CONTRACT.build]);
    this.panel.showDials(true); // none has a meaning before the daemon has said which
    this.link.start();
    this.look();
};

// Called by the clock, and with every message that comes.
Device.prototype.tick = function () {
    var now = nowMs();
    var device = this;
    this.link.tick(now);
    if (this.take && this.link.isOn) {
        this.take.tick(now, function (window) { device.link.say("/leap/need", [device.take.job, window]); });
        this._stop(now);
    }
    this.look();
    this.step();
};

Device.prototype.light = function () {
    var working = this.take || this.asking;
    emit(["screen", "light", !this.link.isOn ? "off" : working ? "working" : "idle"]);
};

Device.prototype.status = function (words) {
    emit(["screen", "status"].concat(words ? [words] : []));
};

// What would be arranged now.
Device.prototype.showSource = function () {
    var kind = this.panel.kind();
    var source = this._chosen();
    var name = !source ? "none" : source.clip ? labelOf(source.clip) : baseName(source.path) || "from nothing";
    if (kind.like) {
        name += " like " + (this.panel.dropped ? baseName(this.panel.dropped) : "none");
    }
    emit(["screen", "source", name]);
};

// A source as _begin takes it, of what is clicked or dropped; or null.
Device.prototype._chosen = function () {
    var kind = this.panel.kind();
    if (kind.hears && this.panel.dropped) {
        return {clip: null, path: this.panel.dropped};
    }
    var clip = kind.hears || kind.notes ? clickedClip(kind.notes) : null;
    return clip ? {clip: clip} : kind.alone ? {clip: null, path: ""} : null;
};

// See whether another clip was clicked: it takes the place of a dropped file. Live does not let anything be changed
// while it tells of a click, so this comes later.
Device.prototype.look = function () {
    if (this.selected === this.clicked) {
        return;
    }
    var clip = clickedClip();
    var other = clip && Number(clip.id) === this.selected;
    if (this.panel.dropped && this.clicked >= 0 && other && this.panel.kind().hears) {
        this.panel.dropped = "";
        this.panel.save();
    }
    this.clicked = this.selected;
    this.showSource();
};

Device.prototype.onDrop = function (path) {
    this.panel.dropped = path;
    this.panel.save();
    this.showSource();
    var kind = this.panel.kind();
    if (!kind.hears && !kind.like) {
        this.status(this.panel.model + " takes no file" + (kind.notes ? ": click a MIDI clip." : "."));
    }
};

Device.prototype.onArrange = function () {
    this.look();
    this._begin(this._chosen());
};

// The same music again, with the controls as they are now; the daemon has not forgotten what it heard.
Device.prototype.onAgain = function () {
    if (this.source) {
        this._begin(this.source);
    } else {
        this.onArrange();
    }
};

Device.prototype.onNewTake = function () {
    this.panel.nextSeed();
    this.onAgain();
};

Device.prototype.onCancel = function () {
    if (this.take) {
        this.take.stopping = true;
        this.status("Stopping ...");
        this._stop(nowMs());
    } else if (this.asking) {
        this.link.forget(this.asking.request);
        this.link.say("/leap/cancel", [0]);
        this._end("Cancelled.");
    }
};

// Have the take's job stop; said again until the job says its last word, since a packet may be lost.
Device.prototype._stop = function (now) {
    var take = this.take;
    if (take.stopping && !take.last && now - take.stoppedMs > NEED_MS) {
        take.stoppedMs = now;
        this.link.say("/leap/cancel", [take.job]);
    }
};

Device.prototype.onModel = function (name) {
    if (name !== this.panel.model) {
        this.panel.chooseModel(name);
        this._describe();
        this.showSource();
    }
};
