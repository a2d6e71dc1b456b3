// The line to the daemon: finds it, stays in touch, repeats what is not answered, and knows when it has gone.
//
// Max has one object that sends and another that receives, so the hello names the port to answer to. Nothing here waits
// for a timer alone: Live stops Max's clock while its audio engine is off, so every message that comes winds it too.

var HELLO_MS = 5000; // between two hellos; the daemon forgets who is silent for 30 s
var SEARCH_MS = 1000; // the same while nobody answers
var GONE_MS = 12000; // silence after which the daemon is gone
var AGAIN_MS = 500; // an unanswered request is sent again
var PATIENCE_MS = 20000; // opening a long file may take as long
var FIRST_PORT = 49200; // of those where the daemon may answer
var PORTS = 16000;
var PORT_TRIES = 3; // hellos without an answer before another port is taken: somebody else may have ours

// client: a number of this device's own. send(words) puts a message on the wire; listen(port) opens the port for
// answers; aim(port) says where the daemon is; tell(name, detail) hears "found", "lost", "restarted", "refused".
function Link(client, send, listen, aim, tell) {
    this.client = client;
    this.send = send;
    this.listen = listen;
    this.aim = aim;
    this.tell = tell;
    this.requests = {}; // number -> {words, sentMs, firstMs, answer, fail}
    this.request = Math.floor(Math.random() * 1e9); // one that was here before must not be taken for this one
    this.session = 0;
    this.isOn = false;
    this.tries = 0;
    this.moves = Math.floor(Math.random() * PORTS);
    this.helloMs = this.heardMs = -Infinity;
    this.token = "";
}

Link.prototype.start = function () {
    this._find();
    this._move();
    this._hello(nowMs());
};

// Where the daemon is, as its endpoint file says; else where it usually is.
Link.prototype._find = function () {
    var endpoint = readEndpoint();
    this.token = endpoint && endpoint.token ? endpoint.token : "";
    this.aim(endpoint ? endpoint.port : CONTRACT.port);
};

// Take a port for answers that other devices of the set do not take.
Link.prototype._move = function () {
    this.tries = 0;
    this.port = FIRST_PORT + (this.client * 97 + this.moves) % PORTS;
    this.moves += 1009;
    this.listen(this.port);
};

Link.prototype._hello = function (now) {
    this.helloMs = now;
    var words = ["/leap/hello", 0, this.port, "Live " + this.client, CONTRACT.protocol, CONTRACT.build];
    this.send(this.token ? words.concat(["token", this.token]) : words);
};

Link.prototype.tick = function (now) {
    if (this.isOn && now - this.heardMs > GONE_MS) {
        this.isOn = false;
        this.tell("lost");
    }
    if (now - this.helloMs > (this.isOn && now - this.heardMs < HELLO_MS * 1.5 ? HELLO_MS : SEARCH_MS)) {
        this.tries++;
        if (!this.isOn && this.tries > PORT_TRIES) {
            this._find();
            this._move();
        }
        this._hello(now);
    }
    this._repeat(now);
};

Link.prototype._repeat = function (now) {
    for (var key in this.requests) {
        var request = this.requests[key];
        if (now - request.firstMs > PATIENCE_MS) {
            this.forget(Number(key));
            request.fail({code: "not_running", message: "The daemon does not answer."});
        } else if (now - request.sentMs > AGAIN_MS) {
            request.sentMs = now;
            this.send(request.words);
        }
    }
};

// Send a request until it is answered. answer(address, message, rest) returns false while more answers are to come;
// fail(error) hears {code, message}.
Link.prototype.ask = function (address, words, answer, fail) {
    var now = nowMs();
    this.request++;
    this.requests[this.request] = {
        words: [address, this.request].concat(words), sentMs: now, firstMs: now, answer: answer, fail: fail
    };
    this.send(this.requests[this.request].words);
    return this.request;
};

// Send a request once, without waiting for an answer of its own.
Link.prototype.say = function (address, words) {
    this.request++;
    this.send([address, this.request].concat(words));
};

Link.prototype.forget = function (request) {
    delete this.requests[request];
};

Link.prototype.forgetAll = function () {
    this.requests = {};
};

// Take in what the daemon said. Gives {message, rest} if it is about a job; null if it was an answer, or unknown.
Link.prototype.hear = function (address, words) {
    var names = CONTRACT.messages[address];
    if (!names) {
        return null;
    }
    this.heardMs = nowMs();
    var message = {};
    names.forEach(function (name, index) { message[name] = words[index]; });
    var rest = words.slice(names.length);
    if (address === "/leap/welcome") {
        this._welcome(message);
        return null;
    }
    if (address === "/leap/error" && (message.code === "no_hello" || message.code === "wrong_protocol")) {
        this._refused(message);
        return null;
    }
    var request = message.request ? this.requests[message.request] : undefined;
    if (request) {
        this._answered(message.request, request, address, message, rest);
        return null;
    }
    return message.job ? {message: message, rest: rest} : null;
};

Link.prototype._answered = function (key, request, address, message, rest) {
    if (address === "/leap/error") {
        this.forget(key);
        request.fail(message);
    } else if (request.answer(address, message, rest) !== false) {
        this.forget(key);
    }
};

Link.prototype._welcome = function (message) {
    var before = this.session;
    var wasOn = this.isOn;
    this.session = message.session;
    this.isOn = true;
    this.tries = 0;
    if (before !== 0 && before !== message.session) {
        this.forgetAll();
        this.tell("restarted", message);
    } else if (!wasOn) {
        this.tell("found", message);
    }
};

// The daemon does not know us any more, or speaks another protocol.
Link.prototype._refused = function (message) {
    if (message.code === "no_hello") {
        if (nowMs() - this.helloMs > SEARCH_MS) {
            this._hello(nowMs());
        }
    } else {
        this.tell("refused", message);
    }
};

// The daemon's endpoint file, in the home folder of whoever has this device; null if it cannot be read.
function readEndpoint() {
    var home = homeOf(devicePath());
    for (var i = 0; home && i < CONTRACT.endpoints.length; i++) {
        var file = new File(home + CONTRACT.endpoints[i], "read");
        if (file.isopen) {
            var words = file.readstring(8192);
            file.close();
            try {
                return JSON.parse(words);
            } catch (damaged) {
                return null;
            }
        }
    }
    return null;
}

// "/Users/ann" of "Macintosh HD:/Users/ann/Music/LEAP.amxd", "C:/Users/ann" of "C:/Users/ann/LEAP.amxd"; "" of others.
function homeOf(path) {
    var found = /^([A-Za-z]:\/Users\/[^\/]+)\//.exec(path.replace(/\\/g, "/"));
    found = found || /^(?:[^\/]*:)?(\/(?:Users|home)\/[^\/]+)\//.exec(path);
    return found ? found[1] : "";
}
