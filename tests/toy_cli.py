"""`leap-bridge` in a process of its own that knows the toy model."""

from leap_bridge.cli import entry
from leap_models import registry

registry.FAMILIES["toy"] = "toy_family"

if __name__ == "__main__":
    entry()
