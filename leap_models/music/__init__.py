"""Music as plain data: notes, rolls, tempo maps, audio, and the files they come from. NumPy only."""
