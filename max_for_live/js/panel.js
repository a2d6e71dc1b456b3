// The controls: their values, the menu of models, and the row of dials that a model's own parameters get.

var DIALS = 6;
var EMPTY = " "; // Max has no good way to send no text
// What is not for the dials.
var OWN = ["difficulty", "start_s", "end_s", "seed", "quantize", "tempo", "keep", "score", "like"];

// show(words): sends to the patcher.
function Panel(show) {
    this.show = show;
    this.difficulty = 3;
    this.quantize = 0; // per cent
    this.seed = 0;
    this.loopOnly = false;
    this.models = [];
    this.sounds = {}; // model -> whether it plays a clip's notes with the sound of the dropped recording
    this.model = "leap";
    this.dropped = ""; // path of a file
    this.restored = ""; // the model that the dials are set for
    this.saved = "";
    this.params = []; // of the chosen model, those on the dials, as /leap/describe gives them
    this.has = null; // names of all its parameters, once they are known
    this.positions = []; // of the dials, from 0 to 1
}

// What the set has saved: the model's name, and the path of a dropped file.
Panel.prototype.restore = function (model, dropped) {
    if (this.saved === model + " " + dropped) {
        return; // an echo of our own
    }
    this.saved = model + " " + dropped;
    this.model = this.restored = String(model);
    this.dropped = dropped && dropped !== "none" ? String(dropped) : "";
};

Panel.prototype.save = function () {
    var dropped = this.dropped || "none";
    this.saved = this.model + " " + dropped;
    this.show(["state", this.model, dropped]);
};

// rows: the /leap/model messages, in order.
Panel.prototype.setModels = function (rows) {
    var panel = this;
    this.sounds = {};
    this.models = rows.filter(function (row) {
        return row.takes.split(" ").indexOf("audio") >= 0;
    }).map(function (row) {
        panel.sounds[row.name] = row.gives === "audio" && row.takes.split(" ").indexOf("notes") >= 0;
        return row.name;
    });
    if (this.models.length && this.models.indexOf(this.model) < 0) {
        this.model = this.models[0];
    }
    this.show(["menu", "clear"]);
    for (var i = 0; i < this.models.length; i++) {
        this.show(["menu", "append", this.models[i]]);
    }
    this.show(["menu", "setsymbol", this.model]);
};

// Whether the chosen model plays a clip like the dropped recording, instead of arranging either of them.
Panel.prototype.isSound = function () {
    return this.sounds[this.model] === true;
};

Panel.prototype.chooseModel = function (name) {
    this.model = name;
    this.restored = "";
    this.has = null;
    this.params = [];
    this.showDials(false);
    this.save();
};

// rows: {message, rest} of the /leap/param messages, in order.
Panel.prototype.setParams = function (rows) {
    this.has = {};
    this.params = [];
    for (var i = 0; i < rows.length; i++) {
        var param = rows[i].message;
        this.has[param.name] = true;
        param.choices = rows[i].rest;
        var turnable = param.kind !== "word" || param.choices.length > 0; // and no word of any kind, as a path
        if (turnable && OWN.indexOf(param.name) < 0 && this.params.length < DIALS) {
            this.params.push(param);
        }
    }
    var keep = this.restored === this.model;
    this.restored = this.model;
    this.showDials(keep);
};

// keep: whether the dials stay where they are.
Panel.prototype.showDials = function (keep) {
    for (var dial = 0; dial < DIALS; dial++) {
        this._showDial(dial, keep);
    }
};

Panel.prototype._showDial = function (dial, keep) {
    var param = this.params[dial];
    var name = "dial" + (dial + 1);
    this.show(["patcher", "script", param ? "show" : "hide", name]);
    this.show(["control", "label" + (dial + 1), param ? param.name.replace(/_/g, " ") : EMPTY]);
    if (param && !(keep && this.positions[dial] !== undefined)) {
        this.positions[dial] = positionOf(param, param["default"]);
        this.show(["control", name, this.positions[dial]]);
    }
    this._showValue(dial);
};

Panel.prototype._showValue = function (dial) {
    var param = this.params[dial];
    var shown = param ? valueAt(param, this.positions[dial]) : EMPTY;
    if (param && param.kind === "bool") {
        shown = shown ? "on" : "off";
    }
    this.show(["control", "value" + (dial + 1), String(shown)]);
};

// A dial was turned; dials count from 1.
Panel.prototype.turn = function (dial, position) {
    this.positions[dial - 1] = position;
    if (this.params[dial - 1]) {
        this._showValue(dial - 1);
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
    return words;
};

// The lowest and the highest value that a dial reaches.
function rangeOf(param) {
    if (param.choices.length) {
        return {low: 0, high: param.choices.length - 1};
    }
    if (param.kind === "bool") {
        return {low: 0, high: 1};
    }
    var low = param.low > -1e29 ? param.low : Math.min(0, param["default"] - 100);
    return {low: low, high: param.high < 1e29 ? param.high : Math.max(low, param["default"]) + 100};
}

function valueAt(param, position) {
    var range = rangeOf(param);
    var found = range.low + position * (range.high - range.low);
    if (param.choices.length) {
        return param.choices[Math.round(found)];
    }
    return param.kind === "float" ? Math.round(found * 100) / 100 : Math.round(found);
}

function positionOf(param, given) {
    var range = rangeOf(param);
    var number = param.choices.length ? param.choices.indexOf(given) : Number(given);
    return range.high > range.low ? (number - range.low) / (range.high - range.low) : 0;
}

// The number of a take that comes after another.
Panel.prototype.nextSeed = function () {
    this.seed = (this.seed + 1) % 10000;
    this.show(["control", "seed", this.seed]);
};
