"""Doors and jobs: how people and hosts ask `leap_models` for music. Importing it imports no torch."""

__version__ = "0.1.0"
