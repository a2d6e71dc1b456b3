"""Files that have a service manager start the daemon when its user logs in: systemd on Linux, launchd on macOS."""

import plistlib
import sys
from collections.abc import Mapping, Sequence

from leap_models.errors import BadParameter

LABEL = "org.leap-bridge.daemon"
MANAGERS = ("systemd", "launchd")
RESTART_S = 5
NO_RESTART = (1, 3)  # exit codes: something that the user gave is wrong, or another daemon runs


def print_for(manager: str, command: Sequence[str], environment: Mapping[str, str]) -> str:
    """The file's text.

    Args:
        manager: one of MANAGERS, or "auto" for this system's.
        command: what starts the daemon, the program first, as an absolute path.
        environment: variables that it needs.

    Raises:
        BadParameter: there is no such manager, or this system has neither.
    """
    if manager == "auto":
        manager = {"linux": "systemd", "darwin": "launchd"}.get(sys.platform, "")
        if not manager:
            raise BadParameter(f"{sys.platform} has neither; name one: --print-service {' or '.join(MANAGERS)}")
    if manager not in MANAGERS:
        raise BadParameter(f"--print-service must be one of {', '.join(MANAGERS)}, got {manager}")
    return systemd(command, environment) if manager == "systemd" else launchd(command, environment)


def systemd(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """A unit for ~/.config/systemd/user/leap-bridge.service."""
    variables = "".join(f"Environment={_quoted(f'{name}={value}')}\n" for name, value in environment.items())
    return (
        "# save as ~/.config/systemd/user/leap-bridge.service, then: systemctl --user enable --now leap-bridge\n"
        "[Unit]\n"
        "Description=LEAP Bridge, piano arrangements for hosts on this computer\n"
        "\n"
        "[Service]\n"
        f"ExecStart={' '.join(map(_quoted, command))}\n"
        f"{variables}"
        "Restart=on-failure\n"
        f"RestartSec={RESTART_S}\n"
        f"RestartPreventExitStatus={' '.join(map(str, NO_RESTART))}\n"
        "\n"
        "[Install]\n"
        "WantedBy=default.target\n"
    )


def launchd(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """A property list for ~/Library/LaunchAgents/org.leap-bridge.daemon.plist."""
    job = {
        "Label": LABEL,
        "ProgramArguments": list(command),
        "EnvironmentVariables": dict(environment),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": RESTART_S,
        "ProcessType": "Interactive",  # else macOS gives it little of the processor
    }
    return plistlib.dumps(job, sort_keys=False).decode()


def _quoted(word: str) -> str:
    """As systemd reads it: % and $ mean something there, and so do quotes and backslashes."""
    doubled = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{doubled}"'
