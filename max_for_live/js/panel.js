// The controls: their values, the menu of models, and the dials that a model's own parameters get, a page at a time.

var DIALS = 12; // in the order in which the model gives its parameters
var PLACES = 6; // for dials, on a page
var EMPTY = " "; // Max has no good way to send no text
var NONE = "none"; // the same in what is saved
// What is not for the dials: it has controls of its own, or the host says it.
var OWN = [
    "difficulty", "start_s", "end_s", "seed", "quantize", "tempo", "keep", "score", "like", "bpm", "beats_per_bar"
];
var NOBODY = {hears: true, like: false, notes: false, alone: false, sounds: false}; // before a model is known

// show(words): sends to the patcher.
function Panel(show) {
    this.show = show;
    this.difficulty = 3;
    this.quantize = 0; // per cent
    this.seed = 0;
    this.loopOnly = false;
    this.models = [];
    this.kinds = {}; // model -> what it is given, and gives
    this.model = "leap";
    this.dropped = ""; // path of a file
    this.typed = ""; // in the text field
    this.restored = ""; // the model that the dials are set for
    this.saved = "";
    this.params = []; // of the chosen model, those on the dials, as /leap/describe gives them
    this.word = null; // the one that is typed
    this.has = null; // names of all its parameters, once they are known
    this.positions = []; // of the dials, from 0 to 1
    this.page = 0;
}

// What the set has saved: the model's name, the path of a dropped file, and what was typed.
Panel.prototype.restore = function (model, dropped, typed) {
    if (this.saved === [model, dropped, typed].join(" ")) {
        return; // an echo of our own
    }
    this.saved = [model, dropped, typed].join(" ");
    this.model = this.restored = String(model);
    this.dropped = dropped && dropped !== NONE ? String(dropped) : "";
    this.typed = typed && typed !== NONE ? String(typed) : "";
};

Panel.prototype.save = function () {
    var words = [this.model, this.dropped || NONE, this.typed || NONE];
    this.saved = words.join(" ");
    this.show(["state"].concat(words));
};

// rows: the /leap/model messages, in order.
Panel.prototype.setModels = function (rows) {
    this.kinds = {};
    for (var row = 0; row < rows.length; row++) {
        this.kinds[rows[row].name] = kindOf(rows[row]);
    }
    this.models = rows.map(function (row) { return row.name; });
    if (this.models.length && this.models.indexOf(this.model) < 0) {
        this.model = this.models[0];
        this.typed = "";
    }
    this.show(["menu", "clear"]);
    for (var i = 0; i < this.models.length; i++) {
        this.show(["menu", "append", this.models[i]]);
    }
    this.show(["menu", "setsymbol", this.model]);
};

// hears: it is given a recording. like: a recording that it is to sound like, besides notes. notes: a clip's notes.
// alone: nothing, if there is nothing. sounds: it gives audio, and no notes.
function kindOf(row) {
    var takes = row.takes.split(" ");
    var audio = takes.indexOf("audio") >= 0;
    var notes = takes.indexOf("notes") >= 0;
    return {
        hears: audio && !notes, like: audio && notes, notes: notes, alone: takes.indexOf("nothing") >= 0,
        sounds: row.gives === "audio"
    };
}

// The chosen model's.
Panel.prototype.kind = function () {
    return this.kinds[this.model] || NOBODY;
};

Panel.prototype.chooseModel = function (name) {
    this.model = name;
    this.restored = this.typed = "";
    this.has = this.word = null;
    this.params = [];
    this.page = 0;
    this.showDials(false);
    this._showWord();
    this.save();
};

// rows: {message, rest} of the /leap/param messages, in order.
Panel.prototype.setParams = function (rows) {
    this.has = {};
    this.params = [];
    this.word = null;
    this.page = 0;
    for (var i = 0; i < rows.length; i++) {
        var param = rows[i].message;
        this.has[param.name] = true;
        param.choices = rows[i].rest;
        var turnable = param.kind !== "word" || param.choices.length > 0;
        if (turnable && OWN.indexOf(param.name) < 0 && this.params.length < DIALS) {
            this.params.push(param);
        }
        if (!turnable && !this.word && OWN.indexOf(param.name) < 0 && !this.kind().hears) { // those are paths
            this.word = param;
        }
    }
    var keep = this.restored === this.model;
    this.restored = this.model;
    this.showDials(keep);
    this._showWord();
    this._reveal(this.has.difficulty, "difficulty");
};

// keep: whether the dials stay where they are.
Panel.prototype.showDials = function (keep) {
    for (var dial = 0; dial < DIALS; dial++) {
        var param = this.params[dial];
        if (param && !(keep && this.positions[dial] !== undefined)) {
            this.positions[dial] = positionOf(param, param["default"]);
            this.show(["control", "dial" + (dial + 1), this.positions[dial]]);
        }
    }
    this._showPage();
};

Panel.prototype._showPage = function () {
    for (var dial = 0; dial < DIALS; dial++) {
        this._reveal(this.params[dial] && this._isSeen(dial), "dial" + (dial + 1));
        if (this._isSeen(dial)) {
            var param = this.params[dial];
            this.show(["control", "label" + placeOn(dial), param ? param.name.replace(/_/g, " ") : EMPTY]);
            this._showValue(dial);
        }
    }
    this._reveal(this.params.length > PLACES, "page");
};

// Whether a dial is on the page that is shown.
Panel.prototype._isSeen = function (dial) {
    return Math.floor(dial / PLACES) === this.page;
};

Panel.prototype.nextPage = function () {
    this.page = (this.page + 1) * PLACES < this.params.length ? this.page + 1 : 0;
    this._showPage();
};

Panel.prototype._reveal = function (seen, name) {
    this.show(["patcher", "script", seen ? "show" : "hide", name]);
};

Panel.prototype._showValue = function (dial) {
    var param = this.params[dial];
    var shown = param ? valueAt(param, this.positions[dial]) : EMPTY;
    if (param && param.kind === "bool") {
        shown = shown ? "on" : "off";
    }
    this.show(["control", "value" + placeOn(dial), String(shown)]);
};

// A dial's place on its page, counted from 1 as dials are.
function placeOn(dial) {
    return dial % PLACES + 1;
}

Panel.prototype._showWord = function () {
    this.show(["control", "word_label", this.word ? this.word.name.replace(/_/g, " ") : EMPTY]);
    this.show(["control", "word", this.typed || EMPTY]);
    this._reveal(this.word, "word");
};

// Something was typed.
Panel.prototype.type = function (words) {
    words = words.replace(/^\s+|\s+$/g, "");
    if (this.word && words !== this.typed) {
        this.typed = words;
        this.save();
    }
};

// A dial was turned; dials count from 1.
Panel.prototype.turn = function (dial, position) {
    this.positions[dial - 1] = position;
    if (this.params[dial - 1]) {
        if (this._isSeen(dial - 1)) {
            this._showValue(dial - 1);
        }
        if (!this.saved) {
            this.save(); // the dials mean nothing without the model's name
        }
    }
};

// What /leap/arrange takes of the controls: difficulty, seed and key, value, key, value ...
Panel.prototype.words = function () {
    var difficulty = this.has && !this.has.difficulty ? 0 : Math.round(this.difficulty * 100) / 100;
    return [difficulty, this.seed, "model", this.model, "quantize", this.quantize / 100].concat(this._pairs());
};

Panel.prototype._pairs = function () {
    var words = [];
    for (var i = 0; i < this.params.length; i++) {
        words.push(this.params[i].name, valueAt(this.params[i], this.positions[i]));
    }
    return this.word && this.typed ? words.concat([this.word.name, this.typed]) : words;
};

// The number of a take that comes after another.
Panel.prototype.nextSeed = function () {
    this.seed = (this.seed + 1) % 10000;
    this.show(["control", "seed", this.seed]);
};
