"""An arrangement made by the running daemon: the same as made here, without the wait for the model to load."""

from pathlib import Path

from leap_bridge import __version__, results
from leap_bridge.cli.bar import Bar
from leap_bridge.cli.status import named
from leap_bridge.osc.client import Client, find_running
from leap_bridge.osc.codec import Argument, Message
from leap_bridge.osc.heard import error_of
from leap_models.errors import Cancelled
from leap_models.interface import Request
from leap_models.params import Value
from leap_models.paths import weights_folder
from leap_models.pipeline import Result
from leap_models.progress import Progress

NAME = "leap-bridge arrange"


def find() -> Client | None:
    """A client of the daemon, if one of our own version, with the same weights, runs."""
    found = find_running()
    if found is None or (found.version, found.weights) != (__version__, str(weights_folder())):
        return None
    return Client(found.host, found.port, NAME, found.token)


def run(client: Client, source: Path, request: Request, bar: Bar) -> Result:
    """Have the daemon do it.

    Raises:
        Cancelled: somebody cancelled the job.
        KeyboardInterrupt: it came, and the job was cancelled.
        LeapError: what the daemon says.
    """
    values: dict[str, Argument] = {name: _plain(value) for name, value in request.params.items()}
    values |= {"seed": request.seed, "start_s": request.start_s, "quantize": request.quantize}
    if request.end_s is not None:
        values["end_s"] = request.end_s
    with client:
        job = int(client.run(request.model, str(source.absolute()), "", **values).arguments[1])
        try:
            last = _follow(client, job, bar)
        except KeyboardInterrupt:
            client.cancel(job)
            client.last_word(job)
            raise
    if last.address == "/leap/cancelled":
        raise Cancelled("the job was cancelled; nothing was written")
    return results.read(Path(str(last.arguments[4])).parent).result()


def _follow(client: Client, job: int, bar: Bar) -> Message:
    """Show how a job goes; gives its last word.

    Raises:
        LeapError: the job failed.
    """
    for message in client.follow(job):
        if message.address == "/leap/progress":
            _, stage, done, total, eta_s = message.arguments
            bar(Progress(str(stage), int(done), int(total), float(eta_s) if float(eta_s) >= 0 else None))
        elif message.address == "/leap/error":
            raise error_of(message)
        elif message.address != "/leap/notes":
            bar.say(message.address.rpartition("/")[2], named(message))
    return message


def _plain(value: Value) -> Argument:
    return int(value) if isinstance(value, bool) else value
