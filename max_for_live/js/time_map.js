// Seconds of a recording and beats, as a line through anchors: straight between them, and straight on at both ends.

// anchors: [second, beat] pairs, as Live's warp markers give them; the last may be its shadow marker.
function TimeMap(anchors) {
    var sorted = anchors.slice().sort(function (one, other) { return one[0] - other[0]; });
    this.anchors = [];
    for (var i = 0; i < sorted.length; i++) {
        var last = this.anchors[this.anchors.length - 1];
        if (!last || (sorted[i][0] > last[0] && sorted[i][1] > last[1])) {
            this.anchors.push(sorted[i]);
        }
    }
    if (this.anchors.length < 2) {
        throw new Error("a time map needs two anchors that rise");
    }
}

// A tempo that never changes; beat 0 is at the given second.
TimeMap.steady = function (bpm, second) {
    return new TimeMap([[second, 0], [second + 60, bpm]]);
};

TimeMap.prototype.beatAt = function (second) {
    return this._along(second, 0, 1);
};

TimeMap.prototype.secondAt = function (beat) {
    return this._along(beat, 1, 0);
};

// Beats a minute where a beat is.
TimeMap.prototype.bpmAt = function (beat) {
    var i = this._segment(beat, 1);
    var from = this.anchors[i];
    var to = this.anchors[i + 1];
    return 60 * (to[1] - from[1]) / (to[0] - from[0]);
};

TimeMap.prototype._along = function (value, given, wanted) {
    var i = this._segment(value, given);
    var from = this.anchors[i];
    var to = this.anchors[i + 1];
    return from[wanted] + (value - from[given]) * (to[wanted] - from[wanted]) / (to[given] - from[given]);
};

// Index of the anchor before a value; that of the first or last segment outside.
TimeMap.prototype._segment = function (value, given) {
    var low = 0;
    var high = this.anchors.length - 2;
    while (low < high) {
        var middle = (low + high + 1) >> 1;
        if (this.anchors[middle][given] <= value) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
};
