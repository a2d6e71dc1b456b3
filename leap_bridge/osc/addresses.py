"""The contract, protocol 1, as a table: every address, what it carries, and what it is for. Nowhere else is it said.

The first argument to the daemon is always `request`, a number of the client's own that answers repeat. Whole numbers
travel as int32, other numbers as float32; the daemon takes either for both, and doubles. Times are seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leap_models.errors import BadMessage, BadParameter
from leap_models.params import Param, Value

PROTOCOL = 1
PORT = 9510
NOTES_PER_PART = 40  # about 1 KB
ANCHORS_PER_PART = 100
NO_LIMIT = 1e30  # of a parameter that may be as small, or as large, as one likes
HEARTBEAT_S = 30.0  # a client that is silent for longer is gone
WHOLE_WINDOW = -1  # as a part
LAST_WORD = -1  # as a window


@dataclass(frozen=True)
class Address:
    """One row of the table.

    Args:
        arguments: in order; the kind of each is the kind of its default.
        help: what it is for.
        optional: how many at the end may be left out; their defaults are taken.
        pairs: whether `key value` pairs may follow.
        rest: what else follows, again and again.
    """

    path: str
    arguments: tuple[Param, ...]
    help: str
    optional: int = 0
    pairs: bool = False
    rest: tuple[Param, ...] = ()

    @property
    def signature(self) -> str:
        """What it carries, as in README's table."""
        names = [param.name for param in self.arguments]
        required = len(names) - self.optional
        shown = names[:required] + [f"[{name}]" for name in names[required:]]
        if self.pairs:
            shown.append("[key value ...]")
        if self.rest:
            shown.append("(" + " ".join(param.name for param in self.rest) + ")*")
        return " ".join(shown)

    @property
    def described(self) -> str:
        """What it is for, and what its arguments mean, as in README's table."""
        notes = [f"`{param.name}`: {param.help}" for param in (*self.arguments[1:], *self.rest) if param.help]
        return self.help + ("" if not notes else " (" + "; ".join(notes) + ")")

    def read(self, arguments: Sequence[object]) -> "Read":
        """The arguments of a message, by name.

        Raises:
            BadParameter: one is of the wrong kind or out of range, or an unknown or unfinished pair follows.
            BadMessage: there are too few or too many.
        """
        count = len(self.arguments)
        given, more = arguments[:count], arguments[count:]
        if len(given) < count - self.optional:
            raise BadMessage(f"{self.path} takes {self.signature}, got {len(arguments)} arguments")
        named = {param.name: param.default for param in self.arguments}
        named.update({param.name: param.check(value) for param, value in zip(self.arguments, given, strict=False)})
        if self.pairs:
            return Read(named, _pairs(self.path, more), ())
        if more and (not self.rest or len(more) % len(self.rest)):
            raise BadMessage(f"{self.path} takes {self.signature}, got {len(arguments)} arguments")
        kinds = self.rest * (len(more) // len(self.rest)) if self.rest else ()
        return Read(named, {}, tuple(kind.check(value) for kind, value in zip(kinds, more, strict=True)))


@dataclass(frozen=True)
class Read:
    """A message's arguments: those with a name, the pairs, and what follows them."""

    named: Mapping[str, Value]
    pairs: Mapping[str, object]
    rest: tuple[Value, ...]

    def whole(self, name: str) -> int:
        """A whole number."""
        return int(self.named[name])

    def number(self, name: str) -> float:
        """A number."""
        return float(self.named[name])

    def text(self, name: str) -> str:
        """A text."""
        return str(self.named[name])


def _pairs(path: str, arguments: Sequence[object]) -> dict[str, object]:
    if len(arguments) % 2:
        raise BadMessage(f"{path} takes pairs of key and value at its end, one value is missing")
    keys = arguments[::2]
    for key in keys:
        if not isinstance(key, str):
            raise BadParameter(f"a key must be a word, got {key!r}")
    return {str(key): value for key, value in zip(keys, arguments[1::2], strict=True)}


def _i(name: str, text: str = "", low: int | None = None, default: int = 0) -> Param:
    return Param(name, default, low, help=text)


def _f(name: str, text: str = "", low: float | None = None, default: float = 0.0) -> Param:
    return Param(name, default, low, help=text)


def _s(name: str, text: str = "", default: str = "") -> Param:
    return Param(name, default, help=text)


REQUEST = _i("request")
JOB = _i("job", low=0)

_TO_DAEMON = (
    Address(
        "/leap/hello",
        (REQUEST, Param("reply_port", 0, 0, 65535, help="where to answer; 0 is the port that this came from"),
         _s("client", "a name for the log"), _i("protocol", "1"), _s("build", "of the client, for the log")),
        "say who you are, and every few seconds that you are still there", optional=1, pairs=True,
    ),
    Address("/leap/bye", (REQUEST,), "leave; your jobs are cancelled, unless they are to stay"),
    Address("/leap/models", (REQUEST,), "ask which models there are"),
    Address("/leap/describe", (REQUEST, _s("model")), "ask what a model can be told"),
    Address("/leap/tracks", (REQUEST, _s("model")), "ask who plays in what a model gives"),
    Address(
        "/leap/tempo",
        (REQUEST, _i("map", "a number of the client's, for the key `tempo`", 1), _i("part", "from 0", 0),
         Param("parts", 1, 1, 1000), Param("beats_per_bar", 4, 1, 64), _f("downbeat", "a beat that begins a bar")),
        "give a tempo map: seconds of the source and the beats there, at most 100 pairs a part",
        rest=(_f("second"), _f("beat")),
    ),
    Address(
        "/leap/score",
        (REQUEST, _i("score", "a number of the client's, for the key `score`", 1), _i("part", "from 0", 0),
         Param("parts", 1, 1, 5000)),
        "give the notes of a clip that is no file, to a model that takes notes: at most 40 a part, seconds of the clip",
        rest=(Param("pitch", 0, -1, 127, help="-1 is the sustain pedal"), _f("start_s", low=0.0),
              _f("duration_s", low=0.0), Param("velocity", 1, 1, 127)),
    ),
    Address(
        "/leap/arrange",
        (REQUEST, _s("path"), _f("start_s", low=0.0), _f("end_s", "0 is the end", 0.0),
         _f("difficulty", "0: as its MIDI controller stands, or the model's own"), _i("seed", "-1 takes one")),
        "make a piano arrangement of a recording, or of a part of it", pairs=True,
    ),
    Address(
        "/leap/run",
        (REQUEST, _s("model"), _s("source", "a path, or nothing"),
         _s("target", "a .mid, or of a model that gives audio a .wav, that does not exist; or nothing")),
        "run any model with its parameters", optional=1, pairs=True,
    ),
    Address("/leap/status", (REQUEST, JOB), "ask how a job is; job 0 is the daemon and all jobs", optional=1),
    Address("/leap/cancel", (REQUEST, JOB), "stop a job; job 0 stops all of yours"),
    Address(
        "/leap/need",
        (REQUEST, JOB, _i("window", "-1 is the job's last word", -1), _i("part", "-1 is all parts", -1, -1)),
        "ask again for what was lost", optional=1,
    ),
    Address(
        "/leap/play", (REQUEST, JOB), "play a job out of the MIDI port LEAP out, as soon as it is made", pairs=True
    ),
    Address("/leap/stop", (REQUEST, JOB), "play a job no more; job 0 is the one that is played", optional=1),
    Address(
        "/leap/map", (REQUEST, _i("controller", "0 to 119"), _s("model"), _s("param", "nothing lets go")),
        "let a MIDI controller turn a parameter, for requests that do not say its value", optional=2,
    ),
    Address("/leap/record", (REQUEST, Param("on", False)), "record the notes that come in through LEAP in, or end it"),
)  # fmt: skip

_COUNT = (_i("index", "from 0"), _i("total"))
_FROM_DAEMON = (
    Address(
        "/leap/welcome", (REQUEST, _i("protocol"), _s("version"), _s("build"), _i("session", "of the daemon's start")),
        "the answer to hello; a new session means that the daemon knows no job of before",
    ),
    Address(
        "/leap/model",
        (REQUEST, *_COUNT, _s("name"), _s("takes", "audio, notes, nothing"), _s("gives"), _i("tracks"),
         _f("window_s"), _f("hop_s"), _s("licence"), _s("summary")),
        "one for each model",
    ),
    Address(
        "/leap/param",
        (REQUEST, *_COUNT, _s("name"), _s("kind", "float, int, bool or word"), _s("default", "of the kind"),
         _f("low", "-1e30 is no limit"), _f("high", "1e30 is no limit"), _s("unit"), _s("help")),
        "one for each parameter of a model", rest=(_s("choice"),),
    ),
    Address(
        "/leap/track",
        (REQUEST, *_COUNT, _s("name"), _i("channel", "from 1"), _i("program", "General MIDI, from 0"),
         _i("drums", "1: it is the drums")),
        "one for each hand of a piano, or for each player of a band",
    ),
    Address("/leap/tempo", (REQUEST, _i("map"), _i("missing", "parts")), "a part of a tempo map has come"),
    Address("/leap/score", (REQUEST, _i("score"), _i("missing", "parts")), "a part of a score has come"),
    Address(
        "/leap/accepted",
        (REQUEST, JOB, _i("windows"), _s("path", "of the source"), _i("position", "jobs before"),
         _f("start_s", "of the source, from which the job's times count"), _f("duration_s"), _i("seed")),
        "the request is a job now",
    ),
    Address(
        "/leap/progress",
        (JOB, _s("stage", "queued, decoding, listening, arranging or writing"), _i("done"), _i("total"),
         _f("eta_s", "-1 is not known")),
        "at most ten a second",
    ),
    Address(
        "/leap/notes", (JOB, _i("window", "from 0"), _i("part", "from 0"), _i("parts")),
        "at most 40 notes that will not change any more",
        rest=(_i("pitch"), _f("start_s"), _f("duration_s"), _i("velocity"), _i("channel", "see `/leap/track`")),
    ),
    Address(
        "/leap/window",
        (JOB, _i("window"), _f("final_until_s"), _i("notes", "so far"), _s("path", "of the .mid, or the .wav, so far")),
        "a window is done; nothing before final_until_s will change any more",
    ),
    Address("/leap/warning", (JOB, _s("message")), "what a person should know"),
    Address("/leap/done", (JOB, _i("windows"), _i("notes"), _i("seed"), _s("path")), "the job is done"),
    Address(
        "/leap/cancelled", (JOB, _i("windows", "kept"), _s("path", "of the .mid, or the .wav, so far")),
        "the job was stopped",
    ),
    Address(
        "/leap/error", (REQUEST, JOB, _s("code"), _s("message")),
        "a request, or a job, or both, went wrong; the other number is 0",
    ),
    Address(
        "/leap/daemon",
        (REQUEST, _i("uptime_s"), _i("clients"), _i("queued"), _i("running", "the job, or 0"), _i("done"),
         _f("models_mb"), _s("models", "loaded, words"), _s("build")),
        "how the daemon is",
    ),
    Address(
        "/leap/job",
        (REQUEST, *_COUNT, JOB, _s("state", "queued, running, done, failed or cancelled"), _s("stage"), _i("done"),
         _i("units"), _f("eta_s"), _i("windows", "final"), _i("windows_total"), _s("model"), _s("path")),
        "how a job is",
    ),
    Address(
        "/leap/playing", (REQUEST, JOB, _s("state", "waiting, playing, played or stopped")),
        "the answer to play and stop, and again when it changes",
    ),
    Address(
        "/leap/turned", (REQUEST, _i("controller"), _s("model"), _s("param"), _s("value", "of the parameter's kind")),
        "the answer to map, and again when the controller is moved",
    ),
    Address(
        "/leap/recorded", (REQUEST, _i("on"), _s("path", "of the .mid"), _i("notes"), _f("duration_s")),
        "the answer to record; the path can be the source of /leap/run",
    ),
)  # fmt: skip

TO_DAEMON: dict[str, Address] = {address.path: address for address in _TO_DAEMON}
FROM_DAEMON: dict[str, Address] = {address.path: address for address in _FROM_DAEMON}
HELLO_KEYS: dict[str, Param] = {
    "token": _s("token", "the daemon's, if it has one"),
    "stay": Param("stay", False, help="1: jobs go on when the client is silent"),
}
ONCE = ("/leap/arrange", "/leap/run")  # sent again with the same number they are answered again, and done once
LAST = ("/leap/done", "/leap/cancelled", "/leap/error")  # a job's last word is one of these
