"""What the daemon can be told: defaults, `settings.yaml` in the user's config folder, and the flags of `serve`."""

from dataclasses import dataclass, field
from pathlib import Path

from leap_models import paths
from leap_models.config import load as load_config
from leap_models.errors import BadParameter

FILE = "settings.yaml"
LOG_LEVELS = ("debug", "info", "warning", "error")
STUDIO_PORT = 9511  # kept, since a browser keeps what it has of a page by its port
LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Limits:
    """How much the daemon takes on; beyond it answers `busy` or `bad_parameter`.

    Args:
        clients: at once.
        queue: jobs waiting, of all clients.
        queue_per_client: jobs waiting, of one client.
        piece_s: the longest part of a recording.
        file_bytes: the largest source file.
        notes: the most notes of a source file.
        packets_per_s: from one client; twice as many may come at once.
        remembered_jobs: whose notes can be asked for again.
        remembered_notes: of them all together.
        upload_bytes: of all files together that a page of the Studio has sent, until their jobs are done.
    """

    clients: int = 64
    queue: int = 128
    queue_per_client: int = 16
    piece_s: float = 7200.0
    file_bytes: int = 8 * 2**30
    notes: int = 200_000
    packets_per_s: int = 200
    remembered_jobs: int = 100
    remembered_notes: int = 500_000
    upload_bytes: int = 1024**3


@dataclass(frozen=True)
class Settings:
    """The daemon's.

    Args:
        host: the address to listen on; any but this computer's own needs a token.
        port: 0 takes any that is free.
        token: what clients must say in their hello; "" is none.
        mailbox: folder for clients without sockets; None is `mailbox` in the user's data folder.
        jobs: folder for results; None is `jobs` in the user's data folder.
        keep_days: how long results are kept there; 0 keeps them for ever.
        device: where models run.
        preload: models to load before the first request.
        idle_unload_s: after so long without a job a model is unloaded; 0 is never.
        memory_mb: for the weights of loaded models together.
        cache_mb: for what was heard in recordings.
        midi: whether there are MIDI ports.
        midi_out, midi_in: part of the name of a port that is there already; "" makes `LEAP out` and `LEAP in`.
        log_level: debug, info, warning or error.
        studio: the TCP port of this computer where the Studio is served, 0 takes any that is free; None: it is not.

    Raises:
        BadParameter: a port, a level or a host without a token that cannot be.
    """

    host: str = "127.0.0.1"
    port: int = 9510
    token: str = ""
    mailbox: Path | None = None
    jobs: Path | None = None
    keep_days: int = 30
    device: str = "auto"
    preload: tuple[str, ...] = ()
    idle_unload_s: float = 900.0
    memory_mb: int = 4096
    cache_mb: int = 256
    midi: bool = True
    midi_out: str = ""
    midi_in: str = ""
    log_level: str = "info"
    studio: int | None = None
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise BadParameter(f"port must be from 0 to 65535, got {self.port}")
        if self.studio is not None and not 0 <= self.studio <= 65535:
            raise BadParameter(f"studio must be a port from 0 to 65535, got {self.studio}")
        if self.log_level not in LOG_LEVELS:
            raise BadParameter(f"log_level must be one of {', '.join(LOG_LEVELS)}, got {self.log_level}")
        if self.host not in LOOPBACK and not self.token:
            raise BadParameter(f"host {self.host} can be reached by other computers and needs a token, got none")

    @property
    def mailbox_folder(self) -> Path:
        """Where clients without sockets leave their requests."""
        return self.mailbox or paths.data_folder() / "mailbox"

    @property
    def jobs_folder(self) -> Path:
        """Where results are."""
        return self.jobs or paths.data_folder() / "jobs"


def load() -> Settings:
    """The user's settings file, or the defaults if there is none.

    Raises:
        ConfigError: the file is damaged.
    """
    path = paths.config_folder() / FILE
    return load_config(Settings, path) if path.exists() else Settings()
