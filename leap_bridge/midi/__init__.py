"""MIDI ports of the daemon: jobs played out in time, controllers mapped to parameters, notes recorded."""
