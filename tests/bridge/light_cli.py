"""`leap-bridge` in a process of its own, with a toy model that brings no torch and so begins at once."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import toy_family

from leap_bridge.cli import entry
from leap_models import registry

registry.FAMILIES["toy"] = "toy_family"
registry.find_device = lambda wanted: "cpu"
toy_family.load = lambda folder, device: toy_family.Toy(np.array([48, 55, 60, 64, 67, 72, 76]))

if __name__ == "__main__":
    entry()
