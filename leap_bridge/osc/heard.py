"""What a client has heard: of a job, what of it is missing; of an error, which it is."""

from collections import defaultdict

from leap_bridge.osc.codec import Argument, Message
from leap_models import errors
from leap_models.errors import LeapError


class Heard:
    """Which notes of a job have come."""

    def __init__(self) -> None:
        self.parts: dict[int, dict[int, tuple[Argument, ...]]] = defaultdict(dict)  # window -> part -> numbers
        self._counts: dict[int, int] = {}  # window -> parts
        self._windows = 0  # that are known to be final
        self._seen: set[tuple[str, Argument]] = set()

    def is_new(self, message: Message) -> bool:
        """Whether a message is no copy of one that came; its notes are kept."""
        if message.address == "/leap/notes":
            _, window, part, parts = (int(value) for value in message.arguments[:4])
            known = part in self.parts[window]
            self.parts[window][part] = message.arguments[4:]
            self._counts[window] = parts
            self._windows = max(self._windows, window + 1)
            return not known
        if message.address in ("/leap/window", "/leap/warning"):
            key = (message.address, message.arguments[1])
            if message.address == "/leap/window":
                self._windows = max(self._windows, int(message.arguments[1]) + 1)
            known = key in self._seen
            self._seen.add(key)
            return not known
        return True

    def end(self, last: Message) -> None:
        """The job's last word says how many windows there are."""
        if last.address in ("/leap/done", "/leap/cancelled"):
            self._windows = max(self._windows, int(last.arguments[1]))

    def missing(self) -> list[int]:
        """Windows of which something is lost."""
        return [
            window for window in range(self._windows)
            if len(self.parts.get(window, {})) < self._counts.get(window, 1)
        ]  # fmt: skip

    def notes(self) -> list[tuple[Argument, ...]]:
        """(pitch, start_s, duration_s, velocity, channel) of all, in order."""
        numbers = [
            number for window in sorted(self.parts) for part in sorted(self.parts[window])
            for number in self.parts[window][part]
        ]  # fmt: skip
        return [tuple(numbers[index : index + 5]) for index in range(0, len(numbers), 5)]


def error_of(message: Message) -> LeapError:
    """What /leap/error says, as the error that it is."""
    code, text = str(message.arguments[2]), str(message.arguments[3])
    ours = (kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LeapError))
    return {kind.code: kind for kind in ours}.get(code, LeapError)(text)
