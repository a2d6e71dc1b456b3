"""Max, as far as the device needs it: runs the patch of an `.amxd` file, box by box and cord by cord.

Scripts run in Duktape, an ES5 engine; UDP is real; the network can be told to lose, double and swap packets.
"""

import json
import struct
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from pythonosc.osc_message import OscMessage

from max.amxd import Device
from max.boxes import Boxes, Words
from max.engine import Script
from max.fake_live import LiveSet
from max.network import Network

HOME = "/Users/ann"


class Max(Boxes):
    """A device in a set. Use as a context manager.

    Args:
        endpoint: the daemon's endpoint file, which the device finds in the home folder.
    """

    def __init__(
        self, device: Device, live: LiveSet, endpoint: Path | None = None, network: Network | None = None
    ) -> None:
        super().__init__(network or Network())
        self.live, self._endpoint = live, endpoint
        self.boxes = {each["box"]["id"]: each["box"] for each in device.patcher["boxes"]}
        self._cords: dict[tuple[str, int], list[tuple[str, int]]] = defaultdict(list)
        for line in device.patcher["lines"]:
            source, target = line["patchline"]["source"], line["patchline"]["destination"]
            self._cords[source[0], source[1]].append((target[0], target[1]))
        self.hidden = {name for name, box in self.boxes.items() if box.get("hidden")}
        self.heard: list[Words] = []  # from the daemon
        self.engine_on = True  # audio: Max's clock stands still while it is off
        self.js = self._script(device)

    def _script(self, device: Device) -> Script:
        _, name, *arguments = self._text("leap").split()
        functions = {
            "outlet": lambda _, words: self._waiting.append(("leap", 0, words)),
            "live_at": lambda place: self.live.at(place),
            "live_type": lambda number: self.live.things[number].kind if number in self.live.things else "",
            "live_get": lambda number, prop: self.live.get(number, prop),
            "live_set": lambda number, prop, value: self.live.set(number, prop, value),
            "live_call": lambda number, call, *words: self.live.call(number, call, *words),
            "read_file": self._read,
        }
        script = Script(device.text(name), functions, f"""
            jsarguments = {json.dumps([name, *arguments])}; patcher.filepath = "{HOME}/Music/Ableton/LEAP.amxd";
        """)  # fmt: skip
        script.run("nowMs = function () { return new Date().getTime() + __ahead; }; 0")
        self.live.observers.append(lambda prop, number: script.run("__changed(dukpy.p, dukpy.n); 0", p=prop, n=number))
        return script

    def _read(self, path: str) -> str | None:
        wanted = f"{HOME}/Library/Application Support/leap-bridge/config/endpoint.json"
        here = path == wanted and self._endpoint is not None and self._endpoint.exists()
        return self._endpoint.read_text() if here else None

    def __enter__(self) -> "Max":
        return self

    def __exit__(self, *_: object) -> None:
        self._sender.close()
        if self._receiver is not None:
            self._receiver.close()

    def _text(self, box: str) -> str:
        found = self.boxes[box]
        return found["text"] if found["maxclass"] == "newobj" else found["maxclass"]

    def load(self) -> "Max":
        """Live has loaded the device: controls say their values, then the API is there."""
        for name, box in self.boxes.items():
            initial = box.get("saved_attribute_attributes", {}).get("valueof", {}).get("parameter_initial")
            if initial is not None:
                self._out(name, 0, [self.shown.get(name, initial[0])])
        self.settle()
        self.js.run("__ready = true; 0")
        self._out("this_device", 0, ["bang"])
        self.settle()
        return self

    def click(self, button: str) -> None:
        """Press a button; Live may report it twice."""
        for _ in range(2):
            self._out(button, 0, [1.0])
        self.settle()

    def turn(self, control: str, value: float) -> None:
        """Turn a dial, type a number, or switch a switch: Max's floats have 32 bits."""
        self.shown[control] = struct.unpack("f", struct.pack("f", value))[0]
        self._out(control, 0, [self.shown[control]])
        self.settle()

    def choose(self, model: str) -> None:
        """Pick from the menu."""
        self._out("menu", 1, [model])
        self.settle()

    def type(self, words: str) -> None:
        """Type into the text field, and leave it so."""
        assert "word" not in self.hidden
        self.shown["word"] = words

    def drop(self, path: str) -> None:
        """Drop a file."""
        self._out("drop", 0, [path])
        self.settle()

    def restore(self, saved: "Max") -> "Max":
        """What Live does with a saved set, before the device is loaded."""
        self.shown = dict(saved.shown)
        if saved.state:
            self._out("state", 0, saved.state)
        self.settle()
        return self

    def ahead(self, seconds: float) -> None:
        """Let time pass."""
        self.js.run("__ahead += dukpy.ms; 0", ms=1000 * seconds)

    def until(self, reached: Callable[[], object], timeout_s: float = 30.0) -> None:
        """Let everything run until something is so."""
        end_s = time.monotonic() + timeout_s
        while not reached():
            assert time.monotonic() < end_s, f"it did not come so far; screen: {self.screen[-4:]}"
            self.step()

    def run(self, seconds: float) -> None:
        """Let everything run for a while."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            self.step()

    def step(self) -> None:
        """A turn of Max's loop."""
        for packet in self._arrived():
            message = OscMessage(packet)
            self.hear(message.address, *message.params)
        if self.engine_on:
            self.js.run("__clock(); 0")
        self.settle()

    def hear(self, *words: object) -> None:
        """A message has come from the daemon."""
        self.heard.append(list(words))
        self._out("from_daemon", 0, self.heard[-1])
        self.settle()

    def _arrived(self) -> list[bytes]:
        if self._receiver is None:
            time.sleep(0.005)
            return []
        packets: list[bytes] = []
        self._receiver.settimeout(0.005)
        try:
            while True:
                packets += self.network.passes("in", self._receiver.recv(65536))
                self._receiver.settimeout(0.0)
        except OSError:
            return packets

    def settle(self) -> None:
        """Let everything arrive that is on its way through the patch."""
        while self._waiting:
            self._out(*self._waiting.popleft())

    def _out(self, box: str, outlet: int, words: Words) -> None:
        for target, inlet in self._cords[box, outlet]:
            self._in(target, inlet, words)

    def _in(self, box: str, inlet: int, words: Words) -> None:
        assert inlet == 0
        name, *arguments = self._text(box).split()
        act = getattr(self, "_" + name.replace(".", "_").replace("~", ""), None)
        assert act, f"nothing says what {name} does"
        act(box, arguments, words)

    def told(self, first: str) -> Words:
        """What the screen was told last of a thing; the words behind its name."""
        return next((words[1:] for words in reversed(self.screen) if words[0] == first), [])

    @property
    def status(self) -> str:
        """The line of text on the screen."""
        told = self.told("status")
        return str(told[0]) if told else ""

    @property
    def light(self) -> str:
        return str(self.told("light")[0])
