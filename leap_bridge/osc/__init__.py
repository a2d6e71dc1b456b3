"""OSC: the contract as a table, its codec, the daemon's side and a client."""
