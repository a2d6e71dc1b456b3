// Max's drawing for [jsui]: every call is written down, for Python to carry out.

var __calls = [];
var __size = 12;
var mgraphics = {size: [dukpy.size[0], dukpy.size[1]], relative_coords: 1, autofill: 1};

["init", "set_source_rgba", "rectangle", "rectangle_rounded", "ellipse", "fill", "select_font_face", "move_to",
    "show_text"].forEach(function (name) {
    mgraphics[name] = function () { __calls.push([name].concat(arrayfromargs(arguments))); };
});
mgraphics.set_font_size = function (size) {
    __size = size;
    __calls.push(["set_font_size", size]);
};
mgraphics.text_measure = function (words) { return call_python("measure", words, __size); };
mgraphics.redraw = function () { __calls.push(["redraw"]); };

function __paint() {
    __calls = [];
    paint();
    return __calls;
}
