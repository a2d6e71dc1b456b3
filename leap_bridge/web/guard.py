"""Who may use this door: the page that it served, in a browser on this computer.

A foreign page can have a browser connect to 127.0.0.1, so its origin is looked at. It can also have a name of its own
lead to 127.0.0.1 (DNS rebinding), so the name that the browser asked for is looked at too.
"""

HOST = "127.0.0.1"  # what is listened on
NAMES = (HOST, "localhost")


def hosts(port: int) -> frozenset[str]:
    """What a browser that asks this computer says as `Host`."""
    plain = NAMES if port == 80 else ()
    return frozenset({f"{name}:{port}" for name in NAMES}.union(plain))


def wrong_host(host: str | None, port: int) -> str:
    """Why somebody who asked for that host gets nothing; "" if he does."""
    if host is not None and host.lower() in hosts(port):
        return ""
    return f"this is {HOST}:{port} and nothing else, asked for was {_shown(host)}"


def wrong_origin(origin: str | None, host: str) -> str:
    """Why a page of that origin may not open a WebSocket; "" if it may. `host` was found right."""
    if origin is not None and origin.lower() == f"http://{host.lower()}":
        return ""
    return f"only the page that was served here may connect, asked has {_shown(origin)}"


def _shown(given: str | None) -> str:
    return "nobody" if given is None else repr(given[:80])
