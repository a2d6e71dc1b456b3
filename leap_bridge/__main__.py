"""`python -m leap_bridge` is `leap-bridge`."""

from leap_bridge.cli import entry

if __name__ == "__main__":
    entry()
