// What a dial, turned from 0 to 1, means for a parameter as /leap/describe gives it.

var WIDE = 200; // whole numbers of a wider range are further apart the larger they are, so that small ones can be met
var BEND = 3;
var LARGEST = 9999; // whole number, as of seeds

// The lowest and the highest value that a dial reaches.
function rangeOf(param) {
    if (param.choices.length) {
        return {low: 0, high: param.choices.length - 1, bend: 1};
    }
    if (param.kind === "bool") {
        return {low: 0, high: 1, bend: 1};
    }
    var low = param.low > -1e29 ? param.low : Math.min(0, param["default"] - 100);
    var high = param.high < 1e29 ? param.high : Math.max(low, param["default"]) + 100;
    if (param.kind === "int") {
        high = Math.min(high, Math.max(LARGEST, param["default"]));
    }
    return {low: low, high: high, bend: param.kind === "int" && high - low > WIDE ? BEND : 1};
}

function valueAt(param, position) {
    var range = rangeOf(param);
    var found = range.low + Math.pow(position, range.bend) * (range.high - range.low);
    if (param.choices.length) {
        return param.choices[Math.round(found)];
    }
    return param.kind === "float" ? Math.round(found * 100) / 100 : Math.round(found);
}

function positionOf(param, given) {
    var range = rangeOf(param);
    var number = param.choices.length ? param.choices.indexOf(given) : Number(given);
    return range.high > range.low ? Math.pow((number - range.low) / (range.high - range.low), 1 / range.bend) : 0;
}
