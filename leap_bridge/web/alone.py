"""The Studio without a daemon: a service of its own, whose only door it is."""

import logging
import secrets
from dataclasses import replace
from types import TracebackType

from leap_bridge import logs
from leap_bridge.service import Service
from leap_bridge.settings import STUDIO_PORT, Settings
from leap_bridge.warm import Warm
from leap_bridge.web.server import WebServer
from leap_bridge.web.site import Site


class Studio:
    """Use as a context manager. A daemon may run beside it; the MIDI ports are that one's.

    Raises:
        FileMissing: the page was not built.
        PortTaken: another program has the port.
    """

    def __init__(self, settings: Settings, site: Site | None = None) -> None:
        settings = replace(settings, midi=False)
        warm = Warm(settings.memory_mb, settings.idle_unload_s, settings.device)
        self._service = Service(settings, warm, secrets.randbelow(2**31 - 1) + 1)
        self._web = WebServer(self._service, STUDIO_PORT if settings.studio is None else settings.studio, site)
        self._level = settings.log_level
        self._log: logging.Handler | None = None

    @property
    def url(self) -> str:
        """Of the page."""
        return self._web.url

    def __enter__(self) -> "Studio":
        try:
            self._log = logs.begin(self._level, logs.STUDIO)
            self._service.start()
            self._web.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Cancel all jobs, let all pages go, delete their files."""
        self._service.close()
        self._web.stop()
        if self._log is not None:
            logs.end(self._log)
