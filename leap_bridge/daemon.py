"""The resident daemon: a service with its doors, found through the endpoint file."""

import logging
import threading
from types import TracebackType
from typing import TYPE_CHECKING

from leap_bridge import endpoint, logs
from leap_bridge.endpoint import Endpoint
from leap_bridge.mailbox import Mailbox
from leap_bridge.osc.client import find_running
from leap_bridge.osc.handlers import Handlers
from leap_bridge.osc.server import UdpServer
from leap_bridge.service import Service
from leap_bridge.settings import Settings
from leap_bridge.warm import Warm
from leap_models.errors import AlreadyRunning

if TYPE_CHECKING:
    from leap_bridge.web.server import WebServer

log = logging.getLogger(__name__)


class Daemon:
    """Everything that `leap-bridge serve` runs. Use as a context manager, or `start`, `wait` and `stop`.

    Raises:
        AlreadyRunning: another one runs.
        PortTaken: another program has the port.
        FileMissing: the Studio's page is asked for and was not built.
    """

    def __init__(self, settings: Settings) -> None:
        running = find_running()
        if running is not None:
            raise AlreadyRunning(
                f"leap-bridge {running.version} runs already, on port {running.port} as process {running.pid}"
            )
        self.settings = settings
        session = endpoint.new_session()
        self.service = Service(settings, Warm(settings.memory_mb, settings.idle_unload_s, settings.device), session)
        handlers = Handlers(self.service, settings.token)
        self._udp = UdpServer(settings.host, settings.port, handlers, settings.limits.packets_per_s)
        self._mailbox = Mailbox(settings.mailbox_folder, handlers)
        self.endpoint: Endpoint = endpoint.here(settings, self._udp.port, session)
        self._stopped = threading.Event()
        self._log: logging.Handler | None = None
        try:
            self.studio = _studio(self.service, settings.studio)
        except BaseException:
            self._udp.stop()
            raise

    @property
    def port(self) -> int:
        """The UDP port in use."""
        return self._udp.port

    def start(self) -> None:
        """Open the doors and begin to work.

        Raises:
            UnwritableOutput: the user's folders cannot be written.
        """
        try:
            self._log = logs.begin(self.settings.log_level)
            self.service.start()
            self._udp.start()
            self._mailbox.start()
            if self.studio is not None:
                self.studio.start()
            endpoint.write(self.endpoint)
        except BaseException:
            self.stop()
            raise
        log.info("listening on %s:%d, session %d", self.settings.host, self.port, self.endpoint.session)

    def wait(self) -> None:
        """Until somebody calls `request_stop`."""
        while not self._stopped.wait(timeout=1.0):  # with a time-out, so that signals are noticed on Windows
            pass

    def request_stop(self) -> None:
        """Have `wait` end; may be called from a signal handler."""
        self._stopped.set()

    def stop(self) -> None:
        """Cancel all jobs, close the doors and come to rest."""
        endpoint.remove(self.endpoint)
        self.service.close()
        self._mailbox.stop()
        self._udp.stop()
        if self.studio is not None:
            self.studio.stop()
        log.info("stopped")
        if self._log is not None:
            logs.end(self._log)

    def __enter__(self) -> "Daemon":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _studio(service: Service, port: int | None) -> "WebServer | None":
    """The door of the browser's page, which nobody pays for who does not ask for it."""
    if port is None:
        return None
    from leap_bridge.web.server import WebServer

    return WebServer(service, port)
