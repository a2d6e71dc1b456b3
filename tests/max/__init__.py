"""The Max for Live devices, without Max and without Live."""
