"""What Max's objects do with what comes in, as far as the device has them."""

import socket
from collections import deque

from pythonosc.osc_message_builder import OscMessageBuilder

from max.engine import Script
from max.network import Network

MOST_BYTES, MOST_ATOMS = 5096, 256  # of what udpsend sends
Words = list


class Boxes:
    """A method for each kind of object; `_out` sends on what it says."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._waiting: deque[tuple[str, int, Words]] = deque()
        self._sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._daemon_port = 0
        self._receiver: socket.socket | None = None
        self.sent: list[Words] = []
        self.screen: list[Words] = []  # what the script told it
        self.shown: dict[str, object] = {}  # what controls were set to
        self.hidden: set[str] = set()
        self.menu: list[str] = []
        self.state: Words = []
        self.boxes: dict[str, dict] = {}
        self.js: Script

    def _out(self, box: str, outlet: int, words: Words) -> None:
        raise NotImplementedError

    def _js(self, box: str, arguments: Words, words: Words) -> None:
        assert isinstance(words[0], str), f"the script got a list without a word: {words}"
        self.js.receive(words)

    def _deferlow(self, box: str, arguments: Words, words: Words) -> None:
        self._waiting.append((box, 0, words))

    def _prepend(self, box: str, arguments: Words, words: Words) -> None:
        first = [float(each) if each.isdigit() else each for each in arguments]
        self._out(box, 0, first + words)

    def _t(self, box: str, arguments: Words, words: Words) -> None:
        for outlet, argument in reversed(list(enumerate(arguments))):
            self._out(box, outlet, ["bang" if argument == "b" else argument])

    def _textedit(self, box: str, arguments: Words, words: Words) -> None:
        if words[0] == "bang":
            self._out(box, 0, ["text", *([self.shown[box]] if self.shown.get(box) else [])])
        else:
            self._set(box, arguments, words)

    def _route(self, box: str, arguments: Words, words: Words) -> None:
        if words[0] in arguments:
            self._out(box, arguments.index(words[0]), words[1:] or ["bang"])
        else:
            self._out(box, len(arguments), words)

    def _udpsend(self, box: str, arguments: Words, words: Words) -> None:
        if words[0] == "port":
            self._daemon_port = int(words[1])
            return
        self.sent.append(words)
        message = OscMessageBuilder(words[0])
        for word in words[1:]:
            message.add_arg(word)
        packet = message.build().dgram
        assert len(packet) <= MOST_BYTES
        assert len(words) <= MOST_ATOMS
        for each in self.network.passes("out", packet):
            self._sender.sendto(each, ("127.0.0.1", self._daemon_port))

    def _udpreceive(self, box: str, arguments: Words, words: Words) -> None:
        assert words[0] == "port"
        if self._receiver is not None:
            self._receiver.close()
        self._receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
        try:
            self._receiver.bind(("127.0.0.1", int(words[1])))
        except OSError:  # Max says so in its console, and hears nothing
            self._receiver.close()
            self._receiver = None

    def _jsui(self, box: str, arguments: Words, words: Words) -> None:
        self.screen.append(words)

    def _umenu(self, box: str, arguments: Words, words: Words) -> None:
        if words[0] == "clear":
            self.menu = []
        elif words[0] == "append":
            self.menu.append(words[1])
        else:
            assert words[0] == "setsymbol"
            self.shown["menu"] = words[1]

    def _pattr(self, box: str, arguments: Words, words: Words) -> None:
        self.state = words
        self._waiting.append((box, 0, words))  # it says what it is told

    def _thispatcher(self, box: str, arguments: Words, words: Words) -> None:
        script, verb, name = words
        assert script == "script"
        assert name in self.boxes
        (self.hidden.add if verb == "hide" else self.hidden.discard)(name)

    def _set(self, box: str, arguments: Words, words: Words) -> None:
        assert words[0] == "set"
        self.shown[box] = words[1]

    _live_dial = _live_numbox = _live_comment = _set
