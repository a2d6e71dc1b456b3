// What Max calls. Live's API is not there before live.thisdevice bangs, so until then only values are kept.

autowatch = 0;
inlets = 1;
outlets = 1;

var TICK_MS = 250;
var TWICE_MS = 250; // Live may report one click twice
var panel = new Panel(emit);
var device = null;
var clock = null;
var watcher = null; // of the clip that is clicked
var actedMs = {}; // action -> when it was done last

function emit(words) {
    outlet(0, words);
}

function nowMs() {
    return new Date().getTime();
}

function devicePath() {
    return String(this.patcher && this.patcher.filepath ? this.patcher.filepath : "");
}

// From live.thisdevice: Live's API is there.
function bang() {
    if (device) {
        return;
    }
    device = new Device(panel, jsarguments[1] === "midi");
    watcher = new LiveAPI(onSelection, "live_set view");
    watcher.property = "detail_clip";
    device.start();
    clock = new Task(guarded, this, function () { device.tick(); });
    clock.interval = TICK_MS;
    clock.repeat();
}

// The values of the controls, by the word that the patcher puts before each.
var CONTROLS = {
    difficulty: function (words) { panel.difficulty = words[0]; },
    quantize: function (words) { panel.quantize = words[0]; },
    seed: function (words) { panel.seed = Math.round(words[0]); },
    loop: function (words) { panel.loopOnly = words[0] === 1; },
    dial: function (words) { panel.turn(words[0], words[1]); },
    word: function (words) { panel.type(words.slice(1).join(" ")); }, // behind the "text" that comes first
    state: function (words) { panel.restore(words[0], words[1], words[2]); }
};

// What is done when something is clicked.
var ACTIONS = {
    arrange: function () { device.onArrange(); },
    again: function () { device.onAgain(); },
    newtake: function () { device.onNewTake(); },
    cancel: function () { device.onCancel(); },
    page: function () { panel.nextPage(); },
    model: function (words) { device.onModel(String(words[0])); },
    drop: function (words) { device.onDrop(String(words.join(" "))); }
};

function anything() {
    var words = arrayfromargs(arguments);
    if (CONTROLS.hasOwnProperty(messagename)) {
        CONTROLS[messagename](words);
    } else if (device && messagename.charAt(0) === "/") {
        guarded(onDaemon, messagename, words);
    } else if (device && ACTIONS.hasOwnProperty(messagename) && !isEcho(messagename + words)) {
        guarded(ACTIONS[messagename], words);
    }
}

function isEcho(action) {
    var now = nowMs();
    var echo = now - (actedMs[action] || -Infinity) < TWICE_MS;
    actedMs[action] = now;
    return echo;
}

function onDaemon(address, words) {
    var found = device.link.hear(address, words);
    if (found) {
        device.onJob(address, found.message, found.rest);
    }
    device.tick();
}

// Live calls it with "detail_clip", "id", 7.
function onSelection(words) {
    if (device && words[0] === "detail_clip") {
        device.selected = Number(words[words.length - 1]);
    }
}

// Nothing that goes wrong may stop the device: it is told on the screen.
function guarded(act, first, second) {
    try {
        act(first, second);
    } catch (error) {
        device.fail(error);
    }
}

// The device is deleted, or the set is closed.
function notifydeleted() {
    if (clock) {
        clock.cancel();
    }
    if (device) {
        device.link.say("/leap/bye", []);
    }
}
