// The device's screen: whether the daemon is there, what is arranged, the roll as it grows, how far it is, what to do.

autowatch = 0;
inlets = 1;
outlets = 1;

mgraphics.init();
mgraphics.relative_coords = 0;
mgraphics.autofill = 0;

var BACK = [0.09, 0.1, 0.12, 1];
var FIELD = [0.14, 0.155, 0.18, 1];
var LINE = [0.21, 0.23, 0.26, 1];
var BRIGHT = [0.92, 0.93, 0.95, 1];
var DIM = [0.6, 0.63, 0.68, 1];
var SHADES = [ // of channels, from 1: a piano's right hand and its left, or a band
    [0.42, 0.76, 1, 1], [1, 0.68, 0.32, 1], [0.5, 0.86, 0.55, 1], [0.86, 0.6, 0.95, 1]
];
var CHANNELS = 16;
var DRUMS = 10; // their channel
var DRUMS_SHADE = [0.62, 0.65, 0.7, 1];
var LIGHTS = {
    off: {color: [0.93, 0.36, 0.33, 1], words: "Daemon off"},
    idle: {color: [0.38, 0.82, 0.5, 1], words: "Ready"},
    working: {color: [1, 0.8, 0.25, 1], words: "Working"}
};
var STAGES = {
    queued: "Waiting", decoding: "Reading the file", listening: "Listening", arranging: "Arranging", writing: "Writing"
};
var LOWEST = 21; // the piano's lowest key
var KEYS = 88;
var EDGE = 6; // pixels round everything
var TOP = 20; // where the roll begins
var BOTTOM = 44; // pixels below it

var screen = {
    light: "off", source: "none", status: "", build: "",
    steps: ["Click an audio clip, or drop a song on the left.", "Turn Difficulty."],
    stage: "", done: 0, total: 0, eta: -1, span: 0, front: 0, notes: []
};

// light off | idle | working
function light(word) {
    screen.light = word;
    mgraphics.redraw();
}

// What would be arranged now.
function source(words) {
    screen.source = words;
    mgraphics.redraw();
}

function status(words) {
    screen.status = words === undefined ? "" : words;
    mgraphics.redraw();
}

// The first two things to do.
function steps(first, second) {
    screen.steps = [first, second];
    mgraphics.redraw();
}

// Which build of the device this is.
function build(words) {
    screen.build = words;
}

// A take begins.
function begin() {
    screen.notes = [];
    screen.span = screen.front = screen.done = screen.total = 0;
    screen.stage = "queued";
    screen.eta = -1;
    mgraphics.redraw();
}

// So many seconds are arranged.
function span(seconds) {
    screen.span = seconds;
}

// Notes that are final: pitch start_s duration_s channel, again and again.
function notes() {
    var numbers = arrayfromargs(arguments);
    for (var i = 0; i + 3 < numbers.length; i += 4) {
        screen.notes.push(numbers.slice(i, i + 4));
    }
    mgraphics.redraw();
}

function front(seconds) {
    screen.front = seconds;
    mgraphics.redraw();
}

function stage(word, done, total, eta) {
    screen.stage = word;
    screen.done = done;
    screen.total = total;
    screen.eta = eta;
    mgraphics.redraw();
}

// The take is over.
function end() {
    screen.stage = "";
    mgraphics.redraw();
}

function onresize() {
    mgraphics.redraw();
}

function paint() {
    var width = mgraphics.size[0];
    var height = mgraphics.size[1];
    block(0, 0, width, height, BACK, 8);
    paintHead(width);
    block(EDGE, TOP, width - 2 * EDGE, height - TOP - BOTTOM, FIELD, 4);
    if (screen.notes.length || screen.stage) {
        paintRoll(EDGE, TOP, width - 2 * EDGE, height - TOP - BOTTOM);
    } else {
        paintHelp(EDGE + 8, TOP + 24);
    }
    paintFoot(width, height - BOTTOM);
}

function paintHead(width) {
    var lamp = LIGHTS[screen.light];
    color(lamp.color);
    mgraphics.ellipse(EDGE, 6, 8, 8);
    mgraphics.fill();
    write(lamp.words, EDGE + 13, 14, 10.5, BRIGHT);
    var words = screen.source === "none" ? "no clip chosen" : screen.source;
    mgraphics.set_font_size(10.5);
    words = shortened(words, width - 110);
    write(words, width - EDGE - mgraphics.text_measure(words)[0], 14, 10.5, DIM);
}

function paintRoll(left, top, width, height) {
    color(LINE);
    for (var pitch = 24; pitch < LOWEST + KEYS; pitch += 12) { // every C
        mgraphics.rectangle(left, rowOf(pitch, top, height), width, 1);
        mgraphics.fill();
    }
    var scale = screen.span > 0 ? width / screen.span : 0;
    paintChannel(DRUMS, DRUMS_SHADE, left, top, height, scale);
    for (var channel = 1; channel <= CHANNELS; channel++) {
        if (channel !== DRUMS) {
            paintChannel(channel, SHADES[(channel - 1) % SHADES.length], left, top, height, scale);
        }
    }
    if (screen.stage && screen.front > 0 && screen.front < screen.span) {
        block(left + screen.front * scale, top, 1, height, BRIGHT, 0);
    }
}

function paintChannel(channel, shade, left, top, height, scale) {
    color(shade);
    screen.notes.forEach(function (note) {
        if (note[3] === channel) {
            mgraphics.rectangle(left + note[1] * scale, rowOf(note[0], top, height), Math.max(1.5, note[2] * scale), 2);
            mgraphics.fill();
        }
    });
}

function rowOf(pitch, top, height) {
    return top + (height - 3) * (1 - (pitch - LOWEST) / (KEYS - 1));
}

// What to do first.
function paintHelp(left, top) {
    if (screen.light === "off") {
        write("Start the daemon in a terminal:", left, top, 10.5, DIM);
        write("leap-bridge serve", left, top + 22, 14, BRIGHT);
        write("This light turns green when it is there.", left, top + 44, 10.5, DIM);
    } else {
        write("1  " + screen.steps[0], left, top, 10.5, DIM);
        write("2  " + screen.steps[1], left, top + 18, 10.5, DIM);
        write("3  Press Arrange.", left, top + 36, 10.5, DIM);
    }
}

function paintFoot(width, top) {
    if (screen.stage) {
        block(EDGE, top + 5, width - 2 * EDGE, 4, FIELD, 2);
        var share = screen.total > 0 ? Math.min(1, screen.done / screen.total) : 0;
        block(EDGE, top + 5, Math.max(4, share * (width - 2 * EDGE)), 4, LIGHTS.working.color, 2);
        write(STAGES[screen.stage] || screen.stage, EDGE, top + 22, 10.5, BRIGHT);
        var left = screen.eta >= 0 ? "about " + clockTime(screen.eta) + " left" : "";
        mgraphics.set_font_size(10.5);
        write(left, width - EDGE - mgraphics.text_measure(left)[0], top + 22, 10.5, DIM);
    }
    if (!screen.stage && !screen.status) {
        write("LEAP " + screen.build, EDGE, top + 36, 9, DIM);
    }
    paintLines(screen.status, EDGE, top + (screen.stage ? 36 : 16), width - 2 * EDGE, screen.stage ? 1 : 2);
}

// Text in as many lines as there may be.
function paintLines(words, left, top, width, lines) {
    mgraphics.set_font_size(10.5);
    var rest = words.split(" ");
    for (var line = 0; line < lines && rest.length; line++) {
        var taken = rest.shift();
        while (rest.length && (line === lines - 1 || mgraphics.text_measure(taken + " " + rest[0])[0] <= width)) {
            taken += " " + rest.shift();
        }
        write(shortened(taken, width), left, top + 14 * line, 10.5, BRIGHT);
    }
}

function shortened(words, width) {
    if (mgraphics.text_measure(words)[0] <= width) {
        return words;
    }
    while (words.length > 1 && mgraphics.text_measure(words + "...")[0] > width) {
        words = words.slice(0, -1);
    }
    return words + "...";
}

// "1:05" of 65 seconds.
function clockTime(seconds) {
    var whole = Math.ceil(seconds);
    return Math.floor(whole / 60) + ":" + ("0" + whole % 60).slice(-2);
}

function color(shade) {
    mgraphics.set_source_rgba(shade[0], shade[1], shade[2], shade[3]);
}

function block(left, top, width, height, shade, round) {
    color(shade);
    mgraphics.rectangle_rounded(left, top, width, height, round, round);
    mgraphics.fill();
}

function write(words, left, top, size, shade) {
    color(shade);
    mgraphics.select_font_face("Arial");
    mgraphics.set_font_size(size);
    mgraphics.move_to(left, top);
    mgraphics.show_text(words);
}
