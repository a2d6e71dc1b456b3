// What Max gives to a script, as far as the device uses it; Python is behind it.

var autowatch, inlets, outlets, messagename, jsarguments;
var patcher = {filepath: ""};
var __ready = false; // live.thisdevice has banged
var __ahead = 0; // milliseconds that the clock is ahead
var __watchers = [];
var __tasks = [];

function outlet(index, words) {
    if (arguments.length !== 2 || !(words instanceof Array)) {
        throw new Error("send one array");
    }
    call_python("outlet", index, words);
}

function arrayfromargs(words) {
    return Array.prototype.slice.call(words);
}

function post() {}

function LiveAPI(callback, place) {
    if (typeof callback !== "function") {
        place = callback;
        callback = null;
    }
    this.__id = __ready && place ? call_python("live_at", String(place)) : 0; // made too early it stays dead
    this.__callback = callback;
}

LiveAPI.prototype = {
    get id() { return String(call_python("live_at", "id " + this.__id)); },
    get type() { return call_python("live_type", this.__id); },
    get: function (name) { return call_python("live_get", this.__id, name); },
    set: function (name, value) { call_python("live_set", this.__id, name, value); },
    call: function () { return call_python.apply(null, ["live_call", this.__id].concat(arrayfromargs(arguments))); },
    set property(name) {
        if (this.__callback) {
            __watchers.push(this);
            this.__callback([name].concat(this.get(name)));
        }
    }
};

function Task(act, scope) {
    this.act = act;
    this.scope = scope;
    this.words = Array.prototype.slice.call(arguments, 2);
    this.interval = 500;
    __tasks.push(this);
}

Task.prototype.repeat = function () { this.due = new Date().getTime() + this.interval; };
Task.prototype.cancel = function () { this.due = undefined; };

function File(path) {
    this.text = call_python("read_file", path);
    this.isopen = typeof this.text === "string";
}

File.prototype.readstring = function (count) { return this.text.slice(0, count); };
File.prototype.close = function () {};

function __receive(words) {
    messagename = words[0];
    var act = this[messagename];
    if (typeof act === "function" && messagename.charAt(0) !== "/") {
        act.apply(this, words.slice(1));
    } else {
        anything.apply(this, words.slice(1));
    }
}

function __clock() {
    var now = new Date().getTime();
    __tasks.forEach(function (task) {
        if (task.due <= now) {
            task.due = now + task.interval;
            task.act.apply(task.scope, task.words);
        }
    });
}

function __changed(name, id) {
    __watchers.forEach(function (watcher) { watcher.__callback([name, "id", id]); });
}
